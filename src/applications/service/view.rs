//! An application as the principal sees it now: what may be done and what stands against the rest, what runs out when.

use crate::accounts;
use crate::applications::error::Error;
use crate::applications::facts::{Situation, situation};
use crate::applications::record::{ApplicationRow, CorrectionRow};
use crate::applications::store;
use crate::context::Cx;
use title_review_core::cycles::deadlines::{Deadline, DeadlineKind};
use title_review_core::ids::{ApplicationId, StepId};
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
    /// What is the principal's to do at this stage, with what stands against it.
    pub actions: Vec<OpenAction>,
    /// Corrections of the last return that wait for an answer.
    pub open_corrections: Vec<CorrectionView>,
    /// What runs out when, the derived ones too.
    pub deadlines: Vec<Deadline>,
}

/// A correction as it stands now.
pub struct CorrectionView {
    /// Its row.
    pub row: CorrectionRow,
    /// It belongs to the last return and waits for an answer.
    pub open: bool,
}

/// The application as the principal sees it now.
pub fn load_view(cx: &mut Cx<'_>, row: ApplicationRow) -> Result<ApplicationView, Error> {
    let mut situation = situation(cx, row)?;
    if situation.rules_matter() {
        situation.ask_rules(cx)?;
    }
    let actions = workflow::open_actions(&situation.state, &situation.relation, &situation.facts);
    let row = &situation.row;
    let last_return = open_return(cx, row)?;
    let asked = if last_return.is_some() { store::list_corrections(cx.conn, row.id)? } else { Vec::new() };
    let mut open_corrections = correction_views(asked, last_return);
    open_corrections.retain(|correction| correction.open);
    let deadlines = deadlines_of(&situation)?;
    let employer_name = match row.employer_id {
        Some(id) => Some(accounts::find_organisation(cx, id)?.name),
        None => None,
    };
    let applicant_name = accounts::find_account(cx, row.applicant_id)?.name;
    Ok(ApplicationView { situation, applicant_name, employer_name, actions, open_corrections, deadlines })
}

/// Corrections of all returns of an application that the principal may read.
pub fn list_corrections(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Vec<CorrectionView>, Error> {
    let row = super::find(cx, id)?;
    let last_return = open_return(cx, &row)?;
    Ok(correction_views(store::list_corrections(cx.conn, row.id)?, last_return))
}

/// `last_return`: the return that waits for its answers, if one does.
fn correction_views(rows: Vec<CorrectionRow>, last_return: Option<StepId>) -> Vec<CorrectionView> {
    rows.into_iter().map(|row| CorrectionView { open: row.answer.is_none() && last_return == Some(row.step_id), row }).collect()
}

/// The return whose corrections wait for answers.
fn open_return(cx: &mut Cx<'_>, row: &ApplicationRow) -> Result<Option<StepId>, Error> {
    if row.stage != Stage::Returned {
        return Ok(None);
    }
    Ok(store::find_last_return(cx.conn, row.id)?.map(|(step, _, _)| step))
}

/// The deadlines that run for the application now, the derived ones too.
fn deadlines_of(situation: &Situation) -> Result<Vec<Deadline>, Error> {
    let row = &situation.row;
    let chain_asks_publicity = situation.state.chain.iter().any(|step| step.publicity);
    let before_publicity = matches!(row.stage, Stage::Draft | Stage::EmployerReview)
        || (row.stage == Stage::Returned && row.returned_by == Some(Stage::EmployerReview));
    let running = workflow::pending_lapse(&situation.state, &situation.facts.windows);
    let mut deadlines: Vec<Deadline> = situation
        .cycle
        .deadlines(&situation.extensions)?
        .into_iter()
        .filter(|deadline| match deadline.kind {
            DeadlineKind::EmployerPublicityLastStart => {
                chain_asks_publicity && before_publicity && !situation.state.reached_committee()
            }
            DeadlineKind::ApplicationCloses => running.is_some_and(|lapse| lapse.guard == Guard::ApplicationWindowOpen),
            DeadlineKind::PaymentCloses => running.is_some_and(|lapse| lapse.guard == Guard::PaymentInTime),
            DeadlineKind::FormalReviewCloses => {
                row.stage == Stage::FormalReview || running.is_some_and(|lapse| lapse.guard == Guard::ReviewWindowOpen)
            }
            // They are not this application's to meet, or are added below from its own row.
            DeadlineKind::ApplicationOpens | DeadlineKind::FormalReviewOpens | DeadlineKind::CorrectionDue => false,
        })
        .collect();
    if let Some(due) = row.correction_due.filter(|_| row.stage == Stage::Returned) {
        let definition = &situation.cycle.definition;
        let instant = due.to_utc().with_timezone(&definition.offset());
        deadlines.push(Deadline {
            kind: DeadlineKind::CorrectionDue,
            instant,
            zone: definition.zone.clone(),
            inclusive: false,
            date: definition.local_date(instant - chrono::TimeDelta::microseconds(1)),
            clause: definition.correction.clause.clone(),
            derived: true,
        });
    }
    Ok(deadlines)
}
