//! Facts about the database itself, such as whether it was made for the sandbox.

use diesel::prelude::*;

use super::schema::meta;
use super::{Both, Conn, Result};

/// The value kept under this key.
pub fn find_meta(conn: &mut Conn, key: &str) -> Result<Option<String>> {
    Ok(meta::table.find(key).select(meta::value).first(conn).optional()?)
}

/// Keeps a value under a key; replaces the one before.
pub fn set_meta(conn: &mut Conn, key: &str, value: &str) -> Result<()> {
    let row = (meta::key.eq(key), meta::value.eq(value));
    Both(diesel::insert_into(meta::table).values(row).on_conflict(meta::key).do_update().set(meta::value.eq(value)))
        .execute(conn)?;
    Ok(())
}
