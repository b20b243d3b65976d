//! Rows of sanctions.

use super::model::SanctionKind;
use chrono::NaiveDate;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, SanctionId};

title_review_core::text_column!(SanctionKind);

/// A sanction on record.
#[derive(Debug, Clone, Queryable)]
pub struct SanctionRow {
    /// Its id.
    pub id: SanctionId,
    /// What it is.
    pub kind: SanctionKind,
    /// On which person.
    pub account_id: Option<AccountId>,
    /// On which organisation.
    pub organisation_id: Option<OrganisationId>,
    /// The clause or document it rests on; for a disciplinary sanction its kind (`demerit`).
    pub ground: String,
    /// Reason, in words.
    pub reason: String,
    /// First day, for a period of days.
    pub from_day: Option<NaiveDate>,
    /// Last day; null where it has no end.
    pub until_day: Option<NaiveDate>,
    /// First year barred, for a period of cycles.
    pub first_year: Option<i32>,
    /// Last year barred.
    pub last_year: Option<i32>,
    /// The application that led to it.
    pub application_id: Option<ApplicationId>,
    /// The committee that recorded it.
    pub committee_id: Option<OrganisationId>,
    /// Who recorded it.
    pub recorded_by: AccountId,
    /// When.
    pub recorded_at: Instant,
}

/// Fraud found in an application.
#[derive(Debug, Clone, Queryable)]
pub struct FraudRow {
    /// In which application.
    pub application_id: ApplicationId,
    /// What was found.
    pub finding: String,
    /// Why it is fraud, and on what evidence.
    pub reason: String,
    /// Who decided.
    pub decided_by: AccountId,
    /// When.
    pub decided_at: Instant,
}
