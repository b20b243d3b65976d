//! Public notices about applications, and objections to them (4.3c, 2.4, R7).
//!
//! Which notice counts: the newest of its kind. After a return and a correction the employer's notice stays good as long as what it made public (the
//! applicant's dossier but its e-mail address, track, specialty, level, employer) is as it was; when that has changed, a new one has to run. An objection
//! that waits, or that was found right, is not left behind by putting up another notice.

mod facts;
mod model;
mod rows;
mod rules;
pub(crate) mod store;

pub use facts::{Standing, digest, newest, runs, standing, standings, take_down, withdraw_all};
pub use model::{ObjectionStatus, PublicityKind, PublicityState, PublicityStatus};
pub use rows::{ObjectionRow, PublicityRow};
pub use rules::{Counted, Newest, guard_facts, rule_of, state_at, state_of};
