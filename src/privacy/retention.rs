//! What is needed no more goes each night: answers kept for repeats, sessions that are over, files that no dossier has.

use super::remove_files;
use crate::context::{Act, App, Cx};
use crate::credentials::sessions;
use crate::db;
use crate::http::remove_kept_answers;
use crate::jobs::{self, Failure, NewJob};
use crate::records::evidence::objects;
use chrono::{Duration, NaiveTime};
use serde_json::json;
use title_review_core::clock::Instant;

/// Kind of the job.
pub const JOB: &str = "rows.remove_old";

/// Days that answers are kept for repeats, and sessions after their end.
pub(super) const KEPT_DAYS: i64 = 7;

/// Hours after which what no dossier has was not left by an upload that still goes on.
const STRAY_HOURS: i64 = 24;

/// Rows that one transaction removes.
const BATCH: i64 = 500;

/// Has it done in the coming night.
///
/// # Errors
/// The database's.
pub async fn start(app: &App) -> Result<(), db::Error> {
    app.act_as_system(schedule).await
}

fn schedule(cx: &mut Cx<'_>) -> Result<(), db::Error> {
    cx.changes_only(&[]);
    let at = next_night(cx.now);
    // One for each night, however many servers there are.
    let key = at.micros().to_string();
    jobs::enqueue(cx.conn, &*cx.app.ids, cx.now, &NewJob { kind: JOB, run_at: at, payload: json!({}), unique_key: Some(&key) })
}

/// Three in the morning by the clock of Beijing, after this instant.
fn next_night(now: Instant) -> Instant {
    let nineteen = NaiveTime::from_hms_opt(19, 0, 0).unwrap_or_default();
    let now = now.to_utc().naive_utc();
    let today = now.date().and_time(nineteen);
    let at = if now < today { today } else { today + Duration::days(1) };
    Instant::from_utc(at.and_utc())
}

/// The job.
///
/// # Errors
/// Why something could not be removed; it is tried again.
pub async fn run_job(app: App) -> Result<(), Failure> {
    // First, so that what cannot be removed tonight keeps nothing from going tomorrow.
    app.act_as_system(schedule).await?;
    remove_old(&app).await
}

/// Removes all of it.
///
/// # Errors
/// Why something could not be removed; what went is gone.
pub async fn remove_old(app: &App) -> Result<(), Failure> {
    while app.act_as_system(remove_answers).await? > 0 {}
    while app.act_as_system(remove_sessions).await? > 0 {}
    let before = app.session_clock.now().plus_seconds(-STRAY_HOURS * 3600);
    let failed = |error: &dyn std::fmt::Display| Failure(error.to_string());
    let strays = objects::remove_strays(app, before).await.map_err(|error| failed(&error))?;
    if strays > 0 {
        tracing::info!(strays, "files of uploads that broke off were removed");
    }
    remove_files(app).await.map_err(|error| failed(&error))?;
    Ok(())
}

fn remove_answers(cx: &mut Cx<'_>) -> Result<usize, db::Error> {
    cx.changes_only(&[]);
    remove_kept_answers(cx.conn, cx.session_now.plus_seconds(-KEPT_DAYS * 86_400), BATCH)
}

fn remove_sessions(cx: &mut Cx<'_>) -> Result<usize, db::Error> {
    cx.changes_only(&[]);
    let before = cx.session_now.plus_seconds(-KEPT_DAYS * 86_400);
    let removed = sessions::remove_over(cx.conn, before, BATCH)?;
    if removed > 0 {
        cx.record(Act {
            action: "session.remove_old",
            object_kind: "session",
            object_id: "old".to_owned(),
            clause: None,
            detail: json!({ "before": before, "sessions": removed }),
        })?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_night_is_the_next_three_in_the_morning() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let night = at("2024-07-23T03:00:00+08:00");
        for now in ["2024-07-22T03:00:00+08:00", "2024-07-22T09:00:00+08:00", "2024-07-23T02:59:59.999999+08:00"] {
            assert_eq!(next_night(at(now)), night, "{now}");
        }
        assert_eq!(next_night(night), at("2024-07-24T03:00:00+08:00"));
    }
}
