//! Why an act on an order is refused.

use super::model::HeldState;
use crate::accounts;
use crate::applications;
use crate::authz::OwnApplication;
use crate::context::VersionMismatch;
use crate::db;
use title_review_core::findings::Finding;
use title_review_core::vocabulary::Stage;

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
    /// It is done by a person, and nobody is signed in.
    #[error("nobody is signed in")]
    Anonymous,
    /// The order has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Nothing was booked on the order that could be taken back.
    #[error("not paid")]
    NotPaid,
    /// The money settles its order: it is to be booked, not held.
    #[error("it settles its order")]
    Settles,
    /// The money is held no more: this became of it.
    #[error("not held")]
    NotHeld(HeldState),
    /// It is the clerk's own money (5.1).
    #[error(transparent)]
    Own(#[from] OwnApplication),
    /// The money came after the window, or the application, which stands here, has lapsed unpaid (2.3).
    #[error("the payment window is closed")]
    WindowClosed(Stage),
    /// What is said of the payment does not fit the order; not empty.
    #[error("invalid confirmation")]
    Invalid(Vec<Finding>),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// The application does not let it happen.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
