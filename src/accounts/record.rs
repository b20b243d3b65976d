//! Rows and errors.

use crate::authz::Grant;
use crate::context::VersionMismatch;
use crate::credentials::HashingError;
use crate::db;
use crate::keys;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::findings::Finding;
use title_review_core::ids::{AccountId, MembershipId, OrganisationId};
use title_review_core::vocabulary::{AccountKind, AccountStatus, OrganisationKind, OrganisationStatus, Ownership, Role};

/// An account; what is sealed stays sealed.
#[derive(Debug, Clone, Queryable)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// What its owner signs in with.
    pub login: String,
    /// Name of the person.
    pub name: String,
    /// A person's or a program's.
    pub kind: AccountKind,
    /// Whether it can sign in.
    pub status: AccountStatus,
    /// Resident ID, sealed.
    pub id_number_sealed: Option<String>,
    /// Phone, sealed.
    pub phone_sealed: Option<String>,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
}

/// An organisation.
#[derive(Debug, Clone, Queryable)]
pub struct OrganisationRow {
    /// Its id.
    pub id: OrganisationId,
    /// What it is in the review.
    pub kind: OrganisationKind,
    /// Who owns it.
    pub ownership: Ownership,
    /// Full name.
    pub name: String,
    /// Unified social credit code (GB 32100).
    pub credit_code: String,
    /// GB/T 2260 code.
    pub region: String,
    /// The supervising department above it.
    pub parent_id: Option<OrganisationId>,
    /// Managed like the civil service (1.1c).
    pub civil_service_managed: bool,
    /// Whether it takes part.
    pub status: OrganisationStatus,
    /// Rises with each change.
    pub version: i64,
}

impl OrganisationRow {
    /// Whether it is a committee of the bureau in which the grant is held: one that names it as its parent; one that names none is of the bureau of
    /// its region. `records::orders` asks the same of the database.
    #[must_use]
    pub fn is_below(&self, grant: &Grant) -> bool {
        match self.parent_id {
            Some(parent) => grant.organisation == Some(parent),
            None => grant.kind == Some(OrganisationKind::Bureau) && grant.region.as_deref() == Some(&self.region),
        }
    }
}

/// A role held now.
#[derive(Debug, Clone, Queryable)]
pub struct MembershipRow {
    /// Its id.
    pub id: MembershipId,
    /// Who holds it.
    pub account_id: AccountId,
    /// Where.
    pub organisation_id: Option<OrganisationId>,
    /// Which.
    pub role: Role,
    /// Since when.
    pub created_at: Instant,
}

/// Why a registration is refused, where the refusal itself is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another account has the resident ID. Its owner is told.
    #[error("resident id taken")]
    ResidentIdTaken,
    /// Too many such registrations from this network.
    #[error("locked for {seconds} seconds")]
    Locked {
        /// Seconds until it is not locked any more.
        seconds: u32,
    },
}

/// Why an act on accounts is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another account has the login.
    #[error("login taken")]
    LoginTaken,
    /// Another account has the resident ID.
    #[error("resident id taken")]
    ResidentIdTaken,
    /// Another organisation has the credit code.
    #[error("credit code taken")]
    CreditCodeTaken,
    /// The person holds that role there already.
    #[error("membership exists")]
    MembershipExists,
    /// An administrator holds no other role.
    #[error("administrators are kept apart")]
    AdministratorApart,
    /// Fields that break a rule.
    #[error("invalid")]
    Invalid(Vec<Finding>),
    /// Nobody corrects who they are themselves.
    #[error("own identity")]
    OwnIdentity,
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// The row has another version than the one that was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// The row was changed in between.
    #[error("changed meanwhile")]
    ChangedMeanwhile,
    /// The password breaks the policy.
    #[error("weak password")]
    WeakPassword(Vec<Finding>),
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// Sealing failed.
    #[error("sealing failed")]
    Keys(#[from] keys::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        db::Error::from(error).into()
    }
}
