//! Which committee (评审委员会) reviews a cycle.
//!
//! The assignment is a fact of the cycle and is kept there; this slice is above applications because those of the cycle go with it.

pub mod http;
pub(crate) mod service;
