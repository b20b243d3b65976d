//! Use cases on the audit log as a whole.

use crate::audit::heads::file;
use crate::audit::{self, Fault, Witnesses};
use crate::context::{Act, App, Cx};
use crate::db;
use serde_json::json;
use title_review_core::clock::Instant;

/// Why the audit log was not checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// The server is being stopped.
    #[error("the check was broken off: {0}")]
    BrokenOff(String),
}

/// Sets business time back to `to`, and logs it: for a host whose clock was ahead (docs/decisions/0031). Returns the instant that it had reached;
/// `None` if that is not ahead, and nothing was done. What follows in this use case happens at `to`.
pub fn set_back(cx: &mut Cx<'_>, to: Instant, reason: &str) -> db::Result<Option<Instant>> {
    let Some(reached) = audit::find_reached(cx.conn)?.filter(|reached| *reached > to) else { return Ok(None) };
    cx.record(Act {
        action: "clock.set_back",
        object_kind: "clock",
        object_id: "business".to_owned(),
        clause: None,
        detail: json!({ "from": reached, "to": to, "reason": reason }),
    })?;
    // It raises the time that was reached: before that is set back.
    cx.append_pending()?;
    audit::set_reached(cx.conn, &cx.app.keys, to)?;
    cx.now = to;
    Ok(Some(reached))
}

/// Begins an export, and logs it. Returns the number of the last row that belongs to it.
pub fn begin_export(cx: &mut Cx<'_>) -> db::Result<i64> {
    let (to, _) = audit::find_head(cx.conn)?;
    let detail = json!({ "rows_to": to });
    cx.record(Act { action: "audit.export", object_kind: "audit", object_id: "audit".to_owned(), clause: None, detail })?;
    Ok(to)
}

/// What came of checking the log.
#[derive(Debug)]
pub enum Verification {
    /// Nothing was changed, moved, removed or cut off.
    Intact(audit::Verified),
    /// What is wrong.
    Broken(Fault),
}

/// Checks the whole chain as it stands at one moment, and every signed head. One check at a time: each takes a reader for as long as it runs.
pub async fn verify(app: &App) -> Result<Verification, Error> {
    let _turn = app.audits.acquire().await.map_err(|error| Error::BrokenOff(error.to_string()))?;
    // Before the snapshot: a head that is exported meanwhile has its rows in it.
    let path = app.config.audit.heads_folder.join(file::FILE);
    let exported = tokio::task::spawn_blocking(move || if path.exists() { file::read_heads(&path) } else { Ok(Vec::new()) });
    let exported = exported.await.map_err(|error| Error::BrokenOff(error.to_string()))?;
    let keys = std::sync::Arc::clone(&app.keys);
    app.db
        .read(move |conn| {
            let checked = exported.map_err(|reason| Fault::Exported { place: file::FILE.to_owned(), reason }).and_then(|heads| {
                let exported = vec![(file::FILE.to_owned(), heads)];
                audit::verify_against(conn, &Witnesses { keys: Some(&keys), exported, ..Witnesses::default() })
            });
            match checked {
                Ok(whole) => Ok(Verification::Intact(whole)),
                Err(Fault::Database(error)) => Err(Error::Db(error)),
                Err(fault) => Ok(Verification::Broken(fault)),
            }
        })
        .await
}
