//! The bytes of a row that are hashed.

use crate::clock::Instant;
use crate::keys::Sha256;

/// Stands as `prev_hash` of the first row.
pub(super) const BEFORE_THE_FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The fields of a row that the chain covers, in the order in which they are hashed.
pub(super) struct Chained<'a> {
    pub prev_hash: &'a str,
    pub seq: i64,
    pub at: Instant,
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
    /// SHA-256 in hexadecimal. Each field is its length in bytes (8 bytes, big-endian) and its UTF-8 text; an absent one is eight bytes
    /// 0xff, which no length is. So no two different rows give the same bytes.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        let (seq, at) = (self.seq.to_string(), self.at.micros().to_string());
        let fields = [
            Some("title-review audit 1"),
            Some(self.prev_hash),
            Some(&seq),
            Some(&at),
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
            add(&mut hasher, field);
        }
        hasher.finish_hex()
    }
}

/// The hash of a detail and its salt, which keeps a short detail from being guessed after it was erased.
pub(super) fn detail_hash(salt: &str, detail: &str) -> String {
    let mut hasher = Sha256::new();
    add(&mut hasher, Some("title-review audit detail 1"));
    add(&mut hasher, Some(salt));
    add(&mut hasher, Some(detail));
    hasher.finish_hex()
}

fn add(hasher: &mut Sha256, field: Option<&str>) {
    match field {
        None => hasher.update(&[0xff; 8]),
        Some(text) => {
            hasher.update(&(text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
    }
}
