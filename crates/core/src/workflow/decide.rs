//! Decisions on the table: one action, and all actions that are open to an actor.

use super::deadlines::due_lapse;
use super::facts::{Facts, Outcome, Relation, ToldLate};
use super::guards::Guard;
use super::refusal::Refusal;
use super::state::{Arrival, Position, State};
use super::table::{Effect, TABLE, To, Transition};
use crate::clock::Instant;
use crate::cycles::definition::{ResubmitTo, StepPlace};
use crate::open_terms::ChainStepId;
use crate::vocabulary::{Action, Stage};

/// An action that is permitted: its target stage and its effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The action.
    pub action: Action,
    /// Stage after the action; may be the present one.
    pub to: Stage,
    /// Step of the chain after the action, where a reviewer of it has the application then.
    pub step: Option<ChainStepId>,
    /// What is written in the same transaction.
    pub effects: Vec<Effect>,
    /// Clause that it comes from.
    pub clause: &'static str,
}

impl State {
    /// The state after a decision. `correction_due` is the due instant for [`Effect::SetCorrectionDue`]; other decisions ignore it.
    #[must_use]
    pub fn after(&self, decision: &Decision, correction_due: Option<Instant>) -> Self {
        let mut next = Self { stage: decision.to, step: decision.step, ..self.clone() };
        let moves = next.position() != self.position();
        next.arrival = if moves {
            Some(Arrival { action: decision.action, from: self.position(), untouched: true })
        } else {
            self.arrival.map(|arrival| Arrival { untouched: false, ..arrival })
        };
        for effect in &decision.effects {
            match effect {
                Effect::CountCommitteeSubmission => next.committee_submissions += 1,
                Effect::UncountCommitteeSubmission => {
                    next.committee_submissions = next.committee_submissions.saturating_sub(1);
                }
                Effect::RecordReturn => next.returned_by = self.step,
                Effect::SetCorrectionDue => {
                    next.correction_due = correction_due;
                    // Whether the submission after it counts is said by the return; a reinstatement leaves that as it was.
                    if decision.effects.contains(&Effect::RecordReturn) {
                        next.uncounted = decision.effects.contains(&Effect::WaiveCount);
                    }
                }
                Effect::WaiveCount => next.uncounted = true,
                Effect::ClearReturn => (next.returned_by, next.correction_due) = (None, None),
                Effect::MarkPaid => next.paid = true,
                Effect::MarkUnpaid => next.paid = false,
                Effect::CreateOrder
                | Effect::CloseOrder
                | Effect::ReopenOrder
                | Effect::IssueCertificate
                | Effect::RevokeCertificate
                | Effect::BarApplicant
                | Effect::LeaveEmployer
                | Effect::NotifyApplicant => {}
            }
        }
        next
    }
}

/// Judges one action. After a deadline that ends the application every action is refused, whether or not the lapse is already written.
///
/// # Errors
/// Every reason against the action. An actor whose turn it is not gets that reason only.
pub fn decide(state: &State, action: Action, actor: &Relation, facts: &Facts) -> Result<Decision, Vec<Refusal>> {
    let stage_refuses = || vec![Guard::StageAllows.refuse(state, action, facts)];
    let row = Transition::find(state.stage, action).ok_or_else(stage_refuses)?;
    if !row.actor.matches(actor) {
        return Err(vec![Guard::ActorAllowed.refuse(state, action, facts)]);
    }
    let refusals = refusals(row, state, *actor, facts, |_| true);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let Position { stage: to, step } = target(row, state, facts).ok_or_else(stage_refuses)?;
    let effects = row.effects.iter().copied().filter(|effect| applies(*effect, state, to, facts)).collect();
    Ok(Decision { action, to, step, effects, clause: row.clause })
}

/// An action that the table gives to an actor at the present stage, with the reasons against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAction {
    /// The action.
    pub action: Action,
    /// Reasons against it, without those about the content of the request and the record of the whole chain; empty if it is permitted.
    pub refusals: Vec<Refusal>,
}

/// The actions of the actor at the present stage, permitted or not, in the order of the table.
#[must_use]
pub fn open_actions(state: &State, actor: &Relation, facts: &Facts) -> Vec<OpenAction> {
    TABLE
        .iter()
        .filter(|row| row.from.contains(&state.stage) && row.actor.matches(actor))
        .map(|row| OpenAction {
            action: row.action,
            refusals: refusals(row, state, *actor, facts, |guard| !guard.is_about_the_request() && !guard.is_left_to_the_act()),
        })
        .collect()
}

/// The actions that are permitted now, provided that the content of the request is complete and the record of the chain bears them.
#[must_use]
pub fn allowed_actions(state: &State, actor: &Relation, facts: &Facts) -> Vec<Action> {
    open_actions(state, actor, facts).into_iter().filter(|open| open.refusals.is_empty()).map(|open| open.action).collect()
}

/// The refusal of every action once a deadline has ended the application; `None` before. Operations that are not in the table, such as
/// an edit of the dossier, call this themselves.
#[must_use]
pub fn overdue(state: &State, facts: &Facts) -> Option<Refusal> {
    due_lapse(state, facts.now, &facts.windows).map(|lapse| lapse.guard.refuse(state, lapse.action, facts))
}

fn refusals(row: &Transition, state: &State, actor: Relation, facts: &Facts, asked: impl Fn(Guard) -> bool) -> Vec<Refusal> {
    let overdue = overdue(state, facts).filter(|_| !actor.system);
    let judged = overdue.as_ref().map(|refusal| refusal.guard);
    let others = row.guards.iter().filter(|guard| Some(**guard) != judged && asked(**guard));
    let others: Vec<_> = others.filter_map(|guard| guard.refusal(state, row.action, actor, facts)).collect();
    overdue.into_iter().chain(others).collect()
}

/// The target of a row; `None` if the chain of the cycle does not have the present step.
fn target(row: &Transition, state: &State, facts: &Facts) -> Option<Position> {
    match row.to {
        To::Stage(fixed) => Some(Position::at(fixed)),
        To::FirstInChain => state.first_in_chain(),
        To::NextInChain => state.next_in_chain(),
        To::ReturnedTo => {
            let by = state.find_step(state.returned_by?)?;
            let committee = by.place == StepPlace::Committee;
            match if committee { state.resubmit_after_committee } else { state.resubmit_before_committee } {
                ResubmitTo::ReturningStage => Some(by.position()),
                ResubmitTo::ChainStart => state.first_in_chain(),
            }
        }
        To::ReturnedOrNotAccepted => {
            Some(Position::at(if state.ends_on_return(facts.told_late) { Stage::NotAccepted } else { Stage::Returned }))
        }
        To::ReadyWhenComplete => {
            let paid = state.paid || row.action == Action::ConfirmPayment;
            let complete = paid && facts.originals_complete && facts.defence_settled;
            Some(if complete { Position::at(Stage::Ready) } else { state.position() })
        }
        To::WhereItStands => Some(state.position()),
        To::WhereItWas => state.arrival.map(|arrival| arrival.from),
        To::Outcome => Some(Position::at(match facts.outcome? {
            Outcome::Passed => Stage::Passed,
            Outcome::NotPassed => Stage::NotPassed,
        })),
    }
}

fn applies(effect: Effect, state: &State, to: Stage, facts: &Facts) -> bool {
    let from = state.stage;
    match effect {
        Effect::CountCommitteeSubmission => to == Stage::FormalReview && !state.uncounted,
        Effect::UncountCommitteeSubmission => from == Stage::FormalReview && !state.uncounted,
        Effect::WaiveCount => match to {
            Stage::Returned => facts.told_late != ToldLate::None,
            // Taken from the committee, not ended.
            _ => to.is_review(),
        },
        Effect::ReopenOrder => to == Stage::Accepted,
        Effect::RecordReturn => to == Stage::Returned,
        Effect::SetCorrectionDue => to == Stage::Returned && state.reached_committee(),
        Effect::CloseOrder => from == Stage::Accepted,
        Effect::BarApplicant => facts.fraud_decided,
        Effect::ClearReturn
        | Effect::LeaveEmployer
        | Effect::CreateOrder
        | Effect::MarkPaid
        | Effect::MarkUnpaid
        | Effect::IssueCertificate
        | Effect::RevokeCertificate
        | Effect::NotifyApplicant => true,
    }
}
