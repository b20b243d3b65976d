//! Work that is done later: enqueued in the transaction of an act, leased, run outside any transaction.
//!
//! A job is claimed under a lease that its runner keeps alive; a runner that dies loses it, and another takes the job over. A job that
//! fails is tried again later and later, and in the end parked with the text of its last error, visible. Handlers therefore run at least
//! once: what they do is guarded in the database, as every act is.
//!
//! Two clocks (docs/decisions/0003): when a job is due is judged by the business clock, its lease and its next try by the session clock.

mod model;
mod runner;
mod store;

pub use model::{Job, NewJob, Policy, State};
pub use runner::{Failure, Runner};
pub use store::{Claim, claim, count_due, count_open, enqueue, fail, finish, list_parked, prolong, release_parked};
