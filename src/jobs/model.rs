//! Jobs, and how patient their runner is.

use chrono::TimeDelta;

use title_review_core::clock::Instant;
use title_review_core::ids::JobId;
use title_review_core::vocabulary::wire_enum;

wire_enum! {
    /// State of a job.
    State {
        Waiting = "waiting", "等待", "waiting";
        Leased = "leased", "执行中", "leased";
        Done = "done", "已完成", "done";
        Parked = "parked", "已搁置", "parked";
    }
}

/// Something to do later.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// Which handler does it.
    pub kind: &'a str,
    /// Not before this instant of the business clock.
    pub run_at: Instant,
    /// What the handler needs to know: ids, no personal data.
    pub payload: serde_json::Value,
    /// Jobs of one kind and key are one as long as none of them has begun.
    pub unique_key: Option<&'a str>,
}

/// A job, claimed by a runner or parked.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Which handler does it.
    pub kind: String,
    /// What the handler needs to know.
    pub payload: serde_json::Value,
    /// When it was due, by the business clock.
    pub run_at: Instant,
    /// How often it was begun, this time included.
    pub attempts: i32,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// How patient a runner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// A runner that has not been heard of for so long has lost its job.
    pub lease: TimeDelta,
    /// So many failures park a job.
    pub most_attempts: i32,
    /// Wait after the first failure; doubled by each further one.
    pub first_wait: TimeDelta,
    /// Longest wait.
    pub longest_wait: TimeDelta,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            lease: TimeDelta::minutes(1),
            most_attempts: 8,
            first_wait: TimeDelta::seconds(5),
            longest_wait: TimeDelta::hours(1),
        }
    }
}

impl Policy {
    /// How long to wait after this many failures.
    #[must_use]
    pub fn wait_after(&self, attempts: i32) -> TimeDelta {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(20);
        self.first_wait.checked_mul(1 << doublings).map_or(self.longest_wait, |wait| wait.min(self.longest_wait))
    }
}
