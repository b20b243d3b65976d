//! The chain of review: whose turn, what a decision needs, returns and corrections, ends by deadline.

mod acceptance;
mod corrections;
mod differences;
mod reinstating;
mod undoing;

use diesel::prelude::*;
use serde_json::json;
use title_review::db::Error;
use title_review::db::schema::events;
use title_review_core::clock::Instant;

use crate::support::cast::{Cast, file, staff};
use crate::support::chain::{
    approval, commit, decide, directed_to_committee, directed_to_department, employer_approval, place, return_with, submit,
};
use crate::support::database::Database;
use crate::support::journey::{
    at_employer, directed_intermediate, drafted, ready_profile, upload_all_required, upload_employer_documents,
};
use crate::support::on_both;
use crate::support::world::World;

const CYCLE: &str = "aksu-2024";
const OPENING: &str = "2024-07-22T09:00:00+08:00";

// clauses: 4.1b, 4.3a, 4.3b, 4.4b, 2.2, 5.1, 4.1a
on_both!(directed_track_reviewers_decide_in_turn);
async fn directed_track_reviewers_decide_in_turn(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);

    // Nobody is out of turn; what one cannot see is absent.
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).problem(409, "out_of_turn");
    cast.enterprise_clerk.get(&path).send().problem(404, "not_found");
    cast.county_reviewer.get(&path).send().problem(404, "not_found");
    let inbox = cast.institution_clerk.read("/v1/inbox");
    assert_eq!(inbox["items"].as_array().unwrap().len(), 1);

    directed_to_department(&world, &cast, &path);
    // A decision answers the checklist item by item, with an opinion.
    let mut bare = approval(CYCLE);
    bare["checklist"] = json!([]);
    bare["opinion"] = json!(" ");
    let refused = decide(&cast.department_reviewer, &path, &bare).problem(422, "checklist_incomplete");
    let codes: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["checklist_incomplete", "opinion_missing"]);

    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
    assert_eq!(place(&person, &path), "formal_review");
    let application = person.read(&path);
    assert_eq!(application["committee_submissions"], 1);
    assert_eq!(application["reached_committee_at"], "2024-08-05T09:00:00+08:00");

    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
    assert_eq!(place(&person, &path), "accepted");
    let history = person.read(&format!("{path}/history"));
    let steps: Vec<(&str, &str)> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["action"].as_str().unwrap(), step["to_step"].as_str().or(step["to_stage"].as_str()).unwrap()))
        .collect();
    assert_eq!(
        steps,
        [("submit", "employer_review"), ("approve", "department_review"), ("approve", "formal_review"), ("approve", "accepted")]
    );
    // Each decision names its person and the hashes that were there (5.1).
    for step in history["items"].as_array().unwrap() {
        assert!(step["actor_id"].is_string() && !step["detail"]["evidence"].as_array().unwrap().is_empty(), "{step}");
    }
}

// clauses: 4.4b, 4.3c
on_both!(employer_approval_requires_its_sentence_and_a_finished_publicity);
async fn employer_approval_requires_its_sentence_and_a_finished_publicity(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let refused = decide(&cast.institution_clerk, &path, &approval(CYCLE)).problem(422, "rules_unmet");
    let codes: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"fixed_sentence_missing") && codes.contains(&"publicity_incomplete"), "{codes:?}");
    assert_eq!(place(&person, &path), "employer_review");
}

// clauses: 5.1
on_both!(nobody_decides_on_their_own_application_or_twice);
async fn nobody_decides_on_their_own_application_or_twice(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let clerk_too = json!({ "account_id": person.account, "organisation_id": cast.institution, "role": "employer_clerk" });
    world.security().post("/v1/memberships").key(&world.key()).json(&clerk_too).send().expect(201);
    let person = world.sign_in("applicant_a");
    let ruling = return_with(&[("/profile/education/0", "4.2.2", "new")]);
    decide(&person, &path, &ruling).problem(409, "self_review");

    // The clerk of the employer is made reviewer of the department as well: the second step is not theirs.
    let login = "both";
    let both = staff(&world, &cast.admin, login, "employer_clerk", &cast.institution);
    let reviewer_too = json!({ "account_id": both.account, "organisation_id": cast.department, "role": "reviewer" });
    world.security().post("/v1/memberships").key(&world.key()).json(&reviewer_too).send().expect(201);
    let both = world.sign_in(login);
    world.travel("2024-07-29T09:00:00+08:00");
    crate::support::chain::employer_publicity(&world, &both, &path, "2024-07-29");
    world.travel("2024-08-05T09:00:00+08:00");
    upload_employer_documents(&world, &both, &path);
    decide(&both, &path, &employer_approval(CYCLE)).expect(200);
    decide(&both, &path, &approval(CYCLE)).problem(409, "second_step_by_same_person");
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
}

// clauses: 4.2.1b, R1
on_both!(at_most_three_submissions_and_two_days_for_each_correction);
async fn at_most_three_submissions_and_two_days_for_each_correction(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);

    // First return, Tuesday: due with the end of Thursday.
    world.travel("2024-08-20T10:00:00+08:00");
    decide(&cast.office, &path, &json!({ "action": "return", "opinion": "须修改" })).problem(422, "corrections_missing");
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    let returned = person.read(&path);
    let due = &returned["deadlines"].as_array().unwrap().iter().find(|one| one["kind"] == "correction_due").unwrap()["instant"];
    assert_eq!(due, "2024-08-23T00:00:00+08:00");
    // Resubmission answers each correction and is committed anew where something changed.
    person.act("POST", &path, &format!("{path}/submission"), &json!({ "answers": [] })).problem(422, "correction_unanswered");
    world.travel("2024-08-22T23:59:59.999999+08:00");
    submit(&person, &path).expect(200);
    assert_eq!(place(&person, &path), "formal_review");

    // Second return: a place told before is not new; what could have been told says why it was not.
    world.travel("2024-08-23T10:00:00+08:00");
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).problem(422, "correction_told_late");
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "3.1a", "told_late")])).problem(422, "correction_told_late");
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "uncorrected")])).expect(200);
    submit(&person, &path).expect(200);

    // Third failure: not accepted; a fourth submission is refused with its clause.
    let last = decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "uncorrected")])).expect(200);
    assert_eq!(last["stage"], "not_accepted");
    let refused = person.act("POST", &path, &format!("{path}/submission"), &json!({})).problem(409, "submissions_exhausted");
    assert_eq!(refused["clause"], "4.2.1b");
}

// clauses: 4.2.1b
on_both!(a_late_correction_is_not_accepted);
async fn a_late_correction_is_not_accepted(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    world.travel("2024-08-29T15:00:00+08:00");
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    let tag = person.get(&path).send().header("etag").unwrap().to_owned();
    // Saturday and Sunday are rest days: Monday 09-02 is the last day.
    world.travel("2024-09-03T00:00:00+08:00");
    let late = person.post(&format!("{path}/submission")).header("if-match", &tag).json(&json!({})).send();
    // The lapse is written before the request is judged, so the version that it names is stale.
    late.problem(412, "stale_version");
    let ended = person.read(&path);
    assert_eq!((ended["stage"].as_str(), ended["stage_since"].as_str()), (Some("not_accepted"), Some("2024-09-03T00:00:00+08:00")));
}

// clauses: 2.1, 4.1a
on_both!(application_before_the_committee_lapses_to_the_microsecond);
async fn application_before_the_committee_lapses_to_the_microsecond(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (other, in_time) = at_employer(&world, &cast, "applicant_b", 2);
    world.travel("2024-07-29T09:00:00+08:00");
    for one in [&path, &in_time] {
        crate::support::chain::employer_publicity(&world, &cast.institution_clerk, one, "2024-07-29");
    }
    world.travel("2024-08-05T09:00:00+08:00");
    for one in [&path, &in_time] {
        upload_employer_documents(&world, &cast.institution_clerk, one);
        decide(&cast.institution_clerk, one, &employer_approval(CYCLE)).expect(200);
    }
    let tag = cast.department_reviewer.get(&path).send().header("etag").unwrap().to_owned();
    world.travel("2024-08-30T18:00:00+08:00");
    decide(&cast.department_reviewer, &in_time, &approval(CYCLE)).expect(200);
    assert_eq!(place(&other, &in_time), "formal_review");

    world.travel("2024-08-30T18:00:00.000001+08:00");
    // The job has not run: the request itself finds the lapse, and nothing goes through.
    let late = cast.department_reviewer.post(&format!("{path}/decisions")).header("if-match", &tag).json(&approval(CYCLE)).send();
    late.problem(412, "stale_version");
    let lapsed = person.read(&path);
    assert_eq!(lapsed["stage"], "lapsed");
    let history = person.read(&format!("{path}/history"));
    let last = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["action"].as_str(), last["clause"].as_str(), last["actor_id"].is_null()), (Some("lapse"), Some("2.1"), true));
    assert_eq!(last["at"], "2024-08-30T18:00:00.000001+08:00");
    let notices = person.read("/v1/notices?unread=true");
    assert!(notices["items"].as_array().unwrap().iter().any(|notice| notice["kind"] == "application.lapse"), "{notices}");
    // A clock that steps back does not open it again.
    world.travel("2024-08-30T17:00:00+08:00");
    assert_eq!(place(&person, &path), "lapsed");
}

// clauses: 2.1
on_both!(job_writes_due_lapses_without_a_request);
async fn job_writes_due_lapses_without_a_request(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    assert_eq!(world.run_jobs().await, 0);
    world.travel("2024-08-30T18:00:00.000001+08:00");
    assert!(world.run_jobs().await > 0);
    assert_eq!(place(&person, &path), "lapsed");
}

// clauses: 4.1d
on_both!(withdrawing_frees_the_year_only_before_the_committee);
async fn withdrawing_frees_the_year_only_before_the_committee(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, first) = at_employer(&world, &cast, "applicant_a", 1);
    person.act("POST", &first, &format!("{first}/withdrawal"), &json!({ "reason": "改报其他专业" })).expect(200);
    let second = file(&world, &person, &directed_intermediate(&cast.institution));
    upload_all_required(&world, &person, &second);
    commit(&person, &second);
    submit(&person, &second).expect(200);
    directed_to_committee(&world, &cast, &second);
    person.act("POST", &second, &format!("{second}/withdrawal"), &json!({})).expect(200);
    let again = directed_intermediate(&cast.institution);
    person.post("/v1/applications").key(&world.key()).json(&again).send().problem(409, "one_application_per_year");
}

// clauses: A3
on_both!(changed_dossier_invalidates_the_commitment);
async fn changed_dossier_invalidates_the_commitment(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let profile = ready_profile(1, &cast.institution);
    let (person, path) = drafted(&world, "applicant_a", 1, &profile, &directed_intermediate(&cast.institution));
    commit(&person, &path);
    let edit = json!({ "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": cast.institution });
    person.act("PUT", &path, &path, &edit).expect(200);
    let refused = submit(&person, &path).problem(409, "commitment_missing");
    assert_eq!(refused["clause"], "A3");
    commit(&person, &path);
    submit(&person, &path).expect(200);
}

// clauses: 4.2.1b
on_both!(fifty_concurrent_decisions_succeed_once);
async fn fifty_concurrent_decisions_succeed_once(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    let tag = cast.office.get(&path).send().header("etag").unwrap().to_owned();
    let wins: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..50)
            .map(|_| {
                scope.spawn(|| {
                    let reply =
                        cast.office.post(&format!("{path}/decisions")).header("if-match", &tag).json(&approval(CYCLE)).send();
                    assert!(matches!(reply.status, 200 | 412), "{}", reply.body);
                    usize::from(reply.status == 200)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(wins, 1);
    let history = person.read(&format!("{path}/history"));
    let accepted = history["items"].as_array().unwrap().iter().filter(|step| step["to_stage"] == "accepted").count();
    assert_eq!(accepted, 1);
}

on_both!(events_repeat_the_history_of_an_application);
async fn events_repeat_the_history_of_an_application(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    let history = person.read(&format!("{path}/history"));
    let text = |step: &serde_json::Value, field: &str| step[field].as_str().unwrap().to_owned();
    let steps: Vec<(String, String)> =
        history["items"].as_array().unwrap().iter().map(|step| (text(step, "action"), text(step, "at"))).collect();
    assert_eq!(steps.iter().map(|(action, _)| action.as_str()).collect::<Vec<_>>(), ["submit", "approve", "approve", "return"]);

    let id = path.rsplit('/').next().unwrap().to_owned();
    let rows: Vec<(i64, String, String, Instant)> = world
        .app
        .db
        .read(move |conn| {
            let of_application = events::table.filter(events::object_id.eq(&id)).order(events::seq);
            Ok::<_, Error>(of_application.select((events::seq, events::kind, events::object_kind, events::at)).load(conn)?)
        })
        .await
        .unwrap();
    assert!(rows.iter().all(|(_, kind, object, _)| kind.starts_with("application.") && object == "application"), "{rows:?}");
    assert_eq!(rows.first().map(|(_, kind, ..)| kind.as_str()), Some("application.create"));
    let moves: Vec<(String, String)> = rows
        .iter()
        .map(|(_, kind, _, at)| (kind.trim_start_matches("application.").to_owned(), at.to_string()))
        .filter(|(action, _)| ["submit", "approve", "return"].contains(&action.as_str()))
        .collect();
    assert_eq!(moves, steps);
}
