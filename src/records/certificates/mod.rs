//! Certificates and their revocations (R7, R10).

mod effects;
mod rows;
pub(crate) mod store;

pub use effects::{issue_certificate, revoke_certificate};
pub use rows::{CertificateRow, RevocationRow};
