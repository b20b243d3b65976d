//! After a rotation: seals every value anew with the primary key, in the background.
//!
//! A batch is read and sealed on a reader, then written with a condition on each old text: what somebody else changes meanwhile is theirs, and is
//! sealed with the primary key anyway. Nothing is remembered between batches but the database itself, so that a runner may be killed at any point.

use std::time::Duration;

use serde_json::json;

use super::bind;
use super::places::{PLACES, Place, Sealed, find_other};
use crate::context::{Act, App, Cx};
use crate::db::{self, Conn, proven};
use crate::jobs::{self, Failure, NewJob};
use crate::keys::KeyRing;

/// Kind of the job.
pub const JOB: &str = "keys.reseal";

/// Values in one write.
const BATCH: usize = 200;
/// Between two writes: those of clients go first.
const PAUSE: Duration = Duration::from_millis(5);
/// So many times over everything: another server may seal with the key before, until it has read the new one.
const ROUNDS: u32 = 4;

/// Enqueues the job if something is sealed with another key than the primary.
pub(super) fn enqueue_if_needed(cx: &mut Cx<'_>) -> db::Result<()> {
    let primary = cx.app.keys.field_primary();
    let current = bind::check_is_sealed_with(cx.conn, &primary)? && find_other(cx.conn, &[&primary])?.is_none();
    if current {
        return Ok(());
    }
    let job = NewJob { kind: JOB, run_at: cx.now, payload: json!({}), unique_key: Some(&primary) };
    jobs::enqueue(cx.conn, &*cx.app.ids, cx.now, &job)
}

/// The job.
pub async fn run_job(app: App) -> Result<(), Failure> {
    let primary = app.keys.field_primary();
    let mut total = 0;
    for _ in 0..ROUNDS {
        let (mut changed, mut closed) = (0, 0);
        for place in PLACES {
            let of_place = reseal_place(&app, *place, &primary).await?;
            changed += of_place.changed;
            closed += of_place.closed;
        }
        total += changed;
        if closed > 0 {
            return Err(Failure(format!("{closed} values do not open; `title-review keys list` counts them")));
        }
        if changed == 0 {
            return app.act_as_system(move |cx| finish(cx, &primary, total)).await.map_err(|error: db::Error| error.into());
        }
    }
    Err(Failure("values are still being sealed with another key".to_owned()))
}

fn finish(cx: &mut Cx<'_>, primary: &str, total: usize) -> db::Result<()> {
    bind::set_check(cx.conn, &cx.app.keys)?;
    cx.record(Act {
        action: "keys.reseal",
        object_kind: "keys",
        object_id: "ring".to_owned(),
        clause: None,
        detail: json!({ "key": primary, "values": total }),
    })
}

#[derive(Default)]
struct Outcome {
    /// Values that were sealed anew, or found changed by somebody else.
    changed: usize,
    /// Values that do not open.
    closed: usize,
}

async fn reseal_place(app: &App, place: Place, primary: &str) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut after: Option<Vec<String>> = None;
    loop {
        let (keys, primary) = (std::sync::Arc::clone(&app.keys), primary.to_owned());
        let batch = app.db.read(move |conn| sealed_anew(conn, &keys, place, &primary, after.as_deref())).await?;
        let Some(last) = batch.last() else { return Ok(outcome) };
        after = Some(last.0.id.clone());
        let read = batch.len();
        let opened: Vec<(Sealed, String)> = batch.into_iter().filter_map(|(old, new)| Some((old, new?))).collect();
        outcome.closed += read - opened.len();
        outcome.changed += opened.len();
        let key = app.keys.field_primary();
        app.act_as_system(move |cx| {
            let mut resealed = 0;
            for (old, new) in &opened {
                resealed += usize::from(place.set_resealed(cx.conn, old, new)?);
            }
            if resealed == 0 || proven::find_table(place.table).is_none() {
                return Ok(());
            }
            // The audit log proves the values as they are now.
            cx.record(Act {
                action: "keys.reseal_values",
                object_kind: "keys",
                object_id: "ring".to_owned(),
                clause: None,
                detail: json!({ "key": key, "place": format!("{}.{}", place.table, place.column), "values": resealed }),
            })
        })
        .await
        .map_err(|error: db::Error| Failure::from(error))?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// The next values that are not sealed with the primary key, each with what it is to become; none for one that does not open.
fn sealed_anew(
    conn: &mut Conn,
    keys: &KeyRing,
    place: Place,
    primary: &str,
    after: Option<&[String]>,
) -> db::Result<Vec<(Sealed, Option<String>)>> {
    let rows = place.list_without(conn, &[primary], after, BATCH)?;
    let reseal = |old: Sealed| {
        let new = keys.reseal(&place.aad(&old.id), &old.sealed);
        if let Err(error) = &new {
            tracing::error!(table = place.table, column = place.column, %error, "a sealed value does not open");
        }
        (old, new.ok())
    };
    Ok(rows.into_iter().map(reseal).collect())
}
