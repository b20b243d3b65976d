//! OAuth 2.0: tokens for clients, introspection, revocation, metadata and keys.

use super::super::record::Error;
use super::super::service::tokens::{self, Issued, Proof};
use crate::context::App;
use crate::credentials::ClientToken;
use crate::http::{Answer, ClientHeader, Done, Form, Outcome, Public, Published, Resource, Routes, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::ids::AccountId;
use utoipa::ToSchema;

/// The one grant there is.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// RFC 7523, 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client shows in the form, unless it shows its secret in the `Authorization` header.
struct ClientCredentials {
    id: Option<String>,
    secret: Option<String>,
    assertion_type: Option<String>,
    assertion: Option<String>,
}

/// A request for an access token, RFC 6749, 4.4.
#[derive(Deserialize, ToSchema)]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(pattern = "^client_credentials$", example = "client_credentials")]
    grant_type: String,
    /// Scopes with a space between, each a role and a region; all that the client holds when it is left out.
    #[schema(max_length = 1000, example = "reviewer:652901")]
    scope: Option<String>,
    /// The client; may be left out beside an assertion or the `Authorization` header.
    #[schema(max_length = 36)]
    client_id: Option<String>,
    /// `client_secret_post`.
    #[schema(max_length = 100, format = Password)]
    client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[schema(max_length = 100)]
    client_assertion_type: Option<String>,
    /// `private_key_jwt`: a JWT signed with EdDSA or ES256, good for at most five minutes and for one use.
    #[schema(max_length = 4096)]
    client_assertion: Option<String>,
}

/// A token to be looked at or given back, RFC 7662 and RFC 7009.
#[derive(Deserialize, ToSchema)]
pub struct TokenForm {
    /// The access token.
    #[schema(min_length = 1, max_length = 8192)]
    token: String,
    /// `access_token`; there is no other kind.
    #[schema(max_length = 40)]
    #[allow(dead_code, reason = "the standard has it, and lets it be passed over")]
    token_type_hint: Option<String>,
    /// The client; may be left out beside an assertion or the `Authorization` header.
    #[schema(max_length = 36)]
    client_id: Option<String>,
    /// `client_secret_post`.
    #[schema(max_length = 100, format = Password)]
    client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[schema(max_length = 100)]
    client_assertion_type: Option<String>,
    /// `private_key_jwt`.
    #[schema(max_length = 4096)]
    client_assertion: Option<String>,
}

/// An access token, RFC 6749, 5.1. There is no refresh token.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// For the header `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until it expires.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// What it reaches.
    #[schema(example = "reviewer:652901")]
    pub scope: String,
}

impl Resource for TokenAnswer {}

impl From<Issued> for TokenAnswer {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access,
            token_type: "Bearer".to_owned(),
            expires_in: issued.expires_in,
            scope: issued.scopes.to_string(),
        }
    }
}

/// What a token is good for, RFC 7662, 2.2: of one that is good for nothing, `active` alone is told.
#[derive(Serialize, ToSchema, Default)]
pub struct TokenIntrospection {
    /// Good at this moment.
    pub active: bool,
    /// What it reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<AccountId>,
    /// The service account; the same as `client_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<AccountId>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Who has issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Issued at, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Expires at, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
}

impl Resource for TokenIntrospection {}

impl TokenIntrospection {
    fn of(app: &App, token: ClientToken) -> Self {
        Self {
            active: true,
            scope: Some(token.scope),
            client_id: Some(token.client),
            sub: Some(token.client),
            token_type: Some("Bearer".to_owned()),
            iss: Some(app.config.server.base_url()),
            jti: Some(token.id.to_string()),
            iat: Some(token.issued_at),
            exp: Some(token.expires_at),
        }
    }
}

/// Where OAuth is found and what it takes, RFC 8414.
#[derive(Serialize, ToSchema)]
pub struct AuthorizationServer {
    /// Issuer of the access tokens.
    pub issuer: String,
    /// Where tokens are given.
    pub token_endpoint: String,
    /// Where the keys of the tokens stand.
    pub jwks_uri: String,
    /// RFC 7662.
    pub introspection_endpoint: String,
    /// RFC 7009.
    pub revocation_endpoint: String,
    /// `client_credentials` alone.
    pub grant_types_supported: Vec<String>,
    /// None: there is no authorization endpoint.
    pub response_types_supported: Vec<String>,
    /// How a client proves itself.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Algorithms of assertions.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// As at the token endpoint.
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// As at the token endpoint.
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// As at the token endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// As at the token endpoint.
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// A page for developers.
    pub service_documentation: String,
}

impl Resource for AuthorizationServer {}

/// Public keys of the access tokens, RFC 7517. One that signs no more stays until the last token that it has signed has expired.
#[derive(Serialize, ToSchema)]
pub struct JsonWebKeys {
    /// The keys; an access token's header names one by its `kid`.
    pub keys: Vec<JsonWebKey>,
}

impl Resource for JsonWebKeys {}

/// A public key.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct JsonWebKey {
    /// `OKP`.
    #[schema(example = "OKP")]
    pub kty: String,
    /// `Ed25519`.
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// Base64url.
    pub x: String,
    /// Key id.
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub usage: String,
    /// `EdDSA`.
    #[schema(example = "EdDSA")]
    pub alg: String,
}

/// What the client shows: one proof, not several.
fn proof(header: ClientHeader, shown: ClientCredentials) -> Result<Proof, Problem> {
    let malformed = |zh: &str, en: &str| Problem::new(Code::InvalidRequest).detail(zh, en);
    let unknown = || Problem::from(Error::NotProved("the client is unknown, or what it shows is wrong"));
    let id_of = |text: &str| text.parse::<AccountId>().map_err(|_| unknown());
    let ClientCredentials { id: client_id, secret, assertion_type, assertion } = shown;
    let proof = match (header.0, secret, assertion) {
        (Some((id, secret)), None, None) => Proof::Secret(id_of(&id)?, secret),
        (None, Some(secret), None) => Proof::Secret(id_of(client_id.as_deref().unwrap_or_default())?, secret),
        (None, None, Some(text)) => {
            if assertion_type.as_deref() != Some(JWT_BEARER) {
                return Err(malformed("client_assertion_type 有误", &format!("client_assertion_type is {JWT_BEARER}")));
            }
            Proof::Assertion(super::super::assertion::subject(&text).ok_or_else(unknown)?, text)
        }
        (None, None, None) => return Err(Error::NotProved("the client shows neither a secret nor an assertion").into()),
        _ => return Err(malformed("只能使用一种认证方式", "the client proves itself in one way, not in several")),
    };
    let (Proof::Secret(id, _) | Proof::Assertion(id, _)) = &proof;
    if client_id.is_some_and(|given| given != id.as_str()) { Err(unknown()) } else { Ok(proof) }
}

/// 令牌端点 / Get an access token
///
/// OAuth 2.0 client credentials. The client proves itself with its secret (`client_secret_basic` or `client_secret_post`) or with an assertion that it has signed
/// (`private_key_jwt`), in the way that is on record for it.
#[utoipa::path(post, path = "/oauth2/token", tag = "machines", extensions(("x-problems" = json!(["unsupported_grant_type", "invalid_scope"]))))]
pub async fn create_token(call: Public, header: ClientHeader, form: Form<TokenRequest>) -> Outcome<Answer<TokenAnswer>> {
    let TokenRequest { grant_type, scope, client_id, client_secret, client_assertion_type, client_assertion } = form.0;
    let shown = ClientCredentials {
        id: client_id,
        secret: client_secret,
        assertion_type: client_assertion_type,
        assertion: client_assertion,
    };
    let proof = proof(header, shown)?;
    if grant_type != CLIENT_CREDENTIALS {
        return Err(Code::UnsupportedGrantType.into());
    }
    // The signature is checked beside the writer, which everybody shares.
    let proved = call.read(move |cx| tokens::prove(cx, &proof)).await?;
    let issued = call.write(move |cx| tokens::issue(cx, &proved, scope.as_deref())).await?.map_err(Problem::from)?;
    Ok(TokenAnswer::from(issued).into())
}

/// 令牌自省 / What is a token good for
///
/// Of the client's own access tokens; of everything else it is told that it is not active.
#[utoipa::path(post, path = "/oauth2/introspect", tag = "machines")]
pub async fn introspect_token(call: Public, header: ClientHeader, form: Form<TokenForm>) -> Outcome<Answer<TokenIntrospection>> {
    let TokenForm { token, client_id, client_secret, client_assertion_type, client_assertion, .. } = form.0;
    let shown = ClientCredentials {
        id: client_id,
        secret: client_secret,
        assertion_type: client_assertion_type,
        assertion: client_assertion,
    };
    let proof = proof(header, shown)?;
    let proved = call.read(move |cx| tokens::prove(cx, &proof)).await?;
    let found = if proved.is_for_one_use() {
        call.write(move |cx| tokens::introspect(cx, &proved, &token)).await?
    } else {
        call.read(move |cx| tokens::introspect(cx, &proved, &token)).await?
    };
    Ok(found.map_or_else(TokenIntrospection::default, |token| TokenIntrospection::of(&call.app, token)).into())
}

/// 撤销令牌 / Give a token back
///
/// It is refused from now on. A token that is unknown or has ended is no error.
#[utoipa::path(post, path = "/oauth2/revoke", tag = "machines")]
pub async fn revoke_token(call: Public, header: ClientHeader, form: Form<TokenForm>) -> Outcome<Done> {
    let TokenForm { token, client_id, client_secret, client_assertion_type, client_assertion, .. } = form.0;
    let shown = ClientCredentials {
        id: client_id,
        secret: client_secret,
        assertion_type: client_assertion_type,
        assertion: client_assertion,
    };
    let proof = proof(header, shown)?;
    let proved = call.read(move |cx| tokens::prove(cx, &proof)).await?;
    call.write(move |cx| tokens::revoke(cx, &proved, &token)).await?.map_err(Problem::from)?;
    Ok(Done)
}

/// 授权服务器元数据 / Metadata of the authorization server
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "machines")]
pub async fn get_authorization_server(call: Public) -> Outcome<Published<AuthorizationServer>> {
    let issuer = call.app.config.server.base_url();
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let methods = || list(&["client_secret_basic", "client_secret_post", "private_key_jwt"]);
    let algorithms = || list(&["EdDSA", "ES256"]);
    Ok(Published(AuthorizationServer {
        token_endpoint: format!("{issuer}/oauth2/token"),
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        introspection_endpoint: format!("{issuer}/oauth2/introspect"),
        revocation_endpoint: format!("{issuer}/oauth2/revoke"),
        grant_types_supported: list(&[CLIENT_CREDENTIALS]),
        response_types_supported: Vec::new(),
        token_endpoint_auth_methods_supported: methods(),
        token_endpoint_auth_signing_alg_values_supported: algorithms(),
        introspection_endpoint_auth_methods_supported: methods(),
        introspection_endpoint_auth_signing_alg_values_supported: algorithms(),
        revocation_endpoint_auth_methods_supported: methods(),
        revocation_endpoint_auth_signing_alg_values_supported: algorithms(),
        service_documentation: format!("{issuer}/docs/"),
        issuer,
    }))
}

/// 令牌公钥 / Public keys of the access tokens
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "machines")]
pub async fn get_json_web_keys(call: Public) -> Outcome<Published<JsonWebKeys>> {
    let read = serde_json::to_value(call.app.keys.jwks()).and_then(|set| serde_json::from_value(set["keys"].clone()));
    read.map(|keys| Published(JsonWebKeys { keys })).map_err(|error| Problem::internal(&error))
}

/// Adds the operations of this module.
pub(super) fn routes(list: &mut Routes) {
    routes!(list; create_token, introspect_token, revoke_token, get_authorization_server, get_json_web_keys);
}
