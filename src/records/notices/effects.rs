//! Notices to people.

use super::store;
use crate::context::Cx;
use crate::db;
use serde_json::Value;
use title_review_core::ids::{AccountId, ApplicationId, NoticeId};

/// Writes a notice; `body` holds ids, stages and instants, never personal data.
pub fn insert(
    cx: &mut Cx<'_>,
    account: AccountId,
    application: Option<ApplicationId>,
    kind: &str,
    clause: Option<&str>,
    body: &Value,
) -> Result<(), db::Error> {
    let id = NoticeId::new(&*cx.app.ids, cx.now);
    store::insert_notice(cx.conn, id, account, application, kind, clause, body, cx.now)
}

/// Writes the same notice to several people, each about an application or about none, in one statement.
pub fn insert_all(
    cx: &mut Cx<'_>,
    told: &[(Option<ApplicationId>, AccountId)],
    kind: &str,
    clause: Option<&str>,
    body: &Value,
) -> Result<(), db::Error> {
    let ids: Vec<NoticeId> = told.iter().map(|_| NoticeId::new(&*cx.app.ids, cx.now)).collect();
    store::insert_notices(cx.conn, &ids, told, kind, clause, body, cx.now)
}

/// A notice of this kind to this person waits to be read.
pub fn is_unread(cx: &mut Cx<'_>, account: AccountId, kind: &str) -> Result<bool, db::Error> {
    store::has_unread(cx.conn, account, kind)
}
