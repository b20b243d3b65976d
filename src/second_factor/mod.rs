//! The second factor: a code that changes every thirty seconds (TOTP, RFC 6238), and ten recovery codes for when the device is lost.
//!
//! A person enrols: the secret is shown once and kept sealed, and counts from the first code that they give. From then on signing in and proving
//! oneself again ask for a code. A code is used once, a recovery code too; conditional UPDATEs decide. The security administrator removes a factor whose owner has
//! neither device nor recovery codes left.

pub mod http;
mod record;
mod service;
mod store;
mod totp;

pub use record::{Enrolment, Error, State, Verified};
pub use service::{find_state, remove, verify};
pub use totp::code_at;
