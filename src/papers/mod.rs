//! Printed forms (4.4a, A1-A4): what of an application can be printed now, its PDF, and whether a print is what the system holds.
//!
//! A form is made anew each time it is asked for, from what is on record; nothing is kept of a print. Its code names the application and the form and holds
//! a digest of what was printed, so that a print can be compared with what the system holds.

mod code;
mod compose;
mod error;
mod fill;
pub mod http;
mod model;
mod service;

pub use error::Error;
pub use model::{FormKind, Printer};
