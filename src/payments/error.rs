//! Why an act on an order is refused.

use crate::applications;
use crate::db;
use crate::problem::{Code, Problem};
use crate::records::orders::OrderState;

/// Why an act on an order is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// Somebody has confirmed the order already.
    #[error("paid already")]
    Paid,
    /// Another payment has the reference.
    #[error("reference used")]
    ReferenceUsed,
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
            Error::NotFound => Code::NotFound.into(),
            Error::Paid => Self::new(Code::OrderPaid).state(OrderState::Paid),
            Error::ReferenceUsed => {
                Self::field(Code::ReferenceUsed, "/reference", Code::ReferenceUsed.zh(), Code::ReferenceUsed.en())
            }
            Error::Problem(problem) => *problem,
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}
