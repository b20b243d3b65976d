//! `title-review doctor`: each part that is not well is named, with what to do.

use std::fs;

use serde_json::Value;

use super::office::Office;
use crate::cli::text;
use crate::support::database::{Database, Dialect};
use crate::support::on_both;

/// State of each part by name, and whether the whole is well.
fn examined(office: &Office) -> (Vec<(String, String, String)>, bool) {
    let output = office.run(&["doctor", "--json"]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    assert_eq!(output.status.success(), said["ok"].as_bool().unwrap(), "{said}");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = said["findings"].as_array().unwrap().iter();
    let findings = findings
        .map(|found| (word(&found["part"]), word(&found["state"]), format!("{} {}", word(&found["found"]), word(&found["cure"]))));
    (findings.collect(), output.status.success())
}

#[track_caller]
fn assert_found(office: &Office, part: &str, state: &str, said: &str) {
    let (findings, well) = examined(office);
    assert!(findings.iter().any(|(p, s, text)| (p.as_str(), s.as_str()) == (part, state) && text.contains(said)), "{findings:?}");
    assert_eq!(well, findings.iter().all(|(_, state, _)| state != "fail"));
}

on_both!(doctor_names_each_failing_part);
async fn doctor_names_each_failing_part(database: Database) {
    let dialect = database.dialect;
    let office = Office::new(database);
    let (before, well) = examined(&office);
    assert!(!well && before.iter().any(|(part, state, _)| part == "keys" && state == "fail"), "{before:?}");
    assert!(!office.data.join("keys.toml").exists() && !office.data.join("objects").exists(), "it makes nothing");
    assert_found(&office, "backup", "warn", "keygen");

    office.done(&["backup", "keygen"]);
    let server = office.serve();
    let (findings, well) = examined(&office);
    assert!(well, "{findings:?}");
    for part in ["config", "data", "disk", "storage", "keys", "database", "migrations", "clock", "jobs", "backup"] {
        assert!(
            findings.iter().any(|(p, state, _)| p == part && (state == "ok" || part == "disk" || part == "data")),
            "{part}: {findings:?}"
        );
    }
    drop(server);
    assert!(examined(&office).1, "stopped as well");
    let told = office.done(&["doctor"]);
    assert!(told.lines().any(|line| line.starts_with("ok   database")), "{told}");

    office.sql(
        "INSERT INTO jobs (id, kind, payload, state, run_at, attempts, created_at) VALUES ('01900000-0000-7000-8000-000000000001', 'lapse', '{}', 'parked', '2024-01-01 00:00:00', 9, '2024-01-01 00:00:00')",
    );
    assert_found(&office, "jobs", "warn", "1 parked, the first of kind lapse");
    office.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231')");
    assert_found(&office, "migrations", "fail", "use a newer program");
    office.sql("DELETE FROM __diesel_schema_migrations WHERE version = '29991231'");
    // A clock that is behind what it has shown: the record of a real server, two years ahead.
    office.sql("UPDATE meta SET value = 'false' WHERE key = 'sandbox'");
    office.sql("UPDATE meta SET value = rtrim(value, '0123456789') || '4102444800000000' WHERE key = 'audit.head'");
    assert_found(&office, "clock", "fail", "is before the latest act on record");

    let keys = office.data.join("keys.toml");
    fs::rename(&keys, office.apart.join("keys.toml")).unwrap();
    assert_found(&office, "keys", "fail", "put the key file back");
    title_review::keys::KeyRing::load(&title_review::config::Config::with_data(&office.data).unwrap().keys, &office.data).unwrap();
    assert_found(&office, "keys", "fail", "not the one of this database");
    fs::remove_file(&keys).unwrap();
    fs::rename(office.apart.join("keys.toml"), &keys).unwrap();
    let objects = office.data.join("objects");
    fs::rename(&objects, office.apart.join("objects")).unwrap();
    fs::write(&objects, "in the way").unwrap();
    assert_found(&office, "storage", "fail", "objects");
    fs::remove_file(&objects).unwrap();
    fs::write(office.data.join("restore-unfinished"), "").unwrap();
    assert_found(&office, "data", "fail", "run it again");
    match dialect {
        Dialect::Sqlite => {
            let path = office.data.join("title-review.db");
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle..middle + 4096].fill(0x5a);
            fs::write(&path, bytes).unwrap();
            assert_found(&office, "database", "fail", "restore the last backup");
        }
        Dialect::Postgres => {
            let office = office.at("postgres://127.0.0.1:1/none");
            assert_found(&office, "database", "fail", "check database.url");
        }
    }
}
