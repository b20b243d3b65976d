//! The key ring: encryption of personal fields, blind indexes for looking them up, signing of tokens, authentication of cursors.
//!
//! Every secret has its own key and a key id, so that it can be rotated (docs/keys.md): new values are sealed with the primary key, old
//! ones are opened with the key they name, until a job has sealed them anew. All of it is aws-lc-rs (docs/decisions/0004).

mod audit;
mod file;
mod ids;
mod ring;
mod seal;

use std::path::PathBuf;

use aws_lc_rs::{constant_time, digest, hmac, rand};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

pub use audit::{AuditKey, AuditPublicKey, AuditPublicKeys};
pub use file::{KeyFile, NamedKey, PublicHalf};
pub(crate) use file::{refuse_readable_by_others, secret_of_32, write_private};
pub use ids::SystemIds;
pub use ring::{Adopted, Candidate, KeyRing, SigningKey};
pub use seal::field_aad;

/// What is wrong with a key ring, or with a sealed value. Never carries a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The key file cannot be read, or written by the first start.
    #[error("key file {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A key is missing, of the wrong length, weak or a placeholder, or used twice.
    #[error("key `{key}`: {reason}")]
    Key {
        /// Which one.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A sealed value names a key that the ring does not hold.
    #[error("sealed with key `{0}`, which the key ring does not hold")]
    UnknownKey(String),
    /// A sealed value was changed, or belongs to another row or column.
    #[error("a sealed value does not open: it was changed, or belongs elsewhere")]
    DoesNotOpen,
}

/// The domain is length-prefixed, so that no two pairs of domain and value give the same bytes.
fn tag(key: &hmac::Key, domain: &str, bytes: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(&(domain.len() as u64).to_be_bytes());
    context.update(domain.as_bytes());
    context.update(bytes);
    context.sign()
}

/// Whether two secrets are the same, in a time that depends on their lengths alone.
#[must_use]
pub fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Fills the buffer with random bytes from the operating system's generator.
pub fn fill_random(buffer: &mut [u8]) {
    // aws-lc aborts by itself where the system has no entropy; an error here has no other meaning.
    rand::fill(buffer).expect("the operating system gives random bytes");
}

/// So many random bytes.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}

/// A random token of 32 bytes as 43 URL-safe characters.
#[must_use]
pub fn random_token() -> String {
    BASE64URL_NOPAD.encode(&random_bytes::<32>())
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// SHA-256 of what comes in pieces.
pub struct Sha256(digest::Context);

impl Sha256 {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Adds a piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces, in lower-case hexadecimal.
    #[must_use]
    pub fn finish_hex(self) -> String {
        HEXLOWER.encode(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
