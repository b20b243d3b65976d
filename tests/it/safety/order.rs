//! The access guard decides first: what else is wrong with a request is told to nobody who may not make it.

use std::io::Write as _;
use std::time::Duration;

use serde_json::json;

use super::raw;
use crate::support::cast::applicant;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

on_both!(permission_is_checked_before_the_rest_of_the_request);
async fn permission_is_checked_before_the_rest_of_the_request(database: Database) {
    let world = World::at(database, START).await;
    let (person, anybody) = (applicant(&world, "applicant_a", 1), world.anybody());
    // Neither key nor body are what the operation wants.
    let bodies: [(&str, &[u8]); 6] = [
        ("text/plain", b"x"),
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"{\"a\": \"\\u0000\"}"),
        ("application/json", b"{\"unknown\": 1}"),
        ("application/json", &[b'['; 1000]),
    ];
    for _ in 0..10 {
        for (kind, body) in bodies {
            person.post("/v1/sanctions").bytes(kind, body).send().problem(403, "forbidden");
            anybody.post("/v1/sanctions").bytes(kind, body).send().problem(401, "unauthenticated");
        }
    }
    // The body is not waited for.
    let session =
        anybody.post("/v1/sessions").json(&json!({ "login": "applicant_a", "password": crate::support::world::PASSWORD })).send();
    let token = session.body["access_token"].as_str().unwrap().to_owned();
    let mut stream = raw::connect(&world);
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST /v1/sanctions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).unwrap();
    raw::read(&mut stream).unwrap().problem(403, "forbidden");
}
