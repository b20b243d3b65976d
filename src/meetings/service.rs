//! Use cases: forming a meeting, its candidates, attendance, tallies, closing it.

use super::model::{Attendance, Candidate, Ruling, Tally};
use super::record::{CandidateRow, MeetingRow};
use super::rules::{self, Entrant, Formed};
use super::{corrections, store};
use crate::accounts;
use crate::applications::{self, ApplicationRow, Note, apply, situation};
use crate::audit::heads;
use crate::authz::{OwnApplication, Permission};
use crate::context::{Act, Cx};
use crate::context::{Version, VersionMismatch};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db::{self, Json};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use title_review_core::clock::Instant;
use title_review_core::findings::Finding;
use title_review_core::ids::{ApplicationId, MeetingId};
use title_review_core::vocabulary::{Action, LevelGroup, Role, Stage};
use title_review_core::workflow::Outcome;

/// Why an act on a meeting is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// The meeting has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Another change came between reading and writing.
    #[error("changed meanwhile")]
    Changed,
    /// Nobody enters the vote on their own application (5.1).
    #[error(transparent)]
    OwnApplication(#[from] OwnApplication),
    /// The cycle is not published, or another committee reviews it.
    #[error("no such cycle of the committee")]
    UnknownCycle,
    /// The committee has too few members for what the meeting is to review (R2).
    #[error("the committee is too small")]
    CommitteeTooSmall(Finding),
    /// The meeting was closed and is frozen (R6).
    #[error("the meeting was closed at {0}")]
    Closed(Instant),
    /// Applications that cannot come before the meeting; each with its place.
    #[error("candidates are refused")]
    CandidatesRefused(Vec<Finding>),
    /// The meeting was cancelled.
    #[error("the meeting was cancelled at {0}")]
    Cancelled(Instant),
    /// Time, place and list are settled once the meeting has begun.
    #[error("the meeting began at {0}")]
    Begun(Instant),
    /// So many applications are on the list of a meeting that is to be cancelled.
    #[error("{0} applications are on the list")]
    NotEmpty(usize),
    /// Time and place are those that it has.
    #[error("time and place are the same")]
    SameSchedule,
    /// The attendance is recorded; another one takes its place with a reason only.
    #[error("the attendance is recorded already")]
    AttendanceRecorded,
    /// An attendance that cannot be.
    #[error("the attendance is not possible")]
    AttendanceInvalid(Vec<Finding>),
    /// Too few members are present (R3).
    #[error("no quorum")]
    NoQuorum(Finding),
    /// The quorum is there, so the meeting is held.
    #[error("the quorum is present")]
    QuorumPresent,
    /// Nothing is recorded of a meeting before it begins (2.4, R3).
    #[error("the meeting begins at {0}")]
    NotBegun(Instant),
    /// The caps of the cycle are settled: nobody at a level with one comes before a meeting any more, and they are not settled again (4.8).
    #[error("the caps were settled at {0}")]
    Settled(Instant),
    /// The caps are settled after the last meeting: so many are not closed.
    #[error("{0} meetings are open")]
    MeetingsOpen(i64),
    /// So many applications at levels with a cap may still come before a meeting.
    #[error("{0} applications are under way")]
    UnderWay(i64),
    /// Nobody waits for a settlement of the caps.
    #[error("nobody waits for a settlement")]
    NobodyWaits,
    /// It is set for an instant that has passed.
    #[error("the meeting is set for the past")]
    InThePast,
    /// Nothing is voted on before the attendance of a quorum is recorded (R3).
    #[error("the attendance is not recorded")]
    AttendanceMissing,
    /// The votes do not add up (R4, R5).
    #[error("the tally does not add up")]
    TallyInvalid(Finding),
    /// Candidates without a tally, by their number within the meeting.
    #[error("tallies are missing")]
    TalliesMissing(Vec<i32>),
    /// No candidate is left to decide on.
    #[error("nothing to decide on")]
    NoCandidates,
    /// The application refuses it.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A meeting to be formed.
#[derive(Debug, Clone)]
pub struct NewMeeting {
    /// For which cycle.
    pub cycle_id: String,
    /// Name.
    pub name: String,
    /// Highest level group that it reviews.
    pub level_group: LevelGroup,
    /// When it is to be held.
    pub scheduled_at: Instant,
    /// Where.
    pub place: String,
    /// Members of the committee.
    pub members: u16,
    /// Chair.
    pub chair: String,
    /// Deputy chairs.
    pub deputies: Vec<String>,
}

/// The meeting if the principal reaches it with the permission.
pub fn find_for(cx: &mut Cx<'_>, id: MeetingId, permission: Permission) -> Result<MeetingRow, Error> {
    let reached = cx.principal.organisations_with(permission);
    store::find_meeting(cx.conn, id)?
        .filter(|row| reached.as_ref().is_none_or(|committees| committees.contains(&row.committee_id)))
        .ok_or(Error::NotFound)
}

/// Meetings that the principal may read, newest first.
pub fn list(cx: &mut Cx<'_>, cycle_id: Option<&str>, before: Option<MeetingId>, limit: i64) -> Result<Vec<MeetingRow>, Error> {
    let reached = cx.principal.organisations_with(Permission::MeetingRead);
    Ok(store::list_meetings(cx.conn, reached.as_deref(), cycle_id, before, limit)?)
}

/// Candidates of a meeting, in their order.
pub fn list_candidates(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<CandidateRow>, Error> {
    Ok(store::list_candidates(cx.conn, meeting)?)
}

/// The candidacy of an application with its meeting; `None`: it has not come before one.
pub fn find_candidacy(cx: &mut Cx<'_>, application: ApplicationId) -> Result<Option<(MeetingRow, CandidateRow)>, Error> {
    let Some(candidate) = store::find_candidate_of(cx.conn, application)? else { return Ok(None) };
    Ok(store::find_meeting(cx.conn, candidate.meeting_id)?.map(|meeting| (meeting, candidate)))
}

/// Forms a meeting of the cycle's committee, large enough for the levels that it reviews (R2).
pub fn create(cx: &mut Cx<'_>, new: NewMeeting) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let cycle = cycles::find_published(cx, &new.cycle_id)?.ok_or(Error::UnknownCycle)?;
    let committee_id = cycles::committee_of(cx, &new.cycle_id)?.ok_or(Error::UnknownCycle)?;
    if cx.principal.organisations_with(Permission::MeetingManage).is_some_and(|mine| !mine.contains(&committee_id)) {
        return Err(Error::UnknownCycle);
    }
    rules::committee_size(&cycle.definition, new.members, new.level_group).map_err(Error::CommitteeTooSmall)?;
    if new.scheduled_at < cx.now {
        return Err(Error::InThePast);
    }
    let row = MeetingRow {
        id: MeetingId::new(&*cx.app.ids, cx.now),
        cycle_id: new.cycle_id,
        cycle_version: cycle.version,
        committee_id,
        name: new.name,
        level_group: new.level_group,
        scheduled_at: new.scheduled_at,
        place: new.place,
        members: i32::from(new.members),
        chair: new.chair,
        deputies: Json(new.deputies),
        attendance: None,
        closed_at: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
        corrections: None,
        cancelled_at: None,
        cancelled_reason: None,
    };
    store::insert_meeting(cx.conn, &row)?;
    record(
        cx,
        "meeting.create",
        row.id,
        "2.4",
        json!({ "cycle": row.cycle_id, "cycle_version": row.cycle_version, "level_group": row.level_group, "members": row.members, "scheduled_at": row.scheduled_at }),
    )?;
    Ok(row)
}

/// Meeting acts are recorded without names of experts (R9).
pub(super) fn record(cx: &mut Cx<'_>, action: &str, id: MeetingId, clause: &str, detail: serde_json::Value) -> Result<(), Error> {
    cx.record(Act { action, object_kind: "meeting", object_id: id.to_string(), clause: Some(clause), detail })?;
    Ok(())
}

/// An open meeting in the version that was read, its version raised.
pub(super) fn load_for_update(cx: &mut Cx<'_>, id: MeetingId, read: Version) -> Result<(MeetingRow, Arc<Cycle>), Error> {
    let row = find_for(cx, id, Permission::MeetingManage)?;
    // Whoever comes after the closing is told that, whatever version they have read.
    if let Some(closed_at) = row.closed_at {
        return Err(Error::Closed(closed_at));
    }
    if let Some(cancelled_at) = row.cancelled_at {
        return Err(Error::Cancelled(cancelled_at));
    }
    read.check(row.version)?;
    if !store::bump_version(cx.conn, &row, cx.now)? {
        return Err(Error::Changed);
    }
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    Ok((row, cycle))
}

/// An open meeting that has begun, in the version that was read, its version raised.
pub(super) fn load_begun(cx: &mut Cx<'_>, id: MeetingId, read: Version) -> Result<(MeetingRow, Arc<Cycle>), Error> {
    let (row, cycle) = load_for_update(cx, id, read)?;
    if cx.now < row.scheduled_at { Err(Error::NotBegun(row.scheduled_at)) } else { Ok((row, cycle)) }
}

pub(super) fn reload(cx: &mut Cx<'_>, id: MeetingId) -> Result<MeetingRow, Error> {
    store::find_meeting(cx.conn, id)?.ok_or(Error::NotFound)
}

/// Puts applications before a meeting; each has to be ready (4.4a, 4.5, 4.6).
pub fn add_candidates(cx: &mut Cx<'_>, id: MeetingId, read: Version, applications: &[ApplicationId]) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let (meeting, cycle) = load_for_update(cx, id, read)?;
    let settled = store::find_settlement(cx.conn, &meeting.cycle_id)?.is_some();
    // The number of one that was taken off the list is not given again to another while later ones have theirs.
    let mut seq = store::list_candidates(cx.conn, id)?.last().map_or(0, |last| last.seq);
    let formed = Formed { cycle_id: &meeting.cycle_id, level_group: meeting.level_group, members: meeting.member_count() };
    let mut findings = Vec::new();
    let mut ready = Vec::new();
    let mut seen = HashSet::new();
    for (index, application) in applications.iter().enumerate() {
        let pointer = format!("/application_ids/{index}");
        let row = match applications::service::find_for(cx, *application, Permission::MeetingManage) {
            Ok(row) => row,
            Err(applications::Error::NotFound) => {
                findings.push(rules::unknown_application(&pointer));
                continue;
            }
            Err(other) => return Err(other.into()),
        };
        let entrant = Entrant { cycle_id: &row.cycle_id, stage: row.stage, level: row.level };
        if !seen.insert(*application) {
            findings.push(rules::named_twice(&pointer));
        } else if let Some(finding) = rules::unfit(&cycle.definition, formed, entrant, &pointer) {
            findings.push(finding);
        } else if let Some(finding) = rules::too_late_for_cap(&cycle.definition, settled, entrant, &pointer) {
            findings.push(finding);
        } else {
            ready.push(row);
        }
    }
    if !findings.is_empty() {
        return Err(Error::CandidatesRefused(findings));
    }
    for row in ready {
        let situation = situation(cx, row)?;
        let decision = situation.decide(Action::EnterMeeting, None)?;
        let (row, _) = apply(cx, &situation, Action::EnterMeeting, &decision, office_note())?;
        seq += 1;
        store::insert_candidate(cx.conn, id, row.id, seq, &row.specialty, row.level)?;
    }
    record(cx, "meeting.add_candidates", id, "2.4", json!({ "applications": applications }))?;
    reload(cx, id)
}

pub(super) fn office_note() -> Note {
    Note { role: Some(Role::CommitteeOffice), ..Note::default() }
}

/// Records who was there; without a quorum there is no meeting (R3). With a reason it takes the place of what was recorded.
pub fn record_attendance(
    cx: &mut Cx<'_>,
    id: MeetingId,
    read: Version,
    attendance: Attendance,
    reason: Option<String>,
) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let (meeting, cycle) = load_begun(cx, id, read)?;
    let known = meeting.attendance.as_ref().map(|Json(known)| known);
    if known.is_some() && (reason.is_none() || known == Some(&attendance)) {
        return Err(Error::AttendanceRecorded);
    }
    let members = meeting.member_count();
    rules::attendance(&attendance, members, !meeting.deputies.0.is_empty()).map_err(Error::AttendanceInvalid)?;
    let needed = rules::quorum(&cycle.definition, members, attendance.present).map_err(Error::NoQuorum)?;
    let mut detail = json!({ "present": attendance.present, "members": members, "needed": needed, "led_by": attendance.led_by });
    store::set_attendance(cx.conn, id, attendance.clone())?;
    let act = match (meeting.attendance.clone(), reason) {
        (Some(Json(was)), Some(reason)) => {
            detail["was"] = json!({ "present": was.present, "led_by": was.led_by });
            detail["reason"] = json!(reason);
            detail["tallies_taken_out"] = json!(corrections::correct_attendance(cx, &meeting, was, attendance, reason)?);
            "meeting.correct_attendance"
        }
        _ => "meeting.record_attendance",
    };
    record(cx, act, id, "R3", detail)?;
    reload(cx, id)
}

/// Records the vote on a candidate; a later one takes its place until the meeting is closed, and what it was stays on record.
pub fn record_tally(
    cx: &mut Cx<'_>,
    id: MeetingId,
    application: ApplicationId,
    read: Version,
    (tally, reason): (Tally, Option<String>),
) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let (meeting, cycle) = load_begun(cx, id, read)?;
    let row = applications::service::find_for(cx, application, Permission::MeetingManage)?;
    cx.principal.refuse_own(row.applicant_id)?;
    let present = meeting.present().ok_or(Error::AttendanceMissing)?;
    rules::tally(&cycle.definition.committee, present, tally).map_err(Error::TallyInvalid)?;
    let candidate =
        store::find_candidate_of(cx.conn, application)?.filter(|found| found.meeting_id == id).ok_or(Error::NotFound)?;
    let was = candidate.tally.map(|Json(was)| was).filter(|was| *was != tally);
    store::set_tally(cx.conn, id, application, tally)?;
    let detail = json!({ "application": application, "tally": tally, "was": was, "reason": reason });
    if let Some(was) = was {
        corrections::correct_tally(cx, &meeting, application, (was, tally), reason)?;
    }
    record(cx, "meeting.record_tally", id, "R4", detail)?;
    reload(cx, id)
}

/// Closes a meeting: decides on every candidate (R4) and freezes it (R6). One with enough votes at a level with a cap waits for the settlement of that
/// (4.8). An application that has left the meeting meanwhile is not reviewed.
pub fn close(cx: &mut Cx<'_>, id: MeetingId, read: Version) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let (meeting, cycle) = load_begun(cx, id, read)?;
    let committee = &cycle.definition.committee;
    let quorum = rules::has_quorum(committee, meeting.member_count(), meeting.present());
    if !quorum {
        return Err(Error::AttendanceMissing);
    }
    let mut rows = Vec::new();
    let mut candidates = Vec::new();
    let mut without_tally = Vec::new();
    for candidate in store::list_candidates(cx.conn, id)? {
        let row = applications::service::find_for(cx, candidate.application_id, Permission::MeetingManage)?;
        if row.stage != Stage::InMeeting {
            continue;
        }
        match candidate.tally {
            Some(Json(tally)) => {
                candidates.push(Candidate { id: row.id, specialty: candidate.specialty, level: candidate.level, tally });
                rows.push(row);
            }
            None => without_tally.push(candidate.seq),
        }
    }
    if !without_tally.is_empty() {
        return Err(Error::TalliesMissing(without_tally));
    }
    if rows.is_empty() {
        return Err(Error::NoCandidates);
    }
    let rulings = rules::by_votes(&candidates, committee, &cycle.definition.pass_rate_caps);
    for (row, ruling) in rows.into_iter().zip(&rulings) {
        decide_candidate(cx, row, ruling, quorum)?;
        store::set_ruling(cx.conn, id, ruling)?;
    }
    store::set_closed(cx.conn, id, cx.now)?;
    let those = |passed: Option<bool>| -> Vec<ApplicationId> {
        rulings.iter().filter(|ruling| ruling.passed() == passed).map(|ruling| ruling.id).collect()
    };
    let (passed, cap_open) = (those(Some(true)), those(None));
    let detail = json!({ "reviewed": rulings.len(), "passed": passed, "cap_open": cap_open, "present": meeting.present() });
    record(cx, "meeting.close", id, "R6", detail)?;
    heads::schedule(cx.conn, &*cx.app.ids, cx.now, heads::HeadReason::MeetingClosed, cx.now)?;
    reload(cx, id)
}

/// Moves an application as decided; one that waits for the settlement of its cap stays where it is.
pub(super) fn decide_candidate(cx: &mut Cx<'_>, row: ApplicationRow, ruling: &Ruling, quorum: bool) -> Result<(), Error> {
    let Some(passed) = ruling.passed() else {
        cx.principal.refuse_own(row.applicant_id)?;
        return Ok(applications::service::bump_version(cx, &row)?);
    };
    let mut situation = situation(cx, row)?;
    situation.facts.quorum_present = quorum;
    situation.facts.outcome = Some(if passed { Outcome::Passed } else { Outcome::NotPassed });
    let decision = situation.decide(Action::RecordOutcome, None)?;
    apply(cx, &situation, Action::RecordOutcome, &decision, office_note())?;
    Ok(())
}
