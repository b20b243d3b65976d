//! The key of backups: a file of its own, so that whoever takes an archive has no key and whoever takes the server's disk has no archive.

use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::config::BackupConfig;
use crate::keys::{self, random_bytes, sha256};

const HEADER: &str = "# The key of title-review's backups. Whoever has it reads every archive; without it no archive can be read. Keep it, and a\n\
                      # copy, apart from the data folder and from the archives.\n\n";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: String,
}

/// The key that seals archives.
pub struct BackupKey {
    id: String,
    pub(super) secret: Vec<u8>,
}

impl BackupKey {
    /// Makes a key file. One that is there stays, and is an error.
    pub fn generate(path: &Path) -> Result<Self, Error> {
        let failed = |reason: String| Error::Key { path: path.to_path_buf(), reason };
        if path.as_os_str().is_empty() {
            return Err(failed("names no file".to_owned()));
        }
        if path.try_exists().map_err(|error| failed(error.to_string()))? {
            return Err(failed("is there already; archives may need it".to_owned()));
        }
        let file = File { key: BASE64.encode(&random_bytes::<32>()) };
        let text = toml::to_string(&file).map_err(|error| failed(error.to_string()))?;
        keys::write_private(path, &format!("{HEADER}{text}"), false).map_err(|error| failed(error.to_string()))?;
        Self::load_from(path)
    }

    /// The key that the configuration names.
    pub fn load(config: &BackupConfig) -> Result<Self, Error> {
        Self::load_from(&config.key_file)
    }

    fn load_from(path: &Path) -> Result<Self, Error> {
        let failed = |reason: String| Error::Key { path: path.to_path_buf(), reason };
        if path.as_os_str().is_empty() {
            return Err(failed("is not set: `title-review backup keygen` makes one".to_owned()));
        }
        if !path.try_exists().map_err(|error| failed(error.to_string()))? {
            return Err(failed("is not there: `title-review backup keygen` makes one".to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        keys::refuse_readable_by_others(path).map_err(failed)?;
        // A message of the parser may repeat the text, and with it the key.
        let file: File = toml::from_str(&text).map_err(|_| failed("is not a key file".to_owned()))?;
        let secret = keys::secret_of_32("backup", &file.key).map_err(|error| failed(error.to_string()))?;
        Ok(Self { id: id_of(&secret), secret })
    }

    /// `b-` and sixteen hexadecimal digits that tell it from others and nothing about it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn id_of(secret: &[u8]) -> String {
    let marked = [b"title-review backup key id 1".as_slice(), secret].concat();
    format!("b-{}", HEXLOWER.encode(&sha256(&marked)[..8]))
}

impl std::fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupKey").field("id", &self.id).finish_non_exhaustive()
    }
}
