//! Passwords: what one has to be like, changing one's own, and resets.
//!
//! Two standards disagree about composition, so the office chooses: 等保 (classes of characters, a maximum age for staff) or ASVS (length). Both refuse common
//! passwords and the login. An owner changes their password by the one so far; the last few are not used again. Whoever has forgotten it asks a security
//! administrator, who gets a token that is shown once, good for a day and for one use. A new password ends every session of its account.

pub mod http;
mod record;
mod service;
mod store;

pub use record::{Error, NewReset};
pub use service::reset_from_host;
