//! Why an act on originals is refused.

use crate::applications;
use crate::db;
use crate::problem::{Code, Finding, Problem, Text};

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
    /// A problem of the request itself.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The application does not let it happen.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unknown { known, clause } => {
                let known = known.join(", ");
                let text = Text::new(format!("原件清单为 {known}"), format!("the list has {known}"));
                let finding = Finding::parameter("item", Code::UnknownOriginal.as_str(), text).clause(clause, None);
                Self::new(Code::UnknownOriginal).finding(finding)
            }
            Error::TooFew { needed, clause } => {
                let text = Text::new(format!("须一式 {needed} 份"), format!("{needed} copies are asked for"));
                let finding = Finding::field("/copies", Code::InvalidField.as_str(), text).clause(clause, None);
                Self::new(Code::InvalidField).finding(finding)
            }
            Error::Received => Self::new(Code::AlreadyExists).detail("该原件已收讫", "This original was received already"),
            Error::Problem(problem) => *problem,
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}
