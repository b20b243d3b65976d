//! Rows of certificates.

use chrono::NaiveDate;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId};
use title_review_core::vocabulary::Level;

/// A certificate as it was issued; never changed.
#[derive(Debug, Clone, Queryable)]
pub struct CertificateRow {
    /// Its number.
    pub number: String,
    /// For which application.
    pub application_id: ApplicationId,
    /// Of which cycle.
    pub cycle_id: String,
    /// Under which version of its definition.
    pub cycle_version: i32,
    /// Running number within the cycle, from 1.
    pub sequence: i32,
    /// Whose.
    pub holder_id: AccountId,
    /// The holder's name when it was issued.
    pub holder_name: String,
    /// Specialty id.
    pub specialty: String,
    /// Name of the specialty.
    pub specialty_name: String,
    /// Level.
    pub level: Level,
    /// The title that the level gives.
    pub title: String,
    /// Where the title holds, in the cycle's words.
    pub scope: String,
    /// Who issued it.
    pub authority: String,
    /// The local day on which it was issued.
    pub issued_on: NaiveDate,
    /// When it was issued.
    pub issued_at: Instant,
    /// The local day on which the title was obtained: that of the meeting; null of one from before this was kept.
    pub obtained_on: Option<NaiveDate>,
}

impl CertificateRow {
    /// The local day from which seniority counts: that of obtaining, else that of issue.
    #[must_use]
    pub fn counts_from(&self) -> NaiveDate {
        self.obtained_on.unwrap_or(self.issued_on)
    }
}

/// A certificate that holds no longer (R10).
#[derive(Debug, Clone, Queryable)]
pub struct RevocationRow {
    /// Number of the certificate.
    pub number: String,
    /// By which clause.
    pub clause: String,
    /// By whom.
    pub revoked_by: Option<AccountId>,
    /// The local day from which it holds no longer.
    pub revoked_on: NaiveDate,
    /// When.
    pub revoked_at: Instant,
}
