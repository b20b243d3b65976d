//! What every answer tells a browser, and pages of other origins.

use serde_json::json;

use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Reply, World};

const START: &str = "2024-07-22T09:00:00+08:00";

on_both!(responses_have_security_headers);
async fn responses_have_security_headers(database: Database) {
    let world = World::at(database, START).await;
    let anybody = world.anybody();
    for path in [
        "/livez",
        "/v1/cycles",
        "/v1/nowhere",
        "/v1/me",
        "/openapi.json",
        "/docs/",
        "/docs/swagger-ui-bundle.js",
        "/problems/forbidden",
    ] {
        let reply = anybody.get(path).send();
        let header = |name: &str| reply.header(name).unwrap_or_default().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'self' 'unsafe"), "{path}: {policy}");
        // Not over plain HTTP, and no word about what runs here.
        for absent in ["strict-transport-security", "server", "x-powered-by", "access-control-allow-origin"] {
            assert_eq!(reply.header(absent), None, "{path}");
        }
    }
    // A page runs its own scripts and nothing that stands in its text.
    let page = anybody.get("/docs/").send();
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self';"));
    let text = String::from_utf8(page.bytes).unwrap();
    assert!(text.contains("<script src=\"./") && !text.contains("<script>"), "{text}");
}

on_both!(request_from_another_origin_is_rejected);
async fn request_from_another_origin_is_rejected(database: Database) {
    let world = World::at(database, START).await;
    let reply = world.anybody().get("/livez").header("origin", "https://portal.example.org").send();
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, None));
    let preflight = world.anybody().method("OPTIONS", "/v1/sessions");
    let preflight = preflight.header("origin", "https://portal.example.org").header("access-control-request-method", "POST").send();
    assert_eq!(preflight.header("access-control-allow-origin"), None);
    preflight.problem(405, "method_not_allowed");
}

on_both!(request_from_a_configured_origin_is_allowed);
async fn request_from_a_configured_origin_is_allowed(database: Database) {
    let origin = "https://portal.example.org";
    let world = World::configured(database, START, |config| config.server.allowed_origins = vec![origin.to_owned()]).await;
    let preflight = |origin: &str, method: &str, header: &str| -> Reply {
        let ask = world.anybody().method("OPTIONS", "/v1/sessions").header("origin", origin);
        ask.header("access-control-request-method", method).header("access-control-request-headers", header).send()
    };
    for (method, header) in
        [("POST", "content-type"), ("PUT", "if-match"), ("DELETE", "authorization"), ("POST", "idempotency-key")]
    {
        let reply = preflight(origin, method, header);
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some(origin)), "{method} {header}");
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        assert_eq!(reply.header("access-control-max-age"), Some("600"));
    }
    for (other, method, header) in [
        ("https://portal.example.org.evil.example", "POST", "content-type"),
        ("https://evil.example", "POST", "content-type"),
        ("http://portal.example.org", "POST", "content-type"),
        ("https://portal.example.org:8443", "POST", "content-type"),
        ("null", "POST", "content-type"),
        (origin, "PATCH", "content-type"),
        (origin, "POST", "x-other"),
    ] {
        let reply = preflight(other, method, header);
        assert_eq!(reply.header("access-control-allow-methods"), None, "{other} {method} {header}");
        reply.problem(400, "bad_request");
    }
    // Refusals can be read by the page as well.
    let refused = world.anybody().post("/v1/sessions").header("origin", origin).json(&json!({ "login": 1 })).send();
    assert_eq!(refused.header("access-control-allow-origin"), Some(origin));
    let exposed = refused.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
    for name in ["etag", "location", "link", "ratelimit", "idempotency-replayed", "trace-id"] {
        assert!(exposed.split(',').any(|known| known.trim() == name), "{name}: {exposed}");
    }
    assert!(refused.header("vary").unwrap().to_ascii_lowercase().contains("origin"));
    refused.problem(422, "invalid_field");
    let other = world.anybody().get("/livez").header("origin", "https://evil.example").send();
    assert_eq!((other.status, other.header("access-control-allow-origin")), (200, None));
}
