//! The second pass: every deviation from the types, not only the first.
//!
//! serde stops at the first error. So each error is recorded and repaired in a copy of the file: an unknown field is removed, a wrong or
//! missing value is replaced by a guess that the types accept. Then the copy is read again.

use std::collections::HashMap;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_spanned::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue, Deserializer};

use super::finding::Finding;
use super::position::{Document, Step, find_span, render_path};
use crate::bilingual::Bilingual;

/// Findings listed at most. A file with more is not a cycle file.
const MAX_FINDINGS: usize = 200;
/// Guesses for one path, after which the reading ends with the findings so far.
const MAX_GUESSES: usize = 5;
/// Guesses get spans beyond the end of any file. This distinguishes an error at a guess from an error in the file.
const BEYOND: usize = usize::MAX / 2;

/// Reads the file into `T`: all deviations, and the value if no guess was needed.
pub(super) fn read<T: DeserializeOwned>(document: &Document<'_>) -> (Option<T>, Vec<Finding>) {
    let mut repair = Repair { tree: document.root.clone(), errors: Vec::new(), guesses: HashMap::new(), guessed: 0 };
    while repair.errors.len() < MAX_FINDINGS {
        match T::deserialize(Deserializer::from(repair.tree.clone())) {
            Ok(value) => return (Some(value).filter(|_| repair.guessed == 0), repair.errors),
            Err(error) => {
                if !repair.repair(document, &error) {
                    break;
                }
            }
        }
    }
    (None, repair.errors)
}

struct Repair<'a> {
    tree: Spanned<DeTable<'a>>,
    errors: Vec<Finding>,
    /// Guesses made so far, by path.
    guesses: HashMap<String, usize>,
    /// All guesses made so far.
    guessed: usize,
}

impl<'a> Repair<'a> {
    /// Records the error if it is an error of the file, and repairs it in the copy. False if it cannot be repaired.
    fn repair(&mut self, document: &Document<'a>, error: &toml::de::Error) -> bool {
        let message = error.message();
        let missing = quoted_after(message, "missing field `");
        let unknown = quoted_after(message, "unknown field `");
        let Some(span) = error.span() else {
            self.errors.push(error_at(document, 0, String::new(), message));
            return false;
        };
        let Some(mut path) = self.locate(&span, missing.is_some()) else {
            self.errors.push(error_at(document, span.start, String::new(), message));
            return false;
        };
        let of_the_file = span.start < BEYOND;
        if let Some(field) = missing {
            path.push(Step::Key(field.to_owned()));
            if of_the_file {
                self.errors.push(error_at(document, span.start, render_path(&path), &format!("`{field}` is missing")));
            }
            return self.guess(&path, "");
        }
        if of_the_file {
            let text = describe(self.value_at(&path), message);
            self.errors.push(error_at(document, span.start, render_path(&path), &text));
        }
        if unknown.is_some() { self.remove(&path) } else { self.guess(&path, message) }
    }

    /// Path of the item at a span; for a missing field, of the table that lacks it (the root's span is empty).
    fn locate(&self, span: &Range<usize>, table_only: bool) -> Option<Vec<Step>> {
        if table_only && span.is_empty() {
            return Some(Vec::new());
        }
        find_span(&self.tree, span, table_only)
    }

    fn value_at(&self, path: &[Step]) -> Option<&DeValue<'a>> {
        let (Step::Key(first), rest) = path.split_first()? else { return None };
        let mut value = self.tree.get_ref().get(first.as_str())?;
        for step in rest {
            value = match (step, value.get_ref()) {
                (Step::Key(name), DeValue::Table(table)) => table.get(name.as_str())?,
                (Step::Index(index), DeValue::Array(array)) => array.get(*index)?,
                _ => return None,
            };
        }
        Some(value.get_ref())
    }

    /// The table or array that holds the last step of the path.
    fn holder<'t>(tree: &'t mut Spanned<DeTable<'a>>, path: &[Step]) -> Option<Holder<'t, 'a>> {
        let mut holder = Holder::Table(tree.get_mut());
        for step in path {
            let value = match (step, holder) {
                (Step::Key(name), Holder::Table(table)) => table.get_mut(name.as_str())?,
                (Step::Index(index), Holder::Array(array)) => array.get_mut(*index)?,
                _ => return None,
            };
            holder = match value.get_mut() {
                DeValue::Table(table) => Holder::Table(table),
                DeValue::Array(array) => Holder::Array(array),
                _ => return None,
            };
        }
        Some(holder)
    }

    fn remove(&mut self, path: &[Step]) -> bool {
        let Some((Step::Key(name), above)) = path.split_last() else { return false };
        match Self::holder(&mut self.tree, above) {
            Some(Holder::Table(table)) => table.remove(name.as_str()).is_some(),
            _ => false,
        }
    }

    /// Inserts a value that the types may accept, chosen by the message of the last error.
    fn guess(&mut self, path: &[Step], refusal: &str) -> bool {
        let tried = self.guesses.entry(render_path(path)).or_default();
        *tried += 1;
        if *tried > MAX_GUESSES {
            return false;
        }
        let value = candidate(*tried, refusal);
        self.guessed += 1;
        let span = BEYOND + self.guessed * 2..BEYOND + self.guessed * 2 + 1;
        let Some((last, above)) = path.split_last() else { return false };
        match (last, Self::holder(&mut self.tree, above)) {
            (Step::Key(name), Some(Holder::Table(table))) => {
                table.insert(Spanned::new(span.clone(), name.clone().into()), Spanned::new(span, value));
                true
            }
            (Step::Index(index), Some(Holder::Array(array))) => match array.get_mut(*index) {
                Some(item) => {
                    *item = Spanned::new(span, value);
                    true
                }
                None => false,
            },
            _ => false,
        }
    }
}

enum Holder<'t, 'a> {
    Table(&'t mut DeTable<'a>),
    Array(&'t mut DeArray<'a>),
}

/// A value for a path, by the error message about the last one.
fn candidate<'a>(tried: usize, refusal: &str) -> DeValue<'a> {
    let expected = refusal.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    if refusal.starts_with("unknown variant") {
        // "expected one of `a`, `b`" or "expected `a` or `b`": any of them is accepted.
        let known = refusal.split_once("expected ").and_then(|(_, known)| known.split('`').nth(1)).unwrap_or_default();
        return DeValue::String(known.to_owned().into());
    }
    match expected {
        "a boolean" => DeValue::Boolean(false),
        "a sequence" => DeValue::Array(DeArray::new()),
        _ if expected.starts_with("struct ") => DeValue::Table(DeTable::new()),
        _ if expected.len() <= 5 && expected.starts_with(['u', 'i']) => DeValue::Integer(DeInteger::default()),
        _ if refusal.starts_with("invalid length") || refusal.is_empty() => DeValue::String("".into()),
        _ if tried <= 2 => DeValue::String("2000-01-01".into()),
        _ => DeValue::String("2000-01-01T00:00:00Z".into()),
    }
}

/// The message of the finding, with the value and the form of dates.
fn describe(value: Option<&DeValue<'_>>, message: &str) -> String {
    const DATE_MESSAGES: [&str; 4] =
        ["premature end of input", "input contains invalid characters", "input is out of range", "trailing input"];
    match value {
        Some(DeValue::Datetime(_)) => "dates and instants are written in quotes".to_owned(),
        Some(DeValue::String(text)) if DATE_MESSAGES.contains(&message) => {
            format!("`{text}` is not a date (2024-07-22) or instant (2024-08-30T18:00:00+08:00): {message}")
        }
        _ => match message.rsplit_once("expected ") {
            Some((found, "u8")) => format!("{found}expected a whole number from 0 to {}", u8::MAX),
            Some((found, "u16")) => format!("{found}expected a whole number from 0 to {}", u16::MAX),
            Some((found, "i64")) => format!("{found}expected a whole number"),
            _ => message.to_owned(),
        },
    }
}

/// The name between the prefix and the next backquote.
fn quoted_after<'m>(message: &'m str, prefix: &str) -> Option<&'m str> {
    message.strip_prefix(prefix)?.split('`').next()
}

/// An error of structure, with its kind, its Chinese form and what to do.
fn error_at(document: &Document<'_>, offset: usize, path: String, message: &str) -> Finding {
    let named = |prefix: &str| quoted_after(message, prefix).unwrap_or_default();
    let expected = message.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    let known = expected.trim_start_matches("one of ").replace(" or ", "、").replace(", ", "、");
    let (check, zh, todo) = if message.ends_with(" is missing") {
        let zh = format!("缺少 {}", message.trim_end_matches(" is missing"));
        ("missing_field", zh, ("补上该项（docs/cycle-format.md）", "add it (docs/cycle-format.md)"))
    } else if message.starts_with("unknown field") {
        let zh = format!("没有名为 `{}` 的项，可用的有：{known}", named("unknown field `"));
        ("unknown_field", zh, ("核对拼写，或删去该项", "check its spelling, or remove it"))
    } else if message.starts_with("unknown variant") {
        let zh = format!("`{}` 不是可用的值，可用的有：{known}", named("unknown variant `"));
        ("unknown_value", zh, ("改用所列的值之一", "use one of those listed"))
    } else if message.contains("is not a date") {
        let zh = message.replacen("is not a date", "不是日期", 1).replacen(" or instant", "或时刻", 1);
        (
            "date",
            zh,
            (
                "日期写作 \"2024-07-22\"，时刻写作 \"2024-08-30T18:00:00+08:00\"",
                "write days as \"2024-07-22\", instants as \"2024-08-30T18:00:00+08:00\"",
            ),
        )
    } else if message.starts_with("dates and instants") {
        ("date", "日期和时刻须加引号".to_owned(), ("加上引号", "put it in quotes"))
    } else {
        let zh = if expected.is_empty() {
            format!("格式不符：{message}")
        } else {
            format!("类型不符，应为 {}", type_zh(expected))
        };
        ("wrong_type", zh, ("按所说的类型填写", "write a value of the type named"))
    };
    document.error_at(offset, path, check, Bilingual::new(zh, message), Bilingual::new(todo.0, todo.1))
}

/// The name of a type in Chinese.
fn type_zh(expected: &str) -> String {
    let number = expected.strip_prefix("a whole number from ").and_then(|range| range.split_once(" to "));
    match (expected, number) {
        (_, Some((from, to))) => format!("{from}至{to}的整数"),
        ("a whole number", _) => "整数".to_owned(),
        ("a boolean", _) => "true 或 false".to_owned(),
        ("a sequence", _) => "列表 [ ]".to_owned(),
        ("a string" | "a borrowed string", _) => "文字 \" \"".to_owned(),
        _ if expected.starts_with("struct ") => "表 { }".to_owned(),
        _ => format!("`{expected}`"),
    }
}
