//! What access guards ask of whoever keeps sessions and tokens.

use crate::authz::Principal;
use crate::context::{App, Cx};
use crate::problem::Problem;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use title_review_core::clock::Instant;

/// The principal behind a token, some time later.
pub type Authentication<'a> = Pin<Box<dyn Future<Output = Result<Arc<Principal>, Problem>> + 'a>>;

/// Tells who stands behind a token. The composition root keeps one in the state of the [`App`], as `Box<dyn Authenticator>`.
pub trait Authenticator: Send + Sync {
    /// The principal behind the token of an `Authorization` header, at this session time and from this address.
    ///
    /// # Errors
    /// `token_expired`, `token_invalid`, `account_suspended` or `address_not_allowed`; `unavailable` where the database cannot be asked.
    fn authenticate<'a>(&self, app: &'a App, token: &'a str, now: Instant, address: Option<IpAddr>) -> Authentication<'a>;

    /// Refuses (`step_up_required`) a principal who has not proved who they are within `auth.step_up_minutes`.
    fn require_recent(&self, cx: &mut Cx<'_>) -> Result<(), Problem>;
}
