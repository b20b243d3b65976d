//! The reusable profile of an applicant: who they are, what they learnt, where they worked, what they hold.
//!
//! One JSON document per person, kept between cycles; an application snapshots it when it is submitted. The document is
//! what the person declares. Three things are kept elsewhere on purpose: the resident ID and the telephone number
//! (encrypted), and the bars and bans on record (facts of the authority, not of the applicant). Sex and birth date are in
//! it because the printed forms show them; they must agree with the resident ID.
//!
//! `model` holds the shapes, `rules` says everything that is wrong with a document, in one go.

pub mod http;
pub mod model;
pub mod rules;
pub(crate) mod service;
mod store;

pub use model::Profile;
pub use rules::{Context, FieldFinding, FindingCode, impossible_dates};
