//! Assertions (RFC 7523): good ones work once, forged ones never, and nothing is written of them.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{Client, JWT_BEARER, Pair, issuer, refused, signing_client, written};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Reply, World};

const CYCLE: &str = "aksu-2024";
const AT: &str = "2024-07-22T09:00:00+08:00";

/// Asks for a token with this assertion.
fn present(world: &World, assertion: &str) -> Reply {
    let fields = [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    world.anybody().post("/oauth2/token").form(&fields).send()
}

on_both!(an_assertion_works_once);
async fn an_assertion_works_once(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    for pair in [Pair::ed25519("k1"), Pair::p256("k1")] {
        let client = signing_client(&world, &cast.committee, &["committee_office"], pair);
        let claims = client.claims(&world);
        let assertion = client.pair().sign(&claims, |_| {});
        present(&world, &assertion).expect(200);
        let before = written(&world).await;
        refused(present(&world, &assertion), 401, "invalid_client");
        // The same jti in another assertion is the same assertion.
        let mut again = claims.clone();
        again["exp"] = json!(claims["exp"].as_i64().unwrap() - 1);
        refused(present(&world, &client.pair().sign(&again, |_| {})), 401, "invalid_client");
        assert_eq!(written(&world).await, before);
        // What is refused for its scope is used up all the same.
        let assertion = client.pair().sign(&client.claims(&world), |_| {});
        let fields = [
            ("grant_type", "client_credentials"),
            ("scope", "supervisor:652900"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        refused(world.anybody().post("/oauth2/token").form(&fields).send(), 400, "invalid_scope");
        refused(present(&world, &assertion), 401, "invalid_client");
    }
    // Another client may use the same words.
    let one = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k1"));
    let two = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k1"));
    for client in [&one, &two] {
        let mut claims = client.claims(&world);
        claims["jti"] = json!("the same");
        present(&world, &client.pair().sign(&claims, |_| {})).expect(200);
    }
}

on_both!(valid_assertions_of_every_supported_form_are_accepted);
async fn valid_assertions_of_every_supported_form_are_accepted(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k1"));
    let sign = |change: &dyn Fn(&mut Value), header: &dyn Fn(&mut Header)| {
        let mut claims = client.claims(&world);
        change(&mut claims);
        client.pair().sign(&claims, header)
    };
    let good = [
        sign(&|claims| claims["aud"] = json!(issuer(&world)), &|_| {}),
        sign(&|claims| claims["aud"] = json!([issuer(&world)]), &|_| {}),
        sign(&|claims| drop(claims.as_object_mut().unwrap().remove("iat")), &|_| {}),
        sign(&|claims| claims["nbf"] = claims["iat"].clone(), &|_| {}),
        sign(&|_| {}, &|header| header.typ = None),
        sign(&|_| {}, &|header| header.typ = Some("client-authentication+jwt".to_owned())),
        // Keys that it brings along are passed over: its own signature is good by the key on record.
        sign(&|_| {}, &|header| header.jku = Some("https://elsewhere.example/jwks.json".to_owned())),
        sign(&|_| {}, &|header| header.x5u = Some("https://elsewhere.example/cert".to_owned())),
    ];
    for (place, assertion) in good.iter().enumerate() {
        assert_eq!(present(&world, assertion).status, 200, "{place}");
    }
    // With the client_id beside it, which has to be the same.
    let named = |id: &str| {
        let assertion = client.pair().sign(&client.claims(&world), |_| {});
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        world.anybody().post("/oauth2/token").form(&fields).send()
    };
    named(&client.id).expect(200);
    refused(named("01800000-0000-7000-8000-000000000000"), 401, "invalid_client");
}

/// What a forger changes in an assertion that would be good.
type Forgery<'a> = (&'a str, &'a dyn Fn(&mut Header, &mut Value));

/// Assertions that the client's own key has signed, and that are refused all the same.
fn signed_by_its_key(world: &World, client: &Client, other: &Client) -> Vec<(String, String)> {
    let now = world.app.session_clock.now().unix_seconds();
    let forgeries: &[Forgery<'_>] = &[
        ("another issuer", &|_, claims| claims["iss"] = json!(other.id)),
        ("another subject", &|_, claims| claims["sub"] = json!(other.id)),
        ("a subject that is nobody", &|_, claims| claims["sub"] = json!("01800000-0000-7000-8000-000000000000")),
        ("a subject that is no id", &|_, claims| claims["sub"] = json!("' OR 1=1 --")),
        ("another audience", &|_, claims| claims["aud"] = json!("https://elsewhere.example/oauth2/token")),
        ("two audiences", &|_, claims| claims["aud"] = json!([claims["aud"], "https://elsewhere.example"])),
        ("an empty list of audiences", &|_, claims| claims["aud"] = json!([])),
        ("another path of this server", &|_, claims| claims["aud"] = json!(format!("{}/oauth2/revoke", issuer(world)))),
        ("expired", &|_, claims| claims["exp"] = json!(now - 5)),
        ("good for too long", &|_, claims| claims["exp"] = json!(now + 306)),
        ("good for ever", &|_, claims| claims["exp"] = json!(i64::MAX)),
        ("good for too long, from before", &|_, claims| (claims["iat"], claims["exp"]) = (json!(now - 200), json!(now + 200))),
        ("issued in the future", &|_, claims| claims["iat"] = json!(now + 60)),
        ("not good yet", &|_, claims| claims["nbf"] = json!(now + 60)),
        ("an expiry that is no number", &|_, claims| claims["exp"] = json!("tomorrow")),
        ("an empty jti", &|_, claims| claims["jti"] = json!("")),
        ("a jti without end", &|_, claims| claims["jti"] = json!("j".repeat(129))),
        ("no issuer", &|_, claims| drop(claims.as_object_mut().unwrap().remove("iss"))),
        ("no subject", &|_, claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
        ("no audience", &|_, claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
        ("no expiry", &|_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ("no jti", &|_, claims| drop(claims.as_object_mut().unwrap().remove("jti"))),
        ("no kid", &|header, _| header.kid = None),
        ("an unknown kid", &|header, _| header.kid = Some("nobody".to_owned())),
        ("the kid of another client", &|header, _| header.kid = Some(other.pair().kid().to_owned())),
        ("the kid of the server", &|header, _| header.kid = Some(world.app.keys.signing().kid.clone())),
        ("an access token", &|header, _| header.typ = Some("at+jwt".to_owned())),
        ("a critical extension", &|header, _| header.crit = Some(vec!["exp".to_owned()])),
    ];
    forgeries
        .iter()
        .map(|(what, change)| {
            let mut claims = client.claims(world);
            let mut header = Header::new(client.pair().algorithm);
            header.kid = Some(client.pair().kid().to_owned());
            change(&mut header, &mut claims);
            ((*what).to_owned(), jsonwebtoken::encode(&header, &claims, &client.pair().encoding).unwrap())
        })
        .collect()
}

/// Assertions that somebody else has put together.
fn signed_by_others(world: &World, client: &Client, other: &Client) -> Vec<(String, String)> {
    let claims = || client.claims(world);
    let kid = client.pair().kid().to_owned();
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let unsigned = |alg: &str| format!("{}.{}.", encode(&json!({ "alg": alg, "typ": "JWT", "kid": kid })), encode(&claims()));
    // The public key is known to all: it may not serve as a secret.
    let hmac = |algorithm: Algorithm, secret: &[u8]| {
        let mut header = Header::new(algorithm);
        header.kid = Some(kid.clone());
        jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap()
    };
    let public = client.pair().public.clone();
    let bytes = BASE64URL_NOPAD.decode(public["x"].as_str().unwrap().as_bytes()).unwrap();
    let by_other = |change: &dyn Fn(&mut Header)| {
        other.pair().sign(&claims(), |header| {
            header.kid = Some(kid.clone());
            change(header);
        })
    };
    let bring_key = |header: &mut Header| {
        header.jwk = Some(serde_json::from_value(other.pair().public.clone()).unwrap());
    };
    let p256 = Pair::p256(&kid);
    let good = client.pair().sign(&claims(), |_| {});
    let parts: Vec<&str> = good.split('.').collect();
    let mut others_claims = claims();
    (others_claims["iss"], others_claims["sub"]) = (json!(other.id), json!(other.id));
    let server = world.app.keys.signing();
    let by_server = {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(kid.clone());
        jsonwebtoken::encode(&header, &claims(), &server.encoding).unwrap()
    };
    [
        ("without a signature: none", unsigned("none")),
        ("without a signature: None", unsigned("None")),
        ("without a signature: EdDSA", unsigned("EdDSA")),
        ("HS256 with the public key", hmac(Algorithm::HS256, &bytes)),
        ("HS256 with the public key as text", hmac(Algorithm::HS256, public["x"].as_str().unwrap().as_bytes())),
        ("HS256 with the JWK", hmac(Algorithm::HS256, public.to_string().as_bytes())),
        ("HS256 without a secret", hmac(Algorithm::HS256, b"")),
        ("HS512 with the public key", hmac(Algorithm::HS512, &bytes)),
        ("another client's key", by_other(&|_| {})),
        ("a key in the header", by_other(&bring_key)),
        ("the address of a key set", by_other(&|header| header.jku = Some("http://127.0.0.1:1/jwks.json".to_owned()))),
        ("the address of a certificate", by_other(&|header| header.x5u = Some("http://127.0.0.1:1/cert".to_owned()))),
        ("a certificate in the header", by_other(&|header| header.x5c = Some(vec!["MIIB".to_owned()]))),
        ("another algorithm under the kid", p256.sign(&claims(), |_| {})),
        ("the server's key", by_server),
        ("another client's assertion under its name", client.pair().sign(&others_claims, |_| {})),
        ("claims put under a good signature", format!("{}.{}.{}", parts[0], encode(&claims()), parts[2])),
        ("half a signature", format!("{}.{}.{}", parts[0], parts[1], &parts[2][..43])),
        ("a fourth part", format!("{good}.{}", parts[2])),
        ("no parts", "nonsense".to_owned()),
        ("too long", format!("{good}{}", "A".repeat(5000))),
    ]
    .map(|(what, text)| (what.to_owned(), text))
    .to_vec()
}

on_both!(forged_assertion_is_refused);
async fn forged_assertion_is_refused(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k1"));
    let other = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k2"));
    let mut forged = signed_by_its_key(&world, &client, &other);
    forged.extend(signed_by_others(&world, &client, &other));
    assert!(forged.len() >= 30, "{}", forged.len());
    let before = written(&world).await;
    for (what, assertion) in &forged {
        let reply = present(&world, assertion);
        assert_eq!((reply.status, reply.body["error"].as_str()), (401, Some("invalid_client")), "{what}: {}", reply.body);
    }
    assert_eq!(written(&world).await, before);
    // An access token of the client's own proves nothing.
    let token = client.token(&world, None).expect(200);
    refused(present(&world, token["access_token"].as_str().unwrap()), 401, "invalid_client");
    for kind in ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"] {
        let assertion = client.pair().sign(&client.claims(&world), |_| {});
        let fields = [("grant_type", "client_credentials"), ("client_assertion_type", kind), ("client_assertion", &assertion)];
        refused(world.anybody().post("/oauth2/token").form(&fields).send(), 400, "invalid_request");
    }
}
