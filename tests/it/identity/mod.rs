//! Accounts, sessions, roles.

mod claimed;
mod corrected;
mod database_faults;
mod lockout;
mod logins;
mod names;
mod passwords;
pub mod second_factor;
mod sessions;

use serde_json::json;

use crate::support::cast::{Cast, applicant};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, World};

on_both!(suspended_account_loses_access_immediately);
async fn suspended_account_loses_access_immediately(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let person = applicant(&world, "applicant_a", 1);
    let me = person.read("/v1/me");
    assert_eq!(me["id_number_masked"], "652901********001X".replace("001X", &me["id_number_masked"].as_str().unwrap()[14..]));

    let path = format!("/v1/accounts/{}", person.account);
    world.security().act("PUT", &path, &format!("{path}/status"), &json!({ "status": "suspended" })).expect(200);
    person.get("/v1/me").send().problem(403, "account_suspended");
    world
        .anybody()
        .post("/v1/sessions")
        .json(&json!({ "login": "applicant_a", "password": crate::support::world::PASSWORD }))
        .send()
        .problem(403, "account_suspended");
}

on_both!(administrator_holds_no_other_role);
async fn administrator_holds_no_other_role(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let give = |account: &str, organisation: Option<&str>, role: &str| {
        let body = json!({ "account_id": account, "organisation_id": organisation, "role": role });
        world.security().post("/v1/memberships").key(&world.key()).json(&body).send()
    };
    let roles = |actor: &Actor| actor.read("/v1/me")["memberships"].as_array().unwrap().len();
    // No second administrator's role, and no seat in the review.
    for role in ["security_administrator", "audit_administrator"] {
        give(&cast.admin.account, None, role).problem(409, "administrator_apart");
    }
    give(&cast.admin.account, Some(&cast.institution), "employer_clerk").problem(409, "administrator_apart");
    give(&world.auditor().account, Some(&cast.committee), "committee_office").problem(409, "administrator_apart");
    assert_eq!(roles(&cast.admin), 1);
    // Nobody of the review becomes an administrator beside it, an applicant neither.
    give(&cast.office.account, None, "system_administrator").problem(409, "administrator_apart");
    give(&applicant(&world, "applicant_a", 1).account, None, "audit_administrator").problem(409, "administrator_apart");
    assert_eq!(roles(&cast.office), 1);
    // Each has its own work: the system administrator gives no roles, the security administrator enters nobody, the audit administrator reads.
    let clerk = json!({ "account_id": cast.office.account, "organisation_id": cast.institution, "role": "employer_clerk" });
    for actor in [&cast.admin, &world.auditor()] {
        actor.post("/v1/memberships").key(&world.key()).json(&clerk).send().problem(403, "forbidden");
    }
    let somebody = json!({ "login": "somebody", "password": crate::support::world::PASSWORD, "name": "某人" });
    for actor in [world.security(), &world.auditor()] {
        actor.post("/v1/staff-accounts").key(&world.key()).json(&somebody).send().problem(403, "forbidden");
    }
    assert_eq!(world.auditor().get("/v1/audit").send().status, 200);
    for actor in [&cast.admin, world.security(), &world.auditor()] {
        actor.get("/v1/applications").send().problem(403, "forbidden");
    }
}

on_both!(applicant_files_one_draft_per_year);
async fn applicant_files_one_draft_per_year(database: Database) {
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
