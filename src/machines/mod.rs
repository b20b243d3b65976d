//! Programs: OAuth 2.0 clients, and tokens that people make for their own scripts.
//!
//! A client is a service account with roles in one organisation. It proves itself with a secret or with an assertion that it signs (RFC 7523), and gets access tokens
//! for some or all of its roles (RFC 6749, 4.4), without refresh tokens. A person may make tokens for a part of their own roles, for at most a year. Neither kind
//! gives power away: such acts ask for a person's own session (`crate::authz::Permission::in_person`).
//!
//! What a token may do is read from the database, as for sessions, so that an end, a suspension or a lost role holds at once on this server and within
//! seconds on another (docs/decisions/0016). Secrets and tokens are shown once and kept as hashes. Lifetimes run on the session clock.

mod assertion;
mod bearer;
pub mod http;
pub mod model;
mod record;
mod rules;
mod secret;
mod service;
mod store;

pub use bearer::{Cache, is_personal_token, principal_of_client, principal_of_personal_token};
