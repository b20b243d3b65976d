//! What can go wrong with an import as a whole.

use super::model::ImportState;
use super::rules::Unreadable;
use crate::db;
use crate::keys;

/// Why an act on imports is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is not `[a-z0-9-]{1,64}`.
    #[error("not a name")]
    Name,
    /// The principal may not enter what the file holds.
    #[error("forbidden")]
    Forbidden,
    /// Not there, or another organisation's.
    #[error("not found")]
    NotFound,
    /// The name stands for other bytes or parameters.
    #[error("name used")]
    NameUsed,
    /// So many imports of the owner have not ended.
    #[error("too many at once")]
    TooMany,
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The import is not in a state in which this can be done.
    #[error("in another state")]
    State(ImportState),
    /// The rows of the file were erased.
    #[error("erased")]
    Erased,
    /// Sealing failed.
    #[error("sealing failed")]
    Keys(#[from] keys::Error),
    /// The disk.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What is kept cannot be read back.
    #[error("unreadable: {0}")]
    Json(#[from] serde_json::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        db::Error::from(error).into()
    }
}
