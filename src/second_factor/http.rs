//! The second factor over HTTP. Secrets and codes are shown once: no answer of these operations is kept for a repeat.

use super::record::{Enrolment, Error};
use super::service;
use crate::authz::perm;
use crate::config::SecondFactorRule;
use crate::http::{Answer, AnySession, Body, Created, NoContent, Outcome, Path, RecentlyAuthenticated, Resource, Routes, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use utoipa::ToSchema;
use validator::Validate;

/// What the own account has of a second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactor {
    /// Signing in asks for a code.
    pub enrolled: bool,
    /// Since when; null when there is none.
    pub confirmed_at: Option<Instant>,
    /// Recovery codes that are not used yet.
    pub recovery_codes_left: i64,
    /// This server wants one of everybody who holds a role beside the applicant's.
    pub required_for_staff: bool,
}

impl Resource for SecondFactor {}

/// 本人的第二因素 / Get the own second factor
#[utoipa::path(get, path = "/v1/me/second-factor", tag = "identity")]
pub async fn get_second_factor(call: AnySession) -> Outcome<Answer<SecondFactor>> {
    call.read(|cx| {
        let account = cx.principal.account.ok_or(Code::Unauthenticated)?;
        let state = service::find_state(cx, account)?;
        Ok::<_, Problem>(SecondFactor {
            enrolled: state.confirmed_at.is_some(),
            confirmed_at: state.confirmed_at,
            recovery_codes_left: state.recovery_codes_left,
            required_for_staff: cx.app.config.auth.second_factor == Some(SecondFactorRule::Required),
        })
    })
    .await
    .map(Into::into)
}

/// What an authenticator is told. Shown once.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorEnrolment {
    /// The secret in Base32, for typing it in.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The same for a QR code: SHA-1, six digits, thirty seconds.
    #[schema(example = "otpauth://totp/title-review:clerk-1?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=title-review")]
    pub otpauth_uri: String,
}

impl Resource for SecondFactorEnrolment {}

impl From<Enrolment> for SecondFactorEnrolment {
    fn from(enrolment: Enrolment) -> Self {
        Self { secret: enrolment.secret, otpauth_uri: enrolment.uri }
    }
}

/// 绑定第二因素 / Enrol a second factor
///
/// It counts once its first code is given. Asking again before that makes another secret and forgets this one.
#[utoipa::path(post, path = "/v1/me/second-factor", tag = "identity", extensions(("x-problems" = json!(["second_factor_enrolled", "step_up_required"]))))]
pub async fn create_second_factor(call: AnySession) -> Outcome<Created<SecondFactorEnrolment>> {
    call.write(service::enrol).await.map(|enrolment| SecondFactorEnrolment::from(enrolment).into())
}

/// A first code.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorConfirmation {
    /// The six digits that the authenticator shows.
    #[validate(length(min = 6, max = 6))]
    #[schema(pattern = "^[0-9]{6}$", example = "287082")]
    pub code: String,
}

/// Codes for when the device is lost. Shown once, each good for one use in the place of a code.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodeSet)]
pub struct RecoveryCodes {
    /// Ten of them; dashes and case do not matter.
    pub recovery_codes: Vec<String>,
}

impl Resource for RecoveryCodes {}

/// 确认第二因素 / Confirm the second factor
///
/// From now on signing in asks for a code. This session goes on with its full roles, every other session of the account ends.
#[utoipa::path(post, path = "/v1/me/second-factor/confirmation", tag = "identity", extensions(("x-problems" = json!(["second_factor_wrong", "second_factor_enrolled", "not_found"]))))]
pub async fn confirm_second_factor(call: AnySession, body: Body<SecondFactorConfirmation>) -> Outcome<Answer<RecoveryCodes>> {
    let code = body.value.code;
    let recovery_codes = call.write(move |cx| service::confirm(cx, &code)).await?;
    Ok(RecoveryCodes { recovery_codes }.into())
}

/// 更换恢复码 / Renew the recovery codes
///
/// Ten new ones; those that were left are useless from now on.
#[utoipa::path(post, path = "/v1/me/second-factor/recovery-codes", tag = "identity", extensions(("x-problems" = json!(["not_found", "step_up_required"]))))]
pub async fn renew_recovery_codes(call: AnySession) -> Outcome<Created<RecoveryCodes>> {
    let recovery_codes = call.write(service::renew_recovery_codes).await?;
    Ok(RecoveryCodes { recovery_codes }.into())
}

/// 解除他人的第二因素 / Remove somebody's second factor
///
/// For whoever has lost the device and the recovery codes, by another person than themselves. Their sessions end; where it is required they enrol anew at the
/// next sign-in.
#[utoipa::path(delete, path = "/v1/accounts/{account_id}/second-factor", tag = "identity", extensions(("x-problems" = json!(["own_reset", "administrator_reset"]))))]
pub async fn delete_second_factor(call: RecentlyAuthenticated<perm::RoleManage>, id: Path<AccountId>) -> Outcome<NoContent> {
    call.write(move |cx| service::remove(cx, id.0)).await?;
    Ok(NoContent)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Enrolled => Code::SecondFactorEnrolled.into(),
            Error::NotFound => Code::NotFound.into(),
            Error::WrongCode => Code::SecondFactorWrong.into(),
            Error::Own => Code::OwnReset.into(),
            Error::Administrator => Code::AdministratorReset.into(),
            Error::StepUp(error) => error.into(),
            Error::Keys(error) => Self::internal(&error),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; get_second_factor, create_second_factor, confirm_second_factor, renew_recovery_codes, delete_second_factor);
}
