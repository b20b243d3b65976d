//! Undoing on record: recalling a submission, taking back a decision, living again by an extension; what is not recommended; what is frozen.

use serde_json::json;

use crate::support::cast::{Cast, file, staff};
use crate::support::chain::{approval, decide, directed_to_committee, directed_to_department, place, return_with, submit};
use crate::support::database::Database;
use crate::support::journey::{at_employer, directed_intermediate};
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

const CYCLE: &str = "aksu-2024";

fn recall(person: &Actor, path: &str) -> Reply {
    person.act("POST", path, &format!("{path}/recall"), &json!({ "reason": "发现填错" }))
}

fn take_back(reviewer: &Actor, path: &str) -> Reply {
    reviewer.act("POST", path, &format!("{path}/decision-reversal"), &json!({ "reason": "点选有误" }))
}

fn allows(actor: &Actor, path: &str, action: &str) -> bool {
    actor.read(path)["allowed_actions"].as_array().unwrap().iter().any(|allowed| allowed == action)
}

// clauses: 4.1a
on_both!(submission_is_recalled_while_nobody_has_acted_and_keeps_its_files);
async fn submission_is_recalled_while_nobody_has_acted_and_keeps_its_files(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let files = person.read(&format!("{path}/attachments"))["items"].as_array().unwrap().len();
    assert!(files > 0 && allows(&person, &path, "recall"));
    // Somebody else's is absent, and the employer is not the one to recall it.
    recall(&cast.institution_clerk, &path).problem(403, "forbidden");

    let draft = recall(&person, &path).expect(200);
    assert_eq!((&draft["stage"], &draft["step"], &draft["submitted_at"]), (&json!("draft"), &json!(null), &json!(null)));
    assert!(draft["commitment_at"].is_string(), "the signature stays");
    assert_eq!(person.read(&format!("{path}/attachments"))["items"].as_array().unwrap().len(), files);
    cast.institution_clerk.get(&path).send().problem(404, "not_found");
    recall(&person, &path).problem(409, "stage_conflict");

    // A draft again: the level may be changed and changed back, and it is submitted anew.
    let mut filing = directed_intermediate(&cast.institution);
    filing.as_object_mut().unwrap().remove("cycle_id");
    filing["level"] = json!("assistant");
    person.act("PUT", &path, &path, &filing).expect(200);
    filing["level"] = json!("intermediate");
    person.act("PUT", &path, &path, &filing).expect(200);
    crate::support::journey::sign(&person, &path);
    submit(&person, &path).expect(200);

    // The employer has put up its notice: there is somebody who acted on it.
    crate::support::chain::employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-29");
    assert!(!allows(&person, &path, "recall"));
    recall(&person, &path).problem(409, "acted_on_since");
    let history = person.read(&format!("{path}/history"));
    let actions: Vec<&str> = history["items"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["submit", "recall", "submit"]);
}

// clauses: 4.1a, 4.2.1b
on_both!(recalled_correction_waits_for_its_answer_again);
async fn recalled_correction_waits_for_its_answer_again(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    decide(&cast.institution_clerk, &path, &return_with(&[("/profile/titles/0", "4.2.1a", "new")])).expect(200);
    submit(&person, &path).expect(200);
    let back = recall(&person, &path).expect(200);
    assert_eq!((&back["stage"], &back["returned_by"]), (&json!("returned"), &json!("employer_review")));
    submit(&person, &path).expect(200);
    assert_eq!(place(&person, &path), "employer_review");
}

// clauses: 4.1a, 5.1
on_both!(decision_is_taken_back_by_who_made_it_while_the_next_has_not_acted);
async fn decision_is_taken_back_by_who_made_it_while_the_next_has_not_acted(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_department(&world, &cast, &path);
    let colleague = staff(&world, &cast.admin, "colleague", "employer_clerk", &cast.institution);
    take_back(&colleague, &path).problem(409, "out_of_turn");
    assert!(allows(&cast.institution_clerk, &path, "take_back"));
    take_back(&cast.institution_clerk, &path).expect(200);
    assert_eq!(place(&person, &path), "employer_review");
    let inbox = |actor: &Actor| actor.read("/v1/inbox")["items"].as_array().unwrap().len();
    assert_eq!((inbox(&cast.institution_clerk), inbox(&cast.department_reviewer)), (1, 0));
    take_back(&cast.institution_clerk, &path).problem(409, "out_of_turn");

    // Sent on again; the department sends it to the committee and takes that back: it has not reached the committee.
    decide(&cast.institution_clerk, &path, &crate::support::chain::employer_approval(CYCLE)).expect(200);
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
    assert_eq!(person.read(&path)["committee_submissions"], 1);
    let taken = take_back(&cast.department_reviewer, &path).expect(200);
    assert_eq!((&taken["committee_submissions"], &taken["reached_committee_at"]), (&json!(0), &json!(null)));
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);

    // A finding of the office by mistake; nobody but who made it takes it back, and the year was never lost.
    let mut finding = approval(CYCLE);
    finding["action"] = json!("find_ineligible");
    finding["grounds"] = json!(["3.1a"]);
    decide(&cast.office, &path, &finding).expect(200);
    take_back(&cast.department_reviewer, &path).problem(409, "out_of_turn");
    take_back(&cast.office, &path).expect(200);
    assert_eq!(place(&person, &path), "formal_review");
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
    take_back(&cast.office, &path).problem(409, "stage_conflict");
}

// clauses: 4.3b
on_both!(what_is_not_recommended_frees_the_year_and_names_conditions_alone);
async fn what_is_not_recommended_frees_the_year_and_names_conditions_alone(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let mut refusal = approval(CYCLE);
    refusal["action"] = json!("find_ineligible");
    refusal["grounds"] = json!(["3.1a"]);
    // To end an application for good is the committee office's.
    decide(&cast.institution_clerk, &path, &refusal).problem(409, "stage_conflict");
    refusal["action"] = json!("not_recommend");
    refusal["grounds"] = json!(["5.2"]);
    let refused = decide(&cast.institution_clerk, &path, &refusal).problem(422, "invalid_field");
    assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["clause"]), (&json!("#/grounds/0"), &json!("4.3b")));
    refusal["grounds"] = json!(["3.1a"]);
    decide(&cast.institution_clerk, &path, &refusal).expect(200);
    assert_eq!(place(&person, &path), "not_recommended");
    let again = file(&world, &person, &directed_intermediate(&cast.institution));
    // The place of the year is taken: what was not recommended cannot come back beside it.
    take_back(&cast.institution_clerk, &path).problem(409, "one_application_per_year");
    person.act("POST", &again, &format!("{again}/withdrawal"), &json!({})).expect(200);
    take_back(&cast.institution_clerk, &path).expect(200);
    assert_eq!(place(&person, &path), "employer_review");
}

// clauses: 2.1
on_both!(extension_after_the_close_revives_what_lapsed_by_it);
async fn extension_after_the_close_revives_what_lapsed_by_it(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (other, withdrawn) = at_employer(&world, &cast, "applicant_b", 3);
    other.act("POST", &withdrawn, &format!("{withdrawn}/withdrawal"), &json!({})).expect(200);
    world.travel("2024-09-02T09:00:00+08:00");
    assert_eq!(place(&person, &path), "lapsed");
    let refused = submit(&person, &path).problem(409, "stage_conflict");
    assert_eq!(refused["errors"][0]["clause"], "2.1", "{refused}");

    let extension = json!({ "window": "application", "until": "2024-09-05T18:00:00+08:00", "reason": "平台故障，延长申报时间" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&extension).send().expect(201);
    assert_eq!(place(&person, &path), "employer_review");
    assert_eq!(place(&other, &withdrawn), "withdrawn");
    let last = person.read(&format!("{path}/history"));
    let last = last["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["action"], &last["actor_id"]), (&json!("revive"), &json!(null)));
    // It lapses again at the new close.
    world.travel("2024-09-05T18:00:01+08:00");
    assert_eq!(place(&person, &path), "lapsed");
}

// clauses: 4.1d, 4.3c
on_both!(choice_is_frozen_after_the_first_submission);
async fn choice_is_frozen_after_the_first_submission(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "4.2.1a", "new")])).expect(200);
    let other = json!({ "track": "directed", "specialty": "geology", "level": "assistant", "employer_id": cast.enterprise });
    let refused = person.act("PUT", &path, &path, &other).problem(422, "invalid_field");
    let errors: Vec<(&str, &str)> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["clause"].as_str().unwrap()))
        .collect();
    assert_eq!(errors, [("#/specialty", "4.3c"), ("#/level", "4.3c"), ("#/employer_id", "4.3c")]);
    // The same choice takes over the profile as it is.
    let mut same = directed_intermediate(&cast.institution);
    same.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", &path, &path, &same).expect(200);
}

// clauses: 4.3c
on_both!(publicity_that_has_not_begun_is_replaced);
async fn publicity_that_has_not_begun_is_replaced(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let slip = crate::support::chain::employer_publicity(&world, &cast.institution_clerk, &path, "2024-08-27");
    assert_eq!((&slip["state"], &slip["in_time"]), (&json!("upcoming"), &json!(false)));
    let right = crate::support::chain::employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-22");
    assert_eq!((&right["state"], &right["step"]), (&json!("running"), &json!("employer_review")));
    let clerk = &cast.institution_clerk;
    assert_eq!(clerk.read(&format!("{path}/publicities/{}", slip["id"].as_str().unwrap()))["state"], "superseded");
}
