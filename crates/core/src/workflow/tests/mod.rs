//! The transition table, its guards and its deadlines; and random sequences of actions compared with a second, simpler model.

mod chain;
mod checker;
mod deadlines;
mod decisions;
mod model;
mod sequences;
mod table;

use self::model::windows;
use super::*;
use crate::clock::Instant;
use crate::cycles::deadlines::ShortCorrection;
use crate::cycles::definition::{ResubmitTo, StepPlace};
use crate::cycles::{Window, Windows};
use crate::generated;
use crate::open_terms::ChainStepId;
use crate::vocabulary::{Action, Role, Stage};

/// The two chains of the notice, by the ids of their steps.
const DIRECTED: [&str; 3] = ["employer_review", "department_review", "formal_review"];
const PRIVATE: [&str; 4] = ["employer_review", "county_service_review", "prefecture_service_review", "formal_review"];

fn id(text: &str) -> ChainStepId {
    text.parse().expect("the id of a step")
}

/// The steps of a chain as in the notice: the employer's step requires publicity and the fixed sentence, the last one is the committee's.
fn steps<T: AsRef<str>>(ids: &[T]) -> Vec<Step> {
    let step = |(at, text): (usize, &T)| {
        let place = match at {
            0 => StepPlace::Employer,
            _ if at + 1 == ids.len() => StepPlace::Committee,
            _ => StepPlace::Prefecture,
        };
        let employer = place == StepPlace::Employer;
        Step { id: id(text.as_ref()), place, publicity: employer, checklist: true, fixed_sentence: employer }
    };
    ids.iter().enumerate().map(step).collect()
}

/// Parses an instant.
fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// An application at a stage of the directed chain; one in review is with the department.
fn state(stage: Stage) -> State {
    let step = match stage {
        Stage::InReview => Some(id("department_review")),
        Stage::FormalReview => Some(id("formal_review")),
        _ => None,
    };
    let reached = !stage.has_ended() && !matches!(stage, Stage::Draft | Stage::InReview | Stage::Returned);
    State {
        stage,
        step,
        chain: steps(&DIRECTED),
        resubmit_after_committee: ResubmitTo::ReturningStage,
        resubmit_before_committee: ResubmitTo::ReturningStage,
        returned_by: (stage == Stage::Returned).then(|| id("department_review")),
        committee_submissions: u32::from(reached),
        max_committee_submissions: 3,
        uncounted: false,
        correction_due: None,
        paid: stage == Stage::Ready,
        arrival: arrival(stage),
    }
}

/// How an application came to a stage: to the department from its employer, by the clerk who may take that back.
fn arrival(stage: Stage) -> Option<Arrival> {
    let at = |text| Position {
        stage: if text == "formal_review" { Stage::FormalReview } else { Stage::InReview },
        step: Some(id(text)),
    };
    let (action, from) = match stage {
        Stage::Draft => return None,
        Stage::InReview => (Action::Approve, at("employer_review")),
        Stage::FormalReview => (Action::Approve, at("department_review")),
        Stage::NotRecommended => (Action::NotRecommend, at("department_review")),
        Stage::Ineligible => (Action::FindIneligible, at("formal_review")),
        Stage::Lapsed => (Action::Lapse, at("department_review")),
        _ => (Action::Return, at("department_review")),
    };
    Some(Arrival { action, from, untouched: true })
}

/// An application in review at a step of a chain.
fn in_review(chain: &[&str], step: &str) -> State {
    State { step: Some(id(step)), chain: steps(chain), ..state(Stage::InReview) }
}

/// Facts under which every guard holds.
fn favourable_facts() -> Facts {
    let publicity = Some(PublicityFacts {
        finished: true,
        open_objections: 0,
        upheld_objections: 0,
        undecided_objections: 0,
        posting_missing: false,
    });
    Facts {
        dossier_complete: true,
        commitment_signed: true,
        blocking_rules: Some(0),
        unanswered_corrections: Some(0),
        checklist_answered: true,
        opinion_given: true,
        fixed_sentence: true,
        corrections_named: true,
        corrections_late: Some(Vec::new()),
        unsealed_documents: Some(Vec::new()),
        grounds_named: true,
        step_publicity: publicity,
        result_publicity: publicity,
        chain: Some(ChainRecord::default()),
        originals_complete: true,
        defence_settled: true,
        originals_owed: true,
        defence_owed: true,
        original_received: true,
        meeting_at: Some(at("2024-10-15T10:00:00+08:00")),
        quorum_present: true,
        outcome: Some(Outcome::Passed),
        fraud_decided: true,
        reinstatement: Some(true),
        publicity_runs: false,
        fraud_decided_before: false,
        ever_submitted: true,
        ..Facts::at(at("2024-08-20T10:00:00+08:00"), windows())
    }
}

/// The relation of a person with one role, in the organisation whose turn it is.
fn in_role(role: Role, stage: Stage) -> Relation {
    Relation {
        applicant: role == Role::Applicant,
        in_turn: match stage {
            Stage::InReview => matches!(role, Role::EmployerClerk | Role::Reviewer),
            Stage::FormalReview => role == Role::CommitteeOffice,
            _ => false,
        },
        committee_office: role == Role::CommitteeOffice,
        finance: role == Role::Finance,
        supervisor: role == Role::Supervisor,
        ..Relation::default()
    }
}

/// The relation of who made the last decision.
const LAST_REVIEWER: Relation = Relation { last_reviewer: true, system: false, ..Relation::SYSTEM };

/// The relation of a clerk of the new employer.
const NEW_EMPLOYER: Relation = Relation { new_employer: true, system: false, ..Relation::SYSTEM };

fn all_staff_roles() -> Relation {
    Relation { in_turn: true, committee_office: true, finance: true, supervisor: true, ..Relation::default() }
}

/// The relation that a row of the table requires.
fn relation_for(row: &Transition) -> Relation {
    match row.actor {
        Actor::Applicant => Relation { applicant: true, ..Relation::default() },
        Actor::System => Relation::SYSTEM,
        Actor::LastReviewer => LAST_REVIEWER,
        Actor::NewEmployer => NEW_EMPLOYER,
        Actor::ReviewerInTurn | Actor::CommitteeOffice | Actor::Finance | Actor::Supervisor => all_staff_roles(),
    }
}

fn codes(result: Result<Decision, Vec<Refusal>>) -> Vec<&'static str> {
    result.expect_err("a refusal").iter().map(Refusal::code).collect()
}
