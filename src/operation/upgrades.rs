//! Which versions of the program a database has had, when, and which migrations each brought.

use super::store;
use crate::db::{self, Conn};
use title_review_core::clock::Instant;

pub use super::model::Upgrade;

/// Notes that this program runs on the database from now on, if another one did before or migrations were run.
pub fn note(conn: &mut Conn, now: Instant, applied: &[String]) -> db::Result<()> {
    let to = env!("CARGO_PKG_VERSION").to_owned();
    let last = store::list_upgrades(conn, 1)?.pop();
    if applied.is_empty() && last.as_ref().is_some_and(|last| last.to == to) {
        return Ok(());
    }
    let number = last.as_ref().map_or(1, |last| last.number + 1);
    let upgrade = Upgrade { number, at: now, from: last.map(|last| last.to), to, migrations: applied.to_vec() };
    store::insert_upgrade(conn, &upgrade)
}

/// The latest ones, newest first.
pub fn list(conn: &mut Conn) -> db::Result<Vec<Upgrade>> {
    store::list_upgrades(conn, 100)
}
