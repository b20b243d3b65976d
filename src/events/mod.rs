//! The outbox: that something happened, in the transaction in which it happened. Thin: ids, no content, no personal data.
//!
//! Numbers are given inside the one writer (docs/decisions/0001), so they rise in the order of the commits, without gaps: whoever reads
//! up to a number has missed nothing before it.

use diesel::prelude::*;

use crate::db::schema::events;
use crate::db::{self, Conn};
use title_review_core::clock::Instant;

/// Tells that something happened, such as `application.submitted` to an `application`. Answers the event's number.
pub fn publish(conn: &mut Conn, kind: &str, object_kind: &str, object_id: &str, at: Instant) -> db::Result<i64> {
    let last: Option<i64> = events::table.select(diesel::dsl::max(events::seq)).first(conn)?;
    let seq = last.unwrap_or(0) + 1;
    let row = (
        events::seq.eq(seq),
        events::kind.eq(kind),
        events::object_kind.eq(object_kind),
        events::object_id.eq(object_id),
        events::at.eq(at),
    );
    diesel::insert_into(events::table).values(row).execute(conn)?;
    Ok(seq)
}
