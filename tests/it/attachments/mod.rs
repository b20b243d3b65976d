//! The documents of a dossier.

mod lifecycle;
pub mod refusals;
mod submission;
