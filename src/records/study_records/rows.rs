//! Rows of the registry.

use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ImportId, OrganisationId, StudyRecordId};
use title_review_core::vocabulary::StudyKind;

/// A certificate of continuing education in the registry.
#[derive(Debug, Clone, Queryable)]
pub struct StudyRow {
    /// Its id.
    pub id: StudyRecordId,
    /// Resident ID of the person, sealed.
    pub id_number_sealed: String,
    /// Its blind index: that of `accounts.id_number_index`.
    pub id_number_index: String,
    /// Calendar year for which it counts.
    pub year: i32,
    /// General or specialty.
    pub kind: StudyKind,
    /// Hours.
    pub hours: i32,
    /// Number of the certificate.
    pub certificate_number: String,
    /// The enterer's own name for it, unique among theirs.
    pub client_ref: Option<String>,
    /// For which organisation it was entered.
    pub organisation_id: OrganisationId,
    /// By which import; none where it was entered alone.
    pub import_id: Option<ImportId>,
    /// By whom.
    pub recorded_by: AccountId,
    /// When.
    pub recorded_at: Instant,
    /// Who withdrew it.
    pub withdrawn_by: Option<AccountId>,
    /// When it was withdrawn; from then on it does not count.
    pub withdrawn_at: Option<Instant>,
    /// Why.
    pub withdrawal_reason: Option<String>,
    /// Rises with each change.
    pub version: i64,
}
