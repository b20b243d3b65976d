//! What the office proposes and a second person confirms: an application that ended by a mistake lives again, a window is kept open longer.

use serde_json::{Value, json};

use crate::support::cast::{Cast, file, staff};
use crate::support::chain::{approval, decide, directed_to_committee, directed_to_department, place, return_with};
use crate::support::database::Database;
use crate::support::journey::{at_employer, directed_intermediate};
use crate::support::on_both;
use crate::support::stages::{accepted, pay};
use crate::support::world::{Actor, Reply, World};

const CYCLE: &str = "aksu-2024";

fn propose(world: &World, by: &Actor, path: &str, ground: &str, until: Option<&str>) -> Reply {
    let body = json!({ "ground": ground, "reason": "经核实系平台故障", "until": until });
    by.post(&format!("{path}/reinstatement-proposals")).key(&world.key()).json(&body).send()
}

fn rule(by: &Actor, proposal: &Value, decision: &str) -> Reply {
    let body = json!({ "decision": decision, "statement": "已核对" });
    let path = format!("/v1/proposals/{}/decision", proposal["id"].as_str().unwrap());
    by.post(&path).if_match(proposal["version"].as_i64().unwrap()).json(&body).send()
}

/// A decision against an application, on a condition of the notice.
fn against(action: &str) -> Value {
    let mut ruling = approval(CYCLE);
    (ruling["action"], ruling["grounds"]) = (json!(action), json!(["3.1a"]));
    ruling
}

/// When the correction is due.
fn due(application: &Value) -> String {
    let deadlines = application["deadlines"].as_array().unwrap();
    deadlines.iter().find(|one| one["kind"] == "correction_due").unwrap()["instant"].as_str().unwrap().to_owned()
}

fn last_step(person: &Actor, path: &str) -> Value {
    person.read(&format!("{path}/history"))["items"].as_array().unwrap().last().unwrap().clone()
}

// clauses: 2.1, 5.1
on_both!(lapsed_application_is_reinstated_by_two_persons_with_a_window_of_its_own);
async fn lapsed_application_is_reinstated_by_two_persons_with_a_window_of_its_own(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (other, alike) = at_employer(&world, &cast, "applicant_b", 3);
    propose(&world, &cast.office, &path, "platform_failure", None).problem(409, "stage_conflict");
    world.travel("2024-09-02T09:00:00+08:00");
    assert_eq!(place(&person, &path), "lapsed");

    propose(&world, &cast.institution_clerk, &path, "platform_failure", None).problem(403, "forbidden");
    propose(&world, &cast.supervisor, &path, "platform_failure", None).problem(403, "forbidden");
    let refused = propose(&world, &cast.office, &path, "platform_failure", None).problem(422, "invalid_field");
    assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["clause"]), (&json!("#/until"), &json!("2.1")));
    for until in ["2024-08-30T17:00:00+08:00", "2024-09-01T18:00:00+08:00"] {
        let refused = propose(&world, &cast.office, &path, "platform_failure", Some(until)).problem(422, "invalid_field");
        assert_eq!(refused["errors"][0]["pointer"], "#/until", "an extension that is none");
    }
    let until = Some("2024-09-06T18:00:00+08:00");
    let proposal = propose(&world, &cast.office, &path, "platform_failure", until).expect(201);
    assert_eq!((&proposal["state"], &proposal["window"]), (&json!("open"), &json!("application")));
    propose(&world, &cast.office, &path, "clerk_mistake", until).problem(409, "already_exists");
    assert_eq!(place(&person, &path), "lapsed", "one person alone changes nothing");
    rule(&cast.office, &proposal, "confirm").problem(403, "forbidden");
    person.get(&format!("/v1/proposals/{}", proposal["id"].as_str().unwrap())).send().problem(403, "forbidden");
    let waiting = cast.supervisor.read("/v1/proposals?state=open&kind=reinstatement");
    assert_eq!(waiting["items"][0]["id"], proposal["id"]);

    let confirmed = rule(&cast.supervisor, &proposal, "confirm").expect(200);
    assert_eq!((&confirmed["state"], &confirmed["decided_by"]), (&json!("confirmed"), &json!(cast.supervisor.account)));
    rule(&cast.supervisor, &proposal, "reject").problem(409, "proposal_decided");
    assert_eq!(place(&person, &path), "employer_review");
    assert_eq!(place(&other, &alike), "lapsed", "the window is the person's own");
    let step = last_step(&person, &path);
    assert_eq!(
        (&step["action"], &step["actor_id"], &step["opinion"]),
        (&json!("reinstate"), &json!(cast.supervisor.account), &json!("经核实系平台故障"))
    );
    assert_eq!(person.read("/v1/notices")["items"][0]["kind"], "application.reinstate");
    let clerk = &cast.institution_clerk;
    let slip = against("not_recommend");
    decide(clerk, &path, &slip).expect(200);
    assert_eq!(place(&person, &path), "not_recommended", "its window is open again");
}

// clauses: 5.1
on_both!(nobody_confirms_what_they_proposed_or_what_concerns_themselves);
async fn nobody_confirms_what_they_proposed_or_what_concerns_themselves(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (_, forged) = at_employer(&world, &cast, "applicant_b", 3);
    let both = staff(&world, &cast.admin, "both", "committee_office", &cast.committee);
    let bureau = cast.admin.read("/v1/organisations?kind=bureau")["items"][0]["id"].clone();
    let grant = |account: &str| {
        let role = json!({ "account_id": account, "organisation_id": bureau, "role": "supervisor" });
        world.security().post("/v1/memberships").key(&world.key()).json(&role).send().expect(201);
    };
    grant(&both.account);
    grant(&person.account);
    let (both, person) = (world.sign_in("both"), world.sign_in("applicant_a"));
    world.travel("2024-09-02T09:00:00+08:00");
    let until = Some("2024-09-06T18:00:00+08:00");
    let proposal = propose(&world, &both, &path, "platform_failure", until).expect(201);
    let refused = rule(&both, &proposal, "confirm").problem(409, "second_person_required");
    assert_eq!(refused["clause"], "5.1");
    rule(&person, &proposal, "confirm").problem(409, "self_review");
    assert_eq!(place(&person, &path), "lapsed");
    rule(&cast.supervisor, &proposal, "reject").expect(200);
    assert_eq!(place(&person, &path), "lapsed");
    // Fraud is: what it marks stays ended, also where a proposal was open.
    let waiting = propose(&world, &both, &forged, "wrong_clock", until).expect(201);
    let fraud = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.act("POST", &forged, &format!("{forged}/fraud-decisions"), &fraud).expect(201);
    rule(&cast.supervisor, &waiting, "confirm").problem(409, "fraud_decided");
    rule(&cast.supervisor, &waiting, "reject").expect(200);
    propose(&world, &both, &forged, "wrong_clock", until).problem(409, "fraud_decided");
    // Rejected is not for ever: another one may be proposed, and withdrawn.
    let again = propose(&world, &both, &path, "wrong_clock", until).expect(201);
    let withdrawal = format!("/v1/proposals/{}/withdrawal", again["id"].as_str().unwrap());
    cast.office.post(&withdrawal).if_match(1).json(&json!({ "reason": "重复" })).send().expect(200);
    rule(&cast.supervisor, &again, "confirm").problem(409, "proposal_decided");
}

// clauses: 2.3, 4.6
on_both!(who_lapsed_by_a_late_bank_pays_after_the_reinstatement);
async fn who_lapsed_by_a_late_bank_pays_after_the_reinstatement(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    world.travel("2024-09-30T09:00:00+08:00");
    assert_eq!(place(&one.person, &one.path), "lapsed");
    let proposal = propose(&world, &cast.office, &one.path, "bank_delay", Some("2024-10-08T23:59:59+08:00")).expect(201);
    assert_eq!(proposal["window"], "payment");
    rule(&cast.supervisor, &proposal, "confirm").expect(200);
    assert_eq!(place(&one.person, &one.path), "accepted");
    pay(&world, &cast, &one.order, "BANK-1", 40_000).expect(201);
    assert_eq!(one.person.read(&one.order)["state"], "paid");
}

// clauses: 2.2, 4.2.1b
on_both!(ends_of_the_committee_are_reinstated_where_they_stood);
async fn ends_of_the_committee_are_reinstated_where_they_stood(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, overdue) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &overdue);
    decide(&cast.office, &overdue, &return_with(&[("/profile/titles/0", "4.2.1a", "new")])).expect(200);
    let first_due = due(&person.read(&overdue));
    let (judged, unfit) = at_employer(&world, &cast, "applicant_b", 3);
    directed_to_committee(&world, &cast, &unfit);
    let ruling = against("find_ineligible");
    decide(&cast.office, &unfit, &ruling).expect(200);
    world.travel("2024-08-26T09:00:00+08:00");
    assert_eq!((place(&person, &overdue).as_str(), place(&judged, &unfit).as_str()), ("not_accepted", "ineligible"));

    // Inside the review window no window of its own is needed; the days to correct begin anew.
    let proposal = propose(&world, &cast.office, &overdue, "platform_failure", None).expect(201);
    assert_eq!(proposal["window"], Value::Null);
    rule(&cast.supervisor, &proposal, "confirm").expect(200);
    let back = person.read(&overdue);
    assert_eq!(back["stage"], "returned");
    assert!(due(&back) > first_due, "{back}");
    let proposal = propose(&world, &cast.office, &unfit, "clerk_mistake", None).expect(201);
    rule(&cast.supervisor, &proposal, "confirm").expect(200);
    assert_eq!(place(&judged, &unfit), "formal_review");
    decide(&cast.office, &unfit, &approval(CYCLE)).expect(200);
    assert_eq!(judged.read(&unfit)["committee_submissions"], 1);
}

// clauses: 4.1d
on_both!(reinstatement_does_not_take_a_year_that_is_taken);
async fn reinstatement_does_not_take_a_year_that_is_taken(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_department(&world, &cast, &path);
    let slip = against("not_recommend");
    decide(&cast.department_reviewer, &path, &slip).expect(200);
    let again = file(&world, &person, &directed_intermediate(&cast.institution));
    let proposal = propose(&world, &cast.office, &path, "clerk_mistake", None).expect(201);
    rule(&cast.supervisor, &proposal, "confirm").problem(409, "one_application_per_year");
    let open = cast.supervisor.read(&format!("/v1/proposals/{}", proposal["id"].as_str().unwrap()));
    assert_eq!(open["state"], "open", "nothing is half-written");
    person.act("POST", &again, &format!("{again}/withdrawal"), &json!({})).expect(200);
    rule(&cast.supervisor, &proposal, "confirm").expect(200);
    assert_eq!(place(&person, &path), "department_review");
}

// clauses: 2.2
on_both!(window_is_extended_by_the_office_and_a_second_person);
async fn window_is_extended_by_the_office_and_a_second_person(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    world.travel("2024-09-11T09:00:00+08:00");
    decide(&cast.office, &path, &approval(CYCLE)).problem(409, "review_window_closed");
    let ask = |until: &str| {
        let body = json!({ "window": "formal_review", "until": until, "reason": "逾期未审结" });
        cast.office.post("/v1/cycles/aksu-2024/extension-proposals").key(&world.key()).json(&body).send()
    };
    ask("2024-09-10T12:00:00+08:00").problem(422, "invalid_field");
    ask("2024-09-11T08:00:00+08:00").problem(422, "invalid_field");
    let proposal = ask("2024-09-13T23:59:59+08:00").expect(201);
    decide(&cast.office, &path, &approval(CYCLE)).problem(409, "review_window_closed");
    rule(&cast.supervisor, &proposal, "confirm").expect(200);
    let public = world.anybody().read("/v1/cycles/aksu-2024/deadlines");
    assert_eq!(public["extensions"][0]["window"], "formal_review");
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
    assert_eq!(place(&person, &path), "accepted");
}

// clauses: 2.2
on_both!(what_the_window_leaves_undecided_is_warned_of_listed_and_told);
async fn what_the_window_leaves_undecided_is_warned_of_listed_and_told(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    // What a start of the server does.
    world.app.act_as_system(title_review::cycle_publication::service::catch_up).await.unwrap();
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (_, decided) = at_employer(&world, &cast, "applicant_b", 2);
    for path in [&path, &decided] {
        directed_to_committee(&world, &cast, path);
    }
    decide(&cast.office, &decided, &approval(CYCLE)).expect(200);
    let undecided = |by: &Actor| by.read("/v1/applications?undecided=true")["items"].as_array().unwrap().clone();
    let told = |by: &Actor, kind: &str| {
        let notices = by.read("/v1/notices");
        let found: Vec<Value> =
            notices["items"].as_array().unwrap().iter().filter(|one| one["kind"] == kind).map(|one| one["body"].clone()).collect();
        found
    };
    // Three working days with the last one: Friday, Monday and Tuesday.
    world.travel("2024-09-05T23:59:59+08:00");
    world.run_jobs().await;
    assert!(told(&cast.office, "review.closing").is_empty());
    world.travel("2024-09-06T00:00:00+08:00");
    world.run_jobs().await;
    let warned = json!({ "cycle_id": CYCLE, "closes_at": "2024-09-11T00:00:00+08:00", "waiting": 1 });
    assert_eq!(told(&cast.office, "review.closing"), [warned]);
    let waits = person.read("/v1/applications")["items"][0].clone();
    assert_eq!((&waits["decide_by"], &waits["undecided_since"]), (&json!("2024-09-11T00:00:00+08:00"), &json!(null)));

    world.travel("2024-09-11T00:00:00+08:00");
    assert_eq!(person.read(&path)["undecided_since"], "2024-09-11T00:00:00+08:00");
    world.run_jobs().await;
    world.run_jobs().await;
    for by in [&cast.office, &cast.supervisor] {
        let listed = undecided(by);
        assert_eq!((listed.len(), &listed[0]["undecided_since"]), (1, &json!("2024-09-11T00:00:00+08:00")));
        assert!(path.ends_with(listed[0]["id"].as_str().unwrap()));
        assert_eq!(by.read("/v1/applications/counts")["undecided"], 1);
    }
    assert_eq!(told(&person, "application.undecided"), [json!({ "since": "2024-09-11T00:00:00+08:00" })]);
    assert_eq!(place(&person, &path), "formal_review");

    let body = json!({ "window": "formal_review", "until": "2024-09-13T23:59:59+08:00", "reason": "逾期未审结" });
    let proposal = cast.office.post("/v1/cycles/aksu-2024/extension-proposals").key(&world.key()).json(&body).send().expect(201);
    rule(&cast.supervisor, &proposal, "confirm").expect(200);
    assert!(undecided(&cast.office).is_empty());
    let waits = person.read("/v1/applications")["items"][0].clone();
    assert_eq!((&waits["decide_by"], &waits["undecided_since"]), (&json!("2024-09-13T23:59:59+08:00"), &json!(null)));
    assert_eq!(person.read(&path)["undecided_since"], json!(null));
    // It is undecided again after that, or decided before.
    world.travel("2024-09-14T00:00:00+08:00");
    world.run_jobs().await;
    assert_eq!(undecided(&cast.office).len(), 1);
}
