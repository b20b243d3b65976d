//! What a running server is made of, and what a use case is given.

use crate::authz::Principal;
use crate::clock::{Clock, Instant, SettableClock};
use crate::config::Config;
use crate::db::{Conn, Db};
use crate::ids::IdSource;
use crate::keys::KeyRing;
use crate::{audit, events};
use std::sync::Arc;

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
    pub storage: Arc<dyn object_store::ObjectStore>,
    /// Verified tokens and the principals of live sessions.
    pub sessions: crate::authn::Cache,
    /// The clock that a client may set; only with `--sandbox`.
    pub sandbox: Option<Arc<SettableClock>>,
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

impl App {
    /// Runs an act of the system itself: a job, a start, a command.
    pub async fn act_as_system<T, E>(&self, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<crate::db::Error> + Send + 'static,
    {
        let app = self.clone();
        self.db
            .write(move |conn| {
                let session_now = app.session_clock.now();
                let trace_id = app.ids.uuid(session_now).simple().to_string();
                let principal = Principal::anonymous();
                f(&mut Cx { conn, now: app.clock.now(), session_now, principal: &principal, app: &app, trace_id: &trace_id })
            })
            .await
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
    /// Who asks.
    pub principal: &'a Principal,
    /// The server's parts.
    pub app: &'a App,
    /// Identifies the request in logs and records.
    pub trace_id: &'a str,
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

impl Cx<'_> {
    /// Records an act: its row of the hash-chained audit log and its event, in the transaction of the act.
    pub fn record(&mut self, act: Act<'_>) -> Result<(), crate::db::Error> {
        // Acts are recorded under the first grant: see `authn`, which puts staff roles first.
        let grant = self.principal.grants.first();
        audit::append(
            self.conn,
            &self.app.keys,
            audit::Entry {
                at: self.now,
                actor: self.principal.account,
                role: grant.map(|grant| grant.role),
                organisation: grant.and_then(|grant| grant.organisation),
                action: act.action.to_owned(),
                object_kind: act.object_kind.to_owned(),
                object_id: act.object_id.clone(),
                clause: act.clause.map(str::to_owned),
                outcome: audit::Outcome::Done,
                trace_id: self.trace_id.to_owned(),
                detail: act.detail,
            },
        )?;
        events::publish(self.conn, act.action, act.object_kind, &act.object_id, self.now)?;
        Ok(())
    }
}
