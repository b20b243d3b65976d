//! Why a form is not printed.

use super::model::FormObstacle;
use crate::{accounts, applications, db};

/// Why a form is not printed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such cycle, or no such print.
    #[error("not found")]
    NotFound,
    /// The form cannot be printed now.
    #[error("not printable: {0}")]
    Obstacle(FormObstacle),
    /// No font has these characters.
    #[error("no font has {0:?}")]
    Unprintable(Vec<char>),
    /// The PDF.
    #[error("the PDF cannot be written: {0}")]
    Pdf(String),
    /// The application.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
