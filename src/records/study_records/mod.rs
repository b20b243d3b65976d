//! The registry of continuing education (4.2.4b): certificates as staff have entered them, by the person's resident ID.

mod facts;
mod rows;
pub(crate) mod store;

pub use facts::registered;
pub use rows::StudyRow;
