//! The transition table, its guards and its deadlines; and random sequences of actions compared with a second, simpler model.

mod checker;
mod deadlines;
mod decisions;
mod model;
mod sequences;
mod table;

use super::*;
use crate::clock::Instant;
use crate::cycles::definition::ResubmitTo;
use crate::cycles::{Window, Windows};
use crate::generated;
use crate::vocabulary::{Action, Role, Stage};

const DIRECTED: [Stage; 3] = [Stage::EmployerReview, Stage::DepartmentReview, Stage::FormalReview];
const PRIVATE: [Stage; 4] =
    [Stage::EmployerReview, Stage::CountyServiceReview, Stage::PrefectureServiceReview, Stage::FormalReview];

/// The steps of a chain as in the notice: the employer's step requires publicity and the fixed sentence.
fn steps(stages: &[Stage]) -> Vec<Step> {
    let step = |stage: &Stage| {
        let employer = *stage == Stage::EmployerReview;
        Step { stage: *stage, publicity: employer, checklist: true, fixed_sentence: employer }
    };
    stages.iter().map(step).collect()
}

/// Parses an instant.
fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn windows() -> Windows {
    Windows {
        application: Window { opens: at("2024-07-22T00:00:00+08:00"), end: at("2024-08-30T18:00:00.000001+08:00") },
        review: Window { opens: at("2024-08-01T00:00:00+08:00"), end: at("2024-09-11T00:00:00+08:00") },
        payment_end: at("2024-09-16T00:00:00+08:00"),
    }
}

fn state(stage: Stage) -> State {
    let reached = !stage.is_final()
        && !matches!(stage, Stage::Draft | Stage::Returned)
        && (!stage.is_review() || stage == Stage::FormalReview);
    State {
        stage,
        chain: match stage {
            Stage::CountyServiceReview | Stage::PrefectureServiceReview => steps(&PRIVATE),
            Stage::Draft
            | Stage::EmployerReview
            | Stage::DepartmentReview
            | Stage::FormalReview
            | Stage::Returned
            | Stage::Accepted
            | Stage::Ready
            | Stage::InMeeting
            | Stage::Passed
            | Stage::Publicised
            | Stage::Confirmed
            | Stage::Withdrawn
            | Stage::Lapsed
            | Stage::NotAccepted
            | Stage::Ineligible
            | Stage::NotPassed
            | Stage::Disqualified
            | Stage::Revoked => steps(&DIRECTED),
        },
        resubmit_after_committee: ResubmitTo::ReturningStage,
        resubmit_before_committee: ResubmitTo::ReturningStage,
        returned_by: (stage == Stage::Returned).then_some(Stage::DepartmentReview),
        committee_submissions: u32::from(reached),
        max_committee_submissions: 3,
        correction_due: None,
        paid: false,
    }
}

/// Facts under which every guard holds.
fn favourable_facts() -> Facts {
    let publicity = Some(PublicityFacts { finished: true, open_objections: 0, upheld_objections: 0 });
    Facts {
        dossier_complete: true,
        commitment_signed: true,
        blocking_rules: Some(0),
        unanswered_corrections: Some(0),
        checklist_answered: true,
        opinion_given: true,
        fixed_sentence: true,
        corrections_named: true,
        corrections_new: true,
        grounds_named: true,
        employer_publicity: publicity,
        result_publicity: publicity,
        originals_complete: true,
        defence_settled: true,
        quorum_present: true,
        outcome: Some(Outcome::Passed),
        fraud_decided: true,
        ..Facts::at(at("2024-08-20T10:00:00+08:00"), windows())
    }
}

/// The relation of a person with one role, in the organisation whose turn it is.
fn in_role(role: Role, stage: Stage) -> Relation {
    Relation {
        applicant: role == Role::Applicant,
        in_turn: stage.reviewer() == Some(role),
        committee_office: role == Role::CommitteeOffice,
        finance: role == Role::Finance,
        ..Relation::default()
    }
}

fn all_staff_roles() -> Relation {
    Relation { in_turn: true, committee_office: true, finance: true, ..Relation::default() }
}

/// The relation that a row of the table requires.
fn relation_for(row: &Transition) -> Relation {
    match row.actor {
        Actor::Applicant => Relation { applicant: true, ..Relation::default() },
        Actor::System => Relation::SYSTEM,
        Actor::ReviewerInTurn | Actor::CommitteeOffice | Actor::Finance => all_staff_roles(),
    }
}

fn codes(result: Result<Decision, Vec<Refusal>>) -> Vec<&'static str> {
    result.expect_err("a refusal").iter().map(Refusal::code).collect()
}
