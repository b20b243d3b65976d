//! Why an act on an application is refused.

use crate::accounts;
use crate::context::VersionMismatch;
use crate::db;
use title_review_core::checks::RuleResult;
use title_review_core::clock::Instant;
use title_review_core::cycles::CycleDefinition;
use title_review_core::findings::Finding;
use title_review_core::vocabulary::Stage;
use title_review_core::workflow::Refusal;

/// Row of the problem table for a finding that somebody is barred.
pub const BARRED: &str = "barred";

/// Why an act on an application is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// It is done by a person, and nobody is signed in.
    #[error("nobody is signed in")]
    Anonymous,
    /// The application has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Another change came between reading and writing.
    #[error("changed meanwhile")]
    Changed,
    /// The workflow refuses; all reasons.
    #[error("refused at {stage}")]
    Refused {
        /// Where the application stands.
        stage: Stage,
        /// Every reason; not empty.
        refusals: Vec<Refusal>,
        /// Rules that stand against it, when they were checked.
        rules: Vec<RuleResult>,
    },
    /// Its dossier does not change at this stage.
    #[error("the dossier does not change at {0}")]
    DossierClosed(Stage),
    /// The last submission that it had was not accepted (4.2.1b).
    #[error("no submission is left")]
    SubmissionsExhausted(Stage),
    /// There is no such published cycle to apply in.
    #[error("no such published cycle")]
    CycleNotPublished,
    /// The cycle has no committee that could review (2.2).
    #[error("no committee")]
    CommitteeMissing,
    /// The cycle takes no applications now (2.1).
    #[error("outside the application window")]
    WindowClosed {
        /// First instant of the window.
        opens: Instant,
        /// Last instant of the window, as the cycle writes it.
        closes: String,
    },
    /// The applicant is barred from the cycle (1.1d, A3); not empty.
    #[error("barred")]
    Barred(Vec<Finding>),
    /// The person has an application in this year (4.1d).
    #[error("one application per year")]
    YearTaken {
        /// Clause of the cycle.
        clause: String,
        /// Its words.
        words: String,
    },
    /// What is applied for does not fit the cycle; not empty.
    #[error("the choice does not fit the cycle")]
    Choice(Vec<ChoiceFault>),
    /// Fields that cannot be taken; not empty.
    #[error("invalid")]
    Invalid(Vec<Finding>),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// What does not fit the cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceFault {
    /// The cycle has no such track.
    UnknownTrack,
    /// The cycle has no such specialty.
    UnknownSpecialty,
    /// An examination takes the place of a review at this level of the specialty.
    ExamReplacesReview {
        /// Clause of the cycle.
        clause: String,
        /// Its words.
        words: String,
    },
    /// The cycle does not review this level of the specialty.
    LevelNotOpen {
        /// Clause of the cycle.
        clause: String,
        /// Its words.
        words: String,
    },
    /// The organisation is not there, not active, or no employer on this track.
    NotAnEmployer,
    /// The track goes through the employer's supervising department, and this employer has none.
    NoDepartment {
        /// Clause of the cycle.
        clause: String,
        /// Its words.
        words: String,
    },
}

impl Error {
    /// Another application takes the place of the person's year (4.1d).
    #[must_use]
    pub fn year_taken(cycle: &CycleDefinition) -> Self {
        let clause = cycle.one_application.clause.clone();
        Self::YearTaken { words: cycle.clause_words(&clause).to_owned(), clause }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}
