//! What is not counted as it happens but asked for when monitoring asks: lengths of queues, and where the work stands in the database.

use super::model::Business;
use super::store;
use crate::context::App;
use crate::credentials::Hasher;
use crate::db::Db;
use crate::telemetry::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use title_review_core::clock::Instant;

/// The gauges of one server.
pub struct Gauges {
    queues: Arc<Queues>,
    business: Arc<BusinessCache>,
}

impl Gauges {
    /// Of a server on this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self {
            queues: Arc::new(Queues { db: db.clone(), passwords: AtomicU64::new(0) }),
            business: Arc::new(BusinessCache::default()),
        }
    }

    /// Adds them to the registry, with what the database's threads count.
    pub fn register(&self, registry: &mut Registry) {
        let counted = self.queues.db.metrics();
        registry.register("db_write_group_size", "Writes that shared one commit", counted.group_sizes.clone());
        registry.register("db_statements", "Statements that reads and writes made", counted.statements.clone());
        registry.register("db_commit_seconds", "Time of a commit on the disk", counted.commit_seconds.clone());
        registry.register_collector(Box::new(Arc::clone(&self.queues)));
        registry.register_collector(Box::new(Arc::clone(&self.business)));
    }
}

/// All metrics as text. What stands in the database is asked for anew once the answer kept is older than `metrics.business_seconds`.
pub async fn metrics_page(app: &App) -> String {
    let gauges = app.state::<Gauges>();
    gauges.queues.passwords.store(app.state::<Hasher>().waiting(), Ordering::Relaxed);
    gauges.business.refresh(app).await;
    app.state::<Metrics>().page()
}

/// What waits inside the server.
struct Queues {
    db: Db,
    passwords: AtomicU64,
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").finish_non_exhaustive()
    }
}

#[expect(clippy::cast_precision_loss, reason = "no queue is as long as 2^52")]
fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, values: &[(&[(&str, &str)], u64)]) -> fmt::Result {
    let kind = prometheus_client::metrics::MetricType::Gauge;
    let mut metric = encoder.encode_descriptor(name, help, None, kind)?;
    for (labels, value) in values {
        let value = ConstGauge::new(*value as f64);
        if labels.is_empty() {
            value.encode(metric.encode_family(&NO_LABELS)?)?;
        } else {
            value.encode(metric.encode_family(labels)?)?;
        }
    }
    Ok(())
}

const NO_LABELS: [(&str, &str); 0] = [];

impl Collector for Queues {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let (reads, writes) = self.db.waiting();
        let queues: [(&[(&str, &str)], u64); 2] = [(&[("queue", "read")], reads), (&[("queue", "write")], writes)];
        gauge(&mut encoder, "db_queue_length", "Reads and writes that wait for a connection", &queues)?;
        let passwords = self.passwords.load(Ordering::Relaxed);
        gauge(&mut encoder, "password_hashes_waiting", "Password hashes that wait for their turn", &[(&[], passwords)])
    }
}

/// The last answer of the database.
#[derive(Default)]
struct BusinessCache(Mutex<Option<(Instant, Option<Business>)>>);

impl fmt::Debug for BusinessCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusinessCache").finish_non_exhaustive()
    }
}

impl BusinessCache {
    async fn refresh(&self, app: &App) {
        let keep_for = i64::try_from(app.config.metrics.business_seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        let asked_now = app.session_clock.now();
        let age = |asked: Instant| asked_now.micros().saturating_sub(asked.micros());
        {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *kept {
                Some((asked, _)) if (0..keep_for).contains(&age(*asked)) => return,
                // The next scrape is not to ask as well while this one waits.
                Some((asked, _)) => *asked = asked_now,
                None => {}
            }
        }
        let now = app.clock.now();
        let found = app.db.read(move |conn| store::find_business(conn, now)).await;
        if let Err(error) = &found {
            tracing::warn!(%error, "the metrics of the database cannot be read");
        }
        // Numbers that are not known are left out, never repeated.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((asked_now, found.ok()));
    }
}

impl Collector for BusinessCache {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((_, Some(business))) = kept else { return Ok(()) };
        let stages: Vec<[(&str, &str); 2]> =
            business.by_stage.iter().map(|(stage, step, _)| [("stage", stage.as_str()), ("step", step.as_str())]).collect();
        let values: Vec<(&[(&str, &str)], u64)> =
            stages.iter().zip(&business.by_stage).map(|(labels, (_, _, count))| (labels.as_slice(), *count)).collect();
        gauge(&mut encoder, "applications", "Applications by stage", &values)?;
        gauge(&mut encoder, "applications_due", "Applications that lapse within 24 hours", &[(&[], business.due_in_a_day)])?;
        let jobs: Vec<[(&str, &str); 2]> =
            business.jobs.iter().map(|(kind, state, _)| [("kind", kind.as_str()), ("state", state.as_str())]).collect();
        let values: Vec<(&[(&str, &str)], u64)> =
            jobs.iter().zip(&business.jobs).map(|(labels, (_, _, count))| (labels.as_slice(), *count)).collect();
        gauge(&mut encoder, "jobs", "Jobs by kind that wait, run, or were given up (parked)", &values)
    }
}
