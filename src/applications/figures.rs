//! How many applications there are, for monitoring: counted on indexes alone, never on the rows.

use super::store::{self, Counted};
use crate::db::schema::applications;
use crate::db::{self, Conn};
use diesel::prelude::*;
use title_review_core::clock::Instant;

/// How many applications are at each stage and step; where none is, is not named.
pub fn count_all_by_stage(conn: &mut Conn) -> db::Result<Vec<Counted>> {
    store::count_by_stage(conn, [])
}

/// How many applications lapse up to this instant.
pub fn count_due(conn: &mut Conn, until: Instant) -> db::Result<i64> {
    let due = applications::lapse_at.is_not_null().and(applications::lapse_at.assume_not_null().le(until));
    Ok(applications::table.filter(due).count().get_result(conn)?)
}
