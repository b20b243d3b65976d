//! Signed heads: every ten minutes, and when a window closed, a meeting was closed or a publicity of results started, the end of the
//! log is signed and exported to a place that the database's administrator does not write to. Who rewrites the log afterwards, with
//! every key in hand, cannot rewrite what lies there.
//!
//! Leased jobs do it (kind [`JOB`]): the one of the ten minutes enqueues the next, a milestone its own. What was missed is done at the
//! next start. Before a head is signed, the rows behind the head before it are checked, so that no changed row is vouched for.

pub mod file;
mod jobs;
mod model;
mod store;

pub use jobs::{JOB, export, schedule};
pub use model::{HeadReason, SignedHead, next_scheduled};
pub use store::list_heads;
pub(super) use store::{find_last, insert_head, list_after};
