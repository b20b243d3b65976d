//! Rows and errors.

use super::model::{ClientAuthentication, ClientState, PublicKey};
use crate::accounts;
use crate::context::VersionMismatch;
use crate::db::{self, Json};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::findings::Finding;
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::vocabulary::AccountStatus;

title_review_core::id_type! {
    /// A secret of a client; never the secret itself.
    ClientSecretId;
}

title_review_core::text_column!(ClientAuthentication, ClientSecretId);

/// A client.
#[derive(Debug, Clone, Queryable)]
pub struct ClientRow {
    /// Its service account; the `client_id`.
    pub id: AccountId,
    /// What it is called.
    pub name: String,
    /// Status of the service account.
    pub status: AccountStatus,
    /// Where it holds its roles.
    pub organisation_id: OrganisationId,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// Public keys of its assertions.
    pub public_keys: Json<Vec<PublicKey>>,
    /// From where it may come; empty: from everywhere.
    pub networks: Json<Vec<String>>,
    /// Rises with each change; the ETag.
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// When it last got or used a token, to the minute.
    pub last_used_at: Option<Instant>,
}

impl ClientRow {
    /// Whether it gets tokens.
    #[must_use]
    pub fn state(&self) -> ClientState {
        match (self.ended_at, self.status) {
            (Some(_), _) => ClientState::Ended,
            (None, AccountStatus::Suspended) => ClientState::Suspended,
            (None, AccountStatus::Active) => ClientState::Active,
        }
    }
}

/// A secret of a client, without the secret.
#[derive(Debug, Clone, Queryable)]
pub struct ClientSecretRow {
    /// Its id.
    pub id: ClientSecretId,
    /// SHA-256 of the secret.
    pub hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it stops being good; none while no other has taken its place.
    pub ends_at: Option<Instant>,
}

/// Why a client that has proved itself gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It asks for a scope that it does not hold.
    #[error("scope not held")]
    ScopeNotHeld,
    /// The token is another client's.
    #[error("the token is another client's")]
    TokenOfAnother,
}

/// What a transaction gives that is committed in both cases: an assertion is used up even where the rest is refused.
pub type Committed<T> = Result<T, Refusal>;

/// Why an act on programs is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// Fields that break a rule.
    #[error("invalid")]
    Invalid(Vec<Finding>),
    /// The client has ended, or proves itself in the other way.
    #[error("client state")]
    ClientState(ClientState),
    /// The client proves itself in the other way.
    #[error("other authentication")]
    OtherAuthentication,
    /// The owner has as many tokens as one may have.
    #[error("too many tokens")]
    TooManyTokens,
    /// The client has not proved itself. Why is for its developer; an unknown client is told the same as a wrong secret.
    #[error("client not proved: {0}")]
    NotProved(&'static str),
    /// The client is itself, and may not do this.
    #[error("client not authorized: {0}")]
    NotAuthorized(&'static str),
    /// A person has to do it, in a session of theirs.
    #[error("a person is required")]
    PersonRequired,
    /// The client has another version than the one that was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// The client was changed in between.
    #[error("changed meanwhile")]
    ChangedMeanwhile,
    /// The service account.
    #[error(transparent)]
    Account(#[from] accounts::Error),
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
