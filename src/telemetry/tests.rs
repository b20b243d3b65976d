use std::io::Write;
use std::sync::{Arc, Mutex};

use diesel::connection::Connection as _;
use diesel::prelude::*;
use serde_json::Value;

use super::*;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged meanwhile.
fn logged(format: LogFormat, filter: &str, act: impl FnOnce()) -> String {
    let kept = Captured::default();
    let writer = kept.clone();
    let config = LogConfig { format, filter: filter.to_owned(), slow_query_ms: 0 };
    tracing::subscriber::with_default(subscriber(&config, false, move || writer.clone()), act);
    String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
}

const CANARY: &str = "110101199001011237";

fn log_what_must_not_be() {
    let span =
        tracing::error_span!("request", route = "/v1/x", trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", access_token = CANARY);
    let _entered = span.enter();
    tracing::info!(password = CANARY, new_password = ?Some(CANARY), id_number = %CANARY, phone = 13_900_000_000_u64, "kept 1");
    tracing::warn!(Authorization = CANARY, set_cookie = CANARY, totp_secret = CANARY, status = 201, ms = 1.5, "kept 2");
    tracing::error!(resident_id_enc = CANARY, mobile = CANARY, recovery_codes = ?[CANARY], kind = "lapse", "kept 3");
}

#[test]
fn never_logged_fields_are_redacted_in_both_formats() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let text = logged(format, "info", log_what_must_not_be);
        assert!(!text.contains(CANARY) && !text.contains("13900000000"), "{text}");
        assert_eq!(text.matches(redact::BLACK).count(), 10 + 3, "{text}");
        for kept in ["kept 1", "kept 2", "kept 3", "lapse", "201", "1.5", "4bf92f3577b34da6a3ce929d0e0e4736"] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }
}

#[test]
fn json_log_line_has_the_trace_id_under_any_filter() {
    for filter in ["info", "warn", "error"] {
        let text = logged(LogFormat::Json, filter, log_what_must_not_be);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert!(!lines.is_empty());
        for line in &lines {
            assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(line["route"], "/v1/x");
            assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
        }
        assert_eq!(lines.last().unwrap()["message"], "kept 3");
    }
    let odd = logged(LogFormat::Json, "info", || tracing::info!(text = "a \"quoted\"\nline", number = f64::INFINITY, "odd"));
    let line: Value = serde_json::from_str(odd.trim_end()).expect(&odd);
    assert_eq!((line["text"].as_str(), line["number"].is_null()), (Some("a \"quoted\"\nline"), true));
}

#[test]
fn a_slow_statement_is_logged_without_its_values() {
    let run = |threshold| {
        logged(LogFormat::Json, "info", || {
            let mut conn = SqliteConnection::establish(":memory:").unwrap();
            conn.set_instrumentation(slow::SlowStatements { threshold, since: None });
            let query = diesel::select(
                diesel::dsl::sql::<diesel::sql_types::Text>("upper(").bind::<diesel::sql_types::Text, _>(CANARY).sql(")"),
            );
            assert_eq!(query.get_result::<String>(&mut conn).unwrap(), CANARY);
        })
    };
    let text = run(std::time::Duration::ZERO);
    assert!(text.contains("SELECT upper(?)") && text.contains("slow statement") && text.contains("\"ms\":"), "{text}");
    assert!(!text.contains(CANARY), "{text}");
    assert_eq!(run(std::time::Duration::from_mins(1)), "");
}
