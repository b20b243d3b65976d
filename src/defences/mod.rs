//! The defence in person (4.5), at the levels for which the cycle asks for it: when and where, how it ended, or why it is not held.

mod error;
pub mod http;
pub(crate) mod service;
