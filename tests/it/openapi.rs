//! The document that clients are generated from: what is committed is what the code says, and it keeps the promises of the API.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use title_review::http::openapi;
use title_review::server::{self, all_routes};

use crate::generated::{assert_generated, root};
use crate::support::contract::component_faults;

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

pub fn document() -> Value {
    openapi::document(&all_routes())
}

/// Every operation: method, path, operation.
fn operations(document: &Value) -> Vec<(String, String, &Map<String, Value>)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{path}: {method}");
            found.push((method.to_uppercase(), path.clone(), operation.as_object().unwrap()));
        }
    }
    found
}

/// Calls `visit` on every object of the document with the place where it stands.
fn each_object(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Map<String, Value>)) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each_object(item, &format!("{place}/{index}"), visit);
            }
        }
        Value::Object(map) => {
            visit(place, map);
            for (key, inner) in map {
                each_object(inner, &format!("{place}/{}", key.replace('/', "~1")), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn the_documents_are_up_to_date() {
    assert_generated("openapi/title-review.json", &server::openapi_text(false));
    assert_generated("openapi/title-review-3.0.json", &server::openapi_text(true));
}

#[test]
fn routes_and_paths_are_the_same() {
    let routes = all_routes();
    let of_routes: BTreeSet<_> = routes.rows().iter().map(|row| (row.method.to_string(), row.path.clone())).collect();
    assert_eq!(of_routes.len(), routes.rows().len(), "a route is listed twice");
    let document = document();
    let of_document: BTreeSet<_> = operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(of_routes, of_document);
}

#[test]
fn operations_are_named_and_described() {
    let document = document();
    let tags: BTreeSet<&str> = document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let handlers = handlers();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{at}: {name} is not unique");
        assert!(handlers.contains(name), "{at}: no handler is called {name}");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(summary.contains(" / ") && !summary.is_ascii(), "{at}: the summary is in both languages: {summary:?}");
        let own: Vec<&str> = operation["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        assert!(own.len() == 1 && tags.contains(own[0]), "{at}: {own:?}");
        let responses = operation["responses"].as_object().unwrap();
        // Of a file a client may get a part, and of what it has it may be told that it has it.
        let statuses = responses.keys().filter(|status| !["206", "304"].contains(&status.as_str()));
        let (mut good, refused): (Vec<_>, Vec<_>) = statuses.partition(|status| status.starts_with('2'));
        // What goes on by itself is found again by a repeat.
        if good == ["200", "202"] {
            good.pop();
        }
        assert_eq!(good.len(), 1, "{at}: one success status");
        assert!(refused.iter().any(|status| status.starts_with('4')), "{at}: no refusal");
        for status in refused {
            let (kind, body) = if path.starts_with("/oauth2/") {
                ("application/json", "#/components/schemas/OAuthError")
            } else {
                ("application/problem+json", "#/components/schemas/Problem")
            };
            assert_eq!(responses[status]["content"][kind]["schema"]["$ref"], body, "{at}: {status}");
        }
        if method == "POST" || method == "PUT" {
            let needs = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            assert!(needs.iter().all(|parameter| parameter["schema"].is_object() || parameter.get("$ref").is_some()), "{at}");
        }
    }
}

/// Names of the functions below `src/`.
fn handlers() -> BTreeSet<String> {
    fn walk(folder: &std::path::Path, into: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, into);
            } else if entry.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&entry).unwrap();
                into.extend(text.split("async fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap().to_owned()));
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&root().join("src"), &mut found);
    found
}

#[test]
fn references_resolve_and_unions_are_nullable_wrappers() {
    for (name, document) in [("3.1", document()), ("3.0", openapi::downgrade(&document()))] {
        each_object(&document, "", &mut |place, map| {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                let found = document.pointer(reference.trim_start_matches('#'));
                assert!(
                    found.is_some(),
                    "{name} {place}: {reference} does not resolve (a type used only in a query needs `#[param(inline)]`)"
                );
                assert!(name == "3.1" || map.len() == 1, "{name} {place}: a reference has siblings");
            }
            if place.ends_with("/properties") {
                return;
            }
            assert!(!map.contains_key("anyOf"), "{name} {place}: anyOf");
            if let Some(choices) = map.get("oneOf").and_then(Value::as_array) {
                let nulls = choices.iter().filter(|choice| choice["type"] == "null").count();
                assert!(name == "3.1" && choices.len() == 2 && nulls == 1, "{name} {place}: a union");
            }
            if let Some(parts) = map.get("allOf").and_then(Value::as_array) {
                assert!(name == "3.0" && parts.len() == 1, "{name} {place}: allOf");
            }
            let nullable_list = map.get("type").and_then(Value::as_array).is_none_or(|types| types.len() == 2);
            assert!(nullable_list, "{name} {place}: a list of types");
        });
    }
}

/// Names of the components used in requests, and in answers.
fn uses(document: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let closure = |start: Vec<&Value>| {
        let mut waiting = Vec::new();
        let note = |value: &Value, waiting: &mut Vec<String>| {
            each_object(value, "", &mut |_, map| {
                if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
                    waiting.push(name.to_owned());
                }
            });
        };
        for value in start {
            note(value, &mut waiting);
        }
        let mut found = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if found.insert(name.clone()) {
                note(&document["components"]["schemas"][&name], &mut waiting);
            }
        }
        found
    };
    let all = operations(document);
    let sent = all.iter().flat_map(|(.., operation)| [operation.get("requestBody"), operation.get("parameters")]).flatten();
    let answered = all.iter().filter_map(|(.., operation)| operation.get("responses"));
    (closure(sent.collect()), closure(answered.collect()))
}

#[test]
fn answers_have_all_their_fields_and_may_grow() {
    let document = document();
    let (sent, answered) = uses(&document);
    // RFC 7662 lets an answer about an inactive token leave everything else out.
    for name in answered.difference(&sent).filter(|name| *name != "TokenIntrospection") {
        let schema = &document["components"]["schemas"][name];
        if let Some(properties) = schema["properties"].as_object() {
            let required: BTreeSet<&str> = schema["required"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
            let all: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
            assert_eq!(required, all, "{name}");
            assert_ne!(schema["additionalProperties"], false, "{name}");
        }
    }
    let unused: Vec<&String> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| !sent.contains(*name) && !answered.contains(*name))
        .collect();
    assert!(unused.is_empty(), "no operation uses {unused:?}");
}

#[test]
fn enum_values_in_the_schema_match_the_json_values() {
    let document = document();
    let list = |name: &str, key: &str| -> Vec<String> {
        let values = document["components"]["schemas"][name][key].as_array().unwrap_or_else(|| panic!("{name} has no {key}"));
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let stages: Vec<String> = title_review_core::vocabulary::Stage::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(list("StageValue", "x-extensible-enum"), stages, "who reads may meet further ones");
    assert_eq!(list("Stage", "enum"), stages, "who asks picks one of these");
    let levels: Vec<String> = title_review_core::vocabulary::Level::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(list("Level", "enum"), levels);
    each_object(&document["components"], "", &mut |place, map| {
        for key in ["enum", "x-extensible-enum"] {
            for value in map.get(key).and_then(Value::as_array).into_iter().flatten() {
                let word = value.as_str().unwrap();
                let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
                let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
                let plain = !mixed && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                assert!(plain, "{place}: {word}");
            }
        }
    });
}

#[test]
fn request_schemas_have_limits() {
    let document = document();
    let (sent, answered) = uses(&document);
    let mut unbounded = BTreeMap::new();
    for name in sent.difference(&answered) {
        each_object(&document["components"]["schemas"][name], name, &mut |place, map| {
            let is = |kind: &str| {
                map.get("type")
                    .is_some_and(|types| types == kind || types.as_array().is_some_and(|list| list.iter().any(|t| t == kind)))
            };
            let has = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
            let missing = if ["/properties", "/example", "/items"].iter().any(|end| place.ends_with(end)) {
                false
            } else if is("string") {
                !has(&["maxLength", "pattern", "format", "enum", "x-extensible-enum"])
            } else if is("integer") {
                !has(&["minimum", "maximum"])
            } else {
                is("array") && !has(&["maxItems"])
            };
            if missing {
                unbounded.insert(place.to_owned(), map.get("type").cloned());
            }
        });
    }
    assert!(unbounded.is_empty(), "without a bound: {unbounded:#?}");
}

/// What is wrong with a value under a schema of the 3.0 variant: types, null, required and unknown fields, closed enums.
fn faults(value: &Value, schema: &Value, schemas: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(path) = schema["$ref"].as_str() {
        return faults(value, &schemas[path.rsplit('/').next().unwrap()], schemas, place, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        faults(value, part, schemas, place, found);
    }
    if value.is_null() {
        let any = schema.as_object().is_some_and(|schema| !schema.contains_key("type") && !schema.contains_key("allOf"));
        if schema["nullable"] != true && schema.get("allOf").is_none() && !any {
            found.push(format!("{place}: null"));
        }
        return;
    }
    let fits = match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(other) => panic!("{place}: a type {other}"),
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    if !fits || !listed {
        found.push(format!("{place}: {value}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        faults(item, &schema["items"], schemas, &format!("{place}/{index}"), found);
    }
    if let Some(fields) = value.as_object() {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|name| !fields.contains_key(*name)).map(|name| format!("{place}: no {name}")));
        for (name, inner) in fields {
            if let Some(property) = schema["properties"].get(name) {
                faults(inner, property, schemas, &format!("{place}/{name}"), found);
            } else if schema["additionalProperties"] == false {
                found.push(format!("{place}: {name} is not known"));
            }
        }
    }
}

/// What is wrong with the examples of a 3.0 document.
fn example_faults(legacy: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each_object(&legacy["paths"], "", &mut |place, map| {
        if let (Some(example), Some(schema)) = (map.get("example"), map.get("schema"))
            && place.contains("/content/")
        {
            faults(example, schema, &legacy["components"]["schemas"], place, &mut found);
        }
    });
    found
}

#[test]
fn examples_are_of_their_schemas() {
    let legacy = openapi::downgrade(&document());
    assert_eq!(example_faults(&legacy), Vec::<String>::new());
    // A reference that admits null by its sibling alone is caught, and so is a field that is missing.
    let mut wrong = legacy.clone();
    let schemas = wrong["components"]["schemas"].as_object_mut().unwrap();
    schemas["Posting"]["nullable"] = false.into();
    schemas["Version"]["required"].as_array_mut().unwrap().push("colour".into());
    let found = example_faults(&wrong);
    assert!(found.iter().any(|fault| fault.ends_with("posting: null")), "{found:?}");
    assert!(found.iter().any(|fault| fault.ends_with("no colour")), "{found:?}");
}

#[test]
fn answers_that_are_not_as_documented_are_found() {
    type Change = fn(&mut Value);
    let value = |change: Change| {
        let mut value = serde_json::json!({
            "id": "0190cd65-a580-7000-8000-000000000001", "kind": "delay", "account_id": null, "organisation_id": null, "ground": "1.1d",
            "reason": "…", "from_day": "2024-01-01", "until_day": null, "first_year": null, "last_year": null, "application_id": null,
            "recorded_by": "0190cd65-a580-7000-8000-000000000002", "recorded_at": "2024-07-22T09:00:00.000+08:00",
        });
        change(&mut value);
        component_faults(document(), "Sanctioned", &value)
    };
    assert_eq!(value(|_| {}), Vec::<String>::new());
    let changes: [(Change, &str); 6] = [
        (|value| value["colour"] = 1.into(), "Sanctioned: colour"),
        (|value| value["kind"] = "other".into(), "Sanctioned/kind: "),
        (|value| value["ground"] = Value::Null, "Sanctioned/ground: "),
        (|value| value["from_day"] = "2024-02-30".into(), "Sanctioned/from_day: "),
        (|value| value["first_year"] = 2024.5.into(), "Sanctioned/first_year: "),
        (|value| drop(value.as_object_mut().unwrap().remove("until_day")), "Sanctioned: no until_day"),
    ];
    for (change, place) in changes {
        let found = value(change);
        assert!(found.len() == 1 && found[0].starts_with(place), "{place}: {found:?}");
    }
}
