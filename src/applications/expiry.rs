//! Ends by deadline: written on time by a job, and before anything is read or decided.

use super::error::Error;
use super::facts::{Situation, situation};
use super::{Note, apply, store};
use crate::context::{App, Cx, RequestContext};
use crate::db;
use crate::jobs;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use title_review_core::clock::Instant;
use title_review_core::workflow::{self, Relation};

/// Lapses written in one transaction.
const BATCH: i64 = 100;

/// Another server on the same database may set an earlier deadline: what this one knows is good for so long.
const FRESH_MICROS: i64 = 1_000_000;

/// The next instant at which something lapses, as this server knows it: most requests need no query to know that nothing is due.
#[derive(Default)]
pub struct ExpiryWatch(Mutex<NextDue>);

/// More instants than any year of cycles and corrections has; past them the known ones are asked for anew.
const MOST_KNOWN_JOBS: usize = 10_000;

#[derive(Default)]
struct NextDue {
    /// Nothing lapses before it; `None`: not known.
    next: Option<i64>,
    /// Session time at which it was asked for.
    asked_at: i64,
    /// Counts what was expected since the start: an answer that was on its way meanwhile is not trusted.
    expected: u64,
    /// Instants, in microseconds, for which this server has seen a job committed.
    jobs: HashSet<i64>,
}

impl ExpiryWatch {
    fn known(&self) -> MutexGuard<'_, NextDue> {
        // Three numbers, each valid by itself: a panic elsewhere leaves nothing half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something lapses at this instant.
    pub fn expect(&self, at: Instant) {
        let mut known = self.known();
        known.expected += 1;
        known.next = known.next.map(|next| next.min(at.micros()));
    }

    fn nothing_due(&self, now: Instant, session_now: Instant) -> bool {
        let known = self.known();
        let age = session_now.micros().saturating_sub(known.asked_at);
        (0..FRESH_MICROS).contains(&age) && known.next.is_some_and(|next| now.micros() < next)
    }

    fn expected(&self) -> u64 {
        self.known().expected
    }

    fn learn(&self, next: Option<Instant>, session_now: Instant, expected: u64) {
        let mut known = self.known();
        if known.expected == expected {
            (known.next, known.asked_at) = (Some(next.map_or(i64::MAX, Instant::micros)), session_now.micros());
        }
    }

    /// A job waits for this instant; only of instants to come.
    fn has_job(&self, at: Instant, now: Instant) -> bool {
        at > now && self.known().jobs.contains(&at.micros())
    }

    fn note_job(&self, at: Instant) {
        let jobs = &mut self.known().jobs;
        if jobs.len() >= MOST_KNOWN_JOBS {
            jobs.clear();
        }
        jobs.insert(at.micros());
    }
}

/// Kind of the job that writes lapses on time.
pub const JOB: &str = "applications.lapse";

/// Sees to it that what lapses at this instant is written then: one job per instant, and this server's watch.
pub(super) fn watch(cx: &mut Cx<'_>, at: Instant) -> Result<(), db::Error> {
    cx.after_commit(move |app| app.state::<ExpiryWatch>().expect(at));
    if cx.app.state::<ExpiryWatch>().has_job(at, cx.now) {
        return Ok(());
    }
    cx.after_commit(move |app| app.state::<ExpiryWatch>().note_job(at));
    let key = at.micros().to_string();
    jobs::enqueue(
        cx.conn,
        &*cx.app.ids,
        cx.now,
        &jobs::NewJob { kind: JOB, run_at: at, payload: serde_json::json!({}), unique_key: Some(&key) },
    )
}

/// The job: writes all that is due, and marks what a window left undecided.
pub async fn run_job(app: App) -> Result<(), jobs::Failure> {
    for batch in [expire_batch, super::undecided::mark] {
        while app.act_as_system(batch).await.map_err(|error| jobs::Failure(error.to_string()))? > 0 {}
    }
    Ok(())
}

/// Writes every end by deadline that is due when the request was received, so that what follows sees it. Called before each operation on
/// applications.
pub async fn expire_due(app: &App, asker: &RequestContext) -> Result<(), Error> {
    let (now, session_now) = (asker.now, asker.session_now);
    let watch = app.state::<ExpiryWatch>();
    if watch.nothing_due(now, session_now) {
        return Ok(());
    }
    loop {
        let expected = watch.expected();
        let next = app
            .read(asker.clone(), |cx| {
                cx.look()?;
                Ok::<_, Error>(store::next_lapse(cx.conn)?)
            })
            .await?;
        if next.is_none_or(|at| now < at) {
            watch.learn(next, session_now, expected);
            return Ok(());
        }
        app.write(asker.clone(), expire_batch).await?;
    }
}

/// Writes the ends by deadline that are due, a batch at a time; gives how many.
fn expire_batch(cx: &mut Cx<'_>) -> Result<usize, Error> {
    let due = store::list_due(cx.conn, cx.now, BATCH)?;
    let count = due.len();
    for row in due {
        let situation = situation(cx, row)?;
        expire(cx, &situation)?;
    }
    Ok(count)
}

/// Ends one application whose deadline has passed.
fn expire(cx: &mut Cx<'_>, situation: &Situation) -> Result<(), Error> {
    let Some(lapse) = workflow::due_lapse(&situation.state, cx.now, &situation.facts.windows) else {
        // A window was extended since its instant was written: write the instant anew.
        let next = workflow::next_lapse_at(&situation.state, &situation.facts.windows);
        return Ok(store::set_lapse_at(cx.conn, situation.row.id, next)?);
    };
    let decision = workflow::decide(&situation.state, lapse.action, &Relation::SYSTEM, &situation.facts)
        .map_err(|refusals| db::Error::Other(format!("a due lapse is refused: {refusals:?}")))?;
    apply(cx, situation, lapse.action, &decision, Note { at: Some(lapse.as_of), ..Note::default() })?;
    Ok(())
}
