//! Results: publicity of those who passed, confirmation, the certificate and its public check.

pub mod http;
pub(crate) mod service;
