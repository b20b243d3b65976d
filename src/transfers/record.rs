//! Rows of transfers.

use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, TransferId};

title_review_core::wire_enum! {
    /// What became of a transfer.
    TransferState {
        Proposed = "proposed", "待新单位接收", "waits for the new employer";
        Accepted = "accepted", "已接收", "accepted: the application is with the new employer";
        Declined = "declined", "不予接收", "declined by the new employer";
        Withdrawn = "withdrawn", "已撤回", "withdrawn by the applicant";
    }
}

title_review_core::text_column!(TransferState);

/// A transfer that an applicant asked for.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = crate::db::schema::transfers, treat_none_as_default_value = false)]
pub struct TransferRow {
    /// Its id.
    pub id: TransferId,
    /// Of which application.
    pub application_id: ApplicationId,
    /// Whose.
    pub applicant_id: AccountId,
    /// The employer that it leaves.
    pub from_employer_id: Option<OrganisationId>,
    /// The employer that it goes to.
    pub employer_id: OrganisationId,
    /// Why, in the applicant's words.
    pub reason: String,
    /// What became of it.
    pub state: TransferState,
    /// When it was asked for.
    pub proposed_at: Instant,
    /// Who accepted, declined or withdrew it.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What the new employer said.
    pub decision_reason: Option<String>,
}

/// A transfer as its parties see it.
#[derive(Debug, Clone, Queryable)]
pub struct SeenTransfer {
    /// Its row.
    pub row: TransferRow,
    /// Name of the applicant.
    pub applicant_name: Option<String>,
    /// Name of the new employer.
    pub employer_name: Option<String>,
}
