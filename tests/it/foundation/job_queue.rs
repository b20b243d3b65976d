//! Leased jobs: each due job is run, a lost one is taken over, a hopeless one is parked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use serde_json::json;
use title_review::db::{Db, Error};
use title_review::jobs::{self, Claim, Failure, NewJob, Policy, Runner};
use title_review_core::clock::{Clock, Instant, SettableClock};
use title_review_core::ids::{IdSource, SeededIds};

use crate::support::database::Database;
use crate::support::on_both;

struct Ground {
    db: Db,
    business: Arc<SettableClock>,
    session: Arc<SettableClock>,
    ids: Arc<SeededIds>,
    policy: Policy,
}

impl Ground {
    fn new(base: &Database) -> Self {
        let start: Instant = "2024-08-30T17:00:00+08:00".parse().unwrap();
        let clock = || Arc::new(SettableClock::frozen(start));
        let policy = Policy { most_attempts: 3, ..Policy::default() };
        Self { db: base.open(), business: clock(), session: clock(), ids: Arc::new(SeededIds::new(1)), policy }
    }

    async fn enqueue(&self, key: Option<&'static str>, in_seconds: i64, payload: &'static str) {
        let (ids, now) = (Arc::clone(&self.ids), self.session.now());
        let run_at = self.business.now().plus_seconds(in_seconds);
        let add = move |conn: &mut _| {
            jobs::enqueue(conn, &*ids, now, &NewJob { kind: "lapse", run_at, payload: json!(payload), unique_key: key })
        };
        self.db.write::<_, Error>(add).await.unwrap();
    }

    async fn claim(&self) -> Option<Claim> {
        let (ids, due, now, policy) = (Arc::clone(&self.ids), self.business.now(), self.session.now(), self.policy);
        self.db.write(move |conn| jobs::claim(conn, &*ids, &["lapse"], due, now, &policy)).await.unwrap()
    }

    async fn finish(&self, claim: &Claim) -> bool {
        let (claim, now) = (claim.clone(), self.session.now());
        self.db.write(move |conn| jobs::finish(conn, &claim, now)).await.unwrap()
    }

    async fn fail(&self, claim: &Claim) -> bool {
        let (claim, now, policy) = (claim.clone(), self.session.now(), self.policy);
        self.db.write(move |conn| jobs::fail(conn, &claim, "away", now, &policy)).await.unwrap()
    }

    async fn parked(&self) -> Vec<jobs::Job> {
        self.db.read(jobs::list_parked).await.unwrap()
    }

    fn runner(&self) -> Runner {
        let ids: Arc<dyn IdSource> = Arc::clone(&self.ids) as _;
        Runner::new(self.db.clone(), Arc::clone(&self.business) as _, Arc::clone(&self.session) as _, ids, self.policy)
    }
}

on_both!(a_job_is_claimed_when_due_and_only_once);
async fn a_job_is_claimed_when_due_and_only_once(base: Database) {
    let ground = Ground::new(&base);
    ground.enqueue(None, 3600, "x").await;
    assert_eq!(ground.claim().await, None);
    ground.business.advance(TimeDelta::hours(1));
    let claim = ground.claim().await.unwrap();
    assert_eq!((claim.job.payload.clone(), claim.job.attempts), (json!("x"), 1));
    assert_eq!(ground.claim().await, None);
    assert!(ground.finish(&claim).await);
    assert!(!ground.finish(&claim).await);
    ground.session.advance(TimeDelta::days(1));
    assert_eq!(ground.claim().await, None);
}

on_both!(a_lost_lease_is_taken_over);
async fn a_lost_lease_is_taken_over(base: Database) {
    let ground = Ground::new(&base);
    ground.enqueue(None, 0, "x").await;
    let lost = ground.claim().await.unwrap();
    // Setting the business clock loses no lease.
    ground.business.advance(TimeDelta::days(30));
    assert_eq!(ground.claim().await, None);
    ground.session.advance(ground.policy.lease);
    let taken = ground.claim().await.unwrap();
    assert_eq!((taken.job.id, taken.job.attempts), (lost.job.id, 2));
    assert!(!ground.finish(&lost).await && !ground.fail(&lost).await);
    assert!(ground.finish(&taken).await);
}

on_both!(a_job_that_keeps_failing_waits_longer_and_is_parked);
async fn a_job_that_keeps_failing_waits_longer_and_is_parked(base: Database) {
    let ground = Ground::new(&base);
    ground.enqueue(Some("a1"), 0, "x").await;
    for wait in [5, 10] {
        let claim = ground.claim().await.unwrap();
        assert!(ground.fail(&claim).await);
        ground.session.advance(TimeDelta::seconds(wait - 1));
        assert_eq!(ground.claim().await, None);
        ground.session.advance(TimeDelta::seconds(1));
    }
    let claim = ground.claim().await.unwrap();
    assert!(ground.fail(&claim).await);
    ground.session.advance(TimeDelta::days(1));
    assert_eq!(ground.claim().await, None);
    let parked = ground.parked().await;
    assert_eq!((parked.len(), parked[0].last_error.as_deref()), (1, Some("away")));
    let id = parked[0].id;
    ground.db.write(move |conn| jobs::release_parked(conn, id)).await.unwrap();
    assert_eq!(ground.claim().await.unwrap().job.attempts, 1);
}

on_both!(a_job_that_kills_its_runners_is_parked);
async fn a_job_that_kills_its_runners_is_parked(base: Database) {
    let ground = Ground::new(&base);
    ground.enqueue(None, 0, "x").await;
    for _ in 0..3 {
        ground.claim().await.unwrap();
        ground.session.advance(ground.policy.lease);
    }
    assert_eq!(ground.claim().await, None);
    assert_eq!(ground.parked().await.len(), 1);
}

on_both!(job_key_is_queued_once_and_again_while_running);
async fn job_key_is_queued_once_and_again_while_running(base: Database) {
    let ground = Ground::new(&base);
    ground.enqueue(Some("a1"), 60, "later").await;
    ground.enqueue(Some("a1"), 0, "now").await;
    ground.enqueue(Some("a2"), 60, "other").await;
    let claim = ground.claim().await.unwrap();
    assert_eq!(claim.job.payload, json!("now"));
    assert_eq!(ground.claim().await, None);
    // Wanted again while it runs: that is another job, and the failure of the first needs no try of its own.
    ground.enqueue(Some("a1"), 0, "again").await;
    assert!(ground.fail(&claim).await);
    assert_eq!(ground.claim().await.unwrap().job.payload, json!("again"));
    ground.session.advance(TimeDelta::seconds(30));
    assert_eq!(ground.claim().await, None);
}

on_both!(a_runner_runs_what_is_due_and_survives_failures_and_panics);
async fn a_runner_runs_what_is_due_and_survives_failures_and_panics(base: Database) {
    let ground = Ground::new(&base);
    for (number, payload) in ["a", "fail", "b", "panic", "slow"].into_iter().enumerate() {
        ground.enqueue(None, i64::try_from(number).unwrap(), payload).await;
    }
    ground.enqueue(None, 3600, "not due").await;
    ground.business.advance(TimeDelta::minutes(1));
    let ran = Arc::new(Mutex::new(Vec::new()));
    let ended = Arc::new(AtomicUsize::new(0));
    let (seen, done) = (Arc::clone(&ran), Arc::clone(&ended));
    let runner = ground.runner().handle("lapse", move |job| {
        let (seen, done) = (Arc::clone(&seen), Arc::clone(&done));
        async move {
            let what = job.payload.as_str().unwrap_or_default().to_owned();
            seen.lock().unwrap().push(what.clone());
            match what.as_str() {
                "fail" => return Err(Failure("away".to_owned())),
                "panic" => panic!("in the handler"),
                "slow" => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                _ => {}
            }
            done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    });
    assert_eq!(runner.run_due().await.unwrap(), 5);
    assert_eq!(*ran.lock().unwrap(), ["a", "fail", "b", "panic", "slow"]);
    assert_eq!(ended.load(Ordering::Relaxed), 3);
    assert_eq!(runner.run_due().await.unwrap(), 0);
    ground.session.advance(TimeDelta::minutes(1));
    assert_eq!(runner.run_due().await.unwrap(), 2);
    ground.session.advance(TimeDelta::minutes(1));
    assert_eq!(runner.run_due().await.unwrap(), 2);
    assert_eq!(
        ground.parked().await.iter().map(|job| job.last_error.clone().unwrap()).collect::<Vec<_>>(),
        ["away", "the handler panicked"]
    );
}
