//! The caps of a cycle over all its meetings: what they come to, and settling them (4.8).

use super::candidates::RulingView;
use crate::applications::http::expire_due;
use crate::authz::{Permission, perm};
use crate::http::{Allowed, Answer, Body, Outcome, Path, Resource, Routes, routes};
use crate::meetings::model::Ruling;
use crate::meetings::rules::CapGroup;
use crate::meetings::settlement::{self, Standing};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, MeetingId};
use title_review_core::vocabulary::Level;
use utoipa::ToSchema;
use validator::Validate;

/// How the caps are to be settled.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CapSettlementCreate {
    /// Settle although applications at levels with a cap may still come before a meeting: this year they no longer can.
    #[serde(default)]
    pub leave_out_waiting: bool,
}

/// Somebody who is counted for a cap.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapCandidate {
    /// Which application.
    pub application_id: ApplicationId,
    /// In which meeting it was voted on.
    pub meeting_id: MeetingId,
    /// Specialty id.
    pub specialty: String,
    /// What was decided; before the settlement what it would decide now.
    pub ruling: RulingView,
    /// Not excluded since (A3, R10).
    pub present: bool,
}

/// Those who share the places of a cap.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapShare {
    /// Level.
    pub level: Level,
    /// Specialty id, where each specialty is counted on its own; null where all are counted together.
    pub specialty: Option<String>,
    /// Percent of those reviewed who may pass.
    #[schema(example = 75)]
    pub percent: u8,
    /// Reviewed in all meetings of the cycle.
    #[schema(example = 4)]
    pub reviewed: usize,
    /// Places for them, rounded down.
    #[schema(example = 3)]
    pub places: usize,
    /// Those reviewed, the most yes votes first.
    pub candidates: Vec<CapCandidate>,
}

/// The caps of a cycle: as they were settled, or as a settlement would be now.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapSettlement {
    /// Of which cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// When they were settled; null before.
    pub settled_at: Option<Instant>,
    /// Who settled them.
    pub settled_by: Option<AccountId>,
    /// Applications that were left out.
    pub left_out: Option<i64>,
    /// Meetings that are not closed; the caps are settled after the last.
    pub open_meetings: i64,
    /// Applications at levels with a cap that may still come before a meeting.
    pub waiting: i64,
    /// Each cap.
    pub caps: Vec<CapShare>,
}

impl Resource for CapSettlement {}

fn share(group: &CapGroup<'_>) -> CapShare {
    let mut decided: HashMap<ApplicationId, Ruling> = group.rulings().into_iter().map(|ruling| (ruling.id, ruling)).collect();
    let candidate = |member: &&crate::meetings::model::Reviewed| CapCandidate {
        application_id: member.ruling.id,
        meeting_id: member.meeting,
        specialty: member.specialty.clone(),
        ruling: decided.remove(&member.ruling.id).unwrap_or_else(|| member.ruling.clone()).into(),
        present: member.present,
    };
    CapShare {
        level: group.cap.level,
        specialty: group.specialty.map(str::to_owned),
        percent: group.cap.percent,
        reviewed: group.members.len(),
        places: group.places,
        candidates: group.members.iter().map(candidate).collect(),
    }
}

impl From<Standing> for CapSettlement {
    fn from(found: Standing) -> Self {
        Self {
            cycle_id: found.cycle.definition.id.clone(),
            settled_at: found.settlement.as_ref().map(|row| row.settled_at),
            settled_by: found.settlement.as_ref().map(|row| row.settled_by),
            left_out: found.settlement.as_ref().map(|row| row.left_out),
            open_meetings: found.open_meetings,
            waiting: found.under_way,
            caps: found.groups().iter().map(share).collect(),
        }
    }
}

/// 通过名额测算与核定结果 / Read what the caps of a cycle come to
///
/// Before the settlement: what it would decide now, so that the office can see it first. Afterwards: what it decided (4.8).
#[utoipa::path(get, path = "/v1/cycles/{cycle}/cap-settlement", tag = "meetings")]
pub async fn get_cap_settlement(call: Allowed<perm::MeetingRead>, cycle: Path<String>) -> Outcome<Answer<CapSettlement>> {
    call.read(move |cx| settlement::standing(cx, &cycle.0, Permission::MeetingRead).map(CapSettlement::from)).await.map(Into::into)
}

/// 核定通过名额 / Settle the caps of a cycle
///
/// Once, after the last meeting. All who have enough votes at a level with a cap share, in the order of their yes votes, the places of all whom the
/// meetings of the cycle have reviewed; a tie at the line is never cut, none of those tied at it passes (4.8). Each application moves on with it, in one
/// transaction.
#[utoipa::path(post, path = "/v1/cycles/{cycle}/cap-settlement", tag = "meetings",
    extensions(("x-problems" = json!(["cap_settled", "meetings_open", "cap_candidates_waiting", "conflict", "self_review"]))))]
pub async fn settle_caps(
    call: Allowed<perm::MeetingManage>,
    cycle: Path<String>,
    body: Body<CapSettlementCreate>,
) -> Outcome<Answer<CapSettlement>> {
    expire_due(&call).await?;
    call.write(move |cx| settlement::settle(cx, &cycle.0, body.value.leave_out_waiting).map(CapSettlement::from))
        .await
        .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; get_cap_settlement, settle_caps);
}
