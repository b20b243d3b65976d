//! Who passes: two thirds of those present (R4), then the cap of the year (4.8).

use crate::meetings::model::{Candidate, CapArithmetic, Reviewed, Ruling, RulingReason};
use title_review_core::cycles::definition::{CapScope, CommitteeRule, PassRateCap};
use title_review_core::vocabulary::Level;

/// What the votes of a meeting decide on each of its candidates, in the order given.
///
/// A candidate needs the committee's share of the experts who were present and not recused. With enough votes it passes, or waits for the settlement of
/// the cap where its level has one: that is counted over all meetings of the cycle ([`cap_groups`]).
#[must_use]
pub fn by_votes(candidates: &[Candidate], committee: &CommitteeRule, caps: &[PassRateCap]) -> Vec<Ruling> {
    let ruling = |candidate: &Candidate| {
        let (yes, voters) = (usize::from(candidate.tally.yes), candidate.tally.voters());
        let needed = committee.votes_needed(voters);
        let reason = if voters == 0 || yes < needed {
            RulingReason::TooFewVotes
        } else if caps.iter().any(|cap| cap.level == candidate.level) {
            RulingReason::CapOpen
        } else {
            RulingReason::Passed
        };
        Ruling { id: candidate.id, reason, yes, voters, needed, cap: None }
    };
    candidates.iter().map(ruling).collect()
}

/// Those who share the places of a cap: all specialties of its level, or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapGroup<'a> {
    /// The cap.
    pub cap: &'a PassRateCap,
    /// The specialty, where each is counted on its own.
    pub specialty: Option<&'a str>,
    /// Those reviewed, by yes votes, the most first.
    pub members: Vec<&'a Reviewed>,
    /// Places for them, rounded down.
    pub places: usize,
    /// Places taken already: by who passed before the cap was one of the year.
    pub taken: usize,
}

impl CapGroup<'_> {
    /// What the cap decides on those who wait for it. The places go by yes votes; a tie at the line is never cut, none of those tied at it passes, so the
    /// cap always holds (docs/decisions/0012).
    #[must_use]
    pub fn rulings(&self) -> Vec<Ruling> {
        let waiting = || self.members.iter().filter(|member| member.waits()).map(|member| &member.ruling);
        let left = self.places.saturating_sub(self.taken);
        let ruling = |one: &Ruling| {
            let above = waiting().filter(|other| other.yes > one.yes).count();
            let not_below = waiting().filter(|other| other.yes >= one.yes).count();
            let reason = if not_below <= left {
                RulingReason::Passed
            } else if above < left {
                RulingReason::TieAtCap
            } else {
                RulingReason::OutsideCap
            };
            let cap = CapArithmetic {
                percent: self.cap.percent,
                reviewed: self.members.len(),
                places: self.places,
                rank: Some(above + 1),
            };
            Ruling { reason, cap: Some(cap), ..one.clone() }
        };
        waiting().map(ruling).collect()
    }
}

/// The groups of a cycle's caps among those whom its meetings have reviewed, in the order of the caps and by name of the specialty.
///
/// Everybody counts on whom a meeting has voted, also who has been excluded since; only who still waits shares in the places.
#[must_use]
pub fn cap_groups<'a>(reviewed: &'a [Reviewed], caps: &'a [PassRateCap]) -> Vec<CapGroup<'a>> {
    let group = |cap: &'a PassRateCap, specialty: Option<&'a str>| {
        let together = |one: &&Reviewed| one.level == cap.level && specialty.is_none_or(|specialty| specialty == one.specialty);
        let mut members: Vec<&Reviewed> = reviewed.iter().filter(together).collect();
        members.sort_by_key(|member| (std::cmp::Reverse(member.ruling.yes), member.ruling.id));
        let places = cap.of(members.len());
        let taken = members.iter().filter(|member| member.present && member.ruling.passed() == Some(true)).count();
        CapGroup { cap, specialty, members, places, taken }
    };
    let specialties_at = |level: Level| {
        let mut found: Vec<&str> = reviewed.iter().filter(|one| one.level == level).map(|one| one.specialty.as_str()).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    caps.iter()
        .flat_map(|cap| match cap.scope {
            CapScope::SpecialtiesTogether => vec![group(cap, None)],
            CapScope::EachSpecialty => specialties_at(cap.level).into_iter().map(|specialty| group(cap, Some(specialty))).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
