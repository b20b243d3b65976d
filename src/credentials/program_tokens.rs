//! Tokens of programs as rows: access tokens of clients, and the tokens that people make for their own programs.

use crate::db::schema::{accounts, client_tokens, personal_tokens};
use crate::db::{Conn, Error, ExecuteProven as _, Json};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ClientTokenId, PersonalTokenId};
use title_review_core::vocabulary::AccountStatus;

/// An access token of a client.
#[derive(Debug, Clone, Queryable)]
pub struct ClientTokenRow {
    /// Whose.
    pub client: AccountId,
    /// What it reaches.
    pub scope: String,
    /// When it expires.
    pub expires_at: Instant,
    /// When it was revoked.
    pub ended_at: Option<Instant>,
}

/// A person's token for their programs, without the token.
#[derive(Debug, Clone, Queryable)]
pub struct PersonalTokenRow {
    /// Its id.
    pub id: PersonalTokenId,
    /// Whose.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// What it reaches.
    pub scope: String,
    /// From where it may be used; empty: from everywhere.
    pub networks: Json<Vec<String>>,
    /// When it was made.
    pub created_at: Instant,
    /// When it expires.
    pub expires_at: Instant,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
}

/// The columns of [`PersonalTokenRow`], in its order.
type PersonalColumns = (
    personal_tokens::id,
    personal_tokens::account_id,
    personal_tokens::name,
    personal_tokens::scope,
    personal_tokens::networks,
    personal_tokens::created_at,
    personal_tokens::expires_at,
    personal_tokens::ended_at,
    personal_tokens::last_used_at,
);
const PERSONAL: PersonalColumns = (
    personal_tokens::id,
    personal_tokens::account_id,
    personal_tokens::name,
    personal_tokens::scope,
    personal_tokens::networks,
    personal_tokens::created_at,
    personal_tokens::expires_at,
    personal_tokens::ended_at,
    personal_tokens::last_used_at,
);

pub fn insert_client_token(
    conn: &mut Conn,
    id: ClientTokenId,
    client: AccountId,
    scope: &str,
    now: Instant,
    expires_at: Instant,
) -> Result<(), Error> {
    diesel::insert_into(client_tokens::table)
        .values((
            client_tokens::id.eq(id),
            client_tokens::client_id.eq(client),
            client_tokens::scope.eq(scope),
            client_tokens::created_at.eq(now),
            client_tokens::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn find_client_token(conn: &mut Conn, id: ClientTokenId) -> Result<Option<ClientTokenRow>, Error> {
    Ok(client_tokens::table
        .filter(client_tokens::id.eq(id))
        .select((client_tokens::client_id, client_tokens::scope, client_tokens::expires_at, client_tokens::ended_at))
        .first(conn)
        .optional()?)
}

/// Ends a token; false if it had ended.
pub fn set_client_token_ended(conn: &mut Conn, id: ClientTokenId, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(client_tokens::table.filter(client_tokens::id.eq(id)).filter(client_tokens::ended_at.is_null()))
        .set(client_tokens::ended_at.eq(Some(now)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes access tokens that have expired: nobody can use them again, or ask about them.
pub fn remove_expired_client_tokens(conn: &mut Conn, now: Instant) -> Result<(), Error> {
    diesel::delete(client_tokens::table.filter(client_tokens::expires_at.lt(now))).execute(conn)?;
    Ok(())
}

/// A new personal token's row.
pub struct NewPersonalTokenRow<'a> {
    pub id: PersonalTokenId,
    pub account: AccountId,
    pub name: &'a str,
    pub hash: &'a str,
    pub scope: &'a str,
    pub networks: &'a [String],
    pub now: Instant,
    pub expires_at: Instant,
}

pub fn insert_personal_token(conn: &mut Conn, row: &NewPersonalTokenRow<'_>) -> Result<(), Error> {
    diesel::insert_into(personal_tokens::table)
        .values((
            personal_tokens::id.eq(row.id),
            personal_tokens::account_id.eq(row.account),
            personal_tokens::name.eq(row.name),
            personal_tokens::hash.eq(row.hash),
            personal_tokens::scope.eq(row.scope),
            personal_tokens::networks.eq(Json(row.networks.to_vec())),
            personal_tokens::created_at.eq(row.now),
            personal_tokens::expires_at.eq(row.expires_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// A token by its hash, with the status of its owner's account.
pub fn find_personal_token(conn: &mut Conn, hash: &str) -> Result<Option<(PersonalTokenRow, AccountStatus)>, Error> {
    Ok(personal_tokens::table
        .inner_join(accounts::table)
        .filter(personal_tokens::hash.eq(hash))
        .select((PERSONAL, accounts::status))
        .first(conn)
        .optional()?)
}

/// A page of an account's tokens, newest first.
pub fn list_personal_tokens(
    conn: &mut Conn,
    account: AccountId,
    before: Option<PersonalTokenId>,
    limit: i64,
) -> Result<Vec<PersonalTokenRow>, Error> {
    let mut query = personal_tokens::table
        .filter(personal_tokens::account_id.eq(account))
        .select(PERSONAL)
        .order(personal_tokens::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(personal_tokens::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// How many tokens of an account are good at this instant.
pub fn count_personal_tokens(conn: &mut Conn, account: AccountId, now: Instant) -> Result<i64, Error> {
    Ok(personal_tokens::table
        .filter(personal_tokens::account_id.eq(account))
        .filter(personal_tokens::ended_at.is_null())
        .filter(personal_tokens::expires_at.gt(now))
        .count()
        .get_result(conn)?)
}

/// Ends a token of this account; false if it has none such that goes on.
pub fn set_personal_token_ended(conn: &mut Conn, account: AccountId, id: PersonalTokenId, now: Instant) -> Result<bool, Error> {
    let going_on = personal_tokens::table
        .filter(personal_tokens::id.eq(id))
        .filter(personal_tokens::account_id.eq(account))
        .filter(personal_tokens::ended_at.is_null());
    Ok(diesel::update(going_on).set(personal_tokens::ended_at.eq(Some(now))).execute_proven(conn)? == 1)
}

/// Notes a use, unless one since `before` is on record already.
pub fn set_personal_token_used(conn: &mut Conn, id: PersonalTokenId, now: Instant, before: Instant) -> Result<(), Error> {
    let stale = personal_tokens::last_used_at.is_null().or(personal_tokens::last_used_at.le(before).assume_not_null());
    diesel::update(personal_tokens::table.filter(personal_tokens::id.eq(id)).filter(stale))
        .set(personal_tokens::last_used_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}

/// Ends every token of an account, a client's and a person's.
pub fn set_tokens_of_ended(conn: &mut Conn, account: AccountId, now: Instant) -> Result<(), Error> {
    diesel::update(client_tokens::table.filter(client_tokens::client_id.eq(account)).filter(client_tokens::ended_at.is_null()))
        .set(client_tokens::ended_at.eq(Some(now)))
        .execute(conn)?;
    let personal =
        personal_tokens::table.filter(personal_tokens::account_id.eq(account)).filter(personal_tokens::ended_at.is_null());
    diesel::update(personal).set(personal_tokens::ended_at.eq(Some(now))).execute_proven(conn)?;
    Ok(())
}
