//! What is known of an application when somebody acts on it: state, windows, relation, facts of other slices, rules.

use super::basis::Basis;
use super::error::Error;
use super::record::{ApplicationRow, CorrectionRow};
use super::store::{self, RecordedRow};
use super::turn::Reviewer;
use crate::accounts;
use crate::context::Cx;
use crate::cycles::service::{self as cycles, Cycle};
use crate::db::Json;
use crate::records::publicity;
use crate::records::{defences, meetings, originals};
use std::sync::Arc;
use title_review_core::checks::{self, Choice, EmployerFacts, OtherApplication};
use title_review_core::cycles::deadlines::Extension;
use title_review_core::cycles::definition::{ChainStep, CycleDefinition, StepPlace, Way};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{Action, Role, Stage};
use title_review_core::workflow::{
    self, Arrival, ChainRecord, Facts, Position, PublicityFacts, Recorded, Relation, State, Step, StepName,
};

/// An application with all that `workflow::decide` asks of it, but what the request itself brings.
pub struct Situation {
    /// The row as it was read.
    pub row: ApplicationRow,
    /// The definition it was filed under.
    pub cycle: Arc<Cycle>,
    /// Extensions of windows that hold for its applicant.
    pub extensions: Vec<Extension>,
    /// Where it stands.
    pub state: State,
    /// What is known.
    pub facts: Facts,
    /// What the principal is to it.
    pub relation: Relation,
    /// What the rules are asked about, as far as it was read.
    pub basis: Basis,
    /// Corrections of the last return, while they wait for answers.
    pub corrections: Vec<CorrectionRow>,
    /// What the history says of its chain; empty where nobody asked.
    pub recorded: Vec<RecordedRow>,
}

/// An application that was found, with what was read or written along with it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its row.
    pub row: ApplicationRow,
    /// Name of the applicant.
    pub applicant_name: Option<String>,
    /// Name of the employer.
    pub employer_name: Option<String>,
    /// Whether the principal has decided on it at another step.
    pub decided_another_step: Option<bool>,
    /// What the rules are asked about, as far as it is known.
    pub basis: Basis,
}

impl From<ApplicationRow> for Found {
    fn from(row: ApplicationRow) -> Self {
        Self { row, applicant_name: None, employer_name: None, decided_another_step: None, basis: Basis::default() }
    }
}

/// Collects what is known; rules are not asked (see [`Situation::ask_rules`]).
pub fn situation(cx: &mut Cx<'_>, found: impl Into<Found>) -> Result<Situation, Error> {
    let Found { row, decided_another_step, mut basis, .. } = found.into();
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let extensions = cycles::extensions_for(cx, &row.cycle_id, row.applicant_id)?;
    let windows = cycle.windows(&extensions);
    let state = state_of(&row, &cycle);
    let mut facts = Facts::at(cx.now, windows);
    facts.commitment_signed = row.commitment_at.is_some();
    facts.ever_submitted = row.submitted_at.is_some();
    let mut corrections = Vec::new();
    if row.stage == Stage::Returned {
        corrections = store::list_last_corrections(cx.conn, row.id)?;
        let unanswered = corrections.iter().filter(|correction| correction.answer.is_none()).count();
        facts.unanswered_corrections = Some(u32::try_from(unanswered).unwrap_or(u32::MAX));
    }
    // What is ready has all that the cycle asks for.
    facts.original_received = row.stage == Stage::Ready && !cycle.definition.originals.items.is_empty();
    if row.stage == Stage::Accepted {
        let received = originals::received(cx.conn, row.id)?;
        facts.original_received = !received.is_empty();
        facts.originals_complete = originals::complete(&received, &cycle.definition);
        facts.defence_settled = defences::settled(cx.conn, &row.subject(&cycle.definition))?;
        (facts.originals_owed, facts.defence_owed) = (!facts.originals_complete, !facts.defence_settled);
    }
    let (relation, recorded) = relation_of(cx, &row, &cycle, decided_another_step)?;
    // Nobody else is asked whether the meeting has begun.
    if row.stage == Stage::InMeeting && relation.committee_office {
        facts.meeting_at = meetings::begins_at(cx.conn, row.id)?;
    }
    if state.present_step().is_some_and(|step| step.publicity) {
        facts.step_publicity = publicity_facts(cx, &row, &cycle, row.step, &mut basis)?;
    }
    if row.stage == Stage::Publicised {
        facts.result_publicity = publicity_facts(cx, &row, &cycle, None, &mut basis)?;
    }
    Ok(Situation { row, cycle, extensions, state, facts, relation, basis, corrections, recorded })
}

fn publicity_facts(
    cx: &mut Cx<'_>,
    row: &ApplicationRow,
    cycle: &Cycle,
    step: Option<ChainStepId>,
    basis: &mut Basis,
) -> Result<Option<PublicityFacts>, Error> {
    let Some(standing) = publicity::standing(cx.conn, row.id, step)? else { return Ok(None) };
    let (subject, now) = (row.subject(&cycle.definition), cx.now);
    let newest =
        publicity::newest(&standing.current, &subject, now, || Ok::<_, Error>(basis.dossier(cx, row.id)?.profile.clone()))?;
    Ok(Some(standing.guard_facts(newest, &cycle.definition)))
}

/// The facts on which the chain of the application depends.
#[must_use]
pub fn way_of(row: &ApplicationRow, definition: &CycleDefinition) -> Way {
    Way {
        level: row.level,
        has_department: row.department_id.is_some(),
        at_prefecture_seat: row.county.as_deref().is_none_or(|code| code == definition.region.code),
    }
}

fn state_of(row: &ApplicationRow, cycle: &Cycle) -> State {
    let definition = &cycle.definition;
    let chain = definition
        .track(&row.track)
        .map(|track| track.steps(way_of(row, definition)).map(Step::from).collect())
        .unwrap_or_default();
    State {
        stage: row.stage,
        step: row.step,
        chain,
        resubmit_after_committee: definition.correction.resubmit_after_committee,
        resubmit_before_committee: definition.correction.resubmit_before_committee,
        returned_by: row.returned_by,
        committee_submissions: u32::try_from(row.committee_submissions).unwrap_or(0),
        max_committee_submissions: u32::from(definition.correction.max_committee_submissions),
        uncounted: row.uncounted_since.is_some(),
        correction_due: row.correction_due,
        paid: row.paid,
        arrival: row.came_by.zip(row.came_from_stage).map(|(action, stage)| Arrival {
            action,
            from: Position { stage, step: row.came_from_step },
            untouched: row.untouched,
        }),
    }
}

fn relation_of(
    cx: &mut Cx<'_>,
    row: &ApplicationRow,
    cycle: &Cycle,
    decided_another_step: Option<bool>,
) -> Result<(Relation, Vec<RecordedRow>), Error> {
    let principal = cx.principal;
    let Some(account) = principal.account else { return Ok((Relation::default(), Vec::new())) };
    let is = |reviewer: Option<Reviewer>| reviewer.is_some_and(|reviewer| reviewer.is(principal));
    let at = |step: Option<&ChainStep>| is(step.and_then(|step| Reviewer::at(row, step)));
    let in_turn = at(row.present_step(&cycle.definition));
    let ruled = row.came_actor == Some(account) && row.came_by.is_some_and(Action::is_ruling);
    let recorded = match decided_another_step {
        None if in_turn => store::list_recorded(cx.conn, row.id)?,
        _ => Vec::new(),
    };
    let elsewhere =
        |row_of: &RecordedRow| row_of.actor_id == Some(account) && row_of.action.is_ruling() && row_of.from_step != row.step;
    let decided_another_step = in_turn && decided_another_step.unwrap_or_else(|| recorded.iter().any(elsewhere));
    let finance = match row.committee_id.filter(|_| principal.has_role(Role::Finance)) {
        Some(id) => {
            let committee = accounts::find_organisation(cx, id)?;
            principal.grants.iter().any(|grant| grant.role == Role::Finance && committee.is_below(grant))
        }
        None => false,
    };
    let relation = Relation {
        applicant: row.applicant_id == account,
        in_turn,
        new_employer: false,
        committee_office: is(Reviewer::of_committee(row)),
        finance,
        supervisor: principal.has_role(Role::Supervisor),
        system: false,
        last_reviewer: ruled && at(row.step_before(&cycle.definition)),
        decided_another_step,
    };
    Ok((relation, recorded))
}

impl Situation {
    /// Looks at the record of the chain behind what the committee is about to accept: whether the publicity of each step that requires one covers
    /// exactly this employer, specialty and level, and whether each step has approved for this employer (4.3b, 4.3c).
    pub fn look_at_chain(&mut self, cx: &mut Cx<'_>) -> Result<(), Error> {
        let Self { row, cycle, state, recorded, .. } = self;
        let definition = &cycle.definition;
        let standings = publicity::standings(cx.conn, row.id)?;
        let name = |step: &Step| {
            let named = row.chain_step(definition, step.id);
            named.map(|named| StepName { zh: named.name.clone(), en: named.name_en.clone() })
        };
        let in_its_name = |of: &RecordedRow| {
            let by_employer = of.from_step.and_then(|id| state.find_step(id)).is_some_and(|step| step.place == StepPlace::Employer);
            !by_employer || of.organisation_id == row.employer_id
        };
        let recorded: Vec<Recorded> = recorded
            .iter()
            .map(|of| Recorded { action: of.action, from: of.from_step, to: of.to_step, in_its_name: in_its_name(of) })
            .collect();
        let mut chain = ChainRecord {
            unapproved: workflow::unapproved(&state.chain, &recorded).filter_map(name).collect(),
            ..ChainRecord::default()
        };
        for step in state.chain.iter().filter(|step| step.publicity && step.place != StepPlace::Committee) {
            let standing = standings.iter().find(|standing| standing.current.step == Some(step.id));
            let facts = standing.map(|standing| standing.facts_for(&row.subject(definition), cx.now));
            if !facts.is_some_and(|facts| facts.finished) {
                chain.uncovered.extend(name(step));
            }
            chain.open_objections += facts.map_or(0, |facts| facts.open_objections);
            chain.upheld_objections += facts.map_or(0, |facts| facts.upheld_objections);
        }
        self.facts.chain = Some(chain);
        Ok(())
    }

    /// Asks the rules of the notice and notes what stands against the application.
    pub fn ask_rules(&mut self, cx: &mut Cx<'_>) -> Result<checks::Report, Error> {
        let report = rules(cx, &self.row, &self.cycle, &mut self.basis)?;
        let blocking = report.blocking().count();
        self.facts.blocking_rules = Some(u32::try_from(blocking).unwrap_or(u32::MAX));
        // Completeness is one of the rules (4.2.1a, 4.2.6): the engine answers for it.
        self.facts.dossier_complete = true;
        Ok(report)
    }

    /// Actions for which the rules have to be asked.
    #[must_use]
    pub fn rules_matter(&self) -> bool {
        (self.relation.applicant && self.row.stage.is_with_applicant()) || self.relation.in_turn
    }

    /// Judges one act; every reason against it otherwise.
    pub fn decide(&self, action: Action, rules: Option<checks::Report>) -> Result<workflow::Decision, Error> {
        workflow::decide(&self.state, action, &self.relation, &self.facts).map_err(|refusals| self.refused(refusals, rules))
    }

    /// The refusal with its reasons as this cycle numbers and words its clauses.
    #[must_use]
    pub fn refused(&self, refusals: Vec<workflow::Refusal>, rules: Option<checks::Report>) -> Error {
        let (definition, step) = (&self.cycle.definition, self.row.present_step(&self.cycle.definition));
        Error::Refused {
            stage: self.row.stage,
            rules: rules
                .filter(|_| refusals.iter().any(|refusal| refusal.guard == workflow::Guard::RulesMet))
                .map(|report| report.results.into_iter().filter(|result| result.blocks).collect())
                .unwrap_or_default(),
            refusals: refusals.into_iter().map(|refusal| refusal.of_cycle(definition, step)).collect(),
        }
    }
}

/// The step of the rules' table where an application stands.
fn step_of(row: &ApplicationRow, cycle: &Cycle) -> checks::Step {
    match row.stage {
        Stage::Draft | Stage::Returned => checks::Step::Submission,
        Stage::InReview => match row.present_step(&cycle.definition).map(|step| step.place) {
            Some(StepPlace::Employer) => checks::Step::EmployerReview,
            Some(
                StepPlace::Department
                | StepPlace::County
                | StepPlace::Prefecture
                | StepPlace::AutonomousRegion
                | StepPlace::Committee,
            )
            | None => checks::Step::ChainReview,
        },
        Stage::FormalReview | Stage::Accepted => checks::Step::FormalReview,
        Stage::Ready | Stage::InMeeting => checks::Step::Meeting,
        Stage::Passed
        | Stage::NotPassed
        | Stage::Publicised
        | Stage::Confirmed
        | Stage::Withdrawn
        | Stage::Lapsed
        | Stage::NotRecommended
        | Stage::Ineligible
        | Stage::NotAccepted
        | Stage::Disqualified
        | Stage::Revoked => checks::Step::Confirmation,
    }
}

/// An organisation as the rules ask about an employer.
#[must_use]
pub fn employer_facts(row: &accounts::OrganisationRow) -> EmployerFacts {
    EmployerFacts {
        organisation_id: row.id.as_str().parse().ok(),
        name: Some(row.name.clone()),
        credit_code: Some(row.credit_code.clone()),
        kind: row.kind,
        ownership: row.ownership,
        region: row.region.clone(),
        managed_like_civil_service: row.civil_service_managed,
        taken_over_on: None,
    }
}

/// What every rule says of the application as it stands.
pub fn rules(cx: &mut Cx<'_>, row: &ApplicationRow, cycle: &Cycle, basis: &mut Basis) -> Result<checks::Report, Error> {
    let dossier = basis.dossier(cx, row.id)?;
    let evidence = basis.evidence(cx, row, cycle)?;
    let person = basis.person(cx, row.applicant_id)?;
    let employer = match (&row.employer_facts, row.employer_id) {
        // As it was at the first submission; what changed since is shown, and decides nothing.
        (Some(Json(facts)), _) => Some(facts.clone()),
        (None, Some(id)) => Some(employer_facts(&accounts::find_organisation(cx, id)?)),
        (None, None) => None,
    };
    let others = person.applications.iter().filter(|other| other.year == row.year && other.id != row.id);
    let other_applications =
        others.map(|other| OtherApplication { id: other.id.to_string(), track: other.track.clone() }).collect();
    let earlier = person.applications.iter().filter(|other| other.year < row.year && other.submitted).count();
    let facts = checks::Facts {
        profile: dossier.profile.clone(),
        name: Some(person.name.clone()),
        sex: person.resident.map(|resident| resident.sex),
        birth_date: person.resident.map(|resident| resident.birth_date),
        employer,
        choice: Choice { track: row.track.clone(), series: row.series.clone(), specialty: row.specialty.clone(), level: row.level },
        evidence: evidence.items.clone(),
        commitment_signed: row.commitment_at.is_some(),
        sanctions: person.sanctions.clone(),
        bars: person.bars.clone(),
        study: person.study.clone(),
        titles: person.titles_beside(row.id),
        other_applications,
        earlier_applications: u32::try_from(earlier).unwrap_or(u32::MAX),
        defence: evidence.defence.clone(),
        on: cycle.definition.local_date(cx.now.to_utc()),
        submitted_on: row.submitted_at.map(|at| cycle.definition.local_date(at.to_utc())),
        step: step_of(row, cycle),
    };
    Ok(checks::evaluate(&facts, &cycle.definition))
}
