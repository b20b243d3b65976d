//! Exactly once: a check finds what the run finds, and an import that is stopped anywhere goes on where it was.

use std::time::Duration;

use serde_json::json;

use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

use super::{HEADER, counts, failures, line, send};

/// Lines of which some are spoiled, double, or at odds with others far away; the same ones for each seed.
fn spoiled(seed: u64, count: u32) -> String {
    let mut state = seed;
    let mut next = move |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut text = HEADER.to_owned();
    for number in 0..count {
        let person = u32::try_from(next(40)).unwrap() + 1;
        let certificate = format!("ZJ-{}", next(u64::from(count) / 2));
        let reference = if next(3) == 0 { format!("WS-{}", next(u64::from(count) / 3)) } else { String::new() };
        let row = line(person, &certificate, &reference);
        text += &match next(12) {
            0 => row.replace("专业课", ""),
            1 => row.replace(",60,", ",61,"),
            2 => row.replace("652901", "６５２９０１"),
            3 => row.replace("2023", "2025"),
            4 => row.replacen(char::is_numeric, "#", 3),
            _ => row,
        };
        if number % 97 == 0 {
            text += "\r\n";
        }
    }
    text
}

on_both!(a_check_finds_what_the_run_finds);
async fn a_check_finds_what_the_run_finds(database: Database) {
    let world = World::at(database, "2024-08-01T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.county_reviewer;
    for seed in 1..6 {
        let name = format!("seed-{seed}");
        send(clerk, &name, "study_records", "no", spoiled(seed, 350).as_bytes()).expect(202);
        world.run_jobs().await;
        let (checked, found) = (clerk.read(&format!("/v1/imports/{name}")), failures(clerk, &name));
        assert_eq!(checked["state"], "checked");
        clerk.post(&format!("/v1/imports/{name}/start")).send().expect(200);
        world.run_jobs().await;
        let done = clerk.read(&format!("/v1/imports/{name}"));
        assert_eq!((&done["state"], counts(&done)), (&json!("done"), counts(&checked)), "seed {seed}");
        assert_eq!(failures(clerk, &name), found, "seed {seed}");
        assert!(counts(&done)[2..].iter().all(|count| *count > 0), "{done}");
    }
}

on_both!(an_import_that_is_stopped_goes_on_exactly_once);
async fn an_import_that_is_stopped_goes_on_exactly_once(database: Database) {
    let world = World::at(database, "2024-08-01T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.county_reviewer;
    let rows: String = (0..600).map(|number| line(number % 900 + 1, &format!("ZJ-{number}"), &format!("WS-{number}"))).collect();
    send(clerk, "stopped", "study_records", "always", format!("{HEADER}{rows}").as_bytes()).expect(202);
    let mut stops = 0;
    while clerk.read("/v1/imports/stopped")["state"] != "done" {
        // The runner is gone in the middle; its lease runs out, and another takes the job over.
        if tokio::time::timeout(Duration::from_millis(100 << stops), world.run_jobs()).await.is_err() {
            stops += 1;
        }
        world.wait_seconds(120);
        assert!(stops < 7, "parked");
    }
    assert!(stops > 0, "it was never stopped");
    let import = clerk.read("/v1/imports/stopped");
    assert_eq!(counts(&import), [600, 600, 600, 0, 0, 0], "{import}");
    let sql = "SELECT CAST(count(*) AS TEXT) || ' ' || CAST(count(DISTINCT client_ref) AS TEXT) AS row FROM study_records WHERE import_id IS NOT NULL";
    let rows = world.app.db.read(move |conn| title_review::db::raw::load(conn, sql, &[])).await.unwrap();
    assert_eq!(rows, ["600 600"]);
    let lines = super::lines(&clerk.get("/v1/imports/stopped/results").send());
    assert_eq!(lines.len(), 600);
    assert!(lines.windows(2).all(|pair| pair[0]["line"].as_u64() < pair[1]["line"].as_u64()));
}
