//! What a client is shown of an application: where it stands, what may be done now and what stands against the rest, what runs out when.

use crate::applications::error::Error;
use crate::applications::facts::{Found, Situation};
use crate::applications::record::{CorrectionKind, SummaryRow};
use crate::applications::service::{self, ApplicationView, CorrectionView};
use crate::context::Cx;
use crate::http::Resource;
use crate::records::orders::Money;
use serde::Serialize;
use title_review_core::checks::EmployerChange;
use title_review_core::clock::Instant;
use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::deadlines::Deadline;
use title_review_core::cycles::definition::{ChainStep, StepPlace};
use title_review_core::ids::{AccountId, ApplicationId, CorrectionId, OrganisationId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{Action, Level, LevelGroup, Stage};
use title_review_core::workflow::{OpenAction, Refusal};
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
    /// Step of the chain, while one of its reviewers has it.
    pub step: Option<ChainStepId>,
    /// Since when.
    pub stage_since: Instant,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
    /// County it belongs to (GB/T 2260); the prefecture where it belongs to none of its counties.
    pub county: Option<String>,
    /// How often it has reached the committee.
    pub committee_submissions: i32,
    /// First instant at which a deadline ends it by itself.
    pub lapse_at: Option<Instant>,
    /// First instant at which the window for formal review is over for it, while it waits there (2.2).
    pub decide_by: Option<Instant>,
    /// Since when it stands undecided after that.
    pub undecided_since: Option<Instant>,
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
            step: row.step,
            stage_since: row.stage_since,
            employer_id: row.employer_id,
            county: row.county,
            committee_submissions: row.committee_submissions,
            lapse_at: row.lapse_at,
            decide_by: row.decide_by,
            undecided_since: row.undecided_at,
            submitted_at: row.submitted_at,
            version: row.version,
        }
    }
}

/// Why an action cannot be done now.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockedReason {
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
    pub reasons: Vec<BlockedReason>,
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

impl From<CorrectionView> for Correction {
    fn from(CorrectionView { row, open }: CorrectionView) -> Self {
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

/// A step of an application's chain, as the cycle names it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationStep {
    /// Its id.
    pub id: ChainStepId,
    /// Its name.
    #[schema(example = "用人单位审核")]
    pub name: String,
    /// Its name in English.
    #[schema(example = "employer's review")]
    pub name_en: String,
    /// Which organisation reviews.
    pub place: StepPlace,
    /// Clause it comes from.
    #[schema(example = "4.1b")]
    pub clause: String,
}

impl From<&ChainStep> for ApplicationStep {
    fn from(step: &ChainStep) -> Self {
        Self { id: step.id, name: step.name.clone(), name_en: step.name_en.clone(), place: step.place, clause: step.clause.clone() }
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
    /// Version of the definition by which it is judged: the newest until the first submission, then that of the first submission.
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
    /// What of the employer is otherwise now than at the first submission, by which the application is judged (1.2a).
    pub employer_changes: Vec<EmployerChange>,
    /// Supervising department, when it reviews.
    pub department_id: Option<OrganisationId>,
    /// County it belongs to (GB/T 2260); the prefecture where it belongs to none of its counties.
    pub county: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// Step of the chain, while one of its reviewers has it.
    pub step: Option<ChainStepId>,
    /// Since when.
    pub stage_since: Instant,
    /// Since when it stands undecided in formal review, whose window is over (2.2): it waits for an extension.
    pub undecided_since: Option<Instant>,
    /// Reviewers that it meets, in order.
    pub chain: Vec<ApplicationStep>,
    /// The step that returned it, until it is resubmitted.
    pub returned_by: Option<ChainStepId>,
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

impl From<ApplicationView> for Application {
    fn from(view: ApplicationView) -> Self {
        let Situation { row, cycle, state, facts, .. } = view.situation;
        let undecided = row.stage == Stage::FormalReview && facts.now >= facts.windows.review.end;
        let definition = &cycle.definition;
        let step = row.present_step(definition);
        let chain = state.chain.iter().filter_map(|step| row.chain_step(definition, step.id)).map(ApplicationStep::from).collect();
        let (allowed, blocked): (Vec<_>, Vec<_>) = view.actions.into_iter().partition(|open| open.refusals.is_empty());
        Self {
            id: row.id,
            applicant_id: row.applicant_id,
            applicant_name: view.applicant_name,
            cycle_version: row.cycle_version,
            year: row.year,
            level_group: row.level.group(),
            fee: definition.fee(row.level).map(|amount_minor| Money { amount_minor, currency: definition.fees.currency.clone() }),
            employer_id: row.employer_id,
            employer_name: view.employer_name,
            employer_changes: view.employer_changes,
            department_id: row.department_id,
            county: row.county,
            chain,
            returned_by: row.returned_by,
            committee_submissions: row.committee_submissions,
            max_committee_submissions: state.max_committee_submissions,
            open_corrections: view.open_corrections.into_iter().map(Correction::from).collect(),
            commitment_at: row.commitment_at,
            paid: row.paid,
            submitted_at: row.submitted_at,
            reached_committee_at: row.reached_committee_at,
            allowed_actions: allowed.into_iter().map(|open| open.action).collect(),
            blocked_actions: blocked.into_iter().map(|open| BlockedAction::of(open, definition, step)).collect(),
            deadlines: view.deadlines,
            cycle_id: row.cycle_id,
            track: row.track,
            series: row.series,
            specialty: row.specialty,
            level: row.level,
            stage: row.stage,
            step: row.step,
            stage_since: row.stage_since,
            undecided_since: undecided.then_some(facts.windows.review.end),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

impl BlockedAction {
    fn of(open: OpenAction, definition: &CycleDefinition, step: Option<&ChainStep>) -> Self {
        let reason = |refusal: Refusal| {
            let refusal = refusal.of_cycle(definition, step);
            BlockedReason {
                code: refusal.code().to_owned(),
                clause: refusal.clause().map(str::to_owned),
                zh: refusal.zh(),
                en: refusal.en(),
            }
        };
        Self { action: open.action, reasons: open.refusals.into_iter().map(reason).collect() }
    }
}

/// The application as the principal sees it now.
pub fn application_view(cx: &mut Cx<'_>, found: impl Into<Found>) -> Result<Application, Error> {
    service::load_view(cx, found).map(Application::from)
}
