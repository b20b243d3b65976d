//! The outbox: that something happened, in the transaction in which it happened. Thin: ids, no content, no personal data.
//!
//! An event has the number of the audit row that records the same act. Those are given inside the one writer (docs/decisions/0001), so they rise in the
//! order of the commits: whoever reads up to a number has missed nothing before it. Acts that are no events (refusals, disclosures) leave gaps.

use diesel::prelude::*;

use crate::db::schema::events;
use crate::db::{self, Conn};
use title_review_core::clock::Instant;

/// Tells that something happened, such as `application.submitted` to an `application`, under the number of its audit row.
pub fn publish(conn: &mut Conn, seq: i64, kind: &str, object_kind: &str, object_id: &str, at: Instant) -> db::Result<()> {
    let row = (
        events::seq.eq(seq),
        events::kind.eq(kind),
        events::object_kind.eq(object_kind),
        events::object_id.eq(object_id),
        events::at.eq(at),
    );
    diesel::insert_into(events::table).values(row).execute(conn)?;
    Ok(())
}
