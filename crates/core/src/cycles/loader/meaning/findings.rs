//! Collects findings, with the checks that every list of a file needs.

use std::collections::HashSet;

use crate::cycles::definition::NamedItem;
use crate::cycles::loader::error::PathFinding;

/// The findings so far.
#[derive(Default)]
pub(super) struct Findings(Vec<PathFinding>);

impl Findings {
    /// The findings, in the order in which they were added.
    pub(super) fn into_list(self) -> Vec<PathFinding> {
        self.0
    }

    /// Adds a finding.
    pub(super) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(PathFinding { path: path.into(), message: message.into() });
    }

    /// Adds a finding unless `valid`.
    pub(super) fn unless(&mut self, valid: bool, path: impl Into<String>, message: impl Into<String>) {
        if !valid {
            self.add(path, message);
        }
    }

    /// The text is not blank.
    pub(super) fn text(&mut self, path: impl Into<String>, text: &str) {
        self.unless(!text.trim().is_empty(), path, "must not be empty");
    }

    /// A lower-case ASCII letter, then lower-case letters, digits, underscores and hyphens.
    pub(super) fn identifier(&mut self, path: impl Into<String>, id: &str) {
        let valid = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.len() <= 64
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        let message = format!("`{id}` is not an id: a lower-case letter, then up to 63 lower-case letters, digits, `_`, `-`");
        self.unless(valid, path, message);
    }

    /// Each value of a list occurs once; `field` is the name inside an item, or empty for plain values.
    pub(super) fn unique<T: std::hash::Hash + Eq + std::fmt::Display>(
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

    /// The ids of a list are well formed, and each occurs once.
    pub(super) fn ids<'a>(&mut self, list: &str, ids: impl IntoIterator<Item = &'a str>) {
        let ids: Vec<&str> = ids.into_iter().collect();
        for (at, id) in ids.iter().enumerate() {
            self.identifier(format!("{list}[{at}].id"), id);
        }
        self.unique(list, "id", ids);
    }

    /// The list is not empty.
    pub(super) fn some<T>(&mut self, path: impl Into<String>, list: &[T]) {
        self.unless(!list.is_empty(), path, "must not be empty");
    }

    /// Named items: valid ids, and a name each.
    pub(super) fn items(&mut self, list: &str, items: &[NamedItem]) {
        self.some(list, items);
        self.ids(list, items.iter().map(|item| item.id.as_str()));
        for (at, item) in items.iter().enumerate() {
            self.text(format!("{list}[{at}].name"), &item.name);
        }
    }
}
