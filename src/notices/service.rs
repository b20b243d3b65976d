//! Use cases on the own notices.

use crate::context::Cx;
use crate::db;
use crate::records::notices::store::{self, NoticeRow};
use title_review_core::ids::NoticeId;

/// Why an act on notices is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Notices are somebody's own, and nobody is signed in.
    #[error("nobody is signed in")]
    Anonymous,
    /// The person has no such notice.
    #[error("not found")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A page of the own notices, newest first.
pub fn list(cx: &mut Cx<'_>, unread: bool, before: Option<NoticeId>, limit: i64) -> Result<Vec<NoticeRow>, Error> {
    let account = cx.principal.account.ok_or(Error::Anonymous)?;
    Ok(store::list_notices(cx.conn, account, unread, before, limit)?)
}

/// Marks an own notice as read.
pub fn mark_read(cx: &mut Cx<'_>, id: NoticeId) -> Result<(), Error> {
    cx.changes_only(&[]);
    let account = cx.principal.account.ok_or(Error::Anonymous)?;
    if store::set_read(cx.conn, account, id, cx.now)? { Ok(()) } else { Err(Error::NotFound) }
}
