//! What the database's threads count for monitoring.

use super::statements::StatementLog;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

/// Counted by the database's threads; clones share the counts.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Writes that shared one commit.
    pub group_sizes: Histogram,
    /// Seconds that a commit took.
    pub commit_seconds: Histogram,
    /// Statements that reads and writes made; what begins, saves and ends a transaction is not counted.
    pub statements: Counter,
    /// Their texts, while somebody listens.
    pub(super) log: StatementLog,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            group_sizes: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]),
            commit_seconds: Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0]),
            statements: Counter::default(),
            log: StatementLog::default(),
        }
    }
}
