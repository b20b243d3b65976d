//! Rows.

use super::model::{ObjectionStatus, PublicityKind, PublicityStatus};
use chrono::NaiveDate;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, ObjectionId, OrganisationId, PublicityId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::Level;

title_review_core::text_column!(PublicityKind, PublicityStatus, ObjectionStatus);

/// A public notice, with what it says as it said it.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = crate::db::schema::publicities, treat_none_as_default_value = false)]
pub struct PublicityRow {
    /// Its id.
    pub id: PublicityId,
    /// About which application.
    pub application_id: ApplicationId,
    /// Whose.
    pub kind: PublicityKind,
    /// The step of the chain that asks for it; none for that of a result.
    pub step: Option<ChainStepId>,
    /// Whether it is the one that counts.
    pub status: PublicityStatus,
    /// Of which cycle.
    pub cycle_id: String,
    /// Under which version of its definition.
    pub cycle_version: i32,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
    /// Name of the applicant.
    pub person_name: String,
    /// Name of the employer.
    pub employer_name: Option<String>,
    /// Series id.
    pub series: String,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Digest of what was made public: another one means another dossier.
    pub dossier_sha256: String,
    /// First day.
    pub from_date: NaiveDate,
    /// Last day.
    pub to_date: NaiveDate,
    /// 00:00 of the first day.
    pub starts_at: Instant,
    /// First instant after it: 24:00 of the last day.
    pub ends_at: Instant,
    /// Days that count, first and last day included.
    pub days: i32,
    /// Who put it up.
    pub opened_by: Option<AccountId>,
    /// When.
    pub opened_at: Instant,
    /// First day of the employer's own posting (2.4).
    pub posted_from: Option<NaiveDate>,
    /// Last day of the employer's own posting.
    pub posted_to: Option<NaiveDate>,
    /// Where the employer posted it.
    pub posted_place: Option<String>,
    /// Who confirmed the posting.
    pub posted_by: Option<AccountId>,
    /// When it was confirmed.
    pub posted_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
    /// When it was withdrawn by who put it up.
    pub withdrawn_at: Option<Instant>,
    /// Who withdrew it.
    pub withdrawn_by: Option<AccountId>,
    /// Why, in their words.
    pub withdrawn_reason: Option<String>,
}

/// An objection; who raised it stays sealed.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = crate::db::schema::objections, treat_none_as_default_value = false)]
pub struct ObjectionRow {
    /// Its id.
    pub id: ObjectionId,
    /// To which notice.
    pub publicity_id: PublicityId,
    /// About which application.
    pub application_id: ApplicationId,
    /// Keyed digest of the receipt number.
    pub receipt_index: String,
    /// Name of who raised it, sealed; none for an anonymous one.
    pub name_sealed: Option<String>,
    /// How to reach them, sealed.
    pub contact_sealed: Option<String>,
    /// What is objected, sealed: it may tell who does.
    pub text_sealed: String,
    /// When.
    pub raised_at: Instant,
    /// What became of it.
    pub status: ObjectionStatus,
    /// Why, in the words of who decided.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Keyed digest of the address it came from and the notice.
    pub address_index: Option<String>,
}
