//! Facts about the database itself, such as whether it was made for the sandbox.

use diesel::prelude::*;

use super::schema::meta;
use super::{Both, Conn, Error, Result};

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

/// Replaces a value where it is still the one that is known; false where it is another.
pub fn replace_meta(conn: &mut Conn, key: &str, known: &str, value: &str) -> Result<bool> {
    let row = meta::table.find(key).filter(meta::value.eq(known));
    Ok(diesel::update(row).set(meta::value.eq(value)).execute(conn)? == 1)
}

/// Puts down at the first start whether the database is a sandbox's, and refuses later to use it as the other kind: simulated time and
/// demo accounts stay out of real data.
///
/// # Errors
/// [`Error::Unfit`] where it is of the other kind.
pub fn bind_sandbox(conn: &mut Conn, enabled: bool) -> Result<()> {
    match find_meta(conn, "sandbox")?.as_deref() {
        None => set_meta(conn, "sandbox", if enabled { "true" } else { "false" }),
        Some("true") if !enabled => {
            Err(Error::Unfit("the database was made by `--sandbox`: it cannot be used without it".to_owned()))
        }
        Some("false") if enabled => {
            Err(Error::Unfit("the database was made without `--sandbox`: it cannot become a sandbox".to_owned()))
        }
        Some(_) => Ok(()),
    }
}
