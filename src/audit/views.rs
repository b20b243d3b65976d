//! Rows of the audit log whose object is the data of a person.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::store::LogPosition;
use crate::db::schema::audit;
use crate::db::{Conn, Json, Result};
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;

/// Whose data was looked at, by whom, when.
#[derive(Debug, Clone)]
pub struct ViewFilter {
    /// Whose.
    pub subject: AccountId,
    /// By this account.
    pub actor: Option<AccountId>,
    /// Not before this instant.
    pub from: Option<Instant>,
    /// Before this instant.
    pub to: Option<Instant>,
}

/// A row about somebody's data.
#[derive(Debug, Clone)]
pub struct ViewRow {
    /// Number of the row.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor_id: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// For which organisation.
    pub organisation_id: Option<String>,
    /// What was done.
    pub action: String,
    /// What else is known; null once it was erased.
    pub detail: serde_json::Value,
    /// The request's trace id.
    pub trace_id: String,
}

type Columns = (i64, Instant, Option<String>, Option<String>, Option<String>, String, Option<Json<serde_json::Value>>, String);

/// Rows of these actions about somebody's data, newest first.
pub fn list_views(
    conn: &mut Conn,
    filter: &ViewFilter,
    actions: &[&'static str],
    before: Option<LogPosition>,
    limit: i64,
) -> Result<Vec<ViewRow>> {
    let mut query = audit::table
        // Written out, since the index holds these rows alone.
        .filter(sql::<Bool>("object_kind = 'personal_data'"))
        .filter(audit::object_id.eq(filter.subject.to_string()))
        .filter(audit::action.eq_any(actions.to_vec()))
        .order((audit::at.desc(), audit::seq.desc()))
        .limit(limit)
        .select((
            audit::seq,
            audit::at,
            audit::actor_id,
            audit::role,
            audit::organisation_id,
            audit::action,
            audit::detail,
            audit::trace_id,
        ))
        .into_boxed();
    if let Some(actor) = filter.actor {
        query = query.filter(audit::actor_id.eq(actor.to_string()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit::at.lt(to));
    }
    if let Some((at, seq)) = before {
        let at = Instant::from_micros(at);
        query = query.filter(audit::at.le(at)).filter(audit::at.lt(at).or(audit::seq.lt(seq)));
    }
    let rows: Vec<Columns> = query.load(conn)?;
    let row = |(seq, at, actor_id, role, organisation_id, action, detail, trace_id): Columns| {
        let detail = detail.map_or(serde_json::Value::Null, |Json(detail)| detail);
        ViewRow { seq, at, actor_id, role, organisation_id, action, detail, trace_id }
    };
    Ok(rows.into_iter().map(row).collect())
}
