//! Runs jobs: claims one, runs its handler outside any transaction while keeping the lease alive, records the outcome.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::watch;

use super::model::{Job, Policy};
use super::store::{self, Claim};
use crate::db::{self, Db};
use title_review_core::clock::Clock;
use title_review_core::ids::IdSource;

/// Why a handler failed, for the log and the list of parked jobs. Never personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Self(error.to_string())
    }
}

type Handler = Arc<dyn Fn(Job) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>> + Send + Sync>;

/// How often a kind looks for what is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs the jobs of the kinds that it has handlers for, one of each kind at a time, so that a slow kind holds up no other.
pub struct Runner {
    db: Db,
    business: Arc<dyn Clock>,
    session: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    policy: Policy,
    handlers: BTreeMap<&'static str, Handler>,
}

impl Runner {
    /// A runner without handlers yet. `business` says what is due, `session` how long leases last.
    #[must_use]
    pub fn new(db: Db, business: Arc<dyn Clock>, session: Arc<dyn Clock>, ids: Arc<dyn IdSource>, policy: Policy) -> Self {
        Self { db, business, session, ids, policy, handlers: BTreeMap::new() }
    }

    /// Adds the handler of a kind. It may be run again after a success that was not recorded: what it does is guarded in the database.
    #[must_use]
    pub fn handle<F>(mut self, kind: &'static str, handler: impl Fn(Job) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.handlers.insert(kind, Arc::new(move |job| Box::pin(handler(job))));
        self
    }

    /// Runs what is due, and what becomes due, until `stop` turns true. Jobs that have begun are finished first.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        join_all(self.handlers.iter().map(|(kind, handler)| self.run_kind(kind, handler, stop.clone()))).await;
    }

    /// Runs everything that is due now, and answers how many were run: after the sandbox's clock was set, and in tests.
    ///
    /// # Errors
    /// Those of the database; a failing job is recorded and is no error here.
    pub async fn run_due(&self) -> db::Result<usize> {
        let mut count = 0;
        for (kind, handler) in &self.handlers {
            while self.run_one(kind, handler).await? {
                count += 1;
            }
        }
        Ok(count)
    }

    async fn run_kind(&self, kind: &'static str, handler: &Handler, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.run_one(kind, handler).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(kind, %error, "jobs cannot be read"),
            }
            // A sender that is gone means stop as well.
            if tokio::time::timeout(LOOK_EVERY, stop.changed()).await.is_ok_and(|changed| changed.is_err()) {
                return;
            }
        }
    }

    /// Runs one due job of this kind, if there is one.
    async fn run_one(&self, kind: &'static str, handler: &Handler) -> db::Result<bool> {
        let (due, now, policy) = (self.business.now(), self.session.now(), self.policy);
        // A look costs no turn of the writer.
        if self.db.read(move |conn| store::count_due(conn, &[kind], due, now)).await? == 0 {
            return Ok(false);
        }
        let ids = Arc::clone(&self.ids);
        let claim = self.db.write(move |conn| store::claim(conn, &*ids, &[kind], due, now, &policy)).await?;
        let Some(claim) = claim else { return Ok(false) };
        let outcome = self.run_under_lease(&claim, handler).await;
        let now = self.session.now();
        let held = match outcome {
            Ok(()) => {
                let claim = claim.clone();
                self.db.write(move |conn| store::finish(conn, &claim, now)).await?
            }
            Err(Failure(reason)) => {
                tracing::warn!(kind, job = %claim.job.id, attempts = claim.job.attempts, reason, "a job failed");
                let claim = claim.clone();
                self.db.write(move |conn| store::fail(conn, &claim, &reason, now, &policy)).await?
            }
        };
        if !held {
            tracing::warn!(kind, job = %claim.job.id, "the lease was lost while the job ran");
        }
        Ok(true)
    }

    async fn run_under_lease(&self, claim: &Claim, handler: &Handler) -> Result<(), Failure> {
        // Unwind safe: the handler's future is dropped, and what it wrote was committed or rolled back by itself.
        let running = AssertUnwindSafe(async { handler(claim.job.clone()).await }).catch_unwind();
        let mut running = std::pin::pin!(running);
        let beat = (self.policy.lease / 3).max(TimeDelta::milliseconds(10)).to_std().unwrap_or(Duration::from_secs(20));
        loop {
            if let Ok(outcome) = tokio::time::timeout(beat, &mut running).await {
                return outcome.unwrap_or_else(|_| Err(Failure("the handler panicked".to_owned())));
            }
            let (claim, now, policy) = (claim.clone(), self.session.now(), self.policy);
            if let Err(error) = self.db.write(move |conn| store::prolong(conn, &claim, now, &policy)).await {
                tracing::warn!(%error, "a lease could not be prolonged");
            }
        }
    }
}
