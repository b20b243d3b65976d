//! Failures in a row lock a login and, at a higher count, a network. A login that nobody has is counted and locked as one that somebody has.

use super::record::Refusal;
use crate::audit::Outcome;
use crate::authz::Principal;
use crate::context::{Act, Cx};
use crate::credentials::failures;
use crate::db;
use serde_json::json;
use title_review_core::ids::AccountId;

/// Who tries to prove who they are: a login, from a network.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// Keyed digest of the login that is meant: in another case it is the same one.
    login: String,
    /// Keyed digest of the network; none where the request came from nowhere.
    network: Option<String>,
    /// The account, when there is one.
    account: Option<AccountId>,
    /// What it is about: `session.begin`, `session.step_up`.
    action: &'static str,
}

/// Why somebody was refused, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Login unknown or password wrong.
    Password,
    /// The code of the second factor was wrong, or used already.
    SecondFactor,
    /// The account is suspended. Not counted: whoever tried knew the password.
    Suspended,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
            Self::Suspended => "suspended",
        }
    }
}

impl LoginAttempt {
    /// An attempt on this login from where the request came.
    pub fn new(cx: &Cx<'_>, login: &str, account: Option<AccountId>, action: &'static str) -> Self {
        Self {
            login: failures::subject(cx, "sign-in login", login),
            network: failures::network_subject(cx, "sign-in network"),
            account,
            action,
        }
    }

    /// The refusal while the login or the network is locked, whatever else is known; none when neither is.
    pub fn find_lock(&self, cx: &mut Cx<'_>) -> Result<Option<Refusal>, db::Error> {
        let subjects = [Some(self.login.as_str()), self.network.as_deref()];
        let seconds = failures::locked_seconds(cx, subjects.into_iter().flatten())?;
        Ok(seconds.map(|seconds| Refusal::Locked { seconds }))
    }

    /// Puts a refusal on record and, unless the password was right and the account suspended, counts it.
    pub fn refused(&self, cx: &mut Cx<'_>, reason: Reason) -> Result<(), db::Error> {
        let mut locked = false;
        if reason != Reason::Suspended {
            let auth = cx.app.config.auth.clone();
            locked |= failures::count(cx, &self.login, auth.lockout_failures)?;
            if let Some(network) = &self.network {
                locked |= failures::count(cx, network, auth.lockout_address_failures)?;
            }
        }
        // Whoever was refused is not known to be the account's owner: the account is what it was tried on, not who acted.
        cx.record_by(
            &Principal::anonymous(),
            Outcome::Refused,
            Act {
                action: self.action,
                object_kind: "account",
                object_id: self.account.map_or_else(|| "unknown".to_owned(), |id| id.to_string()),
                clause: None,
                detail: json!({ "reason": reason.as_str(), "locked": locked }),
            },
        )
    }

    /// A success forgets the failures of the login. Those of the network stay: somebody with an account of their own could reset them.
    pub fn succeeded(&self, cx: &mut Cx<'_>) -> Result<(), db::Error> {
        failures::forget(cx.conn, &self.login)
    }
}

/// Forgets the failures of a login: its account was given a new password by way of an administrator.
pub fn forget(cx: &mut Cx<'_>, login: &str) -> Result<(), db::Error> {
    let attempt = LoginAttempt::new(cx, login, None, "");
    attempt.succeeded(cx)
}
