//! Programs: OAuth clients and the tokens of people, through HTTP.

mod assertions;
mod clients;
mod oauth;
mod personal;
mod races;

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use diesel::prelude::*;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use title_review::db::Error;
use title_review::db::schema::{audit, client_assertions, client_tokens, events, personal_tokens};

use crate::support::world::{Actor, Reply, World};

/// The type of an assertion.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client as its own developer knows it.
pub struct Client {
    pub id: String,
    pub shows: Shows,
}

/// What it proves itself with.
pub enum Shows {
    Secret(String),
    Key(Pair),
}

/// A key pair with its public half as a JSON Web Key.
pub struct Pair {
    pub algorithm: Algorithm,
    pub encoding: EncodingKey,
    pub public: Value,
}

impl Pair {
    /// Ed25519.
    pub fn ed25519(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
        Self {
            algorithm: Algorithm::EdDSA,
            encoding: EncodingKey::from_ed_der(pair.to_pkcs8().unwrap().as_ref()),
            public: json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid }),
        }
    }

    /// P-256.
    pub fn p256(kid: &str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let (x, y) = (BASE64URL_NOPAD.encode(&point[1..33]), BASE64URL_NOPAD.encode(&point[33..]));
        Self {
            algorithm: Algorithm::ES256,
            encoding: EncodingKey::from_ec_der(pkcs8.as_ref()),
            public: json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig" }),
        }
    }

    pub fn kid(&self) -> &str {
        self.public["kid"].as_str().unwrap()
    }

    /// Signs these claims.
    pub fn sign(&self, claims: &Value, change: impl FnOnce(&mut Header)) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid().to_owned());
        change(&mut header);
        jsonwebtoken::encode(&header, claims, &self.encoding).unwrap()
    }
}

/// What is said of a client when it is entered.
pub fn entry(organisation: &str, roles: &[&str], authentication: &str, keys: &[&Pair]) -> Value {
    let keys: Vec<&Value> = keys.iter().map(|pair| &pair.public).collect();
    json!({ "name": "就业服务系统", "organisation_id": organisation, "roles": roles, "authentication": authentication, "keys": keys })
}

/// Enters a client; gives its path.
pub fn enter(world: &World, body: &Value) -> String {
    let made = world.security().post("/v1/clients").key(&world.key()).json(body).send().expect(201);
    format!("/v1/clients/{}", made["id"].as_str().unwrap())
}

/// Makes a secret for the client.
pub fn new_secret(world: &World, path: &str, overlap_hours: i64) -> String {
    let made =
        world.security().act("POST", path, &format!("{path}/secrets"), &json!({ "overlap_hours": overlap_hours })).expect(201);
    made["client_secret"].as_str().unwrap().to_owned()
}

/// A client with a secret.
pub fn oauth_client(world: &World, organisation: &str, roles: &[&str]) -> Client {
    let path = enter(world, &entry(organisation, roles, "client_secret", &[]));
    let secret = new_secret(world, &path, 24);
    Client { id: path.rsplit('/').next().unwrap().to_owned(), shows: Shows::Secret(secret) }
}

/// A client that signs assertions.
pub fn signing_client(world: &World, organisation: &str, roles: &[&str], pair: Pair) -> Client {
    let path = enter(world, &entry(organisation, roles, "private_key_jwt", &[&pair]));
    Client { id: path.rsplit('/').next().unwrap().to_owned(), shows: Shows::Key(pair) }
}

impl Client {
    pub fn path(&self) -> String {
        format!("/v1/clients/{}", self.id)
    }

    pub fn pair(&self) -> &Pair {
        match &self.shows {
            Shows::Key(pair) => pair,
            Shows::Secret(_) => panic!("a client with a secret"),
        }
    }

    pub fn secret(&self) -> &str {
        match &self.shows {
            Shows::Secret(secret) => secret,
            Shows::Key(_) => panic!("a client with a key"),
        }
    }

    /// The claims of a good assertion; each has a `jti` of its own.
    pub fn claims(&self, world: &World) -> Value {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let now = world.app.session_clock.now().unix_seconds();
        json!({
            "iss": self.id, "sub": self.id, "aud": format!("{}/oauth2/token", issuer(world)), "iat": now, "exp": now + 300,
            "jti": format!("jti-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        })
    }

    /// Asks an operation of OAuth, with what the client proves itself with.
    pub fn ask(&self, world: &World, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut fields = fields.to_vec();
        let ask = world.anybody().post(path);
        match &self.shows {
            Shows::Secret(secret) => ask.header("authorization", &basic(&self.id, secret)).form(&fields).send(),
            Shows::Key(pair) => {
                let assertion = pair.sign(&self.claims(world), |_| {});
                fields.extend([("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)]);
                ask.form(&fields).send()
            }
        }
    }

    /// Asks for a token.
    pub fn token(&self, world: &World, scope: Option<&str>) -> Reply {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(scope.map(|scope| ("scope", scope)));
        self.ask(world, "/oauth2/token", &fields)
    }

    /// The client with a token for all that it holds.
    pub fn signed_in(&self, world: &World, scope: Option<&str>) -> Actor {
        let granted = self.token(world, scope).expect(200);
        bearer(world, granted["access_token"].as_str().unwrap())
    }
}

/// The issuer of this server.
pub fn issuer(world: &World) -> String {
    world.app.config.server.base_url()
}

/// `client_secret_basic`.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()))
}

/// Whoever has this token.
pub fn bearer(world: &World, token: &str) -> Actor {
    let mut program = world.anybody();
    program.token = Some(token.to_owned());
    program
}

/// Makes a token of a person's; `change` stands over a token for a month.
pub fn personal_token(person: &Actor, change: &Value) -> Value {
    person.post("/v1/me/tokens").json(&token_of(change)).send().expect(201)
}

/// What is said of a token that is asked for.
pub fn token_of(change: &Value) -> Value {
    let mut body = json!({ "name": "脚本", "scopes": [], "expires_in_days": 30 });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    body
}

/// Rows of what the acts of programs write: records, events, tokens of clients, assertions, tokens of people.
pub async fn written(world: &World) -> [i64; 5] {
    world
        .app
        .db
        .read(|conn| {
            Ok::<_, Error>([
                audit::table.count().get_result(conn)?,
                events::table.count().get_result(conn)?,
                client_tokens::table.count().get_result(conn)?,
                client_assertions::table.count().get_result(conn)?,
                personal_tokens::table.count().get_result(conn)?,
            ])
        })
        .await
        .unwrap()
}

/// The refusal of an OAuth operation, as RFC 6749, 5.2 has it.
#[track_caller]
pub fn refused(reply: Reply, status: u16, error: &str) -> Value {
    assert_eq!((reply.status, reply.body["error"].as_str()), (status, Some(error)), "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!((reply.header("cache-control"), reply.header("pragma")), (Some("no-store"), Some("no-cache")));
    let challenge = reply.header("www-authenticate").is_some_and(|value| value.starts_with("Basic "));
    assert_eq!(challenge, status == 401, "{:?}", reply.headers);
    let description = reply.body["error_description"].as_str().unwrap();
    assert!(description.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')), "{description}");
    let names: Vec<&String> = reply.body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["error", "error_description", "error_uri"]);
    reply.body
}
