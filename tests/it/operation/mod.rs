//! Running the server: what monitoring sees, when it takes requests, what it logs.

mod logs;
mod metrics;
mod readiness;
mod upgrades;
