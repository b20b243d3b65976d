//! Signing and exporting.

use super::model::{Reason, SignedHead, next_scheduled};
use super::{file, store};
use crate::app::{App, Cx};
use crate::audit::{self, Fault, verify};
use crate::jobs::{self, Failure, Job};
use crate::{applications, db};
use serde_json::json;
use title_review_core::clock::Instant;

/// Kind of the job that signs a head.
pub const JOB: &str = "audit.head";

/// Heads that are exported at once.
const BATCH: i64 = 1000;

/// Sees to it that a head is signed at this instant, or as soon after it as a server runs. In the transaction of the act that makes it due.
pub fn expect(cx: &mut Cx<'_>, reason: Reason, at: Instant) -> db::Result<()> {
    // One job waits for the next ten minutes, and one for each milestone.
    let key = match reason {
        Reason::Scheduled => reason.to_string(),
        _ => format!("{reason} {}", at.micros()),
    };
    let job = jobs::NewJob { kind: JOB, run_at: at, payload: json!({ "reason": reason }), unique_key: Some(&key) };
    jobs::enqueue(cx.conn, &*cx.app.ids, cx.now, &job)
}

/// At the start of a server: a head is due now, and then every ten minutes.
pub async fn begin(app: &App) -> db::Result<()> {
    app.act_as_system(|cx| expect(cx, Reason::Scheduled, cx.now)).await
}

/// The job: signs a head unless nothing has happened since the last one, and exports what is not exported yet.
pub async fn run_job(app: App, job: Job) -> Result<(), Failure> {
    let reason: Reason = serde_json::from_value(job.payload["reason"].clone()).map_err(|error| Failure(error.to_string()))?;
    if reason == Reason::Scheduled {
        // First, so that a head that cannot be signed holds up none after it.
        app.act_as_system(|cx| expect(cx, Reason::Scheduled, next_scheduled(cx.now))).await?;
    }
    if reason == Reason::WindowClosed {
        // Whether anybody acts or not: a window that has closed stays closed.
        app.act_as_system(|cx| audit::reach(cx.conn, &cx.app.keys, cx.now)).await?;
        // What lapses with the window belongs under its head.
        applications::lapse::run_job(app.clone()).await?;
    }
    sign(&app, reason).await.map_err(|fault| {
        tracing::error!(%fault, "the audit log does not hold: no head is signed");
        Failure(fault.to_string())
    })?;
    export(&app).await
}

/// Signs a head, unless nothing has happened since the last one. The rows behind that one are checked first.
pub async fn sign(app: &App, reason: Reason) -> Result<(), Fault> {
    let keys = app.keys.clone();
    let (before, (seq, hash)) = app
        .db
        .read(move |conn| {
            let before = store::find_last(conn)?;
            let end = verify::verify_after(conn, before.as_ref(), &keys)?;
            Ok::<_, Fault>((before.map_or(0, |head| head.seq), end))
        })
        .await?;
    if seq == before {
        return Ok(());
    }
    let key = app.keys.audit_key().map_err(|error| db::Error::Other(error.to_string()))?;
    let kid = key.kid().to_owned();
    let mut head = SignedHead { seq, hash, at: app.clock.now(), reason, after: before, kid, signature: String::new() };
    head.signature = key.sign(&head.signed_text());
    app.db
        .write(move |conn| {
            // Another server may have been faster: its head stands, and the next one comes after it.
            let last = store::find_last(conn)?.map_or(0, |last| last.seq);
            if last == head.after { store::insert_head(conn, &head) } else { Ok(()) }
        })
        .await?;
    Ok(())
}

/// Adds to the exported file what it does not have yet.
pub async fn export(app: &App) -> Result<(), Failure> {
    let folder = app.config.audit.heads_folder.clone();
    let failed = |error: std::io::Error| Failure(format!("audit.heads_folder: {error}"));
    let key = app.keys.audit_key().map_err(|error| Failure(error.to_string()))?.public();
    let place = folder.clone();
    let last = blocking(move || {
        file::write_key(&place, &key)?;
        file::last_seq(&place)
    });
    let mut last = last.await.map_err(failed)?;
    loop {
        let heads = app.db.read(move |conn| store::list_after(conn, last, BATCH)).await?;
        let Some(newest) = heads.last() else { return Ok(()) };
        last = newest.seq;
        let place = folder.clone();
        blocking(move || file::append(&place, &heads)).await.map_err(failed)?;
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
