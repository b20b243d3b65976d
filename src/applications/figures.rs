//! How many applications there are, for monitoring: counted on indexes alone, never on the rows.

use crate::db::schema::applications;
use crate::db::{self, Conn};
use diesel::dsl::count_star;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::vocabulary::Stage;

/// How many applications are in each stage; a stage without any is not named.
pub fn count_all_by_stage(conn: &mut Conn) -> db::Result<Vec<(Stage, i64)>> {
    let counted = applications::table.group_by(applications::stage).select((applications::stage, count_star()));
    Ok(counted.order(applications::stage).load(conn)?)
}

/// How many applications lapse up to this instant.
pub fn count_due(conn: &mut Conn, until: Instant) -> db::Result<i64> {
    let due = applications::lapse_at.is_not_null().and(applications::lapse_at.assume_not_null().le(until));
    Ok(applications::table.filter(due).count().get_result(conn)?)
}
