//! The key file: TOML with base64 keys, readable by its owner alone.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use super::{Error, random_bytes};

/// A key with its id.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedKey {
    /// Letters, digits, `-` and `_`; stands before every value sealed or token signed with it.
    pub id: String,
    /// Base64.
    pub key: String,
}

/// What stands in a key file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Blind index of encrypted fields: 32 bytes. Cannot be changed without reindexing.
    pub index: String,
    /// Authentication of cursors: 32 bytes.
    pub mac: String,
    /// Encryption of fields: 32 bytes each. The first seals, all open.
    pub field: Vec<NamedKey>,
    /// Signing of tokens: Ed25519, PKCS#8. The first signs, all check.
    pub signing: Vec<NamedKey>,
}

/// The keys of a file, decoded and found strong enough.
pub(super) struct Secrets {
    pub field_primary: String,
    pub field: Vec<(String, Vec<u8>)>,
    pub index: Vec<u8>,
    pub mac: Vec<u8>,
    pub signing: Vec<(String, Vec<u8>)>,
}

const HEADER: &str = "# Keys of title-review. Whoever has them reads every encrypted field and signs any token; without them the\n\
                      # encrypted fields of the database are lost. Keep a copy apart from the database's backup.\n\n";

impl KeyFile {
    /// Fresh random keys.
    pub fn generate() -> Result<Self, Error> {
        let id = |prefix: &str| format!("{prefix}{}", HEXLOWER.encode(&random_bytes::<4>()));
        let pair = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8());
        let pkcs8 = pair.map_err(|_| Error::Key { key: "signing".to_owned(), reason: "cannot be generated" })?;
        let random = || BASE64.encode(&random_bytes::<32>());
        Ok(Self {
            index: random(),
            mac: random(),
            field: vec![NamedKey { id: id("f"), key: random() }],
            signing: vec![NamedKey { id: id("s"), key: BASE64.encode(pkcs8.as_ref()) }],
        })
    }

    /// From the text of a key file. The reason never repeats the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    /// Reads the file; where there is none, makes one.
    pub fn read_or_create(path: &Path) -> Result<Self, Error> {
        let failed = |reason: String| Error::File { path: path.to_path_buf(), reason };
        if !path.try_exists().map_err(|error| failed(error.to_string()))? {
            Self::generate()?.create(path).map_err(|error| failed(error.to_string()))?;
        }
        refuse_readable_by_others(path).map_err(failed)?;
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(&text).map_err(failed)
    }

    /// Writes the whole file or nothing; where another process was faster, its file stands.
    fn create(&self, path: &Path) -> std::io::Result<()> {
        let text = toml::to_string(self).map_err(std::io::Error::other)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let part = path.with_extension(format!("{}.part", HEXLOWER.encode(&random_bytes::<4>())));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = (|| {
            let mut file = options.open(&part)?;
            file.write_all(HEADER.as_bytes())?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            match fs::hard_link(&part, path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            }
        })();
        fs::remove_file(&part)?;
        written?;
        fs::File::open(folder)?.sync_all()
    }

    pub(super) fn checked_secrets(&self) -> Result<Secrets, Error> {
        let mut seen = BTreeSet::new();
        let mut once = |name: &str, key: Vec<u8>| {
            if seen.insert(key.clone()) { Ok(key) } else { Err(refused(name, "is used twice")) }
        };
        let secrets = Secrets {
            index: once("index", secret_of_32("index", &self.index)?)?,
            mac: once("mac", secret_of_32("mac", &self.mac)?)?,
            field: (self.field.iter())
                .map(|named| Ok((checked_id(&named.id)?, once(&named.id, secret_of_32(&named.id, &named.key)?)?)))
                .collect::<Result<_, Error>>()?,
            signing: (self.signing.iter())
                .map(|named| Ok((checked_id(&named.id)?, once(&named.id, decoded(&named.id, &named.key)?)?)))
                .collect::<Result<_, Error>>()?,
            field_primary: self.field.first().map(|named| named.id.clone()).ok_or_else(|| refused("field", "is missing"))?,
        };
        if secrets.signing.is_empty() {
            return Err(refused("signing", "is missing"));
        }
        let ids: BTreeSet<_> = self.field.iter().chain(&self.signing).map(|named| &named.id).collect();
        if ids.len() != self.field.len() + self.signing.len() {
            return Err(refused("id", "is used twice"));
        }
        Ok(secrets)
    }
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
fn secret_of_32(name: &str, base64: &str) -> Result<Vec<u8>, Error> {
    let key = decoded(name, base64)?;
    if key.len() != 32 {
        return Err(refused(name, "is not 32 bytes long"));
    }
    let distinct = key.iter().collect::<BTreeSet<_>>().len();
    let steps = key.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect::<BTreeSet<_>>().len();
    if distinct < 16 || steps < 16 || key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        return Err(refused(name, "is weak or a placeholder: 32 random bytes are needed"));
    }
    Ok(key)
}

#[cfg(unix)]
fn refuse_readable_by_others(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    // The six lowest bits are those of the group and of others.
    let mode = fs::metadata(path).map_err(|error| error.to_string())?.permissions().mode();
    if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(format!("mode {:04o} lets others read it: chmod 600", mode & 0o7777)) }
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_path: &Path) -> Result<(), String> {
    Ok(())
}
