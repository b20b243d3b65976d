//! What a client is shown of an application: where it stands, what may be done now and what stands against the rest, what runs out when.

use crate::accounts;
use crate::app::Cx;
use crate::applications::facts::{Situation, situation};
use crate::applications::record::{ApplicationRow, CorrectionKind, CorrectionRow, Error, SummaryRow};
use crate::applications::store;
use crate::http::Resource;
use crate::records::orders::Money;
use serde::Serialize;
use title_review_core::clock::Instant;
use title_review_core::cycles::deadlines::{Deadline, DeadlineKind};
use title_review_core::ids::{AccountId, ApplicationId, CorrectionId, OrganisationId, StepId};
use title_review_core::vocabulary::{Action, Level, LevelGroup, Stage};
use title_review_core::workflow::{self, Guard};
use utoipa::ToSchema;

/// An application in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationSummary {
    /// Its id.
    pub id: ApplicationId,
    /// Whose.
    pub applicant_id: AccountId,
    /// Of which cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// Track id.
    #[schema(example = "directed")]
    pub track: String,
    /// Specialty id.
    #[schema(example = "surveying")]
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Where it stands.
    #[schema(extensions(("x-extensible-enum" = json!([]))))]
    pub stage: Stage,
    /// Since when.
    pub stage_since: Instant,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
    /// County whose service reviews.
    pub county: Option<String>,
    /// How often it has reached the committee.
    pub committee_submissions: i32,
    /// First instant at which a deadline ends it by itself.
    pub lapse_at: Option<Instant>,
    /// When it was first submitted.
    pub submitted_at: Option<Instant>,
    /// Rises with each change.
    pub version: i64,
}

impl From<SummaryRow> for ApplicationSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: row.id,
            applicant_id: row.applicant_id,
            cycle_id: row.cycle_id,
            track: row.track,
            specialty: row.specialty,
            level: row.level,
            stage: row.stage,
            stage_since: row.stage_since,
            employer_id: row.employer_id,
            county: row.county,
            committee_submissions: row.committee_submissions,
            lapse_at: row.lapse_at,
            submitted_at: row.submitted_at,
            version: row.version,
        }
    }
}

/// Why an action cannot be done now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason {
    /// Stable code, of the problem table.
    #[schema(example = "publicity_incomplete")]
    pub code: String,
    /// Clause it comes from.
    pub clause: Option<String>,
    /// The reason in Chinese.
    pub zh: String,
    /// The reason in English.
    pub en: String,
}

/// An action that is the principal's at this stage, but not possible now.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockedAction {
    /// The action.
    pub action: Action,
    /// Everything against it.
    pub reasons: Vec<Reason>,
}

/// A correction asked for by a return.
#[derive(Debug, Serialize, ToSchema)]
pub struct Correction {
    /// Its id.
    pub id: CorrectionId,
    /// Field or evidence it is about, a JSON pointer.
    #[schema(example = "/profile/study_records/0")]
    pub pointer: String,
    /// Clause it rests on.
    #[schema(example = "4.2.4a")]
    pub clause: String,
    /// What to correct.
    pub detail: String,
    /// Why it is asked for now.
    pub kind: CorrectionKind,
    /// Why it was not told earlier.
    pub why_late: Option<String>,
    /// The applicant's answer.
    pub answer: Option<String>,
    /// When it was answered.
    pub answered_at: Option<Instant>,
    /// It belongs to the last return and waits for an answer.
    pub open: bool,
}

impl Correction {
    /// `open_step` is the return that waits for its answers, if one does.
    pub(super) fn of(row: CorrectionRow, open_step: Option<StepId>) -> Self {
        let open = row.answer.is_none() && open_step == Some(row.step_id);
        Self {
            id: row.id,
            pointer: row.pointer,
            clause: row.clause,
            detail: row.detail,
            kind: row.kind,
            why_late: row.why_late,
            answer: row.answer,
            answered_at: row.answered_at,
            open,
        }
    }
}

/// An application.
#[derive(Debug, Serialize, ToSchema)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Whose.
    pub applicant_id: AccountId,
    /// Name of the applicant.
    pub applicant_name: String,
    /// Of which cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// Version of the definition it was filed under.
    pub cycle_version: i32,
    /// Year of the cycle.
    pub year: i32,
    /// Track id.
    #[schema(example = "directed")]
    pub track: String,
    /// Series id.
    #[schema(example = "engineering")]
    pub series: String,
    /// Specialty id.
    #[schema(example = "surveying")]
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Group of the level.
    pub level_group: LevelGroup,
    /// Fee of the level (4.6).
    pub fee: Option<Money>,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
    /// Its name.
    pub employer_name: Option<String>,
    /// Supervising department, when it reviews.
    pub department_id: Option<OrganisationId>,
    /// County whose service reviews.
    pub county: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// Since when.
    pub stage_since: Instant,
    /// Stages of its chain, in order.
    pub chain: Vec<Stage>,
    /// The stage that returned it, until it is resubmitted.
    pub returned_by: Option<Stage>,
    /// How often it has reached the committee.
    pub committee_submissions: i32,
    /// How often it may (4.2.1b).
    pub max_committee_submissions: u32,
    /// Corrections of the last return that wait for an answer.
    pub open_corrections: Vec<Correction>,
    /// When the commitment was signed for the dossier as it is (A3).
    pub commitment_at: Option<Instant>,
    /// The fee is paid.
    pub paid: bool,
    /// When it was first submitted.
    pub submitted_at: Option<Instant>,
    /// When it first reached the committee.
    pub reached_committee_at: Option<Instant>,
    /// What the principal may do now.
    pub allowed_actions: Vec<Action>,
    /// What is the principal's to do at this stage, and what stands against it now.
    pub blocked_actions: Vec<BlockedAction>,
    /// What runs out when, the derived ones too.
    pub deadlines: Vec<Deadline>,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for Application {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/applications/{}", self.id))
    }
}

/// The application as the principal sees it now.
pub fn application_view(cx: &mut Cx<'_>, row: ApplicationRow) -> Result<Application, Error> {
    let mut situation = situation(cx, row)?;
    if situation.rules_matter() {
        situation.ask_rules(cx)?;
    }
    let open = workflow::open_actions(&situation.state, &situation.relation, &situation.facts);
    let (allowed, blocked): (Vec<_>, Vec<_>) = open.into_iter().partition(|open| open.refusals.is_empty());
    let row = situation.row.clone();
    let open_step = open_return(cx, &row)?;
    let asked = if open_step.is_some() { store::list_corrections(cx.conn, row.id)? } else { Vec::new() };
    let open_corrections =
        asked.into_iter().map(|correction| Correction::of(correction, open_step)).filter(|correction| correction.open).collect();
    let deadlines = deadlines_of(&situation)?;
    let employer = match row.employer_id {
        Some(id) => Some(accounts::find_organisation(cx, id).map_err(crate::problem::Problem::from)?),
        None => None,
    };
    let account = accounts::find_account(cx, row.applicant_id).map_err(crate::problem::Problem::from)?;
    Ok(Application {
        id: row.id,
        applicant_id: row.applicant_id,
        applicant_name: account.name,
        cycle_version: row.cycle_version,
        year: row.year,
        level_group: row.level.group(),
        fee: situation
            .cycle
            .definition
            .fee(row.level)
            .map(|amount_minor| Money { amount_minor, currency: situation.cycle.definition.fees.currency.clone() }),
        employer_id: row.employer_id,
        employer_name: employer.map(|employer| employer.name),
        department_id: row.department_id,
        county: row.county,
        chain: situation.state.chain.iter().map(|step| step.stage).collect(),
        returned_by: row.returned_by,
        committee_submissions: row.committee_submissions,
        max_committee_submissions: situation.state.max_committee_submissions,
        open_corrections,
        commitment_at: row.commitment_at,
        paid: row.paid,
        submitted_at: row.submitted_at,
        reached_committee_at: row.reached_committee_at,
        allowed_actions: allowed.into_iter().map(|open| open.action).collect(),
        blocked_actions: blocked
            .into_iter()
            .map(|open| BlockedAction {
                action: open.action,
                reasons: open
                    .refusals
                    .into_iter()
                    .map(|refusal| refusal.of_cycle(&situation.cycle.definition))
                    .map(|refusal| Reason {
                        code: refusal.code().to_owned(),
                        clause: refusal.clause().map(str::to_owned),
                        zh: refusal.zh(),
                        en: refusal.en(),
                    })
                    .collect(),
            })
            .collect(),
        deadlines,
        cycle_id: row.cycle_id,
        track: row.track,
        series: row.series,
        specialty: row.specialty,
        level: row.level,
        stage: row.stage,
        stage_since: row.stage_since,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

/// The return whose corrections wait for answers.
pub(super) fn open_return(cx: &mut Cx<'_>, row: &ApplicationRow) -> Result<Option<StepId>, Error> {
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
            DeadlineKind::FormalReviewCloses => row.stage == Stage::FormalReview,
            _ => false,
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
