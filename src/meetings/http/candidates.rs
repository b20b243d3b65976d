//! Putting applications before a meeting.

use crate::accounts;
use crate::applications;
use crate::applications::http::expire_due;
use crate::authz::{Permission, perm};
use crate::context::Cx;
use crate::db::Json;
use crate::http::{Allowed, Answer, Body, IfMatch, Outcome, Path, Resource, Routes, one_line, routes};
use crate::meetings::corrections;
use crate::meetings::model::{CapArithmetic, Ruling, RulingReason, Tally};
use crate::meetings::record::CandidateRow;
use crate::meetings::service::{self, Error};
use serde::{Deserialize, Serialize};
use title_review_core::checks::Bilingual;
use title_review_core::ids::{ApplicationId, MeetingId};
use title_review_core::vocabulary::{Level, Stage};
use utoipa::ToSchema;
use validator::Validate;

/// Applications that are to come before a meeting.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CandidatesAdd {
    /// Each has to be ready and of the meeting's cycle: all are taken in, or none.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub application_ids: Vec<ApplicationId>,
}

/// A tally as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct TallyView {
    /// For.
    pub yes: u16,
    /// Against.
    pub no: u16,
    /// Abstained.
    pub abstain: u16,
    /// Withdrawn.
    pub recused: u16,
}

/// What was decided on a candidate, with its arithmetic.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulingView {
    /// Passed, inside the cap; null until the caps of the cycle are settled.
    pub passed: Option<bool>,
    /// Why.
    pub reason: RulingReason,
    /// Yes votes.
    #[schema(example = 9)]
    pub yes: usize,
    /// Experts who voted or abstained.
    #[schema(example = 9)]
    pub voters: usize,
    /// Yes votes needed (R4).
    #[schema(example = 6)]
    pub needed: usize,
    /// The cap, where its level has one (4.8).
    pub cap: Option<CapArithmetic>,
    /// The arithmetic in words: `reviewed 4, cap 75 % -> 3 places, yes 9 of 9 needed 6, rank 2: passed`.
    pub arithmetic: Bilingual,
}

impl From<Ruling> for RulingView {
    fn from(ruling: Ruling) -> Self {
        Self {
            passed: ruling.passed(),
            arithmetic: ruling.words(),
            reason: ruling.reason,
            yes: ruling.yes,
            voters: ruling.voters,
            needed: ruling.needed,
            cap: ruling.cap,
        }
    }
}

/// An application before a meeting.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeetingCandidate {
    /// Which application.
    pub application_id: ApplicationId,
    /// Number within the meeting, from 1.
    pub seq: i32,
    /// Name of the applicant.
    pub applicant_name: String,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Where the application stands.
    pub stage: Stage,
    /// The vote; null until it is recorded.
    pub tally: Option<TallyView>,
    /// What was decided; null until the meeting is closed, and for an application that left before.
    pub ruling: Option<RulingView>,
}

/// Candidates of a meeting, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeetingCandidates {
    /// Which meeting.
    pub meeting_id: MeetingId,
    /// The candidates.
    pub items: Vec<MeetingCandidate>,
    /// Version of the meeting; the ETag.
    pub version: i64,
}

impl Resource for MeetingCandidates {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

fn candidate_view(cx: &mut Cx<'_>, row: CandidateRow, permission: Permission) -> Result<MeetingCandidate, Error> {
    let application = applications::service::find_for(cx, row.application_id, permission)?;
    let account = accounts::find_account(cx, application.applicant_id)?;
    Ok(MeetingCandidate {
        application_id: row.application_id,
        seq: row.seq,
        applicant_name: account.name,
        specialty: row.specialty,
        level: row.level,
        stage: application.stage,
        tally: row.tally.map(|Json(tally)| {
            let Tally { yes, no, abstain, recused } = tally;
            TallyView { yes, no, abstain, recused }
        }),
        ruling: row.ruling.map(|Json(ruling)| RulingView::from(ruling)),
    })
}

pub(super) fn candidate_views(cx: &mut Cx<'_>, meeting: MeetingId, permission: Permission) -> Result<Vec<MeetingCandidate>, Error> {
    service::list_candidates(cx, meeting)?.into_iter().map(|row| candidate_view(cx, row, permission)).collect()
}

/// 上会 / Put applications before a meeting
///
/// Each has to be ready: paid, originals received, defence held or exempted (4.6, 4.4a, 4.5). All are taken in, or none. Their applicants are told.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/candidates", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_closed", "meeting_cancelled", "candidate_not_ready", "cap_settled", "committee_too_small", "self_review"]))))]
pub async fn add_candidates(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<CandidatesAdd>,
) -> Outcome<Answer<MeetingCandidates>> {
    expire_due(&call).await?;
    call.write(move |cx| {
        let row = service::add_candidates(cx, id.0, if_match.version(), &body.value.application_ids)?;
        let items = candidate_views(cx, id.0, Permission::MeetingManage)?;
        Ok::<_, Error>(MeetingCandidates { meeting_id: id.0, items, version: row.version })
    })
    .await
    .map(Into::into)
}

/// Why an application is taken off the list of a meeting.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CandidateRemovalCreate {
    /// In words, for the history of the application; one line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "误列入本次会议，改列下次会议")]
    pub reason: String,
}

/// 移出上会名单 / Take an application off the list of a meeting
///
/// Until the meeting begins (2.4). The application is ready again, and can be put before another one. Its applicant is told. The ETag is the meeting's.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/candidates/{application_id}/removal", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_begun", "meeting_closed", "meeting_cancelled", "stage_conflict", "self_review"]))))]
pub async fn remove_candidate(
    call: Allowed<perm::MeetingManage>,
    ids: Path<(MeetingId, ApplicationId)>,
    if_match: IfMatch,
    body: Body<CandidateRemovalCreate>,
) -> Outcome<Answer<MeetingCandidates>> {
    expire_due(&call).await?;
    let (meeting, application) = ids.0;
    call.write(move |cx| {
        let row = corrections::remove_candidate(cx, meeting, application, if_match.version(), body.value.reason)?;
        let items = candidate_views(cx, meeting, Permission::MeetingManage)?;
        Ok::<_, Error>(MeetingCandidates { meeting_id: meeting, items, version: row.version })
    })
    .await
    .map(Into::into)
}

/// 上会名单 / List the candidates of a meeting
#[utoipa::path(get, path = "/v1/meetings/{meeting_id}/candidates", tag = "meetings")]
pub async fn list_candidates(call: Allowed<perm::MeetingRead>, id: Path<MeetingId>) -> Outcome<Answer<MeetingCandidates>> {
    call.read(move |cx| {
        let row = service::find_for(cx, id.0, Permission::MeetingRead)?;
        let items = candidate_views(cx, id.0, Permission::MeetingRead)?;
        Ok::<_, Error>(MeetingCandidates { meeting_id: id.0, items, version: row.version })
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; add_candidates, remove_candidate, list_candidates);
}
