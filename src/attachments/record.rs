//! Rows of attachments and what can go wrong with one.

use crate::applications;
use crate::problem::{Code, Finding, Problem, Text};
use crate::{db, storage};
use diesel::prelude::*;
use std::io::ErrorKind;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, AttachmentId};

title_review_core::wire_enum! {
    /// Whether a file is part of the dossier.
    AttachmentStatus {
        Current = "current", "有效", "part of the dossier";
        Replaced = "replaced", "已替换", "replaced by a later file; kept for the record";
        Deleted = "deleted", "已删除", "taken out; kept for the record";
    }
}

title_review_core::text_column!(AttachmentStatus);

/// A file of a dossier.
#[derive(Debug, Clone, Queryable)]
pub struct AttachmentRow {
    /// Its id.
    pub id: AttachmentId,
    /// Of which application.
    pub application_id: ApplicationId,
    /// Category of the cycle's evidence list.
    pub category: String,
    /// Whether it is part of the dossier.
    pub status: AttachmentStatus,
    /// SHA-256 of its bytes, hexadecimal; its place in the store.
    pub sha256: String,
    /// Bytes.
    pub size: i64,
    /// Media type, as found in the content.
    pub media_type: String,
    /// Name that the client gave, without folders.
    pub file_name: String,
    /// Pixels across, for images.
    pub width: Option<i32>,
    /// Pixels down, for images.
    pub height: Option<i32>,
    /// Verification code that came with it (4.2.2).
    pub verification_code: Option<String>,
    /// Declared not to be classified, or declassified (4.2.3b).
    pub declassified: bool,
    /// The file that it took the place of.
    pub replaces: Option<AttachmentId>,
    /// By whom.
    pub uploaded_by: AccountId,
    /// When.
    pub uploaded_at: Instant,
    /// Who replaced or deleted it.
    pub ended_by: Option<AccountId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

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
            Error::Application(error) => error.into(),
            // No room is no error of the program: it can be sent again when there is some.
            Error::Io(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => no_store(&error),
            Error::Io(error) => Self::internal(&error),
            Error::Storage(error) => no_store(&error),
            Error::Db(error) => error.into(),
        }
    }
}
