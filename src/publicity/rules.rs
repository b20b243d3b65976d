//! What is decided without any outside world: periods, who may object and who looks into it, when one notice may take the place of another.

use crate::applications::Reviewer;
use crate::authz::Principal;
use crate::records::publicity::{Newest, PublicityState, PublicityStatus};
use chrono::NaiveDate;
use title_review_core::clock::Instant;
use title_review_core::cycles::calendar::{CalendarError, WorkingCalendar};
use title_review_core::cycles::definition::{ObjectionRule, PeriodCounting, PublicityRule};
use title_review_core::findings::{Finding, INVALID_FIELD, Text};
use title_review_core::ids::AccountId;
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
    /// Days that count, both ends included.
    pub days: u32,
}

/// Judges the days of a notice: it starts today or later and has the days that the cycle asks for, first and last day included (4.3c, R7).
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

/// Counts the days of a period and refuses too few, with the arithmetic.
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
    let needed = u32::from(rule.days);
    let counting = rule.counting;
    let earliest = calendar.last_day_of_period(from, rule.days, counting).map_err(|error| unknown("/from_date", &error))?;
    let last = to.unwrap_or(earliest);
    let days = calendar.count_days(from, last, counting).map_err(|error| unknown("/to_date", &error))?;
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    if days < needed {
        let (zh, en) = match counting {
            PeriodCounting::WorkingDays => ("个工作日", "working days"),
            PeriodCounting::CalendarDays => ("日", "days"),
        };
        let text = Text::new(
            format!("{from} 至 {last}（含首尾两日）共 {days} {zh}，须不少于 {needed} {zh}；最早可至 {earliest}"),
            format!("{from} to {last}, both included, has {days} {en}, {needed} needed; the earliest last day is {earliest}"),
        );
        let words = Some(words.to_owned()).filter(|words| !words.is_empty());
        return Err(Finding::field("/to_date", PUBLICITY_TOO_SHORT, text).clause(rule.clause.as_str(), words));
    }
    Ok(Period { from, to: last, days })
}

/// Judges the employer's own posting of a result: it has begun, lies within the days of the notice (first and last), and has as many as the cycle asks
/// for (2.4). All findings.
pub fn posting(
    rule: &PublicityRule,
    words: &str,
    calendar: &WorkingCalendar,
    (first, last): (NaiveDate, NaiveDate),
    (from, to): (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<(), Vec<Finding>> {
    let mut findings = Vec::new();
    for (pointer, day) in [("/from_date", from), ("/to_date", to)] {
        if day < first || last < day {
            let text = Text::new(
                format!("单位同步公示须在会议公示期间（{first} 至 {last}）内"),
                format!("the posting lies within the publicity of the result, {first} to {last}"),
            );
            findings.push(Finding::field(pointer, INVALID_FIELD, text).clause(rule.clause.as_str(), None));
        }
    }
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

/// Whether a reviewer's notice ends before the application window does (2.1), or its application has been before the committee already.
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
        PublicityState::Over | PublicityState::Superseded | PublicityState::TakenDown | PublicityState::Withdrawn => {
            Err(Unobjectionable::Closed(state))
        }
    }
}

/// Whom a notice concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// The applicant.
    pub applicant: AccountId,
    /// Who put it up and looks into objections to it: the reviewer of its step, or the committee office for a result. `None` where there is none.
    pub answerable: Option<Reviewer>,
    /// The office of the committee of its cycle.
    pub office: Option<Reviewer>,
}

/// Who looks into objections to a notice: the reviewer who put it up, the committee office for a result. Nobody does about themselves (5.1).
#[must_use]
pub fn responsible(principal: &Principal, parties: &Parties) -> bool {
    principal.refuse_own(parties.applicant).is_ok() && parties.answerable.as_ref().is_some_and(|reviewer| reviewer.is(principal))
}

/// Who sees objections to a notice: who looks into them, and the office of the committee. A reviewer sees nothing of those to a result.
#[must_use]
pub fn sees(principal: &Principal, parties: &Parties) -> bool {
    let office = parties.office.as_ref().is_some_and(|office| office.is(principal));
    responsible(principal, parties) || (office && principal.refuse_own(parties.applicant).is_ok())
}

/// Why no other notice takes the place of the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Irreplaceable {
    /// An objection to it was found right.
    ObjectionUpheld,
    /// It runs, and the dossier says what it made public.
    Running,
}

/// Whether another notice may take the place of the newest. While one runs on an unchanged dossier there is no other; one that has not begun was a slip and is replaced. An upheld objection is not shed by a
/// new notice: only a changed dossier is made public anew, and where the cycle lets it end the application not even that.
pub fn replaceable(newest: Newest, facts: PublicityFacts, rule: &ObjectionRule) -> Result<(), Irreplaceable> {
    if facts.upheld_objections > 0 && (rule.upheld_ends || !newest.outdated) {
        return Err(Irreplaceable::ObjectionUpheld);
    }
    if newest.over || newest.outdated || !newest.begun { Ok(()) } else { Err(Irreplaceable::Running) }
}

#[cfg(test)]
mod tests;
