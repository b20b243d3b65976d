//! What a return may name, how much time it leaves, and what an employer declares (R1, 4.2.1b, 4.2.6).

use serde_json::{Value, json};

use crate::support::cast::Cast;
use crate::support::chain::{approval, commit, decide, directed_to_committee, employer_approval, place, return_with, submit};
use crate::support::chain::{definition, employer_publicity};
use crate::support::database::Database;
use crate::support::journey::{
    at_employer, directed_intermediate, enter_profile, ready_profile, upload, upload_employer_documents,
};
use crate::support::on_both;
use crate::support::world::{Actor, World};

const CYCLE: &str = "aksu-2024";

/// A return of one place that could have been told before, with its reason.
fn told_late(pointer: &str) -> Value {
    let mut ruling = return_with(&[(pointer, "4.2.1a", "told_late")]);
    ruling["corrections"][0]["why_late"] = json!("首次审核时遗漏");
    ruling
}

/// Takes over the profile as it is now, signs and submits.
fn resubmit_edited(cast: &Cast, person: &Actor, path: &str) {
    let mut filing = directed_intermediate(&cast.institution);
    filing.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", path, path, &filing).expect(200);
    commit(person, path);
    submit(person, path).expect(200);
}

async fn at_committee(database: Database) -> (World, Cast, Actor, String) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    (world, cast, person, path)
}

// clauses: R1
on_both!(correction_is_new_only_where_its_place_changed_since_the_last_return);
async fn correction_is_new_only_where_its_place_changed_since_the_last_return(database: Database) {
    let (world, cast, person, path) = at_committee(database).await;
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    let mut profile = ready_profile(1, &cast.institution);
    profile["education"][0]["school"] = json!("测绘大学");
    enter_profile(&person, &profile);
    upload(&world, &person, &path, "title_certificate").expect(201);
    resubmit_edited(&cast, &person, &path);

    // Unchanged since, and told before.
    for pointer in ["/profile/study_records/0", "/profile/name", "/evidence/putonghua_certificate", "/profile/titles/0"] {
        let refused = decide(&cast.office, &path, &return_with(&[(pointer, "4.2.1a", "new")])).problem(422, "correction_told_late");
        assert_eq!(refused["clause"], "R1");
        assert!(refused["detail"].as_str().unwrap().contains(pointer), "{refused}");
    }
    assert_eq!(place(&person, &path), "formal_review");
    let fits = [("/profile/education/0", "4.2.2", "new"), ("/evidence/title_certificate", "4.2.1a", "new")];
    decide(&cast.office, &path, &return_with(&fits)).expect(200);
    assert_eq!(person.read(&path)["committee_submissions"], 2);
}

// clauses: R1
on_both!(what_another_step_returned_does_not_bind_the_committee);
async fn what_another_step_returned_does_not_bind_the_committee(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    decide(&cast.institution_clerk, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    submit(&person, &path).expect(200);
    directed_to_committee(&world, &cast, &path);
    // The committee sees it for the first time.
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
}

// clauses: R1, 4.2.1b
on_both!(submission_after_a_correction_told_late_does_not_count);
async fn submission_after_a_correction_told_late_does_not_count(database: Database) {
    let (_world, cast, person, path) = at_committee(database).await;
    let submissions = || person.read(&path)["committee_submissions"].as_i64().unwrap();
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    submit(&person, &path).expect(200);
    assert_eq!(submissions(), 2);
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "told_late")]))
        .problem(422, "correction_told_late");
    decide(&cast.office, &path, &told_late("/profile/education/0")).expect(200);
    submit(&person, &path).expect(200);
    assert_eq!(submissions(), 2);
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "uncorrected")])).expect(200);
    submit(&person, &path).expect(200);
    assert_eq!(submissions(), 3);
    // At the last one, too, what could have been told before does not end it; what was not corrected does.
    decide(&cast.office, &path, &told_late("/profile/name")).expect(200);
    submit(&person, &path).expect(200);
    assert_eq!((submissions(), place(&person, &path).as_str()), (3, "formal_review"));
    let last = decide(&cast.office, &path, &return_with(&[("/profile/name", "4.2.1a", "uncorrected")])).expect(200);
    assert_eq!(last["stage"], "not_accepted");
    let history = person.read(&format!("{path}/history"));
    let returns = history["items"].as_array().unwrap().iter().filter(|step| step["action"] == "return");
    let free: Vec<bool> = returns.map(|step| step["detail"]["next_uncounted"].as_bool().unwrap()).collect();
    assert_eq!(free, [false, true, false, true, false]);
}

// clauses: 4.2.1b, 2.2
on_both!(return_that_leaves_less_time_is_confirmed_and_marked);
async fn return_that_leaves_less_time_is_confirmed_and_marked(database: Database) {
    let (world, cast, person, path) = at_committee(database).await;
    world.travel("2024-09-10T23:59:00+08:00");
    let mut ruling = return_with(&[("/profile/titles/0", "3.1a", "new")]);
    let refused = decide(&cast.office, &path, &ruling).problem(422, "correction_time_short");
    assert_eq!(refused["clause"], "4.2.1b");
    assert!(refused["detail"].as_str().unwrap().contains("只剩0天"), "{refused}");
    assert_eq!(place(&person, &path), "formal_review");
    ruling["confirm_short"] = json!(true);
    decide(&cast.office, &path, &ruling).expect(200);
    let history = person.read(&format!("{path}/history"));
    let last = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["detail"]["short_time"], json!({ "days": 0, "of": 2 }));
    assert_eq!(cast.office.read("/v1/applications/counts")["short_corrections"], 1);
}

// clauses: 4.2.1b
on_both!(return_that_leaves_the_days_of_the_notice_needs_no_confirmation);
async fn return_that_leaves_the_days_of_the_notice_needs_no_confirmation(database: Database) {
    let (world, cast, person, path) = at_committee(database).await;
    world.travel("2024-09-08T23:59:59+08:00");
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    let history = person.read(&format!("{path}/history"));
    assert_eq!(history["items"].as_array().unwrap().last().unwrap()["detail"]["short_time"], Value::Null);
    assert_eq!(cast.office.read("/v1/applications/counts")["short_corrections"], 0);
}

// clauses: 4.2.6
on_both!(employer_declares_signature_and_seal_for_each_document_that_asks_for_them);
async fn employer_declares_signature_and_seal_for_each_document_that_asks_for_them(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-29");
    world.travel("2024-08-05T09:00:00+08:00");
    let brought = upload_employer_documents(&world, &cast.institution_clerk, &path);
    let cycle = definition(CYCLE);
    let asks = |id: &String| cycle.evidence.iter().any(|rule| rule.id == *id && rule.signed_and_sealed);
    let sealed: Vec<String> = brought.into_iter().filter(asks).collect();
    assert!(!sealed.is_empty());

    let mut ruling = employer_approval(CYCLE);
    ruling.as_object_mut().unwrap().remove("sealed_documents");
    let refused = decide(&cast.institution_clerk, &path, &ruling).problem(422, "seals_undeclared");
    assert_eq!(refused["clause"], "4.2.6");
    for id in &sealed {
        let name = &cycle.evidence.iter().find(|rule| rule.id == *id).unwrap().name;
        assert!(refused["detail"].as_str().unwrap().contains(name.as_str()), "{refused}");
    }
    ruling["sealed_documents"] = json!(&sealed[1..]);
    decide(&cast.institution_clerk, &path, &ruling).problem(422, "seals_undeclared");
    ruling["sealed_documents"] = json!(["no_such_document"]);
    decide(&cast.institution_clerk, &path, &ruling).problem(422, "invalid_field");
    ruling["sealed_documents"] = json!(&sealed);
    decide(&cast.institution_clerk, &path, &ruling).expect(200);
    let history = person.read(&format!("{path}/history"));
    assert_eq!(history["items"].as_array().unwrap().last().unwrap()["detail"]["sealed_documents"], json!(sealed));
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
}
