//! Why a backup is not made, or an archive not taken.

use std::path::{Path, PathBuf};

use crate::{audit, db, keys, storage};

/// Why a backup is not made, or an archive not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key of backups is missing or weak.
    #[error("backup.key_file {path}: {reason}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The archive was sealed with another key.
    #[error("the archive is sealed with backup key {needed}; backup.key_file holds {held}")]
    OtherKey {
        /// The key that opens it.
        needed: String,
        /// The key that is there.
        held: String,
    },
    /// The file is something else.
    #[error("is not an archive of `title-review backup`")]
    NoArchive,
    /// The end of the archive is missing.
    #[error("the archive is cut off: it ends after {bytes} bytes")]
    CutOff {
        /// Bytes that are there.
        bytes: u64,
    },
    /// A piece of the archive does not open.
    #[error("the archive was changed between bytes {from} and {to}")]
    Changed {
        /// First byte of the piece.
        from: u64,
        /// Byte after it.
        to: u64,
    },
    /// The pieces open, but what is in them is not what the manifest says: a fault of the program that made it.
    #[error("the archive does not hold what its manifest says: {0}")]
    Unlike(String),
    /// An object that the database names is not in the archive.
    #[error("object {0}, which the database names, is missing in the archive")]
    MissingObject(String),
    /// An object that the database names is not in the storage.
    #[error("object {sha256}, which the database names, cannot be read from the storage: {reason}")]
    Object {
        /// Its name.
        sha256: String,
        /// What the storage says.
        reason: String,
    },
    /// There is something already where something is to be written.
    #[error("{0}")]
    NotEmpty(String),
    /// Another backup or restore works in this data folder.
    #[error("{0}: another backup or restore is at work in this data folder")]
    AtWork(String),
    /// The file system.
    #[error("{place}: {error}")]
    File {
        /// Where.
        place: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// Reading or writing the archive.
    #[error("the archive: {0}")]
    Io(std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The key ring of the database.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The storage.
    #[error("the storage: {0}")]
    Storage(#[from] storage::Error),
    /// The audit log in the archive does not verify.
    #[error("the audit log in the archive does not hold: {0}")]
    Audit(#[from] audit::Fault),
}

/// What a reader of an archive found travels through `std::io` and comes out as itself.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(other) => Self::Io(other),
        }
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

/// Names the place of a failure of the file system.
pub(super) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let place = path.display().to_string();
    move |error| Error::File { place, error }
}
