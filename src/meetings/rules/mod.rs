//! What is decided on a meeting without any outside world: for whom it is formed (R2), who has to be there (R3), which votes count (R4, R5), who passes
//! (R4, 4.8).

mod forming;
mod outcome;
mod sitting;

pub use forming::{Entrant, Formed, committee_size, named_twice, too_late_for_cap, unfit, unknown_application};
pub use outcome::{CapGroup, by_votes, cap_groups};
pub use sitting::{attendance, has_quorum, quorum, tally};

/// Codes of the findings of these rules: rows of the problem table.
pub mod code {
    /// The committee has too few members for a level (R2).
    pub const COMMITTEE_TOO_SMALL: &str = "committee_too_small";
    /// An application is not ready to come before a meeting (4.4a, 4.5, 4.6).
    pub const CANDIDATE_NOT_READY: &str = "candidate_not_ready";
    /// Too few members are present (R3).
    pub const QUORUM_MISSING: &str = "quorum_missing";
    /// The votes do not add up to those present without those recused (R4, R5).
    pub const TALLY_INVALID: &str = "tally_invalid";
    /// The caps of the cycle are settled (4.8).
    pub const CAP_SETTLED: &str = "cap_settled";
    /// A candidate has no tally.
    pub const TALLY_MISSING: &str = "tally_missing";
}

#[cfg(test)]
mod tests;
