//! Personal data: who sees it whole, why, and that it is on record.
//!
//! Resident IDs and phones are sealed, and shown masked by every operation but two: `service::view_identity`, which asks for a purpose, and the
//! person's own export. Whatever shows somebody's data whole (those two, a dossier, a file of it) is a disclosure ([`crate::disclosures`]), a row of
//! the audit log (`GET /v1/audit/views`).

mod erase;
mod error;
mod export;
pub mod http;
mod inventory;
pub mod retention;
mod rules;
mod service;
mod store;
mod views;

pub use erase::{Erased, erase, erase_by, erase_or_try, list_due, release_numbers, remove_files};
pub use error::Error;
pub use inventory::{Erasure, OTHER_TABLES, PERSONAL_TABLES, PersonalTable};
pub use views::{SeenBy, list_views};
