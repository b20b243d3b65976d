//! Every answer of a story is held against the document: its status, its header fields, its media type, the codes of its problem, and its body, whose
//! objects are closed and whose lists of words are complete. What the document does not say is a fault, whether a client would mind or not.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use regex::Regex;
use serde_json::{Map, Value};
use title_review::http::openapi;
use title_review::server::all_routes;

use super::world::Reply;

/// Header fields of HTTP and of browsers: they say nothing about an operation.
const HTTP: &[&str] = &[
    "accept-encoding",
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "pragma",
    "referrer-policy",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
    "x-frame-options",
];

/// What is refused before the operation is looked for, whichever it is: the introduction of the document names them.
const BEFORE_ROUTES: &[&str] = &[
    "bad_request",
    "headers_too_large",
    "invalid_header",
    "not_acceptable",
    "not_found",
    "unsupported_media_type",
    "uri_too_long",
];

/// Keywords that hold of a value of another type, are looked at beside the others, or say nothing about the value.
const ELSEWHERE: &[&str] = &[
    "$ref",
    "additionalProperties",
    "default",
    "deprecated",
    "description",
    "enum",
    "example",
    "examples",
    "items",
    "maxLength",
    "maximum",
    "minLength",
    "minimum",
    "oneOf",
    "properties",
    "propertyNames",
    "readOnly",
    "title",
    "writeOnly",
];

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::of(openapi::document(&all_routes())));

/// What the document says, ready to be compared.
struct Contract {
    document: Value,
    /// Segments of the path, and the path itself.
    paths: Vec<(Vec<String>, String)>,
    patterns: Mutex<BTreeMap<String, Regex>>,
}

/// What is wrong with the answer to a request of this method and path, by the document; nothing where the document has no such operation.
pub fn faults(method: &str, path: &str, reply: &Reply) -> Vec<String> {
    CONTRACT.faults(method, path, reply)
}

/// What is wrong with a value under a component of this document.
pub fn component_faults(document: Value, name: &str, value: &Value) -> Vec<String> {
    let contract = Contract::of(document);
    let mut found = Vec::new();
    contract.compare(value, &contract.document["components"]["schemas"][name], name, &mut found);
    found
}

impl Contract {
    fn of(document: Value) -> Self {
        let paths = document["paths"].as_object().expect("paths").keys();
        let paths = paths.map(|path| (path.split('/').map(str::to_owned).collect(), path.clone())).collect();
        Self { document, paths, patterns: Mutex::default() }
    }

    /// The operation of a request; of several templates that fit, the one with most fixed segments.
    fn operation(&self, method: &str, path: &str) -> Option<&Map<String, Value>> {
        let asked: Vec<&str> = path.split(['?', '#']).next()?.split('/').collect();
        let fixed = |template: &[String]| template.iter().filter(|segment| !segment.contains('{')).count();
        let fits = |template: &&(Vec<String>, String)| {
            template.0.len() == asked.len()
                && template.0.iter().zip(&asked).all(|(wanted, given)| wanted.contains('{') && !given.is_empty() || wanted == given)
        };
        let (_, template) = self.paths.iter().filter(fits).max_by_key(|(template, _)| fixed(template))?;
        let method = if method == "HEAD" { "get".to_owned() } else { method.to_ascii_lowercase() };
        self.document["paths"][template].get(&method)?.as_object()
    }

    fn faults(&self, method: &str, path: &str, reply: &Reply) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else { return Vec::new() };
        let mut found = Vec::new();
        let code = reply.body["code"].as_str().filter(|_| reply.status >= 400);
        let Some(response) = operation["responses"].get(reply.status.to_string()) else {
            // An answer to HEAD has no body that would say why it is refused.
            if method != "HEAD" && !code.is_some_and(|code| BEFORE_ROUTES.contains(&code)) {
                found.push(format!("the status {} is not documented: {}", reply.status, reply.body));
            }
            return found;
        };
        let codes = response["x-problem-codes"].as_array();
        if let (Some(code), Some(codes)) = (code, codes)
            && !codes.iter().any(|known| known == code)
            && !BEFORE_ROUTES.contains(&code)
        {
            found.push(format!("the problem {code} of {} is not documented", reply.status));
        }
        self.compare_headers(reply, response, &mut found);
        let kind = reply.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
        let contents = response["content"].as_object();
        if reply.bytes.is_empty() {
            if contents.is_some() && method != "HEAD" && reply.status != 206 {
                found.push("a body is documented and there is none".to_owned());
            }
            return found;
        }
        match contents.and_then(|contents| contents.get(kind)) {
            None => found.push(format!("the media type {kind:?} is not documented")),
            Some(content) if kind == "application/json" || kind.ends_with("+json") => {
                self.compare(&reply.body, &content["schema"], "", &mut found);
            }
            Some(content) => {
                let lines = reply.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                if let Some(schema) = content["schema"].get("x-line-schema") {
                    for line in lines.map(serde_json::from_slice::<Value>) {
                        self.compare(&line.expect("a line of JSON"), schema, "line", &mut found);
                    }
                }
            }
        }
        found
    }

    fn compare_headers(&self, reply: &Reply, response: &Value, found: &mut Vec<String>) {
        let known = response["headers"].as_object();
        let is = |headers: Option<&Map<String, Value>>, name: &str| {
            headers.is_some_and(|headers| headers.keys().any(|known| known.eq_ignore_ascii_case(name)))
        };
        for (name, _) in &reply.headers {
            // Of a refusal the document repeats only what is particular to it.
            let general = reply.status >= 300 && is(self.document["components"]["headers"].as_object(), name);
            if !HTTP.contains(&name.as_str()) && !is(known, name) && !general {
                found.push(format!("the header field {name} of {} is not documented", reply.status));
            }
        }
    }

    /// What is wrong with a value under a schema. Answers are described with these keywords alone: another one is an error of this comparison.
    fn compare(&self, value: &Value, schema: &Value, place: &str, found: &mut Vec<String>) {
        let Some(schema) = schema.as_object() else { return };
        let mut fault = |text: String| found.push(format!("{place}: {text}"));
        for (keyword, rule) in schema {
            let number = |value: &Value| value.as_f64().unwrap_or_default();
            let length = |text: &str| f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
            match keyword.as_str() {
                "type" => {
                    let fits =
                        rule.as_array().map_or_else(|| is_of(value, rule), |kinds| kinds.iter().any(|kind| is_of(value, kind)));
                    if !fits {
                        fault(format!("{value} is not of the type {rule}"));
                    }
                }
                "enum" | "x-extensible-enum" if !value.is_null() => {
                    if !rule.as_array().expect("a list").contains(value) {
                        fault(format!("{value} is not listed"));
                    }
                }
                "minimum" if value.is_number() && number(value) < number(rule) => fault(format!("{value} is below {rule}")),
                "maximum" if value.is_number() && number(value) > number(rule) => fault(format!("{value} is above {rule}")),
                "minLength" if value.as_str().is_some_and(|text| length(text) < number(rule)) => {
                    fault(format!("{value} is too short"));
                }
                "maxLength" if value.as_str().is_some_and(|text| length(text) > number(rule)) => {
                    fault(format!("{value} is too long"));
                }
                "minItems" | "maxItems" => {
                    let count = value.as_array().map(|items| items.len() as u64);
                    let bound = rule.as_u64().expect("a bound");
                    if count.is_some_and(|count| if keyword == "minItems" { count < bound } else { count > bound }) {
                        fault(format!("{keyword} is {rule}"));
                    }
                }
                "pattern" => {
                    let pattern = rule.as_str().expect("a pattern");
                    let mut patterns = self.patterns.lock().expect("patterns");
                    let regex = patterns.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).expect("a pattern"));
                    if value.as_str().is_some_and(|text| !regex.is_match(text)) {
                        fault(format!("{value} does not match {pattern}"));
                    }
                }
                "format" => {
                    if value.as_str().is_some_and(|text| !has_format(text, rule.as_str().expect("a format"))) {
                        fault(format!("{value} is not of the format {rule}"));
                    }
                }
                "required" => {
                    let names = rule.as_array().expect("names").iter().filter_map(Value::as_str);
                    names
                        .filter(|name| value.is_object() && value.get(name).is_none())
                        .for_each(|name| fault(format!("no {name}")));
                }
                other if other.starts_with("x-") || ELSEWHERE.contains(&other) => {}
                other => panic!("{place}: the keyword {other}"),
            }
        }
        self.compare_inner(value, schema, place, found);
    }

    fn compare_inner(&self, value: &Value, schema: &Map<String, Value>, place: &str, found: &mut Vec<String>) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let referred = self.document.pointer(reference.trim_start_matches('#')).expect("a schema");
            self.compare(value, referred, place, found);
        }
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            // A schema that may be null: what is not null has to be of the other one.
            let choice = choices.iter().find(|choice| (choice["type"] == "null") == value.is_null()).expect("null or not");
            self.compare(value, choice, place, found);
        }
        if let (Some(items), Some(item)) = (value.as_array(), schema.get("items")) {
            for (index, inner) in items.iter().enumerate() {
                self.compare(inner, item, &format!("{place}/{index}"), found);
            }
        }
        let Some(fields) = value.as_object() else { return };
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        for (name, inner) in fields {
            match (properties.and_then(|properties| properties.get(name)), others) {
                (Some(property), _) => self.compare(inner, property, &format!("{place}/{name}"), found),
                (None, Some(others)) => self.compare(inner, others, &format!("{place}/{name}"), found),
                // A schema of any object lists no properties.
                (None, None) if properties.is_some() => found.push(format!("{place}: {name} is not documented")),
                (None, None) => {}
            }
        }
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => panic!("the type {kind}"),
    }
}

fn has_format(text: &str, format: &str) -> bool {
    match format {
        "date" => text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok(),
        "date-time" => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        "uuid" => text.len() == 36 && text.parse::<uuid::Uuid>().is_ok(),
        "email" => text.contains('@'),
        "uri" => text.contains(':'),
        "binary" | "password" => true,
        other => panic!("the format {other}"),
    }
}
