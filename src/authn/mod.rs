//! Who you are: login, access tokens, rotating refresh tokens, logout.
//!
//! An access token (RFC 9068 `at+jwt`, EdDSA) lives for minutes and names a session; what the session's account may do is read from the database, so
//! that a suspension or a changed role holds at once on this server and within seconds on another. Lifetimes run on the session clock.

pub mod http;
mod password;
mod record;
mod service;
mod store;
mod token;

pub use password::{Hasher, PasswordFinding, check_policy};
pub use record::{Error, SignIn, Tokens};
pub use service::{end_sessions_of, find_sign_in};

use crate::app::App;
use crate::authz::Principal;
use crate::clock::Instant;
use crate::ids::SessionId;
use crate::problem::{Code, Problem};
use std::sync::Arc;
use std::time::Duration;
use token::Claims;

/// How long another server may go on with a principal after a change elsewhere.
const PRINCIPAL_SECONDS: u64 = 5;

/// Verified tokens and principals of live sessions. A token is kept only until it expires; a principal for seconds, and not
/// beyond a change of accounts made through this server.
pub struct Cache {
    tokens: moka::sync::Cache<String, Arc<Claims>>,
    principals: moka::sync::Cache<SessionId, Arc<Principal>>,
    hasher: Hasher,
}

impl Cache {
    /// An empty cache; `cost` is the price of one password hash.
    #[must_use]
    pub fn new(cost: password::Cost) -> Self {
        Self {
            tokens: moka::sync::Cache::builder().max_capacity(20_000).build(),
            principals: moka::sync::Cache::builder()
                .max_capacity(20_000)
                .time_to_live(Duration::from_secs(PRINCIPAL_SECONDS))
                .build(),
            hasher: Hasher::new(cost),
        }
    }

    /// Forgets every principal: roles, accounts or sessions have changed.
    pub fn forget_principals(&self) {
        self.principals.invalidate_all();
    }

    /// Hashes and checks passwords, a few at a time.
    #[must_use]
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }
}

pub use password::Cost;

/// The principal behind an access token.
pub async fn principal_of(app: &App, text: &str, now: Instant) -> Result<Arc<Principal>, Problem> {
    let claims = if let Some(claims) = app.sessions.tokens.get(text) {
        claims
    } else {
        let claims = Arc::new(token::verify(&app.keys, &app.config, text)?);
        app.sessions.tokens.insert(text.to_owned(), Arc::clone(&claims));
        claims
    };
    if now.unix_seconds() >= claims.exp {
        return Err(Code::TokenExpired.into());
    }
    if now.unix_seconds() < claims.iat - token::LEEWAY_SECONDS {
        return Err(Code::TokenInvalid.into());
    }
    let session = claims.sid;
    if let Some(principal) = app.sessions.principals.get(&session) {
        return Ok(principal);
    }
    let principal = app.db.read(move |conn| service::load_principal(conn, session, now)).await?;
    let principal = Arc::new(principal);
    app.sessions.principals.insert(session, Arc::clone(&principal));
    Ok(principal)
}
