//! Use cases: what an office corrects of a meeting. Time, place and list until it begins, or where too few came to it; who was there and the votes until
//! it is closed.

use super::model::{Attendance, AttendanceCorrection, MeetingCorrection, Schedule, ScheduleCorrection, Tally, TallyCorrection};
use super::record::MeetingRow;
use super::rules::has_quorum;
use super::service::{Error, load_begun, load_for_update, office_note, record, reload};
use super::store;
use crate::applications::{self, Note, apply, situation};
use crate::authz::Permission;
use crate::context::{Cx, Part, Version};
use crate::db::Json;
use crate::records::notices;
use serde_json::json;
use title_review_core::ids::{ApplicationId, MeetingId};
use title_review_core::vocabulary::Action;

/// A meeting that lies ahead, in the version that was read, its version raised.
fn load_ahead(cx: &mut Cx<'_>, id: MeetingId, read: Version) -> Result<MeetingRow, Error> {
    let (row, _) = load_for_update(cx, id, read)?;
    if row.scheduled_at <= cx.now { Err(Error::Begun(row.scheduled_at)) } else { Ok(row) }
}

/// A correction that says nothing yet.
fn correction(cx: &Cx<'_>, reason: Option<String>) -> MeetingCorrection {
    MeetingCorrection {
        at: cx.now,
        by: cx.principal.account,
        reason,
        schedule: None,
        attendance: None,
        tallies: Vec::new(),
        removed_candidate: None,
    }
}

/// Adds a correction to those of a meeting.
fn put_on_record(cx: &mut Cx<'_>, meeting: &MeetingRow, correction: MeetingCorrection) -> Result<(), Error> {
    let mut corrections = meeting.corrections.clone().map(|Json(known)| known).unwrap_or_default();
    corrections.push(correction);
    Ok(store::set_corrections(cx.conn, meeting.id, corrections)?)
}

/// Sets another time or place for a meeting that has not begun, and tells those on its list (2.4).
pub fn reschedule(cx: &mut Cx<'_>, id: MeetingId, read: Version, now: Schedule, reason: String) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let meeting = load_ahead(cx, id, read)?;
    set_schedule(cx, &meeting, now, None, reason)
}

/// Adjourns a meeting that has begun and to which too few came: without a quorum there is no meeting (R3). Its list stays as it is.
pub fn adjourn(
    cx: &mut Cx<'_>,
    id: MeetingId,
    read: Version,
    present: u16,
    now: Schedule,
    reason: String,
) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let (meeting, cycle) = load_begun(cx, id, read)?;
    if meeting.present().is_some() || has_quorum(&cycle.definition.committee, meeting.member_count(), Some(present)) {
        return Err(Error::QuorumPresent);
    }
    set_schedule(cx, &meeting, now, Some(present), reason)
}

fn set_schedule(
    cx: &mut Cx<'_>,
    meeting: &MeetingRow,
    now: Schedule,
    present: Option<u16>,
    reason: String,
) -> Result<MeetingRow, Error> {
    let (id, was) = (meeting.id, meeting.schedule());
    let (action, clause) = if present.is_some() { ("meeting.adjourn", "R3") } else { ("meeting.reschedule", "2.4") };
    if now.scheduled_at < cx.now {
        return Err(Error::InThePast);
    }
    if now == was {
        return Err(Error::SameSchedule);
    }
    store::set_schedule(cx.conn, id, &now)?;
    let told = store::list_waiting(cx.conn, id)?;
    let parts: Vec<Part> = told.iter().map(|(application, _)| Part::Application(*application)).collect();
    cx.changes_also(&parts);
    if !told.is_empty() {
        let body = json!({ "meeting": id, "was": was.scheduled_at, "scheduled_at": now.scheduled_at });
        let told: Vec<_> = told.into_iter().map(|(application, account)| (Some(application), account)).collect();
        notices::insert_all(cx, &told, action, Some(clause), &body)?;
    }
    record(cx, action, id, clause, json!({ "was": was, "now": now, "present": present, "reason": reason }))?;
    let correction = MeetingCorrection { schedule: Some(ScheduleCorrection { was, now, present }), ..correction(cx, Some(reason)) };
    put_on_record(cx, meeting, correction)?;
    reload(cx, id)
}

/// Takes an application off the list of a meeting that has not begun: it is ready for another one.
pub fn remove_candidate(
    cx: &mut Cx<'_>,
    id: MeetingId,
    application: ApplicationId,
    read: Version,
    reason: String,
) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    let meeting = load_ahead(cx, id, read)?;
    let row = applications::service::find_for(cx, application, Permission::MeetingManage)?;
    store::find_candidate_of(cx.conn, application)?.filter(|found| found.meeting_id == id).ok_or(Error::NotFound)?;
    let situation = situation(cx, row)?;
    let decision = situation.decide(Action::LeaveMeeting, None)?;
    store::delete_candidate(cx.conn, id, application)?;
    apply(cx, &situation, Action::LeaveMeeting, &decision, Note { opinion: Some(reason), ..office_note() })?;
    // The reason is about a person, and stands in the history of the application.
    record(cx, "meeting.remove_candidate", id, "2.4", json!({ "application": application }))?;
    let correction = MeetingCorrection { removed_candidate: Some(application), ..correction(cx, None) };
    put_on_record(cx, &meeting, correction)?;
    reload(cx, id)
}

/// Cancels a meeting that has not begun and on whose list nobody waits.
pub fn cancel(cx: &mut Cx<'_>, id: MeetingId, read: Version, reason: &str) -> Result<MeetingRow, Error> {
    cx.changes_only(&[]);
    load_ahead(cx, id, read)?;
    let waiting = store::list_waiting(cx.conn, id)?.len();
    if waiting > 0 {
        return Err(Error::NotEmpty(waiting));
    }
    store::set_cancelled(cx.conn, id, reason, cx.now)?;
    record(cx, "meeting.cancel", id, "2.4", json!({ "reason": reason }))?;
    reload(cx, id)
}

/// Notes that another attendance takes the place of the recorded one. With another number of members present no tally stands any more: each is recorded
/// again (R4, R5).
pub(super) fn correct_attendance(
    cx: &mut Cx<'_>,
    meeting: &MeetingRow,
    was: Attendance,
    now: Attendance,
    reason: String,
) -> Result<Vec<ApplicationId>, Error> {
    let mut tallies = Vec::new();
    if was.present != now.present {
        for candidate in store::list_candidates(cx.conn, meeting.id)? {
            if let Some(Json(tally)) = candidate.tally {
                tallies.push(TallyCorrection { application_id: candidate.application_id, was: tally, now: None });
            }
        }
        store::clear_tallies(cx.conn, meeting.id)?;
    }
    let cleared = tallies.iter().map(|tally| tally.application_id).collect();
    let attendance = Some(AttendanceCorrection { was, now });
    put_on_record(cx, meeting, MeetingCorrection { attendance, tallies, ..correction(cx, Some(reason)) })?;
    Ok(cleared)
}

/// Notes that another tally takes the place of a recorded one.
pub(super) fn correct_tally(
    cx: &mut Cx<'_>,
    meeting: &MeetingRow,
    application_id: ApplicationId,
    (was, now): (Tally, Tally),
    reason: Option<String>,
) -> Result<(), Error> {
    let tallies = vec![TallyCorrection { application_id, was, now: Some(now) }];
    put_on_record(cx, meeting, MeetingCorrection { tallies, ..correction(cx, reason) })
}
