//! Decisions on the table: one act, all acts of somebody, and what deadlines do by themselves.

use super::table::BEFORE_COMMITTEE;
use super::{Decision, Effect, Facts, Guard, Lapse, Outcome, Refusal, Relation, State, TABLE, To, Transition, Windows};
use crate::clock::Instant;
use crate::cycles::definition::ResubmitTo;
use crate::vocabulary::{Action, Stage};

/// Judges one act. An act after a deadline that has ended the application is refused here too, whether or not the
/// lapse is written yet.
///
/// # Errors
/// Every reason against it. Whose turn it is not is told that alone: the other reasons are not theirs to know.
pub fn decide(state: &State, action: Action, actor: &Relation, facts: &Facts) -> Result<Decision, Vec<Refusal>> {
    let stage_refuses = || vec![Guard::StageAllows.refuse(state, action, facts)];
    let row = Transition::find(state.stage, action).ok_or_else(stage_refuses)?;
    if !row.who.is(actor) {
        return Err(vec![Guard::ActorAllowed.refuse(state, action, facts)]);
    }
    let refusals = refusals(row, state, *actor, facts, |_| true);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let to = target(row, state, facts).ok_or_else(stage_refuses)?;
    let effects = row.effects.iter().copied().filter(|effect| takes_place(*effect, state.stage, to, facts)).collect();
    Ok(Decision { to, effects, clause: row.clause })
}

/// An action that the table gives to an actor at the present stage, and what stands against it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAction {
    /// The action.
    pub action: Action,
    /// Reasons against it, apart from what the request itself has to bring; empty when it may be done.
    pub refusals: Vec<Refusal>,
}

/// What the actor could do at the present stage, possible or not, in the order of the table.
#[must_use]
pub fn open_actions(state: &State, actor: &Relation, facts: &Facts) -> Vec<OpenAction> {
    TABLE
        .iter()
        .filter(|row| row.from.contains(&state.stage) && row.who.is(actor))
        .map(|row| OpenAction {
            action: row.action,
            refusals: refusals(row, state, *actor, facts, |guard| !guard.is_about_the_request()),
        })
        .collect()
}

/// What the actor may do now, provided the request brings what it must.
#[must_use]
pub fn allowed_actions(state: &State, actor: &Relation, facts: &Facts) -> Vec<Action> {
    open_actions(state, actor, facts).into_iter().filter(|open| open.refusals.is_empty()).map(|open| open.action).collect()
}

/// The deadline that ends the application by itself unless somebody acts; `None` when none is running.
#[must_use]
pub fn pending_lapse(state: &State, windows: &Windows) -> Option<Lapse> {
    let lapse = |action, to, clause, at, guard| Some(Lapse { action, to, clause, at, guard });
    match state.stage {
        Stage::Accepted if !state.paid => lapse(Action::Lapse, Stage::Lapsed, "2.3", windows.payment_over, Guard::PaymentInTime),
        Stage::Returned if state.reached_committee() => {
            lapse(Action::RefuseAcceptance, Stage::NotAccepted, "4.2.1b", state.correction_due?, Guard::CorrectionInTime)
        }
        _ if !state.reached_committee() && BEFORE_COMMITTEE.contains(&state.stage) => {
            lapse(Action::Lapse, Stage::Lapsed, "2.1", windows.application.over, Guard::ApplicationWindowOpen)
        }
        _ => None,
    }
}

/// The deadline that has ended the application at `now`: 2.1, 2.3 or 4.2.1b.
#[must_use]
pub fn due_lapse(state: &State, now: Instant, windows: &Windows) -> Option<Lapse> {
    pending_lapse(state, windows).filter(|lapse| lapse.at <= now)
}

/// Why nothing may be done any more when a deadline has ended the application at the instant of the facts. What is no
/// action of the table, such as an edit of the dossier, asks this by itself.
#[must_use]
pub fn overdue(state: &State, facts: &Facts) -> Option<Refusal> {
    due_lapse(state, facts.now, &facts.windows).map(|lapse| lapse.guard.refuse(state, lapse.action, facts))
}

/// The instant at which a deadline ends the application by itself.
#[must_use]
pub fn next_lapse_at(state: &State, windows: &Windows) -> Option<Instant> {
    pending_lapse(state, windows).map(|lapse| lapse.at)
}

fn refusals(row: &Transition, state: &State, actor: Relation, facts: &Facts, asked: impl Fn(Guard) -> bool) -> Vec<Refusal> {
    let overdue = overdue(state, facts).filter(|_| !actor.system);
    let judged = overdue.as_ref().map(|refusal| refusal.guard);
    let others = row.guards.iter().filter(|guard| Some(**guard) != judged && asked(**guard));
    let others: Vec<_> = others.filter_map(|guard| guard.refusal(state, row.action, actor, facts)).collect();
    overdue.into_iter().chain(others).collect()
}

/// The stage that a row leads to; `None` when the chain of the cycle does not know the present stage.
fn target(row: &Transition, state: &State, facts: &Facts) -> Option<Stage> {
    match row.to {
        To::Stage(fixed) => Some(fixed),
        To::FirstInChain => state.chain.first().map(|step| step.stage),
        To::NextInChain => state.next_in_chain(state.stage),
        To::ReturnedTo => {
            let by = state.returned_by?;
            let route = if by == Stage::FormalReview { state.resubmit_after_committee } else { state.resubmit_before_committee };
            match route {
                ResubmitTo::ReturningStage => Some(by),
                ResubmitTo::ChainStart => state.chain.first().map(|step| step.stage),
            }
        }
        To::ReturnedOrNotAccepted => Some(if state.is_last_submission() { Stage::NotAccepted } else { Stage::Returned }),
        To::ReadyWhenComplete => {
            let paid = state.paid || row.action == Action::ConfirmPayment;
            Some(if paid && facts.originals_complete && facts.defence_settled { Stage::Ready } else { state.stage })
        }
        To::Outcome => match facts.outcome? {
            Outcome::Passed => Some(Stage::Passed),
            Outcome::NotPassed => Some(Stage::NotPassed),
        },
    }
}

fn takes_place(effect: Effect, from: Stage, to: Stage, facts: &Facts) -> bool {
    match effect {
        Effect::CountCommitteeSubmission => to == Stage::FormalReview,
        Effect::RecordReturn | Effect::SetCorrectionDue => to == Stage::Returned,
        Effect::CloseOrder => from == Stage::Accepted,
        Effect::BarApplicant => facts.fraud_decided,
        _ => true,
    }
}
