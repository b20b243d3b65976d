//! Rows of proposals.

use super::model::{ProposalKind, ProposalState, ReinstatementGround};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, ProposalId};

title_review_core::text_column!(ProposalKind, ProposalState, ReinstatementGround);

/// A proposal.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = crate::db::schema::proposals, treat_none_as_default_value = false)]
pub struct ProposalRow {
    /// Its id.
    pub id: ProposalId,
    /// What is proposed.
    pub kind: ProposalKind,
    /// In which cycle.
    pub cycle_id: String,
    /// By the office of which committee.
    pub committee_id: OrganisationId,
    /// Which application is to be reinstated.
    pub application_id: Option<ApplicationId>,
    /// By which mistake it ended.
    pub ground: Option<ReinstatementGround>,
    /// Which window is to be kept open longer.
    pub window_name: Option<WindowName>,
    /// For whom; null: for everyone.
    pub account_id: Option<AccountId>,
    /// Until when; null where the window is still open.
    pub until: Option<Instant>,
    /// Why, in words.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: AccountId,
    /// When.
    pub proposed_at: Instant,
    /// Where it stands.
    pub state: ProposalState,
    /// Who confirmed, rejected or withdrew it.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What they said.
    pub statement: Option<String>,
    /// Rises with each change; the ETag.
    pub version: i64,
}
