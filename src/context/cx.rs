//! What a use case is given, and how it records what it did.

use super::App;
use crate::authz::Principal;
use crate::db::{self, Conn};
use crate::{audit, events};
use std::net::IpAddr;
use std::sync::Arc;
use title_review_core::clock::Instant;

/// Who asks, and when the request was received.
#[derive(Clone)]
pub struct RequestContext {
    /// Who asks.
    pub principal: Arc<Principal>,
    /// Business time of receipt: deadlines are judged by it.
    pub now: Instant,
    /// Session time of receipt.
    pub session_now: Instant,
    /// Where it came from; none for an act of the system.
    pub address: Option<IpAddr>,
    /// Identifies the request in logs, records and problems.
    pub trace_id: Arc<str>,
}

/// What is done once the act is committed.
pub(super) type AfterCommit = Box<dyn FnOnce(&App) + Send>;

/// What a use case is given: a connection inside a transaction, the instant of the request, who asks, and the server's parts.
pub struct Cx<'a> {
    /// Inside the transaction of the use case.
    pub conn: &'a mut Conn,
    /// Business time at which the request was received.
    pub now: Instant,
    /// Session time at which the request was received.
    pub session_now: Instant,
    /// Where it came from; none for an act of the system.
    pub address: Option<IpAddr>,
    /// Who asks.
    pub principal: &'a Principal,
    /// The server's parts.
    pub app: &'a App,
    /// Identifies the request in logs and records.
    pub trace_id: &'a str,
    hooks: Vec<AfterCommit>,
}

/// An act to be recorded: what, on what, by which clause.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    /// Verb of the act: `application.submit`.
    pub action: &'a str,
    /// Kind of the object: `application`.
    pub object_kind: &'a str,
    /// Id of the object.
    pub object_id: String,
    /// Clause that the act rests on.
    pub clause: Option<&'a str>,
    /// More about it; never personal data.
    pub detail: serde_json::Value,
}

impl<'a> Cx<'a> {
    pub(super) fn new(conn: &'a mut Conn, app: &'a App, request: &'a RequestContext) -> Self {
        Self {
            conn,
            now: request.now,
            session_now: request.session_now,
            address: request.address,
            principal: &request.principal,
            app,
            trace_id: &request.trace_id,
            hooks: Vec::new(),
        }
    }

    pub(super) fn into_hooks(self) -> Vec<AfterCommit> {
        self.hooks
    }

    /// Has something done in this process once the act is committed, and never if it is not: caches must not run ahead of the database. Hooks run in
    /// the order in which they were added.
    pub fn after_commit(&mut self, hook: impl FnOnce(&App) + Send + 'static) {
        self.hooks.push(Box::new(hook));
    }

    /// Roles, accounts or sessions change by this act: principals that were loaded before are not used after it.
    pub fn principals_changed(&mut self) {
        self.after_commit(|app| app.principals.advance());
    }

    /// Runs a use case in the name of somebody else and at another instant, in the same transaction.
    pub fn act_as<T>(&mut self, principal: &Principal, now: Instant, f: impl FnOnce(&mut Cx<'_>) -> T) -> T {
        let mut theirs = Cx {
            conn: &mut *self.conn,
            now,
            session_now: self.session_now,
            address: None,
            principal,
            app: self.app,
            trace_id: self.trace_id,
            hooks: std::mem::take(&mut self.hooks),
        };
        let done = f(&mut theirs);
        self.hooks = theirs.into_hooks();
        done
    }

    /// Records an act: its row of the hash-chained audit log and its event, in the transaction of the act.
    pub fn record(&mut self, act: Act<'_>) -> Result<(), db::Error> {
        self.record_by(self.principal, audit::Outcome::Done, act)
    }

    /// As [`Cx::record`], for somebody who is not the one who asks yet, such as who signs in; or an act that was refused, which is no event.
    pub fn record_by(&mut self, who: &Principal, outcome: audit::Outcome, act: Act<'_>) -> Result<(), db::Error> {
        let (action, kind, id) = (act.action, act.object_kind, act.object_id.clone());
        self.append_audit(who, outcome, act)?;
        if outcome == audit::Outcome::Done {
            events::publish(self.conn, action, kind, &id, self.now)?;
        }
        Ok(())
    }

    /// Records in the audit log that somebody saw something. Nothing has changed by it, so there is no event.
    pub fn log_disclosure(&mut self, who: &Principal, act: Act<'_>) -> Result<(), db::Error> {
        self.append_audit(who, audit::Outcome::Done, act)
    }

    fn append_audit(&mut self, who: &Principal, outcome: audit::Outcome, mut act: Act<'_>) -> Result<(), db::Error> {
        if let (Some(address), Some(detail)) = (self.address, act.detail.as_object_mut()) {
            detail.insert("from".to_owned(), address.to_string().into());
        }
        // Acts are recorded under the first grant: see `authn`, which puts staff roles first.
        let grant = who.grants.first();
        audit::append(
            self.conn,
            &self.app.keys,
            audit::Entry {
                at: self.now,
                actor: who.account,
                role: grant.map(|grant| grant.role),
                organisation: grant.and_then(|grant| grant.organisation),
                action: act.action.to_owned(),
                object_kind: act.object_kind.to_owned(),
                object_id: act.object_id,
                clause: act.clause.map(str::to_owned),
                outcome,
                trace_id: self.trace_id.to_owned(),
                detail: act.detail,
            },
        )?;
        Ok(())
    }
}
