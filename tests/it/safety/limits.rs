//! Bounds of the head, the body and the time of a request; each refused so that the client learns why, and the server goes on.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;

use super::raw;
use crate::attachments::refusals::files_below;
use crate::support::cast::{Cast, applicant, credit_code, file};
use crate::support::database::{Database, Dialect, tell};
use crate::support::journey::directed_intermediate;
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

fn alive(world: &World) {
    world.anybody().get("/livez").send().expect(200);
}

/// Lines of so many headers.
fn numbered_headers(count: usize) -> String {
    let lines: Vec<String> = (0..count).map(|n| format!("x-{n}: 1\r\n")).collect();
    lines.concat()
}

on_both!(oversized_request_head_is_rejected);
async fn oversized_request_head_is_rejected(database: Database) {
    let world = World::at(database, START).await;
    let admin = world.sign_in("admin");
    let path = |length: usize| format!("/v1/organisations?region={}", "6".repeat(length - "/v1/organisations?region=".len()));
    assert_ne!(admin.get(&path(8192)).send().status, 414);
    admin.get(&path(8193)).send().problem(414, "uri_too_long");
    admin.get("/v1/me").header("x-filler", &"x".repeat(32_000)).send().expect(200);
    admin.get("/v1/me").header("x-filler", &"x".repeat(32_800)).send().problem(431, "headers_too_large");
    // One large header, or many that are large together.
    let many = (0..40).fold(admin.get("/v1/me"), |ask, n| ask.header(&format!("x-{n}"), &"x".repeat(1000)));
    many.send().problem(431, "headers_too_large");
    let with = |count: usize| {
        let headers = numbered_headers(count);
        raw::send(&world, format!("GET /livez HTTP/1.1\r\nhost: x\r\n{headers}\r\n").as_bytes()).unwrap()
    };
    assert_eq!(with(63).status, 200);
    with(64).problem(431, "headers_too_large");
    // Past its own bounds the parser refuses, and closes.
    assert!([400, 431].contains(&with(200).status));
    let endless = format!("GET /livez HTTP/1.1\r\nhost: x\r\nx-filler: {}", "x".repeat(300_000));
    assert!(raw::send(&world, endless.as_bytes()).is_none_or(|answer| [400, 431].contains(&answer.status)));
    alive(&world);
}

#[test]
fn malformed_request_is_rejected() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::at(database, START).await;
        for text in [
            "nonsense\r\n\r\n",
            "GET /livez HTTP/1.1\r\n\r\n",
            "GET /livez HTTP/9.9\r\nhost: x\r\n\r\n",
            // Two ways to say how long the body is: what stands between two servers would read another request.
            "POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n{}",
            "POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{}",
            "POST /v1/sessions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, identity\r\n\r\n{}",
        ] {
            let answer = raw::send(&world, text.as_bytes());
            assert!(answer.is_none_or(|answer| answer.status == 400), "{text}");
        }
        alive(&world);
    });
}

#[test]
fn slow_request_head_times_out() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::configured(database, START, |config| config.server.header_seconds = 1).await;
        let mut stream = raw::connect(&world);
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost:").unwrap();
        let began = Instant::now();
        assert_eq!(raw::read(&mut stream).map(|answer| answer.status), Some(408));
        assert!(began.elapsed() < Duration::from_secs(10));
        alive(&world);
    });
}

const POST: &str = "POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{";

on_both!(stalled_body_times_out);
async fn stalled_body_times_out(database: Database) {
    let world = World::configured(database, START, |config| config.limits.body_seconds = 1).await;
    raw::send(&world, POST.as_bytes()).unwrap().problem(408, "request_timeout");
    let chunked = POST.replace("content-length: 900", "transfer-encoding: chunked").replace('{', "1\r\n{\r\n");
    raw::send(&world, chunked.as_bytes()).unwrap().problem(408, "request_timeout");
    alive(&world);
}

#[test]
fn slow_body_times_out() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::at(database, START).await;
        let mut stream = raw::connect(&world);
        let mut writer = stream.try_clone().unwrap();
        writer.write_all(POST.as_bytes()).unwrap();
        let began = Instant::now();
        let trickle = std::thread::spawn(move || {
            while writer.write_all(b" ").is_ok() && began.elapsed().as_secs() < 20 {
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        raw::read(&mut stream).unwrap().problem(408, "request_timeout");
        // Long before the body's whole time (120 s): ten bytes a second are not 512.
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        drop(stream);
        trickle.join().unwrap();
        alive(&world);
    });
}

#[test]
fn request_over_its_time_limit_is_answered_503() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::configured(database, START, |config| config.server.request_seconds = 1).await;
        let answer = raw::send(&world, POST.as_bytes()).unwrap();
        answer.problem(503, "unavailable");
        assert!(answer.head.contains("retry-after: 1"), "{answer:?}");
        alive(&world);
    });
}

on_both!(json_is_not_read_deeper_than_the_limit);
async fn json_is_not_read_deeper_than_the_limit(database: Database) {
    let world = World::at(database, START).await;
    let admin = world.sign_in("admin");
    let post = |body: &str| admin.post("/v1/organisations").key(&world.key()).bytes("application/json", body.as_bytes()).send();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    post(&nested(32)).problem(422, "invalid_field");
    for deep in [nested(33), nested(100_000), "[".repeat(100_000), "{\"a\":".repeat(50_000)] {
        let problem = post(&deep).problem(400, "malformed_json");
        assert!(problem["detail"].as_str().unwrap().contains("32"), "{problem}");
    }
    // Brackets in a text are no depth.
    let body =
        json!({ "kind": "bureau", "ownership": "none", "name": "[".repeat(60), "region": "652900", "credit_code": credit_code(1) });
    post(&body.to_string()).expect(201);
}

on_both!(multipart_form_with_too_many_parts_or_large_heads_is_rejected);
async fn multipart_form_with_too_many_parts_or_large_heads_is_rejected(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    let target = format!("{path}/attachments");
    let send = |body: &[u8]| {
        let ask = person.post(&target).if_match(1).key(&world.key());
        let began = Instant::now();
        let reply = ask.bytes("multipart/form-data; boundary=b", body).send();
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        reply
    };
    let part = |name: &str, content: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n");
    // A hundred thousand parts, of one name and of many.
    let many = part("category", "other").repeat(100_000) + "--b--\r\n";
    send(many.as_bytes()).problem(422, "invalid_field");
    let others: Vec<String> = (0..50_000).map(|n| part(&format!("p{n}"), "x")).collect();
    send(others.concat().as_bytes()).problem(422, "unknown_field");
    // A head that never ends.
    let endless = format!("--b\r\nContent-Disposition: form-data; name=\"file\"\r\nX-Filler: {}", "x".repeat(4 << 20));
    send(endless.as_bytes()).problem(400, "bad_request");
    let headers = numbered_headers(100);
    send(format!("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n{headers}\r\nx\r\n--b--\r\n").as_bytes())
        .problem(400, "bad_request");
    assert!(files_below(&world.app.config.storage.folder).is_empty());
    assert_eq!(person.read(&target)["items"], json!([]));
}
