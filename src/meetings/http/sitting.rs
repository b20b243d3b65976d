//! Holding a meeting: attendance, tallies, closing it.

use super::candidates::{MeetingCandidate, candidate_views};
use super::meetings::{Meeting, meeting_view};
use crate::applications::http::expire_due;
use crate::authz::{Permission, perm};
use crate::db;
use crate::http::{Allowed, Answer, Body, IfMatch, Outcome, Path, Query, Resource, Routes, one_line, routes};
use crate::meetings::model::{Attendance, Leader, Tally};
use crate::meetings::service::{self, Error};
use serde::{Deserialize, Serialize};
use title_review_core::ids::{ApplicationId, MeetingId};
use title_review_core::person_names::person_names;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// Who was there.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AttendanceRecord {
    /// Members present.
    #[schema(maximum = 65535, example = 24)]
    pub present: u16,
    /// Their names, as many as are present; empty where the office keeps the list on paper. Not published (R9).
    #[serde(default)]
    #[validate(length(max = 1000), custom(function = "person_names"))]
    #[schema(max_items = 1000)]
    pub names: Vec<String>,
    /// Who leads (R3).
    pub led_by: Leader,
    /// Why it takes the place of what was recorded; asked for then. One line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "签到表一人误记")]
    pub reason: Option<String>,
}

/// Votes on one candidate.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TallyRecord {
    /// For.
    #[schema(maximum = 65535, example = 16)]
    pub yes: u16,
    /// Against.
    #[schema(maximum = 65535, example = 6)]
    pub no: u16,
    /// Abstained: not a yes (R4).
    #[schema(maximum = 65535, example = 2)]
    pub abstain: u16,
    /// Experts withdrawn for this candidate: not counted as present (R5).
    #[serde(default)]
    #[schema(maximum = 65535, example = 0)]
    pub recused: u16,
    /// Why it takes the place of what was recorded. One line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "回避人数误记")]
    pub reason: Option<String>,
}

/// What closing a meeting decides.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeetingClosure {
    /// The meeting as it is then.
    pub meeting: Meeting,
    /// It was tried only: nothing of it is kept.
    pub dry_run: bool,
    /// The candidates with what is decided on each.
    pub candidates: Vec<MeetingCandidate>,
}

impl Resource for MeetingClosure {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        // After a dry run the meeting still has the version that was read.
        (!self.dry_run).then_some(self.meeting.version)
    }
}

/// 登记出席 / Record the attendance
///
/// Without the share of members that the cycle asks for there is no meeting, and nothing is recorded (R3). Recorded once; until the meeting is closed it
/// is corrected with a `reason`, by the same rules. With another number of members present no tally stands any more: each has to be recorded again.
/// What it was stays on record.
#[utoipa::path(put, path = "/v1/meetings/{meeting_id}/attendance", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_not_begun", "meeting_closed", "meeting_cancelled", "quorum_missing", "already_exists"]))))]
pub async fn record_attendance(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<AttendanceRecord>,
) -> Outcome<Answer<Meeting>> {
    let AttendanceRecord { present, names, led_by, reason } = body.value;
    call.write(move |cx| {
        let row = service::record_attendance(cx, id.0, if_match.version(), Attendance { present, names, led_by }, reason)?;
        meeting_view(cx, row)
    })
    .await
    .map(Into::into)
}

/// 登记表决结果 / Record the tally of a candidate
///
/// The votes have to add up to the experts present without those withdrawn (R4, R5). A later tally takes its place until the meeting is closed; what it
/// was stays on record.
/// The ETag is the meeting's.
#[utoipa::path(put, path = "/v1/meetings/{meeting_id}/candidates/{application_id}/tally", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_not_begun", "meeting_closed", "meeting_cancelled", "tally_invalid", "quorum_missing", "self_review"]))))]
pub async fn record_tally(
    call: Allowed<perm::MeetingManage>,
    ids: Path<(MeetingId, ApplicationId)>,
    if_match: IfMatch,
    body: Body<TallyRecord>,
) -> Outcome<Answer<Meeting>> {
    let (meeting, application) = ids.0;
    let TallyRecord { yes, no, abstain, recused, reason } = body.value;
    call.write(move |cx| {
        let row =
            service::record_tally(cx, meeting, application, if_match.version(), (Tally { yes, no, abstain, recused }, reason))?;
        meeting_view(cx, row)
    })
    .await
    .map(Into::into)
}

/// How to close.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClosureQuery {
    /// Decide, answer, and keep nothing of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// How a closure ends inside its transaction.
enum Ended {
    /// As tried; undone.
    Tried(Box<MeetingClosure>),
    /// Refused.
    Refused(Error),
}

impl From<db::Error> for Ended {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// 结束会议 / Close a meeting
///
/// Decides on every candidate: two thirds of those present and not withdrawn (R4). Each application moves on with it, in one transaction, and the meeting
/// is frozen (R6). Whoever has enough votes at a level with a pass-rate cap stays until the caps of the cycle are settled (4.8).
/// With `dry_run=true` all of it is done and undone.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/closure", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_not_begun", "meeting_closed", "meeting_cancelled", "quorum_missing", "tally_missing", "conflict", "self_review"]))))]
pub async fn close_meeting(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    query: Query<ClosureQuery>,
    if_match: IfMatch,
) -> Outcome<Answer<MeetingClosure>> {
    expire_due(&call).await?;
    let dry_run = query.0.dry_run;
    let ended = call
        .app
        .write(call.context(), move |cx| {
            let row = service::close(cx, id.0, if_match.version())?;
            let candidates = candidate_views(cx, id.0, Permission::MeetingManage)?;
            let closure = MeetingClosure { meeting: meeting_view(cx, row)?, dry_run, candidates };
            // An error undoes what was written.
            if dry_run { Err(Ended::Tried(Box::new(closure))) } else { Ok(closure) }
        })
        .await;
    match ended {
        Ok(closure) => Ok(closure.into()),
        Err(Ended::Tried(closure)) => Ok((*closure).into()),
        Err(Ended::Refused(error)) => Err(error.into()),
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; record_attendance, record_tally, close_meeting);
}
