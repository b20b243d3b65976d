//! Use cases: deciding fraud, disqualifying, recording sanctions, telling what is on record against a person.

use super::model::{Period, SanctionKind};
use super::record::{FraudRow, SanctionRow};
use super::{rules, store};
use crate::accounts;
use crate::app::{Act, Cx};
use crate::applications::{self, ApplicationRow, Error, Note, apply, situation};
use crate::authz::{Permission, Principal, Scope};
use crate::cycles::service::Cycle;
use crate::db;
use crate::precondition::IfMatch;
use crate::problem::{Code, Finding, Problem, Text};
use chrono::NaiveDate;
use serde_json::json;
use title_review_core::checks::{BarGround, BarSpan, RecordedBar};
use title_review_core::cycles::CycleDefinition;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, SanctionId};
use title_review_core::profiles::model::Sanction;
use title_review_core::vocabulary::{Action, Role, Stage};

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

/// Committees whose records the principal reaches; `None`: all.
fn committees(principal: &Principal, permission: Permission) -> Option<Vec<OrganisationId>> {
    let mut found = Vec::new();
    for (scope, grant) in principal.scopes(permission) {
        match scope {
            Scope::All => return None,
            _ => found.extend(grant.organisation),
        }
    }
    Some(found)
}

/// Records a bar, a delay or a disciplinary sanction (1.1c, 1.1d, 5.1).
pub fn create(cx: &mut Cx<'_>, new: NewSanction) -> Result<SanctionRow, Error> {
    let recorded_by = cx.principal.account.ok_or(Code::Unauthenticated)?;
    let subjects = usize::from(new.account_id.is_some()) + usize::from(new.organisation_id.is_some());
    let mut findings = rules::findings(new.kind, subjects, new.period);
    let mut absent = |pointer: &str, zh: &str, en: &str| {
        findings.push(Finding::field(pointer, Code::InvalidField.as_str(), Text::new(zh, en)));
    };
    if let Some(id) = new.account_id
        && accounts::find_account(cx, id).is_err()
    {
        absent("/account_id", "没有此账号", "there is no such account");
    }
    if let Some(id) = new.organisation_id
        && accounts::find_organisation(cx, id).is_err()
    {
        absent("/organisation_id", "没有此机构", "there is no such organisation");
    }
    if !findings.is_empty() {
        return Err(Problem::new(Code::InvalidField).findings(findings).into());
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
        committee_id: committees(cx.principal, Permission::SanctionManage).and_then(|mine| mine.first().copied()),
        recorded_by,
        recorded_at: cx.now,
    };
    insert(cx, &row)?;
    Ok(row)
}

fn insert(cx: &mut Cx<'_>, row: &SanctionRow) -> Result<(), db::Error> {
    store::insert_sanction(cx.conn, row)?;
    let clause = match row.kind {
        SanctionKind::FraudBan => "A3",
        SanctionKind::Disciplinary => "1.1c",
        SanctionKind::Bar | SanctionKind::Delay => "1.1d",
    };
    cx.record(Act {
        action: "sanction.record",
        object_kind: "sanction",
        object_id: row.id.to_string(),
        clause: Some(clause),
        detail: json!({ "kind": row.kind, "account": row.account_id, "organisation": row.organisation_id, "application": row.application_id,
            "from": row.from_day, "until": row.until_day, "first_year": row.first_year, "last_year": row.last_year }),
    })
}

/// Sanctions that the principal may read, newest first.
pub fn list(
    cx: &mut Cx<'_>,
    account: Option<AccountId>,
    organisation: Option<OrganisationId>,
    before: Option<SanctionId>,
    limit: i64,
) -> Result<Vec<SanctionRow>, Error> {
    let filter = store::Filter { committees: committees(cx.principal, Permission::SanctionRead), account, organisation };
    Ok(store::list_sanctions(cx.conn, &filter, before, limit)?)
}

/// Sanctions that followed from an application.
pub fn list_of_application(cx: &mut Cx<'_>, row: &ApplicationRow) -> Result<Vec<SanctionRow>, Error> {
    let rows = store::list_of_account(cx.conn, row.applicant_id)?;
    Ok(rows.into_iter().filter(|sanction| sanction.application_id == Some(row.id)).collect())
}

/// What is on record against a person, as the rules ask for it: disciplinary sanctions (1.1c), and bars with delays and bans (1.1d, A3).
pub fn on_record(cx: &mut Cx<'_>, account: AccountId) -> Result<(Vec<Sanction>, Vec<RecordedBar>), db::Error> {
    let (mut sanctions, mut bars) = (Vec::new(), Vec::new());
    for row in store::list_of_account(cx.conn, account)? {
        let ground = match row.kind {
            SanctionKind::FraudBan => BarGround::Fraud,
            SanctionKind::Bar => BarGround::Bar,
            SanctionKind::Delay => BarGround::Delay,
            SanctionKind::Disciplinary => {
                sanctions.extend(row.from_day.map(|from| Sanction { kind: row.ground, from, to: row.until_day }));
                continue;
            }
        };
        let year = |year: Option<i32>| year.and_then(|year| u16::try_from(year).ok());
        let span = match (year(row.first_year), year(row.last_year), row.from_day) {
            (Some(first), Some(last), _) => BarSpan::Years { first, last },
            (_, _, Some(from)) => BarSpan::Days { from, to: row.until_day },
            _ => continue,
        };
        bars.push(RecordedBar { id: row.id.to_string(), ground, reason: row.reason, span });
    }
    Ok((sanctions, bars))
}

/// Refuses somebody who is barred from the cycle, with the clause and the last year or day barred (1.1d, A3).
pub fn refuse_barred(cx: &mut Cx<'_>, account: AccountId, cycle: &CycleDefinition, today: NaiveDate) -> Result<(), Problem> {
    let (_, bars) = on_record(cx, account)?;
    let findings: Vec<Finding> = bars
        .into_iter()
        .filter(|bar| bar.in_force(cycle.year, today))
        .map(|bar| {
            let clause = if bar.ground == BarGround::Fraud { &cycle.fraud.clause } else { &cycle.barred.recorded_bars.clause };
            let (zh, en) = match bar.span {
                BarSpan::Years { first, last } => (
                    format!("{first}至{last}年度不得申报"),
                    format!("barred for {first} to {last}; {last} is the last year barred"),
                ),
                BarSpan::Days { from, to: Some(to) } => (format!("{from}至{to}不得申报"), format!("barred from {from} to {to}")),
                BarSpan::Days { from, to: None } => (format!("自{from}起不得申报"), format!("barred from {from} on")),
            };
            let text = Text::new(format!("{}：{zh}", bar.ground.zh()), format!("{}: {en}", bar.ground.en()));
            Finding::whole(Code::Barred.as_str(), text).clause(clause.clone(), Some(cycle.clause_words(clause).to_owned()))
        })
        .collect();
    match findings.first() {
        None => Ok(()),
        Some(first) => {
            let detail = first.detail.clone();
            Err(Problem::new(Code::Barred).detail(detail.zh, detail.en).findings(findings))
        }
    }
}

/// Decides that an application was fraudulent: it is disqualified, or its title revoked, and its applicant barred (A3, R10).
pub fn decide_fraud(
    cx: &mut Cx<'_>,
    id: ApplicationId,
    if_match: IfMatch,
    finding: String,
    reason: String,
) -> Result<(ApplicationRow, FraudRow), Error> {
    let decided_by = cx.principal.account.ok_or(Code::Unauthenticated)?;
    let row = applications::service::find_for(cx, id, Permission::SanctionManage)?;
    if_match.check(row.version)?;
    let action = if row.stage == Stage::Confirmed { Action::Revoke } else { Action::Disqualify };
    let mut situation = situation(cx, row)?;
    situation.facts.fraud_decided = true;
    let decision = situation.decide(action, None)?;
    let fraud = FraudRow { application_id: id, finding, reason, decided_by, decided_at: cx.now };
    store::insert_fraud(cx.conn, &fraud)?;
    let note = Note { opinion: Some(fraud.finding.clone()), role: Some(Role::CommitteeOffice), ..Note::default() };
    let (row, _) = apply(cx, &situation, action, &decision, note)?;
    Ok((row, fraud))
}

/// Disqualifies an application with an upheld objection (4.3c, R7). Nobody is barred by that alone.
pub fn disqualify(cx: &mut Cx<'_>, id: ApplicationId, if_match: IfMatch, reason: String) -> Result<ApplicationRow, Error> {
    let row = applications::service::find_for(cx, id, Permission::ResultManage)?;
    if_match.check(row.version)?;
    let situation = situation(cx, row)?;
    let decision = situation.decide(Action::Disqualify, None)?;
    let note = Note { opinion: Some(reason), role: Some(Role::CommitteeOffice), ..Note::default() };
    Ok(apply(cx, &situation, Action::Disqualify, &decision, note)?.0)
}

/// Bars the applicant of a fraudulent application for the years that its cycle says (A3). Called by the transition that the decision leads to.
pub fn bar_applicant(cx: &mut Cx<'_>, row: &ApplicationRow, cycle: &Cycle) -> Result<(), Error> {
    let Some(fraud) = store::find_fraud(cx.conn, row.id)? else { return Ok(()) };
    let Some(years) = cycle.definition.fraud.barred_years(cycle.definition.year) else { return Ok(()) };
    let sanction = SanctionRow {
        id: SanctionId::new(&*cx.app.ids, cx.now),
        kind: SanctionKind::FraudBan,
        account_id: Some(row.applicant_id),
        organisation_id: None,
        ground: cycle.definition.fraud.clause.clone(),
        reason: fraud.finding,
        from_day: None,
        until_day: None,
        first_year: Some(i32::from(*years.start())),
        last_year: Some(i32::from(*years.end())),
        application_id: Some(row.id),
        committee_id: row.committee_id,
        recorded_by: fraud.decided_by,
        recorded_at: cx.now,
    };
    Ok(insert(cx, &sanction)?)
}
