//! Titles of one person: those of the profile, and those that this system issued, which win (3.1a, 4.3d).

use chrono::NaiveDate;

use crate::{
    checks::{input::Input, model::IssuedTitle},
    profiles::model::TitleHeld,
    vocabulary::Level,
};

/// A title of the series applied for.
#[derive(Debug, Clone, Copy)]
pub struct KnownTitle<'a> {
    /// Place in the profile's titles; none for one that only the record has.
    pub index: Option<usize>,
    pub level: Level,
    pub name: &'a str,
    /// As the record has it, where there is one.
    pub obtained_on: NaiveDate,
}

/// Titles of the series applied for: of the profile, then those that it leaves out.
pub fn of_series<'a>(input: &Input<'a>) -> Vec<KnownTitle<'a>> {
    let facts = input.facts;
    let mut told: Vec<&IssuedTitle> = Vec::new();
    let mut found = Vec::new();
    for (index, title) in facts.profile.titles.iter().enumerate() {
        let record = record_of(input, title);
        // The record decides the series too, whatever is typed.
        if !record.map_or_else(|| is_of_series(input, title), |record| record.series == facts.choice.series) {
            continue;
        }
        told.extend(record);
        let (level, obtained_on) = record.map_or((title.level, title.obtained_on), |record| (record.level, record.obtained_on));
        if record.is_none_or(|record| !record.revoked) {
            found.push(KnownTitle { index: Some(index), level, name: &title.name, obtained_on });
        }
    }
    let untold = facts.titles.iter().filter(|record| !record.revoked && record.series == facts.choice.series);
    let untold = untold.filter(|record| !told.contains(record));
    found.extend(untold.map(|record| KnownTitle {
        index: None,
        level: record.level,
        name: &record.name,
        obtained_on: record.obtained_on,
    }));
    found
}

/// Every title of the profile is on record, so that no certificate has to be shown.
pub fn all_on_record(input: &Input<'_>) -> bool {
    input.facts.profile.titles.iter().all(|title| record_of(input, title).is_some())
}

/// The record behind a title of the profile: of the same certificate; where no number is given, one of the same level and series, if
/// possible one that holds.
fn record_of<'a>(input: &Input<'a>, title: &TitleHeld) -> Option<&'a IssuedTitle> {
    let number = title.certificate_number.as_deref().map(str::trim);
    let same = input.facts.titles.iter().filter(|record| match number {
        Some(number) => record.number == number,
        None => record.level == title.level && is_series(input, &record.series, title.series.trim()),
    });
    same.min_by_key(|record| record.revoked)
}

/// The title is of the series applied for, by its id or its name in the cycle.
fn is_of_series(input: &Input<'_>, title: &TitleHeld) -> bool {
    is_series(input, &input.facts.choice.series, title.series.trim())
}

/// The text is the series of this id, by the id or the name in the cycle.
fn is_series(input: &Input<'_>, id: &str, text: &str) -> bool {
    text == id || input.cycle.series(id).is_some_and(|known| known.name == text)
}
