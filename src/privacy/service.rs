//! Use cases on personal data.

use super::model::{OBJECT, PersonalField, Purpose, View, ViewKind};
use super::rules;
use crate::accounts;
use crate::app::{Act, Cx};
use crate::applications;
use crate::authz::{Permission, Principal};
use crate::db;
use crate::problem::{Code, Problem};
use title_review_core::ids::{AccountId, ApplicationId};

/// What a reviewer asks to see of an applicant.
#[derive(Debug, Clone)]
pub struct Wish {
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

/// Puts on record that this principal sees something of this person whole. Nothing changes by it: it is no event.
pub fn record_view(cx: &mut Cx<'_>, who: &Principal, subject: AccountId, view: &View) -> Result<(), db::Error> {
    let act = Act {
        action: view.kind.action(),
        object_kind: OBJECT,
        object_id: subject.to_string(),
        clause: None,
        detail: view.detail(),
    };
    cx.record_seen(who, act)
}

/// Numbers of an applicant in full, and the row of the record that says so: in the same transaction, under the role by which the application is
/// reached.
pub fn view_identity(cx: &mut Cx<'_>, id: ApplicationId, wish: Wish) -> Result<Identity, Problem> {
    let (row, grant) = applications::service::find_by_grant(cx, id, Permission::IdentityView)?;
    let findings = rules::judge_reason(&wish.reason);
    if !findings.is_empty() {
        let held = findings.iter().all(|finding| finding.code == Code::NumberInText.as_str());
        return Err(Problem::new(if held { Code::NumberInText } else { Code::InvalidBody }).findings(findings));
    }
    let account = accounts::find_account(cx, row.applicant_id)?;
    let asked = |field| wish.fields.contains(&field);
    let id_number = if asked(PersonalField::IdNumber) { accounts::id_number_of(cx, &account)? } else { None };
    let phone = if asked(PersonalField::Phone) { accounts::phone_of(cx, &account)? } else { None };
    let mut fields = wish.fields;
    fields.sort_unstable();
    fields.dedup();
    let who = Principal { grants: vec![grant], ..cx.principal.clone() };
    let purpose = Some((wish.purpose, wish.reason.trim().to_owned()));
    record_view(cx, &who, account.id, &View { fields, purpose, ..View::of(ViewKind::Identity, Some(id)) })?;
    Ok(Identity { account, id_number, phone })
}
