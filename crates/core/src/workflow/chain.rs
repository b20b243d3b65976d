//! What stands on record of the chain behind an application that the committee accepts: a publicity for exactly what is accepted, and the
//! approval of each step (4.1b, 4.3b, 4.3c).

use super::state::Step;
use crate::cycles::definition::StepPlace;
use crate::open_terms::ChainStepId;
use crate::vocabulary::Action;

/// A step of the chain by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepName {
    /// Its name, as people read it.
    pub zh: String,
    /// Its name in English.
    pub en: String,
}

/// The record of the chain, as far as it stands against an acceptance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainRecord {
    /// Steps whose publicity is missing, has not run its days, or speaks of another employer, specialty or level.
    pub uncovered: Vec<StepName>,
    /// Steps whose approval is not on record for this application as it is.
    pub unapproved: Vec<StepName>,
    /// Objections to a publicity of a step that are not decided.
    pub open_objections: u32,
    /// Objections to a publicity of a step that were upheld.
    pub upheld_objections: u32,
}

/// A row of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What was done.
    pub action: Action,
    /// From which step.
    pub from: Option<ChainStepId>,
    /// To which step.
    pub to: Option<ChainStepId>,
    /// It was done in the name of the organisation that reviews at the step it came from.
    pub in_its_name: bool,
}

/// The steps before the committee's whose approval does not stand on record. An application that comes to a step has its approval there, and those of
/// the later steps, still to come: what was approved before does not count for them any more.
pub fn unapproved<'a>(chain: &'a [Step], history: &[Recorded]) -> impl Iterator<Item = &'a Step> + use<'a> {
    let place = |id: ChainStepId| chain.iter().position(|step| step.id == id);
    let mut approved = vec![false; chain.len()];
    for row in history {
        if let Some(to) = row.to.and_then(place) {
            approved.iter_mut().skip(to).for_each(|approval| *approval = false);
        }
        if let Some(approval) =
            row.from.filter(|_| row.action == Action::Approve).and_then(place).and_then(|at| approved.get_mut(at))
        {
            *approval = row.in_its_name;
        }
    }
    let before_committee = chain.iter().zip(approved).filter(|(step, _)| step.place != StepPlace::Committee);
    before_committee.filter(|(_, approved)| !approved).map(|(step, _)| step)
}
