//! The defence in person (4.5), at the levels for which the cycle asks for it: when and where, how it ended, or why it is not held.

pub mod http;
pub mod model;
mod record;
pub(crate) mod service;
mod store;
