//! Passwords over HTTP.

use super::record::{Error, ResetId};
use super::service;
use crate::authz::perm;
use crate::credentials;
use crate::http::{
    AnySession, Body, Created, NoContent, Outcome, Path, Public, Published, RecentlyAuthenticated, Resource, Routes, routes,
};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use title_review_core::passwords::{Policy, Requirements};
use utoipa::ToSchema;
use validator::Validate;

/// What a password has to be like here.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordPolicy {
    /// The standard.
    pub policy: Policy,
    /// Fewest characters.
    #[schema(example = 10)]
    pub min_length: usize,
    /// Most characters.
    #[schema(example = 128)]
    pub max_length: usize,
    /// How many of: lower case, upper case, digits, signs. 0: no rule.
    #[schema(example = 3)]
    pub min_classes: usize,
    /// How many of the last passwords are not used again, the present one included.
    #[schema(example = 5)]
    pub history: i64,
    /// Days after which staff, experts and administrators change theirs; null when never.
    #[schema(example = 90)]
    pub max_age_days: Option<i64>,
}

impl Resource for PasswordPolicy {}

/// 密码要求 / Get the password policy
///
/// Common passwords and those that contain the login are refused besides.
#[utoipa::path(get, path = "/v1/password-policy", tag = "identity")]
pub async fn get_password_policy(call: Public) -> Outcome<Published<PasswordPolicy>> {
    let config = &call.app.config;
    let needs = config.auth.requirements();
    Ok(PasswordPolicy {
        policy: needs.policy,
        min_length: needs.least,
        max_length: Requirements::MOST,
        min_classes: needs.policy.classes(),
        history: config.auth.password_history,
        max_age_days: credentials::password_expires_at(config, Instant::EPOCH).map(|_| config.auth.password_days),
    }
    .into())
}

/// A new password for the own account.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PasswordUpdate {
    /// The password so far.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub current_password: String,
    /// As `GET /v1/password-policy` asks.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub new_password: String,
}

/// 修改本人密码 / Change the own password
///
/// Every session of the account ends, this one too.
#[utoipa::path(put, path = "/v1/me/password", tag = "identity", extensions(("x-problems" = json!(["weak_password", "password_reused", "wrong_credentials", "sign_in_locked"]))))]
pub async fn update_my_password(call: AnySession, body: Body<PasswordUpdate>) -> Outcome<NoContent> {
    let PasswordUpdate { current_password, new_password } = body.value;
    let id = call.principal.account.ok_or(Code::Unauthenticated)?;
    service::change_own(&call.app, &call.context(), id, current_password, new_password).await?;
    Ok(NoContent)
}

/// A reset, with its token. Shown once.
#[derive(Serialize, ToSchema)]
pub struct PasswordReset {
    /// Its id.
    pub id: ResetId,
    /// Whose password.
    pub account_id: AccountId,
    /// For its owner, handed over in person. Good for one use; goes into the body of `POST /v1/password-resets`, never into an address.
    pub token: String,
    /// Until when.
    pub expires_at: Instant,
}

impl Resource for PasswordReset {}

/// 重置他人密码 / Reset somebody's password
///
/// Gives a token with which the account's owner sets a new password. Earlier ones end; the password so far holds until then. Nobody resets their own; an administrator's is
/// reset on the host (`title-review admin reset`).
#[utoipa::path(post, path = "/v1/accounts/{account_id}/password-resets", tag = "identity", extensions(("x-problems" = json!(["own_reset", "administrator_reset"]))))]
pub async fn create_password_reset(
    call: RecentlyAuthenticated<perm::RoleManage>,
    id: Path<AccountId>,
) -> Outcome<Created<PasswordReset>> {
    // Not kept for a repeat: the token would lie there. A repeat makes another one and ends this.
    let reset = call.write(move |cx| service::create_reset(cx, id.0)).await?;
    Ok(PasswordReset { id: reset.id, account_id: id.0, token: reset.token, expires_at: reset.expires_at }.into())
}

/// A token and the password that it is used for.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetRedeem {
    /// As the security administrator got it.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
    /// As `GET /v1/password-policy` asks.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub new_password: String,
}

/// 凭重置令牌设置新密码 / Set a new password by a token
///
/// Every session of the account ends, and a lock of its login too. A second factor stays: signing in asks for it. A password that is refused does not
/// use the token up.
#[utoipa::path(post, path = "/v1/password-resets", tag = "identity", extensions(("x-problems" = json!(["reset_token_invalid", "weak_password", "password_reused"]))))]
pub async fn redeem_password_reset(call: Public, body: Body<PasswordResetRedeem>) -> Outcome<NoContent> {
    let PasswordResetRedeem { token, new_password } = body.value;
    service::redeem(&call.app, &call.context(), token, new_password).await?;
    Ok(NoContent)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::OwnReset => Code::OwnReset.into(),
            Error::Administrator => Code::AdministratorReset.into(),
            Error::TokenInvalid => Code::ResetTokenInvalid.into(),
            Error::Changed => Code::WrongCredentials.into(),
            Error::Weak(findings) => Self::new(Code::WeakPassword).findings(findings),
            Error::Reused => Code::PasswordReused.into(),
            Error::SignIn(error) => error.into(),
            Error::SecondFactor(error) => error.into(),
            Error::Hashing(error) => error.into(),
            Error::Account(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<crate::credentials::Hasher>();
    routes!(list; get_password_policy, update_my_password, create_password_reset, redeem_password_reset);
}
