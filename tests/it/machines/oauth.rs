//! Tokens for clients: given, limited, looked at, given back.

use data_encoding::BASE64URL_NOPAD;
use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::audit::ChainEnd;
use title_review::authn;
use title_review::authz::PrincipalGeneration;
use title_review::context::{App, Freshness, Parts, State};
use title_review::db::Error;
use title_review::db::schema::client_secrets;

use super::{Pair, basic, bearer, enter, entry, issuer, new_secret, oauth_client, refused, signing_client, written};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

const CYCLE: &str = "aksu-2024";
const AT: &str = "2024-07-22T09:00:00+08:00";

fn claims_of(token: &str) -> Value {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap()).unwrap()
}

on_both!(a_client_gets_a_token_with_its_secret);
async fn a_client_gets_a_token_with_its_secret(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let granted = client.token(&world, None);
    assert_eq!((granted.header("cache-control"), granted.header("pragma")), (Some("no-store"), Some("no-cache")));
    let granted = granted.expect(200);
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(granted["scope"], "committee_office:652900");
    assert!(granted.get("refresh_token").is_none());
    let token = granted["access_token"].as_str().unwrap();
    let claims = claims_of(token);
    assert_eq!((&claims["client_id"], &claims["sub"]), (&json!(client.id), &json!(client.id)));
    assert_eq!((&claims["scope"], &claims["sid"]), (&json!("committee_office:652900"), &Value::Null));

    // The secret in the form does as well.
    let fields = [("grant_type", "client_credentials"), ("client_id", client.id.as_str()), ("client_secret", client.secret())];
    world.anybody().post("/oauth2/token").form(&fields).send().expect(200);

    let program = bearer(&world, token);
    let me = program.read("/v1/me");
    assert_eq!((&me["id"], &me["kind"]), (&json!(client.id), &json!("service")));
    program.get("/v1/applications").send().expect(200);
    program.get("/v1/accounts").send().problem(403, "forbidden");
    // What it does is on record under its name.
    let records = world.auditor().read("/v1/audit?limit=200");
    let of_client = |action: &str| {
        let items = records["items"].as_array().unwrap();
        items.iter().filter(|item| item["action"] == action && item["object_id"] == json!(client.id)).count()
    };
    assert_eq!((of_client("client.create"), of_client("client.add_secret"), of_client("client.issue_token")), (1, 1, 2));

    world.wait_seconds(899);
    program.get("/v1/me").send().expect(200);
    world.wait_seconds(1);
    program.get("/v1/me").send().problem(401, "token_expired");

    // No password is any good, whoever knows the login.
    let login = me["login"].as_str().unwrap();
    for password in ["-", client.secret()] {
        let body = json!({ "login": login, "password": password });
        world.anybody().post("/v1/sessions").json(&body).send().problem(401, "wrong_credentials");
    }
}

on_both!(client_secret_is_not_stored);
async fn client_secret_is_not_stored(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let secret = client.secret();
    assert!(secret.starts_with("trs_") && secret.len() == 65, "{}", secret.len());
    let shown = world.security().read(&client.path());
    assert_eq!(shown["secrets"].as_array().unwrap().len(), 1);
    assert!(!shown.to_string().contains(secret));
    let hashes: Vec<String> =
        world.app.db.read(|conn| Ok::<_, Error>(client_secrets::table.select(client_secrets::hash).load(conn)?)).await.unwrap();
    assert_eq!(hashes, [title_review::keys::sha256_hex(secret.as_bytes())]);
}

on_both!(client_without_valid_authentication_gets_no_token);
async fn client_without_valid_authentication_gets_no_token(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let other = oauth_client(&world, &cast.committee, &["committee_office"]);
    let signing = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k1"));
    let before = written(&world).await;
    let ask = |authorization: Option<String>, fields: &[(&str, &str)]| {
        let ask = world.anybody().post("/oauth2/token");
        let ask = authorization.into_iter().fold(ask, |ask, value| ask.header("authorization", &value));
        let mut all = vec![("grant_type", "client_credentials")];
        all.extend_from_slice(fields);
        ask.form(&all).send()
    };
    let (id, secret) = (client.id.as_str(), client.secret());
    let absent = "01800000-0000-7000-8000-000000000000";
    let last = if secret.ends_with('0') { '1' } else { '0' };
    let changed = format!("{}{last}", &secret[..secret.len() - 1]);
    let wrong = [
        basic(id, other.secret()),
        basic(id, ""),
        basic(id, &changed),
        basic(absent, secret),
        basic("nobody", secret),
        basic(&signing.id, secret),
    ];
    let told: Vec<Value> = wrong.into_iter().map(|header| refused(ask(Some(header), &[]), 401, "invalid_client")).collect();
    // A wrong secret, an unknown client and a client of the other kind are told the same.
    assert!(told.iter().all(|body| *body == told[0]), "{told:?}");
    for header in ["Basic", "Basic !!!", "Bearer abc", "Basic YTpi"] {
        refused(ask(Some(header.to_owned()), &[]), 401, "invalid_client");
    }
    refused(ask(None, &[]), 401, "invalid_client");
    refused(ask(None, &[("client_id", id)]), 401, "invalid_client");
    refused(ask(None, &[("client_secret", secret)]), 401, "invalid_client");
    refused(ask(Some(basic(id, secret)), &[("client_id", &other.id)]), 401, "invalid_client");
    refused(ask(Some(basic(id, secret)), &[("client_secret", secret)]), 400, "invalid_request");
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let reply = world.anybody().post(path).header("authorization", &basic(id, other.secret())).form(&[("token", "x")]).send();
        refused(reply, 401, "invalid_client");
    }
    assert_eq!(written(&world).await, before);
}

on_both!(malformed_token_request_gets_an_oauth_error);
async fn malformed_token_request_gets_an_oauth_error(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let before = written(&world).await;
    let header = basic(&client.id, client.secret());
    let ask = |kind: &str, body: &str| {
        world.anybody().post("/oauth2/token").header("authorization", &header).bytes(kind, body.as_bytes()).send()
    };
    let form = "application/x-www-form-urlencoded";
    for (kind, body, error) in [
        (form, "", "invalid_request"),
        (form, "grant_type=", "invalid_request"),
        (form, "scope=committee_office:652900", "invalid_request"),
        (form, "grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (form, "grant_type=password&username=a&password=b", "unsupported_grant_type"),
        (form, "grant_type=refresh_token&refresh_token=x", "unsupported_grant_type"),
        (form, "grant_type=client_credentials&scope=finance:652900", "invalid_scope"),
        (form, "grant_type=client_credentials&scope=committee_office", "invalid_scope"),
        (form, "grant_type=client_credentials&scope=committee_office:652901", "invalid_scope"),
        (form, "grant_type=client_credentials&scope=committee_office:652900+supervisor:652900", "invalid_scope"),
        (form, "grant_type=client_credentials&scope=*", "invalid_scope"),
        ("application/json", "{\"grant_type\":\"client_credentials\"}", "invalid_request"),
        ("text/plain", "grant_type=client_credentials", "invalid_request"),
    ] {
        refused(ask(kind, body), 400, error);
    }
    // Neither a secret nor anything else belongs into an address.
    let asked = world.anybody().post("/oauth2/token?client_secret=x").header("authorization", &header);
    refused(asked.form(&[("grant_type", "client_credentials")]).send(), 400, "invalid_request");
    let wrong_method = world.anybody().get("/oauth2/token").send();
    assert_eq!(wrong_method.header("allow"), Some("POST"));
    refused(wrong_method, 405, "invalid_request");
    assert_eq!(written(&world).await, before);
    // An unknown parameter is passed over, one without a value counts as left out.
    ask(form, "grant_type=client_credentials&scope=&audience=x&resource=y").expect(200);
}

on_both!(client_token_is_limited_to_its_scopes);
async fn client_token_is_limited_to_its_scopes(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let bureau = cast.supervisor.read("/v1/organisations?kind=bureau")["items"][0]["id"].as_str().unwrap().to_owned();
    let client = oauth_client(&world, &bureau, &["finance", "supervisor"]);
    let both = client.token(&world, None).expect(200);
    assert_eq!(both["scope"], "finance:652900 supervisor:652900");
    let both = bearer(&world, both["access_token"].as_str().unwrap());
    both.get("/v1/audit").send().expect(200);
    let finance = client.signed_in(&world, Some("finance:652900"));
    finance.get("/v1/orders").send().expect(200);
    finance.get("/v1/audit").send().problem(403, "forbidden");
    // Whatever the account gains or loses, its tokens end; a new one has what it holds then.
    let give = json!({ "account_id": client.id, "organisation_id": cast.committee, "role": "committee_office" });
    world.security().post("/v1/memberships").key(&world.key()).json(&give).send().expect(201);
    for program in [&both, &finance] {
        program.get("/v1/orders").send().problem(401, "token_invalid");
    }
    let finance = client.signed_in(&world, Some("finance:652900"));
    finance.get("/v1/inbox").send().problem(403, "forbidden");
    let members = world.security().read(&format!("/v1/accounts/{}", client.id));
    let supervisor = members["memberships"].as_array().unwrap().iter().find(|held| held["role"] == "supervisor").unwrap();
    world.security().delete(&format!("/v1/memberships/{}", supervisor["id"].as_str().unwrap())).send().expect(204);
    finance.get("/v1/orders").send().problem(401, "token_invalid");
    let left = client.token(&world, None).expect(200);
    assert_eq!(left["scope"], "committee_office:652900 finance:652900");
    // What only persons do is given to no program.
    for role in ["applicant", "expert", "security_administrator"] {
        let organisation = (role == "expert").then_some(&cast.committee);
        let give = json!({ "account_id": client.id, "organisation_id": organisation, "role": role });
        world.security().post("/v1/memberships").key(&world.key()).json(&give).send().problem(422, "invalid_field");
    }
}

on_both!(token_is_introspected_and_revoked);
async fn token_is_introspected_and_revoked(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let other = signing_client(&world, &cast.committee, &["committee_office"], Pair::p256("k1"));
    let (first, second) = (client.token(&world, None).expect(200), client.token(&world, None).expect(200));
    let (first, second) = (first["access_token"].as_str().unwrap(), second["access_token"].as_str().unwrap());
    let look = |client: &super::Client, token: &str| client.ask(&world, "/oauth2/introspect", &[("token", token)]).expect(200);
    let told = look(&client, first);
    assert_eq!(
        (&told["active"], &told["client_id"], &told["scope"]),
        (&json!(true), &json!(client.id), &json!("committee_office:652900"))
    );
    assert_eq!((&told["iss"], &told["jti"]), (&json!(issuer(&world)), &claims_of(first)["jti"]));
    // Of what is not its own a client learns nothing.
    let nothing = json!({ "active": false });
    let session = cast.office.token.clone().unwrap();
    for (asker, token) in [(&other, first), (&client, session.as_str()), (&client, "x.y.z"), (&client, "trp_x")] {
        assert_eq!(look(asker, token), nothing);
    }
    let before = written(&world).await;
    let give_back = |client: &super::Client, token: &str| client.ask(&world, "/oauth2/revoke", &[("token", token)]);
    refused(give_back(&other, first), 400, "unauthorized_client");
    // Only the assertion is used up.
    let [audit, events, tokens, assertions, personal] = before;
    assert_eq!(written(&world).await, [audit, events, tokens, assertions + 1, personal]);
    bearer(&world, first).get("/v1/me").send().expect(200);

    let reply = give_back(&client, first);
    assert_eq!((reply.status, reply.bytes.len()), (200, 0));
    bearer(&world, first).get("/v1/me").send().problem(401, "token_invalid");
    bearer(&world, second).get("/v1/me").send().expect(200);
    assert_eq!(look(&client, first), nothing);
    // Again, and what never was a token: no error, and nothing more on record.
    let before = written(&world).await;
    for token in [first, "x.y.z", session.as_str()] {
        assert_eq!(give_back(&client, token).status, 200);
    }
    assert_eq!(written(&world).await, before);
    cast.office.get("/v1/me").send().expect(200);
    world.wait_seconds(900);
    assert_eq!(look(&client, second), nothing);
}

/// Another server on the same database: what it remembers is its own.
fn other_server(world: &World) -> App {
    let parts: &Parts = &world.app;
    App::new(Parts {
        freshness: Freshness::default(),
        chain_end: ChainEnd::default(),
        db: parts.db.clone(),
        keys: parts.keys.clone(),
        clock: parts.clock.clone(),
        session_clock: parts.session_clock.clone(),
        ids: parts.ids.clone(),
        config: parts.config.clone(),
        storage: parts.storage.clone(),
        sandbox: None,
        audits: tokio::sync::Semaphore::new(1),
        principals: PrincipalGeneration::default(),
        state: State::default().with(authn::Cache::default()).with(title_review::machines::Cache::default()),
    })
}

on_both!(revoked_token_is_refused_by_another_server_within_seconds);
async fn revoked_token_is_refused_by_another_server_within_seconds(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = oauth_client(&world, &cast.committee, &["committee_office"]);
    let granted = client.token(&world, None).expect(200);
    let of_client = granted["access_token"].as_str().unwrap().to_owned();
    let made = super::personal_token(&cast.office, &json!({ "scopes": ["committee_office:652900"] }));
    let of_person = made["token"].as_str().unwrap().to_owned();
    let other = other_server(&world);
    let now = world.app.session_clock.now();
    for token in [&of_client, &of_person] {
        authn::principal_of(&other, token, now, None).await.unwrap();
    }
    client.ask(&world, "/oauth2/revoke", &[("token", &of_client)]).expect(200);
    cast.office.delete(&format!("/v1/me/tokens/{}", made["id"].as_str().unwrap())).send().expect(204);
    let asked = std::time::Instant::now();
    for token in [&of_client, &of_person] {
        bearer(&world, token).get("/v1/me").send().problem(401, "token_invalid");
        while authn::principal_of(&other, token, now, None).await.is_ok() {
            assert!(asked.elapsed().as_secs() < 8, "the other server goes on");
            actix_web::rt::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }
}

on_both!(metadata_and_keys_are_published);
async fn metadata_and_keys_are_published(database: Database) {
    let world = World::at(database, AT).await;
    let metadata = world.anybody().get("/.well-known/oauth-authorization-server").send();
    assert_eq!(metadata.header("cache-control"), Some("public, max-age=300"));
    let metadata = metadata.expect(200);
    assert_eq!((&metadata["issuer"], &metadata["grant_types_supported"]), (&json!(issuer(&world)), &json!(["client_credentials"])));
    for name in ["token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"] {
        let path = metadata[name].as_str().unwrap().strip_prefix(&issuer(&world)).unwrap();
        // The routes are there: they refuse, but not as unknown.
        let reply = world.anybody().method(if name == "jwks_uri" { "GET" } else { "POST" }, path).send();
        assert!([200, 400].contains(&reply.status), "{name}: {}", reply.status);
    }
    let keys = world.anybody().get("/.well-known/jwks.json").send();
    assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
    let tag = keys.header("etag").unwrap().to_owned();
    let keys = keys.expect(200);
    let (kid, list) = (&world.app.keys.signing().kid, keys["keys"].as_array().unwrap());
    assert!(list.iter().any(|key| key["kid"] == json!(kid)));
    assert!(list.iter().all(|key| key["use"] == "sig" && key["alg"] == "EdDSA" && key.get("d").is_none()), "{list:?}");
    let again = world.anybody().get("/.well-known/jwks.json").header("if-none-match", &tag).send();
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    // A stranger checks a token with what is published.
    let cast = Cast::enter(&world, CYCLE);
    let granted = oauth_client(&world, &cast.committee, &["committee_office"]).token(&world, None).expect(200);
    let key = jsonwebtoken::DecodingKey::from_ed_components(list[0]["x"].as_str().unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_issuer(&[metadata["issuer"].as_str().unwrap()]);
    validation.set_audience(&["title-review"]);
    jsonwebtoken::decode::<Value>(granted["access_token"].as_str().unwrap(), &key, &validation).unwrap();
}

on_both!(new_client_secret_leaves_older_secrets_valid_until_they_expire);
async fn new_client_secret_leaves_older_secrets_valid_until_they_expire(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let path = enter(&world, &entry(&cast.committee, &["committee_office"], "client_secret", &[]));
    let id = path.rsplit('/').next().unwrap();
    let works = |secret: &str| {
        let ask = world.anybody().post("/oauth2/token").header("authorization", &basic(id, secret));
        ask.form(&[("grant_type", "client_credentials")]).send().status
    };
    let first = new_secret(&world, &path, 24);
    let second = new_secret(&world, &path, 2);
    // A lost answer: a third one is made, and none of those before it dies early.
    let third = new_secret(&world, &path, 2);
    assert_eq!([&first, &second, &third].map(|secret| works(secret)), [200, 200, 200]);
    assert_eq!(world.security().read(&path)["secrets"].as_array().unwrap().len(), 3);
    world.wait_seconds(2 * 3600 - 1);
    // Sessions of the administrator are as old as the story by now.
    assert_eq!([&first, &second, &third].map(|secret| works(secret)), [200, 200, 200]);
    world.wait_seconds(1);
    assert_eq!([&first, &second, &third].map(|secret| works(secret)), [401, 401, 200]);
    // One has leaked: nothing before the new one is good any more, nor is what was given out for it.
    let security = world.sign_in("security");
    let asked = world.anybody().post("/oauth2/token").header("authorization", &basic(id, &third));
    let mut program = world.anybody();
    let given = asked.form(&[("grant_type", "client_credentials")]).send().expect(200);
    program.token = Some(given["access_token"].as_str().unwrap().to_owned());
    program.get("/v1/me").send().expect(200);
    security.act("POST", &path, &format!("{path}/secrets"), &json!({ "overlap_hours": 1 })).expect(201);
    program.get("/v1/me").send().expect(200);
    let made = security.act("POST", &path, &format!("{path}/secrets"), &json!({ "overlap_hours": 0 })).expect(201);
    assert_eq!([third.as_str(), made["client_secret"].as_str().unwrap()].map(works), [401, 200]);
    program.get("/v1/me").send().problem(401, "token_invalid");
    for hours in [-1, 169] {
        security.act("POST", &path, &format!("{path}/secrets"), &json!({ "overlap_hours": hours })).problem(422, "invalid_body");
    }
}
