//! Rows of a meeting.

use super::model::{Attendance, Leader, MeetingCorrection, Ruling, RulingReason, Schedule, Tally};
use crate::db::Json;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, MeetingId, OrganisationId};
use title_review_core::vocabulary::{Level, LevelGroup};

title_review_core::text_column!(Leader, RulingReason);

/// A meeting.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = crate::db::schema::meetings, treat_none_as_default_value = false)]
pub struct MeetingRow {
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
    /// Highest level group that it reviews (R2).
    pub level_group: LevelGroup,
    /// When it is to be held.
    pub scheduled_at: Instant,
    /// Where.
    pub place: String,
    /// Members of the committee.
    pub members: i32,
    /// Chair (R9: not published).
    pub chair: String,
    /// Deputy chairs (R9: not published).
    pub deputies: Json<Vec<String>>,
    /// Who was there; null until it is recorded.
    pub attendance: Option<Json<Attendance>>,
    /// When it was closed; null while it is open.
    pub closed_at: Option<Instant>,
    /// Rises with each change to the meeting, its candidates and tallies; the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What was corrected of it, oldest first; null: nothing.
    pub corrections: Option<Json<Vec<MeetingCorrection>>>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Why.
    pub cancelled_reason: Option<String>,
}

impl MeetingRow {
    /// Members, as a count.
    #[must_use]
    pub fn member_count(&self) -> usize {
        usize::try_from(self.members).unwrap_or(0)
    }

    /// When and where it is held.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule { scheduled_at: self.scheduled_at, place: self.place.clone() }
    }

    /// Members present; `None` until the attendance is recorded.
    #[must_use]
    pub fn present(&self) -> Option<u16> {
        self.attendance.as_ref().map(|Json(attendance)| attendance.present)
    }
}

/// An application before a meeting.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::meeting_candidates)]
pub struct CandidateRow {
    /// Which meeting.
    pub meeting_id: MeetingId,
    /// Which application.
    pub application_id: ApplicationId,
    /// Number within the meeting, from 1.
    pub seq: i32,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// The vote; null until it is recorded.
    pub tally: Option<Json<Tally>>,
    /// Whether it passed; null until the meeting is closed, and for one that left before.
    pub passed: Option<bool>,
    /// Why, with the arithmetic.
    pub ruling: Option<Json<Ruling>>,
}

/// The settlement of the caps of a cycle (4.8).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = crate::db::schema::cap_settlements, treat_none_as_default_value = false)]
pub struct SettlementRow {
    /// Of which cycle.
    pub cycle_id: String,
    /// Who settled them.
    pub settled_by: AccountId,
    /// When.
    pub settled_at: Instant,
    /// Applications at capped levels that were still under way: they were left out.
    pub left_out: i64,
}
