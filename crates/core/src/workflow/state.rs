//! Where an application stands: its stage, its chain of reviewers and the counts that the cycle limits.

use crate::clock::Instant;
use crate::cycles::definition::{ChainStep, ResubmitTo};
use crate::vocabulary::{Role, Stage};

/// A reviewer's step of the chain: what the cycle requires of an approval there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Stage in which the application waits for this reviewer.
    pub stage: Stage,
    /// The employer's publicity has to be finished without objection (4.3c).
    pub publicity: bool,
    /// The checklist has to be answered (4.3a).
    pub checklist: bool,
    /// The opinion has to be the fixed sentence (4.4b).
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
    /// Target of a resubmission after a return by the committee.
    pub resubmit_after_committee: ResubmitTo,
    /// Target of a resubmission after a return by an earlier reviewer.
    pub resubmit_before_committee: ResubmitTo,
    /// Stage that returned it last, kept until it is resubmitted.
    pub returned_by: Option<Stage>,
    /// How many times it has reached the committee (4.2.1b).
    pub committee_submissions: u32,
    /// How many times it may (4.2.1b).
    pub max_committee_submissions: u32,
    /// First instant at which a correction for the committee is late (4.2.1b); `None` if none is pending.
    pub correction_due: Option<Instant>,
    /// Whether its order is paid (4.6).
    pub paid: bool,
}

impl State {
    /// The stage after `stage` in the chain; `None` for the last stage and for a stage that is not in it.
    #[must_use]
    pub fn next_in_chain(&self, stage: Stage) -> Option<Stage> {
        let at = self.chain.iter().position(|step| step.stage == stage)?;
        self.chain.get(at + 1).map(|step| step.stage)
    }

    /// The step of a stage; `None` if the chain does not have it.
    #[must_use]
    pub fn step(&self, stage: Stage) -> Option<&Step> {
        self.chain.iter().find(|step| step.stage == stage)
    }

    /// Whether it has reached the committee at least once (2.1).
    #[must_use]
    pub const fn reached_committee(&self) -> bool {
        self.committee_submissions > 0
    }

    /// Whether this is the last submission, after which the committee cannot return it again (4.2.1b).
    #[must_use]
    pub const fn is_last_submission(&self) -> bool {
        self.committee_submissions >= self.max_committee_submissions
    }
}

/// The role that decides at a review stage; `None` for every other stage. The personnel agency of a freelancer acts as the employer
/// (1.2b).
#[must_use]
pub const fn reviewer(stage: Stage) -> Option<Role> {
    stage.reviewer()
}
