//! Queries on notices.

use crate::db::schema::notices;
use crate::db::{Conn, Error, Json};
use diesel::prelude::*;
use serde_json::Value;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, NoticeId};

/// A notice.
#[derive(Queryable)]
pub struct NoticeRow {
    pub id: NoticeId,
    pub application_id: Option<ApplicationId>,
    pub kind: String,
    pub clause: Option<String>,
    pub body: Json<Value>,
    pub created_at: Instant,
    pub read_at: Option<Instant>,
}

#[expect(clippy::too_many_arguments, reason = "one argument per column")]
pub fn insert_notice(
    conn: &mut Conn,
    id: NoticeId,
    account: AccountId,
    application: Option<ApplicationId>,
    kind: &str,
    clause: Option<&str>,
    body: &Value,
    now: Instant,
) -> Result<(), Error> {
    diesel::insert_into(notices::table)
        .values((
            notices::id.eq(id),
            notices::account_id.eq(account),
            notices::application_id.eq(application),
            notices::kind.eq(kind),
            notices::clause.eq(clause),
            notices::body.eq(Json(body.clone())),
            notices::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// One notice of this body to each of these, under these ids.
pub fn insert_notices(
    conn: &mut Conn,
    ids: &[NoticeId],
    told: &[(Option<ApplicationId>, AccountId)],
    kind: &str,
    clause: Option<&str>,
    body: &Value,
    now: Instant,
) -> Result<(), Error> {
    let values: Vec<_> = ids
        .iter()
        .zip(told)
        .map(|(id, (application, account))| {
            (
                notices::id.eq(*id),
                notices::account_id.eq(*account),
                notices::application_id.eq(*application),
                notices::kind.eq(kind),
                notices::clause.eq(clause),
                notices::body.eq(Json(body.clone())),
                notices::created_at.eq(now),
            )
        })
        .collect();
    crate::db::each!(conn, |inner| diesel::insert_into(notices::table).values(&values).execute(inner))?;
    Ok(())
}

/// Whether an account has an unread notice of this kind.
pub fn has_unread(conn: &mut Conn, account: AccountId, kind: &str) -> Result<bool, Error> {
    let unread = notices::table
        .filter(notices::account_id.eq(account))
        .filter(notices::kind.eq(kind))
        .filter(notices::read_at.is_null())
        .select(notices::id)
        .first::<NoticeId>(conn);
    Ok(unread.optional()?.is_some())
}

/// An account's notices, newest first.
pub fn list_notices(
    conn: &mut Conn,
    account: AccountId,
    unread: bool,
    before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<NoticeRow>, Error> {
    let mut query = notices::table
        .filter(notices::account_id.eq(account))
        .select((
            notices::id,
            notices::application_id,
            notices::kind,
            notices::clause,
            notices::body,
            notices::created_at,
            notices::read_at,
        ))
        .order(notices::id.desc())
        .limit(limit)
        .into_boxed();
    if unread {
        query = query.filter(notices::read_at.is_null());
    }
    if let Some(before) = before {
        query = query.filter(notices::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// Marks an account's notice as read; false if it has none of that id.
pub fn set_read(conn: &mut Conn, account: AccountId, id: NoticeId, now: Instant) -> Result<bool, Error> {
    let own = notices::table.filter(notices::id.eq(id)).filter(notices::account_id.eq(account));
    if own.count().get_result::<i64>(conn)? == 0 {
        return Ok(false);
    }
    diesel::update(notices::table.filter(notices::id.eq(id)).filter(notices::read_at.is_null()))
        .set(notices::read_at.eq(Some(now)))
        .execute(conn)?;
    Ok(true)
}
