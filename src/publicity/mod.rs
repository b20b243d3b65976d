//! Public notices (公示) and objections to them.
//!
//! An employer makes an application public before it sends it on (4.3c); the committee office makes a result public (2.4, R7). While a notice runs
//! by the clock, anybody may object and gets a receipt; who has to look into it decides. Whether a notice is over is told by the clock alone.
//!
//! Which notice counts: the newest of its kind. After a return and a correction the employer's notice stays good as long as what it made public (the
//! applicant's dossier but its e-mail address, track, specialty, level, employer) is as it was; when that has changed, a new one has to run. An objection
//! that waits, or that was found right, is not left behind by putting up another notice.

pub mod http;
mod model;
mod record;
mod rules;
mod service;
mod store;

pub use model::{ObjectionStatus, PublicityKind, PublicityState, PublicityStatus};
pub use record::{ObjectionRow, PublicityRow};
pub use service::{employer_facts, open_result, result_facts, take_down};
