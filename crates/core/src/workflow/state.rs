//! Where an application stands: its stage, its chain of reviewers and the counts that the cycle limits.

use super::facts::ToldLate;
use crate::clock::Instant;
use crate::cycles::definition::{ChainStep, ResubmitTo, StepPlace};
use crate::open_terms::ChainStepId;
use crate::vocabulary::{Action, Stage};

/// A reviewer's step of the chain: what the cycle requires of an approval there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its id.
    pub id: ChainStepId,
    /// Which organisation reviews.
    pub place: StepPlace,
    /// The step's publicity has to be finished without objection (4.3c).
    pub publicity: bool,
    /// The checklist has to be answered (4.3a).
    pub checklist: bool,
    /// The opinion has to be the fixed sentence (4.4b).
    pub fixed_sentence: bool,
}

impl Step {
    /// Where an application stands that waits at this step.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { stage: self.place.stage(), step: Some(self.id) }
    }
}

impl From<&ChainStep> for Step {
    fn from(step: &ChainStep) -> Self {
        Self {
            id: step.id,
            place: step.place,
            publicity: step.publicity_required,
            checklist: step.checklist_required,
            fixed_sentence: step.fixed_sentence,
        }
    }
}

/// A stage, and the step of the chain where one reviews at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The stage.
    pub stage: Stage,
    /// The step; `None` where nobody of the chain reviews.
    pub step: Option<ChainStepId>,
}

impl Position {
    /// At a stage where nobody of the chain reviews.
    #[must_use]
    pub const fn at(stage: Stage) -> Self {
        Self { stage, step: None }
    }
}

/// How an application came to where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// By which action.
    pub action: Action,
    /// From where.
    pub from: Position,
    /// Nobody has done anything about it since.
    pub untouched: bool,
}

/// Where an application stands: its row, and what its cycle says about its track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Present stage.
    pub stage: Stage,
    /// Present step of the chain, while one of its reviewers has it.
    pub step: Option<ChainStepId>,
    /// Steps of the track in their order, without those left out for this application; the last is the committee's,
    /// [`Stage::FormalReview`] (4.1b, 4.1c).
    pub chain: Vec<Step>,
    /// Target of a resubmission after a return by the committee.
    pub resubmit_after_committee: ResubmitTo,
    /// Target of a resubmission after a return by an earlier reviewer.
    pub resubmit_before_committee: ResubmitTo,
    /// Step that returned it last, kept until it is resubmitted.
    pub returned_by: Option<ChainStepId>,
    /// How many times it has reached the committee (4.2.1b).
    pub committee_submissions: u32,
    /// How many times it may (4.2.1b).
    pub max_committee_submissions: u32,
    /// The committee told a correction late when it returned it last: the submission after that does not count (R1).
    pub uncounted: bool,
    /// First instant at which a correction for the committee is late (4.2.1b); `None` if none is pending.
    pub correction_due: Option<Instant>,
    /// Whether its order is paid (4.6).
    pub paid: bool,
    /// How it came here; `None` of a draft that was never submitted.
    pub arrival: Option<Arrival>,
}

impl State {
    /// Where an approval at the present step leads: the next step of the chain; `None` at its last step, and where no step is.
    #[must_use]
    pub fn next_in_chain(&self) -> Option<Position> {
        let present = self.step?;
        let at = self.chain.iter().position(|step| step.id == present)?;
        self.chain.get(at + 1).map(Step::position)
    }

    /// The first step of the chain; `None` of a track without one.
    #[must_use]
    pub fn first_in_chain(&self) -> Option<Position> {
        self.chain.first().map(Step::position)
    }

    /// The step at which it waits; `None` where nobody of the chain has it.
    #[must_use]
    pub fn present_step(&self) -> Option<&Step> {
        self.find_step(self.step?)
    }

    /// A step of the chain.
    #[must_use]
    pub fn find_step(&self, id: ChainStepId) -> Option<&Step> {
        self.chain.iter().find(|step| step.id == id)
    }

    /// The state before it came here, as far as its deadlines depend on it; `None` of a draft.
    #[must_use]
    pub fn before(&self) -> Option<Self> {
        let Position { stage, step } = self.arrival?.from;
        Some(Self { stage, step, ..self.clone() })
    }

    /// Where it stands.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { stage: self.stage, step: self.step }
    }

    /// Whether it has reached the committee at least once (2.1).
    #[must_use]
    pub const fn reached_committee(&self) -> bool {
        self.committee_submissions > 0
    }

    /// Whether a return by the committee ends it: at the last submission, unless nothing but what could have been told before stands against it
    /// (4.2.1b, R1).
    #[must_use]
    pub fn ends_on_return(&self, told_late: ToldLate) -> bool {
        self.is_last_submission() && told_late != ToldLate::All
    }

    /// Whether this is the last submission, after which the committee cannot return it again (4.2.1b).
    #[must_use]
    pub const fn is_last_submission(&self) -> bool {
        self.committee_submissions >= self.max_committee_submissions
    }
}
