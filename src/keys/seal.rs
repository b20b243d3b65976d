//! AES-256-GCM of one field, bound to its place.

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use data_encoding::BASE64URL_NOPAD;

use super::{Error, fill_random};

/// The place of a field: a value copied into another row or column does not open there.
#[must_use]
pub fn field_aad(table: &str, id: &str, column: &str) -> String {
    format!("{table}:{id}:{column}")
}

/// The key id is authenticated as well: a value cannot be relabelled.
fn bound(key_id: &str, aad: &str) -> Aad<Vec<u8>> {
    Aad::from(format!("{key_id}\n{aad}").into_bytes())
}

pub(super) fn seal(key: &LessSafeKey, key_id: &str, aad: &str, plain: &str) -> Result<String, Error> {
    let mut nonce = [0; NONCE_LEN];
    fill_random(&mut nonce);
    let mut text = plain.as_bytes().to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound(key_id, aad), &mut text)
        .map_err(|_| Error::DoesNotOpen)?;
    let mut body = nonce.to_vec();
    body.append(&mut text);
    Ok(format!("{key_id}.{}", BASE64URL_NOPAD.encode(&body)))
}

pub(super) fn open(key: &LessSafeKey, key_id: &str, aad: &str, body: &str) -> Result<String, Error> {
    let body = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| Error::DoesNotOpen)?;
    let (nonce, text) = body.split_first_chunk::<NONCE_LEN>().ok_or(Error::DoesNotOpen)?;
    let mut text = text.to_vec();
    let plain =
        key.open_in_place(Nonce::assume_unique_for_key(*nonce), bound(key_id, aad), &mut text).map_err(|_| Error::DoesNotOpen)?;
    String::from_utf8(plain.to_vec()).map_err(|_| Error::DoesNotOpen)
}
