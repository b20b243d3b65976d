//! What the derives cannot know of a schema, because it depends on where the schema is used.
//!
//! In an answer every property is there, null when it is empty, and further ones may come: all are required, none are ruled
//! out. A list of words that may grow is no closed enum for whoever reads it.

use serde_json::{Map, Value, json};
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
    name_parameter_lists(document);
    let sent = reachable(document, End::Request);
    let answered = reachable(document, End::Response);
    split_lists(document, &sent, &answered);
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    for (name, schema) in schemas {
        let Value::Object(schema) = schema else { continue };
        name_constants(name, schema);
        if answered.contains(name) && !sent.contains(name) && !STANDARD.contains(&name.as_str()) {
            settle_answer(schema);
        }
    }
}

/// What is added to the name of a list of words where answers refer to it, if requests refer to it as well.
const READ: &str = "Value";

/// Whoever sends a word picks it from those that there are; whoever reads one may meet further ones. A list that is used at both ends becomes two
/// components. What is read and sent again, such as a profile, is written as it is read.
fn split_lists(document: &mut Value, sent: &BTreeSet<String>, answered: &BTreeSet<String>) {
    let mut asked = Vec::new();
    for operation in operations(document) {
        references(&operation["requestBody"], &mut asked);
        references(&operation["parameters"], &mut asked);
    }
    for name in sent.difference(answered) {
        references(&document["components"]["schemas"][name], &mut asked);
    }
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    let mut split = BTreeSet::new();
    for name in answered.iter().filter(|name| !CLOSED.contains(&name.as_str())) {
        let Some(list) = schemas.get_mut(name).and_then(Value::as_object_mut).filter(|schema| schema.contains_key("enum")) else {
            continue;
        };
        if asked.contains(name) {
            let mut read = list.clone();
            open_enum(&mut read);
            schemas.insert(format!("{name}{READ}"), Value::Object(read));
            split.insert(name.clone());
        } else {
            open_enum(list);
        }
    }
    for (name, schema) in schemas.iter_mut().filter(|(name, _)| answered.contains(*name)) {
        if !split.contains(name) {
            refer_to_read(schema, &split);
        }
    }
    schemas.sort_keys();
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in paths.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        refer_to_read(&mut operation["responses"], &split);
    }
}

fn refer_to_read(value: &mut Value, split: &BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| refer_to_read(item, split)),
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && reference.rsplit('/').next().is_some_and(|name| split.contains(name))
            {
                reference.push_str(READ);
            }
            map.values_mut().for_each(|inner| refer_to_read(inner, split));
        }
        _ => {}
    }
}

/// Constants of a closed list carry its name: generators for languages where they share one scope would declare `INTERMEDIATE` twice.
fn name_constants(list: &str, schema: &mut Map<String, Value>) {
    let Some(words) = schema.get("enum").and_then(Value::as_array) else { return };
    let prefix: String = list
        .char_indices()
        .flat_map(|(index, letter)| (index > 0 && letter.is_ascii_uppercase()).then_some('_').into_iter().chain([letter]))
        .collect();
    let name = |word: &str| format!("{prefix}_{word}").to_ascii_uppercase();
    let names: Vec<Value> = words.iter().filter_map(Value::as_str).map(|word| name(word).into()).collect();
    schema.insert("x-enum-varnames".to_owned(), names.into());
}

/// A list of words that stands in a parameter becomes a component, so that its type has one name wherever it is asked for.
fn name_parameter_lists(document: &mut Value) {
    let mut found: Map<String, Value> = Map::new();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(|item| item.values_mut());
    for parameter in operations.filter_map(|operation| operation["parameters"].as_array_mut()).flatten() {
        let name: String = parameter["name"].as_str().unwrap_or_default().split('_').map(capitalised).collect();
        let is_list = parameter["schema"].get("enum").is_some();
        if is_list && found.get(&name).is_none_or(|known| *known == parameter["schema"]) {
            found.insert(name.clone(), parameter["schema"].take());
            parameter["schema"] = json!({ "$ref": format!("#/components/schemas/{name}") });
        }
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, schema) in found {
            assert!(schemas.insert(name.clone(), schema).is_none(), "a parameter and a type share the name {name}");
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
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

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    let items = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    items.filter_map(Value::as_object).flat_map(|item| item.values())
}

/// Names of the components that operations refer to at this end, directly or through others.
fn reachable(document: &Value, end: End) -> BTreeSet<String> {
    let mut waiting = Vec::new();
    for operation in operations(document) {
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
