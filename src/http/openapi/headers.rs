//! Header fields that follow from how an operation is declared: what it is asked with and what it answers with beside its body.

use crate::http::routes::RouteRow;
use crate::problem::Code;
use actix_web::http::Method;
use serde_json::{Map, Value, json};

/// Header fields of answers, by the name under which responses refer to them.
pub(super) fn components() -> Value {
    let text = |description: &str, example: &str| json!({ "description": description, "schema": { "type": "string" }, "example": example });
    json!({
        "ETag": text("此表示的标识；`If-None-Match` 用它，`If-Match` 比较其中的版本 / tag of this representation, for If-None-Match; If-Match compares the version in it", "\"3.9JQ0cXtl1ErzaVMA\""),
        "Idempotency-Replayed": text("`true`：这是同一键第一次请求的答复 / `true`: the answer that the first request with this key got", "true"),
        "Link": text("下一页，`rel=\"next\"`；最后一页没有 / the next page; absent on the last (RFC 8288)", "</v1/applications?limit=50&cursor=AAAA>; rel=\"next\""),
        "Location": text("所建对象的地址，若它有自己的地址 / address of what was created, where it has one of its own", "/v1/applications/0190cd65-a580-7000-8000-000000000001"),
        "RateLimit": text("所属限额还剩多少（`r`），多少秒后恢复（`t`） / what is left of the quota, and the seconds until all of it is back", "\"signed-in\";r=598;t=1"),
        "RateLimit-Policy": text("所属限额（`q`）及其秒数（`w`） / the quota that this request counts against, and its window in seconds", "\"signed-in\";q=600;w=60"),
        "Retry-After": json!({ "description": "多少秒后可再试 / seconds after which to try again", "schema": { "type": "integer", "format": "int32", "minimum": 1 }, "example": 5 }),
        "Simulated-Time": text("只在沙箱中：服务器认为的此刻 / sandbox only: what the server takes for now", "2024-07-22T09:00:00.000+08:00"),
        "Trace-Id": text("与日志和问题中的 `trace_id` 相同 / the `trace_id` of logs and problems", "4bf92f3577b34da6a3ce929d0e0e4736"),
        "WWW-Authenticate": text("如何证明身份 / how to show who one is", "Bearer"),
    })
}

/// Header fields of requests, by the name under which operations refer to them.
pub(super) fn parameters() -> Value {
    json!({
        "AcceptLanguage": {
            "name": "Accept-Language", "in": "header", "required": false,
            "description": "`title`、`detail` 等文字的语言：`zh-CN`（默认）或 `en` / the language of texts for people: `zh-CN` unless `en` is asked for",
            "schema": { "type": "string", "maxLength": 200 }, "example": "en",
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "已有的 ETag；内容未变则返回 304 / the ETag that the client has: 304 when the answer would be the same",
            "schema": { "type": "string", "maxLength": 1000 }, "example": "\"3.9JQ0cXtl1ErzaVMA\"",
        },
    })
}

fn refer(headers: &mut Map<String, Value>, name: &str) {
    headers.entry(name).or_insert_with(|| json!({ "$ref": format!("#/components/headers/{name}") }));
}

/// The `headers` of a response, added where it has none.
fn headers_of(response: &mut Value) -> Option<&mut Map<String, Value>> {
    response.as_object_mut()?.entry("headers").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// Whether one of the parameters is this header field.
fn asks_for(row: &RouteRow, name: &str) -> bool {
    row.doc.parameters.iter().any(|parameter| parameter["in"] == "header" && parameter["name"] == name)
}

/// The answer has an ETag, and reading it is what the operation does.
fn is_validated(row: &RouteRow) -> bool {
    let has_tag =
        |response: &Value| response["headers"].get("ETag").is_some() || response["content"].get("application/json").is_some();
    row.method == Method::GET && row.doc.success.as_ref().is_some_and(|(_, response)| has_tag(response))
}

/// The answer is a page of a list.
fn is_page(row: &RouteRow, schemas: &Map<String, Value>) -> bool {
    let schema = row.doc.success.as_ref().and_then(|(_, response)| response.pointer("/content/application~1json/schema/$ref"));
    let name = schema.and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    name.and_then(|name| schemas.get(name)).is_some_and(|schema| schema["properties"].get("next_cursor").is_some())
}

/// What a request may say beside what the arguments of the handler ask for.
pub(super) fn add_parameters(row: &RouteRow, parameters: &mut Vec<Value>) {
    parameters.push(json!({ "$ref": "#/components/parameters/AcceptLanguage" }));
    if is_validated(row) && !asks_for(row, "If-None-Match") {
        parameters.push(json!({ "$ref": "#/components/parameters/IfNoneMatch" }));
    }
}

/// What the answers say beside their bodies; 304 where the answer has an ETag. `schemas` tell pages from other answers.
pub(super) fn add(row: &RouteRow, responses: &mut Map<String, Value>, schemas: &Map<String, Value>) {
    if is_validated(row) {
        let known = json!({ "description": "内容未变 / the client has it", "headers": { "ETag": { "$ref": "#/components/headers/ETag" } } });
        responses.entry("304").or_insert(known);
    }
    for (status, response) in responses {
        let Some(headers) = headers_of(response) else { continue };
        match status.as_str() {
            success if success.starts_with('2') => {
                if success == "201" {
                    refer(headers, "Location");
                }
                if is_validated(row) {
                    refer(headers, "ETag");
                }
                if is_page(row, schemas) {
                    refer(headers, "Link");
                }
                if asks_for(row, "Idempotency-Key") {
                    refer(headers, "Idempotency-Replayed");
                }
                if row.doc.problems.contains(&Code::TooManyRequests) {
                    refer(headers, "RateLimit");
                    refer(headers, "RateLimit-Policy");
                }
                refer(headers, "Simulated-Time");
                refer(headers, "Trace-Id");
            }
            "401" => refer(headers, "WWW-Authenticate"),
            "412" => refer(headers, "ETag"),
            "416" => {
                let size = json!({ "description": "文件大小 / the size of the file", "schema": { "type": "string" }, "example": "bytes */4096" });
                headers.insert("Content-Range".to_owned(), size);
            }
            "429" | "503" => refer(headers, "Retry-After"),
            _ => {}
        }
        if headers.is_empty()
            && let Some(response) = response.as_object_mut()
        {
            response.remove("headers");
        }
    }
}
