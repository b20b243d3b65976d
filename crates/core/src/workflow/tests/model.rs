//! A second model of the workflow: the life of an application as one function, without table, guards or effects. The content of every request is
//! complete; only stage, actor and time decide. Nothing here is generated from the table, so that the two check each other:
//! [`super::sequences`] compares them on random sequences, and on every pair of stage and action.

use super::*;

/// The little that the model keeps of an application.
#[derive(Clone, Debug)]
pub struct Record {
    pub stage: Stage,
    pub private: bool,
    pub returned_by: Stage,
    pub submissions: u32,
    pub due: Option<Instant>,
    pub paid: bool,
}

/// The stage in which a deadline has ended the application.
pub fn ended_by_deadline(record: &Record, now: Instant, windows: &Windows) -> Option<Stage> {
    use Stage as S;
    let before_committee = record.submissions == 0;
    match record.stage {
        S::Draft | S::EmployerReview | S::DepartmentReview | S::CountyServiceReview | S::PrefectureServiceReview => {
            (before_committee && now >= windows.application.end).then_some(S::Lapsed)
        }
        S::Returned if before_committee => (now >= windows.application.end).then_some(S::Lapsed),
        S::Returned => record.due.filter(|due| now >= *due).map(|_| S::NotAccepted),
        S::Accepted => (!record.paid && now >= windows.payment_end).then_some(S::Lapsed),
        S::FormalReview
        | S::Ready
        | S::InMeeting
        | S::Passed
        | S::Publicised
        | S::Confirmed
        | S::Withdrawn
        | S::Lapsed
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
        S::EmployerReview
        | S::DepartmentReview
        | S::CountyServiceReview
        | S::PrefectureServiceReview
        | S::FormalReview
        | S::Returned
        | S::Accepted
        | S::Ready => Some(Phase::BeforeMeeting),
        S::InMeeting | S::Passed | S::Publicised => Some(Phase::FromMeeting),
        S::Confirmed => Some(Phase::Confirmed),
        S::Withdrawn | S::Lapsed | S::NotAccepted | S::Ineligible | S::NotPassed | S::Disqualified | S::Revoked => None,
    }
}

/// The stage after an approval; `None` if nobody approves at this stage, or not now.
fn approved(record: &Record, applying: bool, reviewing: bool) -> Option<Stage> {
    use Stage as S;
    match record.stage {
        S::EmployerReview if record.private => applying.then_some(S::CountyServiceReview),
        S::EmployerReview => applying.then_some(S::DepartmentReview),
        S::CountyServiceReview => applying.then_some(S::PrefectureServiceReview),
        S::DepartmentReview | S::PrefectureServiceReview => applying.then_some(S::FormalReview),
        S::FormalReview => reviewing.then_some(S::Accepted),
        S::Draft
        | S::Returned
        | S::Accepted
        | S::Ready
        | S::InMeeting
        | S::Passed
        | S::Publicised
        | S::Confirmed
        | S::Withdrawn
        | S::Lapsed
        | S::NotAccepted
        | S::Ineligible
        | S::NotPassed
        | S::Disqualified
        | S::Revoked => None,
    }
}

/// The only actor of an action.
pub const fn actor(action: Action) -> Actor {
    use Action as A;
    match action {
        A::Submit | A::Withdraw | A::Resubmit => Actor::Applicant,
        A::Approve | A::Return | A::FindIneligible => Actor::ReviewerInTurn,
        A::RefuseAcceptance | A::Lapse => Actor::System,
        A::ConfirmPayment => Actor::Finance,
        A::ReceiveOriginal
        | A::RecordDefence
        | A::EnterMeeting
        | A::RecordOutcome
        | A::Publicise
        | A::Confirm
        | A::Disqualify
        | A::Revoke => Actor::CommitteeOffice,
    }
}

/// The stage after an action; `None` if it is refused.
pub fn step(record: &Record, action: Action, by: Actor, facts: &Facts) -> Option<Stage> {
    use Action as A;
    use Stage as S;
    let ended = ended_by_deadline(record, facts.now, &facts.windows);
    if by != actor(action) || (ended.is_some() && by != Actor::System) {
        return None;
    }
    let stage = record.stage;
    let applying = facts.now >= facts.windows.application.opens;
    let reviewing = facts.now >= facts.windows.review.opens && facts.now < facts.windows.review.end;
    let last = record.submissions >= 3;
    let complete = |paid| if paid && facts.originals_complete && facts.defence_settled { S::Ready } else { S::Accepted };
    let at = |expected: Stage, then: Stage| (stage == expected).then_some(then);
    match action {
        A::Submit => at(S::Draft, S::EmployerReview).filter(|_| applying),
        A::Resubmit => at(S::Returned, record.returned_by).filter(|_| (applying || record.submissions > 0) && !last),
        A::Withdraw => phase(stage).filter(|phase| *phase <= Phase::BeforeMeeting).map(|_| S::Withdrawn),
        A::Approve => approved(record, applying, reviewing),
        A::Return if stage == S::FormalReview => reviewing.then_some(if last { S::NotAccepted } else { S::Returned }),
        A::Return => stage.is_review().then_some(S::Returned),
        A::FindIneligible => (stage.is_review() && (reviewing || stage != S::FormalReview)).then_some(S::Ineligible),
        A::RefuseAcceptance => ended.filter(|stage| *stage == S::NotAccepted),
        A::Lapse => ended.filter(|stage| *stage == S::Lapsed),
        A::ConfirmPayment => at(S::Accepted, complete(true)).filter(|_| !record.paid && facts.now < facts.windows.payment_end),
        A::ReceiveOriginal | A::RecordDefence => at(S::Accepted, complete(record.paid)),
        A::EnterMeeting => at(S::Ready, S::InMeeting),
        A::RecordOutcome => at(S::InMeeting, if facts.outcome == Some(Outcome::Passed) { S::Passed } else { S::NotPassed }),
        A::Publicise => at(S::Passed, S::Publicised),
        A::Confirm => at(S::Publicised, S::Confirmed),
        A::Disqualify => phase(stage)
            .filter(|phase| (Phase::BeforeMeeting..=Phase::FromMeeting).contains(phase) && facts.fraud_decided)
            .map(|_| S::Disqualified),
        A::Revoke => at(S::Confirmed, S::Revoked).filter(|_| facts.fraud_decided),
    }
}
