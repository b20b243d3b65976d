//! What the security administrator does with clients, and what others may not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Pair, bearer, enter, entry, oauth_client, refused, signing_client, written};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

const CYCLE: &str = "aksu-2024";
const AT: &str = "2024-07-22T09:00:00+08:00";

on_both!(client_is_created_read_and_listed);
async fn client_is_created_read_and_listed(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let pair = Pair::ed25519("2024-07");
    let mut body = entry(&cast.committee, &["committee_office", "committee_office"], "private_key_jwt", &[&pair]);
    body["allowed_networks"] = json!(["10.20.30.40/16", "2001:db8::7"]);
    let (key, security) = (world.key(), world.security());
    let made = security.post("/v1/clients").key(&key).json(&body).send().expect(201);
    let again = security.post("/v1/clients").key(&key).json(&body).send().expect(201);
    assert_eq!(made, again);
    let path = format!("/v1/clients/{}", made["id"].as_str().unwrap());
    let shown = security.read(&path);
    assert_eq!(shown["scopes"], json!(["committee_office:652900"]));
    assert_eq!(shown["allowed_networks"], json!(["10.20.0.0/16", "2001:db8::7/128"]));
    assert_eq!((&shown["state"], &shown["keys"]), (&json!("active"), &json!([pair.public])));
    let other = enter(&world, &entry(&cast.committee, &["committee_office"], "client_secret", &[]));
    let page = security.read("/v1/clients?limit=1");
    assert_eq!((page["items"][0]["id"].as_str(), &page["has_more"]), (made["id"].as_str(), &json!(true)));
    let next = security.read(&format!("/v1/clients?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()));
    assert_eq!(next["items"][0]["id"].as_str(), other.rsplit('/').next());
    assert_eq!(security.read(&format!("/v1/clients?organisation_id={}", cast.enterprise))["items"], json!([]));
    // Nobody else sees or enters one.
    for actor in [&cast.admin, &cast.office, &cast.supervisor, &world.auditor()] {
        actor.get(&path).send().problem(403, "forbidden");
        actor.post("/v1/clients").key(&world.key()).json(&body).send().problem(403, "forbidden");
    }
}

on_both!(invalid_client_is_rejected);
async fn invalid_client_is_rejected(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let (pair, p256) = (Pair::ed25519("k1"), Pair::p256("k2"));
    let good = |keys: &[&Pair]| entry(&cast.committee, &["committee_office"], "private_key_jwt", keys);
    let with = |pointer: &str, value: Value| {
        let mut body = good(&[&pair, &p256]);
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    let accounts = || cast.admin.read("/v1/accounts?limit=200")["items"].as_array().unwrap().len();
    let (before, people) = (written(&world).await, accounts());
    let secret = world.security();
    for (body, code, place) in [
        (with("/roles", json!(["applicant"])), "invalid_body", "#/roles/0"),
        (with("/roles", json!(["committee_office", "expert"])), "invalid_body", "#/roles/1"),
        (with("/roles", json!(["system_administrator"])), "invalid_body", "#/roles/0"),
        (with("/roles", json!([])), "invalid_body", "#/roles"),
        (with("/roles", json!(["reviewer"])), "invalid_field", "#/organisation_id"),
        (with("/organisation_id", json!("01800000-0000-7000-8000-000000000000")), "invalid_field", "#/organisation_id"),
        (with("/allowed_networks", json!(["10.0.0.0/8", "10.0.0.0/33"])), "invalid_body", "#/allowed_networks/1"),
        (with("/allowed_networks", json!(["localhost"])), "invalid_body", "#/allowed_networks/0"),
        (with("/authentication", json!("client_secret")), "invalid_body", "#/keys"),
        // A private key does not belong here.
        (with("/keys/0/d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")), "unknown_field", "#/keys/0/d"),
        (with("/keys/0/kty", json!("RSA")), "invalid_body", "#/keys/0/kty"),
        (with("/keys/0/alg", json!("HS256")), "invalid_body", "#/keys/0/alg"),
        (with("/keys/0/use", json!("enc")), "invalid_body", "#/keys/0/use"),
        (with("/keys/0/x", json!("AAAA")), "invalid_body", "#/keys/0/x"),
        (with("/keys/1/x", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), "invalid_body", "#/keys/1/x"),
        (with("/keys/1/kid", json!("k1")), "invalid_body", "#/keys/1/kid"),
        (with("/name", json!("")), "invalid_body", "#/name"),
    ] {
        let told = secret.post("/v1/clients").key(&world.key()).json(&body).send().problem(422, code);
        assert_eq!(told["errors"][0]["pointer"], place, "{told}");
    }
    assert_eq!((written(&world).await, accounts()), (before, people));
}

on_both!(keys_are_replaced);
async fn keys_are_replaced(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("old"));
    let (path, new) = (client.path(), Pair::p256("new"));
    let keys = format!("{path}/keys");
    client.token(&world, None).expect(200);
    // Both stand there while the program changes over.
    let both = json!({ "keys": [client.pair().public, new.public] });
    world.security().act("PUT", &path, &keys, &both).expect(200);
    client.token(&world, None).expect(200);
    world.security().put(&keys).if_match(1).json(&both).send().problem(412, "stale_version");
    world.security().act("PUT", &path, &keys, &json!({ "keys": [new.public] })).expect(200);
    refused(client.token(&world, None), 401, "invalid_client");
    let client = super::Client { id: client.id, shows: super::Shows::Key(new) };
    client.token(&world, None).expect(200);
    world.security().act("PUT", &path, &keys, &json!({ "keys": [] })).problem(422, "invalid_body");
    // A client with a key has no secret, and the other way round.
    world.security().act("POST", &path, &format!("{path}/secrets"), &json!({})).problem(409, "other_authentication");
    let other = oauth_client(&world, &cast.committee, &["committee_office"]).path();
    world.security().act("PUT", &other, &format!("{other}/keys"), &both).problem(409, "other_authentication");
}

on_both!(a_client_is_suspended_restored_and_ended);
async fn a_client_is_suspended_restored_and_ended(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let (path, security) = (client.path(), world.security());
    let program = client.signed_in(&world, None);
    program.get("/v1/applications").send().expect(200);
    let status = |status: &str| security.act("PUT", &path, &format!("{path}/status"), &json!({ "status": status }));
    assert_eq!(status("suspended").expect(200)["state"], "suspended");
    program.get("/v1/applications").send().problem(403, "account_suspended");
    refused(client.token(&world, None), 401, "invalid_client");
    assert_eq!(status("active").expect(200)["state"], "active");
    // The token from before stays ended.
    program.get("/v1/applications").send().problem(401, "token_invalid");
    let program = client.signed_in(&world, None);
    security.delete(&path).send().expect(204);
    program.get("/v1/applications").send().problem(403, "account_suspended");
    refused(client.token(&world, None), 401, "invalid_client");
    assert_eq!(security.read(&path)["state"], "ended");
    // It stays ended, even if somebody restores its account.
    let account = format!("/v1/accounts/{}", client.id);
    security.act("PUT", &account, &format!("{account}/status"), &json!({ "status": "active" })).expect(200);
    refused(client.token(&world, None), 401, "invalid_client");
    program.get("/v1/applications").send().problem(401, "token_invalid");
    let before = written(&world).await;
    for (method, part, body) in [
        ("PUT", "/status", json!({ "status": "active" })),
        ("PUT", "/networks", json!({ "allowed_networks": [] })),
        ("POST", "/secrets", json!({})),
    ] {
        security.act(method, &path, &format!("{path}{part}"), &body).problem(409, "client_ended");
    }
    security.delete(&path).send().problem(409, "client_ended");
    assert_eq!(written(&world).await, before);
}

on_both!(client_from_another_network_is_refused);
async fn client_from_another_network_is_refused(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let path = client.path();
    let allow = |networks: &[&str]| {
        world.security().act("PUT", &path, &format!("{path}/networks"), &json!({ "allowed_networks": networks })).expect(200)
    };
    allow(&["10.0.0.0/8", "127.0.0.0/8"]);
    let program = client.signed_in(&world, None);
    program.get("/v1/applications").send().expect(200);
    // What is given already is bound at once, too.
    allow(&["10.0.0.0/8", "2001:db8::/32"]);
    program.get("/v1/applications").send().problem(403, "address_not_allowed");
    let before = written(&world).await;
    refused(client.token(&world, None), 400, "unauthorized_client");
    // Who does not prove itself is not told about networks.
    let wrong = world.anybody().post("/oauth2/token").header("authorization", &super::basic(&client.id, "x"));
    refused(wrong.form(&[("grant_type", "client_credentials")]).send(), 401, "invalid_client");
    assert_eq!(written(&world).await, before);
    allow(&[]);
    program.get("/v1/applications").send().expect(200);
}

on_both!(last_use_of_a_client_is_recorded_to_the_minute);
async fn last_use_of_a_client_is_recorded_to_the_minute(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let made = super::personal_token(&cast.office, &json!({ "scopes": ["committee_office:652900"] }));
    let person = bearer(&world, made["token"].as_str().unwrap());
    let program = client.signed_in(&world, None);
    let uses = || {
        let of_client = world.security().read(&client.path())["last_used_at"].clone();
        (of_client, cast.office.read("/v1/me/tokens")["items"][0]["last_used_at"].clone())
    };
    assert_eq!(uses(), (Value::Null, Value::Null));
    let use_at = |expected: &str| {
        program.read("/v1/me");
        person.read("/v1/me");
        let (asked, expected) = (Instant::now(), json!(expected));
        // Written beside the request, not before its answer.
        while uses() != (expected.clone(), expected.clone()) {
            assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", uses());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let before = written(&world).await;
    use_at("2024-07-01T09:00:00+08:00");
    world.wait_seconds(59);
    use_at("2024-07-01T09:00:00+08:00");
    world.wait_seconds(1);
    use_at("2024-07-01T09:01:00+08:00");
    // A use is no act: nothing else is written.
    assert_eq!(written(&world).await, before);
}

on_both!(program_is_refused_where_a_person_is_required);
async fn program_is_refused_where_a_person_is_required(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]).signed_in(&world, None);
    let made = super::personal_token(&cast.office, &json!({ "scopes": ["committee_office:652900"] }));
    let person = bearer(&world, made["token"].as_str().unwrap());
    let before = written(&world).await;
    for program in [&client, &person] {
        let password = json!({ "current_password": "Correct-horse-7", "new_password": "Another-horse-8" });
        program.put("/v1/me/password").json(&password).send().problem(403, "person_required");
        let token = super::token_of(&json!({ "scopes": ["committee_office:652900"] }));
        program.post("/v1/me/tokens").json(&token).send().problem(403, "person_required");
        program.get("/v1/me/tokens").send().problem(403, "person_required");
        program.delete(&format!("/v1/me/tokens/{}", made["id"].as_str().unwrap())).send().problem(403, "person_required");
        program.delete("/v1/sessions/current").send().problem(403, "person_required");
    }
    assert_eq!(written(&world).await, before);
    world.sign_in("office");
}
