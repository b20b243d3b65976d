//! The transition table.

use super::facts::Relation;
use super::guards::Guard;
use crate::vocabulary::{Action, Stage};

/// Who may take the action of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The applicant, on their own application.
    Applicant,
    /// The reviewer of the stage, in the organisation whose turn it is.
    ReviewerInTurn,
    /// Who made the decision by which the application came where it stands.
    LastReviewer,
    /// A clerk of the employer that an applicant transfers to.
    NewEmployer,
    /// The office of the application's committee.
    CommitteeOffice,
    /// Finance.
    Finance,
    /// The supervisor, as the second person.
    Supervisor,
    /// The system, after a deadline.
    System,
}

impl Actor {
    /// Whether somebody with this relation to the application is such an actor.
    #[must_use]
    pub const fn matches(self, relation: &Relation) -> bool {
        match self {
            Self::Applicant => relation.applicant,
            Self::ReviewerInTurn => relation.in_turn,
            Self::LastReviewer => relation.last_reviewer,
            Self::NewEmployer => relation.new_employer,
            Self::CommitteeOffice => relation.committee_office,
            Self::Finance => relation.finance,
            Self::Supervisor => relation.supervisor,
            Self::System => relation.system,
        }
    }

    /// The text of the generated page.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Applicant => "the applicant",
            Self::ReviewerInTurn => "the reviewer whose turn it is",
            Self::LastReviewer => "the reviewer who decided last",
            Self::NewEmployer => "the new employer, as the applicant asked",
            Self::CommitteeOffice => "the committee office",
            Self::Finance => "finance",
            Self::Supervisor => "the supervisor",
            Self::System => "the system, by deadline",
        }
    }
}

/// Target of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// This stage.
    Stage(Stage),
    /// The first reviewer of the chain.
    FirstInChain,
    /// The next reviewer of the chain.
    NextInChain,
    /// The reviewer who returned it, or the first of the chain, as the cycle says.
    ReturnedTo,
    /// Returned to the applicant; not accepted if the committee returns the last submission.
    ReturnedOrNotAccepted,
    /// Ready once the fee is paid, the originals are received and the defence is settled; the present stage until then.
    ReadyWhenComplete,
    /// Passed or not passed, by the tally.
    Outcome,
    /// Where it was before it came here.
    WhereItWas,
    /// Where it stands.
    WhereItStands,
}

/// What is written together with the stage, in the same transaction. An effect is skipped where its condition does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Count one more submission to the committee, if the application reaches it (4.2.1b).
    CountCommitteeSubmission,
    /// Count one committee submission less, if the application is taken back from the committee.
    UncountCommitteeSubmission,
    /// Record the step that returned it, if it goes back to the applicant.
    RecordReturn,
    /// Set the due instant of the correction, if the committee returns it (4.2.1b).
    SetCorrectionDue,
    /// Do not count the next submission, if the committee returns it and tells a correction late (R1), or if it is taken from the committee.
    WaiveCount,
    /// Clear the recorded return.
    ClearReturn,
    /// Leave the former employer: its publicities are taken down and its documents taken out (4.3c, 4.2.6).
    LeaveEmployer,
    /// Create the order for the fee (4.6).
    CreateOrder,
    /// Mark the order as paid (4.6).
    MarkPaid,
    /// Mark the order as unpaid again (4.6).
    MarkUnpaid,
    /// Close an unpaid order, if the application leaves the payment stage for good.
    CloseOrder,
    /// Open a closed order again, if the application goes back to the payment stage.
    ReopenOrder,
    /// Issue the certificate with its number (R7).
    IssueCertificate,
    /// Mark the certificate as revoked in the public check (R10).
    RevokeCertificate,
    /// Bar the applicant from applying, if fraud is decided (A3).
    BarApplicant,
    /// Notify the applicant.
    NotifyApplicant,
}

impl Effect {
    /// The text of the generated page.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::CountCommitteeSubmission => "count a committee submission, if it reaches the committee",
            Self::UncountCommitteeSubmission => "count a committee submission less, if it leaves the committee",
            Self::RecordReturn => "record who returned it",
            Self::SetCorrectionDue => "set the correction due, if the committee returns it",
            Self::WaiveCount => "do not count the next submission, if a correction is told late or the committee has it",
            Self::ClearReturn => "clear the return",
            Self::LeaveEmployer => "take down the publicity of the former employer and take out its documents",
            Self::CreateOrder => "create the order",
            Self::MarkPaid => "mark as paid",
            Self::MarkUnpaid => "mark as unpaid",
            Self::CloseOrder => "close an unpaid order",
            Self::ReopenOrder => "open the order again, if it goes back to the payment stage",
            Self::IssueCertificate => "issue the certificate",
            Self::RevokeCertificate => "revoke the certificate",
            Self::BarApplicant => "bar the applicant, if fraud is decided",
            Self::NotifyApplicant => "notify the applicant",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// Stages that it starts from. No two rows share both a stage and an action.
    pub from: &'static [Stage],
    /// The action.
    pub action: Action,
    /// By whom.
    pub actor: Actor,
    /// Conditions, all of which must hold.
    pub guards: &'static [Guard],
    /// Target stage.
    pub to: To,
    /// What is written together with the stage.
    pub effects: &'static [Effect],
    /// Clause that it comes from.
    pub clause: &'static str,
}

/// Stages of an application that has never reached the committee (2.1).
const BEFORE_COMMITTEE: &[Stage] = &[Stage::Draft, Stage::InReview, Stage::Returned];
const BEFORE_MEETING: &[Stage] =
    &[Stage::Draft, Stage::InReview, Stage::FormalReview, Stage::Returned, Stage::Accepted, Stage::Ready];
const SUBMITTED_UNCONFIRMED: &[Stage] = &[
    Stage::InReview,
    Stage::FormalReview,
    Stage::Returned,
    Stage::Accepted,
    Stage::Ready,
    Stage::InMeeting,
    Stage::Passed,
    Stage::Publicised,
];

/// The ends at which no result stands any more.
const WITHOUT_RESULT: &[Stage] = &[
    Stage::Withdrawn,
    Stage::Lapsed,
    Stage::NotRecommended,
    Stage::NotAccepted,
    Stage::Ineligible,
    Stage::NotPassed,
    Stage::Disqualified,
];

/// Every change of stage. Other steps of the procedure (publicity, attachments, ballots) have rules of their own and reach the table as
/// facts.
pub const TABLE: &[Transition] = &[
    Transition {
        from: &[Stage::Draft],
        action: Action::Submit,
        actor: Actor::Applicant,
        guards: &[Guard::ApplicationWindowOpen, Guard::DossierComplete, Guard::CommitmentSigned, Guard::RulesMet],
        to: To::FirstInChain,
        effects: &[Effect::CountCommitteeSubmission],
        clause: "2.1",
    },
    Transition {
        from: &[Stage::Returned],
        action: Action::Resubmit,
        actor: Actor::Applicant,
        guards: &[
            Guard::ApplicationWindowOpen,
            Guard::CorrectionInTime,
            Guard::SubmissionsLeft,
            Guard::CorrectionsAnswered,
            Guard::DossierComplete,
            Guard::CommitmentSigned,
            Guard::RulesMet,
        ],
        to: To::ReturnedTo,
        effects: &[Effect::CountCommitteeSubmission, Effect::ClearReturn],
        clause: "4.2.1b",
    },
    Transition {
        from: &[Stage::InReview],
        action: Action::Recall,
        actor: Actor::Applicant,
        guards: &[Guard::ApplicationWindowOpen, Guard::NothingSince],
        to: To::WhereItWas,
        effects: &[Effect::RecordReturn],
        clause: "4.1a",
    },
    Transition {
        from: &[Stage::InReview, Stage::FormalReview, Stage::NotRecommended],
        action: Action::TakeBack,
        actor: Actor::LastReviewer,
        guards: &[Guard::NotOwnApplication, Guard::ApplicationWindowOpen, Guard::NothingSince],
        to: To::WhereItWas,
        effects: &[Effect::UncountCommitteeSubmission, Effect::NotifyApplicant],
        clause: "4.1a",
    },
    Transition {
        from: &[Stage::Ineligible],
        action: Action::TakeBack,
        actor: Actor::LastReviewer,
        guards: &[Guard::NotOwnApplication, Guard::ReviewWindowOpen, Guard::NothingSince],
        to: To::WhereItWas,
        effects: &[Effect::NotifyApplicant],
        clause: "4.1a",
    },
    Transition {
        from: BEFORE_MEETING,
        action: Action::Withdraw,
        actor: Actor::Applicant,
        guards: &[],
        to: To::Stage(Stage::Withdrawn),
        effects: &[Effect::CloseOrder],
        clause: "4.1a",
    },
    // The cycle says which steps require publicity, checklist and sentence. Each of these guards holds where the step does not
    // require it.
    Transition {
        from: &[Stage::InReview],
        action: Action::Approve,
        actor: Actor::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ApplicationWindowOpen,
            Guard::RulesMet,
            Guard::ChecklistAnswered,
            Guard::OpinionGiven,
            Guard::FixedSentence,
            Guard::SealsDeclared,
            Guard::StepPublicityFinished,
            Guard::StepObjectionsDecided,
            Guard::StepObjectionsRejected,
        ],
        to: To::NextInChain,
        effects: &[Effect::CountCommitteeSubmission],
        clause: "4.3a",
    },
    // What is accepted is what was made public and recommended, whichever way it came here.
    Transition {
        from: &[Stage::FormalReview],
        action: Action::Approve,
        actor: Actor::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ReviewWindowOpen,
            Guard::RulesMet,
            Guard::ChecklistAnswered,
            Guard::OpinionGiven,
            Guard::ChainPublicised,
            Guard::ChainObjectionsDecided,
            Guard::ChainObjectionsRejected,
            Guard::ChainApproved,
        ],
        to: To::Stage(Stage::Accepted),
        effects: &[Effect::CreateOrder, Effect::NotifyApplicant],
        clause: "2.2",
    },
    Transition {
        from: &[Stage::InReview],
        action: Action::Return,
        actor: Actor::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::OpinionGiven,
            Guard::CorrectionsNamed,
            Guard::CorrectionsNew,
        ],
        to: To::Stage(Stage::Returned),
        effects: &[Effect::RecordReturn, Effect::NotifyApplicant],
        clause: "R1",
    },
    Transition {
        from: &[Stage::FormalReview],
        action: Action::Return,
        actor: Actor::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ReviewWindowOpen,
            Guard::OpinionGiven,
            Guard::CorrectionsNamed,
            Guard::CorrectionsNew,
            Guard::ShortTimeConfirmed,
        ],
        to: To::ReturnedOrNotAccepted,
        effects: &[Effect::RecordReturn, Effect::SetCorrectionDue, Effect::WaiveCount, Effect::NotifyApplicant],
        clause: "4.2.1b",
    },
    // Before the committee nobody ends an application for good: the year stays free while the window is open.
    Transition {
        from: &[Stage::InReview],
        action: Action::NotRecommend,
        actor: Actor::ReviewerInTurn,
        guards: &[Guard::NotOwnApplication, Guard::OneStepPerPerson, Guard::ChecklistAnswered, Guard::OpinionGiven],
        to: To::Stage(Stage::NotRecommended),
        effects: &[Effect::NotifyApplicant],
        clause: "4.3b",
    },
    Transition {
        from: &[Stage::FormalReview],
        action: Action::FindIneligible,
        actor: Actor::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ReviewWindowOpen,
            Guard::ChecklistAnswered,
            Guard::OpinionGiven,
            Guard::GroundsNamed,
        ],
        to: To::Stage(Stage::Ineligible),
        effects: &[Effect::NotifyApplicant],
        clause: "2.2",
    },
    Transition {
        from: BEFORE_COMMITTEE,
        action: Action::Lapse,
        actor: Actor::System,
        guards: &[Guard::DeadlinePassed],
        to: To::Stage(Stage::Lapsed),
        effects: &[Effect::NotifyApplicant],
        clause: "2.1",
    },
    // A window that is extended after it closed keeps alive what ended by it, and so does a clock that was ahead and is set back.
    Transition {
        from: &[Stage::Lapsed, Stage::NotAccepted],
        action: Action::Revive,
        actor: Actor::System,
        guards: &[Guard::DeadlineExtended, Guard::FraudDecidedOnce],
        to: To::WhereItWas,
        effects: &[Effect::ReopenOrder, Effect::NotifyApplicant],
        clause: "2.1",
    },
    // What ended by a mistake: proposed by the office, confirmed by a second person, with the window that it needs.
    Transition {
        from: &[Stage::Lapsed, Stage::NotRecommended, Stage::NotAccepted, Stage::Ineligible],
        action: Action::Reinstate,
        actor: Actor::Supervisor,
        guards: &[
            Guard::NotOwnApplication,
            Guard::ReinstatementProposed,
            Guard::SecondPerson,
            Guard::WindowAhead,
            Guard::FraudDecidedOnce,
        ],
        to: To::WhereItWas,
        effects: &[Effect::SetCorrectionDue, Effect::ReopenOrder, Effect::NotifyApplicant],
        clause: "4.1a",
    },
    Transition {
        from: &[Stage::Returned],
        action: Action::RefuseAcceptance,
        actor: Actor::System,
        guards: &[Guard::DeadlinePassed],
        to: To::Stage(Stage::NotAccepted),
        effects: &[Effect::NotifyApplicant],
        clause: "4.2.1b",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::Lapse,
        actor: Actor::System,
        guards: &[Guard::DeadlinePassed],
        to: To::Stage(Stage::Lapsed),
        effects: &[Effect::CloseOrder, Effect::NotifyApplicant],
        clause: "2.3",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::ConfirmPayment,
        actor: Actor::Finance,
        guards: &[Guard::NotOwnApplication, Guard::PaymentInTime, Guard::OrderUnpaid],
        to: To::ReadyWhenComplete,
        effects: &[Effect::MarkPaid, Effect::NotifyApplicant],
        clause: "4.6",
    },
    // A slip of the booking: until a meeting stands on it.
    Transition {
        from: &[Stage::Accepted, Stage::Ready],
        action: Action::ReversePayment,
        actor: Actor::Finance,
        guards: &[Guard::NotOwnApplication, Guard::OrderPaid],
        to: To::Stage(Stage::Accepted),
        effects: &[Effect::MarkUnpaid, Effect::NotifyApplicant],
        clause: "4.6",
    },
    // On an application that has ended it bars nobody else's order from the money; nothing moves.
    Transition {
        from: &[Stage::Withdrawn, Stage::Disqualified],
        action: Action::ReversePayment,
        actor: Actor::Finance,
        guards: &[Guard::NotOwnApplication, Guard::OrderPaid],
        to: To::WhereItStands,
        effects: &[Effect::MarkUnpaid, Effect::NotifyApplicant],
        clause: "4.6",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::ReceiveOriginal,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::OriginalsOwed],
        to: To::ReadyWhenComplete,
        effects: &[],
        clause: "4.4a",
    },
    // A receipt that was a slip: until a meeting stands on it.
    Transition {
        from: &[Stage::Accepted, Stage::Ready],
        action: Action::ReverseReceipt,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::OriginalReceived],
        to: To::Stage(Stage::Accepted),
        effects: &[Effect::NotifyApplicant],
        clause: "4.4a",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::RecordDefence,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::DefenceOwed],
        to: To::ReadyWhenComplete,
        effects: &[],
        clause: "4.5",
    },
    Transition {
        from: &[Stage::Ready],
        action: Action::EnterMeeting,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication],
        to: To::Stage(Stage::InMeeting),
        effects: &[Effect::NotifyApplicant],
        clause: "2.4",
    },
    // Put on the wrong list: until the meeting begins.
    Transition {
        from: &[Stage::InMeeting],
        action: Action::LeaveMeeting,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::MeetingAhead],
        to: To::Stage(Stage::Ready),
        effects: &[Effect::NotifyApplicant],
        clause: "2.4",
    },
    Transition {
        from: &[Stage::InMeeting],
        action: Action::RecordOutcome,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::QuorumPresent, Guard::TallyRecorded],
        to: To::Outcome,
        effects: &[Effect::NotifyApplicant],
        clause: "R4",
    },
    Transition {
        from: &[Stage::Passed],
        action: Action::Publicise,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication],
        to: To::Stage(Stage::Publicised),
        effects: &[Effect::NotifyApplicant],
        clause: "2.4",
    },
    // A notice with a wrong day or text: while nothing stands on it, and nothing objected to it is lost.
    Transition {
        from: &[Stage::InReview],
        action: Action::WithdrawPublicity,
        actor: Actor::ReviewerInTurn,
        guards: &[Guard::NotOwnApplication, Guard::NoticeStands, Guard::NoticeUndisputed, Guard::NoticeUncontested],
        to: To::WhereItStands,
        effects: &[Effect::NotifyApplicant],
        clause: "4.3c",
    },
    Transition {
        from: &[Stage::Publicised],
        action: Action::WithdrawPublicity,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::NoticeStands, Guard::NoticeUndisputed, Guard::NoticeUncontested],
        to: To::Stage(Stage::Passed),
        effects: &[Effect::NotifyApplicant],
        clause: "R7",
    },
    Transition {
        from: &[Stage::Publicised],
        action: Action::Confirm,
        actor: Actor::CommitteeOffice,
        guards: &[
            Guard::NotOwnApplication,
            Guard::ResultPublicityFinished,
            Guard::ResultObjectionsDecided,
            Guard::ResultObjectionsRejected,
            Guard::ResultPosted,
        ],
        to: To::Stage(Stage::Confirmed),
        effects: &[Effect::IssueCertificate, Effect::NotifyApplicant],
        clause: "R7",
    },
    Transition {
        from: SUBMITTED_UNCONFIRMED,
        action: Action::Disqualify,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::DisqualificationGround],
        to: To::Stage(Stage::Disqualified),
        effects: &[Effect::CloseOrder, Effect::BarApplicant, Effect::NotifyApplicant],
        clause: "A3",
    },
    Transition {
        from: &[Stage::Confirmed],
        action: Action::Revoke,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::FraudDecided],
        to: To::Stage(Stage::Revoked),
        effects: &[Effect::RevokeCertificate, Effect::BarApplicant, Effect::NotifyApplicant],
        clause: "R10",
    },
    // Another employer: what the former one said does not count any more; the number of submissions stays.
    Transition {
        from: &[Stage::InReview, Stage::Returned],
        action: Action::Transfer,
        actor: Actor::NewEmployer,
        guards: &[Guard::NotOwnApplication, Guard::ApplicationWindowOpen, Guard::NoPublicityRuns, Guard::NoCorrectionPending],
        to: To::FirstInChain,
        effects: &[Effect::ClearReturn, Effect::LeaveEmployer, Effect::NotifyApplicant],
        clause: "4.3c",
    },
    Transition {
        from: &[Stage::FormalReview],
        action: Action::Transfer,
        actor: Actor::NewEmployer,
        guards: &[Guard::NotOwnApplication, Guard::NoPublicityRuns],
        to: To::FirstInChain,
        effects: &[Effect::WaiveCount, Effect::LeaveEmployer, Effect::NotifyApplicant],
        clause: "4.3c",
    },
    // Whatever has become of it: who was found out after the end is barred like others.
    Transition {
        from: WITHOUT_RESULT,
        action: Action::DecideFraud,
        actor: Actor::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::EverSubmitted, Guard::FraudDecided, Guard::FraudDecidedOnce],
        to: To::WhereItStands,
        effects: &[Effect::BarApplicant, Effect::NotifyApplicant],
        clause: "A3",
    },
];

impl Transition {
    /// The row of a stage and an action.
    #[must_use]
    pub fn find(stage: Stage, action: Action) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.action == action && row.from.contains(&stage))
    }
}
