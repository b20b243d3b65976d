//! Scheduling and exporting heads.

use std::path::Path;

use serde_json::json;

use super::model::HeadReason;
use super::{file, store};
use crate::db::{self, Conn, Db};
use crate::jobs::{self, Failure};
use crate::keys::KeyRing;
use title_review_core::clock::Instant;
use title_review_core::ids::IdSource;

/// Kind of the job that signs a head.
pub const JOB: &str = "audit.head";

/// Heads that are exported at once.
const BATCH: i64 = 1000;

/// Has a head signed at this instant, or as soon after it as a server runs. In the transaction of the act that makes it due.
pub fn schedule(conn: &mut Conn, ids: &dyn IdSource, now: Instant, reason: HeadReason, at: Instant) -> db::Result<()> {
    // One job waits for the next ten minutes, and one for each milestone.
    let key = match reason {
        HeadReason::Scheduled => reason.to_string(),
        HeadReason::WindowClosed | HeadReason::MeetingClosed | HeadReason::PublicityStarted => format!("{reason} {}", at.micros()),
    };
    let job = jobs::NewJob { kind: JOB, run_at: at, payload: json!({ "reason": reason }), unique_key: Some(&key) };
    jobs::enqueue(conn, ids, now, &job)
}

/// Adds to the exported file in this folder what it does not have yet.
pub async fn export(db: &Db, keys: &KeyRing, folder: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure(format!("audit.heads_folder: {error}"));
    let key = keys.audit_key().map_err(|error| Failure(error.to_string()))?.public();
    let place = folder.to_path_buf();
    let last = blocking(move || {
        file::write_key(&place, &key)?;
        file::last_seq(&place)
    });
    let mut last = last.await.map_err(failed)?;
    loop {
        let heads = db.read(move |conn| store::list_after(conn, last, BATCH)).await?;
        let Some(newest) = heads.last() else { return Ok(()) };
        last = newest.seq;
        let place = folder.to_path_buf();
        blocking(move || file::append(&place, &heads)).await.map_err(failed)?;
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
