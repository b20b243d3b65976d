//! A database belongs to its keys.

use std::collections::BTreeSet;

use super::places;
use crate::db::{Conn, Error, Result, meta};
use crate::keys::{KeyRing, field_aad};
use data_encoding::BASE64URL_NOPAD;

const CHECK: &str = "keys.check";
const KNOWN_TEXT: &str = "title-review";
/// A sealed text, its index, its mac.
const PARTS: usize = 3;

fn unfit(reason: &str) -> Error {
    Error::Unfit(format!("the key ring is not the one of this database: {reason}"))
}

fn place() -> String {
    field_aad("meta", CHECK, "value")
}

/// Refuses a key ring that cannot open what the database holds: a lost key file that was made anew would otherwise show only when the
/// first field does not open. The first start on a database writes the check.
///
/// # Errors
/// [`Error::Unfit`] where the ring is another one, or lacks a key that values are sealed with.
pub fn bind_to_database(conn: &mut Conn, keys: &KeyRing) -> Result<()> {
    match meta::find_meta(conn, CHECK)? {
        None => set_check(conn, keys)?,
        Some(kept) => {
            refuse_other(&kept, keys)?;
            if kept.split(' ').count() < PARTS {
                // Of a version that did not check every key.
                set_check(conn, keys)?;
            }
        }
    }
    refuse_missing(conn, &keys.field_ids())
}

/// What a database keeps to know its keys by; none before its first start.
pub fn find_check(conn: &mut Conn) -> Result<Option<String>> {
    meta::find_meta(conn, CHECK)
}

/// Refuses a key ring that is not the one with which the check was sealed.
///
/// # Errors
/// [`Error::Unfit`] says what does not fit.
pub fn refuse_other(kept: &str, keys: &KeyRing) -> Result<()> {
    let mut parts = kept.split(' ');
    keys.open(&place(), parts.next().unwrap_or_default()).map_err(|error| unfit(&error.to_string()))?;
    // Neither key has an id. With another index key nobody would be found by their ID number any more.
    if parts.next().unwrap_or_default() != keys.blind_index(CHECK, KNOWN_TEXT) {
        return Err(unfit("the index key differs"));
    }
    // With another mac key no row would be what the audit log proves, and no session would go on.
    if parts.next().is_some_and(|mac| mac != mac_of(keys)) { Err(unfit("the mac key differs")) } else { Ok(()) }
}

fn mac_of(keys: &KeyRing) -> String {
    BASE64URL_NOPAD.encode(&keys.mac(CHECK, KNOWN_TEXT.as_bytes())[..16])
}

/// Refuses a key ring that does not open what the database holds; changes nothing.
///
/// # Errors
/// [`Error::Unfit`] says what does not fit.
pub fn refuse_unfit(conn: &mut Conn, keys: &KeyRing) -> Result<()> {
    if let Some(kept) = find_check(conn)? {
        refuse_other(&kept, keys)?;
    }
    refuse_missing(conn, &keys.field_ids())
}

/// Refuses keys without one that values of the database are sealed with.
pub(super) fn refuse_missing(conn: &mut Conn, field_ids: &BTreeSet<String>) -> Result<()> {
    let ids: Vec<&str> = field_ids.iter().map(String::as_str).collect();
    let check = meta::find_meta(conn, CHECK)?;
    let check = check.and_then(|kept| kept.split_once('.').map(|(id, _)| (id.to_owned(), "meta")));
    let missing = check.filter(|(id, _)| !field_ids.contains(id));
    match missing.map_or_else(|| places::find_other(conn, &ids), |found| Ok(Some(found)))? {
        None => Ok(()),
        Some((id, table)) => Err(unfit(&format!("`{table}` holds values sealed with key `{id}`, which is missing"))),
    }
}

/// Seals the check with the primary key.
pub(super) fn set_check(conn: &mut Conn, keys: &KeyRing) -> Result<()> {
    let sealed = keys.seal(&place(), KNOWN_TEXT).map_err(|error| unfit(&error.to_string()))?;
    let index = keys.blind_index(CHECK, KNOWN_TEXT);
    meta::set_meta(conn, CHECK, &format!("{sealed} {index} {}", mac_of(keys)))
}

/// Whether the check is sealed with this key.
pub(super) fn check_is_sealed_with(conn: &mut Conn, key_id: &str) -> Result<bool> {
    Ok(meta::find_meta(conn, CHECK)?.is_some_and(|kept| kept.split_once('.').is_some_and(|(id, _)| id == key_id)))
}
