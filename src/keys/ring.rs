//! The keys of a running server. They may be exchanged while it runs: every use takes the keys that are held at that moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{DecodingKey, EncodingKey, jwk};

use super::file::{KeyFile, Stamp};
use super::{Error, same_bytes, seal, sha256_hex, tag};
use crate::config::KeysConfig;
use title_review_core::clock::{Clock, Instant, SystemClock};

/// A key that signs tokens, and what checks them.
pub struct SigningKey {
    /// Key id, the `kid` of a token's header.
    pub kid: String,
    /// Signs (EdDSA).
    pub encoding: EncodingKey,
    /// Checks (EdDSA).
    pub decoding: DecodingKey,
    /// The public half, 32 bytes.
    pub public: Vec<u8>,
    /// Signs from this instant of the session clock on; none: always has.
    from: Option<Instant>,
}

/// A key that seals fields.
struct FieldKey {
    id: String,
    key: LessSafeKey,
    from: Option<Instant>,
}

/// The keys that are held at one moment.
struct Held {
    /// In the order of the file: the first that is in use seals, all open.
    field: Vec<FieldKey>,
    index: hmac::Key,
    mac: hmac::Key,
    /// In the order of the file: the first that is in use signs, all check.
    signing: Vec<Arc<SigningKey>>,
    /// Public halves of signing keys that are no longer held, by id: they check what lasts longer than a token.
    retired: BTreeMap<String, Vec<u8>>,
    /// SHA-256 of each secret by its name: whether two rings hold the same key under one id.
    prints: BTreeMap<String, String>,
}

/// The first key that is in use, else the oldest.
fn first_in_use<T>(keys: &[T], now: Instant, from: impl Fn(&T) -> Option<Instant>) -> &T {
    // `KeyFile::checked_secrets` refuses empty lists.
    keys.iter().find(|key| from(key).is_none_or(|from| from <= now)).unwrap_or(&keys[keys.len() - 1])
}

impl Held {
    fn new(file: &KeyFile) -> Result<Self, Error> {
        let secrets = file.checked_secrets()?;
        let mut prints =
            BTreeMap::from([("index".to_owned(), sha256_hex(&secrets.index)), ("mac".to_owned(), sha256_hex(&secrets.mac))]);
        for named in secrets.field.iter().chain(&secrets.signing) {
            prints.insert(named.id.clone(), sha256_hex(&named.bytes));
        }
        let field = secrets.field.into_iter().map(|named| {
            let unbound = UnboundKey::new(&AES_256_GCM, &named.bytes)
                .map_err(|_| Error::Key { key: named.id.clone(), reason: "refused by AES-256-GCM" })?;
            Ok(FieldKey { id: named.id, key: LessSafeKey::new(unbound), from: named.from })
        });
        let signing = secrets.signing.into_iter().map(|named| SigningKey::new(named.id, &named.bytes, named.from).map(Arc::new));
        Ok(Self {
            field: field.collect::<Result<_, Error>>()?,
            index: hmac::Key::new(hmac::HMAC_SHA256, &secrets.index),
            mac: hmac::Key::new(hmac::HMAC_SHA256, &secrets.mac),
            signing: signing.collect::<Result<_, Error>>()?,
            retired: secrets.retired.into_iter().collect(),
            prints,
        })
    }

    fn field_key(&self, id: &str) -> Option<&FieldKey> {
        self.field.iter().find(|key| key.id == id)
    }

    fn ids(&self) -> BTreeSet<String> {
        self.field.iter().map(|key| key.id.clone()).chain(self.signing.iter().map(|key| key.kid.clone())).collect()
    }
}

/// Keys as a changed key file has them, found fit to take the place of those that are held.
pub struct Candidate(Held);

impl Candidate {
    /// Ids of its keys that open fields.
    #[must_use]
    pub fn field_ids(&self) -> BTreeSet<String> {
        self.0.field.iter().map(|key| key.id.clone()).collect()
    }
}

/// What came of taking a candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopted {
    /// Ids that were not held before.
    pub added: Vec<String>,
    /// Ids that are no longer held.
    pub removed: Vec<String>,
}

/// All keys of a server. Debug output names ids only.
pub struct KeyRing {
    held: RwLock<Arc<Held>>,
    /// Rises with each exchange.
    generation: AtomicU64,
    /// Judges from when on a key is in use.
    clock: Arc<dyn Clock>,
    /// Where the keys were read; none for keys of the environment.
    file: Option<PathBuf>,
    /// The file as it was when it was last looked into.
    seen: Mutex<Option<Stamp>>,
    /// The file as it was when it held nothing new for somebody who missed a key.
    missed: Mutex<Option<Stamp>>,
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
        let (file, stamp) = KeyFile::read_or_create(&path)?;
        let ring = Self::from_file(&file)?;
        *ring.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(stamp);
        Ok(Self { file: Some(path), ..ring })
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
        Ok(Self {
            held: RwLock::new(Arc::new(Held::new(file)?)),
            generation: AtomicU64::new(0),
            clock: Arc::new(SystemClock::new()),
            file: None,
            seen: Mutex::new(None),
            missed: Mutex::new(None),
        })
    }

    /// Judges by this clock from when on a key is in use: the session clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn exchange(&self, held: Held) -> Adopted {
        let mut place = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let (before, after) = (place.ids(), held.ids());
        *place = Arc::new(held);
        self.generation.fetch_add(1, Ordering::Release);
        let only = |here: &BTreeSet<String>, there: &BTreeSet<String>| here.difference(there).cloned().collect();
        Adopted { added: only(&after, &before), removed: only(&before, &after) }
    }

    /// The keys of the key file, if it was changed since it was last looked into and can take the place of those that are held: the keys for
    /// looking up and for cursors have to be the same, since they have no ids.
    pub fn candidate(&self) -> Result<Option<Candidate>, Error> {
        let Some(path) = &self.file else { return Ok(None) };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if Stamp::of(path).is_some_and(|stamp| Some(stamp) == *seen) {
            return Ok(None);
        }
        let (file, stamp) = KeyFile::read(path)?;
        *seen = Some(stamp);
        drop(seen);
        let (held, now) = (Held::new(&file)?, self.held());
        for name in ["index", "mac"] {
            if held.prints.get(name) != now.prints.get(name) {
                return Err(Error::Key { key: name.to_owned(), reason: "cannot be exchanged" });
            }
        }
        let relabelled = held.prints.iter().find(|(id, print)| now.prints.get(*id).is_some_and(|known| known != *print));
        if let Some((id, _)) = relabelled {
            return Err(Error::Key { key: id.clone(), reason: "is another key under an id that was used" });
        }
        Ok(Some(Candidate(held)))
    }

    /// Takes the candidate's keys in place of those that are held.
    pub fn adopt(&self, candidate: Candidate) -> Adopted {
        self.exchange(candidate.0)
    }

    /// Whether the key file has brought further keys since: for somebody who misses one. Takes them if so; keys that are gone from the file are
    /// left to [`Self::candidate`].
    fn look_again(&self) -> bool {
        let Some(path) = &self.file else { return false };
        let stamp = Stamp::of(path);
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_none() || stamp == *missed || stamp == *self.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            return false;
        }
        *missed = stamp;
        drop(missed);
        let Ok(held) = KeyFile::read(path).and_then(|(file, _)| Held::new(&file)) else { return false };
        let now = self.held();
        let keeps_all = now.prints.iter().all(|(id, print)| held.prints.get(id) == Some(print));
        if keeps_all {
            self.exchange(held);
        }
        keeps_all
    }

    /// Rises each time that the keys are exchanged.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Where the keys are read; none for keys of the environment.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Id of the key that seals now.
    #[must_use]
    pub fn field_primary(&self) -> String {
        first_in_use(&self.held().field, self.clock.now(), |key| key.from).id.clone()
    }

    /// Ids of the keys that open fields.
    #[must_use]
    pub fn field_ids(&self) -> BTreeSet<String> {
        self.held().field.iter().map(|key| key.id.clone()).collect()
    }

    /// Ids of all keys that are held.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<String> {
        self.held().ids()
    }

    /// Seals a text for one place, named by `aad` ([`super::field_aad`]): `KEYID.BASE64URL(nonce, ciphertext, tag)`.
    pub fn seal(&self, aad: &str, plain: &str) -> Result<String, Error> {
        let held = self.held();
        let primary = first_in_use(&held.field, self.clock.now(), |key| key.from);
        seal::seal(&primary.key, &primary.id, aad, plain)
    }

    /// Opens what [`Self::seal`] sealed for the same place.
    pub fn open(&self, aad: &str, sealed: &str) -> Result<String, Error> {
        let (id, body) = sealed.split_once('.').ok_or(Error::DoesNotOpen)?;
        let mut held = self.held();
        if held.field_key(id).is_none() && self.look_again() {
            held = self.held();
        }
        let found = held.field_key(id).ok_or_else(|| Error::UnknownKey(id.to_owned()))?;
        seal::open(&found.key, id, aad, body)
    }

    /// Seals anew, with the primary key, what was sealed for the same place with another.
    pub fn reseal(&self, aad: &str, sealed: &str) -> Result<String, Error> {
        self.seal(aad, &self.open(aad, sealed)?)
    }

    /// A keyed digest by which an encrypted value is found again: equal values of one domain have equal indexes, and without the key
    /// nobody can try all ID numbers.
    #[must_use]
    pub fn blind_index(&self, domain: &str, value: &str) -> String {
        BASE64URL_NOPAD.encode(tag(&self.held().index, domain, value.as_bytes()).as_ref())
    }

    /// Authenticates bytes that leave the server and come back (cursors). 32 bytes.
    #[must_use]
    pub fn mac(&self, domain: &str, bytes: &[u8]) -> Vec<u8> {
        tag(&self.held().mac, domain, bytes).as_ref().to_vec()
    }

    /// Whether `mac` begins [`Self::mac`] of these bytes, with at least 16 of its bytes; takes the same time for every wrong one.
    #[must_use]
    pub fn mac_is(&self, domain: &str, bytes: &[u8], mac: &[u8]) -> bool {
        let whole = self.mac(domain, bytes);
        (16..=whole.len()).contains(&mac.len()) && same_bytes(&whole[..mac.len()], mac)
    }

    /// The key that signs tokens now.
    #[must_use]
    pub fn signing(&self) -> Arc<SigningKey> {
        Arc::clone(first_in_use(&self.held().signing, self.clock.now(), |key| key.from))
    }

    /// What checks tokens signed with this key id; none if the ring does not hold it.
    #[must_use]
    pub fn decoding(&self, kid: &str) -> Option<DecodingKey> {
        let find = |held: &Held| held.signing.iter().find(|key| key.kid == kid).map(|key| key.decoding.clone());
        find(&self.held()).or_else(|| if self.look_again() { find(&self.held()) } else { None })
    }

    /// The public half (32 bytes, Ed25519) of a signing key, retired ones included: for signatures that last longer than a token.
    #[must_use]
    pub fn public_half(&self, kid: &str) -> Option<Vec<u8>> {
        let held = self.held();
        let live = held.signing.iter().find(|key| key.kid == kid).map(|key| key.public.clone());
        live.or_else(|| held.retired.get(kid).cloned())
    }

    /// The public halves of the signing keys, as `/.well-known/jwks.json` shows them: those that sign later too.
    #[must_use]
    pub fn jwks(&self) -> jwk::JwkSet {
        let keys = self.held().signing.iter().filter_map(|key| key.jwk()).collect();
        jwk::JwkSet { keys }
    }
}

impl SigningKey {
    fn new(kid: String, pkcs8: &[u8], from: Option<Instant>) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8)
            .map_err(|_| Error::Key { key: kid.clone(), reason: "is not an Ed25519 key in PKCS#8" })?;
        let public = pair.public_key().as_ref().to_vec();
        let decoding = DecodingKey::from_ed_der(&public);
        Ok(Self { kid, encoding: EncodingKey::from_ed_der(pkcs8), decoding, public, from })
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
        f.debug_struct("KeyRing").field("keys", &self.ids()).finish_non_exhaustive()
    }
}
