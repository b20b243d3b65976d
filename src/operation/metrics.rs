//! Metrics for Prometheus, in the `OpenMetrics` text format.

use super::model::Business;
use super::store;
use crate::app::App;
use crate::db::Db;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bounds of the latency histogram, in seconds: from a cached read to a commit that waits.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    method: Arc<str>,
    /// The pattern: `/v1/applications/{application_id}`.
    route: Arc<str>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: Arc<str>,
    route: Arc<str>,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Refused {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// The metrics of one server.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    refusals: Family<Refused, Counter>,
    in_flight: Gauge,
    queues: Arc<Queues>,
    business: Arc<Kept>,
}

/// A request that is being answered; no longer so when dropped, also when the client has gone.
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(super) fn new(db: &Db) -> Self {
        let mut registry = Registry::with_prefix("title_review");
        let requests = Family::<Answered, Counter>::default();
        registry.register("http_requests", "Answered requests by method, pattern of the route and status", requests.clone());
        let seconds = Family::<Route, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register("http_request_seconds", "Time from the head of a request to its answer", seconds.clone());
        let refusals = Family::<Refused, Counter>::default();
        registry.register("refusals", "Refused requests by problem code", refusals.clone());
        let in_flight = Gauge::default();
        registry.register("http_requests_in_flight", "Requests that are being answered", in_flight.clone());
        registry.register("build", "The program that runs", Info::new(Build { version: env!("CARGO_PKG_VERSION") }));
        let of_writer = db.metrics();
        registry.register("db_write_group_size", "Writes that shared one commit", of_writer.group_sizes.clone());
        registry.register("db_commit_seconds", "Time of a commit on the disk", of_writer.commit_seconds.clone());
        let queues = Arc::new(Queues { db: db.clone(), passwords: AtomicU64::new(0) });
        registry.register_collector(Box::new(Arc::clone(&queues)));
        let business = Arc::new(Kept::default());
        registry.register_collector(Box::new(Arc::clone(&business)));
        Self { registry, requests, seconds, refusals, in_flight, queues, business }
    }

    /// A request begins.
    #[must_use]
    pub fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// A request was answered.
    pub fn answered(&self, method: Arc<str>, route: Arc<str>, status: u16, took: Duration) {
        let of_route = Route { method: Arc::clone(&method), route: Arc::clone(&route) };
        self.seconds.get_or_create(&of_route).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// A request was refused with the problem of this code.
    pub fn refused(&self, code: &'static str) {
        self.refusals.get_or_create(&Refused { code }).inc();
    }

    /// All metrics as text. What stands in the database is asked for anew once the answer kept is older than `metrics.business_seconds`.
    pub async fn text(&self, app: &App) -> String {
        self.queues.passwords.store(app.sessions.hasher().waiting(), Ordering::Relaxed);
        self.business.refresh(app).await;
        let mut page = String::new();
        // Writing to a String never fails.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
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
struct Kept(Mutex<Option<(Instant, Option<Business>)>>);

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl Kept {
    async fn refresh(&self, app: &App) {
        let keep_for = Duration::from_secs(app.config.metrics.business_seconds);
        {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *kept {
                Some((asked, _)) if asked.elapsed() < keep_for => return,
                // The next scrape is not to ask as well while this one waits.
                Some((asked, _)) => *asked = Instant::now(),
                None => {}
            }
        }
        let now = app.clock.now();
        let found = app.db.read(move |conn| store::find_business(conn, now)).await;
        if let Err(error) = &found {
            tracing::warn!(%error, "the metrics of the database cannot be read");
        }
        // Metrics that are not known are left out, never repeated.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), found.ok()));
    }
}

impl Collector for Kept {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((_, Some(business))) = kept else { return Ok(()) };
        let stages: Vec<[(&str, &str); 1]> = business.by_stage.iter().map(|(stage, _)| [("stage", stage.as_str())]).collect();
        let values: Vec<(&[(&str, &str)], u64)> =
            stages.iter().zip(&business.by_stage).map(|(labels, (_, count))| (labels.as_slice(), *count)).collect();
        gauge(&mut encoder, "applications", "Applications by stage", &values)?;
        gauge(&mut encoder, "applications_due", "Applications that lapse within 24 hours", &[(&[], business.due_in_a_day)])?;
        let jobs: Vec<[(&str, &str); 2]> =
            business.jobs.iter().map(|(kind, state, _)| [("kind", kind.as_str()), ("state", state.as_str())]).collect();
        let values: Vec<(&[(&str, &str)], u64)> =
            jobs.iter().zip(&business.jobs).map(|(labels, (_, _, count))| (labels.as_slice(), *count)).collect();
        gauge(&mut encoder, "jobs", "Jobs by kind that wait, run, or were given up (parked)", &values)
    }
}
