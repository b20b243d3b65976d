//! The profile of an applicant as a JSON document: its types and its validation.
//!
//! There is one document per person, with what the person declares. The resident ID and the telephone number are stored elsewhere
//! (encrypted), and so are bars and bans, which the authority records. Sex and birth date are in the document because the printed forms
//! contain them; they must agree with the resident ID.

pub mod model;
pub mod rules;

pub use model::Profile;
pub use rules::{Context, FieldFinding, FindingCode, impossible_dates};
