//! The key file: TOML with base64 keys, readable by its owner alone.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use aws_lc_rs::signature::Ed25519KeyPair;
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use super::{Error, random_bytes, sha256_hex};
use title_review_core::clock::Instant;

/// A key with its id.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedKey {
    /// Letters, digits, `-` and `_`; stands before every value sealed or token signed with it.
    pub id: String,
    /// Base64.
    pub key: String,
    /// Seals or signs from this instant on (RFC 3339); until then it opens, checks and is published. Absent: always has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
}

/// What is left of a signing key that was retired: it checks signatures that last longer than a token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicHalf {
    /// The id that the key had.
    pub id: String,
    /// Base64 of 32 bytes.
    pub public: String,
}

/// What stands in a key file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Blind index of encrypted fields: 32 bytes. Cannot be changed without reindexing.
    pub index: String,
    /// Authentication of cursors: 32 bytes.
    pub mac: String,
    /// Encryption of fields: 32 bytes each. The first that is in use seals, all open.
    pub field: Vec<NamedKey>,
    /// Signing of tokens: Ed25519, PKCS#8. The first that is in use signs, all check.
    pub signing: Vec<NamedKey>,
    /// Signing keys of earlier times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<PublicHalf>,
}

/// A secret of a file, decoded.
pub(super) struct Secret {
    pub id: String,
    pub bytes: Vec<u8>,
    pub from: Option<Instant>,
}

/// The keys of a file, decoded and found strong enough.
pub(super) struct Secrets {
    pub field: Vec<Secret>,
    pub index: Vec<u8>,
    pub mac: Vec<u8>,
    pub signing: Vec<Secret>,
    pub retired: Vec<(String, Vec<u8>)>,
}

/// Tells whether a file is still the one that was read: a rewrite changes its inode, an edit its time or length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    changed: Option<SystemTime>,
    length: u64,
    number: u64,
}

impl Stamp {
    /// None where there is no file.
    pub fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&about);
        #[cfg(not(unix))]
        let number = 0;
        Some(Self { changed: about.modified().ok(), length: about.len(), number })
    }
}

const HEADER: &str = "# Keys of title-review. Whoever has them reads every encrypted field and signs any token; without them the\n\
                      # encrypted fields of the database are lost. Keep a copy apart from the database's backup.\n\n";

impl KeyFile {
    /// Fresh random keys.
    pub fn generate() -> Result<Self, Error> {
        let random = || BASE64.encode(&random_bytes::<32>());
        Ok(Self {
            index: random(),
            mac: random(),
            field: vec![NamedKey::field(None)],
            signing: vec![NamedKey::signing(None)?],
            retired: Vec::new(),
        })
    }

    /// From the text of a key file. The reason never repeats the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    /// Reads the file; where there is none, makes one.
    pub(super) fn read_or_create(path: &Path) -> Result<(Self, Stamp), Error> {
        let failed = |reason: String| Error::File { path: path.to_path_buf(), reason };
        if !path.try_exists().map_err(|error| failed(error.to_string()))? {
            Self::generate()?.write(path, false).map_err(|error| failed(error.to_string()))?;
        }
        Self::read(path)
    }

    /// Reads the file, with its stamp as it was before it was read: a change meanwhile is seen the next time.
    pub(crate) fn read(path: &Path) -> Result<(Self, Stamp), Error> {
        let failed = |reason: String| Error::File { path: path.to_path_buf(), reason };
        let stamp = Stamp::of(path).ok_or_else(|| failed("is not there".to_owned()))?;
        refuse_readable_by_others(path).map_err(failed)?;
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Ok((Self::parse(&text).map_err(failed)?, stamp))
    }

    /// Writes the whole file or nothing. Without `replace`, another process's file stands where that was faster.
    fn write(&self, path: &Path, replace: bool) -> std::io::Result<()> {
        let text = toml::to_string(self).map_err(std::io::Error::other)?;
        write_private(path, &format!("{HEADER}{text}"), replace)
    }

    /// Changes the file that is there, one process at a time: old or new as a whole after a crash, on the disk when this returns. What is not fit to
    /// be loaded is not written.
    pub(crate) fn change<E: From<Error>>(path: &Path, change: impl FnOnce(&mut Self) -> Result<(), E>) -> Result<(), E> {
        let failed = |reason: std::io::Error| Error::File { path: path.to_path_buf(), reason: reason.to_string() };
        // A lock on the file itself would be lost with its replacement.
        let folder = fs::File::open(folder_of(path)).map_err(failed)?;
        folder.lock().map_err(failed)?;
        let (mut file, _) = Self::read(path)?;
        change(&mut file)?;
        file.checked_secrets()?;
        Ok(file.write(path, true).map_err(failed)?)
    }

    pub(super) fn checked_secrets(&self) -> Result<Secrets, Error> {
        let mut seen = BTreeSet::new();
        let mut once = |name: &str, key: Vec<u8>| {
            if seen.insert(key.clone()) { Ok(key) } else { Err(refused(name, "is used twice")) }
        };
        let index = once("index", secret_of_32("index", &self.index)?)?;
        let mac = once("mac", secret_of_32("mac", &self.mac)?)?;
        let mut secret = |named: &NamedKey, decode: fn(&str, &str) -> Result<Vec<u8>, Error>| {
            let id = checked_id(&named.id)?;
            Ok(Secret { bytes: once(&id, decode(&id, &named.key)?)?, id, from: named.from })
        };
        let field: Vec<_> = self.field.iter().map(|named| secret(named, secret_of_32)).collect::<Result<_, Error>>()?;
        let signing: Vec<_> = self.signing.iter().map(|named| secret(named, pkcs8)).collect::<Result<_, Error>>()?;
        for (name, keys) in [("field", &field), ("signing", &signing)] {
            if keys.is_empty() {
                return Err(refused(name, "is missing"));
            }
        }
        let retired = self.retired.iter().map(|half| {
            let public = decoded(&half.id, &half.public)?;
            if public.len() == 32 { Ok((checked_id(&half.id)?, public)) } else { Err(refused(&half.id, "is not 32 bytes long")) }
        });
        let retired: Vec<_> = retired.collect::<Result<_, Error>>()?;
        let mut ids = BTreeSet::from(["index", "mac"]);
        let all = self.field.iter().chain(&self.signing).map(|named| &named.id).chain(self.retired.iter().map(|half| &half.id));
        for id in all {
            if !ids.insert(id.as_str()) {
                return Err(refused(id, "is the id of two keys"));
            }
        }
        Ok(Secrets { field, index, mac, signing, retired })
    }
}

impl NamedKey {
    fn named(prefix: &str, key: &[u8], from: Option<Instant>) -> Self {
        Self { id: format!("{prefix}{}", HEXLOWER.encode(&random_bytes::<4>())), key: BASE64.encode(key), from }
    }

    /// A fresh key for fields.
    #[must_use]
    pub fn field(from: Option<Instant>) -> Self {
        Self::named("f", &random_bytes::<32>(), from)
    }

    /// A fresh key for tokens.
    pub fn signing(from: Option<Instant>) -> Result<Self, Error> {
        let pkcs8 = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8());
        let pkcs8 = pkcs8.map_err(|_| refused("signing", "cannot be generated"))?;
        Ok(Self::named("s", pkcs8.as_ref(), from))
    }
}

/// Writes the whole of a file that its owner alone may read, or nothing; it is on the disk when this returns. Without `replace`, what is there stays.
pub(crate) fn write_private(path: &Path, text: &str, replace: bool) -> std::io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let part = path.with_extension(format!("{}.part", HEXLOWER.encode(&random_bytes::<4>())));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = (|| {
        let mut file = options.open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if replace {
            return fs::rename(&part, path);
        }
        match fs::hard_link(&part, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    })();
    // After a rename it is gone.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    written?;
    fs::File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refused(key: &str, reason: &'static str) -> Error {
    Error::Key { key: key.to_owned(), reason }
}

fn checked_id(id: &str) -> Result<String, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=32).contains(&id.len()) && id.chars().all(plain) {
        Ok(id.to_owned())
    } else {
        Err(refused(id, "an id is 1 to 32 letters, digits, `-` or `_`"))
    }
}

fn decoded(name: &str, base64: &str) -> Result<Vec<u8>, Error> {
    BASE64.decode(base64.as_bytes()).map_err(|_| refused(name, "is not base64"))
}

/// 32 bytes that could be random. 32 random bytes are all printable once in 10^14 files, and have fewer than 16 different values never.
pub(crate) fn secret_of_32(name: &str, base64: &str) -> Result<Vec<u8>, Error> {
    let key = decoded(name, base64)?;
    if key.len() != 32 {
        return Err(refused(name, "is not 32 bytes long"));
    }
    if is_weak(&key) { Err(refused(name, "is weak or a placeholder: 32 random bytes are needed")) } else { Ok(key) }
}

fn is_weak(key: &[u8]) -> bool {
    let distinct = key.iter().collect::<BTreeSet<_>>().len();
    let steps = key.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect::<BTreeSet<_>>().len();
    distinct < 16
        || steps < 16
        || key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        || PUBLISHED.contains(&sha256_hex(key).as_str())
}

/// SHA-256 of Ed25519 secrets that stand in public documents as examples: RFC 8037 A.1 (which is RFC 8032 test 1), RFC 8032 tests 2 and 3.
const PUBLISHED: &[&str] = &[
    "644d50ab64864c20a12b3c4656d46b4a48f69ef7c47ecdc8415cd28316b22ef5",
    "3d2d9682cdba529682a152f678e25c6c29847bf2588ca4e1b3023c1579f9958d",
    "d8eca0cca720d33bf6d9a3e8057053ff6a4d19a62a9874fa7f7004ea662fb2f9",
];

/// The secret of an Ed25519 key in PKCS#8 (RFC 8410): 32 bytes behind a head of 16.
fn pkcs8(name: &str, base64: &str) -> Result<Vec<u8>, Error> {
    let key = decoded(name, base64)?;
    match key.get(16..48) {
        Some(seed) if is_weak(seed) => Err(refused(name, "is weak, a placeholder or a published example")),
        _ => Ok(key),
    }
}

#[cfg(unix)]
pub(crate) fn refuse_readable_by_others(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    // The six lowest bits are those of the group and of others.
    let mode = fs::metadata(path).map_err(|error| error.to_string())?.permissions().mode();
    if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(format!("mode {:04o} lets others read it: chmod 600", mode & 0o7777)) }
}

#[cfg(not(unix))]
pub(crate) fn refuse_readable_by_others(_path: &Path) -> Result<(), String> {
    Ok(())
}
