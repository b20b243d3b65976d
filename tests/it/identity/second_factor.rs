//! TOTP: enrolled once, asked for from then on, each code used once.

use data_encoding::BASE32_NOPAD;
use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::{Value, json};
use title_review::config::SecondFactorRule;
use title_review::db::Error;
use title_review::db::schema::{recovery_codes, second_factors, sessions};
use title_review::second_factor::code_at;

use crate::support::cast::applicant;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, PASSWORD, Reply, World};

const AT: &str = "2024-07-22T09:00:00+08:00";
const THREADS: usize = 50;

/// The code that the authenticator shows `later` seconds from now.
pub fn code(world: &World, secret: &str, later: i64) -> String {
    code_at(&BASE32_NOPAD.decode(secret.as_bytes()).unwrap(), world.app.session_clock.now().unix_seconds() + later)
}

pub fn sign_in(world: &World, login: &str, code: Option<&str>) -> Reply {
    world.anybody().post("/v1/sessions").json(&json!({ "login": login, "password": PASSWORD, "second_factor": code })).send()
}

/// The client of a session that has just begun.
pub fn client(world: &World, tokens: &Value) -> Actor {
    let mut actor = world.anybody();
    actor.token = Some(tokens["access_token"].as_str().unwrap().to_owned());
    tokens["account_id"].as_str().unwrap().clone_into(&mut actor.account);
    actor
}

/// Enrols; gives the secret and the recovery codes.
pub fn enrol(world: &World, actor: &Actor) -> (String, Vec<String>) {
    let secret = actor.post("/v1/me/second-factor").send().expect(201)["secret"].as_str().unwrap().to_owned();
    let confirmation = json!({ "code": code(world, &secret, 0) });
    let codes = actor.post("/v1/me/second-factor/confirmation").json(&confirmation).send().expect(200);
    let codes = codes["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    (secret, codes)
}

async fn count_sessions(world: &World) -> i64 {
    world.app.db.read(|conn| Ok::<_, Error>(sessions::table.count().get_result(conn)?)).await.unwrap()
}

on_both!(enrolled_second_factor_is_required_at_sign_in);
async fn enrolled_second_factor_is_required_at_sign_in(database: Database) {
    let world = World::at(database, AT).await;
    let (admin, other) = (world.admin(), world.admin());
    let enrolment = admin.post("/v1/me/second-factor").send().expect(201);
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    assert_eq!(BASE32_NOPAD.decode(secret.as_bytes()).unwrap().len(), 20);
    let uri = enrolment["otpauth_uri"].as_str().unwrap();
    assert!(uri.starts_with(&format!("otpauth://totp/title-review:admin?secret={secret}&issuer=title-review")), "{uri}");
    let kept: Vec<String> = world
        .app
        .db
        .read(|conn| Ok::<_, Error>(second_factors::table.select(second_factors::secret_sealed).load(conn)?))
        .await
        .unwrap();
    assert!(kept.len() == 1 && !kept[0].contains(&secret), "{kept:?}");

    // It does not count before its first code.
    assert_eq!(admin.read("/v1/me/second-factor")["enrolled"], false);
    sign_in(&world, "admin", None).expect(201);
    let confirm = |code: &str| admin.post("/v1/me/second-factor/confirmation").json(&json!({ "code": code })).send();
    confirm(&code(&world, &secret, 90)).problem(401, "second_factor_wrong");
    assert_eq!(admin.read("/v1/me/second-factor")["enrolled"], false);
    let codes = confirm(&code(&world, &secret, 0)).expect(200)["recovery_codes"].clone();
    let codes: Vec<&str> = codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    confirm(&code(&world, &secret, 30)).problem(409, "second_factor_enrolled");
    admin.post("/v1/me/second-factor").send().problem(409, "second_factor_enrolled");
    // This session has it, the other one did not prove it.
    assert_eq!(admin.read("/v1/sessions")["items"][0]["second_factor"], true);
    other.get("/v1/me").send().problem(401, "token_invalid");

    let begun = count_sessions(&world).await;
    sign_in(&world, "admin", None).problem(401, "second_factor_required");
    sign_in(&world, "admin", Some("000000")).problem(401, "second_factor_wrong");
    // The code of the confirmation is used up.
    sign_in(&world, "admin", Some(&code(&world, &secret, 0))).problem(401, "second_factor_wrong");
    assert_eq!(count_sessions(&world).await, begun);
    // A clock that runs half a minute ahead; then nothing from before that counts any more.
    let ahead = code(&world, &secret, 30);
    sign_in(&world, "admin", Some(&ahead)).expect(201);
    sign_in(&world, "admin", Some(&ahead)).problem(401, "second_factor_wrong");
    world.wait_seconds(30);
    sign_in(&world, "admin", Some(&code(&world, &secret, 0))).problem(401, "second_factor_wrong");
    world.wait_seconds(30);
    sign_in(&world, "admin", Some(&code(&world, &secret, 0))).expect(201);

    // A recovery code, once; how it is typed does not matter.
    sign_in(&world, "admin", Some(&codes[0].replace('-', " ").to_lowercase())).expect(201);
    sign_in(&world, "admin", Some(codes[0])).problem(401, "second_factor_wrong");
    assert_eq!(admin.read("/v1/me/second-factor")["recovery_codes_left"], 9);
    let renewed = admin.post("/v1/me/second-factor/recovery-codes").send().expect(201);
    sign_in(&world, "admin", Some(codes[1])).problem(401, "second_factor_wrong");
    sign_in(&world, "admin", renewed["recovery_codes"][9].as_str()).expect(201);
    let kept: Vec<String> = world
        .app
        .db
        .read(|conn| Ok::<_, Error>(recovery_codes::table.select(recovery_codes::code_hash).load(conn)?))
        .await
        .unwrap();
    assert!(codes.iter().all(|code| !kept.contains(&(*code).to_owned()) && !kept.contains(&code.replace('-', ""))));
}

on_both!(session_without_required_factor_can_only_enrol);
async fn session_without_required_factor_can_only_enrol(database: Database) {
    let world = World::configured(database, AT, |config| config.auth.second_factor = Some(SecondFactorRule::Required)).await;
    applicant(&world, "applicant_a", 1);
    assert_eq!(sign_in(&world, "applicant_a", None).expect(201)["duty"], Value::Null);
    let tokens = sign_in(&world, "admin", None).expect(201);
    assert_eq!(tokens["duty"], "enrol_second_factor");
    let admin = client(&world, &tokens);
    let body = json!({ "login": "clerk_a", "password": PASSWORD, "name": "经办人" });
    let enter = || admin.post("/v1/staff-accounts").key(&world.key()).json(&body).send();
    enter().problem(403, "second_factor_enrolment_required");
    for path in ["/v1/accounts", "/v1/me", "/v1/notices"] {
        admin.get(path).send().problem(403, "second_factor_enrolment_required");
    }
    assert_eq!(admin.read("/v1/me/second-factor")["required_for_staff"], true);
    let (secret, _) = enrol(&world, &admin);
    // The same session, from now on with its roles.
    assert_eq!(admin.read("/v1/accounts?login=clerk_a")["items"], json!([]));
    enter().expect(201);
    world.wait_seconds(30);
    assert_eq!(sign_in(&world, "admin", Some(&code(&world, &secret, 0))).expect(201)["duty"], Value::Null);
}

on_both!(lost_second_factor_is_removed_by_an_administrator);
async fn lost_second_factor_is_removed_by_an_administrator(database: Database) {
    let world = World::at(database, AT).await;
    let (admin, security) = (world.admin(), world.security());
    let body = json!({ "login": "clerk_a", "password": PASSWORD, "name": "经办人" });
    admin.post("/v1/staff-accounts").key(&world.key()).json(&body).send().expect(201);
    let clerk = client(&world, &sign_in(&world, "clerk_a", None).expect(201));
    enrol(&world, &admin);
    enrol(&world, &clerk);
    let path = |account: &str| format!("/v1/accounts/{account}/second-factor");
    let account = clerk.account.clone();
    admin.delete(&path(&account)).send().problem(403, "forbidden");
    security.delete(&path(&security.account)).send().problem(409, "own_reset");
    sign_in(&world, "clerk_a", None).problem(401, "second_factor_required");
    security.delete(&path(&account)).send().expect(204);
    clerk.get("/v1/me").send().problem(401, "token_invalid");
    sign_in(&world, "clerk_a", None).expect(201);
    security.delete(&path(&account)).send().problem(404, "not_found");

    // Whoever could take an administrator's account would be the auditor, too.
    for administrator in [&admin.account, &world.auditor().account] {
        security.delete(&path(administrator)).send().problem(409, "administrator_reset");
        security.post(&format!("/v1/accounts/{administrator}/password-resets")).send().problem(409, "administrator_reset");
    }
    sign_in(&world, "admin", None).problem(401, "second_factor_required");
    world.wait_seconds(601);
    security.delete(&path(&account)).send().problem(403, "step_up_required");
}

on_both!(reauthentication_requires_the_enrolled_second_factor);
async fn reauthentication_requires_the_enrolled_second_factor(database: Database) {
    let world = World::at(database, AT).await;
    let security = world.security();
    world.wait_seconds(601);
    // A stolen token does not get as far as a factor of the thief's.
    security.post("/v1/me/second-factor").send().problem(403, "step_up_required");
    let prove = |code: Option<&str>| {
        security.post("/v1/sessions/current/proof").json(&json!({ "password": PASSWORD, "second_factor": code })).send()
    };
    prove(None).expect(200);
    let (secret, _) = enrol(&world, security);
    world.wait_seconds(200);
    prove(None).problem(401, "second_factor_required");
    prove(Some("000000")).problem(401, "second_factor_wrong");
    prove(Some(&code(&world, &secret, 0))).expect(200);
    prove(Some(&code(&world, &secret, 0))).problem(401, "second_factor_wrong");
}

on_both!(wrong_codes_lock_the_account);
async fn wrong_codes_lock_the_account(database: Database) {
    let world = World::at(database, AT).await;
    let (secret, _) = enrol(&world, &world.admin());
    world.wait_seconds(30);
    for _ in 0..5 {
        // Being asked for the code does not forget failures.
        sign_in(&world, "admin", None).problem(401, "second_factor_required");
        sign_in(&world, "admin", Some("000000")).problem(401, "second_factor_wrong");
    }
    let begun = count_sessions(&world).await;
    sign_in(&world, "admin", Some(&code(&world, &secret, 0))).problem(429, "sign_in_locked");
    assert_eq!(count_sessions(&world).await, begun);
}

/// Signs in from each thread with the same code; the codes of the answers.
fn sign_in_at_once(world: &World, code: &str) -> Vec<String> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let reply = sign_in(world, "admin", Some(code));
                    reply.body["code"].as_str().map_or_else(|| reply.status.to_string(), str::to_owned)
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// Exactly one won, and the others were told so.
pub fn one_winner(answers: &[String], won: &str, lost: &str) -> bool {
    let count = |code: &str| answers.iter().filter(|answer| *answer == code).count();
    count(won) == 1 && count(lost) == answers.len() - 1
}

on_both!(fifty_concurrent_uses_of_a_code_succeed_once);
async fn fifty_concurrent_uses_of_a_code_succeed_once(database: Database) {
    let world = World::configured(database, AT, |config| {
        config.auth.lockout_failures = 1000;
        config.auth.lockout_address_failures = 1000;
    })
    .await;
    let (secret, codes) = enrol(&world, &world.admin());
    world.wait_seconds(30);
    for code in [code(&world, &secret, 0), codes[0].clone()] {
        let begun = count_sessions(&world).await;
        let answers = sign_in_at_once(&world, &code);
        assert!(one_winner(&answers, "201", "second_factor_wrong"), "{answers:?}");
        assert_eq!(count_sessions(&world).await, begun + 1);
    }
}

// Look, then use: what the conditional UPDATEs are there against.
on_both!(code_race_is_detected_without_the_conditions);
async fn code_race_is_detected_without_the_conditions(database: Database) {
    let world = World::at(database, AT).await;
    enrol(&world, &world.admin());
    let step = world.app.session_clock.now().unix_seconds() / 30 + 1;
    let looks = (0..THREADS).map(|_| {
        world.app.db.read(move |conn| {
            let fresh = second_factors::table.select(second_factors::last_step).first::<i64>(conn)? < step;
            let unused = recovery_codes::table.filter(recovery_codes::used_at.is_null()).count().get_result::<i64>(conn)? == 10;
            Ok::<_, Error>(fresh && unused)
        })
    });
    let seen: Vec<bool> = join_all(looks).await.into_iter().map(Result::unwrap).collect();
    let now = *world.app.session_clock.now().naive_utc();
    let uses = seen.into_iter().map(|free| {
        world.app.db.write(move |conn| {
            if free {
                diesel::update(second_factors::table).set(second_factors::last_step.eq(step)).execute(conn)?;
                diesel::update(recovery_codes::table).set(recovery_codes::used_at.eq(Some(now))).execute(conn)?;
            }
            Ok::<_, Error>(if free { "201" } else { "second_factor_wrong" }.to_owned())
        })
    });
    let answers: Vec<String> = join_all(uses).await.into_iter().map(Result::unwrap).collect();
    assert!(!one_winner(&answers, "201", "second_factor_wrong"));
}
