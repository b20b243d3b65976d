//! Why a credential is not accepted.

use crate::db;

/// Why a bearer token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It is none of ours, has ended, or its session has.
    #[error("the token is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// The account behind it is suspended.
    #[error("the account is suspended")]
    Suspended,
    /// It may not be used from this address.
    #[error("the token may not be used from this address")]
    AddressNotAllowed,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Why a sensitive act is not done yet.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    /// Whoever acts has not authenticated within `auth.step_up_minutes`.
    #[error("a recent authentication is required")]
    Required,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
