//! Oversight of the review (5.1): supervisors read the audit log, check its chain and its signed heads, and see who looked at somebody's data.
//!
//! The log itself, and how a row enters it, is in `audit`.

mod heads;
pub mod http;
mod service;

pub use heads::{export, run_job, sign, start};
pub use service::{Verification, set_back};
