//! The transition table.

use super::{Guard, Relation};
use crate::vocabulary::{Action, Stage};

/// Who may do what a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The applicant, on their own application.
    Applicant,
    /// The reviewer of the stage, in the organisation whose turn it is.
    ReviewerInTurn,
    /// The office of the application's committee.
    CommitteeOffice,
    /// Finance.
    Finance,
    /// The system, when a deadline has passed.
    System,
}

impl Who {
    /// Whether an actor of this relation is meant.
    #[must_use]
    pub const fn is(self, actor: &Relation) -> bool {
        match self {
            Self::Applicant => actor.applicant,
            Self::ReviewerInTurn => actor.in_turn,
            Self::CommitteeOffice => actor.committee_office,
            Self::Finance => actor.finance,
            Self::System => actor.system,
        }
    }

    /// As the generated page says it.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Applicant => "the applicant",
            Self::ReviewerInTurn => "the reviewer whose turn it is",
            Self::CommitteeOffice => "the committee office",
            Self::Finance => "finance",
            Self::System => "the system, by deadline",
        }
    }
}

/// Where a row leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Always this stage.
    Stage(Stage),
    /// The first reviewer of the chain.
    FirstInChain,
    /// The next reviewer of the chain.
    NextInChain,
    /// The reviewer who returned it, or the first of the chain, as the cycle says.
    ReturnedTo,
    /// Back to the applicant; not accepted when the committee returns the last submission.
    ReturnedOrNotAccepted,
    /// Ready once paid, originals and defence are all there; it stays where it is until then.
    ReadyWhenComplete,
    /// What the tally says.
    Outcome,
}

/// What is written beside the stage, in the same transaction. An effect takes place only where its condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// One more submission to the committee; when the act reaches it (4.2.1b).
    CountCommitteeSubmission,
    /// Which stage returned it; when it goes back to the applicant.
    RecordReturn,
    /// The day by which to correct; when the committee returns it (4.2.1b).
    SetCorrectionDue,
    /// No return is waiting any more.
    ClearReturn,
    /// The order over the fee (4.6).
    CreateOrder,
    /// The order is paid (4.6).
    MarkPaid,
    /// An order that nobody has paid is closed; when the application leaves the payment stage for good.
    CloseOrder,
    /// The certificate with its number (R7).
    IssueCertificate,
    /// The certificate's public check says revoked (R10).
    RevokeCertificate,
    /// The ban from applying; when fraud is decided (A3).
    BarApplicant,
    /// A notice to the applicant.
    NotifyApplicant,
}

impl Effect {
    /// As the generated page says it.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::CountCommitteeSubmission => "count a committee submission, if it reaches the committee",
            Self::RecordReturn => "record who returned it",
            Self::SetCorrectionDue => "set the correction due, if the committee returns it",
            Self::ClearReturn => "clear the return",
            Self::CreateOrder => "create the order",
            Self::MarkPaid => "mark as paid",
            Self::CloseOrder => "close an unpaid order",
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
    /// The stages it starts from. No two rows share a stage and an action.
    pub from: &'static [Stage],
    /// What is done.
    pub action: Action,
    /// By whom.
    pub who: Who,
    /// What must hold.
    pub guards: &'static [Guard],
    /// Where it leads.
    pub to: To,
    /// What is written beside it.
    pub effects: &'static [Effect],
    /// The clause that it rests on.
    pub clause: &'static str,
}

const REVIEWS_BEFORE_COMMITTEE: &[Stage] =
    &[Stage::EmployerReview, Stage::DepartmentReview, Stage::CountyServiceReview, Stage::PrefectureServiceReview];
/// Where an application may be that has never reached the committee (2.1).
pub(super) const BEFORE_COMMITTEE: &[Stage] = &[
    Stage::Draft,
    Stage::EmployerReview,
    Stage::DepartmentReview,
    Stage::CountyServiceReview,
    Stage::PrefectureServiceReview,
    Stage::Returned,
];
const BEFORE_MEETING: &[Stage] = &[
    Stage::Draft,
    Stage::EmployerReview,
    Stage::DepartmentReview,
    Stage::CountyServiceReview,
    Stage::PrefectureServiceReview,
    Stage::FormalReview,
    Stage::Returned,
    Stage::Accepted,
    Stage::Ready,
];
const SUBMITTED_UNCONFIRMED: &[Stage] = &[
    Stage::EmployerReview,
    Stage::DepartmentReview,
    Stage::CountyServiceReview,
    Stage::PrefectureServiceReview,
    Stage::FormalReview,
    Stage::Returned,
    Stage::Accepted,
    Stage::Ready,
    Stage::InMeeting,
    Stage::Passed,
    Stage::Publicised,
];

/// Every way an application moves. What is not here does not happen.
pub const TABLE: &[Transition] = &[
    Transition {
        from: &[Stage::Draft],
        action: Action::Submit,
        who: Who::Applicant,
        guards: &[Guard::ApplicationWindowOpen, Guard::DossierComplete, Guard::CommitmentSigned, Guard::RulesMet],
        to: To::FirstInChain,
        effects: &[Effect::CountCommitteeSubmission],
        clause: "2.1",
    },
    Transition {
        from: &[Stage::Returned],
        action: Action::Resubmit,
        who: Who::Applicant,
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
        from: BEFORE_MEETING,
        action: Action::Withdraw,
        who: Who::Applicant,
        guards: &[],
        to: To::Stage(Stage::Withdrawn),
        effects: &[Effect::CloseOrder],
        clause: "4.1a",
    },
    // What a step asks for (publicity, checklist, sentence) is the cycle's to say: each of these guards holds where the
    // step does not ask for it.
    Transition {
        from: REVIEWS_BEFORE_COMMITTEE,
        action: Action::Approve,
        who: Who::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ApplicationWindowOpen,
            Guard::RulesMet,
            Guard::ChecklistAnswered,
            Guard::OpinionGiven,
            Guard::FixedSentence,
            Guard::EmployerPublicityFinished,
            Guard::EmployerObjectionsDecided,
            Guard::EmployerObjectionsRejected,
        ],
        to: To::NextInChain,
        effects: &[Effect::CountCommitteeSubmission],
        clause: "4.3a",
    },
    Transition {
        from: &[Stage::FormalReview],
        action: Action::Approve,
        who: Who::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ReviewWindowOpen,
            Guard::RulesMet,
            Guard::ChecklistAnswered,
            Guard::OpinionGiven,
        ],
        to: To::Stage(Stage::Accepted),
        effects: &[Effect::CreateOrder, Effect::NotifyApplicant],
        clause: "2.2",
    },
    Transition {
        from: REVIEWS_BEFORE_COMMITTEE,
        action: Action::Return,
        who: Who::ReviewerInTurn,
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
        who: Who::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ReviewWindowOpen,
            Guard::OpinionGiven,
            Guard::CorrectionsNamed,
            Guard::CorrectionsNew,
        ],
        to: To::ReturnedOrNotAccepted,
        effects: &[Effect::RecordReturn, Effect::SetCorrectionDue, Effect::NotifyApplicant],
        clause: "4.2.1b",
    },
    Transition {
        from: REVIEWS_BEFORE_COMMITTEE,
        action: Action::FindIneligible,
        who: Who::ReviewerInTurn,
        guards: &[
            Guard::NotOwnApplication,
            Guard::OneStepPerPerson,
            Guard::ChecklistAnswered,
            Guard::OpinionGiven,
            Guard::GroundsNamed,
        ],
        to: To::Stage(Stage::Ineligible),
        effects: &[Effect::NotifyApplicant],
        clause: "4.3b",
    },
    Transition {
        from: &[Stage::FormalReview],
        action: Action::FindIneligible,
        who: Who::ReviewerInTurn,
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
        who: Who::System,
        guards: &[Guard::DeadlinePassed],
        to: To::Stage(Stage::Lapsed),
        effects: &[Effect::NotifyApplicant],
        clause: "2.1",
    },
    Transition {
        from: &[Stage::Returned],
        action: Action::RefuseAcceptance,
        who: Who::System,
        guards: &[Guard::DeadlinePassed],
        to: To::Stage(Stage::NotAccepted),
        effects: &[Effect::NotifyApplicant],
        clause: "4.2.1b",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::Lapse,
        who: Who::System,
        guards: &[Guard::DeadlinePassed],
        to: To::Stage(Stage::Lapsed),
        effects: &[Effect::CloseOrder, Effect::NotifyApplicant],
        clause: "2.3",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::ConfirmPayment,
        who: Who::Finance,
        guards: &[Guard::NotOwnApplication, Guard::PaymentInTime, Guard::OrderUnpaid],
        to: To::ReadyWhenComplete,
        effects: &[Effect::MarkPaid, Effect::NotifyApplicant],
        clause: "4.6",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::ReceiveOriginal,
        who: Who::CommitteeOffice,
        guards: &[Guard::NotOwnApplication],
        to: To::ReadyWhenComplete,
        effects: &[],
        clause: "4.4a",
    },
    Transition {
        from: &[Stage::Accepted],
        action: Action::RecordDefence,
        who: Who::CommitteeOffice,
        guards: &[Guard::NotOwnApplication],
        to: To::ReadyWhenComplete,
        effects: &[],
        clause: "4.5",
    },
    Transition {
        from: &[Stage::Ready],
        action: Action::EnterMeeting,
        who: Who::CommitteeOffice,
        guards: &[Guard::NotOwnApplication],
        to: To::Stage(Stage::InMeeting),
        effects: &[Effect::NotifyApplicant],
        clause: "2.4",
    },
    Transition {
        from: &[Stage::InMeeting],
        action: Action::RecordOutcome,
        who: Who::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::QuorumPresent, Guard::TallyRecorded],
        to: To::Outcome,
        effects: &[Effect::NotifyApplicant],
        clause: "R4",
    },
    Transition {
        from: &[Stage::Passed],
        action: Action::Publicise,
        who: Who::CommitteeOffice,
        guards: &[Guard::NotOwnApplication],
        to: To::Stage(Stage::Publicised),
        effects: &[Effect::NotifyApplicant],
        clause: "2.4",
    },
    Transition {
        from: &[Stage::Publicised],
        action: Action::Confirm,
        who: Who::CommitteeOffice,
        guards: &[
            Guard::NotOwnApplication,
            Guard::ResultPublicityFinished,
            Guard::ResultObjectionsDecided,
            Guard::ResultObjectionsRejected,
        ],
        to: To::Stage(Stage::Confirmed),
        effects: &[Effect::IssueCertificate, Effect::NotifyApplicant],
        clause: "R7",
    },
    Transition {
        from: SUBMITTED_UNCONFIRMED,
        action: Action::Disqualify,
        who: Who::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::DisqualificationGround],
        to: To::Stage(Stage::Disqualified),
        effects: &[Effect::CloseOrder, Effect::BarApplicant, Effect::NotifyApplicant],
        clause: "A3",
    },
    Transition {
        from: &[Stage::Confirmed],
        action: Action::Revoke,
        who: Who::CommitteeOffice,
        guards: &[Guard::NotOwnApplication, Guard::FraudDecided],
        to: To::Stage(Stage::Revoked),
        effects: &[Effect::RevokeCertificate, Effect::BarApplicant, Effect::NotifyApplicant],
        clause: "R10",
    },
];

impl Transition {
    /// The row of a stage and an action.
    #[must_use]
    pub fn find(stage: Stage, action: Action) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.action == action && row.from.contains(&stage))
    }
}
