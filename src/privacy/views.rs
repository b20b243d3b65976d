//! Who saw somebody's data, read from the audit log.

use crate::audit::{self, Place, ViewFilter};
use crate::db::{self, Conn};
use crate::disclosures::ViewKind;
use serde::Serialize;
use title_review_core::clock::Instant;
use utoipa::ToSchema;

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
    pub fn place(&self) -> Place {
        (self.row.at.micros(), self.row.seq)
    }
}

/// Looks at somebody's data, newest first.
pub fn list_views(conn: &mut Conn, filter: &ViewFilter, before: Option<Place>, limit: i64) -> db::Result<Vec<SeenBy>> {
    let actions: Vec<&'static str> = ViewKind::ALL.iter().map(|kind| kind.action()).collect();
    let rows = audit::list_views(conn, filter, &actions, before, limit)?;
    let seen = |row: audit::ViewRow| Some(SeenBy { kind: ViewKind::of_action(&row.action)?, row });
    Ok(rows.into_iter().filter_map(seen).collect())
}

/// A look at somebody's data.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataView {
    /// Its number in the record.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor_id: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// For which organisation.
    pub organisation_id: Option<String>,
    /// What was seen.
    pub kind: ViewKind,
    /// Of which application.
    pub application_id: Option<String>,
    /// Which file.
    pub attachment_id: Option<String>,
    /// Which fields in full.
    pub fields: Vec<String>,
    /// What for; null for kinds that ask for no purpose, and once it was erased.
    pub purpose: Option<String>,
    /// In the words of who looked.
    pub reason: Option<String>,
    /// From which address.
    pub from: Option<String>,
    /// The request's trace id.
    pub trace_id: String,
}

impl From<SeenBy> for DataView {
    fn from(SeenBy { kind, row }: SeenBy) -> Self {
        let text = |name: &str| row.detail.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let fields = row.detail.get("fields").and_then(serde_json::Value::as_array).into_iter().flatten();
        Self {
            application_id: text("application"),
            attachment_id: text("attachment"),
            fields: fields.filter_map(serde_json::Value::as_str).map(str::to_owned).collect(),
            purpose: text("purpose"),
            reason: text("reason"),
            from: text("from"),
            seq: row.seq,
            at: row.at,
            actor_id: row.actor_id,
            role: row.role,
            organisation_id: row.organisation_id,
            kind,
            trace_id: row.trace_id,
        }
    }
}
