//! Use cases on the own notices.

use crate::context::Cx;
use crate::db;
use crate::records::notices::store::{self, NoticeRow};
use title_review_core::ids::{AccountId, NoticeId};

/// Why an act on notices is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person has no such notice.
    #[error("not found")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A page of an account's notices, newest first.
pub fn list(
    cx: &mut Cx<'_>,
    account: AccountId,
    unread: bool,
    before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<NoticeRow>, Error> {
    Ok(store::list_notices(cx.conn, account, unread, before, limit)?)
}

/// Marks an account's notice as read.
pub fn mark_read(cx: &mut Cx<'_>, account: AccountId, id: NoticeId) -> Result<(), Error> {
    if store::set_read(cx.conn, account, id, cx.now)? { Ok(()) } else { Err(Error::NotFound) }
}
