//! Why something about personal data is refused.

use crate::accounts;
use crate::applications;
use crate::db;
use crate::records::evidence::objects;
use crate::storage;
use title_review_core::findings::Finding;

/// Why an export, an erasure or a look is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such account.
    #[error("not found")]
    NotFound,
    /// Whoever asks has no account.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// The reason for a look is refused: every finding.
    #[error("the reason is refused")]
    Reason(Vec<Finding>),
    /// `privacy.retention_months` is not set.
    #[error("privacy.retention_months is not set: nobody is erased")]
    RetentionNotSet,
    /// The retention is longer than the calendar.
    #[error("the retention of {0} months is longer than the calendar")]
    RetentionTooLong(u32),
    /// The account may not be erased.
    #[error("cannot be erased: the account {0}")]
    NotErasable(&'static str),
    /// The application that the person is looked at by.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The account.
    #[error(transparent)]
    Account(#[from] accounts::Error),
    /// The store of files.
    #[error("a file could not be removed")]
    Storage(#[from] storage::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<objects::Error> for Error {
    fn from(error: objects::Error) -> Self {
        match error {
            objects::Error::Storage(error) => error.into(),
            objects::Error::Db(error) => error.into(),
        }
    }
}
