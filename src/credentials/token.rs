//! Access tokens: RFC 9068 `at+jwt`, EdDSA, every claim required (RFC 8725).

use super::error::TokenError;
use crate::authz::{Grant, Principal, Via};
use crate::config::Config;
use crate::context::App;
use crate::keys::KeyRing;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ClientTokenId, SessionId};

/// A token may be this much older than the reader's clock thinks.
pub const LEEWAY_SECONDS: i64 = 5;

/// `aud` of every token: this API.
const AUDIENCE: &str = "title-review";

/// Seconds that an access token is good for.
#[must_use]
pub const fn access_seconds(config: &Config) -> i64 {
    config.auth.access_minutes * 60
}

/// The claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Account.
    pub sub: AccountId,
    /// Session of a person's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// Client of a program's token; its service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<AccountId>,
    /// What a program's token is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Not before, Unix seconds; none of ours says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Expires at, Unix seconds, exclusive.
    pub exp: i64,
    /// Id of this token.
    pub jti: String,
    /// Roles at the time of issue, for clients; the server reads them afresh.
    pub roles: Vec<RoleClaim>,
}

/// A role as a client sees it in the token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleClaim {
    /// The role.
    pub role: String,
    /// The organisation it is held in.
    pub organisation: Option<String>,
}

/// Signs a token for a session.
pub fn issue_to_session(
    app: &App,
    account: AccountId,
    session: SessionId,
    principal: &Principal,
    now: Instant,
) -> Result<String, jsonwebtoken::errors::Error> {
    let claims = claims(app, account, principal, now);
    sign(app, &Claims { sid: Some(session), ..claims })
}

/// Signs a token for a client: these grants are those that its scopes name.
pub fn issue_to_client(
    app: &App,
    client: AccountId,
    id: ClientTokenId,
    scope: &str,
    grants: Vec<Grant>,
    now: Instant,
) -> Result<String, jsonwebtoken::errors::Error> {
    let principal = Principal { account: Some(client), grants, via: Via::Client, ..Principal::default() };
    let claims = claims(app, client, &principal, now);
    sign(app, &Claims { client_id: Some(client), scope: Some(scope.to_owned()), jti: id.to_string(), ..claims })
}

fn sign(app: &App, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
    let key = app.keys.signing();
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(key.kid.clone());
    jsonwebtoken::encode(&header, claims, &key.encoding)
}

fn claims(app: &App, account: AccountId, principal: &Principal, now: Instant) -> Claims {
    let roles = principal
        .grants
        .iter()
        .map(|grant| RoleClaim { role: grant.role.as_str().to_owned(), organisation: grant.organisation.map(|id| id.to_string()) })
        .collect();
    Claims {
        iss: app.config.server.base_url(),
        aud: AUDIENCE.to_owned(),
        sub: account,
        sid: None,
        client_id: None,
        scope: None,
        iat: now.unix_seconds(),
        nbf: None,
        exp: now.unix_seconds() + access_seconds(&app.config),
        jti: app.ids.uuid(now).simple().to_string(),
        roles,
    }
}

/// Checks everything but the times, which the caller judges by the session clock.
pub fn verify(keys: &KeyRing, config: &Config, text: &str) -> Result<Claims, TokenError> {
    let refused = |_| TokenError::Invalid;
    let header = jsonwebtoken::decode_header(text).map_err(refused)?;
    // The algorithm and the key come from our ring, never from the token; the header only names which of ours.
    if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some("at+jwt") {
        return Err(TokenError::Invalid);
    }
    let key = header.kid.as_deref().and_then(|kid| keys.decoding(kid)).ok_or(TokenError::Invalid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.set_issuer(&[config.server.base_url()]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    jsonwebtoken::decode::<Claims>(text, &key, &validation).map(|data| data.claims).map_err(refused)
}

/// A client's access token, as it says of itself.
#[derive(Debug, Clone)]
pub struct ClientToken {
    /// Its id, the `jti`.
    pub id: ClientTokenId,
    /// Whose.
    pub client: AccountId,
    /// What it is limited to.
    pub scope: String,
    /// Issued at, Unix seconds.
    pub issued_at: i64,
    /// Expires at, Unix seconds, exclusive.
    pub expires_at: i64,
}

/// Reads a text that may be a client's access token; `None` for any other, and for one that has expired.
#[must_use]
pub fn read_client_token(app: &App, text: &str, now: Instant) -> Option<ClientToken> {
    let Claims { client_id, scope, jti, iat, exp, .. } = verify(&app.keys, &app.config, text).ok()?;
    let token = ClientToken { id: jti.parse().ok()?, client: client_id?, scope: scope?, issued_at: iat, expires_at: exp };
    (now.unix_seconds() < exp).then_some(token)
}
