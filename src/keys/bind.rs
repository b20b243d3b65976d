//! A database belongs to its keys.

use super::{KeyRing, field_aad};
use crate::db::{Conn, Error, Result, meta};

const CHECK: &str = "keys.check";
const KNOWN_TEXT: &str = "title-review";

/// Refuses a key ring that cannot open what the database holds: a lost key file that was made anew would otherwise show only when the
/// first field does not open. The first start on a database puts the check down.
///
/// # Errors
/// [`Error::Unfit`] where the ring is another one.
pub fn bind_to_database(conn: &mut Conn, keys: &KeyRing) -> Result<()> {
    let place = field_aad("meta", CHECK, "value");
    let unfit = |reason: String| Error::Unfit(format!("the key ring is not the one of this database: {reason}"));
    match meta::find_meta(conn, CHECK)? {
        None => {
            let sealed = keys.seal(&place, KNOWN_TEXT).map_err(|error| unfit(error.to_string()))?;
            let index = keys.blind_index(CHECK, KNOWN_TEXT);
            meta::set_meta(conn, CHECK, &format!("{sealed} {index}"))
        }
        Some(kept) => {
            let (sealed, index) = kept.split_once(' ').unwrap_or((&kept, ""));
            keys.open(&place, sealed).map_err(|error| unfit(error.to_string()))?;
            // The index key has no id: with another one nobody would be found by their ID number any more.
            if index == keys.blind_index(CHECK, KNOWN_TEXT) { Ok(()) } else { Err(unfit("the index key differs".to_owned())) }
        }
    }
}
