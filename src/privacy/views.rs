//! Who saw somebody's data, read from the audit log.

use crate::audit::{self, LogPosition, ViewFilter};
use crate::db::{self, Conn};
use crate::disclosures::ViewKind;

/// A look at somebody's data, with its kind.
#[derive(Debug, Clone)]
pub struct SeenBy {
    /// What was seen.
    pub kind: ViewKind,
    /// The row of the audit log.
    pub row: audit::ViewRow,
}

impl SeenBy {
    /// Where a page that ends with this look ended.
    #[must_use]
    pub fn place(&self) -> LogPosition {
        (self.row.at.micros(), self.row.seq)
    }
}

/// Looks at somebody's data, newest first.
pub fn list_views(conn: &mut Conn, filter: &ViewFilter, before: Option<LogPosition>, limit: i64) -> db::Result<Vec<SeenBy>> {
    let actions: Vec<&'static str> = ViewKind::ALL.iter().map(|kind| kind.action()).collect();
    let rows = audit::list_views(conn, filter, &actions, before, limit)?;
    let seen = |row: audit::ViewRow| Some(SeenBy { kind: ViewKind::of_action(&row.action)?, row });
    Ok(rows.into_iter().filter_map(seen).collect())
}
