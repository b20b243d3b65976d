//! What can go wrong with an attachment.

use crate::applications;
use crate::context::VersionMismatch;
use crate::records::evidence::AttachmentStatus;
use crate::{db, storage};
use title_review_core::findings::{Finding, Text};

/// Why an act on an attachment is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// It was replaced or deleted.
    #[error("not part of the dossier any more")]
    Ended(AttachmentStatus),
    /// The category has as many files as it takes.
    #[error("too many files")]
    TooMany {
        /// How many it takes.
        most: u16,
    },
    /// More bytes than the category takes.
    #[error("too large")]
    TooLarge {
        /// How many it takes.
        most: i64,
    },
    /// More bytes than are kept of one application, or of one person.
    #[error("too much is kept already")]
    Quota {
        /// Bytes kept, with those that were replaced or deleted.
        kept: i64,
        /// How many are.
        most: u64,
    },
    /// No bytes.
    #[error("empty")]
    Empty,
    /// The content is not what the category takes, what was declared, or what can be opened.
    #[error("disguised")]
    Disguised(Text),
    /// More pixels than are taken.
    #[error("too many pixels")]
    TooManyPixels {
        /// As the header says.
        width: u64,
        /// As the header says.
        height: u64,
        /// Pixels at most.
        most: u64,
    },
    /// Fields of the form that are wrong; not empty.
    #[error("fields are wrong")]
    Fields(Vec<Finding>),
    /// The bytes are being removed, or were since the request came: those of somebody who was erased.
    #[error("the same file is being removed")]
    BeingRemoved,
    /// It is done by a person, and nobody is signed in.
    #[error("nobody is signed in")]
    Anonymous,
    /// The file has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Another change came between reading and writing.
    #[error("changed meanwhile")]
    Changed,
    /// The documents of a category are the applicant's or the employer's, and this one is the other's.
    #[error("the file is the other side's")]
    OtherSide,
    /// The application does not take it now.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The temporary folder.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The object store.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}
