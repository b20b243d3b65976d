//! The third pass: what only the whole file can show. Every check reports all that it finds, each with its path.

mod chain;
mod dossier;
mod frame;
mod people;

use std::collections::HashSet;

use chrono::Datelike;
use toml::de::{DeTable, DeValue};

use super::place::{self, Finding};
use crate::cycles::calendar::{StateCalendar, is_weekend};
use crate::cycles::definition::{CycleDefinition, FORMAT};

/// All findings on a cycle definition; `root` is the file that it was read from.
pub(super) fn findings(cycle: &CycleDefinition, root: &DeTable<'_>) -> Vec<Finding> {
    let mut found = Findings::default();
    references_to_clauses(&mut found, cycle, root);
    frame::check(&mut found, cycle);
    chain::check(&mut found, cycle);
    people::check(&mut found, cycle);
    dossier::check(&mut found, cycle);
    for (at, assumption) in cycle.assumptions.iter().enumerate() {
        let path = format!("assumptions[{at}].path");
        found.unless(place::exists(root, &assumption.path), path, format!("this file has no item `{}`", assumption.path));
    }
    found.0
}

/// All findings on a state calendar.
pub(super) fn calendar_findings(calendar: &StateCalendar) -> Vec<Finding> {
    let mut found = Findings::default();
    found.unless(calendar.format == FORMAT, "format", format!("this software reads format {FORMAT}"));
    found.identifier("id", &calendar.id);
    found.unless(!calendar.years.is_empty(), "years", "a calendar lists the years that it knows");
    let mut off = HashSet::new();
    let mut worked = HashSet::new();
    let known = |year: i32| calendar.years.iter().any(|known| i32::from(*known) == year);
    for (at, holiday) in calendar.holidays.iter().enumerate() {
        let path = |field: &str| format!("holidays[{at}].{field}");
        found.unless(known(holiday.from.year()), path("from"), "the year is not among `years`");
        found.unless(known(holiday.to.year()), path("to"), "the year is not among `years`");
        let length = (holiday.to - holiday.from).num_days();
        found.unless((0..31).contains(&length), path("to"), "a holiday ends on its first day or within a month after it");
        if !(0..31).contains(&length) {
            continue;
        }
        for day in holiday.from.iter_days().take_while(|day| *day <= holiday.to) {
            found.unless(off.insert(day), path("from"), format!("{day} is a holiday twice"));
        }
        for (index, day) in holiday.working_days.iter().enumerate() {
            let path = format!("holidays[{at}].working_days[{index}]");
            found.unless(known(day.year()), &path, "the year is not among `years`");
            found.unless(is_weekend(*day), &path, format!("{day} is no Saturday or Sunday"));
            found.unless(worked.insert(*day), &path, format!("{day} is named twice"));
        }
    }
    for (at, holiday) in calendar.holidays.iter().enumerate() {
        for (index, day) in holiday.working_days.iter().enumerate() {
            let path = format!("holidays[{at}].working_days[{index}]");
            found.unless(!off.contains(day), path, format!("{day} is a holiday and a working day"));
        }
    }
    found.0
}

/// Findings as they come.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding::new(path, message));
    }

    /// Adds the finding unless all is well.
    fn unless(&mut self, well: bool, path: impl Into<String>, message: impl Into<String>) {
        if !well {
            self.add(path, message);
        }
    }

    /// The text says something.
    fn text(&mut self, path: impl Into<String>, text: &str) {
        self.unless(!text.trim().is_empty(), path, "must not be empty");
    }

    /// Lower-case ASCII letters, digits, underscores and hyphens, a letter first.
    fn identifier(&mut self, path: impl Into<String>, id: &str) {
        let well = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.len() <= 64
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        let message = format!("`{id}` is not an id: a lower-case letter, then up to 63 lower-case letters, digits, `_`, `-`");
        self.unless(well, path, message);
    }

    /// Each value of a list occurs once; `field` is the name inside an item, or empty for plain values.
    fn unique<T: std::hash::Hash + Eq + std::fmt::Display>(
        &mut self,
        list: &str,
        field: &str,
        values: impl IntoIterator<Item = T>,
    ) {
        let mut seen = HashSet::new();
        for (at, value) in values.into_iter().enumerate() {
            let message = format!("`{value}` occurs twice in `{list}`");
            let dot = if field.is_empty() { "" } else { "." };
            self.unless(seen.insert(value), format!("{list}[{at}]{dot}{field}"), message);
        }
    }

    /// Ids of a list: well formed and each once.
    fn ids<'a>(&mut self, list: &str, ids: impl IntoIterator<Item = &'a str>) {
        let ids: Vec<&str> = ids.into_iter().collect();
        for (at, id) in ids.iter().enumerate() {
            self.identifier(format!("{list}[{at}].id"), id);
        }
        self.unique(list, "id", ids);
    }

    /// The list has an item.
    fn some<T>(&mut self, path: impl Into<String>, list: &[T]) {
        self.unless(!list.is_empty(), path, "must not be empty");
    }

    /// Named items: ids, and each has a name.
    fn items(&mut self, list: &str, items: &[crate::cycles::definition::NamedItem]) {
        self.some(list, items);
        self.ids(list, items.iter().map(|item| item.id.as_str()));
        for (at, item) in items.iter().enumerate() {
            self.text(format!("{list}[{at}].name"), &item.name);
        }
    }
}

/// Every `clause` and `…_clause` of the file names a clause of the file.
fn references_to_clauses(found: &mut Findings, cycle: &CycleDefinition, root: &DeTable<'_>) {
    let known: HashSet<&str> = cycle.clauses.iter().map(|clause| clause.id.as_str()).collect();
    walk_table(root, "", &mut |path, key, text| {
        if key == "clause" || key.ends_with("_clause") {
            found.unless(known.contains(text), path, format!("there is no clause `{text}` in `clauses`"));
        }
    });
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
