//! The rules of a professional-title review, as a library without a database, a network or a runtime.
//!
//! It has the vocabulary, ids and instants, the notice of a cycle as data, the workflow and the checks. Rules are pure functions: facts in,
//! decisions and findings out. The exceptions are [`clock::SystemClock`], which reads the host's clock, and
//! [`cycles::loader::cli_check`] and [`cycles::Calendars::with_folder`], which read files. The server (`title-review`) collects the facts and writes the decisions. With the
//! feature `diesel`, the types of this crate can be stored in columns.

pub mod bilingual;
pub mod checks;
pub mod clock;
#[cfg(feature = "diesel")]
mod columns;
pub mod cycles;
pub mod findings;
#[cfg(test)]
#[path = "../../../tests/it/generated.rs"]
mod generated;
pub mod glossary;
pub mod identity_numbers;
pub mod ids;
pub mod open_terms;
pub mod passwords;
pub mod payment_reference;
pub mod person_names;
pub mod profiles;
pub mod vocabulary;
pub mod workflow;
