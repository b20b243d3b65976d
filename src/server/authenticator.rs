//! Who stands behind a token, for the web toolkit: sessions, clients and personal tokens, by the slices that keep them.

use crate::context::{App, Cx};
use crate::http::{Authentication, Authenticator};
use crate::problem::Problem;
use crate::{authn, credentials};
use std::net::IpAddr;
use title_review_core::clock::Instant;

struct Tokens;

/// The authenticator of this server, as the web toolkit looks for it in the state.
pub(super) fn authenticator() -> Box<dyn Authenticator> {
    Box::new(Tokens)
}

impl Authenticator for Tokens {
    fn authenticate<'a>(&self, app: &'a App, token: &'a str, now: Instant, address: Option<IpAddr>) -> Authentication<'a> {
        Box::pin(async move { Ok(authn::principal_of(app, token, now, address).await?) })
    }

    fn require_recent(&self, cx: &mut Cx<'_>) -> Result<(), Problem> {
        Ok(credentials::require_recent_authentication(cx)?)
    }
}
