//! Use cases on the record as a whole.

use super::store;
use crate::app::{Act, Cx};
use crate::db;
use serde_json::json;
use title_review_core::clock::Instant;

/// Sets business time back to `to`, on record: for a host whose clock was ahead (docs/decisions/0031). Gives what it had come to.
pub fn set_back(cx: &mut Cx<'_>, to: Instant, reason: &str) -> db::Result<Option<Instant>> {
    let reached = store::find_reached(cx.conn)?;
    cx.record(Act {
        action: "clock.set_back",
        object_kind: "clock",
        object_id: "business".to_owned(),
        clause: None,
        detail: json!({ "from": reached, "to": to, "reason": reason }),
    })?;
    store::set_reached(cx.conn, &cx.app.keys, to)?;
    Ok(reached)
}
