//! What a running server is made of, and what a use case is given.

use crate::authz::Principal;
use crate::config::Config;
use crate::db::{self, Conn, Db};
use crate::keys::KeyRing;
use crate::{audit, events};
use std::net::IpAddr;
use std::sync::Arc;
use title_review_core::clock::{Clock, Instant, SettableClock};
use title_review_core::ids::IdSource;

/// The parts of a running server; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// See [`App`].
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Field encryption, token signing, cursors.
    pub keys: Arc<KeyRing>,
    /// Business time: windows, deadlines, seniority (docs/decisions/0003).
    pub clock: Arc<dyn Clock>,
    /// Time of tokens and sessions: always runs.
    pub session_clock: Arc<dyn Clock>,
    /// Identity of new rows.
    pub ids: Arc<dyn IdSource>,
    /// Configuration, checked at start.
    pub config: Config,
    /// Published cycle definitions, immutable per version.
    pub cycles: crate::cycles::service::Cache,
    /// When something lapses next.
    pub lapses: crate::applications::LapseWatch,
    /// Attachments, content-addressed.
    pub storage: crate::storage::Storage,
    /// Verified tokens and the principals of live sessions.
    pub sessions: crate::authn::Cache,
    /// Figures for monitoring, and whether requests may be sent here.
    pub operation: crate::operation::Operation,
    /// Principals behind the tokens of programs.
    pub machines: crate::machines::Cache,
    /// The clock that a client may set; only with `--sandbox`.
    pub sandbox: Option<Arc<SettableClock>>,
    /// One check of the audit log at a time: each takes a reader for as long as it runs.
    pub audits: tokio::sync::Semaphore,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// What this server does once the act is committed, and never if it is not: its caches must not run ahead of the database.
#[derive(Debug, Default, Clone, Copy)]
pub struct AfterCommit {
    /// Roles, accounts or sessions have changed.
    pub principals_changed: bool,
    /// Something lapses at this instant.
    pub lapses_at: Option<Instant>,
}

impl AfterCommit {
    fn carry_out(self, app: &App) {
        if self.principals_changed {
            app.sessions.forget_principals();
            app.machines.forget_principals();
        }
        if let Some(at) = self.lapses_at {
            app.lapses.expect(at);
        }
    }
}

/// Who asks, and when it was received.
#[derive(Clone)]
pub struct Asker {
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

impl App {
    /// Runs a reading use case in one read transaction.
    pub async fn read<T, E>(&self, asker: Asker, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let app = self.clone();
        self.db.read(move |conn| f(&mut Cx::new(conn, &app, &asker))).await
    }

    /// Runs an act on the writer: all of it or nothing, committed before this returns.
    pub async fn write<T, E>(&self, asker: Asker, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let app = self.clone();
        let (value, after) = self
            .db
            .write(move |conn| {
                let mut cx = Cx::new(conn, &app, &asker);
                let value = f(&mut cx)?;
                Ok::<_, E>((value, cx.after))
            })
            .await?;
        after.carry_out(self);
        Ok(value)
    }

    /// Runs an act of the system itself: a job, a start, a command.
    pub async fn act_as_system<T, E>(&self, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let session_now = self.session_clock.now();
        let asker = Asker {
            principal: Arc::new(Principal::anonymous()),
            now: self.clock.now(),
            session_now,
            address: None,
            trace_id: self.ids.uuid(session_now).simple().to_string().into(),
        };
        self.write(asker, f).await
    }
}

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
    /// What is done once it is committed.
    pub after: AfterCommit,
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
    fn new(conn: &'a mut Conn, app: &'a App, asker: &'a Asker) -> Self {
        Self {
            conn,
            now: asker.now,
            session_now: asker.session_now,
            address: asker.address,
            principal: &asker.principal,
            app,
            trace_id: &asker.trace_id,
            after: AfterCommit::default(),
        }
    }

    /// Records an act: its row of the hash-chained audit log and its event, in the transaction of the act.
    pub fn record(&mut self, act: Act<'_>) -> Result<(), db::Error> {
        self.record_by(self.principal, audit::Outcome::Done, act)
    }

    /// As [`Cx::record`], for somebody who is not the one who asks yet, such as who signs in; or an act that was refused, which is no event.
    pub fn record_by(&mut self, who: &Principal, outcome: audit::Outcome, act: Act<'_>) -> Result<(), db::Error> {
        let (action, kind, id) = (act.action, act.object_kind, act.object_id.clone());
        self.put_down(who, outcome, act)?;
        if outcome == audit::Outcome::Done {
            events::publish(self.conn, action, kind, &id, self.now)?;
        }
        Ok(())
    }

    /// Records that somebody saw something. Nothing has changed by it: it is no event.
    pub fn record_seen(&mut self, who: &Principal, act: Act<'_>) -> Result<(), db::Error> {
        self.put_down(who, audit::Outcome::Done, act)
    }

    fn put_down(&mut self, who: &Principal, outcome: audit::Outcome, mut act: Act<'_>) -> Result<(), db::Error> {
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
