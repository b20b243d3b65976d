//! The profile of an applicant as a document: shapes, and everything that is wrong with one.
//!
//! One JSON document per person. It is what the person declares. Three things are kept elsewhere on purpose: the resident ID and the
//! telephone number (encrypted), and the bars and bans on record (facts of the authority, not of the applicant). Sex and birth date are in
//! it because the printed forms show them; they must agree with the resident ID.

pub mod model;
pub mod rules;

pub use model::Profile;
pub use rules::{Context, FieldFinding, FindingCode, impossible_dates};
