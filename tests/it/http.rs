//! What every operation promises, whatever it is about: methods, bodies, queries, preconditions, idempotency, pages, languages.

use serde_json::{Value, json};

use crate::support::cast::credit_code;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

async fn at_start(database: Database) -> (World, Actor) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let admin = world.admin();
    (world, admin)
}

fn organisation(number: u32) -> Value {
    json!({ "kind": "bureau", "ownership": "none", "name": format!("局 {number}"), "region": "652900", "credit_code": credit_code(number) })
}

fn enter(world: &World, admin: &Actor, number: u32) -> Value {
    admin.post("/v1/organisations").key(&world.key()).json(&organisation(number)).send().expect(201)
}

fn pointer_of(problem: &Value) -> &str {
    problem["errors"][0]["pointer"].as_str().unwrap()
}

on_both!(unknown_routes_are_404_and_unknown_methods_405);
async fn unknown_routes_are_404_and_unknown_methods_405(database: Database) {
    let (_world, admin) = at_start(database).await;
    let refused = admin.delete("/v1/organisations").send();
    assert_eq!(refused.header("allow"), Some("GET, POST"));
    refused.problem(405, "method_not_allowed");
    admin.method("TRACE", "/v1/organisations").send().problem(405, "method_not_allowed");
    let head = admin.method("HEAD", "/v1/organisations").send();
    assert!((head.status == 405 || head.status == 200) && head.bytes.is_empty(), "{}", head.status);
    let absent = admin.get("/v1/nowhere").send();
    assert_eq!(absent.header("cache-control"), Some("no-store"));
    let problem = absent.problem(404, "not_found");
    assert_eq!((problem["type"].as_str(), problem["instance"].as_str()), (Some("/problems/not_found"), Some("/v1/nowhere")));
    admin.get("/v1/organisations/not-an-id").send().problem(404, "not_found");
    let page = admin.get("/problems/window_closed").send();
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
}

on_both!(malformed_body_is_rejected);
async fn malformed_body_is_rejected(database: Database) {
    let (world, admin) = at_start(database).await;
    let post = |body: &[u8]| admin.post("/v1/organisations").key(&world.key()).bytes("application/json", body).send();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = organisation(1);
        change(&mut body);
        admin.post("/v1/organisations").key(&world.key()).json(&body).send()
    };
    post(b"{\"kind\": ").problem(400, "malformed_json");
    post(b"{} {}").problem(422, "invalid_field");
    assert_eq!(pointer_of(&with(&|body| body["colour"] = json!("red")).problem(422, "unknown_field")), "#/colour");
    // A field that the server sets is unknown in a body.
    assert_eq!(pointer_of(&with(&|body| body["version"] = json!(9)).problem(422, "unknown_field")), "#/version");
    let missing = with(&|body| drop(body.as_object_mut().unwrap().remove("region"))).problem(422, "invalid_field");
    assert_eq!(pointer_of(&missing), "#/region");
    // What was sent may be personal: no answer repeats it.
    let canary = 77_665_544;
    for field in ["name", "kind", "parent_id", "civil_service_managed"] {
        let refused = with(&|body| body[field] = if field == "civil_service_managed" { json!("77665544") } else { json!(canary) });
        let text = String::from_utf8(refused.bytes.clone()).unwrap();
        assert!(!text.contains("77665544"), "{field}: {text}");
        assert_eq!(pointer_of(&refused.problem(422, "invalid_field")), format!("#/{field}"));
    }
    let refused = with(&|body| body["kind"] = json!("canary-word"));
    assert!(!String::from_utf8(refused.bytes.clone()).unwrap().contains("canary-word"));
    refused.problem(422, "invalid_field");
    // An omitted field and null mean the same.
    with(&|body| body["parent_id"] = Value::Null).expect(201);
    admin.post("/v1/organisations").key(&world.key()).bytes("text/plain", b"{}").send().problem(415, "unsupported_media_type");
    admin.post("/v1/organisations").key(&world.key()).send().problem(415, "unsupported_media_type");
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20));
    post(large.as_bytes()).problem(413, "payload_too_large");
    assert_eq!(admin.read("/v1/organisations")["items"].as_array().unwrap().len(), 1);
}

on_both!(malformed_query_is_rejected);
async fn malformed_query_is_rejected(database: Database) {
    let (_world, admin) = at_start(database).await;
    let english = |path: &str| admin.get(path).header("accept-language", "en").send();
    let problem = english("/v1/organisations?regoin=652900").problem(400, "unknown_parameter");
    assert_eq!(problem["errors"][0]["parameter"], "regoin");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("did you mean region"), "{problem}");
    english("/v1/me?verbose=1").problem(400, "unknown_parameter");
    english("/v1/organisations?kind=castle").problem(400, "invalid_parameter");
    for limit in ["0", "201", "-1", "many"] {
        let problem = english(&format!("/v1/organisations?limit={limit}")).problem(400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["parameter"], "limit");
    }
    english("/v1/organisations?limit=200").expect(200);
}

on_both!(write_without_the_current_version_is_refused);
async fn write_without_the_current_version_is_refused(database: Database) {
    let (world, admin) = at_start(database).await;
    let made = enter(&world, &admin, 1);
    let path = format!("/v1/organisations/{}", made["id"].as_str().unwrap());
    let read = admin.get(&path).send();
    assert_eq!(read.header("etag"), Some("\"1\""));
    let not_modified = admin.get(&path).header("if-none-match", "W/\"0\", \"1\"").send();
    assert_eq!((not_modified.status, not_modified.bytes.len(), not_modified.header("etag")), (304, 0, Some("\"1\"")));
    assert_eq!(admin.get(&path).header("if-none-match", "\"2\"").send().status, 200);
    let mut renamed = organisation(1);
    renamed["name"] = json!("新名");
    admin.put(&path).json(&renamed).send().problem(428, "precondition_required");
    for stale in ["\"0\"", "\"2\"", "1", "\"abc\"", "W/\"1\""] {
        let refused = admin.put(&path).header("if-match", stale).json(&renamed).send();
        assert_eq!(refused.header("etag"), Some("\"1\""), "{stale}");
        refused.problem(412, "stale_version");
    }
    assert_eq!(admin.read(&path), read.body);
    let replaced = admin.put(&path).header("if-match", "\"1\"").json(&renamed).send();
    assert_eq!(replaced.header("etag"), Some("\"2\""));
    assert_eq!(replaced.expect(200)["name"], "新名");
}

on_both!(repeated_post_with_the_same_idempotency_key_has_one_effect);
async fn repeated_post_with_the_same_idempotency_key_has_one_effect(database: Database) {
    let (_world, admin) = at_start(database).await;
    let post = |key: &str, body: &Value| admin.post("/v1/organisations").key(key).json(body).send();
    admin.post("/v1/organisations").json(&organisation(1)).send().problem(428, "idempotency_key_required");
    post(&"k".repeat(256), &organisation(1)).problem(400, "invalid_header");
    let first = post("same", &organisation(1));
    assert_eq!(first.header("idempotency-replayed"), None);
    let location = first.header("location").unwrap().to_owned();
    let first = first.expect(201);
    for key in ["same", "\"same\""] {
        let again = post(key, &organisation(1));
        assert_eq!((again.header("idempotency-replayed"), again.header("location")), (Some("true"), Some(location.as_str())));
        assert_eq!(again.expect(201), first);
    }
    post("same", &organisation(2)).problem(422, "idempotency_mismatch");
    // What was refused is not kept: the key may be used again.
    let mut wrong = organisation(3);
    wrong["credit_code"] = json!(credit_code(3).replacen('9', "8", 1));
    assert_eq!(post("refused", &wrong).status, 422);
    post("refused", &organisation(3)).expect(201);
    // Two at once: one effect, one answer.
    let at_once: Vec<Value> = std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(|| post("twice", &organisation(4)).expect(201))).collect();
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(at_once[0], at_once[1]);
    assert_eq!(admin.read("/v1/organisations")["items"].as_array().unwrap().len(), 3);
}

/// Every id of a list, page by page; `between` runs after each.
fn walk(actor: &Actor, path: &str, mut between: impl FnMut()) -> Vec<String> {
    let (mut ids, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = actor.get(&path).send();
        let link = page.header("link").map(str::to_owned);
        let page = page.expect(200);
        ids.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        assert_eq!((page["has_more"] == true, page["next_cursor"].is_string()), (link.is_some(), link.is_some()));
        next = link.map(|link| link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned());
        between();
    }
    ids
}

on_both!(lists_are_paged_by_cursor);
async fn lists_are_paged_by_cursor(database: Database) {
    let (world, admin) = at_start(database).await;
    let before: Vec<String> = (1..=9).map(|n| enter(&world, &admin, n)["id"].as_str().unwrap().to_owned()).collect();
    let mut written = false;
    let seen = walk(&admin, "/v1/organisations?kind=bureau&limit=4", || {
        if !written {
            written = true;
            let path = format!("/v1/organisations/{}", before[7]);
            admin.act("PUT", &path, &path, &organisation(8)).expect(200);
            enter(&world, &admin, 20);
        }
    });
    let mut unique = seen.clone();
    unique.dedup();
    assert_eq!(unique, seen, "no row twice");
    assert!(before.iter().all(|id| seen.contains(id)), "no row missed");

    let first = admin.read("/v1/organisations?kind=bureau&limit=4");
    let cursor = first["next_cursor"].as_str().unwrap();
    let ask = |query: &str| admin.get(&format!("/v1/organisations?{query}")).send();
    ask(&format!("kind=committee&cursor={cursor}")).problem(400, "invalid_cursor");
    ask(&format!("cursor={cursor}")).problem(400, "invalid_cursor");
    admin.get(&format!("/v1/accounts?cursor={cursor}")).send().problem(400, "invalid_cursor");
    let flipped = if cursor.starts_with('A') { "B" } else { "A" };
    for tampered in [format!("{flipped}{}", &cursor[1..]), "x".to_owned(), String::new(), "AAAA".repeat(10)] {
        ask(&format!("kind=bureau&cursor={tampered}")).problem(400, "invalid_cursor");
    }
    // Another page size may go on where a page ended.
    ask(&format!("kind=bureau&limit=2&cursor={cursor}")).expect(200);
}

on_both!(answers_use_the_requested_language_and_carry_a_trace_id);
async fn answers_use_the_requested_language_and_carry_a_trace_id(database: Database) {
    let (_world, admin) = at_start(database).await;
    let absent = |language: &str| admin.get("/v1/nowhere").header("accept-language", language).send().problem(404, "not_found");
    for (language, title) in [
        ("en", "Not found"),
        ("en-GB,zh;q=0.5", "Not found"),
        ("zh-CN", "不存在"),
        ("zh,en;q=0.9", "不存在"),
        ("fr", "不存在"),
        ("", "不存在"),
    ] {
        assert_eq!(absent(language)["title"], title, "{language}");
    }
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = admin.get("/v1/nowhere").header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01")).send();
    assert_eq!((traced.header("trace-id"), traced.body["trace_id"].as_str()), (Some(trace), Some(trace)));
    for bad in ["00-00000000000000000000000000000000-00f067aa0ba902b7-01", "nonsense", "00-zz-1"] {
        let own: Reply = admin.get("/v1/nowhere").header("traceparent", bad).send();
        let id = own.header("trace-id").unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && own.body["trace_id"] == id, "{bad}");
    }
    let plain = admin.get("/v1/me").send();
    assert_eq!((plain.header("x-content-type-options"), plain.header("cache-control")), (Some("nosniff"), Some("no-store")));
}
