//! What a decision is made from, and what it answers.

use super::{Effect, Guard};
use crate::clock::Instant;
use crate::cycles::CycleDefinition;
use crate::cycles::definition::{ChainStep, ResubmitTo};
use crate::vocabulary::{Action, Role, Stage};

/// A period with its first instant and the first instant after it. A notice that closes "at 18:00:00, included" has
/// `over` one microsecond later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First instant inside.
    pub opens: Instant,
    /// First instant after the end.
    pub over: Instant,
}

impl Span {
    /// Whether the instant lies inside.
    #[must_use]
    pub fn contains(&self, instant: Instant) -> bool {
        self.opens <= instant && instant < self.over
    }
}

/// The cycle's windows as they stand for one application, extensions included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Applying, and reaching the committee for the first time (2.1).
    pub application: Span,
    /// Formal review (2.2).
    pub review: Span,
    /// First instant at which an unpaid application has lapsed (2.3).
    pub payment_over: Instant,
}

/// A reviewer's step of the chain: what the cycle asks of an approval there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Stage in which the application waits for this reviewer.
    pub stage: Stage,
    /// The employer's publicity has to be finished without objection (4.3c).
    pub publicity: bool,
    /// The checklist is answered (4.3a).
    pub checklist: bool,
    /// The opinion is the fixed sentence (4.4b).
    pub fixed_sentence: bool,
}

impl From<&ChainStep> for Step {
    fn from(step: &ChainStep) -> Self {
        Self {
            stage: step.stage,
            publicity: step.publicity_required,
            checklist: step.checklist_required,
            fixed_sentence: step.fixed_sentence,
        }
    }
}

/// Where an application stands: its row, and what its cycle says about its track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Present stage.
    pub stage: Stage,
    /// Steps of the track in their order, without those left out for this employer; the last is the committee's,
    /// [`Stage::FormalReview`] (4.1b, 4.1c).
    pub chain: Vec<Step>,
    /// Where it goes on when it is corrected after a return by the committee.
    pub resubmit_after_committee: ResubmitTo,
    /// Where it goes on when it is corrected after a return by an earlier reviewer.
    pub resubmit_before_committee: ResubmitTo,
    /// The stage that returned it last, kept until it is resubmitted.
    pub returned_by: Option<Stage>,
    /// How many times it has reached the committee (4.2.1b).
    pub committee_submissions: u32,
    /// How many times it may (4.2.1b).
    pub max_committee_submissions: u32,
    /// First instant at which a correction asked for by the committee is too late (4.2.1b); `None` when none is asked.
    pub correction_due: Option<Instant>,
    /// Whether its order is paid (4.6).
    pub paid: bool,
}

impl State {
    /// The stage after `stage` in the chain; `None` after the last, and for a stage that is not in it.
    #[must_use]
    pub fn next_in_chain(&self, stage: Stage) -> Option<Stage> {
        let at = self.chain.iter().position(|step| step.stage == stage)?;
        self.chain.get(at + 1).map(|step| step.stage)
    }

    /// The step of a stage; `None` when the chain does not have it.
    #[must_use]
    pub fn step(&self, stage: Stage) -> Option<&Step> {
        self.chain.iter().find(|step| step.stage == stage)
    }

    /// Whether the committee has had it before it at least once (2.1).
    #[must_use]
    pub const fn reached_committee(&self) -> bool {
        self.committee_submissions > 0
    }

    /// Whether another return by the committee is no longer possible: this submission was the last (4.2.1b).
    #[must_use]
    pub const fn is_last_submission(&self) -> bool {
        self.committee_submissions >= self.max_committee_submissions
    }

    /// The state after a decision. `correction_due` is the instant worked out by the calendar for
    /// [`Effect::SetCorrectionDue`]; it is ignored for every other decision.
    #[must_use]
    pub fn after(&self, decision: &Decision, correction_due: Option<Instant>) -> Self {
        let mut next = Self { stage: decision.to, ..self.clone() };
        for effect in &decision.effects {
            match effect {
                Effect::CountCommitteeSubmission => next.committee_submissions += 1,
                Effect::RecordReturn => next.returned_by = Some(self.stage),
                Effect::SetCorrectionDue => next.correction_due = correction_due,
                Effect::ClearReturn => (next.returned_by, next.correction_due) = (None, None),
                Effect::MarkPaid => next.paid = true,
                _ => {}
            }
        }
        next
    }
}

/// The role that decides at a review stage; `None` for every other stage. An employer's part is also played by the
/// personnel agency of a freelancer (1.2b).
#[must_use]
pub const fn reviewer(stage: Stage) -> Option<Role> {
    match stage {
        Stage::EmployerReview => Some(Role::EmployerClerk),
        Stage::DepartmentReview => Some(Role::DepartmentReviewer),
        Stage::CountyServiceReview => Some(Role::CountyService),
        Stage::PrefectureServiceReview => Some(Role::PrefectureService),
        Stage::FormalReview => Some(Role::CommitteeOffice),
        _ => None,
    }
}

/// What the actor is to this application. A person may hold several roles, so several may be true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// It is their own application.
    pub applicant: bool,
    /// They hold the role of [`reviewer`] in the organisation whose turn it is.
    pub in_turn: bool,
    /// They hold the committee office of this application's committee.
    pub committee_office: bool,
    /// They hold finance for this cycle.
    pub finance: bool,
    /// It is the system acting at a deadline.
    pub system: bool,
    /// They decided at another stage of the chain of this application.
    pub decided_another_step: bool,
}

impl Relation {
    /// The system, acting at a deadline.
    pub const SYSTEM: Self = Self {
        applicant: false,
        in_turn: false,
        committee_office: false,
        finance: false,
        system: true,
        decided_another_step: false,
    };
}

/// A public notice as the guards see it (4.3c, R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicityFacts {
    /// Its last day is over and it was long enough.
    pub finished: bool,
    /// Objections not yet decided.
    pub open_objections: u32,
    /// Objections found right.
    pub upheld_objections: u32,
}

/// What the meeting decided on a candidate, cap included (R4, 4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Passed, inside the cap.
    Passed,
    /// Not passed, by the vote or by the cap.
    NotPassed,
}

/// What must be known to judge an act, worked out by the services: as it stands with the act done. Made by
/// [`Facts::at`], where everything else is unknown, and what is unknown refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Instant at which the request was received.
    pub now: Instant,
    /// The windows as they stand for this application.
    pub windows: Windows,
    /// Every field and every piece of evidence asked for is there (4.2.1a, 4.2.6).
    pub dossier_complete: bool,
    /// The commitment is signed for this dossier (A3).
    pub commitment_signed: bool,
    /// Rules that stand against the application; `None` when they were not checked.
    pub blocking_rules: Option<u32>,
    /// Corrections of the last return without an answer; `None` when they were not counted.
    pub unanswered_corrections: Option<u32>,
    /// The decision answers every item of the stage's checklist (4.3a).
    pub checklist_answered: bool,
    /// The decision has an opinion (4.3b).
    pub opinion_given: bool,
    /// The decision carries the employer's sentence (4.4b).
    pub fixed_sentence: bool,
    /// The return names at least one correction (R1).
    pub corrections_named: bool,
    /// Each correction named is new, was not corrected, or says why it was not told earlier (R1).
    pub corrections_new: bool,
    /// The finding names the clauses that are not met.
    pub grounds_named: bool,
    /// The employer's publicity; `None` when there is none.
    pub employer_publicity: Option<PublicityFacts>,
    /// The publicity of the result; `None` when there is none.
    pub result_publicity: Option<PublicityFacts>,
    /// Every original asked for is received (4.4a).
    pub originals_complete: bool,
    /// The defence is held, exempted, or not asked for at this level (4.5).
    pub defence_settled: bool,
    /// The meeting had its quorum (R3).
    pub quorum_present: bool,
    /// What the recorded tally says; `None` when none is recorded.
    pub outcome: Option<Outcome>,
    /// A fraud decision on this application is on record (A3, R10).
    pub fraud_decided: bool,
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
            corrections_new: false,
            grounds_named: false,
            employer_publicity: None,
            result_publicity: None,
            originals_complete: false,
            defence_settled: false,
            quorum_present: false,
            outcome: None,
            fraud_decided: false,
        }
    }

    /// Whether an objection, to either publicity, was found right.
    #[must_use]
    pub fn objection_upheld(&self) -> bool {
        [self.employer_publicity, self.result_publicity].into_iter().flatten().any(|p| p.upheld_objections > 0)
    }
}

/// An act that may be done: where it leads and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Stage after the act; may be the present one.
    pub to: Stage,
    /// What is written in the same transaction.
    pub effects: Vec<Effect>,
    /// Clause that the act rests on.
    pub clause: &'static str,
}

/// One reason why an act may not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The guard that does not hold; its code, clause and words are in [`Guard::text`].
    pub guard: Guard,
    /// Values for the places in the guard's sentences.
    pub args: Vec<(&'static str, String)>,
    /// The cycle's own clause and its words, once [`Self::of_cycle`] has asked for them.
    pub own_clause: Option<(String, String)>,
}

impl Refusal {
    /// Code of this reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.guard.text().code
    }

    /// Clause it comes from, by the cycle's own id once that is known; `None` where no clause speaks of it.
    #[must_use]
    pub fn clause(&self) -> Option<&str> {
        self.own_clause.as_ref().map_or(self.guard.text().clause, |(id, _)| Some(id))
    }

    /// Words of that clause in the cycle's notice.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.own_clause.as_ref().map(|(_, words)| words.as_str())
    }

    /// The same with the clause as this cycle numbers and words it.
    #[must_use]
    pub fn of_cycle(self, cycle: &CycleDefinition) -> Self {
        let own_clause = self.guard.text().clause.map(|mechanism| {
            let id = cycle.own_clause(mechanism);
            (id.to_owned(), cycle.clause_words(id).to_owned())
        });
        Self { own_clause, ..self }
    }

    /// The reason in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        self.fill(self.guard.text().zh)
    }

    /// The reason in English.
    #[must_use]
    pub fn en(&self) -> String {
        self.fill(self.guard.text().en)
    }

    fn fill(&self, sentence: &str) -> String {
        self.args.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

/// What a deadline does to an application by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lapse {
    /// The act of the system: [`Action::Lapse`] or [`Action::RefuseAcceptance`].
    pub action: Action,
    /// Stage it leads to.
    pub to: Stage,
    /// Clause it comes from.
    pub clause: &'static str,
    /// First instant at which it has happened.
    pub at: Instant,
    /// The guard that refuses what comes later.
    pub guard: Guard,
}
