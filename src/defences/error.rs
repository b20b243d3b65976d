//! Why an act on a defence is refused.

use crate::applications;
use crate::context::VersionMismatch;
use crate::db;
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
    /// It is done by a person, and nobody is signed in.
    #[error("nobody is signed in")]
    Anonymous,
    /// The application has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// The application does not let it happen.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
