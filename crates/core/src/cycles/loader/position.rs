//! Positions in a file: line and column of a byte or of a path.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{LoadError, PathFinding};

/// A parsed file with the position of each item.
pub(super) struct Document<'a> {
    text: &'a str,
    source: &'a str,
    pub(super) root: Spanned<DeTable<'a>>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl<'a> Document<'a> {
    /// Parses the text; every syntax error is reported.
    pub(super) fn parse(text: &'a str, source: &'a str) -> Result<Self, Vec<LoadError>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Self { text, source, root };
        if errors.is_empty() {
            return Ok(document);
        }
        let offset = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
        let mut errors: Vec<_> =
            errors.iter().map(|error| document.error_at(offset(error), String::new(), error.message())).collect();
        errors.sort_by_key(|error| (error.line, error.column));
        Err(errors)
    }

    /// Adds the findings of the third pass, if there is a value to check. Returns the value if there are no findings at all.
    pub(super) fn finish<T>(
        &self,
        (value, mut errors): (Option<T>, Vec<LoadError>),
        findings: impl FnOnce(&T, &DeTable<'a>) -> Vec<PathFinding>,
    ) -> Result<T, Vec<LoadError>> {
        if let Some(value) = &value {
            let found = findings(value, self.root.get_ref());
            errors.extend(found.into_iter().map(|finding| {
                let at = self.offset_of(&finding.path);
                self.error_at(at, finding.path, finding.message)
            }));
        }
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => {
                errors.sort_by_key(|error| (error.line, error.column));
                Err(errors)
            }
        }
    }

    /// A finding at a byte of the text.
    pub(super) fn error_at(&self, offset: usize, path: String, message: impl Into<String>) -> LoadError {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        LoadError {
            source: self.source.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            path,
            message: message.into(),
        }
    }

    /// First byte of the item that the path names, or of the nearest item above it that the file has.
    fn offset_of(&self, path: &str) -> usize {
        let Some(steps) = parse_path(path) else { return 0 };
        let mut steps = steps.into_iter();
        let Some(Step::Key(first)) = steps.next() else { return 0 };
        let Some((key, mut value)) = self.root.get_ref().get_key_value(first.as_str()) else { return 0 };
        let mut offset = key.span().start;
        for step in steps {
            match (&step, value.get_ref()) {
                (Step::Key(name), DeValue::Table(table)) => {
                    let Some((key, next)) = table.get_key_value(name.as_str()) else { break };
                    offset = key.span().start;
                    value = next;
                }
                (Step::Index(index), DeValue::Array(array)) => {
                    let Some(next) = array.get(*index) else { break };
                    offset = next.span().start;
                    value = next;
                }
                _ => break,
            }
        }
        offset
    }
}

/// Reads `a.b[0].c`. `None` for what is not a path.
pub(super) fn parse_path(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, mut rest) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        if name.is_empty() {
            return None;
        }
        steps.push(Step::Key(name.to_owned()));
        while let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            steps.push(Step::Index(index.parse().ok()?));
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    Some(steps)
}

/// Writes steps as `a.b[0].c`.
pub(super) fn render_path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Step::Index(index) => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
            }
        }
    }
    path
}

/// The item at the path exists in the file.
pub(super) fn exists(root: &DeTable<'_>, path: &str) -> bool {
    let Some(steps) = parse_path(path) else { return false };
    let mut steps = steps.into_iter();
    let Some(Step::Key(first)) = steps.next() else { return false };
    let Some(mut value) = root.get(first.as_str()) else { return false };
    for step in steps {
        let next = match (&step, value.get_ref()) {
            (Step::Key(name), DeValue::Table(table)) => table.get(name.as_str()),
            (Step::Index(index), DeValue::Array(array)) => array.get(*index),
            _ => None,
        };
        let Some(found) = next else { return false };
        value = found;
    }
    true
}

/// Path of the item whose key or value has this span, or of the table with it when `table_only`: a list of tables has the
/// span of its first header, as its first table has.
pub(super) fn find_span(root: &Spanned<DeTable<'_>>, span: &Range<usize>, table_only: bool) -> Option<Vec<Step>> {
    let search = Search { span, table_only };
    let mut path = Vec::new();
    search.in_table(root.get_ref(), &mut path).then_some(path)
}

struct Search<'s> {
    span: &'s Range<usize>,
    table_only: bool,
}

impl Search<'_> {
    fn in_table(&self, table: &DeTable<'_>, path: &mut Vec<Step>) -> bool {
        for (key, value) in table {
            path.push(Step::Key(key.get_ref().to_string()));
            if (!self.table_only && key.span() == *self.span) || self.in_value(value, path) {
                return true;
            }
            path.pop();
        }
        false
    }

    fn in_value(&self, value: &Spanned<DeValue<'_>>, path: &mut Vec<Step>) -> bool {
        let wanted = !self.table_only || matches!(value.get_ref(), DeValue::Table(_));
        if wanted && value.span() == *self.span {
            return true;
        }
        match value.get_ref() {
            DeValue::Table(table) => self.in_table(table, path),
            DeValue::Array(array) => {
                for (index, item) in array.iter().enumerate() {
                    path.push(Step::Index(index));
                    if self.in_value(item, path) {
                        return true;
                    }
                    path.pop();
                }
                false
            }
            _ => false,
        }
    }
}
