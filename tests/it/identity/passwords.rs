//! Passwords: what one has to be like, changing it, and resets by a token that is good once.

use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::{Value, json};
use title_review::db::Error;
use title_review::db::schema::{audit, idempotency, password_resets};
use title_review_core::passwords::Policy;

use super::second_factor::{client, one_winner, sign_in};
use crate::support::cast::{Cast, applicant, resident_id, staff};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, PASSWORD, Reply, World};

const AT: &str = "2024-07-22T09:00:00+08:00";
const NEW: &str = "Another-horse-8";

fn enter_with(world: &World, login: &str, password: &str) -> Reply {
    world.anybody().post("/v1/sessions").json(&json!({ "login": login, "password": password })).send()
}

fn change(actor: &Actor, from: &str, to: &str) -> Reply {
    actor.put("/v1/me/password").json(&json!({ "current_password": from, "new_password": to })).send()
}

fn ask_for_reset(by: &Actor, of: &str) -> Reply {
    by.post(&format!("/v1/accounts/{of}/password-resets")).send()
}

fn redeem(world: &World, token: &Value, password: &str) -> Reply {
    world.anybody().post("/v1/password-resets").json(&json!({ "token": token, "new_password": password })).send()
}

on_both!(configured_password_policy_is_applied);
async fn configured_password_policy_is_applied(database: Database) {
    let world = World::configured(database, AT, |config| config.auth.password_policy = Policy::Asvs).await;
    let policy = world.anybody().read("/v1/password-policy");
    let asvs =
        json!({ "policy": "asvs", "min_length": 15, "max_length": 128, "min_classes": 0, "history": 5, "max_age_days": null });
    assert_eq!(policy, asvs);
    let register = |login: &str, password: &str| {
        let body = json!({
            "login": login, "password": password, "name": "申报人", "id_number": resident_id("19850615", 1), "phone": "13800000000",
        });
        world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send()
    };
    let findings = |reply: Reply| -> Vec<String> {
        let body = reply.problem(422, "weak_password");
        body["errors"].as_array().unwrap().iter().map(|error| error["detail"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(findings(register("applicant_a", "Kestrel-73")), ["密码须为 15 至 128 个字符"]);
    assert_eq!(findings(register("applicant_a", "Password12345678")), ["密码过于常见"]);
    assert_eq!(findings(register("kestrel", "two kestrels and a crow")), ["密码不得包含账号"]);
    assert_eq!(world.admin().read("/v1/accounts?login=applicant_a")["items"], json!([]));
    register("applicant_a", "tulips on a grey hill").expect(201);
}

on_both!(recent_password_cannot_be_reused);
async fn recent_password_cannot_be_reused(database: Database) {
    let world = World::configured(database, AT, |config| config.auth.password_history = 3).await;
    let policy = world.anybody().read("/v1/password-policy");
    assert_eq!((&policy["policy"], &policy["min_length"], &policy["min_classes"]), (&json!("mlps"), &json!(10), &json!(3)));
    let person = applicant(&world, "applicant_a", 1);
    change(&person, PASSWORD, "kestrel-seventy").problem(422, "weak_password");
    change(&person, PASSWORD, PASSWORD).problem(422, "password_reused");
    let mut current = PASSWORD;
    for next in [NEW, "Kestrel-73-b"] {
        let actor = client(&world, &enter_with(&world, "applicant_a", current).expect(201));
        change(&actor, current, next).expect(204);
        actor.get("/v1/me").send().problem(401, "token_invalid");
        current = next;
    }
    let actor = client(&world, &enter_with(&world, "applicant_a", current).expect(201));
    for used in [PASSWORD, NEW, current] {
        change(&actor, current, used).problem(422, "password_reused");
    }
    actor.get("/v1/me").send().expect(200);
    change(&actor, current, "Kestrel-74-c").expect(204);
    let actor = client(&world, &enter_with(&world, "applicant_a", "Kestrel-74-c").expect(201));
    change(&actor, "Kestrel-74-c", PASSWORD).expect(204);
}

on_both!(password_reset_token_works_once);
async fn password_reset_token_works_once(database: Database) {
    let world = World::at(database, AT).await;
    let (person, security) = (applicant(&world, "applicant_a", 1), world.security().clone());
    ask_for_reset(&world.admin(), &person.account).problem(403, "forbidden");
    ask_for_reset(&security, &security.account).problem(409, "own_reset");
    ask_for_reset(&security, "01800000-0000-7000-8000-000000000000").problem(404, "not_found");
    let first = ask_for_reset(&security, &person.account).expect(201);
    let second = ask_for_reset(&security, &person.account).expect(201);
    // Nothing that is kept or told elsewhere has the token in it.
    let secret = second["token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let kept: Vec<String> = world
        .app
        .db
        .read(|conn| {
            let mut kept: Vec<String> = password_resets::table.select(password_resets::token_hash).load(conn)?;
            kept.extend(audit::table.select(audit::detail).load::<Option<String>>(conn)?.into_iter().flatten());
            kept.extend(idempotency::table.select(idempotency::headers).load::<String>(conn)?);
            Ok::<_, Error>(kept)
        })
        .await
        .unwrap();
    assert!(kept.iter().all(|text| !text.contains(&secret)), "{kept:?}");

    // A later one ends an earlier one; a refused password uses none up; the password so far holds.
    redeem(&world, &first["token"], NEW).problem(403, "reset_token_invalid");
    for made_up in ["x", "x.y", &format!("{}.{secret}", first["id"].as_str().unwrap())] {
        redeem(&world, &json!(made_up), NEW).problem(403, "reset_token_invalid");
    }
    redeem(&world, &second["token"], "short").problem(422, "weak_password");
    redeem(&world, &second["token"], PASSWORD).problem(422, "password_reused");
    for _ in 0..5 {
        enter_with(&world, "applicant_a", "Wrong-horse-7").problem(401, "wrong_credentials");
    }
    person.get("/v1/me").send().expect(200);
    redeem(&world, &second["token"], NEW).expect(204);
    person.get("/v1/me").send().problem(401, "token_invalid");
    redeem(&world, &second["token"], "Kestrel-73-b").problem(403, "reset_token_invalid");
    // The lock is gone with it.
    enter_with(&world, "applicant_a", PASSWORD).problem(401, "wrong_credentials");
    enter_with(&world, "applicant_a", NEW).expect(201);

    let third = ask_for_reset(&security, &person.account).expect(201);
    world.wait_seconds(24 * 3600);
    redeem(&world, &third["token"], "Kestrel-73-b").problem(403, "reset_token_invalid");
    let security = world.sign_in("security");
    let fourth = ask_for_reset(&security, &person.account).expect(201);
    world.wait_seconds(24 * 3600 - 1);
    redeem(&world, &fourth["token"], "Kestrel-73-b").expect(204);
    let acts = world.auditor().read(&format!("/v1/audit?object_id={}&action=account.set_password", person.account));
    assert_eq!((acts["items"].as_array().unwrap().len(), &acts["items"][0]["actor_id"]), (2, &json!(person.account)));
}

on_both!(fifty_concurrent_uses_of_a_reset_token_succeed_once);
async fn fifty_concurrent_uses_of_a_reset_token_succeed_once(database: Database) {
    let world = World::at(database, AT).await;
    let person = applicant(&world, "applicant_a", 1);
    let reset = ask_for_reset(world.security(), &person.account).expect(201);
    let answers: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..50)
            .map(|number| {
                let (world, token) = (&world, &reset["token"]);
                scope.spawn(move || {
                    let reply = redeem(world, token, &format!("Kestrel-73-{number}"));
                    reply.body["code"].as_str().map_or_else(|| reply.status.to_string(), str::to_owned)
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(one_winner(&answers, "204", "reset_token_invalid"), "{answers:?}");
    let winner = answers.iter().position(|answer| answer == "204").unwrap();
    enter_with(&world, "applicant_a", &format!("Kestrel-73-{winner}")).expect(201);
}

// Look, then use: what the conditional UPDATE is there against.
on_both!(reset_token_race_is_detected_without_the_condition);
async fn reset_token_race_is_detected_without_the_condition(database: Database) {
    let world = World::at(database, AT).await;
    let person = applicant(&world, "applicant_a", 1);
    ask_for_reset(world.security(), &person.account).expect(201);
    let looks = (0..50).map(|_| {
        world.app.db.read(|conn| {
            let open = password_resets::table.filter(password_resets::used_at.is_null()).count().get_result::<i64>(conn)?;
            Ok::<_, Error>(open == 1)
        })
    });
    let seen: Vec<bool> = join_all(looks).await.into_iter().map(Result::unwrap).collect();
    let now = *world.app.session_clock.now().naive_utc();
    let uses = seen.into_iter().map(|open| {
        world.app.db.write(move |conn| {
            if open {
                diesel::update(password_resets::table).set(password_resets::used_at.eq(Some(now))).execute(conn)?;
            }
            Ok::<_, Error>(if open { "204" } else { "reset_token_invalid" }.to_owned())
        })
    });
    let answers: Vec<String> = join_all(uses).await.into_iter().map(Result::unwrap).collect();
    assert!(!one_winner(&answers, "204", "reset_token_invalid"));
}

on_both!(staff_password_expires);
async fn staff_password_expires(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, "aksu-2024");
    applicant(&world, "applicant_a", 1);
    staff(&world, &cast.admin, "clerk_a", "employer_clerk", &cast.institution);
    world.wait_seconds(90 * 86_400 - 1);
    let tokens = sign_in(&world, "clerk_a", None).expect(201);
    assert_eq!((&tokens["duty"], &tokens["password_expires_at"]), (&Value::Null, &json!("2024-09-29T09:00:00+08:00")));
    let clerk = client(&world, &tokens);
    clerk.read("/v1/inbox");
    world.wait_seconds(1);
    let tokens = sign_in(&world, "clerk_a", None).expect(201);
    assert_eq!(tokens["duty"], "change_password");
    let clerk = client(&world, &tokens);
    clerk.get("/v1/inbox").send().problem(403, "password_change_required");
    change(&clerk, PASSWORD, NEW).expect(204);
    let tokens = enter_with(&world, "clerk_a", NEW).expect(201);
    assert_eq!(tokens["duty"], Value::Null);
    client(&world, &tokens).read("/v1/inbox");
    let applicant = sign_in(&world, "applicant_a", None).expect(201);
    assert_eq!((&applicant["duty"], &applicant["password_expires_at"]), (&Value::Null, &Value::Null));
}

on_both!(account_created_without_a_password_needs_a_reset);
async fn account_created_without_a_password_needs_a_reset(database: Database) {
    let world = World::at(database, AT).await;
    let body = json!({ "login": "clerk_a", "name": "经办人" });
    let made = world.admin().post("/v1/staff-accounts").key(&world.key()).json(&body).send().expect(201);
    for guess in ["!", PASSWORD] {
        enter_with(&world, "clerk_a", guess).problem(401, "wrong_credentials");
    }
    let reset = ask_for_reset(world.security(), made["id"].as_str().unwrap()).expect(201);
    redeem(&world, &reset["token"], NEW).expect(204);
    enter_with(&world, "clerk_a", NEW).expect(201);
}
