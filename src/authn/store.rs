//! Queries on accounts, sessions and failures for signing in.

use crate::authz::Grant;
use crate::db::schema::{accounts, memberships, organisations, sessions, sign_in_failures};
use crate::db::{Conn, Error};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, SessionId};
use title_review_core::vocabulary::{AccountKind, AccountStatus, Role};

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
}

/// What is known of an account that somebody wants to sign in to.
#[derive(Debug, Clone, Queryable)]
pub struct SignInRow {
    pub account: AccountId,
    pub login: String,
    pub password_hash: String,
    pub status: AccountStatus,
}

type SignInColumns = (accounts::id, accounts::login, accounts::password_hash, accounts::status);
const SIGN_IN: SignInColumns = (accounts::id, accounts::login, accounts::password_hash, accounts::status);

/// By the login of a person: a program has none.
pub fn find_sign_in(conn: &mut Conn, login: &str) -> Result<Option<SignInRow>, Error> {
    let of_person = accounts::table.filter(accounts::login.eq(login)).filter(accounts::kind.eq(AccountKind::Person));
    Ok(of_person.select(SIGN_IN).first(conn).optional()?)
}

pub fn find_sign_in_of(conn: &mut Conn, account: AccountId) -> Result<Option<SignInRow>, Error> {
    Ok(accounts::table.filter(accounts::id.eq(account)).select(SIGN_IN).first(conn).optional()?)
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
            sessions::last_used_at,
            sessions::proved_at,
            sessions::second_factor,
            accounts::status,
            accounts::password_set_at,
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
    .set((
        sessions::refresh_hash.eq(next),
        sessions::previous_hash.eq(Some(presented)),
        sessions::rotated_at.eq(now),
        sessions::last_used_at.eq(now),
    ))
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
        .execute(conn)?;
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
    .execute(conn)?;
    Ok(changed == 1)
}

/// Ends all sessions of an account, or all but one.
pub fn set_all_ended(conn: &mut Conn, account: AccountId, keep: Option<SessionId>, now: Instant) -> Result<usize, Error> {
    let live = sessions::table.filter(sessions::account_id.eq(account)).filter(sessions::ended_at.is_null());
    let ended = sessions::ended_at.eq(Some(now));
    Ok(match keep {
        Some(keep) => diesel::update(live.filter(sessions::id.ne(keep))).set(ended).execute(conn)?,
        None => diesel::update(live).set(ended).execute(conn)?,
    })
}

/// Until when a login or a network is locked, or was.
pub fn find_locked_until(conn: &mut Conn, subject: &str) -> Result<Option<Instant>, Error> {
    let found: Option<Option<Instant>> =
        sign_in_failures::table.find(subject).select(sign_in_failures::locked_until).first(conn).optional()?;
    Ok(found.flatten())
}

/// Failures in a row and the last of them.
pub fn find_failures(conn: &mut Conn, subject: &str) -> Result<Option<(i32, Instant)>, Error> {
    let columns = (sign_in_failures::failures, sign_in_failures::last_failed_at);
    Ok(sign_in_failures::table.find(subject).select(columns).first(conn).optional()?)
}

/// Writes the count. Writers take turns, on all servers: what was read is still true.
pub fn set_failures(conn: &mut Conn, subject: &str, failures: i32, now: Instant, until: Option<Instant>) -> Result<(), Error> {
    let counts = (
        sign_in_failures::failures.eq(failures),
        sign_in_failures::last_failed_at.eq(now),
        sign_in_failures::locked_until.eq(until),
    );
    if diesel::update(sign_in_failures::table.find(subject)).set(counts).execute(conn)? == 0 {
        diesel::insert_into(sign_in_failures::table).values((sign_in_failures::subject.eq(subject), counts)).execute(conn)?;
    }
    Ok(())
}

pub fn remove_failures(conn: &mut Conn, subject: &str) -> Result<(), Error> {
    diesel::delete(sign_in_failures::table.find(subject)).execute(conn)?;
    Ok(())
}

/// Removes what counts no longer: logins that nobody has would gather for ever.
pub fn remove_old_failures(conn: &mut Conn, before: Instant) -> Result<(), Error> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::last_failed_at.le(before))).execute(conn)?;
    Ok(())
}
