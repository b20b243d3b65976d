//! What the server counts for Prometheus, in the `OpenMetrics` text format. Labels are patterns of routes, never paths: a path may be personal.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

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
}

/// A request that is being answered; no longer so when dropped, also when the client has gone.
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Those of requests, and whatever else `register` adds.
    pub fn new(register: impl FnOnce(&mut Registry)) -> Self {
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
        register(&mut registry);
        Self { registry, requests, seconds, refusals, in_flight }
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

    /// A request was refused with this problem code.
    pub fn refused(&self, code: &'static str) {
        self.refusals.get_or_create(&Refused { code }).inc();
    }

    /// All metrics as text.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing to a String never fails.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}
