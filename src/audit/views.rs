//! Looks at personal data: the rows of the record whose object is a person.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::store::Place;
use crate::db::schema::audit;
use crate::db::{Conn, Result};
use crate::privacy::ViewKind;
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

/// A look at somebody's data.
#[derive(Debug, Clone)]
pub struct SeenBy {
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
    /// What was seen.
    pub kind: ViewKind,
    /// What else is known; null once it was erased.
    pub detail: serde_json::Value,
    /// The request's trace id.
    pub trace_id: String,
}

type Columns = (i64, Instant, Option<String>, Option<String>, Option<String>, String, Option<String>, String);

/// Looks at somebody's data, newest first.
pub fn list_views(conn: &mut Conn, filter: &ViewFilter, before: Option<Place>, limit: i64) -> Result<Vec<SeenBy>> {
    let actions: Vec<&str> = ViewKind::ALL.iter().map(|kind| kind.action()).collect();
    let mut query = audit::table
        // Written out, since the index holds these rows alone.
        .filter(sql::<Bool>("object_kind = 'personal_data'"))
        .filter(audit::object_id.eq(filter.subject.to_string()))
        .filter(audit::action.eq_any(actions))
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
    let seen = |(seq, at, actor_id, role, organisation_id, action, detail, trace_id): Columns| {
        let kind = ViewKind::of_action(&action)?;
        let detail = detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Some(SeenBy { seq, at, actor_id, role, organisation_id, kind, detail, trace_id })
    };
    Ok(rows.into_iter().filter_map(seen).collect())
}
