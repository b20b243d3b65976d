//! Tokens and sessions: what is forged is refused, what was used or ended stays so.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
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

// The attack set: claims, header, algorithm, key and form of an access token, each changed as a forger would.
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
        ("an audience among others that is not ours", &|_, claims| claims["aud"] = json!(["another-api", "title-review-2"])),
        ("no audience", &|_, claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
        ("an issuer that begins like ours", &|_, claims| {
            claims["iss"] = json!(format!("{}.evil.example", claims["iss"].as_str().unwrap()));
        }),
        ("an empty issuer", &|_, claims| claims["iss"] = json!("")),
        ("no time of issue", &|_, claims| drop(claims.as_object_mut().unwrap().remove("iat"))),
        ("an expiry that is a text", &|_, claims| claims["exp"] = json!("9999999999")),
        ("an expiry that is a list", &|_, claims| claims["exp"] = json!([9_999_999_999_i64])),
        ("an expiry beyond all numbers", &|_, claims| claims["exp"] = json!(1e300)),
        ("no session", &|_, claims| drop(claims.as_object_mut().unwrap().remove("sid"))),
        ("a session that is no id", &|_, claims| claims["sid"] = json!("' OR 1=1 --")),
        ("a subject that is no id", &|_, claims| claims["sub"] = json!("admin")),
        ("a session that is not there", &|_, claims| claims["sid"] = json!("01800000-0000-7000-8000-000000000000")),
        ("issued in the future", &|_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 3600)),
        ("an unknown key", &|header, _| header.kid = Some("nobody".to_owned())),
        ("no key", &|header, _| header.kid = None),
        ("no type", &|header, _| header.typ = None),
        ("an id token", &|header, _| header.typ = Some("JWT".to_owned())),
        ("a logout token", &|header, _| header.typ = Some("logout+jwt".to_owned())),
        ("a key id that is a path", &|header, _| header.kid = Some("../../../../dev/null".to_owned())),
        ("a key id that is a query", &|header, _| header.kid = Some("x' UNION SELECT 'y".to_owned())),
        ("an empty key id", &|header, _| header.kid = Some(String::new())),
        ("an assertion", &|header, _| header.typ = Some("client-authentication+jwt".to_owned())),
        ("not good yet", &|_, claims| claims["nbf"] = json!(claims["iat"].as_i64().unwrap() + 3600)),
        ("an audience too many", &|_, claims| claims["aud"] = json!(["another-api", "yet-another"])),
        ("no audience", &|_, claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
        ("no session", &|_, claims| drop(claims.as_object_mut().unwrap().remove("sid"))),
        ("a session and a client", &|_, claims| claims["client_id"] = claims["sub"].clone()),
        ("a client's token that was not given", &|_, claims| {
            drop(claims.as_object_mut().unwrap().remove("sid"));
            claims["client_id"] = claims["sub"].clone();
            claims["jti"] = json!("01800000-0000-7000-8000-000000000000");
        }),
        ("a client that is not the subject", &|_, claims| {
            drop(claims.as_object_mut().unwrap().remove("sid"));
            claims["client_id"] = json!("01800000-0000-7000-8000-000000000000");
        }),
        ("an expiry that is no number", &|_, claims| claims["exp"] = json!("never")),
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
    let keys = world.anybody().read("/.well-known/jwks.json");
    let public = keys["keys"][0]["x"].as_str().unwrap();
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut other = claims.clone();
    other["sub"] = json!("01800000-0000-7000-8000-000000000000");
    parts[1] = encode(&other);
    // A key of the forger's own, under our id or brought along in the header.
    let foreign = EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap().as_ref());
    let by_foreign = |change: &dyn Fn(&mut Header)| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid.clone());
        change(&mut header);
        jsonwebtoken::encode(&header, &claims, &foreign).unwrap()
    };
    let embedded = |header: &mut Header| {
        header.jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&foreign, Algorithm::EdDSA).ok();
        assert!(header.jwk.is_some());
    };
    let piece = |at: usize| token.split('.').nth(at).unwrap().to_owned();
    let (head, body, signature) = (piece(0), piece(1), piece(2));
    let under = |alg: &str| format!("{}.{body}.{signature}", encode(&json!({ "alg": alg, "typ": "at+jwt", "kid": key.kid })));
    let unsigned = |alg: &str| format!("{}.{body}.", encode(&json!({ "alg": alg, "typ": "at+jwt", "kid": key.kid })));
    let mut later = claims.clone();
    later["exp"] = json!(later["exp"].as_i64().unwrap() + 86_400);
    let whole = |claims: &Value| format!("{head}.{}.{signature}", encode(claims));
    let more: Vec<(&str, String)> = vec![
        ("no algorithm", none),
        ("no algorithm, in capitals", unsigned("NONE")),
        ("no algorithm, mixed", unsigned("nOnE")),
        ("another algorithm over our signature", under("RS256")),
        ("a secret's algorithm over our signature", under("HS256")),
        ("another curve over our signature", under("ES256")),
        ("the key id as the secret", hmac(key.kid.as_bytes())),
        ("nothing as the secret", hmac(b"")),
        ("the public key as the secret", hmac(&BASE64URL_NOPAD.decode(public.as_bytes()).unwrap())),
        ("the public key's text as the secret", hmac(public.as_bytes())),
        ("the token's own text as the secret", hmac(token.as_bytes())),
        ("another subject under our signature", parts.join(".")),
        ("a later expiry under our signature", whole(&later)),
        ("another's key under our id", by_foreign(&|_| {})),
        ("another's key, brought along", by_foreign(&embedded)),
        (
            "another's key, brought along without an id",
            by_foreign(&|header| {
                embedded(header);
                header.kid = None;
            }),
        ),
        ("another's key, to be fetched", by_foreign(&|header| header.jku = Some("https://evil.example/jwks.json".to_owned()))),
        (
            "another's certificate, to be fetched",
            by_foreign(&|header| header.x5u = Some("https://evil.example/chain.pem".to_owned())),
        ),
        ("no signature", format!("{head}.{body}.")),
        ("half a signature", format!("{head}.{body}.{}", &signature[..signature.len() / 2])),
        ("a signature of zeros", format!("{head}.{body}.{}", BASE64URL_NOPAD.encode(&[0; 64]))),
        ("a fourth piece", format!("{token}.{signature}")),
        ("two pieces", format!("{head}.{body}")),
        ("padding", format!("{head}.{body}.{signature}==")),
        ("nothing", "x.y.z".to_owned()),
        ("a megabyte", "x".repeat(20_000)),
    ];
    assert!(forged.len() + more.len() >= 30, "{}", forged.len() + more.len());
    for (what, token) in &more {
        let refused = me(&world, token);
        assert_eq!((refused.status, refused.body["code"].as_str()), (401, Some("token_invalid")), "{what}");
    }
    me(&world, &token).expect(200);
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

on_both!(reused_refresh_token_ends_its_session);
async fn reused_refresh_token_ends_its_session(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    let other = begin(&world, "applicant_a");
    let second = refresh(&world, &first).expect(200);
    let third = refresh(&world, &second).expect(200);
    // What was never given out ends nothing.
    let (session, secret) = third["refresh_token"].as_str().unwrap().split_once('.').unwrap();
    let forged = format!("{session}.{}", secret.chars().rev().collect::<String>());
    refresh(&world, &json!({ "refresh_token": forged })).problem(401, "token_invalid");
    assert!(lives(&world, &third));
    // Two generations back, and well within the grace: somebody has a copy. The whole family ends, another session does not.
    refresh(&world, &first).problem(401, "token_invalid");
    refresh(&world, &third).problem(401, "token_invalid");
    assert!(!lives(&world, &third) && lives(&world, &other));
    let acts = world.auditor().read("/v1/audit?action=session.reuse_detected");
    assert_eq!(acts["items"].as_array().unwrap().len(), 1, "{acts}");
}

on_both!(lost_refresh_answer_can_be_requested_again);
async fn lost_refresh_answer_can_be_requested_again(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    let answer = refresh(&world, &first).expect(200);
    world.wait_seconds(29);
    let again = refresh(&world, &first).expect(200);
    assert_eq!(again["refresh_token"], answer["refresh_token"], "one successor, never a second one");
    assert!(lives(&world, &again));
    refresh(&world, &again).expect(200);
    // Thirty seconds after the rotation the grace is over.
    let late = begin(&world, "applicant_a");
    let successor = refresh(&world, &late).expect(200);
    world.wait_seconds(30);
    refresh(&world, &late).problem(401, "token_invalid");
    assert!(!lives(&world, &successor));
}

on_both!(two_concurrent_refreshes_both_get_a_valid_session);
async fn two_concurrent_refreshes_both_get_a_valid_session(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    let both: Vec<Value> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..2).map(|_| scope.spawn(|| refresh(&world, &first).expect(200))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(both[0]["refresh_token"], both[1]["refresh_token"], "one successor");
    assert!(both.iter().all(|tokens| lives(&world, tokens)));
    refresh(&world, &both[0]).expect(200);
    world.wait_seconds(30);
    refresh(&world, &both[1]).problem(401, "token_invalid");
}

/// Refresh tokens among these that go on, each tried once.
fn going_on(world: &World, found: &[Value]) -> usize {
    found.iter().filter(|tokens| refresh(world, tokens).status == 200).count()
}

/// What so many threads get for one refresh token at the same time.
fn at_once<T: Send>(count: usize, ask: impl Fn() -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(count);
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..count)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    ask()
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

on_both!(fifty_concurrent_refreshes_succeed_once);
async fn fifty_concurrent_refreshes_succeed_once(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    applicant(&world, "applicant_a", 1);
    let first = begin(&world, "applicant_a");
    let replies = at_once(50, || refresh(&world, &first));
    let found: Vec<Value> = replies.into_iter().filter(|reply| reply.status == 200).map(|reply| reply.body).collect();
    assert_eq!(found.len(), 50);
    assert!(found.iter().all(|tokens| tokens["refresh_token"] == found[0]["refresh_token"]), "one successor");
    refresh(&world, &found[0]).expect(200);

    // After the grace, fifty thieves end the family and get nothing.
    let second = begin(&world, "applicant_a");
    let successor = refresh(&world, &second).expect(200);
    world.wait_seconds(31);
    let replies = at_once(50, || refresh(&world, &second));
    assert!(replies.iter().all(|reply| reply.status == 401));
    assert_eq!(going_on(&world, &[successor]), 0);
}

/// The race as a server without the conditional update would lose it: whoever reads the old token before anybody writes mints a successor of their own.
#[test]
fn refresh_that_reads_before_it_writes_is_detected() {
    let current = std::sync::RwLock::new(vec![0_u32]);
    let next = std::sync::atomic::AtomicU32::new(1);
    let read = std::sync::Barrier::new(50);
    let minted = at_once(50, || {
        let known = current.read().unwrap().contains(&0);
        read.wait();
        known.then(|| {
            let successor = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            current.write().unwrap().push(successor);
            successor
        })
    });
    let alive = minted.iter().flatten().filter(|token| current.read().unwrap().contains(token)).count();
    assert!(alive > 1, "the judge of the race above counts what goes on: {alive}");
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
