//! Tokens and sessions: what is forged is refused, what was used or ended stays so.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::cast::applicant;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, PASSWORD, Reply, World};

/// Asks for the own account with this token.
fn me(world: &World, token: &str) -> Reply {
    world.anybody().get("/v1/me").header("authorization", &format!("Bearer {token}")).send()
}

fn claims_of(token: &str) -> Value {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap()).unwrap()
}

/// What a forger changes in a token that was good.
type Forgery<'a> = &'a dyn Fn(&mut Header, &mut Value);

on_both!(a_forged_token_is_refused);
async fn a_forged_token_is_refused(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let person = applicant(&world, "applicant_a", 1);
    let token = person.token.clone().unwrap();
    let (key, claims) = (world.app.keys.signing(), claims_of(&token));
    let sign = |change: &dyn Fn(&mut Header, &mut Value)| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid.clone());
        let mut claims = claims.clone();
        change(&mut header, &mut claims);
        jsonwebtoken::encode(&header, &claims, &key.encoding).unwrap()
    };
    me(&world, &token).expect(200);
    me(&world, &sign(&|_, _| {})).expect(200);
    let forged: &[(&str, Forgery<'_>)] = &[
        ("another issuer", &|_, claims| claims["iss"] = json!("https://elsewhere.example")),
        ("another audience", &|_, claims| claims["aud"] = json!("another-api")),
        ("no issuer", &|_, claims| drop(claims.as_object_mut().unwrap().remove("iss"))),
        ("no subject", &|_, claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
        ("no expiry", &|_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ("no id", &|_, claims| drop(claims.as_object_mut().unwrap().remove("jti"))),
        ("a session that is not there", &|_, claims| claims["sid"] = json!("01800000-0000-7000-8000-000000000000")),
        ("issued in the future", &|_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 3600)),
        ("an unknown key", &|header, _| header.kid = Some("nobody".to_owned())),
        ("no key", &|header, _| header.kid = None),
        ("no type", &|header, _| header.typ = None),
        ("an id token", &|header, _| header.typ = Some("JWT".to_owned())),
    ];
    for (what, change) in forged {
        let refused = me(&world, &sign(change));
        assert_eq!((refused.status, refused.body["code"].as_str()), (401, Some("token_invalid")), "{what}");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    }
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let none = format!("{}.{}.", encode(&json!({ "alg": "none", "typ": "at+jwt", "kid": key.kid })), encode(&claims));
    // The key id and the token's own text are public: neither may serve as a secret.
    let hmac = |secret: &[u8]| {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut other = claims.clone();
    other["sub"] = json!("01800000-0000-7000-8000-000000000000");
    parts[1] = encode(&other);
    for token in [none, hmac(key.kid.as_bytes()), hmac(b""), parts.join("."), "x.y.z".to_owned()] {
        me(&world, &token).problem(401, "token_invalid");
    }
    world.anybody().get("/v1/me").header("authorization", "Basic YTpi").send().problem(401, "token_invalid");
    world.anybody().get("/v1/me").send().problem(401, "unauthenticated");
}

/// Tokens of a new session.
fn begin(world: &World, login: &str) -> Value {
    world.anybody().post("/v1/sessions").json(&json!({ "login": login, "password": PASSWORD })).send().expect(201)
}

fn refresh(world: &World, tokens: &Value) -> Reply {
    world.anybody().post("/v1/sessions/refresh").json(&json!({ "refresh_token": tokens["refresh_token"] })).send()
}

fn lives(world: &World, tokens: &Value) -> bool {
    me(world, tokens["access_token"].as_str().unwrap()).status == 200
}

on_both!(a_token_expires_and_is_refreshed);
async fn a_token_expires_and_is_refreshed(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    let lifetime = first["expires_in"].as_i64().unwrap();
    world.wait_seconds(lifetime - 1);
    assert!(lives(&world, &first));
    world.wait_seconds(1);
    me(&world, first["access_token"].as_str().unwrap()).problem(401, "token_expired");
    let second = refresh(&world, &first).expect(200);
    assert!(lives(&world, &second));
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    world.anybody().post("/v1/sessions/refresh").json(&json!({ "refresh_token": "made.up" })).send().problem(401, "token_invalid");
}

on_both!(a_used_refresh_token_ends_its_session);
async fn a_used_refresh_token_ends_its_session(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    let other = begin(&world, "applicant_a");
    let second = refresh(&world, &first).expect(200);
    let third = refresh(&world, &second).expect(200);
    // Two generations back: somebody has a copy. The whole family ends, another session does not.
    refresh(&world, &first).problem(401, "token_invalid");
    world.wait_seconds(31);
    refresh(&world, &second).problem(401, "token_invalid");
    refresh(&world, &third).problem(401, "token_invalid");
    assert!(!lives(&world, &third) && lives(&world, &other));
}

on_both!(a_lost_answer_may_be_asked_for_again);
async fn a_lost_answer_may_be_asked_for_again(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    refresh(&world, &first).expect(200);
    world.wait_seconds(29);
    let again = refresh(&world, &first).expect(200);
    assert!(lives(&world, &again));
    refresh(&world, &again).expect(200);
    // Thirty seconds after the rotation the grace is over.
    let late = begin(&world, "applicant_a");
    let successor = refresh(&world, &late).expect(200);
    world.wait_seconds(30);
    refresh(&world, &late).problem(401, "token_invalid");
    assert!(!lives(&world, &successor));
}

on_both!(of_two_refreshes_at_once_both_get_a_living_session);
async fn of_two_refreshes_at_once_both_get_a_living_session(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    let both: Vec<Value> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..2).map(|_| scope.spawn(|| refresh(&world, &first).expect(200))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    // One successor took the other's place: exactly one of the two goes on.
    assert_ne!(both[0]["refresh_token"], both[1]["refresh_token"]);
    assert!(both.iter().all(|tokens| lives(&world, tokens)));
    let going_on = both.iter().filter(|tokens| refresh(&world, tokens).status == 200).count();
    assert_eq!(going_on, 1);
}

on_both!(signing_out_and_a_new_password_end_sessions);
async fn signing_out_and_a_new_password_end_sessions(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let person = applicant(&world, "applicant_a", 1);
    let other = begin(&world, "applicant_a");
    person.delete("/v1/sessions/current").send().expect(204);
    person.get("/v1/me").send().problem(401, "token_invalid");
    assert!(lives(&world, &other));

    let again: Actor = world.sign_in("applicant_a");
    let change = |current: &str, new: &str| {
        again.put("/v1/me/password").json(&json!({ "current_password": current, "new_password": new })).send()
    };
    change("Wrong-horse-7", "Another-horse-8").problem(401, "wrong_credentials");
    change(PASSWORD, "short").problem(422, "weak_password");
    assert!(lives(&world, &other));
    change(PASSWORD, "Another-horse-8").expect(204);
    assert!(!lives(&world, &other));
    again.get("/v1/me").send().problem(401, "token_invalid");
    refresh(&world, &other).problem(401, "token_invalid");
    let sign_in =
        |password: &str| world.anybody().post("/v1/sessions").json(&json!({ "login": "applicant_a", "password": password })).send();
    sign_in(PASSWORD).problem(401, "wrong_credentials");
    sign_in("Another-horse-8").expect(201);
    let unknown = world.anybody().post("/v1/sessions").json(&json!({ "login": "nobody", "password": PASSWORD })).send();
    unknown.problem(401, "wrong_credentials");
}
