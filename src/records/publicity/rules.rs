//! Where a notice stands, and what objections to it mean for the guards. Pure.

use super::model::{ObjectionStatus, PublicityState, PublicityStatus};
use super::rows::PublicityRow;
use crate::records::Subject;
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::{CycleDefinition, ObjectionRule, PublicityRule};
use title_review_core::ids::PublicityId;
use title_review_core::open_terms::ChainStepId;
use title_review_core::workflow::PublicityFacts;

/// The cycle's rule for the notice of a step; for that of a result without one.
#[must_use]
pub fn rule_of(definition: &CycleDefinition, step: Option<ChainStepId>) -> &PublicityRule {
    let Some(id) = step else { return &definition.result_publicity };
    // What is on record was put up under this definition, which asked for it at that step.
    definition.chain_step(id).and_then(|step| definition.publicity_of(step)).unwrap_or(&definition.employer_publicity)
}

/// Where a notice stands at an instant: the clock alone ends it, at 24:00 of its last day.
#[must_use]
pub fn state_at(status: PublicityStatus, starts_at: Instant, ends_at: Instant, now: Instant) -> PublicityState {
    match status {
        PublicityStatus::Superseded => PublicityState::Superseded,
        PublicityStatus::TakenDown => PublicityState::TakenDown,
        PublicityStatus::Withdrawn => PublicityState::Withdrawn,
        PublicityStatus::Current if now < starts_at => PublicityState::Upcoming,
        PublicityStatus::Current if now < ends_at => PublicityState::Running,
        PublicityStatus::Current => PublicityState::Over,
    }
}

/// Where the notice stands now.
#[must_use]
pub fn state_of(row: &PublicityRow, now: Instant) -> PublicityState {
    state_at(row.status, row.starts_at, row.ends_at, now)
}

/// Whether the notice speaks of exactly this employer, specialty and level.
#[must_use]
pub fn covers(row: &PublicityRow, application: &Subject<'_>) -> bool {
    (row.employer_id, row.series.as_str(), row.specialty.as_str(), row.level)
        == (application.employer_id, application.series, application.specialty, application.level)
}

/// The notice that counts, as the guards and a successor need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Which.
    pub id: PublicityId,
    /// 00:00 of its first day has come.
    pub begun: bool,
    /// 24:00 of its last day has come.
    pub over: bool,
    /// What it made public is no longer what the application says.
    pub outdated: bool,
}

/// So many objections to one notice.
pub type Counted = (PublicityId, ObjectionStatus, u32);

/// What the guards are told. An objection that waits counts whichever notice of the kind it was raised to. One found right counts
/// likewise where the cycle lets it end the application; otherwise until another notice has taken the place of the one it was raised to.
#[must_use]
pub fn guard_facts(newest: Newest, objections: &[Counted], rule: &ObjectionRule) -> PublicityFacts {
    let count = |meant: &dyn Fn(PublicityId, ObjectionStatus) -> bool| -> u32 {
        objections.iter().filter(|(id, status, _)| meant(*id, *status)).map(|(_, _, count)| *count).fold(0, u32::saturating_add)
    };
    let open = count(&|_, status| status == ObjectionStatus::Open);
    let upheld = count(&|id, status| status == ObjectionStatus::Upheld && (rule.upheld_ends || id == newest.id));
    PublicityFacts {
        finished: newest.over && !newest.outdated,
        open_objections: if rule.open_blocks { open } else { 0 },
        upheld_objections: upheld,
        undecided_objections: open,
        posting_missing: false,
    }
}
