//! Why an act on a defence is refused.

use crate::applications;
use crate::db;
use crate::problem::{Code, Finding, Problem, Text};
use crate::records::defences::DefenceStage;

/// Why an act on a defence is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The level does not defend.
    #[error("not required")]
    NotRequired,
    /// None is scheduled, or its time has not come.
    #[error("not held yet")]
    NotHeldYet,
    /// How it ended is on record already.
    #[error("settled already")]
    Settled(DefenceStage),
    /// A defence is scheduled for a time that is past.
    #[error("scheduled in the past")]
    Past,
    /// The cycle has no such ground of exemption.
    #[error("unknown ground")]
    UnknownGround {
        /// Grounds that it has.
        known: Vec<String>,
        /// Clause of the list.
        clause: String,
    },
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
            Error::NotRequired => Code::DefenceNotRequired.into(),
            Error::NotHeldYet => Code::DefenceMissing.into(),
            Error::Settled(state) => {
                Self::new(Code::AlreadyExists).state(state).detail("答辩结果已登记", "How the defence ended is on record already")
            }
            Error::Past => Self::field(Code::InvalidField, "/at", "答辩时间已过", "that time is past"),
            Error::UnknownGround { known, clause } => {
                let known = known.join(", ");
                let text = Text::new(format!("免答辩情形为 {known}"), format!("the grounds are {known}"));
                let finding = Finding::field("/ground", Code::InvalidField.as_str(), text).clause(clause, None);
                Self::new(Code::InvalidField).finding(finding)
            }
            Error::Problem(problem) => *problem,
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}
