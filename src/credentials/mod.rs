//! What an account proves itself by: its password as a hash, its sessions, its programs' tokens, access tokens as they are signed and verified.
//!
//! The lowest module of identity. It has rows and facts and knows none of the slices that give them out: `accounts`, `machines`, `authn`,
//! `second_factor`, `passwords`. What they share stands here: ending everything that an account has, its roles as they are now, and whether whoever
//! acts has authenticated lately.

mod error;
pub(crate) mod failures;
mod hasher;
mod http;
pub(crate) mod passwords;
pub(crate) mod program_tokens;
pub(crate) mod refresh_secret;
mod service;
pub(crate) mod sessions;
mod token;

pub use error::{StepUpError, TokenError};
pub use hasher::{Cost, HashPermit, Hasher, HashingError};
pub use service::{end_all, is_administrator, list_grants, password_expires_at, require_recent_authentication};
pub use token::{
    Claims, ClientToken, LEEWAY_SECONDS, access_seconds, issue_to_client, issue_to_session, read_client_token, verify,
};
