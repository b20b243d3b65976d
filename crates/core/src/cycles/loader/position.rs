//! Positions in a file: line and column of a byte or of a path.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::finding::{Finding, PathFinding, Severity};
use crate::bilingual::Bilingual;

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
    /// An item of a list by what names it: `evidence[hosting_certificate]`.
    Named(String),
}

/// What names an item of a list, the first of these that it has.
const NAMES: [&str; 9] = ["id", "stage", "grade", "class", "level", "level_group", "code", "kind", "clause"];

impl<'a> Document<'a> {
    /// Parses the text; every syntax error is reported.
    pub(super) fn parse(text: &'a str, source: &'a str) -> Result<Self, Vec<Finding>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Self { text, source, root };
        if errors.is_empty() {
            return Ok(document);
        }
        let offset = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
        let mut errors: Vec<_> = errors.iter().map(|error| document.syntax_error(offset(error), error.message())).collect();
        errors.sort_by_key(|error| (error.line, error.column));
        Err(errors)
    }

    /// The findings of the third pass with their places, added to those of the second, in the order of the file.
    pub(super) fn place(&self, mut placed: Vec<Finding>, found: Vec<PathFinding>) -> Vec<Finding> {
        placed.extend(found.into_iter().map(|finding| {
            let clause = finding.clause.or_else(|| self.clause_of(&finding.path)).filter(|clause| !clause.is_empty());
            let (line, column) = self.line_and_column(self.offset_of(&finding.path));
            Finding {
                source: self.source.to_owned(),
                line,
                column,
                path: finding.path,
                severity: finding.severity,
                check: finding.check.to_owned(),
                clause,
                message: finding.message,
                todo: finding.todo,
            }
        }));
        placed.sort_by_key(|finding| (finding.line, finding.column));
        placed
    }

    /// An error at a byte of the text.
    pub(super) fn error_at(&self, offset: usize, path: String, check: &str, message: Bilingual, todo: Bilingual) -> Finding {
        let (line, column) = self.line_and_column(offset);
        let clause = self.clause_of(&path);
        let (source, check) = (self.source.to_owned(), check.to_owned());
        Finding { source, line, column, path, severity: Severity::Error, check, clause, message, todo }
    }

    fn syntax_error(&self, offset: usize, message: &str) -> Finding {
        let message = Bilingual::new(format!("不是有效的 TOML：{message}"), message);
        let todo = Bilingual::new("检查引号、括号和等号", "check quotes, brackets and equals signs");
        self.error_at(offset, String::new(), "syntax", message, todo)
    }

    /// Line and column in characters, from 1.
    fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The clause of the item that the path names: its own, or that of the nearest item above it; else the first one below it.
    fn clause_of(&self, path: &str) -> Option<String> {
        let steps = parse_path(path)?;
        let mut table = self.root.get_ref();
        let mut clause = None;
        let mut value: Option<&DeValue<'_>> = None;
        for step in &steps {
            let next = match (step, value) {
                (Step::Key(name), None) => table.get(name.as_str()),
                (Step::Key(name), Some(DeValue::Table(inner))) => inner.get(name.as_str()),
                (Step::Index(index), Some(DeValue::Array(array))) => array.get(*index),
                _ => None,
            };
            // What is not there has no clause of its own, and no other's.
            let Some(next) = next else { return clause };
            value = Some(next.get_ref());
            if let DeValue::Table(inner) = next.get_ref() {
                table = inner;
                clause = own_clause(inner).or(clause);
            }
        }
        clause.or_else(|| value.and_then(clause_below))
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

fn own_clause(table: &DeTable<'_>) -> Option<String> {
    match table.get("clause")?.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn clause_below(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Table(table) => own_clause(table).or_else(|| table.values().find_map(|value| clause_below(value.get_ref()))),
        DeValue::Array(array) => array.iter().find_map(|value| clause_below(value.get_ref())),
        _ => None,
    }
}

/// Reads `a.b[0].c` and `a.b[name].c`. `None` for what is not a path.
pub(super) fn parse_path(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() || name.contains(']') {
            return None;
        }
        steps.push(Step::Key(name.to_owned()));
        rest = after;
        while let Some(inner) = rest.strip_prefix('[') {
            let (name, after) = inner.split_once(']').filter(|(name, _)| !name.is_empty())?;
            steps.push(name.parse().map_or_else(|_| Step::Named(name.to_owned()), Step::Index));
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        rest = rest.strip_prefix('.')?;
    }
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
            Step::Index(index) => path = format!("{path}[{index}]"),
            Step::Named(name) => path = format!("{path}[{name}]"),
        }
    }
    path
}

/// The path of the one item that it names, with indexes in place of names. `None` where the file has no such item, or several.
pub(super) fn resolve(root: &DeTable<'_>, path: &str) -> Option<Vec<Step>> {
    let mut steps = parse_path(path)?.into_iter();
    let mut resolved = Vec::new();
    let Some(Step::Key(first)) = steps.next() else { return None };
    let mut value = root.get(first.as_str())?.get_ref();
    resolved.push(Step::Key(first));
    for step in steps {
        let (step, next) = match (step, value) {
            (Step::Key(name), DeValue::Table(table)) => {
                let next = table.get(name.as_str())?;
                (Step::Key(name), next)
            }
            (Step::Index(index), DeValue::Array(array)) => (Step::Index(index), array.get(index)?),
            (Step::Named(name), DeValue::Array(array)) => {
                let mut items = array.iter().enumerate().filter(|(_, item)| name_of(item.get_ref()) == Some(&name));
                let (index, item) = items.next()?;
                if items.next().is_some() {
                    return None;
                }
                (Step::Index(index), item)
            }
            _ => return None,
        };
        resolved.push(step);
        value = next.get_ref();
    }
    Some(resolved)
}

fn name_of<'v>(item: &'v DeValue<'_>) -> Option<&'v str> {
    let DeValue::Table(table) = item else { return None };
    let name = NAMES.iter().find_map(|key| table.get(*key))?;
    match name.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
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
