//! Methods: those that a resource does not have, and those that a client means which can send none but POST.

use std::collections::BTreeMap;

use serde_json::json;
use title_review::server::all_routes;

use crate::support::cast::credit_code;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";
const ABSENT: &str = "01800000-0000-7000-8000-000000000000";

/// A path with something in place of each name.
fn filled(path: &str) -> String {
    let pieces = path.split('/').map(|piece| if piece.starts_with('{') { ABSENT } else { piece });
    pieces.collect::<Vec<_>>().join("/")
}

on_both!(method_not_allowed_lists_the_methods_of_the_path);
async fn method_not_allowed_lists_the_methods_of_the_path(database: Database) {
    let world = World::at(database, START).await;
    let admin = world.sign_in("admin");
    let mut methods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in all_routes().rows() {
        methods.entry(row.path.clone()).or_default().push(row.method.to_string());
    }
    for path in ["/openapi.json", "/openapi-3.0.json", "/docs", "/problems/{code}"] {
        methods.insert(path.to_owned(), vec!["GET".to_owned()]);
    }
    for (path, mut known) in methods {
        // HEAD is answered wherever GET is.
        if known.iter().any(|method| method == "GET") {
            known.push("HEAD".to_owned());
        }
        known.sort();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND"] {
            if known.iter().any(|own| own == method) {
                continue;
            }
            for actor in [&admin, &world.anybody()] {
                let reply = actor.method(method, &filled(&path)).send();
                assert_eq!((reply.status, reply.header("allow")), (405, Some(known.join(", ").as_str())), "{method} {path}");
                match (method, path.starts_with("/oauth2/")) {
                    ("HEAD", _) => {}
                    // There errors are told as RFC 6749 has them.
                    (_, true) => assert_eq!(reply.body["error"], "invalid_request", "{method} {path}"),
                    (_, false) => drop(reply.problem(405, "method_not_allowed")),
                }
            }
        }
    }
}

on_both!(post_with_method_override_acts_as_put_or_delete);
async fn post_with_method_override_acts_as_put_or_delete(database: Database) {
    let world = World::at(database, START).await;
    let admin = world.sign_in("admin");
    let organisation = |name: &str| json!({ "kind": "bureau", "ownership": "none", "name": name, "region": "652900", "credit_code": credit_code(1) });
    let made = admin.post("/v1/organisations").key(&world.key()).json(&organisation("局")).send().expect(201);
    let path = format!("/v1/organisations/{}", made["id"].as_str().unwrap());
    let ask = |method: &str, path: &str, means: &str| admin.method(method, path).header("x-http-method-override", means);
    // As the operation that is meant: its precondition, its answer.
    ask("POST", &path, "PUT").json(&organisation("新名")).send().problem(428, "precondition_required");
    let replaced = ask("POST", &path, "PUT").if_match(1).json(&organisation("新名")).send();
    assert_eq!((replaced.version(), replaced.body["name"].as_str()), (Some(2), Some("新名")));
    let before = admin.read(&path);
    for means in ["GET", "HEAD", "PATCH", "POST", "OPTIONS", "TRACE", "put", "PUT, DELETE", ""] {
        ask("POST", &path, means).if_match(2).json(&organisation("另名")).send().problem(400, "invalid_header");
    }
    let twice = ask("POST", &path, "PUT").header("x-http-method-override", "DELETE").if_match(2).json(&organisation("另名")).send();
    twice.problem(400, "invalid_header");
    for method in ["GET", "PUT", "DELETE"] {
        ask(method, &path, "PUT").if_match(2).json(&organisation("另名")).send().problem(400, "invalid_header");
    }
    let without = ask("POST", &path, "DELETE").if_match(2).send();
    assert_eq!(without.header("allow"), Some("GET, HEAD, PUT"));
    without.problem(405, "method_not_allowed");
    assert_eq!(admin.read(&path), before);
}

/// Changes and endings without If-Match, and why there is no version to name.
const WITHOUT_VERSION: &[(&str, &str)] = &[
    ("PUT /v1/me/password", "the current password is named"),
    ("PUT /v1/imports/{name}", "a name stands for one file: the same one is the same import, another one is refused"),
    ("PUT /v1/notices/{notice_id}/read", "reading a notice twice is reading it"),
    ("PUT /v1/sandbox/clock", "a clock has no version"),
    ("DELETE /v1/sessions/current", "a session does not change; it ends once"),
    ("DELETE /v1/sessions", "a session does not change; it ends once"),
    ("DELETE /v1/sessions/{session_id}", "a session does not change; it ends once"),
    ("DELETE /v1/memberships/{membership_id}", "a membership does not change; it ends once"),
    ("DELETE /v1/me/tokens/{token_id}", "a token does not change; it ends once"),
    ("DELETE /v1/clients/{client_id}", "a client ends once, whatever it is by then"),
    ("DELETE /v1/accounts/{account_id}/second-factor", "a second factor ends once"),
];

#[test]
fn a_change_names_the_version_that_was_read_or_there_is_none() {
    let document = title_review::http::openapi::document(&all_routes());
    let mut found = Vec::new();
    for row in all_routes().rows().iter().filter(|row| ["PUT", "DELETE"].contains(&row.method.as_str())) {
        let operation = &document["paths"][&row.path][row.method.as_str().to_lowercase()];
        let names = operation["parameters"].as_array().into_iter().flatten();
        let required = names.filter(|parameter| parameter["required"] == true).any(|parameter| parameter["name"] == "If-Match");
        let name = format!("{} {}", row.method, row.path);
        if !required && !WITHOUT_VERSION.iter().any(|(known, _)| *known == name) {
            found.push(name);
        }
    }
    assert!(found.is_empty(), "take If-Match, or say in WITHOUT_VERSION why not: {found:?}");
}
