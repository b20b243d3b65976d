//! Results: publicity of those who passed, confirmation, the certificate and its public check.

pub mod http;
pub mod record;
pub(crate) mod service;
mod store;
