//! The log as the program writes it.

use std::fs::File;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::Value;

use crate::cli::Server;
use crate::support::database::{Database, Dialect};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn get(server: &Server, path: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = agent.get(format!("http://{}{path}", server.address)).header("traceparent", parent).call().unwrap();
    (answer.status().as_u16(), answer.headers()["trace-id"].to_str().unwrap().to_owned())
}

fn lines(log: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn each_line_of_json_names_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let environment = [("TITLE_REVIEW_LOG__FORMAT", "json")];
    let server = Server::start_in(folder.path(), &[], &environment, File::create(&log).unwrap().into());
    assert_eq!(get(&server, "/v1/applications/110101199001011237?name=canary"), (400, TRACE.to_owned()));
    let lines = lines(&log);
    let request = lines.iter().find(|line| line["message"] == "request").expect("a line for the request");
    assert_eq!(request["trace_id"], TRACE);
    assert_eq!(request["route"], "/v1/applications/{application_id}");
    assert_eq!((request["method"].as_str(), request["status"].as_u64()), (Some("GET"), Some(400)));
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(!text.contains("110101199001011237") && !text.contains("canary"), "{text}");
}

/// Statements on SQLite do not wait for each other in a way that a test could hold: there the unit test has to do.
#[test]
fn a_slow_statement_names_the_route_that_ran_it() {
    let Some(database) = Database::fresh(Dialect::Postgres) else { return };
    let folder = database.folder();
    let log = folder.join("log");
    let environment = [("TITLE_REVIEW_LOG__FORMAT", "json"), ("TITLE_REVIEW_LOG__SLOW_QUERY_MS", "200")];
    let arguments = ["--database", &database.config.url];
    let server = Server::start_in(&folder, &arguments, &environment, File::create(&log).unwrap().into());
    let url = database.config.url.clone();
    let mut conn = PgConnection::establish(&url).unwrap();
    conn.batch_execute("BEGIN; LOCK TABLE publicities IN ACCESS EXCLUSIVE MODE").unwrap();
    let release = std::thread::spawn(move || {
        // Until the request waits, and a little longer than what counts as slow.
        for _ in 0..600 {
            let waits = diesel::sql_query("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'publicities'::regclass");
            if waits.execute(&mut conn).unwrap() > 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(400));
        conn.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(get(&server, "/v1/publicities").0, 200);
    release.join().unwrap();
    let lines = lines(&log);
    let slow = lines.iter().find(|line| line["message"] == "slow statement").unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!((slow["route"].as_str(), slow["trace_id"].as_str()), (Some("/v1/publicities"), Some(TRACE)));
    assert!(slow["statement"].as_str().unwrap().contains("publicities") && slow["ms"].as_f64().unwrap() >= 200.0, "{slow}");
}
