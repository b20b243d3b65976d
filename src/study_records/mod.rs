//! The registry of continuing education (4.2.4b): staff of the employment services enter certificates and withdraw what was wrong.
//! An applicant's record of the source `system` counts as the registry has it.

pub mod http;
pub mod rules;
pub(crate) mod service;
