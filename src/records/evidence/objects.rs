//! Files that no dossier has: taken out of the store.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use title_review_core::clock::Instant;

use super::store;
use crate::context::App;
use crate::{db, erased_files, storage};

/// Names of files that are asked of the database at once.
const BATCH: usize = 500;

/// Why a file could not be taken out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store of files.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Removes a file unless a dossier has it, or had it and keeps it for the record; true if it went. From the moment in which it is looked for until it is
/// gone nobody may make it part of a dossier ([`erased_files::is_being_removed`]).
pub async fn remove_unless_used(app: &App, sha256: &str) -> Result<bool, Error> {
    let asked = sha256.to_owned();
    let unused = app
        .act_as_system(move |cx| {
            cx.changes_only(&[]);
            if store::has_object(cx.conn, &asked)? {
                erased_files::unqueue(cx.conn, &asked)?;
                return Ok::<_, db::Error>(false);
            }
            erased_files::queue_object(cx.conn, &asked, cx.session_now)?;
            Ok(true)
        })
        .await?;
    if unused {
        app.storage.remove(sha256).await?;
        let gone = sha256.to_owned();
        app.act_as_system(move |cx| {
            cx.changes_only(&[]);
            erased_files::set_removed(cx.conn, &gone, cx.session_now)
        })
        .await?;
    }
    Ok(unused)
}

/// Removes what was put into the store before this instant and is part of no dossier: uploads that broke off. Gives how many.
pub async fn remove_strays(app: &App, before: Instant) -> Result<usize, Error> {
    app.storage.remove_unfinished(before).await?;
    let mut names = app.storage.list_before(before).chunks(BATCH);
    let mut removed = 0;
    while let Some(batch) = names.next().await {
        let batch = batch.into_iter().collect::<Result<Vec<String>, _>>()?;
        let asked = batch.clone();
        let known: HashSet<String> = app.db.read(move |conn| store::list_known_objects(conn, &asked)).await?.into_iter().collect();
        for sha256 in batch.iter().filter(|sha256| !known.contains(*sha256)) {
            removed += usize::from(remove_unless_used(app, sha256).await?);
        }
    }
    Ok(removed)
}
