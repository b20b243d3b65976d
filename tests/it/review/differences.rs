//! What an applicant changed on a return is shown to everybody who reviews afterwards, whether a correction asked for it or not.

use serde_json::{Value, json};

use crate::support::cast::{Cast, credit_code};
use crate::support::chain::{approval, commit, decide, directed_to_department, return_with, submit};
use crate::support::database::Database;
use crate::support::journey::{at_employer, directed_intermediate, enter_profile, pdf, ready_profile, upload_file};
use crate::support::on_both;
use crate::support::world::{Actor, World};

const CYCLE: &str = "aksu-2024";

/// Takes over this profile, signs and submits.
fn resubmit(cast: &Cast, person: &Actor, path: &str, profile: &Value) {
    enter_profile(person, profile);
    let mut filing = directed_intermediate(&cast.institution);
    filing.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", path, path, &filing).expect(200);
    commit(person, path);
    submit(person, path).expect(200);
}

fn differences(reader: &Actor, path: &str) -> Value {
    reader.read(&format!("{path}/differences"))
}

/// Pointer, kind, and whether it was asked for.
fn told(answer: &Value) -> Vec<(&str, &str, bool)> {
    answer["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| (found["pointer"].as_str().unwrap(), found["kind"].as_str().unwrap(), found["asked"].as_bool().unwrap()))
        .collect()
}

// clauses: 4.3a, R1, 4.2.1b, 4.3c
on_both!(later_reviewers_see_what_was_changed_beyond_the_corrections);
async fn later_reviewers_see_what_was_changed_beyond_the_corrections(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    assert_eq!(differences(&cast.institution_clerk, &path), json!({ "differences": [], "unasked": 0, "employer_changes": [] }));
    directed_to_department(&world, &cast, &path);
    decide(&cast.department_reviewer, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    // Nothing is told before it has come back.
    let mut profile = ready_profile(1, &cast.institution);
    profile["education"][0]["school"] = json!("测绘大学");
    profile["achievements"][0]["contribution"] = json!("承担外业");
    profile["study_records"].as_array_mut().unwrap().rotate_left(1);
    enter_profile(&person, &profile);
    let fields = [("category", "title_certificate"), ("declassified", "true")];
    let added = upload_file(&world, &person, &path, &fields, "职称证书补充.pdf", "application/pdf", &pdf("second")).expect(201);
    assert_eq!(told(&differences(&cast.department_reviewer, &path)), []);
    resubmit(&cast, &person, &path, &profile);

    let first = [
        ("/profile/achievements/0/contribution", "changed", false),
        ("/profile/education/0/school", "changed", true),
        ("/evidence/title_certificate", "changed", false),
    ];
    let seen = differences(&cast.department_reviewer, &path);
    assert_eq!((told(&seen), &seen["unasked"]), (first.to_vec(), &json!(2)));
    let school = &seen["differences"][1];
    assert_eq!((&school["before"], &school["after"]), (&json!("测绘学院"), &json!("测绘大学")));
    assert_eq!(school["correction_id"], person.read(&format!("{path}/corrections"))["items"][0]["id"]);
    assert_eq!((&school["returned_by"], &seen["differences"][0]["correction_id"]), (&json!("department_review"), &Value::Null));
    let files = &seen["differences"][2];
    assert_eq!((&files["files_removed"], &files["before"], &files["after"]), (&json!([]), &Value::Null, &Value::Null));
    let expected = json!([{ "sha256": added["sha256"], "attachment_id": added["id"], "file_name": "职称证书补充.pdf" }]);
    assert_eq!(files["files_added"], expected);

    // The committee, which did not return it, sees the same; after its own return, both.
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
    assert_eq!(told(&differences(&cast.office, &path)), first);
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    profile["working_since"] = json!("2010-07-02");
    profile["achievements"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "kind": "project", "title": "地形图更新", "date": "2023-05-01", "contribution": "承担外业" }));
    resubmit(&cast, &person, &path, &profile);
    let second = [("/profile/achievements/1", "added", false), ("/profile/working_since", "changed", false)];
    for reader in [&cast.office, &cast.supervisor, &cast.institution_clerk, &person] {
        let seen = differences(reader, &path);
        assert_eq!((told(&seen), &seen["unasked"]), ([&first[..], &second[..]].concat(), &json!(4)), "{}", reader.name);
    }
    cast.enterprise_clerk.get(&format!("{path}/differences")).send().problem(404, "not_found");
    cast.finance.get(&format!("{path}/differences")).send().problem(403, "forbidden");
    // A look at it is on record as one at the dossier.
    let views = cast.supervisor.read(&format!("/v1/audit/views?subject_id={}", person.account));
    assert!(views["items"].as_array().unwrap().iter().any(|view| view["kind"] == "dossier"), "{views}");

    // What was changed unasked is new, and may be returned; what was not is not.
    decide(&cast.office, &path, &return_with(&[("/profile/name", "4.2.1a", "new")])).problem(422, "correction_told_late");
    let returned = decide(
        &cast.office,
        &path,
        &return_with(&[("/profile/working_since", "4.2.1a", "new"), ("/profile/achievements/1", "4.3a", "new")]),
    );
    assert_eq!(returned.expect(200)["committee_submissions"], 2);
    profile["working_since"] = json!("2010-07-01");
    profile["achievements"].as_array_mut().unwrap().truncate(1);
    resubmit(&cast, &person, &path, &profile);
    let third = [("/profile/achievements", "removed", true), ("/profile/working_since", "changed", true)];
    assert_eq!(told(&differences(&cast.office, &path)), [&first[..], &second[..], &third[..]].concat());

    // What it was made public with is another dossier; it is accepted for what it was made public for.
    let notices = cast.office.read(&format!("{path}/publicities"));
    assert_eq!(notices["items"][0]["outdated"], true, "{notices}");
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
}

// clauses: 4.3a, 4.1a
on_both!(resubmission_that_was_recalled_is_compared_as_it_comes_back);
async fn resubmission_that_was_recalled_is_compared_as_it_comes_back(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    decide(&cast.institution_clerk, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    let mut profile = ready_profile(1, &cast.institution);
    profile["education"][0]["school"] = json!("测绘大学");
    resubmit(&cast, &person, &path, &profile);
    assert_eq!(told(&differences(&cast.institution_clerk, &path)).len(), 1);
    person.act("POST", &path, &format!("{path}/recall"), &json!({ "reason": "填错" })).expect(200);
    assert_eq!(told(&differences(&cast.institution_clerk, &path)), []);
    profile["education"][0]["school"] = json!("测绘学院");
    profile["titles"][0]["name"] = json!("助理工程师（测绘）");
    resubmit(&cast, &person, &path, &profile);
    assert_eq!(told(&differences(&cast.institution_clerk, &path)), [("/profile/titles/0/name", "changed", true)]);
}

// clauses: 1.2a
on_both!(changes_of_the_employer_stand_beside_those_of_the_dossier);
async fn changes_of_the_employer_stand_beside_those_of_the_dossier(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let organisation = format!("/v1/organisations/{}", cast.institution);
    let body = json!({
        "kind": "public_institution", "ownership": "none", "name": "测绘院", "region": "652902", "parent_id": cast.department,
        "credit_code": credit_code(2),
    });
    cast.admin.act("PUT", &organisation, &organisation, &body).expect(200);
    let changes = json!([{ "field": "region", "at_submission": "652901", "now": "652902" }]);
    assert_eq!(differences(&cast.institution_clerk, &path)["employer_changes"], changes);
}
