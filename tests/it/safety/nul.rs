//! The NUL character: refused wherever a client may put it, alike on both databases.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::raw;
use crate::support::cast::{Cast, applicant, file};
use crate::support::database::Database;
use crate::support::journey::directed_intermediate;
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-25T09:00:00+08:00";

/// Every operation of the document: method, path, operation.
fn operations(world: &World) -> Vec<(String, String, Value)> {
    let document = world.anybody().read("/openapi.json");
    let paths = document["paths"].as_object().unwrap().iter();
    let each = paths.flat_map(|(path, item)| {
        let methods =
            item.as_object().unwrap().iter().filter(|(method, _)| ["get", "post", "put", "delete"].contains(&method.as_str()));
        methods.map(|(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
    });
    each.collect()
}

/// The path with this text in place of each parameter.
fn filled(path: &str, with: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { with } else { part });
    parts.collect::<Vec<_>>().join("/")
}

on_both!(nul_in_any_path_or_query_is_refused);
async fn nul_in_any_path_or_query_is_refused(database: Database) {
    let world = World::at(database, START).await;
    let (anybody, admin) = (world.anybody(), world.admin());
    let (mut paths, mut parameters) = (0, 0);
    for (method, path, operation) in operations(&world) {
        if path.contains('{') {
            paths += 1;
            anybody.method(&method, &filled(&path, "a%00b")).send().problem(404, "not_found");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query") {
            parameters += 1;
            let name = parameter["name"].as_str().unwrap();
            let path = filled(&path, "01911111-1111-7111-8111-111111111111");
            let problem = admin.method(&method, &format!("{path}?{name}=a%00b")).send().problem(400, "invalid_parameter");
            assert_eq!(problem["errors"][0]["parameter"].as_str(), Some(name), "{problem}");
        }
    }
    assert!(paths > 50 && parameters > 50, "{paths} {parameters}");
}

on_both!(nul_in_any_body_is_refused);
async fn nul_in_any_body_is_refused(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let application = file(&world, &person, &directed_intermediate(&cast.institution));
    let actors = [world.anybody(), world.admin(), world.sign_in("security"), world.auditor(), person];
    let body = json!({ "name": ["x", "a\u{0}b"], "b\u{0}": 1 });
    let mut refused = 0;
    for (method, path, operation) in operations(&world) {
        if operation["requestBody"]["content"].get("application/json").is_none() {
            continue;
        }
        for actor in &actors {
            let path = filled(&path, "01911111-1111-7111-8111-111111111111");
            let reply = actor.method(&method, &path).key(&world.key()).if_match(1).json(&body).send();
            assert!([401, 403, 422].contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.body);
            if reply.status == 422 {
                refused += 1;
                assert_eq!(reply.body["code"], "invalid_body", "{}", reply.body);
                let places: Vec<_> =
                    reply.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
                assert_eq!(places, [json!("#/b\u{fffd}"), json!("#/name/1")], "{}", reply.body);
            }
        }
    }
    assert!(refused > 40, "{refused}");
    let [anybody, _, _, _, person] = actors;
    let login = anybody.post("/v1/sessions").json(&json!({ "login": "a\u{0}b", "password": "Correct-horse-7" })).send();
    assert_eq!(login.problem(422, "invalid_body")["errors"][0]["pointer"], "#/login");
    // An escaped backslash is none.
    let login = anybody.post("/v1/sessions").json(&json!({ "login": "a\\u0000b", "password": "Correct-horse-7" })).send();
    assert_ne!(login.body["code"], "invalid_body");
    anybody.post("/v1/sessions").bytes("application/json", b"{\"login\": \"a\0b\"}").send().problem(400, "malformed_json");
    let form = person.post(&format!("{application}/attachments")).if_match(1).key(&world.key());
    let refused = form.upload(&[("category", "other\u{0}")], "a.pdf", "application/pdf", b"%PDF-1.4").send();
    assert_eq!(refused.problem(422, "invalid_field")["errors"][0]["pointer"], "#/category");
}

on_both!(nul_in_form_or_header_is_refused);
async fn nul_in_form_or_header_is_refused(database: Database) {
    let world = World::at(database, START).await;
    let anybody = world.anybody();
    for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        for field in ["grant_type", "client_id", "client_secret", "token", "unknown\u{0}"] {
            let reply = anybody.post(path).form(&[(field, "a\u{0}b")]).send();
            assert_eq!(
                (reply.status, reply.body["error"].as_str()),
                (400, Some("invalid_request")),
                "{path} {field}: {}",
                reply.body
            );
        }
    }
    let client = format!("Basic {}", BASE64.encode(b"a\0b:secret"));
    let reply = anybody.post("/oauth2/token").header("authorization", &client).form(&[("grant_type", "client_credentials")]).send();
    assert_eq!((reply.status, reply.body["error"].as_str()), (401, Some("invalid_client")), "{}", reply.body);
    for header in ["authorization: Bearer a\0b", "idempotency-key: a\0b", "accept-language: \0"] {
        let answer = raw::send(&world, format!("GET /v1/me HTTP/1.1\r\nhost: x\r\n{header}\r\n\r\n").as_bytes());
        assert!(answer.is_none_or(|answer| answer.status == 400), "{header:?}");
    }
}
