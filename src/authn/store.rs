//! Queries on failures in a row.

use crate::db::schema::sign_in_failures;
use crate::db::{Conn, Error};
use diesel::prelude::*;
use title_review_core::clock::Instant;

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
