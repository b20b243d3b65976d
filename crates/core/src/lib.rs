//! The rules of a professional-title review: vocabulary, time and identity as parameters, the notice as data, the workflow, the checks.
//!
//! Pure: no web framework, no database, no runtime, no clock. The server (`title-review`) gives facts and writes down what is decided. With the
//! feature `diesel` its types can stand in columns of a database; nothing here reads or writes one.

pub mod checks;
pub mod clock;
#[cfg(feature = "diesel")]
mod columns;
pub mod cycles;
pub mod findings;
pub mod identity_numbers;
pub mod ids;
pub mod passwords;
pub mod profiles;
pub mod vocabulary;
pub mod workflow;
