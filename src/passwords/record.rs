//! Resets, and what can go wrong.

use crate::accounts;
use crate::authn;
use crate::credentials::HashingError;
use crate::db;
use crate::second_factor;
use title_review_core::clock::Instant;
use title_review_core::findings::Finding;

title_review_core::id_type! {
    /// A reset of a password.
    ResetId;
    /// A password that was.
    FormerPasswordId;
}

title_review_core::text_column!(ResetId, FormerPasswordId);

/// A reset that was just asked for: the only time that its token is known.
#[derive(Clone)]
pub struct NewReset {
    /// Its id.
    pub id: ResetId,
    /// What its owner sets a new password with.
    pub token: String,
    /// Until when.
    pub expires_at: Instant,
}

/// Why an act on passwords is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The account is not there.
    #[error("not found")]
    NotFound,
    /// One's own is changed, not reset.
    #[error("own reset")]
    OwnReset,
    /// The account is an administrator's: it is reset on the host.
    #[error("an administrator's account")]
    Administrator,
    /// The token is nobody's, was used, or is too old.
    #[error("reset token not valid")]
    TokenInvalid,
    /// The password was changed meanwhile.
    #[error("changed meanwhile")]
    Changed,
    /// It breaks the policy.
    #[error("weak password")]
    Weak(Vec<Finding>),
    /// It was used before.
    #[error("password reused")]
    Reused,
    /// The password so far is not proved.
    #[error(transparent)]
    SignIn(#[from] authn::Error),
    /// The second factor that goes with a reset from the host.
    #[error(transparent)]
    SecondFactor(#[from] second_factor::Error),
    /// It could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The account.
    #[error(transparent)]
    Account(#[from] accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}
