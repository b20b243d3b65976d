//! kill -9 under a mixed load, again and again.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use super::client::{Client, Ledger};
use super::load::{Chance, Crowd, under_load, wait_for};
use super::place::{Place, Served};
use super::proxy::{Manner, Proxy};
use crate::support::database::Dialect;

/// Cycles of kill, start and check in one life of a database; the long form begins a new one after them.
const CYCLES: u64 = 10;
const THREADS: u64 = 6;
/// What a mixed load has acknowledged at the end.
const MIXED: [&str; 14] = [
    "account.create",
    "session.begin",
    "profile.replace",
    "application.create",
    "application.edit",
    "attachment.upload",
    "application.sign_commitment",
    "application.submit",
    "publicity.open",
    "objection.raise",
    "objection.decide",
    "application.approve",
    "order.confirm",
    "application.receive_original",
];

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Days of business time that the cycles run on: notices put up in one are over some cycles later.
fn day(cycle: u64) -> String {
    format!("2024-08-{:02}T09:00:00+08:00", 5 + 2 * (cycle % CYCLES))
}

/// What a run saw.
#[derive(Default)]
struct Seen {
    cycles: u64,
    acknowledged: usize,
    acts: BTreeMap<String, usize>,
    answered: u64,
    slowest_start: Duration,
}

fn killed_again_and_again(dialect: Dialect) {
    let cycles = number("FAULT_CYCLES", CYCLES);
    let first = number("FAULT_SEED", u64::from(std::process::id()));
    println!("kill -9, {dialect:?}: FAULT_SEED={first} FAULT_CYCLES={cycles}");
    let mut chance = Chance::new(first);
    let mut seen = Seen::default();
    while seen.cycles < cycles {
        let Some(place) = Place::new(dialect) else { return };
        one_life(&place, CYCLES.min(cycles - seen.cycles), &mut chance, &mut seen);
        seen.acknowledged += place.acknowledged();
        for (action, count) in place.acts() {
            *seen.acts.entry(action).or_default() += count;
        }
        println!(
            "{} cycles: {} acknowledged acts, {} answers, slowest start {:?}; {:?}",
            seen.cycles, seen.acknowledged, seen.answered, seen.slowest_start, seen.acts
        );
    }
    if cycles >= CYCLES {
        let absent: Vec<_> = MIXED.iter().filter(|action| !seen.acts.contains_key(**action)).collect();
        assert!(absent.is_empty(), "the load was not mixed: no {absent:?}");
    }
}

fn one_life(place: &Place, cycles: u64, chance: &mut Chance, seen: &mut Seen) {
    let mut server = place.serve();
    let mut client = Client::new(&server.address);
    let crowd = Crowd::enter(&client, Ledger::open(&place.ledger));
    crowd.prepare(&client, 6);
    place.assert_whole();
    for cycle in 0..cycles {
        client.travel(&day(cycle));
        let (acts, more) = (1 + chance.below(60), Duration::from_micros(chance.below(20_000)));
        under_load(&crowd, &client, THREADS, chance.next(), || {
            wait_for(&crowd, acts);
            std::thread::sleep(more);
            server.kill();
        });
        client.assert_named();
        seen.answered += client.answered.load(std::sync::atomic::Ordering::Relaxed);
        let started = std::time::Instant::now();
        server = place.serve();
        seen.slowest_start = seen.slowest_start.max(started.elapsed());
        client = Client::new(&server.address);
        place.assert_whole();
        seen.cycles += 1;
    }
}

#[test]
fn killed_server_loses_no_acknowledged_write_sqlite() {
    killed_again_and_again(Dialect::Sqlite);
}

#[test]
fn killed_server_loses_no_acknowledged_write_postgres() {
    killed_again_and_again(Dialect::Postgres);
}

/// A server that a crowd has worked on, to be killed.
fn at_work(dialect: Dialect) -> Option<(Place, Served, Crowd)> {
    let place = Place::new(dialect)?;
    let server = place.serve();
    let client = Client::new(&server.address);
    let crowd = Crowd::enter(&client, Ledger::open(&place.ledger));
    crowd.prepare(&client, 2);
    Some((place, server, crowd))
}

/// Kills a server whose clients ask by way of such a proxy; the invariants that are violated then.
fn killed_behind(dialect: Dialect, manner: Manner) -> Option<Vec<String>> {
    let (place, server, crowd) = at_work(dialect)?;
    let proxy = Proxy::before(&server.address, manner);
    under_load(&crowd, &Client::new(&proxy.address), THREADS, 1, || {
        wait_for(&crowd, 40);
        let told = proxy.lies();
        // In the time between the lie and its truth.
        while manner == Manner::EarlyAcknowledgement && proxy.lies() == told {
            std::thread::sleep(Duration::from_millis(1));
        }
        // Until the client has read it.
        std::thread::sleep(Duration::from_millis(50));
        server.kill();
    });
    let _again = place.serve();
    Some(place.violated())
}

#[test]
fn acknowledgement_before_the_commit_is_detected() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let Some(honest) = killed_behind(dialect, Manner::Honest) else { return };
        assert_eq!(honest, Vec::<String>::new());
        let lying = killed_behind(dialect, Manner::EarlyAcknowledgement).expect("as before");
        assert_eq!(lying, ["acknowledged_is_on_record"]);
    }
}

// The other mutant: commits that were not kept. The database is put back to what it was some acts ago.
#[test]
fn database_that_loses_commits_is_detected() {
    let Some((place, server, crowd)) = at_work(Dialect::Sqlite) else { return };
    let file = place.url.trim_start_matches("sqlite:").to_owned();
    let earlier = format!("{file}.earlier");
    let client = Client::new(&server.address);
    under_load(&crowd, &client, THREADS, 1, || {
        wait_for(&crowd, 5);
        let mut conn = SqliteConnection::establish(&file).unwrap();
        conn.batch_execute(&format!("VACUUM INTO '{earlier}'")).unwrap();
        wait_for(&crowd, 60);
        server.kill();
    });
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{file}{ending}"));
    }
    std::fs::rename(earlier, file).unwrap();
    let _again = place.serve();
    let violated = place.violated();
    assert!(violated.contains(&"acknowledged_is_on_record".to_owned()), "{violated:?}");
    // All that is there holds together: only who was told otherwise can know.
    assert!(violated.iter().all(|name| name.starts_with("acknowledged_")), "{violated:?}");
}
