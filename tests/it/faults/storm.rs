//! Sixty-four writers at once, while another process takes the write lock now and then.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::client::{Client, Ledger};
use super::load::{Crowd, under_load, wait_for};
use super::place::Place;
use super::proxy::{Manner, Proxy};
use crate::support::database::Dialect;

const WRITERS: u64 = 64;

/// Another process that holds the write lock for longer than the server waits for it, then lets go for a moment, again and again.
fn holder(place: &Place) -> Child {
    let mut command = if let Some(path) = place.url.strip_prefix("sqlite:") {
        let program = "import sqlite3, sys, time\n\
            conn = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n\
            while True:\n    conn.execute('BEGIN IMMEDIATE'); time.sleep(0.5); conn.execute('ROLLBACK'); time.sleep(0.2)\n";
        let mut command = Command::new("python3");
        command.args(["-c", program, path]);
        command
    } else {
        // The lock by which writers take turns (docs/decisions/0001).
        let once =
            format!("BEGIN; SELECT pg_advisory_xact_lock({}); SELECT pg_sleep(0.5); ROLLBACK; SELECT pg_sleep(0.2);", 0x7472_0001);
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-d", &place.url]);
        command.args(std::iter::repeat_n(["-c", &once], 200).flatten());
        command
    };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("another process")
}

/// Lets the storm blow; how often the server said that it could not, and the invariants that are violated.
fn storm(dialect: Dialect, manner: Manner) -> Option<(u64, Vec<String>)> {
    let mut place = Place::new(dialect)?;
    place.environment.push(("TITLE_REVIEW_DATABASE__BUSY_TIMEOUT_MS".to_owned(), "200".to_owned()));
    let server = place.serve();
    let client = Client::new(&server.address);
    let crowd = Crowd::enter(&client, Ledger::open(&place.ledger));
    crowd.prepare(&client, 4);
    let proxy = Proxy::before(&server.address, manner);
    // Without one in between where none is needed: connections live on.
    let client = Client::new(if manner == Manner::Honest { &server.address } else { &proxy.address });
    let mut holder = holder(&place);
    under_load(&crowd, &client, WRITERS, 64, || {
        wait_for(&crowd, 150);
        // A liar has to get something to lie about: until then the lock is held.
        let until = Instant::now() + Duration::from_mins(2);
        while manner == Manner::Rosy && proxy.lies() == 0 {
            assert!(Instant::now() < until, "no objection was refused for want of the lock");
            wait_for(&crowd, 10);
        }
        holder.kill().unwrap();
        holder.wait().unwrap();
        // And it goes on as before.
        wait_for(&crowd, 50);
    });
    client.assert_named();
    assert_eq!(client.unanswered.load(Ordering::Relaxed), 0, "each request has its answer");
    Some((client.unavailable.load(Ordering::Relaxed), place.violated()))
}

#[test]
fn sixty_four_writers_and_a_held_lock_lose_no_acknowledged_write() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let Some((refused, violated)) = storm(dialect, Manner::Honest) else { return };
        assert!(refused > 0, "the lock was never held long enough to be noticed");
        assert_eq!(violated, Vec::<String>::new());
    }
}

#[test]
fn busy_answer_reported_as_success_is_detected() {
    let Some((_, violated)) = storm(Dialect::Sqlite, Manner::Rosy) else { return };
    assert_eq!(violated, ["acknowledged_is_on_record"]);
}
