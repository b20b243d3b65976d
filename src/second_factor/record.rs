//! Factors, and what can go wrong with one.

use crate::credentials::StepUpError;
use crate::db;
use crate::keys;
use diesel::prelude::*;
use title_review_core::clock::Instant;

title_review_core::id_type! {
    /// A second factor of an account.
    FactorId;
}

title_review_core::text_column!(FactorId);

/// A factor that has not ended.
#[derive(Debug, Clone, Queryable)]
pub struct FactorRow {
    /// Its id.
    pub id: FactorId,
    /// Its secret, sealed.
    pub secret_sealed: String,
    /// When its first code was given; none: it does not count yet.
    pub confirmed_at: Option<Instant>,
}

/// What an authenticator is told, once.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret in Base32.
    pub secret: String,
    /// The same as a `otpauth://` URI, for a QR code.
    pub uri: String,
}

/// What an account has of a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Since when it counts; none: there is none.
    pub confirmed_at: Option<Instant>,
    /// Recovery codes that are not used yet.
    pub recovery_codes_left: i64,
}

/// What came of asking for a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// The account has none.
    NotEnrolled,
    /// It has one, and no code was given.
    Missing,
    /// The code is none of its own, or was used already.
    Wrong,
    /// The code was its own, and is used now.
    Right,
}

/// Why an act on a second factor is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The account has one already.
    #[error("enrolled already")]
    Enrolled,
    /// There is none, or none that waits for its first code.
    #[error("not found")]
    NotFound,
    /// The code is not the secret's.
    #[error("wrong code")]
    WrongCode,
    /// Nobody removes their own.
    #[error("own second factor")]
    Own,
    /// The account is an administrator's: it is reset on the host.
    #[error("an administrator's account")]
    Administrator,
    /// Whoever acts has not authenticated lately.
    #[error(transparent)]
    StepUp(#[from] StepUpError),
    /// Sealing failed.
    #[error("sealing failed")]
    Keys(#[from] keys::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
