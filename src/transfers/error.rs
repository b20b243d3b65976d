//! Why an act on a transfer is refused.

use crate::applications;
use crate::db;

/// Why an act on a transfer is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// A transfer of the application waits for its new employer already.
    #[error("a transfer is pending")]
    Pending,
    /// It was accepted, declined or withdrawn.
    #[error("the transfer is decided")]
    Decided,
    /// The application refuses it.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
