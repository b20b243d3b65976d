//! Sign-in, tokens, and what can go wrong.

use super::lockout::LoginAttempt;
use crate::authz::RequiredAction;
use crate::credentials::{HashingError, TokenError};
use crate::db;
use crate::second_factor;
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
    pub duty: Option<RequiredAction>,
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
    pub(super) attempt: LoginAttempt,
}

/// What goes with a password when a session begins.
#[derive(Debug, Clone, Default)]
pub struct SignInRequest {
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

/// Why a sign-in, a refresh or a proof is refused. The refusal itself may be on record: see [`Committed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Login unknown or password wrong: the same answer for both.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The account is suspended.
    #[error("account suspended")]
    Suspended,
    /// Too many failures of this login or from this network.
    #[error("locked for {seconds} seconds")]
    Locked {
        /// Seconds until it is not locked any more.
        seconds: u32,
    },
    /// The account has a second factor, and no code was given.
    #[error("second factor required")]
    SecondFactorRequired,
    /// The code is none of the account's, or was used already.
    #[error("second factor wrong")]
    SecondFactorWrong,
    /// The session has ended, or the refresh token is not its current one.
    #[error("session ended or token not current")]
    SessionEnded,
}

/// What a transaction gives that is committed in both cases: a refusal is counted and put on record, and then answered.
pub type Committed<T> = Result<T, Refusal>;

/// Why an act on sessions fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No such session of this account.
    #[error("not found")]
    NotFound,
    /// The session cannot be read as one that goes on.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The second factor.
    #[error(transparent)]
    SecondFactor(#[from] second_factor::Error),
    /// The password could not be checked.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// A key could not sign.
    #[error("token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
