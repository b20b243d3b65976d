//! Why an act on originals is refused.

use crate::applications;
use crate::context::VersionMismatch;
use crate::db;

/// Why a receipt is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cycle's list has no such item.
    #[error("unknown original")]
    Unknown {
        /// Items that it has.
        known: Vec<String>,
        /// Clause of the list.
        clause: String,
    },
    /// Fewer copies than asked for.
    #[error("too few copies")]
    TooFew {
        /// Copies asked for.
        needed: u8,
        /// Clause of the list.
        clause: String,
    },
    /// It was received before.
    #[error("received already")]
    Received,
    /// It is not on record as received: there is nothing to take back.
    #[error("not received")]
    NotReceived,
    /// It is done by a person, and nobody is signed in.
    #[error("nobody is signed in")]
    Anonymous,
    /// The application has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// The application does not let it happen.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
