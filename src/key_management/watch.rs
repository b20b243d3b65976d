//! A running server takes a changed key file: on SIGHUP, and by looking every two seconds whether the file is another.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch::Receiver;

use super::{bind, reseal};
use crate::context::{Act, App, Cx};
use crate::db::{self, meta};

/// Key in the table of facts about the database: ids of the keys that were last written to the audit log.
const KNOWN_IDS: &str = "keys.known";

/// How often the file is looked at: one `stat`.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What was handled last: the generation of the keys and the primary key.
pub type Settled = Option<(u64, String)>;

/// Looks after the keys until `stop` turns true.
pub async fn watch(app: App, mut stop: Receiver<bool>) {
    let mut settled = None;
    let mut hangup = Hangup::new();
    while !*stop.borrow() {
        refresh(&app, &mut settled).await;
        tokio::select! {
            () = hangup.received() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            // A sender that is gone means stop as well.
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Takes the key file if it was changed and fits the database; logs changes in the audit log; has values resealed where the primary key is another.
/// A file that does not fit changes nothing and is reported once.
pub async fn refresh(app: &App, settled: &mut Settled) {
    if let Err(reason) = take_changed_file(app).await {
        tracing::error!(%reason, "the changed key file is refused: the keys so far stay");
    }
    let now = (app.keys.generation(), app.keys.field_primary());
    if settled.as_ref() == Some(&now) {
        return;
    }
    let noted = app.act_as_system(|cx| {
        record_changes(cx)?;
        reseal::enqueue_if_needed(cx)
    });
    match noted.await {
        Ok(()) => *settled = Some(now),
        Err(error @ db::Error::Busy) => tracing::debug!(%error, "keys are looked after later"),
        Err(error) => tracing::warn!(%error, "keys could not be looked after"),
    }
}

async fn take_changed_file(app: &App) -> Result<(), String> {
    let Some(candidate) = app.keys.candidate().map_err(|error| error.to_string())? else { return Ok(()) };
    let ids = candidate.field_ids();
    app.db.read(move |conn| bind::refuse_missing(conn, &ids)).await.map_err(|error: db::Error| error.to_string())?;
    let change = app.keys.adopt(candidate);
    tracing::info!(added = ?change.added, removed = ?change.removed, "keys were exchanged");
    Ok(())
}

/// Logs in the audit log which keys were added and removed since the last time. The first time nothing is logged.
fn record_changes(cx: &mut Cx<'_>) -> db::Result<()> {
    let now = cx.app.keys.ids();
    let text = now.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let known = meta::find_meta(cx.conn, KNOWN_IDS)?;
    if known.as_ref() == Some(&text) {
        return Ok(());
    }
    meta::set_meta(cx.conn, KNOWN_IDS, &text)?;
    let Some(known) = known else { return Ok(()) };
    let before: BTreeSet<String> = known.split(' ').map(str::to_owned).collect();
    let added: Vec<_> = now.difference(&before).collect();
    let removed: Vec<_> = before.difference(&now).collect();
    cx.record(Act {
        action: "keys.change",
        object_kind: "keys",
        object_id: "ring".to_owned(),
        clause: None,
        detail: json!({ "added": added, "removed": removed }),
    })
}

#[cfg(unix)]
struct Hangup(Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Hangup {
    fn new() -> Self {
        Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok())
    }

    async fn received(&mut self) {
        match &mut self.0 {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct Hangup;

#[cfg(not(unix))]
impl Hangup {
    fn new() -> Self {
        Self
    }

    async fn received(&mut self) {
        std::future::pending().await
    }
}
