//! The documents of a dossier.

mod lifecycle;
mod refusals;
mod submission;
