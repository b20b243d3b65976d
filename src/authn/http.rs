//! Sessions over HTTP.

use super::prove::{AccountSelector, check_password};
use super::record::{Error, Proof, Refusal, SignInRequest, Tokens};
use super::service;
use crate::authz::RequiredAction;
use crate::credentials::sessions::ListedRow;
use crate::http::{
    Answer, AnySession, Body, Created, Cursor, NoContent, Outcome, PageQuery, Path, Public, Query, Resource, Routes, page,
    page_limit, routes,
};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, SessionId};
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
    /// What the owner calls the device, for the list of sessions.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "办公室电脑")]
    pub device: Option<String>,
    /// The six digits that the authenticator shows, or a recovery code; for accounts that have enrolled one.
    #[validate(length(min = 6, max = 32))]
    #[schema(min_length = 6, max_length = 32, example = "287082")]
    pub second_factor: Option<String>,
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
    /// The session.
    pub session_id: SessionId,
    /// What has to be done before the account's roles count; null when nothing has.
    pub duty: Option<RequiredAction>,
    /// When the password has to be changed; null if never.
    pub password_expires_at: Option<Instant>,
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
            session_id: tokens.session,
            duty: tokens.duty,
            password_expires_at: tokens.password_expires_at,
        }
    }
}

/// 登录 / Sign in
///
/// An unknown login and a wrong password get the same answer after the same work, and both are locked after the same number of failures. An account
/// with a second factor is asked for it once the password was right (`second_factor_required`): send everything again, with `second_factor`. A
/// session with a `duty` may do that, look after its sessions, and nothing else.
#[utoipa::path(post, path = "/v1/sessions", tag = "identity",
    extensions(("x-problems" = json!(["wrong_credentials", "second_factor_required", "second_factor_wrong", "account_suspended", "sign_in_locked"]))))]
pub async fn create_session(call: Public, body: Body<SessionCreate>) -> Outcome<Created<SessionTokens>> {
    let SessionCreate { login, password, device, second_factor } = body.value;
    let sign_in = check_password(&call.app, &call.context(), AccountSelector::Login(login), password, "session.begin").await?;
    let request = SignInRequest { device, second_factor };
    let tokens = call.write(move |cx| service::begin_session(cx, &sign_in, &request)).await?.map_err(Problem::from)?;
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
pub async fn delete_current_session(call: AnySession) -> Outcome<NoContent> {
    call.write(service::end_current_session).await?;
    Ok(NoContent)
}

/// A session of the own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionSummary {
    /// Its id.
    pub id: SessionId,
    /// What its owner called the device; null when it was not said.
    #[schema(example = "办公室电脑")]
    pub device: Option<String>,
    /// Address that it began from.
    #[schema(example = "192.0.2.7")]
    pub address: Option<String>,
    /// Whether it was proved with a second factor.
    pub second_factor: bool,
    /// When it began.
    pub created_at: Instant,
    /// When it was last used, to within five minutes.
    pub last_used_at: Instant,
    /// When it ends, used or not.
    pub expires_at: Instant,
    /// It is the one that this request came with.
    pub current: bool,
}

page!(
    /// Sessions of the own account, newest first.
    SessionPage of SessionSummary
);

/// 本人的登录会话 / List the own sessions
///
/// Those that go on, newest first.
#[utoipa::path(get, path = "/v1/sessions", tag = "identity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_sessions(call: AnySession, query: Query<PageQuery>) -> Outcome<Answer<SessionPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let bound = format!("sessions|{:?}", cx.principal.account);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = service::list_sessions(cx, before, limit + 1)?;
        let current = cx.principal.session;
        let summary = |row: ListedRow| SessionSummary {
            current: Some(row.id) == current,
            id: row.id,
            device: row.device,
            address: row.address,
            second_factor: row.second_factor,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        };
        SessionPage::of(rows, limit, keys, &bound, |row| row.id, summary)
    })
    .await
    .map(Into::into)
}

/// 结束其他会话 / End the other sessions
///
/// Every session of the own account but the one that the request comes with.
#[utoipa::path(delete, path = "/v1/sessions", tag = "identity")]
pub async fn delete_other_sessions(call: AnySession) -> Outcome<NoContent> {
    call.write(service::end_other_sessions).await?;
    Ok(NoContent)
}

/// 结束一个会话 / End a session
///
/// One of the own account.
#[utoipa::path(delete, path = "/v1/sessions/{session_id}", tag = "identity")]
pub async fn delete_session(call: AnySession, id: Path<SessionId>) -> Outcome<NoContent> {
    call.write(move |cx| service::end_session(cx, id.0)).await?;
    Ok(NoContent)
}

/// A proof of who one is, within a session.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SessionProofCreate {
    /// The account's password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
    /// As for signing in.
    #[validate(length(min = 6, max = 32))]
    #[schema(min_length = 6, max_length = 32, example = "287082")]
    pub second_factor: Option<String>,
}

/// A proof that was renewed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionProof {
    /// When.
    pub authenticated_at: Instant,
    /// Until when it is good enough for sensitive acts, inclusive.
    pub valid_until: Instant,
}

impl Resource for SessionProof {}

impl From<Proof> for SessionProof {
    fn from(proof: Proof) -> Self {
        Self { authenticated_at: proof.at, valid_until: proof.valid_until }
    }
}

/// 重新验证身份 / Prove again who you are
///
/// Operations that can answer `step_up_required` want a proof that is not older than `auth.step_up_minutes`; a sign-in is one too. Failures count
/// towards the lock as those of a sign-in do.
#[utoipa::path(post, path = "/v1/sessions/current/proof", tag = "identity",
    extensions(("x-problems" = json!(["wrong_credentials", "second_factor_required", "second_factor_wrong", "sign_in_locked"]))))]
pub async fn prove_current_session(call: AnySession, body: Body<SessionProofCreate>) -> Outcome<Answer<SessionProof>> {
    let account = call.principal.account.ok_or(Code::Unauthenticated)?;
    let SessionProofCreate { password, second_factor } = body.value;
    let sign_in = check_password(&call.app, &call.context(), AccountSelector::Id(account), password, "session.step_up").await?;
    let proof = call.write(move |cx| service::step_up(cx, &sign_in, second_factor.as_deref())).await?.map_err(Problem::from)?;
    Ok(SessionProof::from(proof).into())
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::WrongCredentials => Code::WrongCredentials.into(),
            Refusal::Suspended => Code::AccountSuspended.into(),
            Refusal::Locked { seconds } => {
                let mut problem = Self::new(Code::SignInLocked);
                problem.retry_after = Some(seconds);
                problem
            }
            Refusal::SecondFactorRequired => Code::SecondFactorRequired.into(),
            Refusal::SecondFactorWrong => Code::SecondFactorWrong.into(),
            Refusal::SessionEnded => Code::TokenInvalid.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::NotFound => Code::NotFound.into(),
            Error::Token(error) => error.into(),
            Error::SecondFactor(error) => error.into(),
            Error::Hashing(error) => error.into(),
            Error::Signing(error) => Self::internal(&error),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<super::Cache>();
    list.require::<super::Hasher>();
    routes!(
        list;
        create_session, refresh_session, delete_current_session, list_sessions, delete_other_sessions, delete_session,
        prove_current_session,
    );
}
