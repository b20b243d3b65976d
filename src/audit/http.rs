//! The record over HTTP, for supervisors.

use super::store::{self, AuditFilter, Fault, Row};
use crate::authz::perm;
use crate::clock::Instant;
use crate::http::{Allowed, Answer, Cursor, Outcome, Query, Resource, Routes, page, page_limit, routes};
use crate::ids::AccountId;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One act on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number in the chain, from 1 without gaps.
    pub seq: i64,
    /// When the request was received, or the deadline passed.
    pub at: Instant,
    /// Who acted; null for what a deadline or a command of the host did.
    pub actor_id: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// For which organisation.
    pub organisation_id: Option<String>,
    /// What was done.
    #[schema(example = "application.submit")]
    pub action: String,
    /// Kind of the thing it was done to.
    #[schema(example = "application")]
    pub object_kind: String,
    /// Its id.
    pub object_id: String,
    /// The clause of the notice that it comes from.
    pub clause: Option<String>,
    /// What came of it: `done` or `refused`.
    #[schema(example = "done")]
    pub outcome: String,
    /// The request's trace id.
    pub trace_id: String,
    /// What else matters; null once it was erased.
    #[schema(value_type = Option<Object>)]
    pub detail: Option<serde_json::Value>,
    /// Hash of the row before it.
    pub prev_hash: String,
    /// Hash of this row, which covers the one before.
    pub hash: String,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            actor_id: row.actor_id,
            role: row.role,
            organisation_id: row.organisation_id,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            clause: row.clause,
            outcome: row.outcome,
            trace_id: row.trace_id,
            detail: row.detail.and_then(|text| serde_json::from_str(&text).ok()),
            prev_hash: row.prev_hash,
            hash: row.hash,
        }
    }
}

page!(
    /// The record, newest first.
    AuditPage of AuditEntry
);

/// Which acts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// By this account.
    pub actor_id: Option<AccountId>,
    /// On things of this kind.
    #[param(example = "application")]
    pub object_kind: Option<String>,
    /// On this thing.
    pub object_id: Option<String>,
    /// This act.
    #[param(example = "application.submit")]
    pub action: Option<String>,
    /// Not before this instant.
    pub from: Option<Instant>,
    /// Before this instant.
    pub to: Option<Instant>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 审计日志 / List what was done
///
/// Every act, newest first. The hashes let anyone who kept an older head prove that nothing before it was changed.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_audit_entries(call: Allowed<perm::AuditRead>, query: Query<AuditQuery>) -> Outcome<Answer<AuditPage>> {
    crate::applications::settle(&call).await?;
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = AuditFilter {
            actor: query.actor_id,
            object_kind: query.object_kind,
            object_id: query.object_id,
            action: query.action,
            from: query.from,
            to: query.to,
        };
        let bound = format!("audit|{filter:?}");
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = store::list_rows(cx.conn, &filter, before, limit + 1)?;
        AuditPage::of(rows, limit, keys, &bound, |row| row.seq, AuditEntry::from)
    })
    .await
    .map(Into::into)
}

/// What came of checking the record.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerification {
    /// Nothing was changed, moved, removed or cut off.
    pub intact: bool,
    /// How many rows hold together, from the first.
    pub rows: i64,
    /// Hash of the last row; written down elsewhere it proves later that nothing before it was changed. Null when the record is broken.
    pub head: Option<String>,
    /// First row that is not as it was written; null when it is intact, or when only the seal is wrong.
    pub fault_seq: Option<i64>,
    /// What is wrong.
    pub fault: Option<String>,
}

impl Resource for AuditVerification {}

/// 校验审计日志 / Check the record
///
/// Walks the whole chain.
#[utoipa::path(get, path = "/v1/audit/verification", tag = "audit")]
pub async fn verify_audit(call: Allowed<perm::AuditRead>) -> Outcome<Answer<AuditVerification>> {
    call.read(|cx| {
        let broken = |rows, fault_seq, fault: &Fault| AuditVerification {
            intact: false,
            rows,
            head: None,
            fault_seq,
            fault: Some(fault.to_string()),
        };
        match store::verify(cx.conn, &cx.app.keys) {
            Ok(verified) => {
                Ok(AuditVerification { intact: true, rows: verified.rows, head: Some(verified.head), fault_seq: None, fault: None })
            }
            Err(Fault::Database(error)) => Err(Problem::from(error)),
            Err(fault @ Fault::Row { seq, .. }) => Ok(broken(seq - 1, Some(seq), &fault)),
            Err(fault @ Fault::End { found, .. }) => Ok(broken(found, Some(found + 1), &fault)),
            Err(fault @ Fault::Seal) => Ok(broken(0, None, &fault)),
        }
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_audit_entries, verify_audit);
}
