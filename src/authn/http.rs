//! Sessions over HTTP.

use super::record::Tokens;
use super::service;
use crate::http::{Answer, Body, Created, InPerson, NoContent, Outcome, Public, Resource, Routes, routes};
use crate::ids::AccountId;
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// Login and password.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SessionCreate {
    /// The account's login.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "applicant-1")]
    pub login: String,
    /// The account's password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SessionRefresh {
    /// As given by the last sign-in or refresh; good for one use.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub refresh_token: String,
}

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
pub struct SessionTokens {
    /// For the header `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// For the next refresh; good for one use.
    pub refresh_token: String,
    /// Whose session it is.
    pub account_id: AccountId,
}

impl Resource for SessionTokens {}

impl From<Tokens> for SessionTokens {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            token_type: "Bearer".to_owned(),
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh,
            account_id: tokens.account,
        }
    }
}

/// 登录 / Sign in
///
/// An unknown login and a wrong password get the same answer after the same work.
#[utoipa::path(post, path = "/v1/sessions", tag = "identity", extensions(("x-problems" = json!(["wrong_credentials", "account_suspended"]))))]
pub async fn create_session(call: Public, body: Body<SessionCreate>) -> Outcome<Created<SessionTokens>> {
    let SessionCreate { login, password } = body.value;
    let found = call.read(move |cx| service::find_sign_in(cx, &login)).await?;
    let hash = found.as_ref().map(|sign_in| sign_in.password_hash.clone());
    let right = call.app.sessions.hasher().verify(password, hash).await?;
    let sign_in = found.filter(|_| right).ok_or(Code::WrongCredentials)?;
    if sign_in.suspended {
        return Err(Code::AccountSuspended.into());
    }
    let tokens = call.write(move |cx| service::begin_session(cx, sign_in.account)).await?;
    Ok(SessionTokens::from(tokens).into())
}

/// 续期 / Refresh
///
/// The refresh token is good for one use. Using an old one again ends the session, except within 30 seconds while its
/// successor is unused (the answer was lost on its way).
#[utoipa::path(post, path = "/v1/sessions/refresh", tag = "identity", extensions(("x-problems" = json!(["token_invalid", "account_suspended"]))))]
pub async fn refresh_session(call: Public, body: Body<SessionRefresh>) -> Outcome<Answer<SessionTokens>> {
    let token = body.value.refresh_token;
    let tokens = call.write(move |cx| service::refresh(cx, &token)).await?.map_err(Problem::from)?;
    Ok(SessionTokens::from(tokens).into())
}

/// 退出 / Sign out
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "identity")]
pub async fn delete_current_session(call: InPerson) -> Outcome<NoContent> {
    call.write(service::end_session).await?;
    Ok(NoContent)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_session, refresh_session, delete_current_session);
}
