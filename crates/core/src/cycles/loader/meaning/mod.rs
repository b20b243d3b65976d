//! The third pass: checks that need the whole file. Every check reports all of its findings, each with its path.

mod calendar;
mod chain;
mod dossier;
mod findings;
mod frame;
mod people;

use std::collections::HashSet;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::error::PathFinding;
use super::position;
use crate::cycles::calendar::StateCalendar;
use crate::cycles::definition::CycleDefinition;
pub(super) use calendar::calendar_findings;
use findings::Findings;

/// All findings on a cycle definition. `root` is the file that it was read from, `state` the state calendar that it names.
pub(super) fn findings(cycle: &CycleDefinition, root: &DeTable<'_>, state: Option<Arc<StateCalendar>>) -> Vec<PathFinding> {
    let mut found = Findings::default();
    references_to_clauses(&mut found, cycle, root);
    frame::check(&mut found, cycle, state);
    chain::check(&mut found, cycle);
    people::check(&mut found, cycle);
    dossier::check(&mut found, cycle);
    for (at, assumption) in cycle.assumptions.iter().enumerate() {
        let path = format!("assumptions[{at}].path");
        found.unless(position::exists(root, &assumption.path), path, format!("this file has no item `{}`", assumption.path));
    }
    found.into_list()
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
