//! An application as the principal sees it now: what may be done and what stands against the rest, what runs out when.

use crate::accounts;
use crate::applications::error::Error;
use crate::applications::facts::{Found, Situation, employer_facts, situation};
use crate::applications::record::{ApplicationRow, CorrectionRow};
use crate::applications::store;
use crate::context::{Cx, Part};
use crate::db::Json;
use title_review_core::checks::EmployerChange;
use title_review_core::clock::Instant;
use title_review_core::cycles::deadlines::{Deadline, DeadlineKind};
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::Stage;
use title_review_core::workflow::{self, Guard, OpenAction};

/// An application with all that its principal is shown.
pub struct ApplicationView {
    /// The application, its cycle and where it stands.
    pub situation: Situation,
    /// Name of the applicant.
    pub applicant_name: String,
    /// Name of the employer.
    pub employer_name: Option<String>,
    /// What of the employer is otherwise than at the first submission.
    pub employer_changes: Vec<EmployerChange>,
    /// What is the principal's to do at this stage, with what stands against it.
    pub actions: Vec<OpenAction>,
    /// Corrections of the last return that wait for an answer.
    pub open_corrections: Vec<CorrectionView>,
    /// What runs out when, the derived ones too.
    pub deadlines: Vec<Deadline>,
}

impl ApplicationView {
    /// First instant at which time alone shows something else: a window opens or closes, a deadline passes, a meeting begins, or a day begins, for ages, years of service,
    /// publicity and sanctions are counted by days.
    #[must_use]
    pub fn holds_until(&self, now: Instant) -> Instant {
        let Situation { row, cycle, facts, .. } = &self.situation;
        let definition = &cycle.definition;
        let midnight = Instant::from_utc(definition.end_of_day(definition.local_date(now.to_utc())).to_utc());
        let windows = &facts.windows;
        let instants = [
            Some(midnight),
            Some(windows.application.opens),
            Some(windows.application.end),
            Some(windows.review.opens),
            Some(windows.review.end),
            Some(windows.payment_end),
            Some(windows.booking_end),
            row.lapse_at,
            row.correction_due,
            facts.meeting_at,
        ];
        let deadlines = self.deadlines.iter().map(|deadline| Instant::from_utc(deadline.instant.to_utc()));
        instants.into_iter().flatten().chain(deadlines).filter(|at| *at > now).min().unwrap_or(midnight)
    }

    /// What the view was read from, beside what everybody depends on.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let row = &self.situation.row;
        vec![Part::Application(row.id), Part::Dossier(row.id), Part::Evidence(row.id), Part::Person(row.applicant_id)]
    }
}

/// A correction as it stands now.
pub struct CorrectionView {
    /// Its row.
    pub row: CorrectionRow,
    /// It belongs to the last return and waits for an answer.
    pub open: bool,
}

/// The application as the principal sees it now.
pub fn load_view(cx: &mut Cx<'_>, found: impl Into<Found>) -> Result<ApplicationView, Error> {
    let found = found.into();
    let (known_name, known_employer) = (found.applicant_name.clone(), found.employer_name.clone());
    let mut situation = situation(cx, found)?;
    if situation.rules_matter() {
        situation.ask_rules(cx)?;
    }
    let actions = workflow::open_actions(&situation.state, &situation.relation, &situation.facts);
    let row = &situation.row;
    let asked = std::mem::take(&mut situation.corrections).into_iter().filter(|row| row.answer.is_none());
    let open_corrections = asked.map(|row| CorrectionView { row, open: true }).collect();
    let deadlines = deadlines_of(&situation)?;
    let employer_name = match row.employer_id {
        _ if known_employer.is_some() => known_employer,
        Some(id) => Some(accounts::find_organisation(cx, id)?.name),
        None => None,
    };
    let applicant_name = match known_name {
        Some(name) => name,
        None => accounts::find_account(cx, row.applicant_id)?.name,
    };
    let employer_changes = employer_changes(cx, &situation.row)?;
    Ok(ApplicationView { situation, applicant_name, employer_name, employer_changes, actions, open_corrections, deadlines })
}

/// What of the employer is otherwise than at the first submission.
pub(super) fn employer_changes(cx: &mut Cx<'_>, row: &ApplicationRow) -> Result<Vec<EmployerChange>, Error> {
    Ok(match (&row.employer_facts, row.employer_id) {
        (Some(Json(then)), Some(id)) => then.changes(&employer_facts(&accounts::find_organisation(cx, id)?)),
        _ => Vec::new(),
    })
}

/// Corrections of all returns of an application that the principal may read.
pub fn list_corrections(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Vec<CorrectionView>, Error> {
    let row = super::find(cx, id)?;
    let rows = store::list_corrections(cx.conn, row.id)?;
    // Only the last return waits for answers; ids rise, and each return names corrections.
    let last_return = rows.last().filter(|_| row.stage == Stage::Returned).map(|last| last.step_id);
    let view = |row: CorrectionRow| CorrectionView { open: row.answer.is_none() && last_return == Some(row.step_id), row };
    Ok(rows.into_iter().map(view).collect())
}

/// The deadlines that run for the application now, the derived ones too.
fn deadlines_of(situation: &Situation) -> Result<Vec<Deadline>, Error> {
    let row = &situation.row;
    let chain = &situation.state.chain;
    let place = |id| chain.iter().position(|step| Some(step.id) == id);
    // Publicities still run at the step that has the application, or to which it goes back, and at later ones.
    let next_step = if row.stage == Stage::Draft { Some(0) } else { place(row.step.or(row.returned_by)) };
    let to_come = next_step.filter(|_| !situation.state.reached_committee()).map_or(&[][..], |next| &chain[next..]);
    let definition = &situation.cycle.definition;
    let publicities: Vec<_> =
        to_come.iter().filter_map(|step| definition.publicity_of(row.chain_step(definition, step.id)?)).collect();
    let running = workflow::pending_lapse(&situation.state, &situation.facts.windows);
    let mut deadlines: Vec<Deadline> = situation
        .cycle
        .deadlines(&situation.extensions)?
        .into_iter()
        .filter(|deadline| match deadline.kind {
            DeadlineKind::ApplicationCloses => running.is_some_and(|lapse| lapse.guard == Guard::ApplicationWindowOpen),
            DeadlineKind::PaymentCloses | DeadlineKind::BookingCloses => {
                running.is_some_and(|lapse| lapse.guard == Guard::PaymentInTime)
            }
            DeadlineKind::FormalReviewCloses => {
                row.stage == Stage::FormalReview || running.is_some_and(|lapse| lapse.guard == Guard::ReviewWindowOpen)
            }
            // They are not this application's to meet, or are added below from its own row.
            DeadlineKind::ApplicationOpens
            | DeadlineKind::FormalReviewOpens
            | DeadlineKind::PublicityLastStart
            | DeadlineKind::CorrectionDue => false,
        })
        .collect();
    deadlines.extend(situation.cycle.publicity_deadline(&situation.extensions, &publicities)?);
    if let Some(due) = row.correction_due.filter(|_| row.stage == Stage::Returned) {
        let definition = &situation.cycle.definition;
        let instant = due.to_utc().with_timezone(&definition.offset());
        deadlines.push(Deadline {
            kind: DeadlineKind::CorrectionDue,
            instant,
            zone: definition.zone.clone(),
            inclusive: false,
            date: definition.last_day_before(instant),
            clause: definition.correction.clause.clone(),
            derived: true,
        });
    }
    Ok(deadlines)
}
