//! Applications: a dossier on its way from draft to result.
//!
//! An applicant drafts from their profile, checks, signs the commitment and submits; the reviewers of the track's chain decide in turn; what falls due
//! ends by itself. Every move is judged by `workflow::decide` on facts collected in `facts`, and written by `transition` alone.

mod basis;
mod error;
pub(crate) mod expiry;
mod facts;
mod figures;
pub mod http;
mod narrow;
mod places;
pub mod record;
pub(crate) mod service;
pub(crate) mod store;
mod transition;
mod turn;
pub mod undecided;
pub(crate) mod visibility;

pub use basis::Bases;
pub use error::{ChoiceFault, Error};
pub use expiry::ExpiryWatch;
pub use facts::{Found, Situation, situation, way_of};
pub use figures::{count_all_by_stage, count_due};
pub use record::{ApplicationRow, Dossier};

pub use transition::{Note, apply};
pub use turn::Reviewer;
