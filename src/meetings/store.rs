//! Queries on meetings and their candidates.

use super::model::{Attendance, MeetingCorrection, Reviewed, Ruling, Schedule, Tally};
use super::record::{CandidateRow, MeetingRow, SettlementRow};
use crate::db::schema::{applications, cap_settlements, meeting_candidates, meetings};
use crate::db::{Conn, Error, ExecuteProven as _, Json};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, MeetingId, OrganisationId};
use title_review_core::vocabulary::{Level, Stage};

pub fn insert_meeting(conn: &mut Conn, row: &MeetingRow) -> Result<(), Error> {
    diesel::insert_into(meetings::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}

pub fn find_meeting(conn: &mut Conn, id: MeetingId) -> Result<Option<MeetingRow>, Error> {
    Ok(meetings::table.filter(meetings::id.eq(id)).select(MeetingRow::as_select()).first(conn).optional()?)
}

/// A page, newest first; `committees`: only theirs.
pub fn list_meetings(
    conn: &mut Conn,
    committees: Option<&[OrganisationId]>,
    cycle_id: Option<&str>,
    before: Option<MeetingId>,
    limit: i64,
) -> Result<Vec<MeetingRow>, Error> {
    let mut query = meetings::table.select(MeetingRow::as_select()).order(meetings::id.desc()).limit(limit).into_boxed();
    if let Some(committees) = committees {
        query = query.filter(meetings::committee_id.eq_any(committees.to_vec()));
    }
    if let Some(cycle_id) = cycle_id {
        query = query.filter(meetings::cycle_id.eq(cycle_id.to_owned()));
    }
    if let Some(before) = before {
        query = query.filter(meetings::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// Raises the version of an open meeting; false if another change came first or it is closed.
pub fn bump_version(conn: &mut Conn, row: &MeetingRow, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(meetings::table.filter(meetings::id.eq(row.id)).filter(meetings::version.eq(row.version)))
        .set((meetings::version.eq(row.version + 1), meetings::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Writes when and where it is held.
pub fn set_schedule(conn: &mut Conn, id: MeetingId, schedule: &Schedule) -> Result<(), Error> {
    diesel::update(meetings::table.filter(meetings::id.eq(id)))
        .set((meetings::scheduled_at.eq(schedule.scheduled_at), meetings::place.eq(&schedule.place)))
        .execute_proven(conn)?;
    Ok(())
}

/// Writes what was corrected, all of it.
pub fn set_corrections(conn: &mut Conn, id: MeetingId, corrections: Vec<MeetingCorrection>) -> Result<(), Error> {
    diesel::update(meetings::table.filter(meetings::id.eq(id)))
        .set(meetings::corrections.eq(Some(Json(corrections))))
        .execute_proven(conn)?;
    Ok(())
}

/// Cancels a meeting.
pub fn set_cancelled(conn: &mut Conn, id: MeetingId, reason: &str, now: Instant) -> Result<(), Error> {
    diesel::update(meetings::table.filter(meetings::id.eq(id)))
        .set((meetings::cancelled_at.eq(Some(now)), meetings::cancelled_reason.eq(Some(reason))))
        .execute_proven(conn)?;
    Ok(())
}

/// Takes an application off the list of a meeting.
pub fn delete_candidate(conn: &mut Conn, meeting: MeetingId, application: ApplicationId) -> Result<(), Error> {
    let of_meeting = meeting_candidates::table
        .filter(meeting_candidates::meeting_id.eq(meeting))
        .filter(meeting_candidates::application_id.eq(application));
    diesel::delete(of_meeting).execute_proven(conn)?;
    Ok(())
}

/// Takes the tallies of a meeting out: they do not stand on who was there.
pub fn clear_tallies(conn: &mut Conn, meeting: MeetingId) -> Result<(), Error> {
    diesel::update(meeting_candidates::table.filter(meeting_candidates::meeting_id.eq(meeting)))
        .set(meeting_candidates::tally.eq(None::<Json<Tally>>))
        .execute_proven(conn)?;
    Ok(())
}

/// The applications on the list of a meeting that wait for its vote, each with its applicant.
pub fn list_waiting(conn: &mut Conn, meeting: MeetingId) -> Result<Vec<(ApplicationId, AccountId)>, Error> {
    Ok(meeting_candidates::table
        .inner_join(applications::table.on(applications::id.eq(meeting_candidates::application_id)))
        .filter(meeting_candidates::meeting_id.eq(meeting))
        .filter(applications::stage.eq(Stage::InMeeting))
        .order(meeting_candidates::seq)
        .select((applications::id, applications::applicant_id))
        .load(conn)?)
}

/// Writes who was there.
pub fn set_attendance(conn: &mut Conn, id: MeetingId, attendance: Attendance) -> Result<(), Error> {
    diesel::update(meetings::table.filter(meetings::id.eq(id)))
        .set(meetings::attendance.eq(Some(Json(attendance))))
        .execute_proven(conn)?;
    Ok(())
}

/// Closes a meeting.
pub fn set_closed(conn: &mut Conn, id: MeetingId, now: Instant) -> Result<(), Error> {
    diesel::update(meetings::table.filter(meetings::id.eq(id))).set(meetings::closed_at.eq(Some(now))).execute_proven(conn)?;
    Ok(())
}

pub fn insert_candidate(
    conn: &mut Conn,
    meeting: MeetingId,
    application: ApplicationId,
    seq: i32,
    specialty: &str,
    level: Level,
) -> Result<(), Error> {
    diesel::insert_into(meeting_candidates::table)
        .values((
            meeting_candidates::meeting_id.eq(meeting),
            meeting_candidates::application_id.eq(application),
            meeting_candidates::seq.eq(seq),
            meeting_candidates::specialty.eq(specialty),
            meeting_candidates::level.eq(level),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Candidates of a meeting, in their order.
pub fn list_candidates(conn: &mut Conn, meeting: MeetingId) -> Result<Vec<CandidateRow>, Error> {
    Ok(meeting_candidates::table
        .filter(meeting_candidates::meeting_id.eq(meeting))
        .order(meeting_candidates::seq)
        .select(CandidateRow::as_select())
        .load(conn)?)
}

/// The one time that an application came before a meeting.
pub fn find_candidate_of(conn: &mut Conn, application: ApplicationId) -> Result<Option<CandidateRow>, Error> {
    Ok(meeting_candidates::table
        .filter(meeting_candidates::application_id.eq(application))
        .select(CandidateRow::as_select())
        .first(conn)
        .optional()?)
}

/// Writes a tally.
pub fn set_tally(conn: &mut Conn, meeting: MeetingId, application: ApplicationId, tally: Tally) -> Result<(), Error> {
    let of_meeting = meeting_candidates::table
        .filter(meeting_candidates::meeting_id.eq(meeting))
        .filter(meeting_candidates::application_id.eq(application));
    diesel::update(of_meeting).set(meeting_candidates::tally.eq(Some(Json(tally)))).execute_proven(conn)?;
    Ok(())
}

/// Writes what was decided.
pub fn set_ruling(conn: &mut Conn, meeting: MeetingId, ruling: &Ruling) -> Result<(), Error> {
    diesel::update(
        meeting_candidates::table
            .filter(meeting_candidates::meeting_id.eq(meeting))
            .filter(meeting_candidates::application_id.eq(ruling.id)),
    )
    .set((meeting_candidates::passed.eq(ruling.passed()), meeting_candidates::ruling.eq(Some(Json(ruling.clone())))))
    .execute_proven(conn)?;
    Ok(())
}

/// Candidates at these levels on whom closed meetings of a cycle have voted.
pub fn list_reviewed(conn: &mut Conn, cycle_id: &str, levels: &[Level]) -> Result<Vec<Reviewed>, Error> {
    let rows: Vec<(CandidateRow, Stage)> = meeting_candidates::table
        .inner_join(meetings::table)
        .inner_join(applications::table.on(applications::id.eq(meeting_candidates::application_id)))
        .filter(meetings::cycle_id.eq(cycle_id))
        .filter(meeting_candidates::ruling.is_not_null())
        // Whoever waits for a cap that an amendment has taken away is settled too.
        .filter(meeting_candidates::level.eq_any(levels.to_vec()).or(meeting_candidates::passed.is_null()))
        .select((CandidateRow::as_select(), applications::stage))
        .load(conn)?;
    let reviewed = |(row, stage): (CandidateRow, Stage)| {
        let Json(ruling) = row.ruling?;
        let present = !matches!(stage, Stage::Disqualified | Stage::Revoked);
        Some(Reviewed { meeting: row.meeting_id, specialty: row.specialty, level: row.level, ruling, present })
    };
    Ok(rows.into_iter().filter_map(reviewed).collect())
}

/// Meetings of a cycle that are not closed, and of whose candidates one still waits for the vote.
pub fn count_open(conn: &mut Conn, cycle_id: &str) -> Result<i64, Error> {
    let waiting = meeting_candidates::table
        .inner_join(applications::table.on(applications::id.eq(meeting_candidates::application_id)))
        .filter(meeting_candidates::meeting_id.eq(meetings::id))
        .filter(applications::stage.eq(Stage::InMeeting));
    let open = meetings::table.filter(meetings::cycle_id.eq(cycle_id)).filter(meetings::closed_at.is_null());
    Ok(open.filter(diesel::dsl::exists(waiting)).count().get_result(conn)?)
}

/// The settlement of a cycle's caps.
pub fn find_settlement(conn: &mut Conn, cycle_id: &str) -> Result<Option<SettlementRow>, Error> {
    Ok(cap_settlements::table
        .filter(cap_settlements::cycle_id.eq(cycle_id))
        .select(SettlementRow::as_select())
        .first(conn)
        .optional()?)
}

/// Writes a settlement; [`Error::Unique`] if the cycle has one.
pub fn insert_settlement(conn: &mut Conn, row: &SettlementRow) -> Result<(), Error> {
    diesel::insert_into(cap_settlements::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}
