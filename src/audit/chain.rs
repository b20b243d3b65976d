//! The bytes of a row that are hashed.

use std::io::Write as _;

use crate::keys;

/// Stands as `prev_hash` of the first row.
pub(super) const BEFORE_THE_FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The fields of a row that the chain covers, in the order in which they are hashed.
pub(super) struct Chained<'a> {
    pub prev_hash: &'a str,
    pub seq: i64,
    /// Microseconds since 1970.
    pub at: i64,
    pub actor: Option<&'a str>,
    pub role: Option<&'a str>,
    pub organisation: Option<&'a str>,
    pub action: &'a str,
    pub object_kind: &'a str,
    pub object_id: &'a str,
    pub clause: Option<&'a str>,
    pub outcome: &'a str,
    pub trace_id: &'a str,
    pub detail_hash: &'a str,
}

impl Chained<'_> {
    /// SHA-256. Each field is its length in bytes (8 bytes, big-endian) and its UTF-8 text; an absent one is eight bytes
    /// 0xff, which no length is. So no two different rows give the same bytes. `buffer` is room that is used again.
    pub fn hash(&self, buffer: &mut Vec<u8>) -> [u8; 32] {
        buffer.clear();
        add(buffer, Some("title-review audit 1"));
        add(buffer, Some(self.prev_hash));
        add_number(buffer, self.seq);
        add_number(buffer, self.at);
        let fields = [
            self.actor,
            self.role,
            self.organisation,
            Some(self.action),
            Some(self.object_kind),
            Some(self.object_id),
            self.clause,
            Some(self.outcome),
            Some(self.trace_id),
            Some(self.detail_hash),
        ];
        for field in fields {
            add(buffer, field);
        }
        keys::sha256(buffer)
    }
}

/// The hash of a detail and its salt, which keeps a short detail from being guessed after it was erased.
pub(super) fn detail_hash(salt: &str, detail: &str, buffer: &mut Vec<u8>) -> [u8; 32] {
    buffer.clear();
    add(buffer, Some("title-review audit detail 1"));
    add(buffer, Some(salt));
    add(buffer, Some(detail));
    keys::sha256(buffer)
}

/// Adds a field: its length in bytes (8 bytes, big-endian) and its text; an absent one is eight bytes 0xff.
pub(super) fn add(buffer: &mut Vec<u8>, field: Option<&str>) {
    match field {
        None => buffer.extend_from_slice(&[0xff; 8]),
        Some(text) => {
            buffer.extend_from_slice(&(text.len() as u64).to_be_bytes());
            buffer.extend_from_slice(text.as_bytes());
        }
    }
}

/// A number in decimal, as a field.
fn add_number(buffer: &mut Vec<u8>, number: i64) {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; 8]);
    // Writing to memory does not fail.
    let _ = write!(buffer, "{number}");
    let length = (buffer.len() - start - 8) as u64;
    buffer[start..start + 8].copy_from_slice(&length.to_be_bytes());
}
