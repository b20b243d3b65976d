//! Meetings over HTTP.

use super::model::{Attendance, CapArithmetic, Leader, Reason, Tally};
use super::record::{CandidateRow, MeetingRow};
use super::service::{self, NewMeeting};
use crate::accounts;
use crate::app::Cx;
use crate::applications::{self, Error, settle};
use crate::authz::{Permission, perm};
use crate::cycles::service as cycles;
use crate::db::{self, Json};
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use title_review_core::checks::Bilingual;
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, MeetingId, OrganisationId};
use title_review_core::vocabulary::{Level, LevelGroup, Stage};
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
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub chair: String,
    /// Names of the deputy chairs; not published (R9).
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub deputies: Vec<String>,
}

/// Applications that are to come before a meeting.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CandidatesAdd {
    /// Each has to be ready and of the meeting's cycle: all are taken in, or none.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub application_ids: Vec<ApplicationId>,
}

/// Who was there.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AttendanceRecord {
    /// Members present.
    #[schema(example = 24)]
    pub present: u16,
    /// Their names, as many as are present; empty where the office keeps the list on paper. Not published (R9).
    #[serde(default)]
    #[validate(length(max = 1000))]
    #[schema(max_items = 1000)]
    pub names: Vec<String>,
    /// Who leads (R3).
    pub led_by: Leader,
}

/// Votes on one candidate.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TallyRecord {
    /// For.
    #[schema(example = 16)]
    pub yes: u16,
    /// Against.
    #[schema(example = 6)]
    pub no: u16,
    /// Abstained: not a yes (R4).
    #[schema(example = 2)]
    pub abstain: u16,
    /// Experts withdrawn for this candidate: not counted as present (R5).
    #[serde(default)]
    #[schema(example = 0)]
    pub recused: u16,
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
    /// Passed, inside the cap.
    pub passed: bool,
    /// Why.
    pub reason: Reason,
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

fn meeting_view(cx: &mut Cx<'_>, row: MeetingRow) -> Result<Meeting, Error> {
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
        version: row.version,
        created_at: row.created_at,
    })
}

fn candidate_view(cx: &mut Cx<'_>, row: CandidateRow, permission: Permission) -> Result<MeetingCandidate, Error> {
    let application = applications::service::find_for(cx, row.application_id, permission)?;
    let account = accounts::find_account(cx, application.applicant_id).map_err(Problem::from)?;
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
        ruling: row.ruling.map(|Json(ruling)| RulingView {
            passed: ruling.passed(),
            arithmetic: ruling.words(),
            reason: ruling.reason,
            yes: ruling.yes,
            voters: ruling.voters,
            needed: ruling.needed,
            cap: ruling.cap,
        }),
    })
}

fn candidate_views(cx: &mut Cx<'_>, meeting: MeetingId, permission: Permission) -> Result<Vec<MeetingCandidate>, Error> {
    service::list_candidates(cx, meeting)?.into_iter().map(|row| candidate_view(cx, row, permission)).collect()
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

/// 上会 / Put applications before a meeting
///
/// Each has to be ready: paid, originals received, defence held or exempted (4.6, 4.4a, 4.5). All are taken in, or none. Their applicants are told.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/candidates", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_closed", "candidate_not_ready", "committee_too_small", "self_review"]))))]
pub async fn add_candidates(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<CandidatesAdd>,
) -> Outcome<Answer<MeetingCandidates>> {
    settle(&call).await?;
    call.write(move |cx| {
        let row = service::add_candidates(cx, id.0, if_match, &body.value.application_ids)?;
        let items = candidate_views(cx, id.0, Permission::MeetingManage)?;
        Ok::<_, Error>(MeetingCandidates { meeting_id: id.0, items, version: row.version })
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

/// 登记出席 / Record the attendance
///
/// Once. Without the share of members that the cycle asks for there is no meeting, and nothing is recorded (R3).
#[utoipa::path(put, path = "/v1/meetings/{meeting_id}/attendance", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_closed", "quorum_missing", "already_exists"]))))]
pub async fn record_attendance(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<AttendanceRecord>,
) -> Outcome<Answer<Meeting>> {
    let AttendanceRecord { present, names, led_by } = body.value;
    call.write(move |cx| {
        let row = service::record_attendance(cx, id.0, if_match, Attendance { present, names, led_by })?;
        meeting_view(cx, row)
    })
    .await
    .map(Into::into)
}

/// 登记表决结果 / Record the tally of a candidate
///
/// The votes have to add up to the experts present without those withdrawn (R4, R5). A later tally replaces it until the meeting is closed.
/// The ETag is the meeting's.
#[utoipa::path(put, path = "/v1/meetings/{meeting_id}/candidates/{application_id}/tally", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_closed", "tally_invalid", "quorum_missing", "self_review"]))))]
pub async fn record_tally(
    call: Allowed<perm::MeetingManage>,
    ids: Path<(MeetingId, ApplicationId)>,
    if_match: IfMatch,
    body: Body<TallyRecord>,
) -> Outcome<Answer<Meeting>> {
    let (meeting, application) = ids.0;
    let TallyRecord { yes, no, abstain, recused } = body.value;
    call.write(move |cx| {
        let row = service::record_tally(cx, meeting, application, if_match, Tally { yes, no, abstain, recused })?;
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
    Refused(Box<Problem>),
}

impl From<db::Error> for Ended {
    fn from(error: db::Error) -> Self {
        Self::Refused(Box::new(error.into()))
    }
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Refused(Box::new(error.into()))
    }
}

/// 结束会议 / Close a meeting
///
/// Decides on every candidate: two thirds of those present and not withdrawn (R4), then the pass-rate cap (4.8), by yes votes; a tie at the line of the
/// cap is never cut, none of those tied at it passes. Each application moves on with it, in one transaction, and the meeting is frozen (R6).
/// With `dry_run=true` all of it is done and undone.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/closure", tag = "meetings",
    extensions(("x-problems" = json!(["meeting_closed", "quorum_missing", "tally_missing", "conflict", "self_review"]))))]
pub async fn close_meeting(
    call: Allowed<perm::MeetingManage>,
    id: Path<MeetingId>,
    query: Query<ClosureQuery>,
    if_match: IfMatch,
) -> Outcome<Answer<MeetingClosure>> {
    settle(&call).await?;
    let dry_run = query.0.dry_run;
    let ended = call
        .app
        .write(call.asker(), move |cx| {
            let row = service::close(cx, id.0, if_match)?;
            let candidates = candidate_views(cx, id.0, Permission::MeetingManage)?;
            let closure = MeetingClosure { meeting: meeting_view(cx, row)?, dry_run, candidates };
            // An error undoes what was written.
            if dry_run { Err(Ended::Tried(Box::new(closure))) } else { Ok(closure) }
        })
        .await;
    match ended {
        Ok(closure) => Ok(closure.into()),
        Err(Ended::Tried(closure)) => Ok((*closure).into()),
        Err(Ended::Refused(problem)) => Err(*problem),
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(
        list;
        create_meeting, list_meetings, get_meeting, add_candidates, list_candidates, record_attendance, record_tally, close_meeting,
    );
}
