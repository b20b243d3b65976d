//! Collects the findings of one check.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use super::Check;
use crate::bilingual::Bilingual;
use crate::cycles::loader::finding::PathFinding;

/// The findings of one check so far.
pub(super) struct Findings<'c> {
    check: &'c Check,
    list: Vec<PathFinding>,
}

impl<'c> Findings<'c> {
    pub(super) const fn of(check: &'c Check) -> Self {
        Self { check, list: Vec::new() }
    }

    /// The findings, in the order in which they were added.
    pub(super) fn into_list(self) -> Vec<PathFinding> {
        self.list
    }

    /// Adds a finding: what is wrong, in both languages. The clause is the item's own.
    pub(super) fn add(&mut self, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.push(path.into(), None, Bilingual::new(zh, en));
    }

    /// Adds a finding of a clause that is not the item's own.
    pub(super) fn add_for(&mut self, clause: &str, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.push(path.into(), Some(clause.to_owned()), Bilingual::new(zh, en));
    }

    /// Adds a finding unless `valid`.
    pub(super) fn unless(&mut self, valid: bool, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        if !valid {
            self.add(path, zh, en);
        }
    }

    /// Each value of a list occurs once; `field` is the name inside an item, or empty for plain values.
    pub(super) fn unique<T: Hash + Eq + Display>(&mut self, list: &str, field: &str, values: impl IntoIterator<Item = T>) {
        let mut seen = HashSet::new();
        for (at, value) in values.into_iter().enumerate() {
            let (zh, en) = (format!("“{value}”在 `{list}` 中出现两次"), format!("`{value}` occurs twice in `{list}`"));
            let dot = if field.is_empty() { "" } else { "." };
            self.unless(seen.insert(value), format!("{list}[{at}]{dot}{field}"), zh, en);
        }
    }

    fn push(&mut self, path: String, clause: Option<String>, message: Bilingual) {
        let (zh, en) = self.check.todo;
        let (severity, check) = (self.check.severity, self.check.id);
        self.list.push(PathFinding { path, severity, check, clause, message, todo: Bilingual::new(zh, en) });
    }
}
