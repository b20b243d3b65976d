//! Rows of defences.

use super::model::DefenceStage;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId};

title_review_core::text_column!(DefenceStage);

/// A defence: scheduled, held or exempted.
#[derive(Debug, Clone, Queryable)]
pub struct DefenceRow {
    /// Of which application.
    pub application_id: ApplicationId,
    /// Where it stands; never `not_required` or `open`, which have no row.
    pub state: DefenceStage,
    /// When it is held.
    pub scheduled_at: Option<Instant>,
    /// Where it is held.
    pub place: Option<String>,
    /// Score out of 100.
    pub score: Option<i32>,
    /// What the committee noted.
    pub note: Option<String>,
    /// Ground of the exemption, of the cycle's list.
    pub ground: Option<String>,
    /// Who approved the exemption.
    pub approver: Option<String>,
    /// Who recorded how it ended.
    pub recorded_by: Option<AccountId>,
    /// When that was recorded.
    pub recorded_at: Option<Instant>,
}
