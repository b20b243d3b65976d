//! Queries on factors and recovery codes.

use super::record::{FactorId, FactorRow};
use crate::db::schema::{recovery_codes, second_factors};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;

/// The factor of an account that has not ended, whether it counts yet or not.
pub fn find_factor(conn: &mut Conn, account: AccountId) -> Result<Option<FactorRow>, Error> {
    Ok(second_factors::table
        .filter(second_factors::account_id.eq(account))
        .filter(second_factors::ended_at.is_null())
        .select((second_factors::id, second_factors::secret_sealed, second_factors::confirmed_at))
        .first(conn)
        .optional()?)
}

pub fn insert_factor(conn: &mut Conn, id: FactorId, account: AccountId, secret_sealed: &str, now: Instant) -> Result<(), Error> {
    diesel::insert_into(second_factors::table)
        .values((
            second_factors::id.eq(id),
            second_factors::account_id.eq(account),
            second_factors::secret_sealed.eq(secret_sealed),
            second_factors::last_step.eq(0_i64),
            second_factors::created_at.eq(now),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// One conditional UPDATE: of two first codes at once, one makes the factor count.
pub fn set_confirmed(conn: &mut Conn, id: FactorId, step: i64, now: Instant) -> Result<bool, Error> {
    let waiting = second_factors::table
        .filter(second_factors::id.eq(id))
        .filter(second_factors::confirmed_at.is_null())
        .filter(second_factors::ended_at.is_null());
    let confirmed = (second_factors::confirmed_at.eq(Some(now)), second_factors::last_step.eq(step));
    Ok(diesel::update(waiting).set(confirmed).execute_proven(conn)? == 1)
}

/// One conditional UPDATE: a step is used once, and none from before the last one.
pub fn set_step_used(conn: &mut Conn, id: FactorId, step: i64) -> Result<bool, Error> {
    let unused = second_factors::table
        .filter(second_factors::id.eq(id))
        .filter(second_factors::confirmed_at.is_not_null())
        .filter(second_factors::ended_at.is_null())
        .filter(second_factors::last_step.lt(step));
    Ok(diesel::update(unused).set(second_factors::last_step.eq(step)).execute_proven(conn)? == 1)
}

pub fn set_ended(conn: &mut Conn, account: AccountId, now: Instant) -> Result<bool, Error> {
    let live = second_factors::table.filter(second_factors::account_id.eq(account)).filter(second_factors::ended_at.is_null());
    Ok(diesel::update(live).set(second_factors::ended_at.eq(Some(now))).execute_proven(conn)? > 0)
}

pub fn insert_recovery_code(conn: &mut Conn, factor: FactorId, hash: &str) -> Result<(), Error> {
    let values = (recovery_codes::factor_id.eq(factor), recovery_codes::code_hash.eq(hash));
    diesel::insert_into(recovery_codes::table).values(values).execute_proven(conn)?;
    Ok(())
}

/// Recovery codes that are not used yet become useless.
pub fn remove_unused_codes(conn: &mut Conn, factor: FactorId) -> Result<(), Error> {
    let unused = recovery_codes::table.filter(recovery_codes::factor_id.eq(factor)).filter(recovery_codes::used_at.is_null());
    diesel::delete(unused).execute_proven(conn)?;
    Ok(())
}

pub fn count_unused_codes(conn: &mut Conn, factor: FactorId) -> Result<i64, Error> {
    let unused = recovery_codes::table.filter(recovery_codes::factor_id.eq(factor)).filter(recovery_codes::used_at.is_null());
    Ok(unused.count().get_result(conn)?)
}

/// One conditional UPDATE: a recovery code is used once.
pub fn set_code_used(conn: &mut Conn, factor: FactorId, hash: &str, now: Instant) -> Result<bool, Error> {
    let unused = recovery_codes::table
        .filter(recovery_codes::factor_id.eq(factor))
        .filter(recovery_codes::code_hash.eq(hash))
        .filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_codes::used_at.eq(Some(now))).execute_proven(conn)? == 1)
}
