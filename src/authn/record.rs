//! Sign-in, tokens, and what can go wrong.

use crate::db;
use crate::ids::AccountId;
use crate::problem::{Code, Problem};

/// A pair of tokens for a session that has just begun or been refreshed.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// JWT for the `Authorization` header.
    pub access: String,
    /// Opaque, good for one refresh.
    pub refresh: String,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    /// Whose session it is.
    pub account: AccountId,
}

/// What is needed to check a password outside the database.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The account.
    pub account: AccountId,
    /// Its password hash (PHC string).
    pub password_hash: String,
    /// The account is suspended.
    pub suspended: bool,
}

/// Why a sign-in or a refresh is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Login unknown or password wrong: the same answer for both.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The account is suspended.
    #[error("account suspended")]
    Suspended,
    /// The session has ended, or the refresh token is not its current one.
    #[error("session ended or token not current")]
    SessionEnded,
    /// A key could not sign.
    #[error("token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::WrongCredentials => Code::WrongCredentials.into(),
            Error::Suspended => Code::AccountSuspended.into(),
            Error::SessionEnded => Code::TokenInvalid.into(),
            Error::Signing(error) => Self::internal(&error),
            Error::Db(error) => error.into(),
        }
    }
}
