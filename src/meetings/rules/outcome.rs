//! Who passes: two thirds of those present (R4), then the cap (4.8).

use crate::meetings::model::{Candidate, CapArithmetic, Earlier, Ruling, RulingReason};
use title_review_core::cycles::definition::{CapScope, CommitteeRule, PassRateCap};
use title_review_core::vocabulary::Level;

/// Decides on every candidate of a meeting, in the order given; the decision does not depend on that order.
///
/// A candidate needs the committee's share of the experts who were present and not recused. At a level with a cap, the places are worked out over all
/// that the cycle has reviewed so far, and go by yes votes. A tie at the line is never cut: none of those tied at it passes, so the cap always holds
/// (docs/decisions/0012).
#[must_use]
pub fn outcome(candidates: &[Candidate], earlier: &[Earlier], committee: &CommitteeRule, caps: &[PassRateCap]) -> Vec<Ruling> {
    let enough = |candidate: &Candidate| {
        let voters = candidate.tally.voters();
        voters > 0 && usize::from(candidate.tally.yes) >= committee.votes_needed(voters)
    };
    candidates
        .iter()
        .map(|candidate| {
            let yes = usize::from(candidate.tally.yes);
            let voters = candidate.tally.voters();
            let has_votes = enough(candidate);
            let cap = caps.iter().find(|cap| cap.level == candidate.level);
            let mut reason = if has_votes { RulingReason::Passed } else { RulingReason::TooFewVotes };
            let cap = cap.map(|cap| {
                let together = |specialty: &str, level: Level| {
                    level == cap.level && (cap.scope == CapScope::SpecialtiesTogether || specialty == candidate.specialty)
                };
                let before = || earlier.iter().filter(|other| together(&other.specialty, other.level));
                let group = || candidates.iter().filter(|other| together(&other.specialty, other.level));
                let reviewed = before().count() + group().count();
                let places = cap.of(reviewed);
                let taken = before().filter(|other| other.passed).count();
                let left = places.saturating_sub(taken);
                let above = group().filter(|other| enough(other) && usize::from(other.tally.yes) > yes).count();
                let not_below = group().filter(|other| enough(other) && usize::from(other.tally.yes) >= yes).count();
                if has_votes && not_below > left {
                    reason = if above < left { RulingReason::TieAtCap } else { RulingReason::OutsideCap };
                }
                CapArithmetic { percent: cap.percent, reviewed, places, taken, rank: has_votes.then_some(above + 1) }
            });
            Ruling { id: candidate.id, reason, yes, voters, needed: committee.votes_needed(voters), cap }
        })
        .collect()
}

#[cfg(test)]
mod tests;
