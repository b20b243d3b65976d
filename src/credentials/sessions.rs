//! Sessions as rows.

use crate::db::schema::{accounts, memberships, sessions};
use crate::db::{Conn, Error, ExecuteProven as _, raw};
use diesel::dsl::exists;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, SessionId};
use title_review_core::vocabulary::{AccountStatus, Role};

/// A session with the state of its account.
#[derive(Queryable)]
pub struct SessionRow {
    pub account: AccountId,
    pub refresh_hash: String,
    pub previous_hash: Option<String>,
    pub rotated_at: Instant,
    pub expires_at: Instant,
    pub ended_at: Option<Instant>,
    pub last_used_at: Instant,
    pub proved_at: Instant,
    pub second_factor: bool,
    pub status: AccountStatus,
    pub password_set_at: Instant,
    /// Whoever holds it has another role than the applicant's.
    pub staff: bool,
}

pub fn find_session(conn: &mut Conn, id: SessionId) -> Result<Option<SessionRow>, Error> {
    let staff = memberships::table
        .filter(memberships::account_id.eq(sessions::account_id))
        .filter(memberships::ended_at.is_null())
        .filter(memberships::role.ne(Role::Applicant));
    Ok(sessions::table
        .inner_join(accounts::table)
        .filter(sessions::id.eq(id))
        .select((
            sessions::account_id,
            sessions::refresh_hash,
            sessions::previous_hash,
            sessions::rotated_at,
            sessions::expires_at,
            sessions::ended_at,
            sessions::last_used_at,
            sessions::proved_at,
            sessions::second_factor,
            accounts::status,
            accounts::password_set_at,
            exists(staff),
        ))
        .first(conn)
        .optional()?)
}

/// A session that begins.
pub struct NewSession<'a> {
    pub id: SessionId,
    pub account: AccountId,
    pub refresh_hash: &'a str,
    pub device: Option<&'a str>,
    pub address: Option<String>,
    pub second_factor: bool,
    pub now: Instant,
    pub expires_at: Instant,
}

pub fn insert_session(conn: &mut Conn, new: NewSession<'_>) -> Result<(), Error> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.id),
            sessions::account_id.eq(new.account),
            sessions::refresh_hash.eq(new.refresh_hash),
            sessions::device.eq(new.device),
            sessions::address.eq(new.address),
            sessions::second_factor.eq(new.second_factor),
            sessions::rotated_at.eq(new.now),
            sessions::created_at.eq(new.now),
            sessions::last_used_at.eq(new.now),
            sessions::proved_at.eq(new.now),
            sessions::expires_at.eq(new.expires_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// One conditional UPDATE: of two refreshes with one token, one wins.
pub fn set_rotated(conn: &mut Conn, id: SessionId, presented: &str, next: &str, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(
        sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::refresh_hash.eq(presented))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now)),
    )
    .set((
        sessions::refresh_hash.eq(next),
        sessions::previous_hash.eq(Some(presented)),
        sessions::rotated_at.eq(now),
        sessions::last_used_at.eq(now),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Notes that a session is in use.
pub fn set_used(conn: &mut Conn, id: SessionId, now: Instant) -> Result<(), Error> {
    diesel::update(sessions::table.filter(sessions::id.eq(id)).filter(sessions::ended_at.is_null()))
        .set(sessions::last_used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Notes that whoever holds a session has proved again who they are.
pub fn set_proved(conn: &mut Conn, id: SessionId, second_factor: bool, now: Instant) -> Result<(), Error> {
    diesel::update(sessions::table.filter(sessions::id.eq(id)).filter(sessions::ended_at.is_null()))
        .set((sessions::proved_at.eq(now), sessions::second_factor.eq(second_factor)))
        .execute_proven(conn)?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(Debug, Clone, Queryable)]
pub struct ListedRow {
    pub id: SessionId,
    pub device: Option<String>,
    pub address: Option<String>,
    pub second_factor: bool,
    pub created_at: Instant,
    pub last_used_at: Instant,
    pub expires_at: Instant,
}

/// Sessions of an account that live: not ended, not expired, used since `used_since`; newest first.
pub fn list_sessions(
    conn: &mut Conn,
    account: AccountId,
    now: Instant,
    used_since: Instant,
    before: Option<SessionId>,
    limit: i64,
) -> Result<Vec<ListedRow>, Error> {
    let mut query = sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.gt(used_since))
        .select((
            sessions::id,
            sessions::device,
            sessions::address,
            sessions::second_factor,
            sessions::created_at,
            sessions::last_used_at,
            sessions::expires_at,
        ))
        .order(sessions::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(sessions::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// Ends a session of this account; false if it has none such that goes on.
pub fn set_ended(conn: &mut Conn, account: AccountId, id: SessionId, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(
        sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::account_id.eq(account))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now)),
    )
    .set(sessions::ended_at.eq(Some(now)))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Removes sessions that were over before this instant, at most so many; gives how many. The last one of an account stays: it says when the account was
/// used.
pub fn remove_over(conn: &mut Conn, before: Instant, most: i64) -> Result<usize, Error> {
    let before = raw::literal(before);
    let over = format!(
        "SELECT id AS row FROM sessions s WHERE (s.expires_at < {before} OR s.ended_at < {before}) \
         AND EXISTS (SELECT 1 FROM sessions n WHERE n.account_id = s.account_id AND n.id > s.id) ORDER BY id LIMIT {most}"
    );
    let ids = raw::load(conn, &over, &[])?;
    if ids.is_empty() {
        return Ok(0);
    }
    diesel::delete(sessions::table.filter(sessions::id.eq_any(ids))).execute_proven(conn)
}

/// Ends all sessions of an account, or all but one.
pub fn set_all_ended(conn: &mut Conn, account: AccountId, keep: Option<SessionId>, now: Instant) -> Result<usize, Error> {
    let live = sessions::table.filter(sessions::account_id.eq(account)).filter(sessions::ended_at.is_null());
    let ended = sessions::ended_at.eq(Some(now));
    Ok(match keep {
        Some(keep) => diesel::update(live.filter(sessions::id.ne(keep))).set(ended).execute_proven(conn)?,
        None => diesel::update(live).set(ended).execute_proven(conn)?,
    })
}
