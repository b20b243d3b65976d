//! The audit log over HTTP, for supervisors.

use super::service::{self, Error, Verification};
use crate::audit::heads::{self, SignedHead};
use crate::audit::{self, AuditFilter, Row, ViewFilter};
use crate::authz::perm;
use crate::db;
use crate::http::{
    Allowed, Answer, Call, Cursor, Lines, Outcome, PageQuery, Public, Published, Query, Resource, Routes, page, page_limit, routes,
};
use crate::keys::AuditPublicKey;
use crate::privacy;
use crate::privacy::http::DataView;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::vocabulary::Role;
use utoipa::{IntoParams, ToSchema};

/// One act on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number in the chain, from 1 without gaps.
    pub seq: i64,
    /// When the request was received.
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
    /// What else matters, and where it came from (`from`); null once it was erased.
    #[schema(value_type = Option<Object>)]
    pub detail: Option<serde_json::Value>,
    /// Hash of the row before it.
    pub prev_hash: String,
    /// Hash of this row, which covers the one before.
    pub hash: String,
}

impl TryFrom<Row> for AuditEntry {
    type Error = db::Error;

    /// Fails where a detail that was not erased cannot be read.
    fn try_from(row: Row) -> Result<Self, db::Error> {
        let unreadable = |error| db::Error::Unreadable(format!("detail of row {} of the audit log: {error}", row.seq));
        let detail = row.detail.map(|text| serde_json::from_str(&text)).transpose().map_err(unreadable)?;
        Ok(Self {
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
            detail,
            prev_hash: row.prev_hash,
            hash: row.hash,
        })
    }
}

page!(
    /// The record, newest first.
    AuditPage of AuditEntry
);

/// Declares the query of an operation on acts: the filter, then what else the operation is asked with.
macro_rules! audit_query {
    ($(#[$about:meta])* $name:ident { $($more:tt)* }) => {
        $(#[$about])*
        #[derive(Deserialize, IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// By this account.
            pub actor_id: Option<AccountId>,
            /// In this role.
            #[param(example = "committee_office")]
            pub role: Option<Role>,
            /// For this organisation.
            pub organisation_id: Option<OrganisationId>,
            /// On things of this kind.
            #[param(example = "application")]
            pub object_kind: Option<String>,
            /// On this thing.
            pub object_id: Option<String>,
            /// This act.
            #[param(example = "application.submit")]
            pub action: Option<String>,
            /// Resting on this clause.
            #[param(example = "4.2.1b")]
            pub clause: Option<String>,
            /// What came of it.
            #[param(inline)]
            pub outcome: Option<audit::Outcome>,
            /// Not before this instant.
            pub from: Option<Instant>,
            /// Before this instant.
            pub to: Option<Instant>,
            $($more)*
        }

        impl From<$name> for AuditFilter {
            fn from(query: $name) -> Self {
                Self {
                    actor: query.actor_id,
                    role: query.role,
                    organisation: query.organisation_id,
                    object_kind: query.object_kind,
                    object_id: query.object_id,
                    action: query.action,
                    clause: query.clause,
                    outcome: query.outcome,
                    from: query.from,
                    to: query.to,
                }
            }
        }
    };
}

audit_query! {
    /// Which acts.
    AuditQuery {
        /// Rows on the page.
        #[param(minimum = 1, maximum = 200, default = 50)]
        pub limit: Option<i64>,
        /// Where the page before ended.
        pub cursor: Option<String>,
    }
}

audit_query! {
    /// Which acts, without pages.
    AuditExportQuery {}
}

/// 审计日志 / List what was done
///
/// Every act, newest first: by number, or by instant where `from` or `to` is given. The hashes let anyone who kept an older head prove
/// that nothing before it was changed.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_audit_entries(call: Allowed<perm::AuditRead>, query: Query<AuditQuery>) -> Outcome<Answer<AuditPage>> {
    crate::applications::http::expire_due(&call).await?;
    let mut query = query.0;
    let limit = page_limit(query.limit)?;
    let cursor = query.cursor.take();
    let filter = AuditFilter::from(query);
    call.read(move |cx| {
        let bound = format!("audit|{filter:?}");
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &bound, cursor.as_deref())?;
        let rows = audit::list_rows(cx.conn, &filter, before, limit + 1)?;
        let placed = |row: Row| Ok((row.place(), AuditEntry::try_from(row)?));
        let rows: Vec<_> = rows.into_iter().map(placed).collect::<Result<_, db::Error>>()?;
        AuditPage::of(rows, limit, keys, &bound, |(place, _)| *place, |(_, entry)| entry)
    })
    .await
    .map(Into::into)
}

page!(
    /// Looks at somebody's data, newest first.
    DataViewPage of DataView
);

/// Whose data, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DataViewQuery {
    /// Whose.
    #[param(example = "01912345-6789-7abc-8def-0123456789ab")]
    pub subject_id: AccountId,
    /// By this account.
    pub actor_id: Option<AccountId>,
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

/// 谁看过某人的信息 / Who saw somebody's data
///
/// Every look between two instants at what is shown masked elsewhere, at a dossier, at a file, and exports of one's own data.
#[utoipa::path(get, path = "/v1/audit/views", tag = "audit", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_data_views(call: Allowed<perm::AuditRead>, query: Query<DataViewQuery>) -> Outcome<Answer<DataViewPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let filter = ViewFilter { subject: query.subject_id, actor: query.actor_id, from: query.from, to: query.to };
    call.read(move |cx| {
        let bound = format!("audit views|{filter:?}");
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = privacy::list_views(cx.conn, &filter, before, limit + 1)?;
        DataViewPage::of(rows, limit, keys, &bound, privacy::SeenBy::place, DataView::from)
    })
    .await
    .map(Into::into)
}

/// Rows that are read at once for an export.
const BATCH: i64 = 500;

/// 导出审计日志 / Export what was done
///
/// Every act that the record has at this moment, oldest first, one JSON object in each line. The export is on record itself.
#[utoipa::path(get, path = "/v1/audit/export", tag = "audit")]
pub async fn export_audit(call: Allowed<perm::AuditRead>, query: Query<AuditExportQuery>) -> Outcome<Lines<AuditEntry>> {
    crate::applications::http::expire_due(&call).await?;
    let filter = AuditFilter::from(query.0);
    let to = call.write(service::begin_export).await?;
    let call = Call::clone(&call);
    Ok(Lines::of("audit.ndjson", 0, move |after| {
        let (call, filter) = (call.clone(), filter.clone());
        async move {
            let rows = call.read(move |cx| audit::list_onwards(cx.conn, &filter, after, to, BATCH)).await?;
            let Some(last) = rows.last().map(|row| row.seq) else { return Ok(None) };
            let entries = rows.into_iter().map(AuditEntry::try_from).collect::<Result<_, _>>()?;
            Ok(Some((entries, last)))
        }
    }))
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
    /// How many signed heads, in the database and exported, agree with it.
    pub signed_heads: usize,
    /// First row that is not as it was written; null when it is intact, or when only a seal or a signature is wrong.
    pub fault_seq: Option<i64>,
    /// What is wrong.
    pub fault: Option<String>,
}

impl Resource for AuditVerification {}

impl From<Verification> for AuditVerification {
    fn from(found: Verification) -> Self {
        match found {
            Verification::Intact(whole) => Self {
                intact: true,
                rows: whole.rows,
                head: Some(whole.head),
                signed_heads: whole.heads,
                fault_seq: None,
                fault: None,
            },
            Verification::Broken(fault) => Self {
                intact: false,
                rows: fault.row().map_or(0, |row| row - 1),
                head: None,
                signed_heads: 0,
                fault_seq: fault.row(),
                fault: Some(fault.to_string()),
            },
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Db(error) => error.into(),
            broken @ Error::BrokenOff(_) => Self::internal(&broken),
        }
    }
}

/// 校验审计日志 / Check the record
///
/// Walks the whole chain as it stands at one moment, while others go on writing, and compares it with every signed head.
#[utoipa::path(get, path = "/v1/audit/verification", tag = "audit")]
pub async fn verify_audit(call: Allowed<perm::AuditRead>) -> Outcome<Answer<AuditVerification>> {
    Ok(AuditVerification::from(service::verify(&call.app).await?).into())
}

page!(
    /// Signed heads, newest first.
    AuditHeadPage of SignedHead
);

/// 已签名的日志头 / List signed heads
///
/// The end of the record as it was every ten minutes, and when a window closed, a meeting was closed or a publicity of results started.
/// docs/audit-chain.md says how to check one.
#[utoipa::path(get, path = "/v1/audit/heads", tag = "audit", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_audit_heads(call: Allowed<perm::AuditRead>, query: Query<PageQuery>) -> Outcome<Answer<AuditHeadPage>> {
    let limit = page_limit(query.0.limit)?;
    call.read(move |cx| {
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, "audit heads", query.0.cursor.as_deref())?;
        let rows = heads::list_heads(cx.conn, before, limit + 1)?;
        AuditHeadPage::of(rows, limit, keys, "audit heads", |head| head.seq, |head| head)
    })
    .await
    .map(Into::into)
}

/// The public keys that check signed heads: a JSON Web Key Set.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditKeySet {
    /// The keys.
    pub keys: Vec<AuditPublicKey>,
}

impl Resource for AuditKeySet {}

/// 日志头公钥 / Get the public keys of signed heads
///
/// A JSON Web Key Set. Whoever keeps exported heads keeps the key with them: a key that is read here later could be another one.
#[utoipa::path(get, path = "/v1/audit/keys", tag = "audit")]
pub async fn get_audit_keys(call: Public) -> Outcome<Published<AuditKeySet>> {
    let key = call.app.keys.audit_key().map_err(|error| Problem::internal(&error))?;
    Ok(AuditKeySet { keys: vec![key.public()] }.into())
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_audit_entries, list_data_views, export_audit, verify_audit, list_audit_heads, get_audit_keys);
}
