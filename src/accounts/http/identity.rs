//! Correcting who somebody is over HTTP.

use super::{Account, account_with_roles, check_no_number, check_phone};
use crate::accounts::service::{self, IdentityCorrection};
use crate::authz::perm;
use crate::http::{Answer, Body, IfMatch, Outcome, Path, RecentlyAuthenticated, Routes, routes};
use serde::Deserialize;
use title_review_core::ids::AccountId;
use title_review_core::person_names::person_name;
use utoipa::ToSchema;
use validator::Validate;

/// What was recorded wrongly of a person. What is left out stays; at least one is named.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IdentityCorrect {
    /// Name as on the resident ID.
    #[validate(custom(function = "person_name"))]
    #[schema(min_length = 1, max_length = 50, example = "申报人甲")]
    pub name: Option<String>,
    /// Mobile phone.
    #[validate(custom(function = "check_phone"))]
    #[schema(pattern = "^1[0-9]{10}$", example = "13800000002")]
    pub phone: Option<String>,
    /// Resident ID (GB 11643).
    #[schema(pattern = "^[0-9]{17}[0-9Xx]$", example = "11010519491231002X")]
    pub id_number: Option<String>,
    /// The account gives up its resident ID, which is somebody else's; that person can then register. Not together with `id_number`.
    #[serde(default)]
    pub release_id_number: bool,
    /// What shows it: kept on record. Without resident IDs and phone numbers.
    #[validate(length(min = 1, max = 500), custom(function = "check_no_number"))]
    #[schema(min_length = 1, max_length = 500, example = "经核对身份证原件，登记姓名有误")]
    pub reason: String,
}

/// 更正姓名、手机号或身份证号 / Correct name, phone or resident ID
///
/// By a security administrator, never of the own account. The person is told. Where the resident ID changes or is given up, every session of the account
/// ends. What was printed, issued or made public before keeps what it said.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/identity-correction", tag = "identity", extensions(("x-problems" = json!(["own_identity", "invalid_resident_id", "resident_id_taken"]))))]
pub async fn correct_identity(
    call: RecentlyAuthenticated<perm::RoleManage>,
    id: Path<AccountId>,
    if_match: IfMatch,
    body: Body<IdentityCorrect>,
) -> Outcome<Answer<Account>> {
    let IdentityCorrect { name, phone, id_number, release_id_number, reason } = body.value;
    let correction = IdentityCorrection { name, phone, id_number, release_id_number, reason };
    call.write(move |cx| {
        let row = service::correct_identity(cx, id.0, if_match.version(), &correction)?;
        account_with_roles(cx, row)
    })
    .await
    .map(Into::into)
}

/// Adds the operation of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; correct_identity);
}
