//! The one statement that moves an application.

use crate::applications::record::ApplicationRow;
use crate::db::schema::applications;
use crate::db::{Conn, Error, ExecuteProven as _, Json};
use diesel::prelude::*;
use title_review_core::checks::EmployerFacts;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::Stage;
use title_review_core::workflow::Arrival;

/// The columns that a transition writes.
pub struct Moved {
    pub stage: Stage,
    pub step: Option<ChainStepId>,
    pub turn: Option<String>,
    pub live: bool,
    pub returned_by: Option<ChainStepId>,
    pub committee_submissions: i32,
    pub correction_due: Option<Instant>,
    pub uncounted_since: Option<Instant>,
    pub short_return_at: Option<Instant>,
    pub paid: bool,
    pub lapse_at: Option<Instant>,
    pub decide_by: Option<Instant>,
    pub submitted_at: Option<Instant>,
    pub reached_committee_at: Option<Instant>,
    pub stage_since: Instant,
    pub arrival: Option<Arrival>,
    pub came_actor: Option<AccountId>,
    pub cycle_version: i32,
    /// What the first submission takes over, or a recall of it gives up; none at any other act.
    pub taken_over: Option<TakenOver>,
}

/// What an application takes over from its employer with the first submission; nothing once that is recalled.
pub struct TakenOver {
    pub employer: Option<Json<EmployerFacts>>,
}

impl Moved {
    /// The row as [`set_stage`] leaves it.
    pub fn applied_to(&self, row: &ApplicationRow, now: Instant) -> ApplicationRow {
        ApplicationRow {
            stage: self.stage,
            step: self.step,
            turn: self.turn.clone(),
            live: self.live,
            returned_by: self.returned_by,
            committee_submissions: self.committee_submissions,
            correction_due: self.correction_due,
            uncounted_since: self.uncounted_since,
            short_return_at: self.short_return_at,
            paid: self.paid,
            lapse_at: self.lapse_at,
            decide_by: self.decide_by,
            undecided_at: None,
            submitted_at: self.submitted_at,
            reached_committee_at: self.reached_committee_at,
            stage_since: self.stage_since,
            came_by: self.arrival.map(|arrival| arrival.action),
            came_from_stage: self.arrival.map(|arrival| arrival.from.stage),
            came_from_step: self.arrival.and_then(|arrival| arrival.from.step),
            came_actor: self.came_actor,
            untouched: self.arrival.is_none_or(|arrival| arrival.untouched),
            cycle_version: self.cycle_version,
            employer_facts: match &self.taken_over {
                Some(taken) => taken.employer.clone(),
                None => row.employer_facts.clone(),
            },
            version: row.version + 1,
            updated_at: now,
            ..row.clone()
        }
    }
}

/// The one statement that changes a stage: only from the stage and version that were judged. Zero rows: somebody else was first.
pub(in crate::applications) fn set_stage(
    conn: &mut Conn,
    row: &ApplicationRow,
    moved: &Moved,
    now: Instant,
) -> Result<bool, Error> {
    let changed = diesel::update(
        applications::table
            .filter(applications::id.eq(row.id))
            .filter(applications::stage.eq(row.stage))
            .filter(applications::version.eq(row.version)),
    )
    .set((
        applications::stage.eq(moved.stage),
        applications::step.eq(moved.step),
        applications::turn.eq(&moved.turn),
        applications::live.eq(moved.live),
        applications::returned_by.eq(moved.returned_by),
        applications::committee_submissions.eq(moved.committee_submissions),
        applications::correction_due.eq(moved.correction_due),
        applications::paid.eq(moved.paid),
        applications::lapse_at.eq(moved.lapse_at),
        applications::submitted_at.eq(moved.submitted_at),
        applications::reached_committee_at.eq(moved.reached_committee_at),
        (
            applications::uncounted_since.eq(moved.uncounted_since),
            applications::short_return_at.eq(moved.short_return_at),
            applications::decide_by.eq(moved.decide_by),
            applications::undecided_at.eq(None::<Instant>),
            applications::stage_since.eq(moved.stage_since),
            applications::came_by.eq(moved.arrival.map(|arrival| arrival.action)),
            applications::came_from_stage.eq(moved.arrival.map(|arrival| arrival.from.stage)),
            applications::came_from_step.eq(moved.arrival.and_then(|arrival| arrival.from.step)),
            applications::came_actor.eq(moved.came_actor),
            applications::untouched.eq(moved.arrival.is_none_or(|arrival| arrival.untouched)),
        ),
        // What follows the employer and the cycle is taken over by the first submission, and by a transfer to another employer.
        moved.taken_over.as_ref().map(|taken| {
            (
                applications::cycle_version.eq(moved.cycle_version),
                applications::employer_facts.eq(&taken.employer),
                applications::employer_id.eq(row.employer_id),
                applications::department_id.eq(row.department_id),
                applications::county.eq(&row.county),
                applications::prefecture.eq(&row.prefecture),
                applications::regional_kinds.eq(&row.regional_kinds),
            )
        }),
        applications::version.eq(row.version + 1),
        applications::updated_at.eq(now),
    ))
    .execute_proven(conn)?;
    Ok(changed == 1)
}
