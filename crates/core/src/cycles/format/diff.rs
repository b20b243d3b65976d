//! What differs between two definitions, clause by clause, for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::terms::term;
use super::types::{ROOT, Type, types};
use crate::bilingual::Bilingual;
use crate::cycles::definition::CycleDefinition;

/// What names an item of a list, the first of these that it has.
const NAMES: [&str; 9] = ["id", "stage", "grade", "class", "level", "level_group", "code", "kind", "clause"];

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Clause of the item; empty where it has none.
    pub clause: String,
    /// Path of the item; an item of a list by its id.
    pub path: String,
    /// The path in Chinese.
    pub label: String,
    /// What was there; `None`: nothing.
    pub before: Option<Bilingual>,
    /// What is there now; `None`: nothing.
    pub after: Option<Bilingual>,
}

/// What differs, in the order of the format.
#[must_use]
pub fn diff(old: &CycleDefinition, new: &CycleDefinition) -> Vec<Change> {
    let (Ok(old), Ok(new)) = (serde_json::to_value(old), serde_json::to_value(new)) else { return Vec::new() };
    let mut walk = Walk { types: types(), changes: Vec::new() };
    walk.tables(&Place::default(), ROOT, &old, &new);
    walk.changes
}

/// Where the walk is.
#[derive(Clone, Default)]
struct Place {
    clause: String,
    path: String,
    label: String,
}

impl Place {
    fn field(&self, type_name: &str, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let arrow = if self.label.is_empty() { "" } else { " > " };
        Self {
            clause: self.clause.clone(),
            path: format!("{}{dot}{name}", self.path),
            label: format!("{}{arrow}{}", self.label, term(type_name, name).unwrap_or(name)),
        }
    }

    fn item(&self, name: &str, title: Option<&str>) -> Self {
        let title = title.map_or_else(String::new, |title| format!(" {title}"));
        Self {
            clause: self.clause.clone(),
            path: format!("{}[{name}]", self.path),
            label: format!("{}[{name}]{title}", self.label),
        }
    }

    /// The clause of a table is the clause of what stands in it.
    fn within(mut self, table: &Value) -> Self {
        if let Some(clause) = table["clause"].as_str() {
            clause.clone_into(&mut self.clause);
        }
        self
    }
}

struct Walk {
    types: std::collections::BTreeMap<String, Type>,
    changes: Vec<Change>,
}

impl Walk {
    fn tables(&mut self, place: &Place, type_name: &str, old: &Value, new: &Value) {
        let place = place.clone().within(old).within(new);
        let Some(fields) = self.types.get(type_name).map(|known| {
            let field = |field: &super::types::Field| (field.name.clone(), field.type_name().map(str::to_owned));
            known.fields.iter().map(field).collect::<Vec<_>>()
        }) else {
            return;
        };
        for (name, inner) in fields {
            let mut at = place.field(type_name, &name);
            if type_name == ROOT && name == "clauses" {
                at.clause = String::new();
            }
            self.values(&at, inner.as_deref().unwrap_or_default(), &old[&name], &new[&name]);
        }
    }

    fn values(&mut self, place: &Place, type_name: &str, old: &Value, new: &Value) {
        match (old, new) {
            _ if old == new => {}
            (Value::Object(_), Value::Object(_)) => self.tables(place, type_name, old, new),
            (Value::Array(before), Value::Array(after)) => self.lists(place, type_name, before, after),
            _ => self.change(place, type_name, Some(old), Some(new)),
        }
    }

    fn lists(&mut self, place: &Place, type_name: &str, old: &[Value], new: &[Value]) {
        let tables = old.iter().chain(new).all(Value::is_object);
        if !tables {
            return self.change(place, type_name, Some(&Value::Array(old.to_vec())), Some(&Value::Array(new.to_vec())));
        }
        let (before, after) = (named(old), named(new));
        for (name, item) in &after {
            let title = title_of(type_name, item);
            let at = place.item(name, title).within(item);
            let at = if place.path == "clauses" { Place { clause: name.clone(), ..at } } else { at };
            match before.iter().find(|(other, _)| other == name) {
                Some((_, other)) => self.values(&at, type_name, other, item),
                None => self.change(&at, type_name, None, Some(item)),
            }
        }
        for (name, item) in before.iter().filter(|(name, _)| !after.iter().any(|(other, _)| other == name)) {
            let title = title_of(type_name, item);
            let at = place.item(name, title).within(item);
            let at = if place.path == "clauses" { Place { clause: name.clone(), ..at } } else { at };
            self.change(&at, type_name, Some(item), None);
        }
        let kept = |of: &[(String, &Value)], other: &[(String, &Value)]| -> Vec<String> {
            of.iter().map(|(name, _)| name.clone()).filter(|name| other.iter().any(|(known, _)| known == name)).collect()
        };
        let (one, two) = (kept(&before, &after), kept(&after, &before));
        if one != two {
            self.change(place, "", Some(&Value::from(one)), Some(&Value::from(two)));
        }
    }

    fn change(&mut self, place: &Place, type_name: &str, old: Option<&Value>, new: Option<&Value>) {
        let field = place.path.rsplit('.').next().unwrap_or_default();
        let shown = |value: Option<&Value>| value.filter(|value| !value.is_null()).map(|value| show(value, type_name, field));
        let (before, after) = (shown(old), shown(new));
        let Place { clause, path, label } = place.clone();
        self.changes.push(Change { clause, path, label, before, after });
    }
}

/// What an item is called. The `title` of a condition is the level of a title, not its own.
fn title_of<'v>(type_name: &str, item: &'v Value) -> Option<&'v str> {
    let keys: &[&str] = if type_name == "ConditionAlternative" { &["words"] } else { &["name", "title"] };
    keys.iter().find_map(|key| item[*key].as_str())
}

/// The items of a list by their names; by their place where names are missing or occur twice.
fn named(items: &[Value]) -> Vec<(String, &Value)> {
    let name = |item: &Value| NAMES.iter().find_map(|key| item[*key].as_str()).map(str::to_owned);
    let mut names: Vec<(String, &Value)> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let mut one = name(item).unwrap_or_else(|| at.to_string());
        if names.iter().any(|(other, _)| *other == one) {
            one = format!("{one}#{at}");
        }
        names.push((one, item));
    }
    names
}

fn show(value: &Value, type_name: &str, field: &str) -> Bilingual {
    match value {
        Value::Bool(yes) => Bilingual::new(if *yes { "是" } else { "否" }, if *yes { "yes" } else { "no" }),
        Value::Number(number) if field == "amount_minor" => {
            let fen = number.as_i64().unwrap_or_default();
            Bilingual::new(format!("{}.{:02}元", fen / 100, fen % 100), format!("{}.{:02} yuan", fen / 100, fen % 100))
        }
        Value::String(text) => Bilingual::new(format!("“{text}”"), format!("\"{text}\"")),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            let parts: Vec<Bilingual> = items.iter().map(|item| show(item, type_name, field)).collect();
            let join = |part: fn(&Bilingual) -> &str, mark: &str| parts.iter().map(part).collect::<Vec<_>>().join(mark);
            Bilingual::new(join(|part| &part.zh, "、"), join(|part| &part.en, ", "))
        }
        Value::Object(table) => {
            let parts: Vec<String> = table
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{} {value}", term(type_name, name).unwrap_or(name)))
                .collect();
            Bilingual::new(parts.join("，"), value.to_string())
        }
        other => Bilingual::new(other.to_string(), other.to_string()),
    }
}

/// The differences as text, by clause in the order of the new definition, Chinese first.
#[must_use]
pub fn diff_text(old: &CycleDefinition, new: &CycleDefinition) -> String {
    let changes = diff(old, new);
    let mut text = format!("{} → {}：{} 处不同 / {} differences\n", old.id, new.id, changes.len(), changes.len());
    let mut clauses: Vec<&str> = new.clauses.iter().chain(&old.clauses).map(|clause| clause.id.as_str()).collect();
    clauses.insert(0, "");
    let mut written = std::collections::BTreeSet::new();
    for clause in clauses.into_iter().filter(|clause| written.insert(*clause)) {
        let of_clause: Vec<&Change> = changes.iter().filter(|change| change.clause == clause).collect();
        if of_clause.is_empty() {
            continue;
        }
        let words = if new.clause(clause).is_some() { new.clause_words(clause) } else { old.clause_words(clause) };
        let first: String = words.chars().take(60).collect();
        // Writing to a text does not fail.
        let _ = if clause.is_empty() {
            writeln!(text, "\n总则 / General")
        } else {
            writeln!(text, "\n条款 / clause {clause}：{first}{}", if words.chars().count() > 60 { "…" } else { "" })
        };
        for change in of_clause {
            let none = Bilingual::new("（无）", "(none)");
            let (before, after) = (change.before.as_ref().unwrap_or(&none), change.after.as_ref().unwrap_or(&none));
            let _ = writeln!(text, "  {}：{} → {}", change.label, before.zh, after.zh);
            let _ = writeln!(text, "    {}: {} -> {}", change.path, before.en, after.en);
        }
    }
    text
}
