//! Sessions are listed and ended by their owner, end by themselves, and prove anew what a sensitive act asks for.

use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::config::Config;
use title_review::db::Error;
use title_review::db::schema::{audit, sessions};
use title_review_core::clock::Instant;

use crate::support::cast::{Cast, applicant};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, PASSWORD, Reply, World};

const AT: &str = "2024-07-22T09:00:00+08:00";

/// A new session on a device.
fn begin(world: &World, login: &str, device: &str) -> (Actor, Value) {
    let body = json!({ "login": login, "password": PASSWORD, "device": device });
    let tokens = world.anybody().post("/v1/sessions").json(&body).send().expect(201);
    let mut actor = world.anybody();
    actor.token = Some(tokens["access_token"].as_str().unwrap().to_owned());
    (actor, tokens)
}

fn refresh(world: &World, tokens: &Value) -> Reply {
    world.anybody().post("/v1/sessions/refresh").json(&json!({ "refresh_token": tokens["refresh_token"] })).send()
}

on_both!(account_holder_lists_and_ends_own_sessions);
async fn account_holder_lists_and_ends_own_sessions(database: Database) {
    let world = World::at(database, AT).await;
    let first = applicant(&world, "applicant_a", 1);
    applicant(&world, "applicant_b", 2);
    let (phone, of_phone) = begin(&world, "applicant_a", "手机");
    let (tablet, _) = begin(&world, "applicant_a", "平板");
    let (stranger, _) = begin(&world, "applicant_b", "别人的");

    let listed = phone.read("/v1/sessions");
    let seen: Vec<_> = listed["items"].as_array().unwrap().iter().map(|row| (&row["device"], row["current"] == true)).collect();
    assert_eq!(seen, [(&json!("平板"), false), (&json!("手机"), true), (&Value::Null, false)]);
    assert_eq!(listed["items"][1]["address"], "127.0.0.1");
    assert_eq!(listed["items"][1]["id"], of_phone["session_id"]);
    let page = phone.read("/v1/sessions?limit=1");
    assert_eq!((page["items"].as_array().unwrap().len(), &page["has_more"]), (1, &json!(true)));

    // A session of somebody else is absent.
    let path = format!("/v1/sessions/{}", of_phone["session_id"].as_str().unwrap());
    stranger.delete(&path).send().problem(404, "not_found");
    phone.get("/v1/me").send().expect(200);
    tablet.delete(&path).send().expect(204);
    phone.get("/v1/me").send().problem(401, "token_invalid");
    refresh(&world, &of_phone).problem(401, "token_invalid");
    tablet.delete(&path).send().problem(404, "not_found");

    tablet.delete("/v1/sessions").send().expect(204);
    first.get("/v1/me").send().problem(401, "token_invalid");
    assert_eq!(tablet.read("/v1/sessions")["items"].as_array().unwrap().len(), 1);
    stranger.get("/v1/me").send().expect(200);
}

async fn last_used(world: &World) -> Vec<Instant> {
    world.app.db.read(|conn| Ok::<_, Error>(sessions::table.select(sessions::last_used_at).load(conn)?)).await.unwrap()
}

on_both!(idle_session_ends);
async fn idle_session_ends(database: Database) {
    let world = World::configured(database, AT, |config| {
        config.auth.access_minutes = 60;
        config.auth.session_idle_minutes = 30;
    })
    .await;
    applicant(&world, "applicant_a", 1);
    let (phone, tokens) = begin(&world, "applicant_a", "手机");
    let (_, unused) = begin(&world, "applicant_a", "平板");
    world.wait_seconds(20 * 60);
    phone.get("/v1/me").send().expect(200);
    let noted = last_used(&world).await;
    // Not a write for each request.
    world.wait_seconds(120);
    phone.get("/v1/me").send().expect(200);
    assert_eq!(last_used(&world).await, noted);
    world.wait_seconds(10 * 60);
    refresh(&world, &unused).problem(401, "token_invalid");
    phone.get("/v1/me").send().expect(200);
    // Noted at 32 minutes: over at 62, though the access token would go on if it were not for its session.
    let second = refresh(&world, &tokens).expect(200);
    world.wait_seconds(30 * 60 - 1);
    let mut again = phone.clone();
    again.token = Some(second["access_token"].as_str().unwrap().to_owned());
    again.get("/v1/me").send().expect(200);
    world.wait_seconds(30 * 60);
    again.get("/v1/me").send().problem(401, "token_invalid");
    refresh(&world, &second).problem(401, "token_invalid");
}

on_both!(idle_session_of_staff_ends_earlier);
async fn idle_session_of_staff_ends_earlier(database: Database) {
    let usual = Config::with_data(&database.folder()).unwrap().auth;
    assert_eq!((usual.staff_idle_minutes, usual.session_idle_minutes, usual.session_hours), (15, 30, 12));
    let world = World::configured(database, AT, |config| {
        config.auth.session_idle_minutes = usual.session_idle_minutes;
        config.auth.staff_idle_minutes = usual.staff_idle_minutes;
    })
    .await;
    Cast::enter(&world, "aksu-2024");
    applicant(&world, "applicant_a", 1);
    let (_, tokens) = begin(&world, "office", "电脑");
    let (_, applicants) = begin(&world, "applicant_a", "手机");
    world.wait_seconds(15 * 60 - 1);
    let tokens_of_office = refresh(&world, &tokens).expect(200);
    world.wait_seconds(15 * 60);
    refresh(&world, &tokens_of_office).problem(401, "token_invalid");
    let next = refresh(&world, &applicants).expect(200);
    world.wait_seconds(30 * 60);
    refresh(&world, &next).problem(401, "token_invalid");
}

on_both!(session_ends_at_its_maximum_age);
async fn session_ends_at_its_maximum_age(database: Database) {
    let world = World::configured(database, AT, |config| config.auth.session_hours = 2).await;
    applicant(&world, "applicant_a", 1);
    let (_, tokens) = begin(&world, "applicant_a", "手机");
    world.wait_seconds(7199);
    let next = refresh(&world, &tokens).expect(200);
    world.wait_seconds(1);
    refresh(&world, &next).problem(401, "token_invalid");
    let mut phone = world.anybody();
    phone.token = Some(next["access_token"].as_str().unwrap().to_owned());
    phone.get("/v1/me").send().problem(401, "token_invalid");
}

on_both!(new_role_ends_sessions);
async fn new_role_ends_sessions(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let role = json!({ "account_id": person.account, "organisation_id": cast.agency, "role": "employer_clerk" });
    let made = world.security().post("/v1/memberships").key(&world.key()).json(&role).send().expect(201);
    person.get("/v1/me").send().problem(401, "token_invalid");
    let again = world.sign_in("applicant_a");
    let path = format!("/v1/memberships/{}", made["id"].as_str().unwrap());
    world.security().delete(&path).send().expect(204);
    again.get("/v1/me").send().problem(401, "token_invalid");
}

async fn record_length(world: &World) -> i64 {
    world.app.db.read(|conn| Ok::<_, Error>(audit::table.count().get_result(conn)?)).await.unwrap()
}

on_both!(sensitive_operation_requires_recent_authentication);
async fn sensitive_operation_requires_recent_authentication(database: Database) {
    let world = World::configured(database, AT, |config| config.auth.access_minutes = 60).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let role = json!({ "account_id": person.account, "organisation_id": cast.agency, "role": "employer_clerk" });
    let give = |actor: &Actor| actor.post("/v1/memberships").key(&world.key()).json(&role).send();
    let prove = |password: &str| world.security().post("/v1/sessions/current/proof").json(&json!({ "password": password })).send();
    let status = |to: &str| {
        let path = format!("/v1/accounts/{}", person.account);
        world.security().act("PUT", &path, &format!("{path}/status"), &json!({ "status": to }))
    };
    world.wait_seconds(600);
    give(&person).problem(403, "forbidden");
    status("active").expect(200);
    world.wait_seconds(1);
    let before = record_length(&world).await;
    give(world.security()).problem(403, "step_up_required");
    status("suspended").problem(403, "step_up_required");
    let absent = format!("/v1/memberships/{}", "01800000-0000-7000-8000-000000000000");
    world.security().delete(&absent).send().problem(403, "step_up_required");
    // Whoever may not do it at all is not asked to prove anything.
    give(&person).problem(401, "token_invalid");
    give(&world.sign_in("applicant_a")).problem(403, "forbidden");
    assert_eq!(record_length(&world).await, before + 1);

    prove("Wrong-horse-7").problem(401, "wrong_credentials");
    give(world.security()).problem(403, "step_up_required");
    let proof = prove(PASSWORD).expect(200);
    let at = |field: &str| proof[field].as_str().unwrap().parse::<Instant>().unwrap();
    assert_eq!(at("valid_until"), at("authenticated_at").plus_seconds(600));
    give(world.security()).expect(201);
    // It is the session that proves itself, not the account.
    world.wait_seconds(300);
    let other = world.sign_in("security");
    world.wait_seconds(301);
    status("suspended").problem(403, "step_up_required");
    let path = format!("/v1/accounts/{}", person.account);
    other.act("PUT", &path, &format!("{path}/status"), &json!({ "status": "suspended" })).expect(200);
}

on_both!(wrong_passwords_at_reauthentication_lock_the_account);
async fn wrong_passwords_at_reauthentication_lock_the_account(database: Database) {
    let world = World::at(database, AT).await;
    let person = applicant(&world, "applicant_a", 1);
    let prove = |password: &str| person.post("/v1/sessions/current/proof").json(&json!({ "password": password })).send();
    let change = |current: &str| {
        person.put("/v1/me/password").json(&json!({ "current_password": current, "new_password": "Another-horse-8" })).send()
    };
    for _ in 0..3 {
        prove("Wrong-horse-7").problem(401, "wrong_credentials");
    }
    for _ in 0..2 {
        change("Wrong-horse-7").problem(401, "wrong_credentials");
    }
    prove(PASSWORD).problem(429, "sign_in_locked");
    change(PASSWORD).problem(429, "sign_in_locked");
    world
        .anybody()
        .post("/v1/sessions")
        .json(&json!({ "login": "applicant_a", "password": PASSWORD }))
        .send()
        .problem(429, "sign_in_locked");
}
