//! What a decision is made from: the actor's relation to the application, and the facts of the moment.

use super::chain::ChainRecord;
use crate::clock::Instant;
use crate::cycles::Windows;
use crate::cycles::deadlines::ShortCorrection;

/// The relation of the actor to this application. A person may hold several roles, so several fields may be true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// It is their own application.
    pub applicant: bool,
    /// They hold the role of the present step in the organisation whose turn it is.
    pub in_turn: bool,
    /// They hold the committee office of this application's committee.
    pub committee_office: bool,
    /// They are a clerk of the employer to which its applicant asked to transfer it.
    pub new_employer: bool,
    /// They hold finance for this cycle.
    pub finance: bool,
    /// They are the supervisor.
    pub supervisor: bool,
    /// It is the system, after a deadline.
    pub system: bool,
    /// They made the decision by which it came where it stands, in a role that they still hold.
    pub last_reviewer: bool,
    /// They decided at another step of the chain of this application.
    pub decided_another_step: bool,
}

impl Relation {
    /// The system, after a deadline.
    pub const SYSTEM: Self = Self {
        applicant: false,
        in_turn: false,
        committee_office: false,
        new_employer: false,
        finance: false,
        supervisor: false,
        system: true,
        last_reviewer: false,
        decided_another_step: false,
    };
}

/// The state of a publicity (4.3c, R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicityFacts {
    /// Its last day is over, and it ran the required days.
    pub finished: bool,
    /// Objections not yet decided that hold the application up.
    pub open_objections: u32,
    /// Objections upheld.
    pub upheld_objections: u32,
    /// Objections not yet decided, whether or not they hold the application up.
    pub undecided_objections: u32,
    /// The result waits for the employer's own posting, which is not on record (2.4).
    pub posting_missing: bool,
}

/// Whether a return tells corrections that could have been told before (R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldLate {
    /// None of them.
    None,
    /// Some, beside others that stand by themselves.
    Some,
    /// All of them: nothing else stands against the submission.
    All,
}

/// A document of the evidence list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its category.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Result of the meeting for a candidate, after the cap (R4, 4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Passed, inside the cap.
    Passed,
    /// Not passed, by the vote or by the cap.
    NotPassed,
}

/// What is known when an action is judged, as it stands with the action done. [`Facts::at`] leaves everything unknown, and an unknown
/// fact refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Instant at which the request was received.
    pub now: Instant,
    /// The windows as they stand for this application.
    pub windows: Windows,
    /// Every required field and document is present (4.2.1a, 4.2.6).
    pub dossier_complete: bool,
    /// The commitment is signed for this dossier (A3).
    pub commitment_signed: bool,
    /// Number of rules that block the application; `None` if they were not evaluated.
    pub blocking_rules: Option<u32>,
    /// Corrections of the last return without an answer; `None` if they were not counted.
    pub unanswered_corrections: Option<u32>,
    /// The decision answers every item of the stage's checklist (4.3a).
    pub checklist_answered: bool,
    /// The decision has an opinion (4.3b).
    pub opinion_given: bool,
    /// The decision carries the employer's sentence (4.4b).
    pub fixed_sentence: bool,
    /// The return names at least one correction (R1).
    pub corrections_named: bool,
    /// Places of the corrections that are neither new nor uncorrected and do not say why they were not named earlier (R1); `None` if they were
    /// not looked at.
    pub corrections_late: Option<Vec<String>>,
    /// Whether the return tells corrections late, by its own words (R1).
    pub told_late: ToldLate,
    /// How long the correction has, where that is less than the notice gives (4.2.1b).
    pub correction_short: Option<ShortCorrection>,
    /// The reviewer confirms that it is less.
    pub short_confirmed: bool,
    /// Documents that ask for signature and seal, and about which the decision does not say that they were seen (4.2.6); `None` if they were not
    /// looked at.
    pub unsealed_documents: Option<Vec<Document>>,
    /// The finding names the clauses that are not met.
    pub grounds_named: bool,
    /// The publicity of the present step; `None` if there is none.
    pub step_publicity: Option<PublicityFacts>,
    /// The publicity of the result; `None` if there is none.
    pub result_publicity: Option<PublicityFacts>,
    /// What stands on record of the chain; `None` if it was not looked at, as it is for an acceptance alone.
    pub chain: Option<ChainRecord>,
    /// Every required original is received (4.4a).
    pub originals_complete: bool,
    /// The defence is held, exempted, or not required at this level (4.5).
    pub defence_settled: bool,
    /// An original was still to come when it was asked for (4.4a).
    pub originals_owed: bool,
    /// The level defends, and how the defence ended was not on record when it was asked for (4.5).
    pub defence_owed: bool,
    /// An original is in (4.4a).
    pub original_received: bool,
    /// When the meeting begins that it is before; `None` if it is before none (2.4).
    pub meeting_at: Option<Instant>,
    /// The meeting had its quorum (R3).
    pub quorum_present: bool,
    /// Result by the recorded tally; `None` if none is recorded.
    pub outcome: Option<Outcome>,
    /// A fraud decision on this application is on record (A3, R10).
    pub fraud_decided: bool,
    /// Its reinstatement was proposed, by somebody other than the actor; `None` if nobody has proposed it.
    pub reinstatement: Option<bool>,
    /// A publicity of it runs now.
    pub publicity_runs: bool,
    /// One was on record before the act that is judged.
    pub fraud_decided_before: bool,
    /// The application was submitted at least once.
    pub ever_submitted: bool,
}

impl Facts {
    /// Facts of one instant, with everything else unknown.
    #[must_use]
    pub const fn at(now: Instant, windows: Windows) -> Self {
        Self {
            now,
            windows,
            dossier_complete: false,
            commitment_signed: false,
            blocking_rules: None,
            unanswered_corrections: None,
            checklist_answered: false,
            opinion_given: false,
            fixed_sentence: false,
            corrections_named: false,
            corrections_late: None,
            told_late: ToldLate::None,
            correction_short: None,
            short_confirmed: false,
            unsealed_documents: None,
            grounds_named: false,
            step_publicity: None,
            result_publicity: None,
            chain: None,
            originals_complete: false,
            defence_settled: false,
            originals_owed: false,
            defence_owed: false,
            original_received: false,
            meeting_at: None,
            quorum_present: false,
            outcome: None,
            fraud_decided: false,
            reinstatement: None,
            publicity_runs: true,
            fraud_decided_before: true,
            ever_submitted: false,
        }
    }

    /// Whether an objection to either publicity was upheld.
    #[must_use]
    pub fn objection_upheld(&self) -> bool {
        [self.step_publicity, self.result_publicity].into_iter().flatten().any(|p| p.upheld_objections > 0)
    }
}
