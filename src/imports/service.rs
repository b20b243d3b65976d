//! Use cases: taking a file, starting and cancelling what it asks for, reading how it stands.

use super::entity::permission_of;
use super::error::Error;
use super::ingest::Found;
use super::model::{FileRow, ImportEntity, ImportStart, ImportState};
use super::record::{ChunkRow, ImportChunkId, ImportRow, KeptOutcome};
use super::rules::{AT_ONCE, KEPT_DAYS, is_name};
use super::store;
use super::{ERASE, JOB};
use crate::authz::{Permission, Principal};
use crate::context::{Act, App, Cx};
use crate::db::{self, Json};
use crate::jobs::{self, NewJob};
use crate::keys::field_aad;
use chrono::TimeDelta;
use serde_json::json;
use title_review_core::ids::{AccountId, ImportId, OrganisationId};

/// An import that a client asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// What its lines are.
    pub entity: ImportEntity,
    /// What follows the check.
    pub start: ImportStart,
}

/// Whose names an import of this entity is among, for a principal who may enter it.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The organisation, or the account where the role has none.
    pub name: String,
    /// The organisation.
    pub organisation: Option<OrganisationId>,
    /// Who asks.
    pub account: AccountId,
}

/// For whom the principal would import this.
pub fn owner_of(principal: &Principal, permission: Permission) -> Result<Owner, Error> {
    let account = principal.account.ok_or(Error::Forbidden)?;
    let (_, grant) = principal.scopes(permission).next().ok_or(Error::Forbidden)?;
    let organisation = grant.organisation;
    let name = organisation.map_or_else(|| account.to_string(), |id| id.to_string());
    Ok(Owner { name, organisation, account })
}

/// The owners whose imports the principal sees.
fn owners_of(principal: &Principal) -> Vec<String> {
    let mut owners: Vec<String> =
        ImportEntity::ALL.iter().filter_map(|entity| Some(owner_of(principal, permission_of(*entity)).ok()?.name)).collect();
    owners.dedup();
    owners
}

/// Refuses what can be refused before a byte has come.
pub fn admit(cx: &mut Cx<'_>, asked: &Asked) -> Result<Owner, Error> {
    if !is_name(&asked.name) {
        return Err(Error::Name);
    }
    let owner = owner_of(cx.principal, permission_of(asked.entity))?;
    if store::find_named(cx.conn, &owner.name, &asked.name)?.is_none() && store::count_busy(cx.conn, &owner.name)? >= AT_ONCE {
        return Err(Error::TooMany);
    }
    Ok(owner)
}

/// The import that has this name already, where it is the same one.
pub fn find_repeated(cx: &mut Cx<'_>, owner: &Owner, asked: &Asked, sha256: &str) -> Result<Option<ImportRow>, Error> {
    let Some(row) = store::find_named(cx.conn, &owner.name, &asked.name)? else { return Ok(None) };
    let same = row.sha256 == sha256 && row.entity == asked.entity && row.start == asked.start;
    if same { Ok(Some(row)) } else { Err(Error::NameUsed) }
}

/// A piece of rows, sealed.
pub fn seal_rows(app: &App, rows: &[FileRow]) -> Result<ChunkRow, Error> {
    let id = ImportChunkId::new(&*app.ids, app.clock.now());
    let sealed = app.keys.seal(&field_aad("import_chunks", id.as_str(), "content"), &serde_json::to_string(rows)?)?;
    let last = rows.last().map_or(0, |row| row.line);
    Ok(ChunkRow { id, last_line: i64::try_from(last).unwrap_or(i64::MAX), content_sealed: sealed })
}

/// The rows of a piece.
pub fn open_rows(app: &App, chunk: &ChunkRow) -> Result<Vec<FileRow>, Error> {
    let text = app.keys.open(&field_aad("import_chunks", chunk.id.as_str(), "content"), &chunk.content_sealed)?;
    Ok(serde_json::from_str(&text)?)
}

/// Keeps a piece of rows for an import that is to be.
pub fn keep_rows(cx: &mut Cx<'_>, id: ImportId, chunk: &ChunkRow) -> Result<(), Error> {
    cx.changes_only(&[]);
    Ok(store::insert_chunk(cx.conn, id, chunk, cx.now)?)
}

/// Removes the rows of an import that is not to be.
pub fn discard(cx: &mut Cx<'_>, id: ImportId) -> Result<(), Error> {
    cx.changes_only(&[]);
    Ok(store::remove_chunks(cx.conn, id)?)
}

/// A file that has arrived and was read.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Id of the import.
    pub id: ImportId,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its bytes.
    pub bytes: u64,
    /// What was found in it.
    pub found: Found,
}

/// Takes a file whose rows are kept: from here on it is an import. Of two at once with one name, the second is the first or refused.
pub fn accept(cx: &mut Cx<'_>, owner: &Owner, asked: Asked, arrived: Arrived) -> Result<(ImportRow, bool), Error> {
    cx.changes_only(&[]);
    if let Some(row) = find_repeated(cx, owner, &asked, &arrived.sha256)? {
        store::remove_chunks(cx.conn, arrived.id)?;
        return Ok((row, true));
    }
    if store::count_busy(cx.conn, &owner.name)? >= AT_ONCE {
        return Err(Error::TooMany);
    }
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let row = ImportRow {
        id: arrived.id,
        owner: owner.name.clone(),
        name: asked.name,
        entity: asked.entity,
        start: asked.start,
        state: ImportState::Checking,
        sha256: arrived.sha256,
        bytes: signed(arrived.bytes),
        format: arrived.found.format,
        encoding: arrived.found.charset.name().to_owned(),
        delimiter: arrived.found.delimiter.map(String::from),
        columns: Json(arrived.found.columns),
        total: signed(arrived.found.total),
        done: 0,
        cursor: 0,
        created: 0,
        unchanged: 0,
        failed: 0,
        normalised: 0,
        organisation_id: owner.organisation,
        created_by: owner.account,
        created_at: cx.now,
        ended_at: None,
        problem: None,
        erased_at: None,
    };
    store::insert_import(cx.conn, &row)?;
    enqueue(cx, &row, JOB, TimeDelta::zero())?;
    enqueue(cx, &row, ERASE, TimeDelta::days(KEPT_DAYS))?;
    record(cx, "import.create", &row, json!({ "name": row.name, "entity": row.entity, "start": row.start, "rows": row.total }))?;
    Ok((row, false))
}

fn enqueue(cx: &mut Cx<'_>, row: &ImportRow, kind: &str, after: TimeDelta) -> Result<(), db::Error> {
    let job = NewJob { kind, run_at: cx.now.plus(after), payload: json!({ "import": row.id }), unique_key: Some(row.id.as_str()) };
    jobs::enqueue(cx.conn, &*cx.app.ids, cx.now, &job)
}

/// Puts an act on an import on record.
pub fn record(cx: &mut Cx<'_>, action: &str, row: &ImportRow, detail: serde_json::Value) -> Result<(), db::Error> {
    cx.record(Act { action, object_kind: "import", object_id: row.id.to_string(), clause: None, detail })
}

/// An import of the principal's.
pub fn find(cx: &mut Cx<'_>, name: &str) -> Result<ImportRow, Error> {
    for owner in owners_of(cx.principal) {
        if let Some(row) = store::find_named(cx.conn, &owner, name)? {
            return Ok(row);
        }
    }
    Err(Error::NotFound)
}

/// A page of the principal's imports, newest first.
pub fn list(cx: &mut Cx<'_>, entity: Option<ImportEntity>, before: Option<ImportId>, limit: i64) -> Result<Vec<ImportRow>, Error> {
    Ok(store::list_imports(cx.conn, &owners_of(cx.principal), entity, before, limit)?)
}

/// Runs what was checked, without another upload. What runs or has run already stays as it is.
pub fn start(cx: &mut Cx<'_>, name: &str) -> Result<ImportRow, Error> {
    cx.changes_only(&[]);
    let row = find(cx, name)?;
    match row.state {
        ImportState::Running | ImportState::Done => return Ok(row),
        ImportState::Checked if row.erased_at.is_some() => return Err(Error::Erased),
        ImportState::Checked => {}
        other => return Err(Error::State(other)),
    }
    if store::count_busy(cx.conn, &row.owner)? >= AT_ONCE {
        return Err(Error::TooMany);
    }
    if !store::set_state(cx.conn, &row, ImportState::Running, None, None)?
        || !store::begin_pass(cx.conn, row.id, ImportState::Running)?
    {
        return Err(Error::State(row.state));
    }
    enqueue(cx, &row, JOB, TimeDelta::zero())?;
    record(cx, "import.start", &row, json!({}))?;
    find(cx, name)
}

/// Cancels an import: what its batches have done stays done.
pub fn cancel(cx: &mut Cx<'_>, name: &str) -> Result<ImportRow, Error> {
    cx.changes_only(&[]);
    let row = find(cx, name)?;
    match row.state {
        ImportState::Cancelled => return Ok(row),
        ImportState::Checking | ImportState::Checked | ImportState::Running => {}
        other => return Err(Error::State(other)),
    }
    if !store::set_state(cx.conn, &row, ImportState::Cancelled, Some(cx.now), None)? {
        return Err(Error::State(row.state));
    }
    record(cx, "import.cancel", &row, json!({ "done": row.done }))?;
    find(cx, name)
}

/// The next batch of outcomes of an import after this line.
pub fn outcomes_after(cx: &mut Cx<'_>, id: ImportId, line: i64) -> Result<Option<(i64, Vec<KeptOutcome>)>, Error> {
    Ok(store::find_batch_after(cx.conn, id, line)?)
}

/// The rows of the file after this line, sealed as they are kept.
pub fn rows_after(cx: &mut Cx<'_>, id: ImportId, line: i64) -> Result<Option<ChunkRow>, Error> {
    Ok(store::find_chunk_after(cx.conn, id, line)?)
}
