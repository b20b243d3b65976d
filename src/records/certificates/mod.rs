//! Certificates and their revocations (R7, R10).

mod effects;
mod facts;
mod rows;
pub(crate) mod store;

pub use effects::{issue_certificate, revoke_certificate};
pub use facts::{issued_title, valid_of};
pub use rows::{CertificateRow, RevocationRow};
