//! A second model of the workflow: the life of an application as one function, without table, guards or effects. The content of every request is
//! complete; only stage, actor and time decide. Nothing here is generated from the table, so that the two check each other:
//! [`super::sequences`] compares them on random sequences, and on every pair of stage and action.

use super::*;

/// The little that the model keeps of an application.
#[derive(Clone, Debug)]
pub struct Record {
    pub stage: Stage,
    /// Steps of its chain, the committee's included.
    pub steps: usize,
    /// The step that has it, and the one that returned it, from 0.
    pub step: Option<usize>,
    pub returned_by: usize,
    pub submissions: u32,
    /// The submission after the last return by the committee does not count.
    pub uncounted: bool,
    pub due: Option<Instant>,
    pub paid: bool,
    /// By which action it came here, and from where.
    pub came: Option<(Action, Place)>,
    /// Something was done about it since.
    pub touched: bool,
}

impl Record {
    /// A draft with a chain of so many steps.
    pub const fn draft(steps: usize) -> Self {
        Self {
            stage: Stage::Draft,
            steps,
            step: None,
            returned_by: 0,
            submissions: 0,
            uncounted: false,
            due: None,
            paid: false,
            came: None,
            touched: false,
        }
    }
}

/// The windows of the notice of 2024.
pub fn windows() -> Windows {
    Windows {
        application: Window { opens: at("2024-07-22T00:00:00+08:00"), end: at("2024-08-30T18:00:00.000001+08:00") },
        review: Window { opens: at("2024-08-01T00:00:00+08:00"), end: at("2024-09-11T00:00:00+08:00") },
        payment_end: at("2024-09-16T00:00:00+08:00"),
        booking_end: at("2024-09-25T00:00:00+08:00"),
    }
}

/// The stage in which a deadline has ended the application.
pub fn ended_by_deadline(record: &Record, now: Instant, windows: &Windows) -> Option<Stage> {
    use Stage as S;
    let before_committee = record.submissions == 0;
    match record.stage {
        S::Draft | S::InReview => (before_committee && now >= windows.application.end).then_some(S::Lapsed),
        S::Returned if before_committee => (now >= windows.application.end).then_some(S::Lapsed),
        S::Returned => record.due.filter(|due| now >= *due).map(|_| S::NotAccepted),
        S::Accepted => (!record.paid && now >= windows.booking_end).then_some(S::Lapsed),
        S::FormalReview
        | S::Ready
        | S::InMeeting
        | S::Passed
        | S::Publicised
        | S::Confirmed
        | S::Withdrawn
        | S::Lapsed
        | S::NotRecommended
        | S::NotAccepted
        | S::Ineligible
        | S::NotPassed
        | S::Disqualified
        | S::Revoked => None,
    }
}

/// Where a stage lies between the draft and the end; `None` for a final stage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Draft,
    BeforeMeeting,
    FromMeeting,
    Confirmed,
}

const fn phase(stage: Stage) -> Option<Phase> {
    use Stage as S;
    match stage {
        S::Draft => Some(Phase::Draft),
        S::InReview | S::FormalReview | S::Returned | S::Accepted | S::Ready => Some(Phase::BeforeMeeting),
        S::InMeeting | S::Passed | S::Publicised => Some(Phase::FromMeeting),
        S::Confirmed => Some(Phase::Confirmed),
        S::Withdrawn
        | S::Lapsed
        | S::NotRecommended
        | S::NotAccepted
        | S::Ineligible
        | S::NotPassed
        | S::Disqualified
        | S::Revoked => None,
    }
}

/// Where an application stands.
pub type Place = (Stage, Option<usize>);

/// At a step of a chain of so many: the last one is the committee's.
fn at_step(steps: usize, step: usize) -> Place {
    (if step + 1 == steps { Stage::FormalReview } else { Stage::InReview }, Some(step))
}

/// Where an approval leads; `None` if nobody approves here, or not now.
fn approved(record: &Record, applying: bool, reviewing: bool, chain: Option<&ChainRecord>) -> Option<Place> {
    let step = record.step?;
    if step + 1 == record.steps {
        // Nothing stands against it on the record of the chain.
        (reviewing && chain == Some(&ChainRecord::default())).then_some((Stage::Accepted, None))
    } else {
        applying.then(|| at_step(record.steps, step + 1))
    }
}

/// Where a recalled submission goes: back to the applicant.
fn recalled(record: &Record, applying: bool) -> Option<Place> {
    let (by, from) = record.came.filter(|_| !record.touched)?;
    let open = applying || record.submissions > 0;
    (record.stage == Stage::InReview && open && matches!(by, Action::Submit | Action::Resubmit)).then_some(from)
}

/// Where a decision leads that is taken back: to the step at which it was made.
fn taken_back(record: &Record, applying: bool, closed: bool, reviewing: bool) -> Option<Place> {
    let (by, from) = record.came.filter(|_| !record.touched)?;
    let open = match (record.stage, by) {
        (Stage::InReview, Action::Approve) | (Stage::NotRecommended, Action::NotRecommend) => {
            (applying && !closed) || record.submissions > 0
        }
        // Taken back from the committee that it has reached once, it is held to the close of the window again.
        (Stage::FormalReview, Action::Approve) => (applying && !closed) || record.submissions > u32::from(!record.uncounted),
        (Stage::Ineligible, Action::FindIneligible) => reviewing,
        _ => false,
    };
    open.then_some(from)
}

/// Where an application goes whose deadline lies ahead again: where it was.
fn revived(record: &Record, facts: &Facts) -> Option<Place> {
    let ended = !facts.fraud_decided_before;
    let (_, (stage, step)) = record.came.filter(|(by, _)| {
        let by_deadline = [(Stage::Lapsed, Action::Lapse), (Stage::NotAccepted, Action::RefuseAcceptance)];
        ended && by_deadline.contains(&(record.stage, *by))
    })?;
    let before = Record { stage, step, ..record.clone() };
    ended_by_deadline(&before, facts.now, &facts.windows).is_none().then_some((stage, step))
}

/// Where an application goes that ended by a mistake: where it was, if the window that it needs there is open.
fn reinstated(record: &Record, facts: &Facts) -> Option<Place> {
    use Stage as S;
    let ends = matches!(record.stage, S::Lapsed | S::NotRecommended | S::NotAccepted | S::Ineligible);
    let (_, (stage, step)) = record.came.filter(|_| ends && !facts.fraud_decided_before)?;
    let open = match stage {
        S::Draft | S::InReview | S::Returned if record.submissions == 0 => facts.now < facts.windows.application.end,
        S::Returned | S::FormalReview => facts.now < facts.windows.review.end,
        S::Accepted => facts.now < facts.windows.booking_end,
        _ => true,
    };
    open.then_some((stage, step))
}

/// The only actor of an action at a stage.
pub const fn actor(action: Action, stage: Stage) -> Actor {
    use Action as A;
    match action {
        A::WithdrawPublicity if matches!(stage, Stage::Publicised) => Actor::CommitteeOffice,
        A::Submit | A::Withdraw | A::Resubmit | A::Recall => Actor::Applicant,
        A::Approve | A::Return | A::NotRecommend | A::FindIneligible | A::WithdrawPublicity => Actor::ReviewerInTurn,
        A::TakeBack => Actor::LastReviewer,
        A::Reinstate => Actor::Supervisor,
        A::Transfer => Actor::NewEmployer,
        A::RefuseAcceptance | A::Lapse | A::Revive => Actor::System,
        A::ConfirmPayment | A::ReversePayment => Actor::Finance,
        A::ReceiveOriginal
        | A::ReverseReceipt
        | A::RecordDefence
        | A::EnterMeeting
        | A::LeaveMeeting
        | A::RecordOutcome
        | A::Publicise
        | A::Confirm
        | A::Disqualify
        | A::Revoke
        | A::DecideFraud => Actor::CommitteeOffice,
    }
}

/// Where an action leads; `None` if it is refused.
pub fn act(record: &Record, action: Action, by: Actor, facts: &Facts) -> Option<Place> {
    use Action as A;
    use Stage as S;
    let ended = ended_by_deadline(record, facts.now, &facts.windows);
    if by != actor(action, record.stage) || (ended.is_some() && by != Actor::System) {
        return None;
    }
    let stage = record.stage;
    let applying = facts.now >= facts.windows.application.opens;
    let reviewing = facts.now >= facts.windows.review.opens && facts.now < facts.windows.review.end;
    let last = record.submissions >= 3;
    let only_late = facts.told_late == ToldLate::All;
    let complete = |paid| if paid && facts.originals_complete && facts.defence_settled { S::Ready } else { S::Accepted };
    let at = |expected: Stage, then: Stage| (stage == expected).then_some(then);
    let under_review = record.step.is_some() && (reviewing || stage != S::FormalReview);
    let to = match action {
        A::Submit => return (stage == S::Draft && applying).then(|| at_step(record.steps, 0)),
        A::Resubmit => {
            let open = stage == S::Returned && (applying || record.submissions > 0) && (!last || record.uncounted);
            return open.then(|| at_step(record.steps, record.returned_by));
        }
        A::Approve => return approved(record, applying, reviewing, facts.chain.as_ref()),
        A::Withdraw => phase(stage).filter(|phase| *phase <= Phase::BeforeMeeting).map(|_| S::Withdrawn),
        A::Return if stage == S::FormalReview && last && !only_late => under_review.then_some(S::NotAccepted),
        A::Return => under_review.then_some(S::Returned),
        A::FindIneligible => (stage == S::FormalReview && reviewing).then_some(S::Ineligible),
        A::NotRecommend => (stage == S::InReview).then_some(S::NotRecommended),
        A::Transfer => {
            let open = match stage {
                S::InReview => applying || record.submissions > 0,
                S::Returned => (applying || record.submissions > 0) && (record.submissions == 0 || record.due.is_none()),
                _ => stage == S::FormalReview,
            };
            return open.then(|| at_step(record.steps, 0));
        }
        A::Recall => return recalled(record, applying),
        A::TakeBack => return taken_back(record, applying, facts.now >= facts.windows.application.end, reviewing),
        A::Revive => return revived(record, facts),
        A::Reinstate => return reinstated(record, facts),
        A::RefuseAcceptance => ended.filter(|stage| *stage == S::NotAccepted),
        A::Lapse => ended.filter(|stage| *stage == S::Lapsed),
        A::ConfirmPayment => at(S::Accepted, complete(true)).filter(|_| !record.paid && facts.now < facts.windows.booking_end),
        A::ReceiveOriginal => at(S::Accepted, complete(record.paid)).filter(|_| facts.originals_owed),
        A::RecordDefence => at(S::Accepted, complete(record.paid)).filter(|_| facts.defence_owed),
        A::ReversePayment => match stage {
            S::Accepted | S::Ready => Some(S::Accepted),
            S::Withdrawn | S::Disqualified => Some(stage),
            _ => None,
        }
        .filter(|_| record.paid),
        A::ReverseReceipt => matches!(stage, S::Accepted | S::Ready).then_some(S::Accepted).filter(|_| facts.original_received),
        A::EnterMeeting => at(S::Ready, S::InMeeting),
        A::LeaveMeeting => at(S::InMeeting, S::Ready).filter(|_| facts.meeting_at.is_some_and(|begins| facts.now < begins)),
        A::RecordOutcome => at(S::InMeeting, if facts.outcome == Some(Outcome::Passed) { S::Passed } else { S::NotPassed }),
        A::Publicise => at(S::Passed, S::Publicised),
        A::WithdrawPublicity if stage == S::Publicised => Some(S::Passed),
        // The employer alone puts up a notice in these chains.
        A::WithdrawPublicity => return (stage == S::InReview && record.step == Some(0)).then_some((stage, record.step)),
        A::Confirm => at(S::Publicised, S::Confirmed),
        A::Disqualify => phase(stage)
            .filter(|phase| (Phase::BeforeMeeting..=Phase::FromMeeting).contains(phase) && facts.fraud_decided)
            .map(|_| S::Disqualified),
        A::Revoke => at(S::Confirmed, S::Revoked).filter(|_| facts.fraud_decided),
        A::DecideFraud => {
            let open = facts.fraud_decided && !facts.fraud_decided_before && facts.ever_submitted;
            (phase(stage).is_none() && stage != S::Revoked && open).then_some(stage)
        }
    };
    to.map(|stage| (stage, None))
}
