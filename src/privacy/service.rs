//! Use cases on personal data.

use super::error::Error;
use super::rules;
use crate::accounts;
use crate::applications;
use crate::authz::{Permission, Principal};
use crate::context::Cx;
use crate::disclosures::{self, PersonalField, Purpose, View, ViewKind};
use title_review_core::ids::ApplicationId;

/// What a reviewer asks to see of an applicant.
#[derive(Debug, Clone)]
pub struct IdentityViewRequest {
    /// Which fields.
    pub fields: Vec<PersonalField>,
    /// What for.
    pub purpose: Purpose,
    /// In the reviewer's words.
    pub reason: String,
}

/// What is shown of an applicant.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The applicant.
    pub account: accounts::AccountRow,
    /// In full, if asked for and known.
    pub id_number: Option<String>,
    /// In full, if asked for and known.
    pub phone: Option<String>,
}

/// Numbers of an applicant in full, and the row of the record that says so: in the same transaction, under the role by which the application is
/// reached.
pub fn view_identity(cx: &mut Cx<'_>, id: ApplicationId, request: IdentityViewRequest) -> Result<Identity, Error> {
    let (row, grant) = applications::service::find_by_grant(cx, id, Permission::IdentityView)?;
    let findings = rules::judge_reason(&request.reason);
    if !findings.is_empty() {
        return Err(Error::Reason(findings));
    }
    let account = accounts::find_account(cx, row.applicant_id)?;
    let asked = |field| request.fields.contains(&field);
    let id_number = if asked(PersonalField::IdNumber) { accounts::id_number_of(cx, &account)? } else { None };
    let phone = if asked(PersonalField::Phone) { accounts::phone_of(cx, &account)? } else { None };
    let mut fields = request.fields;
    fields.sort_unstable();
    fields.dedup();
    let actor = Principal { grants: vec![grant], ..cx.principal.clone() };
    let purpose = Some((request.purpose, request.reason.trim().to_owned()));
    disclosures::append(cx, &actor, account.id, &View { fields, purpose, ..View::of(ViewKind::Identity, Some(id)) })?;
    Ok(Identity { account, id_number, phone })
}
