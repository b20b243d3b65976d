//! Rows of an application.

use super::turn::RegionalKinds;
use crate::db::Json;
use crate::records::Subject;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use title_review_core::checks::EmployerFacts;
use title_review_core::clock::Instant;
use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::definition::ChainStep;
use title_review_core::ids::{AccountId, ApplicationId, CorrectionId, OrganisationId, StepId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::profiles::Profile;
use title_review_core::vocabulary::{Action, Level, Role, Stage};

title_review_core::wire_enum! {
    /// Why a correction is asked for (R1).
    CorrectionKind {
        New = "new", "新问题", "new: what it is about was changed or added since";
        Uncorrected = "uncorrected", "未改正", "told before and not corrected";
        ToldLate = "told_late", "补充说明", "could have been told earlier; says why it was not";
    }
}

title_review_core::text_column!(CorrectionKind);

/// An application without its dossier.
#[derive(Debug, Clone, Queryable)]
pub struct ApplicationRow {
    /// Its id.
    pub id: ApplicationId,
    /// Whose.
    pub applicant_id: AccountId,
    /// Of which cycle.
    pub cycle_id: String,
    /// Under which version of its definition.
    pub cycle_version: i32,
    /// Year of the cycle (4.1d).
    pub year: i32,
    /// Track id.
    pub track: String,
    /// Series id.
    pub series: String,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Where it stands.
    pub stage: Stage,
    /// Step of the chain, while one of its reviewers has it.
    pub step: Option<ChainStepId>,
    /// Whose turn it is at that step, as `turn.rs` writes it.
    pub turn: Option<String>,
    /// Takes the place of its person and year (4.1d): all but withdrawn ones do.
    pub live: bool,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
    /// Supervising department of the employer, when the chain has its step.
    pub department_id: Option<OrganisationId>,
    /// GB/T 2260 code of the county it belongs to; of the prefecture where it belongs to none of its counties.
    pub county: Option<String>,
    /// GB/T 2260 code of the prefecture it belongs to.
    pub prefecture: Option<String>,
    /// Kinds of organisation that review it for their region.
    pub regional_kinds: RegionalKinds,
    /// The committee of its cycle.
    pub committee_id: Option<OrganisationId>,
    /// The step that returned it, until it is resubmitted.
    pub returned_by: Option<ChainStepId>,
    /// How often it has reached the committee.
    pub committee_submissions: i32,
    /// First instant at which a correction for the committee is late.
    pub correction_due: Option<Instant>,
    /// Since when its next submission to the committee does not count: a correction was told late (R1), or a transfer took it from the committee.
    pub uncounted_since: Option<Instant>,
    /// When the committee last returned it with less time to correct than the notice gives (4.2.1b).
    pub short_return_at: Option<Instant>,
    /// Its order is paid.
    pub paid: bool,
    /// First instant at which a deadline ends it by itself.
    pub lapse_at: Option<Instant>,
    /// When the commitment was signed.
    pub commitment_at: Option<Instant>,
    /// When it was first submitted.
    pub submitted_at: Option<Instant>,
    /// When it first reached the committee.
    pub reached_committee_at: Option<Instant>,
    /// Since when it is in its stage, and at its step.
    pub stage_since: Instant,
    /// By which action it came there; none for a draft.
    pub came_by: Option<Action>,
    /// From which stage.
    pub came_from_stage: Option<Stage>,
    /// From which step of the chain.
    pub came_from_step: Option<ChainStepId>,
    /// By whose act; none for the system.
    pub came_actor: Option<AccountId>,
    /// Nobody has done anything about it since.
    pub untouched: bool,
    /// Rises with each change; the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Its employer as it was when the application was first submitted; none before.
    pub employer_facts: Option<Json<EmployerFacts>>,
    /// First instant at which the window for formal review is over for it, while it waits there.
    pub decide_by: Option<Instant>,
    /// Since when it stands undecided after that.
    pub undecided_at: Option<Instant>,
}

impl ApplicationRow {
    /// A step of the chain of its track; `None` for an id that the track does not have.
    #[must_use]
    pub fn chain_step<'a>(&self, cycle: &'a CycleDefinition, id: ChainStepId) -> Option<&'a ChainStep> {
        cycle.track(&self.track)?.step(id)
    }

    /// The step of the chain at which it waits for a reviewer.
    #[must_use]
    pub fn present_step<'a>(&self, cycle: &'a CycleDefinition) -> Option<&'a ChainStep> {
        self.chain_step(cycle, self.step?)
    }

    /// The step of the chain from which it came where it stands.
    #[must_use]
    pub fn step_before<'a>(&self, cycle: &'a CycleDefinition) -> Option<&'a ChainStep> {
        self.chain_step(cycle, self.came_from_step?)
    }

    /// The application as the records about it need it; `cycle` is the definition that it was filed under.
    #[must_use]
    pub fn subject<'a>(&'a self, cycle: &'a CycleDefinition) -> Subject<'a> {
        Subject {
            id: self.id,
            applicant_id: self.applicant_id,
            cycle_id: &self.cycle_id,
            cycle_version: self.cycle_version,
            cycle,
            track: &self.track,
            series: &self.series,
            specialty: &self.specialty,
            level: self.level,
            stage: self.stage,
            stage_since: self.stage_since,
            employer_id: self.employer_id,
            committee_id: self.committee_id,
        }
    }
}

/// Where an application goes on its way, worked out from its employer.
#[derive(Debug)]
pub struct Route {
    /// Supervising department of the employer, when the chain has its step.
    pub department_id: Option<OrganisationId>,
    /// GB/T 2260 code of the county whose service reviews.
    pub county: Option<String>,
    /// GB/T 2260 code of the prefecture whose service reviews.
    pub prefecture: Option<String>,
    /// Kinds of organisation that review it for their region.
    pub regional_kinds: RegionalKinds,
}

/// An application as a list shows it.
#[derive(Debug, Clone, Queryable)]
pub struct SummaryRow {
    /// Its id.
    pub id: ApplicationId,
    /// Whose.
    pub applicant_id: AccountId,
    /// Of which cycle.
    pub cycle_id: String,
    /// Track id.
    pub track: String,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Where it stands.
    pub stage: Stage,
    /// Step of the chain, while one of its reviewers has it.
    pub step: Option<ChainStepId>,
    /// Since when it is there.
    pub stage_since: Instant,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
    /// GB/T 2260 code of the county it belongs to; of the prefecture where it belongs to none of its counties.
    pub county: Option<String>,
    /// How often it has reached the committee.
    pub committee_submissions: i32,
    /// First instant at which a deadline ends it by itself.
    pub lapse_at: Option<Instant>,
    /// First instant at which the window for formal review is over for it, while it waits there.
    pub decide_by: Option<Instant>,
    /// Since when it stands undecided after that.
    pub undecided_at: Option<Instant>,
    /// When it was first submitted.
    pub submitted_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

/// What reviewers and experts judge: the profile as it was when the application was last edited or submitted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dossier {
    /// Snapshot of the profile.
    pub profile: Profile,
    /// Version of the profile that was taken over.
    pub profile_version: i64,
}

/// A step of the history.
#[derive(Debug, Clone, Queryable)]
pub struct StepRow {
    /// Its id.
    pub id: StepId,
    /// Of which application.
    pub application_id: ApplicationId,
    /// Number within the application, from 1.
    pub seq: i32,
    /// When.
    pub at: Instant,
    /// What.
    pub action: Action,
    /// From where.
    pub from_stage: Stage,
    /// From which step of the chain.
    pub from_step: Option<ChainStepId>,
    /// To where; the same for an act that does not move it.
    pub to_stage: Stage,
    /// To which step of the chain.
    pub to_step: Option<ChainStepId>,
    /// By whom; null for the system.
    pub actor_id: Option<AccountId>,
    /// In which role.
    pub actor_role: Option<Role>,
    /// For which organisation.
    pub organisation_id: Option<OrganisationId>,
    /// By which clause.
    pub clause: String,
    /// Opinion, in the reviewer's words.
    pub opinion: Option<String>,
    /// Checklist, grounds, evidence hashes.
    pub detail: Json<StepDetail>,
}

/// What a step keeps beside its opinion.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepDetail {
    /// Answers to the checklist (4.3a).
    #[serde(default)]
    pub checklist: Vec<ChecklistAnswer>,
    /// Clauses found unmet, for a finding of ineligibility.
    #[serde(default)]
    pub grounds: Vec<String>,
    /// The evidence that was there: what the decision was made on (5.1).
    #[serde(default)]
    pub evidence: Vec<SeenEvidence>,
    /// Documents whose signature and seal the reviewer declares to have seen (4.2.6).
    #[serde(default)]
    pub sealed_documents: Vec<String>,
    /// Rules that stood against it, for an end by deadline or a refusal.
    #[serde(default)]
    pub note: Option<String>,
    /// The committee told a correction late: the submission after this return does not count (R1).
    #[serde(default)]
    pub next_uncounted: bool,
    /// A return that leaves less time to correct than the notice gives, as the reviewer confirmed (4.2.1b).
    #[serde(default)]
    pub short_time: Option<ShortTime>,
}

/// How long a correction has, where that is less than the notice gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShortTime {
    /// Days that remain after the day of the return.
    #[schema(example = 1)]
    pub days: u32,
    /// Days of the notice.
    #[schema(example = 2)]
    pub of: u32,
}

/// One answer of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct ChecklistAnswer {
    /// Item of the cycle's checklist.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "education")]
    pub item: String,
    /// True, complete and valid.
    pub ok: bool,
    /// What was found.
    #[validate(length(max = 1000))]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// A file that was there when a reviewer decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SeenEvidence {
    /// Category of the evidence list.
    pub category: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// A correction that a return asks for.
#[derive(Debug, Clone, Queryable)]
pub struct CorrectionRow {
    /// Its id.
    pub id: CorrectionId,
    /// The return.
    pub step_id: StepId,
    /// Number within the return, from 1.
    pub seq: i32,
    /// Field or evidence category it is about, a JSON pointer.
    pub pointer: String,
    /// Clause it rests on.
    pub clause: String,
    /// What to correct.
    pub detail: String,
    /// Why it is asked for now (R1).
    pub kind: CorrectionKind,
    /// Why it was not told earlier.
    pub why_late: Option<String>,
    /// The applicant's answer.
    pub answer: Option<String>,
    /// When it was answered.
    pub answered_at: Option<Instant>,
}
