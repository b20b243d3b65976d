//! Running the server: whether it may be sent requests, what monitoring reads, which versions it has been.
//!
//! `/livez` says that the process is there; `/readyz` that what it needs works, and no longer does so once the server is told to stop. Metrics for
//! Prometheus are served by a listener of their own (`metrics.listen`), so that the API's address never shows them (docs/decisions/0024). Their labels
//! are patterns of routes, never paths: a path may be personal. What is counted in the database is counted by grouped queries on indexes, at most once in
//! some seconds, whoever asks how often.

pub mod doctor;
mod gauges;
pub mod http;
mod listener;
mod model;
mod readiness;
mod store;
pub mod upgrades;

pub use gauges::{Gauges, metrics_page};
pub use listener::bind_metrics;
pub use readiness::{Part, Readiness};
