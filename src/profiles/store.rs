//! Queries on profiles.

use crate::db::schema::profiles;
use crate::db::{Conn, Error, ExecuteProven as _, Json};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use title_review_core::profiles::model::Profile;

/// Document, version, last change.
pub fn find_profile(conn: &mut Conn, account: AccountId) -> Result<Option<(Profile, i64, Instant)>, Error> {
    let found: Option<(Json<Profile>, i64, Instant)> = profiles::table
        .filter(profiles::account_id.eq(account))
        .select((profiles::body, profiles::version, profiles::updated_at))
        .first(conn)
        .optional()?;
    Ok(found.map(|(Json(body), version, updated_at)| (body, version, updated_at)))
}

/// Writes the first version.
pub fn insert_profile(conn: &mut Conn, account: AccountId, body: &str, now: Instant) -> Result<(), Error> {
    diesel::insert_into(profiles::table)
        .values((
            profiles::account_id.eq(account),
            profiles::body.eq(body),
            profiles::version.eq(1_i64),
            profiles::updated_at.eq(now),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Writes the version after the one that was read; false if another came first.
pub fn set_profile(conn: &mut Conn, account: AccountId, version: i64, body: &str, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(profiles::table.filter(profiles::account_id.eq(account)).filter(profiles::version.eq(version)))
        .set((profiles::body.eq(body), profiles::version.eq(version + 1), profiles::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}
