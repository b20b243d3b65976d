//! Queries on files that are about to go.

use crate::db::schema::erased_objects;
use crate::db::{Conn, Result};
use diesel::prelude::*;
use title_review_core::clock::Instant;

/// Queues a file for removal.
pub fn queue_object(conn: &mut Conn, sha256: &str, now: Instant) -> Result<()> {
    unqueue(conn, sha256)?;
    let new = (erased_objects::sha256.eq(sha256), erased_objects::queued_at.eq(now));
    diesel::insert_into(erased_objects::table).values(new).execute(conn)?;
    Ok(())
}

/// Hashes of files that are to be removed.
pub fn list_waiting(conn: &mut Conn) -> Result<Vec<String>> {
    let waiting = erased_objects::table.filter(erased_objects::removed_at.is_null()).select(erased_objects::sha256);
    Ok(waiting.order(erased_objects::sha256).load(conn)?)
}

/// Takes a file off the queue.
pub fn unqueue(conn: &mut Conn, sha256: &str) -> Result<()> {
    diesel::delete(erased_objects::table.filter(erased_objects::sha256.eq(sha256))).execute(conn)?;
    Ok(())
}

/// Notes that the bytes of a file are gone.
pub fn set_removed(conn: &mut Conn, sha256: &str, now: Instant) -> Result<()> {
    diesel::update(erased_objects::table.filter(erased_objects::sha256.eq(sha256)))
        .set(erased_objects::removed_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}

/// It waits to be removed, or was removed at this instant or later.
pub fn is_being_removed(conn: &mut Conn, sha256: &str, since: Instant) -> Result<bool> {
    let row: Option<Option<Instant>> = erased_objects::table
        .filter(erased_objects::sha256.eq(sha256))
        .select(erased_objects::removed_at)
        .first(conn)
        .optional()?;
    Ok(row.is_some_and(|removed_at| removed_at.is_none_or(|at| at >= since)))
}

/// Forgets the hashes of files that went before this instant.
pub fn forget_removed(conn: &mut Conn, before: Instant) -> Result<()> {
    diesel::delete(erased_objects::table.filter(erased_objects::removed_at.lt(before))).execute(conn)?;
    Ok(())
}
