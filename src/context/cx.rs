//! What a use case is given, and how it records what it did.

use super::App;
use super::freshness::{AsOf, Changes, Part, look};
use crate::authz::Principal;
use crate::db::proven::{self, Written as Row};
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
    /// The last commit that this transaction certainly sees.
    as_of: AsOf,
    /// Whether it was looked, in this transaction, if another process has written.
    looked: bool,
    written: Option<Written>,
}

/// What an act leaves to be done once it is committed.
pub(super) struct Written {
    changes: Changes,
    /// The act has said that it changes everything: what it is made of may say less.
    everything: bool,
    /// First and last row of the audit log that the act appended.
    acts: Option<(i64, i64)>,
    /// The last act, which is appended before the next one or at the end: what is written after it was recorded is proved by it, too.
    pending: Option<Pending>,
    hooks: Vec<AfterCommit>,
}

/// An act that is recorded and waits for its place in the audit log.
struct Pending {
    entry: audit::Entry,
    /// The rows that it wrote.
    rows: Vec<Row>,
    /// Whether it is an event.
    event: bool,
}

impl Default for Written {
    /// Of an act that has not said what it changes.
    fn default() -> Self {
        Self { changes: Changes::Everything, everything: false, acts: None, pending: None, hooks: Vec::new() }
    }
}

impl Written {
    /// Called on the writer's thread after the commit.
    pub fn committed(self, app: &App) {
        app.freshness.committed(&self.changes, self.acts, || {
            for hook in self.hooks {
                hook(app);
            }
        });
    }
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
    pub(super) fn reading(conn: &'a mut Conn, app: &'a App, request: &'a RequestContext) -> Self {
        Self {
            as_of: app.freshness.now(),
            looked: false,
            written: None,
            conn,
            now: request.now,
            session_now: request.session_now,
            address: request.address,
            principal: &request.principal,
            app,
            trace_id: &request.trace_id,
        }
    }

    pub(super) fn writing(conn: &'a mut Conn, app: &'a App, request: &'a RequestContext) -> Self {
        let written = Written::default();
        Self { written: Some(written), ..Self::reading(conn, app, request) }
    }

    pub(super) fn into_written(mut self) -> Result<Written, db::Error> {
        let rows = proven::take_rows();
        if let Some(pending) = self.written.as_mut().and_then(|written| written.pending.as_mut()) {
            pending.rows.extend(rows);
        } else {
            let unproved: Vec<_> = rows.iter().map(|row| (row.table.name, row.deed, &row.columns)).collect();
            debug_assert!(unproved.is_empty(), "rows are written without an act on record: {unproved:?}");
        }
        self.append_pending()?;
        let written = self.written.unwrap_or_default();
        if let Err(table) = written.changes.admit(&db::take_written()) {
            debug_assert!(false, "an act writes {table} and says that it changes only {:?}", written.changes);
        }
        self.app.freshness.expect(&written.changes);
        Ok(written)
    }

    /// This act changes these parts alone of what anybody keeps. Said before the act reads or writes anything; an act that does not say so changes
    /// everything.
    pub fn changes_only(&mut self, parts: &[Part]) {
        match &mut self.written {
            Some(Written { everything: true, .. }) | None => {}
            Some(Written { changes: changes @ Changes::Everything, .. }) => *changes = Changes::Parts(parts.to_vec()),
            Some(Written { changes, .. }) => changes.and(parts),
        }
    }

    /// This act changes anything, whatever the use cases that it runs say of themselves.
    pub fn changes_everything(&mut self) {
        if let Some(written) = &mut self.written {
            (written.changes, written.everything) = (Changes::Everything, true);
        }
    }

    /// This act changes these parts, too.
    pub fn changes_also(&mut self, parts: &[Part]) {
        if let Some(written) = &mut self.written {
            written.changes.and(parts);
        }
    }

    /// The last commit that this transaction certainly sees.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// What is read now of these parts is committed: no act of this transaction or of its group has changed it.
    pub(super) fn reads_committed(&self, parts: &[Part]) -> bool {
        let own = self.written.as_ref().is_some_and(|written| written.changes.concern(parts));
        !(own || self.written.is_some() && self.app.freshness.is_pending(parts))
    }

    /// What is kept may be used in this transaction, as far as these parts are concerned.
    pub(super) fn may_use_kept(&mut self, parts: &[Part]) -> Result<bool, db::Error> {
        // An act sees what it has written itself, and what those wrote that will be committed with it.
        if !self.reads_committed(parts) {
            return Ok(false);
        }
        self.look()?;
        Ok(true)
    }

    /// Looks whether another process has written, where that is due: in each transaction on a database that servers share, otherwise each second.
    pub fn look(&mut self) -> Result<(), db::Error> {
        let freshness = &self.app.freshness;
        if !self.looked && (self.app.db.is_shared() || freshness.is_stale(self.session_now)) {
            match self.written.as_ref().and_then(|written| written.acts) {
                // What this transaction sees last is its own: whatever stands before it is not.
                Some((first, _)) => freshness.observe(first - 1, self.session_now),
                None => look(self.conn, freshness, self.session_now)?,
            }
        }
        self.looked = true;
        Ok(())
    }

    /// This transaction has seen the number of the last audit row: see [`super::Freshness::observe`].
    pub fn observe(&mut self, last: i64) {
        self.app.freshness.observe(last, self.session_now);
        self.looked = true;
    }

    /// Has something done in this process once the act is committed, and never if it is not: caches must not run ahead of the database. Hooks run on
    /// the writer's thread, in the order in which they were added: they are short, and do not wait.
    pub fn after_commit(&mut self, hook: impl FnOnce(&App) + Send + 'static) {
        if let Some(written) = &mut self.written {
            written.hooks.push(Box::new(hook));
        }
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
            as_of: self.as_of,
            looked: self.looked,
            written: self.written.take(),
        };
        let done = f(&mut theirs);
        self.written = theirs.written;
        done
    }

    /// Runs a use case in a savepoint: where it refuses, nothing of it stays, and the act goes on.
    pub fn attempt<T, E>(&mut self, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E>) -> Result<Result<T, E>, db::Error> {
        self.append_pending()?;
        let rows = proven::take_rows();
        let before = self.written.as_ref().map(|written| (written.acts, written.hooks.len()));
        let depth = db::begin_savepoint(self.conn)?;
        let outcome = f(self);
        db::end_savepoint(self.conn, depth, outcome.is_ok())?;
        let inside = proven::take_rows();
        rows.into_iter().for_each(proven::note_row);
        if outcome.is_ok() {
            inside.into_iter().for_each(proven::note_row);
        } else if let (Some(written), Some((acts, hooks))) = (&mut self.written, before) {
            (written.acts, written.pending) = (acts, None);
            written.hooks.truncate(hooks);
        }
        Ok(outcome)
    }

    /// Records an act: its row of the hash-chained audit log and its event, in the transaction of the act.
    pub fn record(&mut self, act: Act<'_>) -> Result<(), db::Error> {
        self.record_by(self.principal, audit::Outcome::Done, act)
    }

    /// As [`Cx::record`], for somebody who is not the one who asks yet, such as who signs in; or an act that was refused, which is no event.
    pub fn record_by(&mut self, who: &Principal, outcome: audit::Outcome, act: Act<'_>) -> Result<(), db::Error> {
        self.append_audit(who, outcome, act, outcome == audit::Outcome::Done)
    }

    /// Records in the audit log that somebody saw something. Nothing has changed by it, so there is no event.
    pub fn log_disclosure(&mut self, who: &Principal, act: Act<'_>) -> Result<(), db::Error> {
        self.append_audit(who, audit::Outcome::Done, act, false)
    }

    fn append_audit(&mut self, who: &Principal, outcome: audit::Outcome, mut act: Act<'_>, event: bool) -> Result<(), db::Error> {
        let rows = proven::take_rows();
        self.append_pending()?;
        if let (Some(address), Some(detail)) = (self.address, act.detail.as_object_mut()) {
            detail.insert("from".to_owned(), address.to_string().into());
        }
        // Acts are recorded under the first grant: see `authn`, which puts staff roles first.
        let grant = who.grants.first();
        let entry = audit::Entry {
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
        };
        let pending = Pending { entry, rows, event };
        match &mut self.written {
            Some(written) => written.pending = Some(pending),
            None => self.append(pending)?,
        }
        Ok(())
    }

    /// Appends the act that was recorded last, where that must not wait: what is written after this is not proved by it.
    pub fn append_pending(&mut self) -> Result<(), db::Error> {
        match self.written.as_mut().and_then(|written| written.pending.take()) {
            Some(pending) => self.append(pending),
            None => Ok(()),
        }
    }

    fn append(&mut self, pending: Pending) -> Result<(), db::Error> {
        let Pending { entry, rows, event } = pending;
        let named = event.then(|| (entry.action.clone(), entry.object_kind.clone(), entry.object_id.clone(), entry.at));
        let seq = audit::append_after(self.conn, &self.app.keys, &self.app.chain_end, entry, rows)?;
        if let Some((action, kind, id, at)) = named {
            events::publish(self.conn, seq, &action, &kind, &id, at)?;
        }
        if let Some(written) = &mut self.written {
            written.acts = Some((written.acts.map_or(seq, |(first, _)| first), seq));
        }
        Ok(())
    }
}
