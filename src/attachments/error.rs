//! What can go wrong with an attachment.

use crate::applications;
use crate::problem::{Code, Finding, Problem, Text};
use crate::records::evidence::AttachmentStatus;
use crate::{db, storage};
use std::io::ErrorKind;

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

fn no_store(error: &dyn std::error::Error) -> Problem {
    tracing::error!(error = %error, "object store not available");
    let mut problem = Problem::new(Code::Unavailable);
    problem.retry_after = Some(5);
    problem
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let at_file = |code: Code, zh: String, en: String| Self::field(code, "/file", zh, en);
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Ended(status) => Self::new(Code::AttachmentEnded).state(status),
            Error::TooMany { most } => Self::field(
                Code::TooManyFiles,
                "/category",
                format!("该类别最多 {most} 个文件，请替换已有文件"),
                format!("the category takes {most} files; replace one of them"),
            ),
            Error::TooLarge { most } => at_file(
                Code::PayloadTooLarge,
                format!("该类别每个文件最大 {most} 字节"),
                format!("a file of the category has at most {most} bytes"),
            ),
            Error::Empty => at_file(Code::EmptyFile, Code::EmptyFile.zh().to_owned(), Code::EmptyFile.en().to_owned()),
            Error::Disguised(text) => at_file(Code::DisguisedFile, text.zh, text.en),
            Error::TooManyPixels { width, height, most } => at_file(
                Code::ImageTooLarge,
                format!("图像为 {width}×{height} 像素，最多 {most} 像素"),
                format!("the image has {width} x {height} pixels, {most} at most"),
            ),
            Error::Fields(findings) => {
                let single = findings.first().and_then(|first| Code::find(&first.code)).filter(|_| findings.len() == 1);
                Self::new(single.unwrap_or(Code::InvalidBody)).findings(findings)
            }
            Error::BeingRemoved => {
                let mut problem = Self::new(Code::Unavailable);
                problem.retry_after = Some(1);
                problem
            }
            Error::Application(error) => error.into(),
            // No room is no error of the program: it can be sent again when there is some.
            Error::Io(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => no_store(&error),
            Error::Io(error) => Self::internal(&error),
            Error::Storage(error) => no_store(&error),
            Error::Db(error) => error.into(),
        }
    }
}
