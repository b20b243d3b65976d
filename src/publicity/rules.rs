//! What is decided without any outside world: periods, who may object and who looks into it, when one notice may take the place of another.

use crate::authz::Principal;
use crate::records::publicity::{Newest, PublicityKind, PublicityState, PublicityStatus};
use chrono::NaiveDate;
use title_review_core::clock::Instant;
use title_review_core::cycles::calendar::{CalendarError, WorkingCalendar};
use title_review_core::cycles::definition::{ObjectionRule, PublicityRule};
use title_review_core::findings::{Finding, Text};
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::vocabulary::Role;
use title_review_core::workflow::PublicityFacts;

/// What the finding is called that a period has too few working days: a row of the problem table.
pub const PUBLICITY_TOO_SHORT: &str = "publicity_too_short";

/// A period that is long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Working days, both ends included.
    pub working_days: u32,
}

/// Judges the days of a notice: it starts today or later and has the working days that the cycle asks for, first and last day included (4.3c, R7).
/// Without a last day it is the one on which the count is full. All findings.
pub fn period(
    rule: &PublicityRule,
    words: &str,
    calendar: &WorkingCalendar,
    from: NaiveDate,
    to: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<Period, Vec<Finding>> {
    let mut findings = Vec::new();
    if from < today {
        findings.push(Finding::invalid_field(
            "/from_date",
            format!("公示不能从过去的日期开始：{from} 早于今日 {today}"),
            format!("a publicity does not start in the past: {from} is before today, {today}"),
        ));
    }
    match counted(rule, words, calendar, from, to) {
        Ok(period) if findings.is_empty() => return Ok(period),
        Ok(_) => {}
        Err(finding) => findings.push(finding),
    }
    Err(findings)
}

/// Counts the working days of a period and refuses too few, with the arithmetic.
pub fn counted(
    rule: &PublicityRule,
    words: &str,
    calendar: &WorkingCalendar,
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<Period, Finding> {
    let unknown = |pointer: &str, error: &CalendarError| {
        Finding::invalid_field(pointer, "该日期所在年份的节假日安排尚未公布", error.to_string())
    };
    let needed = u32::from(rule.working_days);
    let earliest = calendar.last_day_of(from, usize::from(rule.working_days)).map_err(|error| unknown("/from_date", &error))?;
    let last = to.unwrap_or(earliest);
    let days = calendar.count_working_days(from, last).map_err(|error| unknown("/to_date", &error))?;
    let working_days = u32::try_from(days).unwrap_or(u32::MAX);
    if working_days < needed {
        let text = Text::new(
            format!("{from} 至 {last}（含首尾两日）共 {working_days} 个工作日，须不少于 {needed} 个；最早可至 {earliest}"),
            format!(
                "{from} to {last}, both included, has {working_days} working days, {needed} needed; the earliest last day is {earliest}"
            ),
        );
        let words = Some(words.to_owned()).filter(|words| !words.is_empty());
        return Err(Finding::field("/to_date", PUBLICITY_TOO_SHORT, text).clause(rule.clause.as_str(), words));
    }
    Ok(Period { from, to: last, working_days })
}

/// Judges the employer's own posting of a result: it has begun and has the working days that the cycle asks for (2.4). All findings.
pub fn posting(
    rule: &PublicityRule,
    words: &str,
    calendar: &WorkingCalendar,
    from: NaiveDate,
    to: NaiveDate,
    today: NaiveDate,
) -> Result<(), Vec<Finding>> {
    let mut findings = Vec::new();
    if from > today {
        findings.push(Finding::invalid_field("/from_date", "只能确认已经开始的张贴", "only a posting that has begun is confirmed"));
    }
    findings.extend(counted(rule, words, calendar, from, Some(to)).err());
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// The employer confirms its own posting of what this notice says: the cycle asks for it (2.4), and the notice counts.
#[must_use]
pub fn awaits_posting(rule: &PublicityRule, status: PublicityStatus) -> bool {
    rule.employer_confirms && status == PublicityStatus::Current
}

/// Whether an employer's notice ends before the application window does (2.1), or its application has been before the committee already.
#[must_use]
pub fn in_time(committee_submissions: i32, ends_at: Instant, window_over: Instant) -> bool {
    committee_submissions > 0 || ends_at < window_over
}

/// Why a notice cannot be objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unobjectionable {
    /// Nobody outside knows of it before its first day.
    Unknown,
    /// It runs no longer.
    Closed(PublicityState),
}

/// Anybody may object while a notice runs (4.3c, R7).
pub fn objectionable(state: PublicityState) -> Result<(), Unobjectionable> {
    match state {
        PublicityState::Running => Ok(()),
        PublicityState::Upcoming => Err(Unobjectionable::Unknown),
        PublicityState::Over | PublicityState::Superseded | PublicityState::TakenDown => Err(Unobjectionable::Closed(state)),
    }
}

/// Whom an application concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties {
    /// Its applicant.
    pub applicant: AccountId,
    /// Its employer.
    pub employer: Option<OrganisationId>,
    /// The committee of its cycle.
    pub committee: Option<OrganisationId>,
}

/// Who looks into objections to a kind of notice: the employer to its own, the committee office to those of a result. Nobody does about themselves (5.1).
#[must_use]
pub fn responsible(principal: &Principal, parties: Parties, kind: PublicityKind) -> bool {
    let (role, organisation) = match kind {
        PublicityKind::Employer => (Role::EmployerClerk, parties.employer),
        PublicityKind::Result => (Role::CommitteeOffice, parties.committee),
    };
    principal.refuse_own(parties.applicant).is_ok()
        && principal
            .grants
            .iter()
            .any(|grant| grant.role == role && grant.organisation.is_some() && grant.organisation == organisation)
}

/// Who sees objections to a kind of notice: who looks into them, and the office of the committee. An employer sees nothing of those to a result.
#[must_use]
pub fn sees(principal: &Principal, parties: Parties, kind: PublicityKind) -> bool {
    responsible(principal, parties, kind) || responsible(principal, parties, PublicityKind::Result)
}

/// Why no other notice takes the place of the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Irreplaceable {
    /// An objection to it was found right.
    ObjectionUpheld,
    /// It runs, and the dossier says what it made public.
    Running,
}

/// Whether another notice may take the place of the newest. While one runs on an unchanged dossier there is no other. An upheld objection is not shed by a
/// new notice: only a changed dossier is made public anew, and where the cycle lets it end the application not even that.
pub fn replaceable(newest: Newest, facts: PublicityFacts, rule: &ObjectionRule) -> Result<(), Irreplaceable> {
    if facts.upheld_objections > 0 && (rule.upheld_ends || !newest.outdated) {
        return Err(Irreplaceable::ObjectionUpheld);
    }
    if newest.over || newest.outdated { Ok(()) } else { Err(Irreplaceable::Running) }
}

#[cfg(test)]
mod tests;
