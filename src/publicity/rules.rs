//! What is decided without any outside world: periods, states, what objections mean for the guards.

use crate::problem::{Code, Finding, Text};
use crate::records::publicity::Newest;
use chrono::NaiveDate;
use title_review_core::cycles::calendar::{CalendarError, WorkingCalendar};
use title_review_core::cycles::definition::{ObjectionRule, PublicityRule};
use title_review_core::workflow::PublicityFacts;

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
    let invalid = |pointer: &str, zh: String, en: String| Finding::field(pointer, Code::InvalidField.as_str(), Text::new(zh, en));
    let mut findings = Vec::new();
    if from < today {
        findings.push(invalid(
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
        Finding::field(
            pointer,
            Code::InvalidField.as_str(),
            Text::new("该日期所在年份的节假日安排尚未公布".to_owned(), error.to_string()),
        )
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
        return Err(Finding::field("/to_date", Code::PublicityTooShort.as_str(), text).clause(rule.clause.as_str(), words));
    }
    Ok(Period { from, to: last, working_days })
}

/// Whether another notice may take the place of the newest; the code of the refusal otherwise. While one runs on an unchanged dossier there is no
/// other. An upheld objection is not shed by a new notice: only a changed dossier is made public anew, and where the cycle lets it end the application not
/// even that.
pub fn replaceable(newest: Newest, facts: PublicityFacts, rule: &ObjectionRule) -> Result<(), Code> {
    if facts.upheld_objections > 0 && (rule.upheld_ends || !newest.outdated) {
        return Err(Code::ObjectionUpheld);
    }
    if newest.over || newest.outdated { Ok(()) } else { Err(Code::AlreadyExists) }
}

#[cfg(test)]
mod tests;
