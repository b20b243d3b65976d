//! Forming and reading meetings.

use crate::applications::http::expire_due;
use crate::authz::{Permission, perm};
use crate::context::Cx;
use crate::cycles::service as cycles;
use crate::db::Json;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, Resource, Routes, one_line, page,
    page_limit, routes,
};
use crate::meetings::corrections;
use crate::meetings::model::{Leader, MeetingCorrection, Schedule};
use crate::meetings::record::MeetingRow;
use crate::meetings::service::{self, Error, NewMeeting};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{MeetingId, OrganisationId};
use title_review_core::person_names::{person_name, person_names};
use title_review_core::vocabulary::LevelGroup;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// A meeting to be formed.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MeetingCreate {
    /// A published cycle of the own committee.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "aksu-2024")]
    pub cycle_id: String,
    /// Name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "2024年度工程系列职称评审会议")]
    pub name: String,
    /// Highest level group that it reviews; the committee has to be large enough for it (R2).
    pub level_group: LevelGroup,
    /// When it is to be held.
    pub scheduled_at: Instant,
    /// Where.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "地区自然资源局会议室")]
    pub place: String,
    /// Members of the committee.
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000, example = 25)]
    pub members: u16,
    /// Name of the chair; not published (R9).
    #[validate(custom(function = "person_name"))]
    #[schema(min_length = 1, max_length = 50)]
    pub chair: String,
    /// Names of the deputy chairs; not published (R9).
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "person_names"))]
    #[schema(max_items = 20)]
    pub deputies: Vec<String>,
}

/// Who was there, as the office and the supervisor see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceView {
    /// Members present.
    pub present: u16,
    /// Members that had to be (R3).
    pub quorum: usize,
    /// Their names, where they were listed.
    pub names: Vec<String>,
    /// Who led.
    pub led_by: Leader,
}

/// A meeting, as the office and the supervisor see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// Of which cycle.
    pub cycle_id: String,
    /// Under which version of its definition.
    pub cycle_version: i32,
    /// Of which committee.
    pub committee_id: OrganisationId,
    /// Name.
    pub name: String,
    /// Highest level group that it reviews.
    pub level_group: LevelGroup,
    /// When it is to be held.
    pub scheduled_at: Instant,
    /// Where.
    pub place: String,
    /// Members of the committee.
    pub members: i32,
    /// Chair.
    pub chair: String,
    /// Deputy chairs.
    pub deputies: Vec<String>,
    /// Who was there; null until it is recorded.
    pub attendance: Option<AttendanceView>,
    /// Candidates.
    pub candidate_count: usize,
    /// Candidates with a tally.
    pub tally_count: usize,
    /// When it was closed and frozen; null while it is open.
    pub closed_at: Option<Instant>,
    /// When it was cancelled; null otherwise.
    pub cancelled_at: Option<Instant>,
    /// Why.
    pub cancelled_reason: Option<String>,
    /// What was corrected of it, oldest first.
    pub corrections: Vec<MeetingCorrection>,
    /// Rises with each change to the meeting, its candidates and tallies; the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
}

impl Resource for Meeting {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/meetings/{}", self.id))
    }
}

page!(
    /// Meetings, newest first.
    MeetingPage of Meeting
);

pub(super) fn meeting_view(cx: &mut Cx<'_>, row: MeetingRow) -> Result<Meeting, Error> {
    let candidates = service::list_candidates(cx, row.id)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let quorum = cycle.definition.committee.quorum_needed(row.member_count());
    Ok(Meeting {
        id: row.id,
        cycle_id: row.cycle_id,
        cycle_version: row.cycle_version,
        committee_id: row.committee_id,
        name: row.name,
        level_group: row.level_group,
        scheduled_at: row.scheduled_at,
        place: row.place,
        members: row.members,
        chair: row.chair,
        deputies: row.deputies.0,
        attendance: row.attendance.map(|Json(attendance)| AttendanceView {
            present: attendance.present,
            quorum,
            names: attendance.names,
            led_by: attendance.led_by,
        }),
        candidate_count: candidates.len(),
        tally_count: candidates.iter().filter(|candidate| candidate.tally.is_some()).count(),
        closed_at: row.closed_at,
        cancelled_at: row.cancelled_at,
        cancelled_reason: row.cancelled_reason,
        corrections: row.corrections.map(|Json(corrections)| corrections).unwrap_or_default(),
        version: row.version,
        created_at: row.created_at,
    })
}

/// 新建评审会议 / Form a meeting
///
/// For a cycle of the own committee. The committee has to be large enough for the highest level that the meeting reviews (R2).
#[utoipa::path(post, path = "/v1/meetings", tag = "meetings", extensions(("x-problems" = json!(["committee_too_small"]))))]
pub async fn create_meeting(
    call: Allowed<perm::MeetingManage>,
    key: IdempotencyKey,
    body: Body<MeetingCreate>,
) -> Outcome<Created<Meeting>> {
    let fingerprint = body.fingerprint;
    let MeetingCreate { cycle_id, name, level_group, scheduled_at, place, members, chair, deputies } = body.value;
    let new = NewMeeting { cycle_id, name, level_group, scheduled_at, place, members, chair, deputies };
    call.write_once(key, &fingerprint, move |cx| {
        let row = service::create(cx, new)?;
        meeting_view(cx, row)
    })
    .await
}

/// Which meetings.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MeetingQuery {
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 评审会议列表 / List meetings
#[utoipa::path(get, path = "/v1/meetings", tag = "meetings", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_meetings(call: Allowed<perm::MeetingRead>, query: Query<MeetingQuery>) -> Outcome<Answer<MeetingPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("meetings|{:?}|{:?}", cx.principal.account, query.cycle_id);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = service::list(cx, query.cycle_id.as_deref(), before, limit + 1)?;
        let rows = rows.into_iter().map(|row| meeting_view(cx, row)).collect::<Result<Vec<_>, _>>()?;
        MeetingPage::of(rows, limit, keys, &filter, |row| row.id, |row| row)
    })
    .await
    .map(Into::into)
}

/// 评审会议 / Read a meeting
#[utoipa::path(get, path = "/v1/meetings/{meeting_id}", tag = "meetings")]
pub async fn get_meeting(call: Allowed<perm::MeetingRead>, id: Path<MeetingId>) -> Outcome<Answer<Meeting>> {
    call.read(move |cx| {
        let row = service::find_for(cx, id.0, Permission::MeetingRead)?;
        meeting_view(cx, row)
    })
    .await
    .map(Into::into)
}

/// Another time or place for a meeting.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MeetingUpdate {
    /// When it is to be held; not in the past.
    pub scheduled_at: Instant,
    /// Where.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "地区自然资源局会议室")]
    pub place: String,
    /// Why, for the record; one line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "会议时间登记有误")]
    pub reason: String,
}

/// 更正会议时间、地点 / Correct time and place of a meeting
///
/// Until it begins. What it was stays on record, and those on its list are told (2.4).
#[utoipa::path(put, path = "/v1/meetings/{meeting_id}", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_begun", "meeting_closed", "meeting_cancelled"]))))]
pub async fn update_meeting(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<MeetingUpdate>,
) -> Outcome<Answer<Meeting>> {
    let MeetingUpdate { scheduled_at, place, reason } = body.value;
    call.write(move |cx| {
        let row = corrections::reschedule(cx, id.0, if_match.version(), Schedule { scheduled_at, place }, reason)?;
        meeting_view(cx, row)
    })
    .await
    .map(Into::into)
}

/// A meeting to which too few came.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MeetingAdjournmentCreate {
    /// Members present, fewer than a quorum.
    #[validate(range(max = 10_000))]
    #[schema(maximum = 10000, example = 12)]
    pub present: u16,
    /// When it is to be held; not in the past.
    pub scheduled_at: Instant,
    /// Where.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "地区自然资源局会议室")]
    pub place: String,
    /// Why, for the record; one line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "出席人数不足")]
    pub reason: String,
}

/// 会议改期 / Adjourn a meeting without a quorum
///
/// One that has begun and to which too few members came: without a quorum there is no meeting (R3). It is set for another time, its list stays, and those
/// on it are told.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/adjournment", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_not_begun", "quorum_present", "meeting_closed", "meeting_cancelled"]))))]
pub async fn adjourn_meeting(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<MeetingAdjournmentCreate>,
) -> Outcome<Answer<Meeting>> {
    let MeetingAdjournmentCreate { present, scheduled_at, place, reason } = body.value;
    call.write(move |cx| {
        let row = corrections::adjourn(cx, id.0, if_match.version(), present, Schedule { scheduled_at, place }, reason)?;
        meeting_view(cx, row)
    })
    .await
    .map(Into::into)
}

/// Why a meeting is cancelled.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MeetingCancellationCreate {
    /// In words, for the record; one line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "重复建立")]
    pub reason: String,
}

/// 取消会议 / Cancel a meeting
///
/// One that has not begun, once nobody on its list waits for it. It stays on record.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/cancellation", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_not_empty", "meeting_begun", "meeting_closed", "meeting_cancelled"]))))]
pub async fn cancel_meeting(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<MeetingCancellationCreate>,
) -> Outcome<Answer<Meeting>> {
    expire_due(&call).await?;
    call.write(move |cx| {
        let row = corrections::cancel(cx, id.0, if_match.version(), &body.value.reason)?;
        meeting_view(cx, row)
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_meeting, list_meetings, get_meeting, update_meeting, adjourn_meeting, cancel_meeting);
}
