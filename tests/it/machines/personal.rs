//! Tokens that people make for their own programs.

use diesel::prelude::*;
use serde_json::json;
use title_review::db::Error;
use title_review::db::schema::personal_tokens;

use super::{bearer, personal_token, token_of, written};
use crate::support::cast::{Cast, applicant, staff};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, PASSWORD, World};

const CYCLE: &str = "aksu-2024";
const AT: &str = "2024-07-22T09:00:00+08:00";

/// A new token of a person's, and a program that has it.
fn token_for(world: &World, person: &Actor, scope: &str) -> (String, Actor) {
    let made = personal_token(person, &json!({ "scopes": [scope] }));
    (made["id"].as_str().unwrap().to_owned(), bearer(world, made["token"].as_str().unwrap()))
}

on_both!(personal_token_has_a_subset_of_its_owners_roles);
async fn personal_token_has_a_subset_of_its_owners_roles(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    // Finance at the bureau, and supervisor there as well.
    let bureau = cast.supervisor.read("/v1/organisations?kind=bureau")["items"][0]["id"].as_str().unwrap().to_owned();
    let give = json!({ "account_id": cast.finance.account, "organisation_id": bureau, "role": "supervisor" });
    world.security().post("/v1/memberships").key(&world.key()).json(&give).send().expect(201);
    let owner = world.sign_in("finance");
    owner.get("/v1/audit").send().expect(200);
    let (id, program) = token_for(&world, &owner, "finance:652900");
    let me = program.read("/v1/me");
    assert_eq!(me["id"], json!(owner.account));
    program.get("/v1/orders").send().expect(200);
    program.get("/v1/audit").send().problem(403, "forbidden");
    let listed = owner.read("/v1/me/tokens");
    let mine = &listed["items"][0];
    assert_eq!((&mine["id"], &mine["scopes"], &mine["ended_at"]), (&json!(id), &json!(["finance:652900"]), &json!(null)));
    assert_eq!(mine["expires_at"], "2024-07-31T09:00:00+08:00");
    // The token itself is nowhere.
    let token = program.token.clone().unwrap();
    assert!(token.starts_with("trp_") && token.len() == 65 && !listed.to_string().contains(&token));
    let hashes: Vec<String> =
        world.app.db.read(|conn| Ok::<_, Error>(personal_tokens::table.select(personal_tokens::hash).load(conn)?)).await.unwrap();
    assert_eq!(hashes, [title_review::keys::sha256_hex(token.as_bytes())]);
    // Others neither see nor end it.
    assert_eq!(cast.office.read("/v1/me/tokens")["items"], json!([]));
    cast.office.delete(&format!("/v1/me/tokens/{id}")).send().problem(404, "not_found");
    program.get("/v1/orders").send().expect(200);

    owner.delete(&format!("/v1/me/tokens/{id}")).send().expect(204);
    program.get("/v1/orders").send().problem(401, "token_invalid");
    owner.delete(&format!("/v1/me/tokens/{id}")).send().problem(404, "not_found");
    assert!(owner.read("/v1/me/tokens")["items"][0]["ended_at"].is_string());
    owner.get("/v1/orders").send().expect(200);
}

on_both!(invalid_personal_token_request_is_rejected);
async fn invalid_personal_token_request_is_rejected(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let before = written(&world).await;
    let scope = "committee_office:652900";
    for (body, place) in [
        (json!({ "scopes": ["supervisor:652900"] }), "#/scopes/0"),
        (json!({ "scopes": [scope, "committee_office:652901"] }), "#/scopes/1"),
        (json!({ "scopes": ["committee_office"] }), "#/scopes/0"),
        (json!({ "scopes": [] }), "#/scopes"),
        (json!({ "scopes": [scope], "expires_in_days": 0 }), "#/expires_in_days"),
        (json!({ "scopes": [scope], "expires_in_days": 366 }), "#/expires_in_days"),
        (json!({ "scopes": [scope], "name": "" }), "#/name"),
        (json!({ "scopes": [scope], "allowed_networks": ["10.0.0.0/8", "x"] }), "#/allowed_networks/1"),
    ] {
        let told = cast.office.post("/v1/me/tokens").json(&token_of(&body)).send().problem(422, "invalid_body");
        assert_eq!(told["errors"][0]["pointer"], place, "{told}");
    }
    // No token carries an administrator's power.
    let body = token_of(&json!({ "scopes": ["security_administrator"] }));
    world.security().post("/v1/me/tokens").json(&body).send().problem(422, "invalid_body");
    assert_eq!(written(&world).await, before);
    // Twenty at a time, ended and expired ones not counted.
    let short = personal_token(&cast.office, &json!({ "scopes": [scope], "expires_in_days": 1 }));
    let mut last = short["id"].clone();
    for _ in 1..20 {
        last = personal_token(&cast.office, &json!({ "scopes": [scope] }))["id"].clone();
    }
    let more = token_of(&json!({ "scopes": [scope] }));
    let before = written(&world).await;
    cast.office.post("/v1/me/tokens").json(&more).send().problem(409, "too_many_tokens");
    assert_eq!(written(&world).await, before);
    cast.office.delete(&format!("/v1/me/tokens/{}", last.as_str().unwrap())).send().expect(204);
    cast.office.post("/v1/me/tokens").json(&more).send().expect(201);
    let page = cast.office.read("/v1/me/tokens?limit=20");
    assert_eq!((page["items"].as_array().unwrap().len(), &page["has_more"]), (20, &json!(true)));
}

on_both!(a_token_expires);
async fn a_token_expires(database: Database) {
    let world = World::at(database, AT).await;
    let person = applicant(&world, "applicant_a", 1);
    let made = personal_token(&person, &json!({ "scopes": ["applicant"], "expires_in_days": 1 }));
    let program = bearer(&world, made["token"].as_str().unwrap());
    world.wait_seconds(86_399);
    program.get("/v1/applications").send().expect(200);
    world.wait_seconds(1);
    program.get("/v1/applications").send().problem(401, "token_expired");
}

on_both!(personal_token_ends_when_password_roles_or_account_change);
async fn personal_token_ends_when_password_roles_or_account_change(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let scope = "committee_office:652900";
    // The password.
    let (_, program) = token_for(&world, &cast.office, scope);
    program.get("/v1/inbox").send().expect(200);
    let change = json!({ "current_password": PASSWORD, "new_password": "Another-horse-8" });
    cast.office.put("/v1/me/password").json(&change).send().expect(204);
    program.get("/v1/inbox").send().problem(401, "token_invalid");
    // A role.
    let other = staff(&world, &cast.admin, "office_b", "committee_office", &cast.committee);
    let (_, program) = token_for(&world, &other, scope);
    program.get("/v1/inbox").send().expect(200);
    let held = world.security().read(&format!("/v1/accounts/{}", other.account));
    let membership = held["memberships"][0]["id"].as_str().unwrap();
    world.security().delete(&format!("/v1/memberships/{membership}")).send().expect(204);
    program.get("/v1/inbox").send().problem(401, "token_invalid");
    // The account.
    let other = staff(&world, &cast.admin, "office_c", "committee_office", &cast.committee);
    let (_, program) = token_for(&world, &other, scope);
    let account = format!("/v1/accounts/{}", other.account);
    let status = |status: &str| {
        world.security().act("PUT", &account, &format!("{account}/status"), &json!({ "status": status })).expect(200)
    };
    status("suspended");
    program.get("/v1/inbox").send().problem(403, "account_suspended");
    status("active");
    program.get("/v1/inbox").send().problem(401, "token_invalid");
}

on_both!(personal_token_from_another_network_is_refused);
async fn personal_token_from_another_network_is_refused(database: Database) {
    let world = World::at(database, AT).await;
    let person = applicant(&world, "applicant_a", 1);
    for (networks, status) in [(json!(["127.0.0.1"]), 200), (json!(["10.0.0.0/8", "::1"]), 403), (json!([]), 200)] {
        let made = personal_token(&person, &json!({ "scopes": ["applicant"], "allowed_networks": networks }));
        let reply = bearer(&world, made["token"].as_str().unwrap()).get("/v1/me").send();
        assert_eq!(reply.status, status, "{networks}");
        if status == 403 {
            reply.problem(403, "address_not_allowed");
        }
    }
}

on_both!(malformed_personal_token_is_refused);
async fn malformed_personal_token_is_refused(database: Database) {
    let world = World::at(database, AT).await;
    let person = applicant(&world, "applicant_a", 1);
    let made = personal_token(&person, &json!({ "scopes": ["applicant"] }));
    let token = made["token"].as_str().unwrap();
    bearer(&world, token).get("/v1/me").send().expect(200);
    let (short, long) = (&token[..64], format!("{token}0"));
    let secret = token.replace("trp_", "trs_");
    let body = if token.contains('a') { token.replace('a', "b") } else { token.replace('b', "c") };
    for text in ["trp_", "trp_x_y", short, &long, &secret, &body, &token.to_uppercase()] {
        bearer(&world, text).get("/v1/me").send().problem(401, "token_invalid");
    }
}
