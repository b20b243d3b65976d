//! Failures in a row lock a login and, at a higher count, a network: in the database, so that every server agrees and a restart forgets
//! nothing. A login that nobody has is counted and locked as one that somebody has.

use super::record::Refusal;
use super::store;
use crate::audit::Outcome;
use crate::authz::Principal;
use crate::context::{Act, Cx};
use crate::db;
use data_encoding::HEXLOWER;
use serde_json::json;
use std::net::{IpAddr, Ipv6Addr};
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;

/// Who tries to prove who they are: a login, from a network.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// Keyed digest of the login as it was given.
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
        let digest = |domain: &str, text: &str| HEXLOWER.encode(&cx.app.keys.mac(domain, text.as_bytes()));
        Self {
            login: digest("sign-in login", login),
            network: cx.address.map(|address| digest("sign-in network", &network_of(address))),
            account,
            action,
        }
    }

    /// The refusal while the login or the network is locked, whatever else is known; none when neither is.
    pub fn find_lock(&self, cx: &mut Cx<'_>) -> Result<Option<Refusal>, db::Error> {
        let mut until = store::find_locked_until(cx.conn, &self.login)?;
        if let Some(network) = &self.network {
            until = until.max(store::find_locked_until(cx.conn, network)?);
        }
        Ok(until.filter(|until| *until > cx.session_now).map(|until| {
            let seconds = (until - cx.session_now).num_milliseconds().div_euclid(1000) + 1;
            Refusal::Locked { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }
        }))
    }

    /// Puts a refusal on record and, unless the password was right and the account suspended, counts it.
    pub fn refused(&self, cx: &mut Cx<'_>, reason: Reason) -> Result<(), db::Error> {
        let mut locked = false;
        if reason != Reason::Suspended {
            let auth = cx.app.config.auth.clone();
            locked |= count(cx, &self.login, auth.lockout_failures)?;
            if let Some(network) = &self.network {
                locked |= count(cx, network, auth.lockout_address_failures)?;
            }
            store::remove_old_failures(cx.conn, forgotten_at(cx))?;
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
        store::remove_failures(cx.conn, &self.login)
    }
}

/// Forgets the failures of a login: its account was given a new password by way of an administrator.
pub fn forget(cx: &mut Cx<'_>, login: &str) -> Result<(), db::Error> {
    let attempt = LoginAttempt::new(cx, login, None, "");
    attempt.succeeded(cx)
}

/// Failures before this instant count no longer.
fn forgotten_at(cx: &Cx<'_>) -> Instant {
    cx.session_now.plus_seconds(-cx.app.config.auth.lockout_minutes * 60)
}

/// Counts a failure; true if it locks.
fn count(cx: &mut Cx<'_>, subject: &str, most: i32) -> Result<bool, db::Error> {
    let before =
        store::find_failures(cx.conn, subject)?.filter(|(_, last)| *last > forgotten_at(cx)).map_or(0, |(failures, _)| failures);
    let failures = before.saturating_add(1);
    let until = (failures >= most).then(|| cx.session_now.plus_seconds(cx.app.config.auth.lockout_minutes * 60));
    store::set_failures(cx.conn, subject, failures, cx.session_now, until)?;
    Ok(until.is_some())
}

/// What counts as one place to come from: an IPv4 address, an IPv6 /64.
fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::network_of;

    #[test]
    fn ipv6_addresses_of_one_64_share_a_lockout_count() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
