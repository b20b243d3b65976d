//! Queries on accounts and sessions for signing in.

use crate::authz::Grant;
use crate::clock::Instant;
use crate::db::schema::{accounts, memberships, organisations, sessions};
use crate::db::{Conn, Error};
use crate::ids::{AccountId, SessionId};
use crate::words::{AccountStatus, Role};
use diesel::prelude::*;

/// A session with the state of its account.
#[derive(Queryable)]
pub struct SessionRow {
    pub account: AccountId,
    pub refresh_hash: String,
    pub previous_hash: Option<String>,
    pub rotated_at: Instant,
    pub expires_at: Instant,
    pub ended_at: Option<Instant>,
    pub status: AccountStatus,
}

/// Account, hash and status behind a login.
pub fn find_sign_in(conn: &mut Conn, login: &str) -> Result<Option<(AccountId, String, AccountStatus)>, Error> {
    Ok(accounts::table
        .filter(accounts::login.eq(login))
        .select((accounts::id, accounts::password_hash, accounts::status))
        .first(conn)
        .optional()?)
}

pub fn find_session(conn: &mut Conn, id: SessionId) -> Result<Option<SessionRow>, Error> {
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
            accounts::status,
        ))
        .first(conn)
        .optional()?)
}

/// Roles held now, with their organisations.
pub fn list_grants(conn: &mut Conn, account: AccountId) -> Result<Vec<Grant>, Error> {
    Ok(memberships::table
        .left_join(organisations::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::ended_at.is_null())
        .order(memberships::id)
        .select((memberships::role, memberships::organisation_id, organisations::kind.nullable(), organisations::region.nullable()))
        .load_iter::<(Role, _, _, _), diesel::connection::DefaultLoadingMode>(conn)?
        .map(|row| row.map(|(role, organisation, kind, region)| Grant { role, organisation, kind, region }))
        .collect::<Result<_, _>>()?)
}

pub fn insert_session(
    conn: &mut Conn,
    id: SessionId,
    account: AccountId,
    hash: &str,
    now: Instant,
    expires_at: Instant,
) -> Result<(), Error> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::account_id.eq(account),
            sessions::refresh_hash.eq(hash),
            sessions::rotated_at.eq(now),
            sessions::created_at.eq(now),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
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
    .set((sessions::refresh_hash.eq(next), sessions::previous_hash.eq(Some(presented)), sessions::rotated_at.eq(now)))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Puts a new successor in the place of one that was never used (the answer to the refresh was lost on its way).
pub fn set_successor_replaced(conn: &mut Conn, id: SessionId, unused: &str, next: &str) -> Result<bool, Error> {
    let changed = diesel::update(sessions::table.filter(sessions::id.eq(id)).filter(sessions::refresh_hash.eq(unused)))
        .set(sessions::refresh_hash.eq(next))
        .execute(conn)?;
    Ok(changed == 1)
}

pub fn set_ended(conn: &mut Conn, id: SessionId, now: Instant) -> Result<(), Error> {
    diesel::update(sessions::table.filter(sessions::id.eq(id)).filter(sessions::ended_at.is_null()))
        .set(sessions::ended_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}

pub fn set_all_ended(conn: &mut Conn, account: AccountId, now: Instant) -> Result<(), Error> {
    diesel::update(sessions::table.filter(sessions::account_id.eq(account)).filter(sessions::ended_at.is_null()))
        .set(sessions::ended_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}
