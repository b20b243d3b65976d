//! Public notices (公示) and objections to them.
//!
//! An employer makes an application public before it sends it on (4.3c); the committee office makes a result public (2.4, R7). While a notice runs
//! by the clock, anybody may object and gets a receipt; who has to look into it decides. Whether a notice is over is told by the clock alone.

pub mod http;
mod objections;
mod postings;
mod rules;
mod service;

pub use service::{Error, open_result};
