//! Applications: a dossier on its way from draft to result.
//!
//! An applicant drafts from their profile, checks, signs the commitment and submits; the reviewers of the track's chain decide in turn; what falls due
//! ends by itself. Every move is judged by `workflow::decide` on facts collected in `facts`, and written by `transition` alone.

mod facts;
mod figures;
pub mod http;
pub(crate) mod lapse;
mod narrow;
mod problems;
pub mod record;
pub(crate) mod service;
pub(crate) mod store;
mod transition;
pub(crate) mod visibility;

pub use facts::{Situation, situation};
pub use figures::{count_all_by_stage, count_due};
pub use lapse::{LapseWatch, settle};
pub use record::{ApplicationRow, Dossier, Error};

pub use transition::{Note, apply};
