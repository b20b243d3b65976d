//! PostgreSQL restarts as after a crash, in the middle of transactions.

use std::sync::atomic::Ordering;

use super::client::{Client, Ledger};
use super::load::{Crowd, under_load, wait_for};
use super::place::{Place, can_judge};
use super::proxy::{Manner, Proxy};
use crate::support::postgres::OwnCluster;

/// Restarts it under load three times; how often the server said that it could not, and the invariants that are violated. The server itself is the same all
/// the time.
fn restarted(manner: Manner) -> Option<(u64, Vec<String>)> {
    if !can_judge() {
        println!("python3 (3.11) is not installed: LEFT OUT");
        return None;
    }
    let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
    let cluster = OwnCluster::start(&folder.path().join("pg"))?;
    let place = Place::at(folder.path(), cluster.url());
    let mut server = place.serve();
    let client = Client::new(&server.address);
    let crowd = Crowd::enter(&client, Ledger::open(&place.ledger));
    crowd.prepare(&client, 4);
    let proxy = Proxy::before(&server.address, manner);
    let client = Client::new(&proxy.address);
    under_load(&crowd, &client, 8, 5, || {
        for round in 0..30 {
            // A liar has to get something to lie about.
            if round >= 3 && (manner == Manner::Honest || proxy.lies() > 0) {
                break;
            }
            wait_for(&crowd, 15);
            cluster.restart_immediately();
        }
        // By itself: nobody has told the server.
        wait_for(&crowd, 15);
    });
    client.assert_named();
    assert!(server.ended().is_none(), "{}", place.log());
    assert_eq!(client.unanswered.load(Ordering::Relaxed), 0, "each request has its answer");
    Some((client.unavailable.load(Ordering::Relaxed), place.violated()))
}

#[test]
fn a_database_that_restarts_loses_nothing_and_is_found_again() {
    let Some((refused, violated)) = restarted(Manner::Honest) else { return };
    assert!(refused > 0, "no request met the restarts");
    assert_eq!(violated, Vec::<String>::new());
}

#[test]
fn lost_connection_reported_as_success_is_detected() {
    let Some((_, violated)) = restarted(Manner::Rosy) else { return };
    assert_eq!(violated, ["acknowledged_is_on_record"]);
}
