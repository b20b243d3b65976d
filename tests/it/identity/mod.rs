//! Accounts, sessions, roles.

use serde_json::json;

use crate::support::cast::{Cast, applicant};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

on_both!(a_suspended_account_is_out_at_once);
async fn a_suspended_account_is_out_at_once(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let me = person.read("/v1/me");
    assert_eq!(me["id_number_masked"], "652901********001X".replace("001X", &me["id_number_masked"].as_str().unwrap()[14..]));

    let path = format!("/v1/accounts/{}", person.account);
    cast.admin.act("PUT", &path, &format!("{path}/status"), &json!({ "status": "suspended" })).expect(200);
    person.get("/v1/me").send().problem(403, "account_suspended");
    world
        .anybody()
        .post("/v1/sessions")
        .json(&json!({ "login": "applicant_a", "password": crate::support::world::PASSWORD }))
        .send()
        .problem(403, "account_suspended");
}

on_both!(a_draft_is_filed_once_a_year);
async fn a_draft_is_filed_once_a_year(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let body = json!({ "cycle_id": "aksu-2024", "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": cast.institution });
    let key = world.key();
    let first = person.post("/v1/applications").key(&key).json(&body).send().expect(201);
    let again = person.post("/v1/applications").key(&key).json(&body).send();
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(201), first);
    person.post("/v1/applications").key(&world.key()).json(&body).send().problem(409, "one_application_per_year");
    let page = person.read("/v1/applications?limit=10&count=exact");
    assert_eq!(page["total"], 1);
    cast.institution_clerk.get(&format!("/v1/applications/{}", first["id"].as_str().unwrap())).send().problem(404, "not_found");
}
