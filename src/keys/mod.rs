//! The key ring: encryption of personal fields, blind indexes for looking them up, signing of tokens, authentication of cursors.
//!
//! Every secret has its own key and a key id, so that a later issue can rotate it: new values are sealed with the primary key, old
//! ones are opened with the key they name. All of it is aws-lc-rs (docs/decisions/0004).

mod bind;
mod file;
mod seal;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use aws_lc_rs::{constant_time, digest, hmac, rand};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jsonwebtoken::{DecodingKey, EncodingKey, jwk};

pub use bind::bind_to_database;
pub use file::{KeyFile, NamedKey};
pub use seal::field_aad;

use crate::config::KeysConfig;

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

/// A key that signs tokens, and what checks them.
pub struct SigningKey {
    /// Key id, the `kid` of a token's header.
    pub kid: String,
    /// Signs (EdDSA).
    pub encoding: EncodingKey,
    /// Checks (EdDSA).
    pub decoding: DecodingKey,
}

/// All keys of a server. Debug output names ids only.
pub struct KeyRing {
    field_primary: String,
    field: BTreeMap<String, LessSafeKey>,
    index: hmac::Key,
    mac: hmac::Key,
    /// First: signs. All: check.
    signing: Vec<SigningKey>,
}

impl KeyRing {
    /// Reads the keys named by the configuration. Where there is no key file yet, makes one (mode 0600).
    pub fn load(config: &KeysConfig, data: &Path) -> Result<Self, Error> {
        if !config.inline.is_empty() {
            return Self::from_file(
                &KeyFile::parse(&config.inline).map_err(|reason| Error::File { path: "(inline)".into(), reason })?,
            );
        }
        let path = if config.file.as_os_str().is_empty() { data.join("keys.toml") } else { config.file.clone() };
        Self::from_file(&KeyFile::read_or_create(&path)?)
    }

    /// [`Self::load`], but a key file that is not there is an error: for commands on a database that is in use.
    pub fn load_existing(config: &KeysConfig) -> Result<Self, Error> {
        if config.inline.is_empty() && !config.file.is_file() {
            return Err(Error::File { path: config.file.clone(), reason: "is not there".to_owned() });
        }
        Self::load(config, Path::new(""))
    }

    /// A ring of fresh keys that nobody keeps: for tests.
    pub fn ephemeral() -> Result<Self, Error> {
        Self::from_file(&KeyFile::generate()?)
    }

    /// A ring of the keys in a key file.
    pub fn from_file(file: &KeyFile) -> Result<Self, Error> {
        let secrets = file.checked_secrets()?;
        let field = secrets
            .field
            .into_iter()
            .map(|(id, key)| {
                let unbound = UnboundKey::new(&AES_256_GCM, &key)
                    .map_err(|_| Error::Key { key: id.clone(), reason: "refused by AES-256-GCM" })?;
                Ok((id, LessSafeKey::new(unbound)))
            })
            .collect::<Result<_, Error>>()?;
        let signing = secrets.signing.into_iter().map(|(kid, pkcs8)| SigningKey::new(kid, &pkcs8)).collect::<Result<_, _>>()?;
        Ok(Self {
            field_primary: secrets.field_primary,
            field,
            index: hmac::Key::new(hmac::HMAC_SHA256, &secrets.index),
            mac: hmac::Key::new(hmac::HMAC_SHA256, &secrets.mac),
            signing,
        })
    }

    /// Seals a text for one place, named by `aad` ([`field_aad`]): `KEYID.BASE64URL(nonce, ciphertext, tag)`.
    pub fn seal(&self, aad: &str, plain: &str) -> Result<String, Error> {
        let key = self.field.get(&self.field_primary).ok_or_else(|| Error::UnknownKey(self.field_primary.clone()))?;
        seal::seal(key, &self.field_primary, aad, plain)
    }

    /// Opens what [`Self::seal`] sealed for the same place.
    pub fn open(&self, aad: &str, sealed: &str) -> Result<String, Error> {
        let (id, body) = sealed.split_once('.').ok_or(Error::DoesNotOpen)?;
        let key = self.field.get(id).ok_or_else(|| Error::UnknownKey(id.to_owned()))?;
        seal::open(key, id, aad, body)
    }

    /// A keyed digest by which an encrypted value is found again: equal values of one domain have equal indexes, and without the key
    /// nobody can try all ID numbers.
    #[must_use]
    pub fn blind_index(&self, domain: &str, value: &str) -> String {
        BASE64URL_NOPAD.encode(tag(&self.index, domain, value.as_bytes()).as_ref())
    }

    /// Authenticates bytes that leave the server and come back (cursors). 32 bytes.
    #[must_use]
    pub fn mac(&self, domain: &str, bytes: &[u8]) -> Vec<u8> {
        tag(&self.mac, domain, bytes).as_ref().to_vec()
    }

    /// Whether `mac` is [`Self::mac`] of these bytes; takes the same time for every wrong one.
    #[must_use]
    pub fn mac_is(&self, domain: &str, bytes: &[u8], mac: &[u8]) -> bool {
        same_bytes(tag(&self.mac, domain, bytes).as_ref(), mac)
    }

    /// The key that signs tokens.
    #[must_use]
    pub fn signing(&self) -> &SigningKey {
        // `KeyFile::checked_secrets` refuses an empty list.
        &self.signing[0]
    }

    /// What checks tokens signed with this key id; none if the ring does not hold it.
    #[must_use]
    pub fn decoding(&self, kid: &str) -> Option<&DecodingKey> {
        self.signing.iter().find(|key| key.kid == kid).map(|key| &key.decoding)
    }

    /// The public halves of the signing keys, as `/.well-known/jwks.json` shows them.
    #[must_use]
    pub fn jwks(&self) -> jwk::JwkSet {
        let keys = self.signing.iter().filter_map(SigningKey::jwk).collect();
        jwk::JwkSet { keys }
    }
}

impl SigningKey {
    fn new(kid: String, pkcs8: &[u8]) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8)
            .map_err(|_| Error::Key { key: kid.clone(), reason: "is not an Ed25519 key in PKCS#8" })?;
        let decoding = DecodingKey::from_ed_der(pair.public_key().as_ref());
        Ok(Self { kid, encoding: EncodingKey::from_ed_der(pkcs8), decoding })
    }

    fn jwk(&self) -> Option<jwk::Jwk> {
        let mut key = jwk::Jwk::from_decoding_key(&self.decoding, Some(jsonwebtoken::Algorithm::EdDSA)).ok()?;
        key.common.key_id = Some(self.kid.clone());
        key.common.public_key_use = Some(jwk::PublicKeyUse::Signature);
        Some(key)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("field", &self.field.keys()).field("signing", &self.signing).finish_non_exhaustive()
    }
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
