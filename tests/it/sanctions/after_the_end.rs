//! Fraud that comes to light after an application has ended (A3, 5.1).

use serde_json::{Value, json};

use super::{apply_for, decide_fraud, load_cycle_of};
use crate::meetings::{add, attend, close, id_of, meeting, ready, vote};
use crate::support::cast::Cast;
use crate::support::chain::{approval, decide, directed_to_committee, place, return_with, submit};
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::{Actor, World};

/// Decides fraud: the application stays where it is, its applicant is told and barred for three years, and there is no second decision.
fn found_out(cast: &Cast, person: &Actor, path: &str, stage: &str) {
    assert_eq!(place(person, path), stage);
    let decided = decide_fraud(cast, path).expect(201);
    assert_eq!(decided["stage"], stage);
    let ban = &decided["sanctions"][0];
    assert_eq!(
        (&ban["kind"], &ban["first_year"], &ban["last_year"], &ban["application_id"]),
        (&json!("fraud_ban"), &json!(2025), &json!(2027), &json!(id_of(path)))
    );
    let notices = person.read("/v1/notices");
    assert!(notices["items"].as_array().unwrap().iter().any(|notice| notice["kind"] == "application.decide_fraud"), "{notices}");
    let history = person.read(&format!("{path}/history"));
    let last = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["action"], &last["to_stage"], &last["clause"]), (&json!("decide_fraud"), &json!(stage), &json!("A3")));
    let again = decide_fraud(cast, path).problem(409, "fraud_decided");
    assert_eq!(again["clause"], "A3");
}

fn withdraw(person: &Actor, path: &str) {
    person.act("POST", path, &format!("{path}/withdrawal"), &json!({})).expect(200);
}

// clauses: A3, 5.1
on_both!(fraud_is_decided_on_what_ended_before_the_committee_and_nothing_undoes_it);
async fn fraud_is_decided_on_what_ended_before_the_committee_and_nothing_undoes_it(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (first, withdrawn) = at_employer(&world, &cast, "applicant_a", 1);
    let (second, refused) = at_employer(&world, &cast, "applicant_b", 3);
    let (third, lapsed) = at_employer(&world, &cast, "applicant_c", 5);
    let (fourth, honest) = at_employer(&world, &cast, "applicant_d", 7);
    withdraw(&first, &withdrawn);
    let mut refusal = approval("aksu-2024");
    refusal["action"] = json!("not_recommend");
    decide(&cast.institution_clerk, &refused, &refusal).expect(200);
    cast.institution_clerk
        .act("POST", &refused, &format!("{refused}/fraud-decisions"), &json!({ "finding": "x", "reason": "y" }))
        .problem(403, "forbidden");
    found_out(&cast, &first, &withdrawn, "withdrawn");
    found_out(&cast, &second, &refused, "not_recommended");
    let undo = json!({ "reason": "点选有误" });
    let reversal = format!("{refused}/decision-reversal");
    cast.institution_clerk.act("POST", &refused, &reversal, &undo).problem(409, "acted_on_since");

    for year in [2025, 2027] {
        let cycle = load_cycle_of(&world, &cast, year);
        let barred = apply_for(&world, &cast, &first, &cycle).problem(409, "barred");
        assert_eq!(barred["errors"][0]["clause"], "A3");
    }

    // What lapsed does not live again by an extension; beside it, what nobody found fault with does.
    world.travel("2024-09-02T09:00:00+08:00");
    found_out(&cast, &third, &lapsed, "lapsed");
    let extension = json!({ "window": "application", "until": "2024-09-05T18:00:00+08:00", "reason": "平台故障，延长申报时间" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&extension).send().expect(201);
    assert_eq!((place(&third, &lapsed).as_str(), place(&fourth, &honest).as_str()), ("lapsed", "employer_review"));
}

// clauses: A3
on_both!(draft_that_was_never_submitted_is_nothing_to_decide_fraud_on);
async fn draft_that_was_never_submitted_is_nothing_to_decide_fraud_on(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    person.act("POST", &path, &format!("{path}/recall"), &json!({})).expect(200);
    withdraw(&person, &path);
    // The office does not see what never left its applicant.
    let body = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.post(&format!("{path}/fraud-decisions")).if_match(9).json(&body).send().problem(404, "not_found");
}

// clauses: A3, 5.1
on_both!(fraud_is_decided_on_what_the_committee_ended);
async fn fraud_is_decided_on_what_the_committee_ended(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (first, unfit) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &unfit);
    let mut finding = approval("aksu-2024");
    finding["action"] = json!("find_ineligible");
    finding["grounds"] = json!(["3.1a"]);
    decide(&cast.office, &unfit, &finding).expect(200);
    found_out(&cast, &first, &unfit, "ineligible");
    let undo = json!({ "reason": "点选有误" });
    cast.office.act("POST", &unfit, &format!("{unfit}/decision-reversal"), &undo).problem(409, "acted_on_since");

    let (second, failed) = ready(&world, &cast, 3, "surveying", "intermediate").await;
    let meeting = meeting(&world, &cast);
    add(&cast, &meeting, &[&failed]).expect(200);
    attend(&cast, &meeting, 25).expect(200);
    vote(&cast, &meeting, &failed, 3, 22, 0, 0).expect(200);
    close(&cast, &meeting).expect(200);
    found_out(&cast, &second, &failed, "not_passed");
}

// clauses: A3, 4.2.1b
on_both!(fraud_is_decided_on_what_was_not_accepted);
async fn fraud_is_decided_on_what_was_not_accepted(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    for kind in ["new", "uncorrected", "uncorrected"] {
        if place(&person, &path) == "returned" {
            submit(&person, &path).expect(200);
        }
        decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", kind)])).expect(200);
    }
    found_out(&cast, &person, &path, "not_accepted");
}

// clauses: A3
on_both!(fraud_is_decided_once_by_two_at_once);
async fn fraud_is_decided_once_by_two_at_once(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    withdraw(&person, &path);
    let tag = cast.office.get(&path).send().header("etag").unwrap().to_owned();
    let body = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    let wins: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let reply = cast.office.post(&format!("{path}/fraud-decisions")).header("if-match", &tag).json(&body).send();
                    assert!(matches!(reply.status, 201 | 412), "{}", reply.body);
                    usize::from(reply.status == 201)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(wins, 1);
    let bans: Value = cast.supervisor.read(&format!("/v1/sanctions?account_id={}", person.account));
    assert_eq!(bans["items"].as_array().unwrap().len(), 1);
}
