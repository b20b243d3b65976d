//! Queries on former passwords and resets.

use super::record::{FormerPasswordId, ResetId};
use crate::db::schema::{former_passwords, password_resets};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;

/// Hashes of the passwords before the present one, the last first.
pub fn list_former(conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<String>, Error> {
    Ok(former_passwords::table
        .filter(former_passwords::account_id.eq(account))
        .order(former_passwords::id.desc())
        .limit(limit)
        .select(former_passwords::password_hash)
        .load(conn)?)
}

pub fn insert_former(conn: &mut Conn, id: FormerPasswordId, account: AccountId, hash: &str, now: Instant) -> Result<(), Error> {
    diesel::insert_into(former_passwords::table)
        .values((
            former_passwords::id.eq(id),
            former_passwords::account_id.eq(account),
            former_passwords::password_hash.eq(hash),
            former_passwords::ended_at.eq(now),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Keeps so many former passwords and no more.
pub fn remove_older(conn: &mut Conn, account: AccountId, keep: i64) -> Result<(), Error> {
    let ids: Vec<FormerPasswordId> = former_passwords::table
        .filter(former_passwords::account_id.eq(account))
        .order(former_passwords::id.desc())
        .limit(100)
        .offset(keep)
        .select(former_passwords::id)
        .load(conn)?;
    for id in ids {
        diesel::delete(former_passwords::table.find(id)).execute_proven(conn)?;
    }
    Ok(())
}

/// A reset to be kept.
pub struct NewResetRow<'a> {
    pub id: ResetId,
    pub account: AccountId,
    pub token_hash: &'a str,
    pub created_by: Option<AccountId>,
    pub now: Instant,
    pub expires_at: Instant,
}

pub fn insert_reset(conn: &mut Conn, row: NewResetRow<'_>) -> Result<(), Error> {
    diesel::insert_into(password_resets::table)
        .values((
            password_resets::id.eq(row.id),
            password_resets::account_id.eq(row.account),
            password_resets::token_hash.eq(row.token_hash),
            password_resets::created_by.eq(row.created_by),
            password_resets::created_at.eq(row.now),
            password_resets::expires_at.eq(row.expires_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Ends the resets of an account that nobody has used.
pub fn set_resets_ended(conn: &mut Conn, account: AccountId, now: Instant) -> Result<(), Error> {
    let open = password_resets::table
        .filter(password_resets::account_id.eq(account))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::ended_at.is_null());
    diesel::update(open).set(password_resets::ended_at.eq(Some(now))).execute_proven(conn)?;
    Ok(())
}

/// Whose reset it is, while it can be used.
pub fn find_reset(conn: &mut Conn, id: ResetId, token_hash: &str, now: Instant) -> Result<Option<AccountId>, Error> {
    Ok(password_resets::table
        .filter(password_resets::id.eq(id))
        .filter(password_resets::token_hash.eq(token_hash))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::ended_at.is_null())
        .filter(password_resets::expires_at.gt(now))
        .select(password_resets::account_id)
        .first(conn)
        .optional()?)
}

/// One conditional UPDATE: of many uses of a token, one wins.
pub fn set_reset_used(conn: &mut Conn, id: ResetId, token_hash: &str, now: Instant) -> Result<bool, Error> {
    let open = password_resets::table
        .filter(password_resets::id.eq(id))
        .filter(password_resets::token_hash.eq(token_hash))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::ended_at.is_null())
        .filter(password_resets::expires_at.gt(now));
    Ok(diesel::update(open).set(password_resets::used_at.eq(Some(now))).execute_proven(conn)? == 1)
}
