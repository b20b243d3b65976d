//! Which versions of the program a database has had, when, and which migrations each brought.

use super::store;
use crate::db::{self, Conn};
use serde::Serialize;
use title_review_core::clock::Instant;
use utoipa::ToSchema;

/// A version that began to run on this database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Upgrade {
    /// Counted from 1.
    pub number: i64,
    /// When, by the host's clock.
    pub at: Instant,
    /// The version before; null for the first.
    pub from: Option<String>,
    /// The version that began.
    #[schema(example = "0.1.0")]
    pub to: String,
    /// The migrations it ran, in their order.
    pub migrations: Vec<String>,
}

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
