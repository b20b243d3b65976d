//! Who you are: login, sessions, access tokens, rotating refresh tokens, proofs for sensitive acts, lockout.
//!
//! An access token (RFC 9068 `at+jwt`, EdDSA) lives for minutes and names a session; what the session's account may do is read from the database, so
//! that a suspension or a changed role holds at once on this server and within seconds on another. A session ends when it is not used, when its
//! hours are over, or when its owner, a new password or a changed role ends it. Lifetimes run on the session clock.

pub mod http;
mod lockout;
mod prove;
mod record;
mod service;

pub use crate::credentials::{Cost, Hasher};
pub use lockout::forget as forget_failures;
pub use prove::{AccountSelector, check_password};
pub use record::{Committed, Error, Proof, Refusal, SignIn, SignInRequest, Tokens};

use crate::authz::Principal;
use crate::context::App;
use crate::credentials::{self, Claims, TokenError};
use crate::machines;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use title_review_core::clock::Instant;
use title_review_core::ids::SessionId;

/// How long another server may go on with a principal after a change elsewhere.
const PRINCIPAL_SECONDS: u64 = 5;

/// A principal that is kept for seconds, and until when its session lives.
#[derive(Clone)]
struct CachedPrincipal {
    principal: Arc<Principal>,
    ends_at: Instant,
    /// See [`crate::authz::PrincipalGeneration`].
    generation: u64,
}

/// A token that was found genuine by the keys of this generation.
struct Verified {
    claims: Claims,
    generation: u64,
}

/// Verified tokens and principals of live sessions. A token is kept only until it expires, and not beyond an exchange of keys; a principal for seconds,
/// and not beyond a change of accounts made through this server.
pub struct Cache {
    tokens: moka::sync::Cache<String, Arc<Verified>>,
    principals: moka::sync::Cache<SessionId, CachedPrincipal>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            tokens: moka::sync::Cache::builder().max_capacity(20_000).build(),
            principals: moka::sync::Cache::builder()
                .max_capacity(20_000)
                .time_to_live(Duration::from_secs(PRINCIPAL_SECONDS))
                .build(),
        }
    }
}

/// The principal behind the token of an `Authorization` header: a person's, a client's, or one that a person has made.
pub async fn principal_of(app: &App, text: &str, now: Instant, address: Option<IpAddr>) -> Result<Arc<Principal>, TokenError> {
    if machines::is_personal_token(text) {
        return machines::principal_of_personal_token(app, text, now, address).await;
    }
    let cache = app.state::<Cache>();
    let keys = app.keys.generation();
    let verified = if let Some(verified) = cache.tokens.get(text).filter(|verified| verified.generation == keys) {
        verified
    } else {
        let verified = Arc::new(Verified { claims: credentials::verify(&app.keys, &app.config, text)?, generation: keys });
        cache.tokens.insert(text.to_owned(), Arc::clone(&verified));
        verified
    };
    let claims = &verified.claims;
    if now.unix_seconds() >= claims.exp {
        return Err(TokenError::Expired);
    }
    if now.unix_seconds() + credentials::LEEWAY_SECONDS < claims.nbf.unwrap_or(claims.iat).max(claims.iat) {
        return Err(TokenError::Invalid);
    }
    let session = match (claims.sid, claims.client_id) {
        (Some(session), None) => session,
        (None, Some(client)) if client == claims.sub => {
            return machines::principal_of_client(app, &claims.jti, now, address).await;
        }
        _ => return Err(TokenError::Invalid),
    };
    let generation = app.principals.current();
    let cached = cache.principals.get(&session);
    if let Some(cached) = cached.filter(|cached| cached.generation == generation && now < cached.ends_at) {
        return Ok(cached.principal);
    }
    let reader = app.clone();
    let live = app.db.read(move |conn| service::load_live(conn, &reader, session, now)).await?;
    if now >= live.note_use_from {
        // What is asked for does not fail because its use could not be noted.
        if let Err(error) = app.db.write(move |conn| service::note_use(conn, session, now)).await {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
    let principal = Arc::new(live.principal);
    cache.principals.insert(session, CachedPrincipal { principal: Arc::clone(&principal), ends_at: live.ends_at, generation });
    Ok(principal)
}
