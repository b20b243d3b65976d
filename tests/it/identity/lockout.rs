//! Failures lock a login and a network; what is answered tells nobody which logins there are.

use serde_json::{Value, json};
use title_review::db::Error;
use title_review::db::schema::{sessions, sign_in_failures};

use diesel::prelude::*;

use crate::support::cast::applicant;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{PASSWORD, Reply, World};

const AT: &str = "2024-07-22T09:00:00+08:00";
const WRONG: &str = "Wrong-horse-7";

fn sign_in(world: &World, login: &str, password: &str) -> Reply {
    world.anybody().post("/v1/sessions").json(&json!({ "login": login, "password": password })).send()
}

/// All that an answer tells, but what names the request.
fn told(reply: &Reply) -> (u16, Value, Vec<(String, String)>) {
    let mut body = reply.body.clone();
    body["trace_id"] = Value::Null;
    let mut headers = reply.headers.clone();
    headers.retain(|(name, _)| name != "trace-id" && name != "date");
    headers.sort();
    (reply.status, body, headers)
}

async fn count_sessions(world: &World) -> i64 {
    world.app.db.read(|conn| Ok::<_, Error>(sessions::table.count().get_result(conn)?)).await.unwrap()
}

async fn count_failures(world: &World) -> i64 {
    world.app.db.read(|conn| Ok::<_, Error>(sign_in_failures::table.count().get_result(conn)?)).await.unwrap()
}

on_both!(known_and_unknown_login_get_the_same_answer_and_lock);
async fn known_and_unknown_login_get_the_same_answer_and_lock(database: Database) {
    let world = World::at(database, AT).await;
    applicant(&world, "applicant_a", 1);
    let begun = count_sessions(&world).await;
    let hasher = world.app.state::<title_review::credentials::Hasher>();
    let tries = |login: &str| -> Vec<_> {
        (0..7)
            .map(|_| {
                let before = hasher.computed();
                let reply = sign_in(&world, login, WRONG);
                (told(&reply), hasher.computed() - before)
            })
            .collect()
    };
    let (known, unknown) = (tries("applicant_a"), tries("applicant_x"));
    assert_eq!(known, unknown);
    let codes: Vec<&str> = known.iter().map(|((_, body, _), _)| body["code"].as_str().unwrap()).collect();
    let locked = ["sign_in_locked"; 2];
    assert_eq!((&codes[..5], &codes[5..]), (&["wrong_credentials"; 5][..], &locked[..]));
    // One hash for each answer, none once it is locked.
    let work: Vec<u64> = known.iter().map(|(_, work)| *work).collect();
    assert_eq!(work, [1, 1, 1, 1, 1, 0, 0]);
    // The right password does not show either.
    let (right, never) = (sign_in(&world, "applicant_a", PASSWORD), sign_in(&world, "applicant_x", PASSWORD));
    assert_eq!(told(&right), told(&never));
    assert_eq!(right.header("retry-after"), Some("901"));
    assert_eq!(count_sessions(&world).await, begun);
    // It is in the database, whatever server looks.
    assert_eq!(count_failures(&world).await, 3);

    world.wait_seconds(15 * 60 - 1);
    sign_in(&world, "applicant_a", PASSWORD).problem(429, "sign_in_locked");
    world.wait_seconds(1);
    sign_in(&world, "applicant_a", PASSWORD).expect(201);
    // What counts no longer is gone with the next failure.
    sign_in(&world, "applicant_y", WRONG).problem(401, "wrong_credentials");
    assert_eq!(count_failures(&world).await, 2);
}

on_both!(failed_sign_ins_are_forgotten_after_success_and_after_time);
async fn failed_sign_ins_are_forgotten_after_success_and_after_time(database: Database) {
    let world = World::at(database, AT).await;
    applicant(&world, "applicant_a", 1);
    let fail =
        |times: usize| (0..times).for_each(|_| drop(sign_in(&world, "applicant_a", WRONG).problem(401, "wrong_credentials")));
    fail(4);
    sign_in(&world, "applicant_a", PASSWORD).expect(201);
    fail(4);
    world.wait_seconds(15 * 60);
    fail(5);
    sign_in(&world, "applicant_a", PASSWORD).problem(429, "sign_in_locked");
}

on_both!(address_is_locked_at_a_higher_count_than_an_account);
async fn address_is_locked_at_a_higher_count_than_an_account(database: Database) {
    let world = World::configured(database, AT, |config| {
        config.auth.lockout_failures = 3;
        config.auth.lockout_address_failures = 6;
    })
    .await;
    applicant(&world, "applicant_a", 1);
    for number in 0..6 {
        sign_in(&world, &format!("login_{number}"), WRONG).problem(401, "wrong_credentials");
        // A success in between does not make an address trustworthy.
        if number < 5 {
            sign_in(&world, "applicant_a", PASSWORD).expect(201);
        }
    }
    sign_in(&world, "applicant_a", PASSWORD).problem(429, "sign_in_locked");
    world.wait_seconds(15 * 60);
    sign_in(&world, "applicant_a", PASSWORD).expect(201);
}

on_both!(concurrent_guesses_do_not_exceed_the_lock_limit);
async fn concurrent_guesses_do_not_exceed_the_lock_limit(database: Database) {
    let world = World::at(database, AT).await;
    applicant(&world, "applicant_a", 1);
    let hasher = world.app.state::<title_review::credentials::Hasher>();
    let before = hasher.computed();
    let codes: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| sign_in(&world, "applicant_a", WRONG).body["code"].as_str().unwrap().to_owned()))
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let tried = codes.iter().filter(|code| *code == "wrong_credentials").count();
    assert_eq!(codes.iter().filter(|code| *code == "sign_in_locked").count(), 50 - tried, "{codes:?}");
    // Five, and those that had their turn at one of the four places when the fifth failed.
    assert!((5..=8).contains(&tried), "{tried} guesses");
    assert_eq!(hasher.computed() - before, tried as u64);
}

on_both!(full_password_hash_queue_is_answered_503);
async fn full_password_hash_queue_is_answered_503(database: Database) {
    use futures_util::FutureExt as _;
    let world = World::at(database, AT).await;
    applicant(&world, "applicant_a", 1);
    let hasher = world.app.state::<title_review::credentials::Hasher>();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(hasher.acquire().await.unwrap());
    }
    let mut waiting: Vec<_> = (0..128).map(|_| Box::pin(hasher.acquire())).collect();
    assert!(waiting.iter_mut().all(|place| place.now_or_never().is_none()));
    let refused = sign_in(&world, "applicant_a", PASSWORD);
    assert_eq!(refused.header("retry-after"), Some("2"));
    refused.problem(503, "unavailable");
    drop(waiting);
    drop(held);
    sign_in(&world, "applicant_a", PASSWORD).expect(201);
}

on_both!(sign_ins_and_refusals_are_in_the_audit_log);
async fn sign_ins_and_refusals_are_in_the_audit_log(database: Database) {
    let world = World::at(database, AT).await;
    let person = applicant(&world, "applicant_a", 1);
    sign_in(&world, "applicant_a", WRONG).problem(401, "wrong_credentials");
    sign_in(&world, "nobody_has_this", WRONG).problem(401, "wrong_credentials");
    let record = world.auditor().read("/v1/audit?action=session.begin&limit=4");
    let rows = record["items"].as_array().unwrap();
    // The newest is the auditor's own.
    let seen: Vec<_> = rows[1..].iter().map(|row| (&row["outcome"], &row["actor_id"], &row["object_id"], &row["role"])).collect();
    let (account, null) = (json!(person.account), Value::Null);
    let (done, refused, unknown, role) = (json!("done"), json!("refused"), json!("unknown"), json!("applicant"));
    assert_eq!(seen, [(&refused, &null, &unknown, &null), (&refused, &null, &account, &null), (&done, &account, &account, &role)]);
    assert!(!record.to_string().contains("nobody_has_this"), "{record}");
}

on_both!(registration_can_be_closed);
async fn registration_can_be_closed(database: Database) {
    let world = World::configured(database, AT, |config| config.auth.registration = false).await;
    let body = json!({
        "login": "applicant_a", "password": PASSWORD, "name": "申报人", "id_number": "11010519491231002X", "phone": "13800000000",
    });
    world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send().problem(403, "registration_closed");
    let found = world.admin().read("/v1/accounts?login=applicant_a");
    assert_eq!(found["items"], json!([]));
}
