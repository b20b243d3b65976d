//! The job that signs heads of the audit log.

use crate::applications;
use crate::audit::heads::{self, HeadReason, next_scheduled};
use crate::audit::{self, Fault};
use crate::context::App;
use crate::db;
use crate::jobs::{Failure, Job};
use title_review_core::clock::Instant;

async fn schedule(app: &App, at: impl FnOnce(Instant) -> Instant + Send + 'static) -> db::Result<()> {
    app.act_as_system(|cx| heads::schedule(cx.conn, &*cx.app.ids, cx.now, HeadReason::Scheduled, at(cx.now))).await
}

/// At the start of a server: a head is due now, and then every ten minutes.
pub async fn start(app: &App) -> db::Result<()> {
    schedule(app, |now| now).await
}

/// The job: signs a head unless nothing has happened since the last one, and exports what is not exported yet.
pub async fn run_job(app: App, job: Job) -> Result<(), Failure> {
    let reason: HeadReason = serde_json::from_value(job.payload["reason"].clone()).map_err(|error| Failure(error.to_string()))?;
    if reason == HeadReason::Scheduled {
        // First, so that a head that cannot be signed holds up none after it.
        schedule(&app, next_scheduled).await?;
    }
    if reason == HeadReason::WindowClosed {
        // Whether anybody acts or not: a window that has closed stays closed.
        app.act_as_system(|cx| audit::reach(cx.conn, &cx.app.keys, cx.now)).await?;
        // Applications that expire with the window are covered by its head.
        applications::expiry::run_job(app.clone()).await?;
    }
    sign(&app, reason).await.map_err(|fault| {
        tracing::error!(%fault, "the audit log does not hold: no head is signed");
        Failure(fault.to_string())
    })?;
    export(&app).await
}

/// Signs a head, unless nothing has happened since the last one.
pub async fn sign(app: &App, reason: HeadReason) -> Result<(), Fault> {
    audit::sign_head(&app.db, &app.keys, &*app.clock, reason).await
}

/// Adds to the exported file what it does not have yet.
pub async fn export(app: &App) -> Result<(), Failure> {
    heads::export(&app.db, &app.keys, &app.config.audit.heads_folder).await
}
