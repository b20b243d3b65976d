//! What the committee accepts is what was made public and recommended, whichever way it came before it (4.3c, 4.3b).

use serde_json::{Value, json};
use title_review::db::raw;

use crate::publicity::object;
use crate::support::cast::{Cast, staff};
use crate::support::chain::{approval, decide, directed_to_committee, employer_approval, employer_publicity, place};
use crate::support::database::Database;
use crate::support::journey::{at_employer, upload_employer_documents};
use crate::support::on_both;
use crate::support::world::{Actor, World};

const CYCLE: &str = "aksu-2024";

/// Writes past every act, as no act can.
async fn plant(world: &World, sql: &'static str, values: &[&str]) {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let planted = world.app.db.write(move |conn| raw::execute(conn, sql, &values.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(planted.await.unwrap(), 1, "{sql}");
}

/// The refusal of an approval, which is for this alone.
fn refused(office: &Actor, path: &str, code: &str) -> Value {
    let refusal = decide(office, path, &approval(CYCLE)).problem(409, code);
    let codes: Vec<&str> = refusal["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, [code]);
    refusal
}

// clauses: 4.3c
on_both!(acceptance_asks_for_a_publicity_of_exactly_what_is_accepted);
async fn acceptance_asks_for_a_publicity_of_exactly_what_is_accepted(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    let faults = [
        ("UPDATE publicities SET level = $1", "assistant", "intermediate"),
        ("UPDATE publicities SET specialty = $1", "geology", "surveying"),
        ("UPDATE publicities SET series = $1", "agriculture", "engineering"),
        ("UPDATE publicities SET employer_id = $1", cast.enterprise.as_str(), cast.institution.as_str()),
        ("UPDATE publicities SET step = $1", "department_review", "employer_review"),
        ("UPDATE publicities SET status = $1", "taken_down", "current"),
    ];
    for (sql, wrong, right) in faults {
        plant(&world, sql, &[wrong]).await;
        let refusal = refused(&cast.office, &path, "publicity_not_covering");
        assert_eq!(refusal["clause"], "4.3c");
        assert!(refusal["detail"].as_str().unwrap().contains("用人单位审核"), "{refusal}");
        plant(&world, sql, &[right]).await;
    }
    assert_eq!(place(&person, &path), "formal_review");
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
}

// clauses: 4.3c
on_both!(acceptance_asks_that_no_objection_of_the_chain_stands);
async fn acceptance_asks_that_no_objection_of_the_chain_stands(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-29");
    object(&world, &notice, &json!({ "text": "工作年限与实际不符" })).expect(201);
    let objections = cast.institution_clerk.read(&format!("{path}/objections"));
    let decision = format!("/v1/objections/{}/decision", objections["items"][0]["id"].as_str().unwrap());
    let finding = json!({ "finding": "rejected", "reason": "经查与档案一致" });
    cast.institution_clerk.post(&decision).key(&world.key()).json(&finding).send().expect(200);
    world.travel("2024-08-05T09:00:00+08:00");
    upload_employer_documents(&world, &cast.institution_clerk, &path);
    decide(&cast.institution_clerk, &path, &employer_approval(CYCLE)).expect(200);
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
    for (status, code) in [("open", "objection_open"), ("upheld", "objection_upheld")] {
        plant(&world, "UPDATE objections SET status = $1", &[status]).await;
        assert_eq!(refused(&cast.office, &path, code)["clause"], "4.3c");
    }
    plant(&world, "UPDATE objections SET status = $1", &["rejected"]).await;
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
}

// clauses: 4.3b, 4.1b
on_both!(acceptance_asks_for_the_approval_of_each_step_of_the_chain);
async fn acceptance_asks_for_the_approval_of_each_step_of_the_chain(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    let by_another = "UPDATE steps SET organisation_id = $1 WHERE action = 'approve' AND from_step = 'employer_review'";
    plant(&world, by_another, &[&cast.enterprise]).await;
    let refusal = refused(&cast.office, &path, "recommendation_missing");
    assert_eq!(refusal["clause"], "4.3b");
    assert!(refusal["detail"].as_str().unwrap().starts_with("用人单位审核："), "{refusal}");
    plant(&world, by_another, &[&cast.institution]).await;

    let ruling = "UPDATE steps SET action = $1 WHERE from_step = 'department_review'";
    plant(&world, ruling, &["not_recommend"]).await;
    assert!(refused(&cast.office, &path, "recommendation_missing")["detail"].as_str().unwrap().contains("主管部门"));
    plant(&world, ruling, &["approve"]).await;
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
}

// clauses: 4.3b, 5.1
on_both!(clerk_of_two_employers_decides_in_the_name_of_the_one_whose_turn_it_is);
async fn clerk_of_two_employers_decides_in_the_name_of_the_one_whose_turn_it_is(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let both = staff(&world, &cast.admin, "both", "employer_clerk", &cast.enterprise);
    let too = json!({ "account_id": both.account, "organisation_id": cast.institution, "role": "employer_clerk" });
    world.security().post("/v1/memberships").key(&world.key()).json(&too).send().expect(201);
    let both = world.sign_in("both");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    employer_publicity(&world, &both, &path, "2024-07-29");
    world.travel("2024-08-05T09:00:00+08:00");
    upload_employer_documents(&world, &both, &path);
    decide(&both, &path, &employer_approval(CYCLE)).expect(200);
    let history = person.read(&format!("{path}/history"));
    assert_eq!(history["items"].as_array().unwrap().last().unwrap()["organisation_id"], json!(cast.institution));
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
}
