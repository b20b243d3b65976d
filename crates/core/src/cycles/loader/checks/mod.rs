//! The third pass: checks that need the whole file, as a table. Each check has an id, a severity, and what to do about its findings.
//!
//! An error is what lets the server act wrongly or an application get stuck. A warning is what is odd and may be meant.

mod assumptions;
mod barred;
mod calendar;
mod certificate;
mod chain;
mod committee;
mod conditions;
mod evidence;
mod fees;
mod findings;
mod frame;
mod lists;
mod review;
mod study;
mod subjects;
mod texts;
mod windows;
mod words;

use std::collections::HashSet;

use toml::de::{DeTable, DeValue};

use super::calendars::Calendars;
use super::finding::{PathFinding, Severity};
use crate::cycles::definition::{CycleDefinition, PublicityRule};
use crate::vocabulary::{Level, LevelGroup};
pub(super) use calendar::calendar_findings;
use findings::Findings;

/// What is checked.
pub(super) struct Subject<'a> {
    /// The definition.
    pub(super) cycle: &'a CycleDefinition,
    /// The file that it was read from.
    pub(super) root: &'a DeTable<'a>,
    /// The calendars that there are.
    pub(super) calendars: &'a Calendars,
}

/// A check.
pub struct Check {
    /// Its name in findings.
    pub id: &'static str,
    /// What its findings mean for the file.
    pub severity: Severity,
    /// What to do about them, in Chinese and in English.
    pub todo: (&'static str, &'static str),
    find: fn(&Subject<'_>, &mut Findings<'_>),
}

impl Check {
    const fn error(id: &'static str, find: fn(&Subject<'_>, &mut Findings<'_>), todo: (&'static str, &'static str)) -> Self {
        Self { id, severity: Severity::Error, todo, find }
    }

    const fn warning(id: &'static str, find: fn(&Subject<'_>, &mut Findings<'_>), todo: (&'static str, &'static str)) -> Self {
        Self { id, severity: Severity::Warning, todo, find }
    }
}

/// The checks by what they look at, with a title in both languages.
pub const GROUPS: &[(&str, &str, &[Check])] = &[
    ("清单和引用", "Lists and references", lists::CHECKS),
    ("年度、主办单位和地区", "Cycle, authority and region", frame::CHECKS),
    ("时间和节假日", "Windows, dates and working days", windows::CHECKS),
    ("系列、专业和级别", "Series, specialties and levels", subjects::CHECKS),
    ("申报方式和审核环节", "Tracks and chain", chain::CHECKS),
    ("人员范围", "Who may not apply", barred::CHECKS),
    ("评审条件和高技能人才", "Conditions and skilled workers", conditions::CHECKS),
    ("继续教育和普通话", "Study and Putonghua", study::CHECKS),
    ("退回、清单和公示", "Returns, checklist and publicity", review::CHECKS),
    ("材料、评审表和原件", "Evidence, form and originals", evidence::CHECKS),
    ("费用和答辩", "Fees and defence", fees::CHECKS),
    ("评审委员会、通过率和弄虚作假", "Committee, caps and fraud", committee::CHECKS),
    ("证书", "Certificate", certificate::CHECKS),
    ("联系方式、模板和条款", "Contacts, templates and clauses", texts::CHECKS),
    ("数值与条款原文", "Values and the words of their clause", words::CHECKS),
    ("推定", "Assumptions", assumptions::CHECKS),
];

/// All findings on a cycle definition.
pub(super) fn findings(subject: &Subject<'_>) -> Vec<PathFinding> {
    let checks = GROUPS.iter().flat_map(|(_, _, checks)| checks.iter());
    let found = checks.flat_map(|check| {
        let mut found = Findings::of(check);
        (check.find)(subject, &mut found);
        found.into_list()
    });
    let mut seen = HashSet::new();
    found.filter(|finding| seen.insert((finding.path.clone(), finding.message.en.clone()))).collect()
}

/// The levels that somebody can apply for.
fn open_levels(cycle: &CycleDefinition) -> impl Iterator<Item = Level> {
    Level::ALL.iter().copied().filter(|level| cycle.specialties.iter().any(|specialty| cycle.is_open(&specialty.id, *level)))
}

fn open_groups(cycle: &CycleDefinition) -> impl Iterator<Item = LevelGroup> {
    LevelGroup::ALL.iter().copied().filter(|group| open_levels(cycle).any(|level| level.group() == *group))
}

/// Every rule of a publicity, with its path in the file.
fn publicities(cycle: &CycleDefinition) -> Vec<(String, &PublicityRule)> {
    let mut all = vec![
        ("employer_publicity".to_owned(), &cycle.employer_publicity),
        ("result_publicity".to_owned(), &cycle.result_publicity),
    ];
    for (at, track) in cycle.tracks.iter().enumerate() {
        for (index, step) in track.chain.iter().enumerate() {
            all.extend(step.publicity.iter().map(|rule| (format!("tracks[{at}].chain[{index}].publicity"), rule)));
        }
    }
    all
}

/// Calls `visit(path, key, text)` for every text in the file.
fn walk_table(table: &DeTable<'_>, path: &str, visit: &mut impl FnMut(&str, &str, &str)) {
    for (key, value) in table {
        let key = key.get_ref();
        let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        walk_value(value.get_ref(), &path, key, visit);
    }
}

fn walk_value(value: &DeValue<'_>, path: &str, key: &str, visit: &mut impl FnMut(&str, &str, &str)) {
    match value {
        DeValue::String(text) => visit(path, key, text),
        DeValue::Table(table) => walk_table(table, path, visit),
        DeValue::Array(array) => {
            for (index, item) in array.iter().enumerate() {
                walk_value(item.get_ref(), &format!("{path}[{index}]"), "", visit);
            }
        }
        _ => {}
    }
}
