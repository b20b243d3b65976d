//! `title-review doctor`: each part that is not well is named, with what to do.

use std::fs;

use serde_json::Value;

use super::house::House;
use crate::cli::text;
use crate::support::database::{Database, Dialect};
use crate::support::on_both;

/// State of each part by name, and whether the whole is well.
fn examined(house: &House) -> (Vec<(String, String, String)>, bool) {
    let output = house.run(&["doctor", "--json"]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    assert_eq!(output.status.success(), said["ok"].as_bool().unwrap(), "{said}");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = said["findings"].as_array().unwrap().iter();
    let findings = findings
        .map(|found| (word(&found["part"]), word(&found["state"]), format!("{} {}", word(&found["found"]), word(&found["cure"]))));
    (findings.collect(), output.status.success())
}

#[track_caller]
fn assert_found(house: &House, part: &str, state: &str, said: &str) {
    let (findings, well) = examined(house);
    assert!(findings.iter().any(|(p, s, text)| (p.as_str(), s.as_str()) == (part, state) && text.contains(said)), "{findings:?}");
    assert_eq!(well, findings.iter().all(|(_, state, _)| state != "fail"));
}

on_both!(each_part_that_is_not_well_is_named);
async fn each_part_that_is_not_well_is_named(database: Database) {
    let dialect = database.dialect;
    let house = House::new(database);
    let (before, well) = examined(&house);
    assert!(!well && before.iter().any(|(part, state, _)| part == "keys" && state == "fail"), "{before:?}");
    assert!(!house.data.join("keys.toml").exists() && !house.data.join("objects").exists(), "it makes nothing");
    assert_found(&house, "backup", "warn", "keygen");

    house.done(&["backup", "keygen"]);
    let server = house.serve();
    let (findings, well) = examined(&house);
    assert!(well, "{findings:?}");
    for part in ["config", "data", "disk", "storage", "keys", "database", "migrations", "clock", "jobs", "backup"] {
        assert!(
            findings.iter().any(|(p, state, _)| p == part && (state == "ok" || part == "disk" || part == "data")),
            "{part}: {findings:?}"
        );
    }
    drop(server);
    assert!(examined(&house).1, "stopped as well");
    let told = house.done(&["doctor"]);
    assert!(told.lines().any(|line| line.starts_with("ok   database")), "{told}");

    house.sql(
        "INSERT INTO jobs (id, kind, payload, state, run_at, attempts, created_at) VALUES ('01900000-0000-7000-8000-000000000001', 'lapse', '{}', 'parked', '2024-01-01 00:00:00', 9, '2024-01-01 00:00:00')",
    );
    assert_found(&house, "jobs", "warn", "1 parked, the first of kind lapse");
    house.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231')");
    assert_found(&house, "migrations", "fail", "use a newer program");
    house.sql("DELETE FROM __diesel_schema_migrations WHERE version = '29991231'");
    // A clock that is behind what it has shown: the record of a real server, two years ahead.
    house.sql("UPDATE meta SET value = 'false' WHERE key = 'sandbox'");
    house.sql("UPDATE meta SET value = rtrim(value, '0123456789') || '4102444800000000' WHERE key = 'audit.head'");
    assert_found(&house, "clock", "fail", "is before the latest act on record");

    let keys = house.data.join("keys.toml");
    fs::rename(&keys, house.apart.join("keys.toml")).unwrap();
    assert_found(&house, "keys", "fail", "put the key file back");
    title_review::keys::KeyRing::load(&title_review::config::Config::with_data(&house.data).unwrap().keys, &house.data).unwrap();
    assert_found(&house, "keys", "fail", "not the one of this database");
    fs::remove_file(&keys).unwrap();
    fs::rename(house.apart.join("keys.toml"), &keys).unwrap();
    let objects = house.data.join("objects");
    fs::rename(&objects, house.apart.join("objects")).unwrap();
    fs::write(&objects, "in the way").unwrap();
    assert_found(&house, "storage", "fail", "objects");
    fs::remove_file(&objects).unwrap();
    fs::write(house.data.join("restore-unfinished"), "").unwrap();
    assert_found(&house, "data", "fail", "run it again");
    match dialect {
        Dialect::Sqlite => {
            let path = house.data.join("title-review.db");
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle..middle + 4096].fill(0x5a);
            fs::write(&path, bytes).unwrap();
            assert_found(&house, "database", "fail", "restore the last backup");
        }
        Dialect::Postgres => {
            let house = house.at("postgres://127.0.0.1:1/none");
            assert_found(&house, "database", "fail", "check database.url");
        }
    }
}
