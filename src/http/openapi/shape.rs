//! What the derives cannot know of a schema, because it depends on where the schema is used.
//!
//! In an answer every property is there, null when it is empty, and further ones may come: all are required, none are ruled
//! out. A list of words that may grow is no closed enum for whoever reads it.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Lists that the law closes: all others may grow.
const CLOSED: &[&str] = &["Level", "LevelGroup", "PutonghuaLevel", "Qualification", "Sex", "SkillGrade"];

/// Answers whose form a standard lays down: what they leave out is left out, not null.
const STANDARD: &[&str] = &["TokenIntrospection"];

/// Which end of an operation a schema is used at.
#[derive(Clone, Copy)]
enum End {
    Request,
    Response,
}

/// Settles every schema of the document by where it is used.
pub(super) fn settle(document: &mut Value) {
    drop_empty_lists(document);
    let sent = reachable(document, End::Request);
    let answered = reachable(document, End::Response);
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    for (name, schema) in schemas {
        let Value::Object(schema) = schema else { continue };
        if answered.contains(name) && !CLOSED.contains(&name.as_str()) {
            open_enum(schema);
        }
        if answered.contains(name) && !sent.contains(name) && !STANDARD.contains(&name.as_str()) {
            settle_answer(schema);
        }
    }
}

fn settle_answer(schema: &mut Map<String, Value>) {
    let names =
        schema.get("properties").and_then(Value::as_object).map(|properties| properties.keys().cloned().collect::<Vec<_>>());
    if let Some(names) = names {
        schema.insert("required".to_owned(), names.into());
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
    }
}

fn open_enum(schema: &mut Map<String, Value>) {
    if schema.get("type").and_then(Value::as_str) == Some("string")
        && let Some(values) = schema.remove("enum")
    {
        schema.insert("x-extensible-enum".to_owned(), values);
    }
}

/// An `x-extensible-enum` beside a reference says nothing: the schema referred to has the list.
fn drop_empty_lists(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_empty_lists),
        Value::Object(map) => {
            if map.get("x-extensible-enum").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                map.remove("x-extensible-enum");
            }
            map.values_mut().for_each(drop_empty_lists);
        }
        _ => {}
    }
}

/// Names of the components that operations refer to at this end, directly or through others.
fn reachable(document: &Value, end: End) -> BTreeSet<String> {
    let mut waiting = Vec::new();
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| paths.values()).filter_map(Value::as_object);
    for operation in operations.flat_map(|item| item.values()) {
        match end {
            End::Request => {
                references(&operation["requestBody"], &mut waiting);
                references(&operation["parameters"], &mut waiting);
            }
            End::Response => references(&operation["responses"], &mut waiting),
        }
    }
    let mut found = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if found.insert(name.clone()) {
            references(&document["components"]["schemas"][&name], &mut waiting);
        }
    }
    found
}

fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/components/schemas/"))
            {
                into.push(name.to_owned());
            }
            map.values().for_each(|inner| references(inner, into));
        }
        _ => {}
    }
}
