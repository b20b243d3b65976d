//! Personal data: who sees it whole, why, and that it is on record.
//!
//! Resident IDs and phones are sealed, and shown masked by every operation but two: `service::view_identity`, which asks for a purpose, and the
//! person's own export. Whatever shows somebody's data whole (those two, a dossier, a file of it) is a row of the record of acts whose object is
//! the person: kind `personal_data`, id of the account. So "who saw this person between two instants" is one question to the record
//! (`GET /v1/audit/views`), and what is kept about a person there can be found and erased.

mod erase;
mod export;
pub mod http;
mod inventory;
mod model;
mod rules;
pub(crate) mod service;
mod store;
mod views;

pub use erase::{Erased, erase, erase_by, erase_or_try, let_go, list_due, refuse_vanishing, remove_files};
pub use export::{PersonalAccount, PersonalData};
pub use inventory::{Erasure, HOLDINGS, Holding, OTHERS};
pub use model::{OBJECT, PersonalField, Purpose, View, ViewKind};
pub use views::{DataView, SeenBy, list_views};
