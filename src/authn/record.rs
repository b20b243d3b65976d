//! Sign-in, tokens, and what can go wrong.

use super::lockout::Attempt;
use crate::authz::Duty;
use crate::db;
use crate::problem::{Code, Problem};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, SessionId};

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
    /// The session.
    pub session: SessionId,
    /// What has to be done before the account's roles count.
    pub duty: Option<Duty>,
    /// When the password has to be changed; none if never.
    pub password_expires_at: Option<Instant>,
}

/// Somebody whose password was just checked.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The account.
    pub account: AccountId,
    /// What it signs in with.
    pub login: String,
    /// The hash that the password was checked against.
    pub password_hash: String,
    /// What the lockout knows this attempt by.
    pub(super) attempt: Attempt,
}

/// What goes with a password when a session begins.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What its owner calls the device.
    pub device: Option<String>,
    /// A code of the second factor.
    pub second_factor: Option<String>,
}

/// A proof that was renewed.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// When.
    pub at: Instant,
    /// Until when it is good enough for sensitive acts.
    pub valid_until: Instant,
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
    /// The account has a second factor, and no code was given.
    #[error("second factor required")]
    SecondFactorRequired,
    /// The code is none of the account's, or was used already.
    #[error("second factor wrong")]
    SecondFactorWrong,
    /// A problem that is told as it is.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The session has ended, or the refresh token is not its current one.
    #[error("session ended or token not current")]
    SessionEnded,
    /// No such session of this account.
    #[error("not found")]
    NotFound,
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

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::WrongCredentials => Code::WrongCredentials.into(),
            Error::Suspended => Code::AccountSuspended.into(),
            Error::SecondFactorRequired => Code::SecondFactorRequired.into(),
            Error::SecondFactorWrong => Code::SecondFactorWrong.into(),
            Error::Problem(problem) => *problem,
            Error::SessionEnded => Code::TokenInvalid.into(),
            Error::NotFound => Code::NotFound.into(),
            Error::Signing(error) => Self::internal(&error),
            Error::Db(error) => error.into(),
        }
    }
}
