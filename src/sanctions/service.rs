//! Use cases: deciding fraud, disqualifying, recording and listing sanctions.

use super::rules;
use crate::accounts;
use crate::applications::{self, ApplicationRow, Note, apply, situation};
use crate::authz::Permission;
use crate::context::Cx;
use crate::context::{Version, VersionMismatch};
use crate::db;
use crate::records::sanctions::{FraudRow, Period, SanctionKind, SanctionRow, is_fraud_decided, record_sanction, store};
use title_review_core::findings::Finding;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, SanctionId};
use title_review_core::vocabulary::{Action, Role, Stage};

/// Why an act on sanctions is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The application has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// The sanction breaks rules; all findings.
    #[error("invalid sanction")]
    Invalid(Vec<Finding>),
    /// The application refuses it.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The accounts.
    #[error(transparent)]
    Accounts(accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A sanction to be recorded.
#[derive(Debug, Clone)]
pub struct NewSanction {
    /// What it is; not a ban by fraud.
    pub kind: SanctionKind,
    /// On which person.
    pub account_id: Option<AccountId>,
    /// On which organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Clause, document or kind it rests on.
    pub ground: String,
    /// Reason, in words.
    pub reason: String,
    /// For how long.
    pub period: Period,
}

/// Whether what is named is there. A fault of the database is no answer to that.
fn is_there<T>(found: Result<T, accounts::Error>) -> Result<bool, Error> {
    match found {
        Ok(_) => Ok(true),
        Err(accounts::Error::NotFound) => Ok(false),
        Err(other) => Err(Error::Accounts(other)),
    }
}

/// Records a bar, a delay or a disciplinary sanction (1.1c, 1.1d, 5.1).
pub fn create(cx: &mut Cx<'_>, recorded_by: AccountId, new: NewSanction) -> Result<SanctionRow, Error> {
    let subjects = usize::from(new.account_id.is_some()) + usize::from(new.organisation_id.is_some());
    let mut findings = rules::findings(new.kind, subjects, new.period);
    if let Some(id) = new.account_id
        && !is_there(accounts::find_account(cx, id))?
    {
        findings.push(Finding::invalid_field("/account_id", "没有此账号", "there is no such account"));
    }
    if let Some(id) = new.organisation_id
        && !is_there(accounts::find_organisation(cx, id))?
    {
        findings.push(Finding::invalid_field("/organisation_id", "没有此机构", "there is no such organisation"));
    }
    if !findings.is_empty() {
        return Err(Error::Invalid(findings));
    }
    let row = SanctionRow {
        id: SanctionId::new(&*cx.app.ids, cx.now),
        kind: new.kind,
        account_id: new.account_id,
        organisation_id: new.organisation_id,
        ground: new.ground,
        reason: new.reason,
        from_day: new.period.from_day,
        until_day: new.period.until_day,
        first_year: new.period.first_year,
        last_year: new.period.last_year,
        application_id: None,
        committee_id: cx.principal.organisations_with(Permission::SanctionManage).and_then(|mine| mine.first().copied()),
        recorded_by,
        recorded_at: cx.now,
    };
    record_sanction(cx, &row)?;
    Ok(row)
}

/// Sanctions that the principal may read, newest first.
pub fn list(
    cx: &mut Cx<'_>,
    account: Option<AccountId>,
    organisation: Option<OrganisationId>,
    before: Option<SanctionId>,
    limit: i64,
) -> Result<Vec<SanctionRow>, Error> {
    let filter = store::Filter { committees: cx.principal.organisations_with(Permission::SanctionRead), account, organisation };
    Ok(store::list_sanctions(cx.conn, &filter, before, limit)?)
}

/// Sanctions that followed from an application.
pub fn list_of_application(cx: &mut Cx<'_>, row: &ApplicationRow) -> Result<Vec<SanctionRow>, Error> {
    let rows = store::list_of_account(cx.conn, row.applicant_id)?;
    Ok(rows.into_iter().filter(|sanction| sanction.application_id == Some(row.id)).collect())
}

/// Decides that an application was fraudulent, whatever has become of it: its applicant is barred (A3). It stays where it has ended; before that it
/// is disqualified, and a title is revoked (R10).
pub fn decide_fraud(
    cx: &mut Cx<'_>,
    decided_by: AccountId,
    id: ApplicationId,
    read: Version,
    finding: String,
    reason: String,
) -> Result<(ApplicationRow, FraudRow), Error> {
    let row = applications::service::find_for(cx, id, Permission::SanctionManage)?;
    read.check(row.version)?;
    let action = match row.stage {
        Stage::Confirmed => Action::Revoke,
        stage if stage.has_ended() => Action::DecideFraud,
        _ => Action::Disqualify,
    };
    let mut situation = situation(cx, row)?;
    situation.facts.fraud_decided = true;
    situation.facts.fraud_decided_before = action == Action::DecideFraud && is_fraud_decided(cx.conn, id)?;
    let decision = situation.decide(action, None)?;
    let fraud = FraudRow { application_id: id, finding, reason, decided_by, decided_at: cx.now };
    store::insert_fraud(cx.conn, &fraud)?;
    let note = Note { opinion: Some(fraud.finding.clone()), role: Some(Role::CommitteeOffice), ..Note::default() };
    let (row, _) = apply(cx, &situation, action, &decision, note)?;
    Ok((row, fraud))
}

/// Disqualifies an application with an upheld objection (4.3c, R7). Nobody is barred by that alone.
pub fn disqualify(cx: &mut Cx<'_>, id: ApplicationId, read: Version, reason: String) -> Result<ApplicationRow, Error> {
    let row = applications::service::find_for(cx, id, Permission::ResultManage)?;
    read.check(row.version)?;
    let situation = situation(cx, row)?;
    let decision = situation.decide(Action::Disqualify, None)?;
    let note = Note { opinion: Some(reason), role: Some(Role::CommitteeOffice), ..Note::default() };
    Ok(apply(cx, &situation, Action::Disqualify, &decision, note)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_fault_is_not_a_missing_account() {
        assert!(is_there(Ok::<(), _>(())).unwrap());
        assert!(!is_there(Err::<(), _>(accounts::Error::NotFound)).unwrap());
        let fault = is_there(Err::<(), _>(accounts::Error::Db(db::Error::Busy)));
        assert!(matches!(fault, Err(Error::Accounts(accounts::Error::Db(db::Error::Busy)))));
    }
}
