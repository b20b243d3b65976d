//! What is known of a running server and its database.

use serde::Serialize;
use title_review_core::clock::Instant;
use utoipa::ToSchema;

/// A version that began to run on this database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Upgrade {
    /// Counted from 1.
    pub number: i64,
    /// When, by the host's clock.
    pub at: Instant,
    /// The version before; null for the first.
    pub from: Option<String>,
    /// The version that began.
    #[schema(example = "0.1.0")]
    pub to: String,
    /// The migrations it ran, in their order.
    pub migrations: Vec<String>,
}

/// Where the work stands.
#[derive(Debug, Clone, Default)]
pub struct Business {
    /// Stage and how many applications are in it.
    pub by_stage: Vec<(String, String, u64)>,
    /// Applications that lapse within 24 hours.
    pub due_in_a_day: u64,
    /// Kind, state and how many jobs.
    pub jobs: Vec<(String, String, u64)>,
}
