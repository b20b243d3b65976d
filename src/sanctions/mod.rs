//! Sanctions: fraud decisions with the ban that follows (A3), and bars, delays and disciplinary sanctions on record (1.1c, 1.1d, 5.1).

pub mod http;
pub mod rules;
pub(crate) mod service;
