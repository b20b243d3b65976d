//! The OpenAPI document: 3.1 from the route list, and its 3.0.3 variant for older generators.

mod components;
mod headers;
mod shape;

use super::routes::{RouteRow, Routes};
use crate::problem::{FieldErrorBody, OAuthErrorBody, ProblemBody};
use actix_web::http::Method;
use components::Components;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Tags in the order of the page, with their Chinese names.
const TAGS: &[(&str, &str, &str)] = &[
    ("system", "系统", "Health, version, documents"),
    ("identity", "登录与账号", "Registration, sessions, own account"),
    ("machines", "程序接入", "OAuth 2.0 clients, tokens for programs"),
    ("organisations", "机构与成员", "Organisations, memberships and roles"),
    ("cycles", "年度通知", "The notice as data: windows, conditions, evidence, contacts, deadlines"),
    ("profile", "个人资料", "The reusable profile"),
    ("applications", "申报", "Drafts, checks, submission, history"),
    ("attachments", "材料", "Evidence files"),
    ("review", "审核", "Inbox, decisions, corrections"),
    ("publicity", "公示", "Employer and result publicity, objections"),
    ("study", "继续教育", "The registry of continuing education"),
    ("imports", "批量导入", "Files of many lines: checked, run, corrected, sent again"),
    ("payments", "缴费", "Orders, confirmation, receipts"),
    ("meetings", "评审会议", "Originals, defence, meeting and tally"),
    ("results", "结果与证书", "Results, certificates, sanctions"),
    ("audit", "监督与审计", "The record of every act"),
    ("sandbox", "沙箱", "Simulated time and demo data"),
];

/// Real requests and answers by operation id, kept by the story `examples`.
static EXAMPLES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../openapi/examples.json")).unwrap_or_default());

/// The 3.1 document. Two types that share a name but not a schema are an error of the program: it does not start.
///
/// # Panics
/// Where two unequal schemas have one name.
#[must_use]
pub fn document(routes: &Routes) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut components = Components::default();
    components.add::<ProblemBody>();
    components.add::<FieldErrorBody>();
    components.add::<OAuthErrorBody>();
    for row in routes.rows() {
        for (name, schema) in &row.doc.schemas {
            components.insert(name, schema, &row.operation_id);
        }
    }
    let schemas = components.finish().unwrap_or_else(|names| panic!("two unequal schemas of one name: {names}"));
    for row in routes.rows() {
        let item = paths.entry(row.path.clone()).or_insert_with(|| Value::Object(Map::new()));
        item[row.method.as_str().to_ascii_lowercase()] = operation(row, &schemas);
    }
    paths.sort_keys();
    let tags: Vec<Value> = TAGS
        .iter()
        .map(|(name, zh, description)| json!({ "name": name, "description": description, "x-displayName": zh }))
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "title-review",
            "version": env!("CARGO_PKG_VERSION"),
            "description": include_str!("openapi.md"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "本服务器 / this server" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": headers::parameters(),
            "headers": headers::components(),
            "securitySchemes": security_schemes(),
        },
    });
    shape::settle(&mut document);
    document
}

fn operation(row: &RouteRow, schemas: &Map<String, Value>) -> Value {
    let mut value = serde_json::to_value(&row.operation).unwrap_or(Value::Null);
    let Value::Object(map) = &mut value else { return value };
    map.remove("x-problems");
    let mut parameters: Vec<Value> = path_parameters(&row.path);
    parameters.extend(row.doc.parameters.iter().cloned());
    headers::add_parameters(row, &mut parameters);
    map.insert("parameters".to_owned(), Value::Array(parameters));
    if let Some(body) = &row.doc.request_body {
        map.insert("requestBody".to_owned(), body.clone());
    }
    let example = EXAMPLES.get(&row.operation_id);
    if let Some(request) = example.and_then(|example| example.get("request"))
        && let Some(content) = map.get_mut("requestBody").and_then(|body| body.pointer_mut("/content/application~1json"))
    {
        content["example"] = request.clone();
    }
    let mut responses = Map::new();
    for (status, response) in row.doc.success.iter().chain(&row.doc.further) {
        responses.insert(status.to_string(), response.clone());
    }
    if let Some(answer) = example.and_then(|example| example.get("response"))
        && let Some((status, _)) = &row.doc.success
        && let Some(content) =
            responses.get_mut(&status.to_string()).and_then(|response| response.pointer_mut("/content/application~1json"))
    {
        content["example"] = answer.clone();
    }
    for (status, response) in row.doc.problem_responses() {
        responses.insert(status.to_string(), response);
    }
    headers::add(row, &mut responses, schemas);
    map.insert("responses".to_owned(), Value::Object(responses));
    map.insert("security".to_owned(), security(row));
    if row.method == Method::PUT || row.method == Method::DELETE {
        map.insert("x-http-method-override".to_owned(), "POST".into());
    }
    if let Some(permission) = row.permission {
        let roles: Map<String, Value> =
            permission.holders().iter().map(|(role, scope)| (role.as_str().to_owned(), Value::from(scope.as_str()))).collect();
        map.insert("x-permission".to_owned(), permission.as_str().into());
        map.insert("x-roles".to_owned(), Value::Object(roles));
    }
    value
}

/// Ways of showing who one is.
fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "本人会话的访问令牌，由 `POST /v1/sessions` 取得 / access token of a person's session, from `POST /v1/sessions`",
        },
        "clientCredentials": {
            "type": "oauth2",
            "description": "程序（服务账号）的访问令牌，范围为“角色:地区”，如 `reviewer:652901` / access token of a program; its scopes are roles and regions such as `reviewer:652901`",
            "flows": { "clientCredentials": { "tokenUrl": "/oauth2/token", "scopes": {} } },
        },
        "personalToken": {
            "type": "http", "scheme": "bearer", "bearerFormat": "trp",
            "description": "个人令牌，由 `POST /v1/me/tokens` 创建 / a token that a person has made, from `POST /v1/me/tokens`",
        },
        "clientSecret": {
            "type": "http", "scheme": "basic",
            "description": "`client_secret_basic`；也可在表单中以 `client_secret` 或 `client_assertion` 认证 / or `client_secret`, or `client_assertion`, in the form",
        },
    })
}

/// What an operation asks for, one of several where there are several.
fn security(row: &RouteRow) -> Value {
    if row.doc.client {
        json!([{ "clientSecret": [] }, {}])
    } else if row.doc.in_person {
        json!([{ "bearer": [] }])
    } else if row.signed_in {
        json!([{ "bearer": [] }, { "clientCredentials": [] }, { "personalToken": [] }])
    } else {
        json!([])
    }
}

/// Parameters of the path; names that end in `_id` are UUIDs.
fn path_parameters(path: &str) -> Vec<Value> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .map(|name| {
            let schema = if name.ends_with("_id") {
                json!({ "type": "string", "format": "uuid" })
            } else {
                json!({ "type": "string", "maxLength": 200 })
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}

/// The 3.0.3 variant: type arrays become `nullable`, one-value `const` an enum, `examples` an `example`.
#[must_use]
pub fn downgrade(document: &Value) -> Value {
    let mut legacy = lower(document);
    legacy["openapi"] = "3.0.3".into();
    if let Some(license) = legacy["info"]["license"].as_object_mut() {
        license.remove("identifier");
        license.insert("url".to_owned(), "https://www.apache.org/licenses/LICENSE-2.0".into());
    }
    let schemas = legacy["components"]["schemas"].clone();
    let before = uses_of(&legacy);
    admit_null(&mut legacy, &schemas);
    let uses = uses_of(&legacy);
    if let Some(schemas) = legacy["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| uses.contains_key(name) || !before.contains_key(name));
    }
    // What is never referred to but nullable is itself nullable: beside it `allOf` would still refuse null.
    for name in uses.into_iter().filter_map(|(name, uses)| (uses.nullable == uses.all).then_some(name)) {
        if let Some(schema) = legacy["components"]["schemas"][name.as_str()].as_object_mut() {
            schema.insert("nullable".to_owned(), true.into());
            if let Some(Value::Array(values)) = schema.get_mut("enum") {
                values.push(Value::Null);
            }
        }
    }
    legacy
}

/// How often a component is referred to.
#[derive(Default)]
struct Uses {
    all: usize,
    nullable: usize,
}

/// Name of the component that an object of a 3.0 document refers to.
fn referred(map: &Map<String, Value>) -> Option<&str> {
    map.get("allOf").and_then(|parts| parts[0]["$ref"].as_str()).and_then(|path| path.rsplit('/').next())
}

fn is_nullable(map: &Map<String, Value>) -> bool {
    map.get("nullable") == Some(&Value::Bool(true))
}

fn uses_of(document: &Value) -> BTreeMap<String, Uses> {
    let mut uses = BTreeMap::new();
    count_uses(document, &mut uses);
    uses
}

fn count_uses(value: &Value, uses: &mut BTreeMap<String, Uses>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| count_uses(item, uses)),
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
                uses.entry(name.to_owned()).or_default().all += 1;
            }
            if let Some(name) = referred(map).filter(|_| is_nullable(map)) {
                uses.entry(name.to_owned()).or_default().nullable += 1;
            }
            map.values().for_each(|inner| count_uses(inner, uses));
        }
        _ => {}
    }
}

/// In 3.0 `nullable` counts only beside a `type`, and beside a reference only if what it refers to admits null. So a nullable reference gets the
/// type of what it refers to, and where that is a plain text or number it is written out.
fn admit_null(value: &mut Value, schemas: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| admit_null(item, schemas)),
        Value::Object(map) => {
            if is_nullable(map)
                && let Some(schema) = referred(map).and_then(|name| schemas[name].as_object())
            {
                let plain = !schema.contains_key("enum") && !schema.contains_key("properties");
                if plain && schema.get("type").is_some_and(|kind| kind != "object" && kind != "array") {
                    map.remove("allOf");
                    for (key, inner) in schema {
                        map.entry(key.clone()).or_insert_with(|| inner.clone());
                    }
                } else if let Some(kind) = schema.get("type") {
                    map.insert("type".to_owned(), kind.clone());
                }
            }
            map.values_mut().for_each(|inner| admit_null(inner, schemas));
        }
        _ => {}
    }
}

fn is_null_type(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("null")
}

fn lower(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(lower).collect()),
        Value::Object(map) => lower_object(map),
        other => other.clone(),
    }
}

fn lower_object(map: &Map<String, Value>) -> Value {
    // `oneOf: [null, X]` becomes a nullable X; a bare `$ref` may have no siblings in 3.0, so it is wrapped.
    if let Some(Value::Array(choices)) = map.get("oneOf")
        && choices.iter().any(is_null_type)
    {
        let mut rest: Vec<Value> = choices.iter().filter(|choice| !is_null_type(choice)).map(lower).collect();
        let mut out: Map<String, Value> =
            map.iter().filter(|(key, _)| *key != "oneOf").map(|(key, inner)| (key.clone(), lower(inner))).collect();
        out.insert("nullable".to_owned(), true.into());
        if rest.len() == 1 && rest[0].get("$ref").is_none() {
            if let Value::Object(only) = rest.remove(0) {
                out.extend(only);
            }
        } else {
            let key = if rest.len() == 1 { "allOf" } else { "oneOf" };
            out.insert(key.to_owned(), Value::Array(rest));
        }
        return Value::Object(out);
    }
    let mut out = Map::new();
    for (key, inner) in map {
        match (key.as_str(), inner) {
            ("type", Value::Array(types)) => {
                let kinds: Vec<&Value> = types.iter().filter(|kind| kind.as_str() != Some("null")).collect();
                if let [kind] = kinds.as_slice() {
                    out.insert("type".to_owned(), (*kind).clone());
                }
                if kinds.len() < types.len() {
                    out.insert("nullable".to_owned(), true.into());
                }
            }
            ("const", constant) => {
                out.insert("enum".to_owned(), json!([constant]));
            }
            ("examples", Value::Array(examples)) => {
                if let Some(first) = examples.first() {
                    out.insert("example".to_owned(), first.clone());
                }
            }
            ("propertyNames", _) => {}
            ("exclusiveMinimum", Value::Number(bound)) => {
                out.insert("minimum".to_owned(), Value::Number(bound.clone()));
                out.insert("exclusiveMinimum".to_owned(), true.into());
            }
            _ => {
                out.insert(key.clone(), lower(inner));
            }
        }
    }
    if out.contains_key("$ref") && out.len() > 1 {
        let reference = out.remove("$ref");
        out.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
    Value::Object(out)
}
