//! Queries on imports.

use super::model::{ImportEntity, ImportState};
use super::record::{ChunkRow, ImportRow, KeptOutcome};
use crate::db::schema::{import_batches, import_chunks, imports};
use crate::db::{Conn, Error, Json};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::ImportId;

/// Keeps a piece of a file's rows.
pub fn insert_chunk(conn: &mut Conn, import: ImportId, chunk: &ChunkRow, now: Instant) -> Result<(), Error> {
    diesel::insert_into(import_chunks::table)
        .values((
            import_chunks::id.eq(chunk.id),
            import_chunks::import_id.eq(import),
            import_chunks::last_line.eq(chunk.last_line),
            import_chunks::content_sealed.eq(&chunk.content_sealed),
            import_chunks::stored_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The piece that holds the row after this line.
pub fn find_chunk_after(conn: &mut Conn, import: ImportId, line: i64) -> Result<Option<ChunkRow>, Error> {
    Ok(import_chunks::table
        .filter(import_chunks::import_id.eq(import))
        .filter(import_chunks::last_line.gt(line))
        .order(import_chunks::last_line)
        .select((import_chunks::id, import_chunks::last_line, import_chunks::content_sealed))
        .first(conn)
        .optional()?)
}

/// Removes the rows of a file.
pub fn remove_chunks(conn: &mut Conn, import: ImportId) -> Result<(), Error> {
    diesel::delete(import_chunks::table.filter(import_chunks::import_id.eq(import))).execute(conn)?;
    Ok(())
}

/// Removes pieces that no import has: of requests that did not end.
pub fn remove_orphans(conn: &mut Conn, before: Instant) -> Result<(), Error> {
    let theirs = imports::table.select(imports::id);
    diesel::delete(
        import_chunks::table.filter(import_chunks::stored_at.lt(before)).filter(import_chunks::import_id.ne_all(theirs)),
    )
    .execute(conn)?;
    Ok(())
}

pub fn insert_import(conn: &mut Conn, row: &ImportRow) -> Result<(), Error> {
    diesel::insert_into(imports::table)
        .values((
            imports::id.eq(row.id),
            imports::owner.eq(&row.owner),
            imports::name.eq(&row.name),
            imports::entity.eq(row.entity),
            imports::start.eq(row.start),
            imports::state.eq(row.state),
            imports::sha256.eq(&row.sha256),
            imports::bytes.eq(row.bytes),
            imports::format.eq(row.format),
            imports::encoding.eq(&row.encoding),
            imports::delimiter.eq(&row.delimiter),
            imports::file_columns.eq(&row.columns),
            imports::total.eq(row.total),
            imports::done.eq(row.done),
            imports::cursor.eq(row.cursor),
            imports::created.eq(row.created),
            imports::unchanged.eq(row.unchanged),
            imports::failed.eq(row.failed),
            imports::normalised.eq(row.normalised),
            imports::organisation_id.eq(row.organisation_id),
            imports::created_by.eq(row.created_by),
            imports::created_at.eq(row.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn find_import(conn: &mut Conn, id: ImportId) -> Result<Option<ImportRow>, Error> {
    Ok(imports::table.filter(imports::id.eq(id)).select(imports::all_columns).first(conn).optional()?)
}

pub fn find_named(conn: &mut Conn, owner: &str, name: &str) -> Result<Option<ImportRow>, Error> {
    Ok(imports::table
        .filter(imports::owner.eq(owner))
        .filter(imports::name.eq(name))
        .select(imports::all_columns)
        .first(conn)
        .optional()?)
}

/// A page of an owner's imports, newest first.
pub fn list_imports(
    conn: &mut Conn,
    owners: &[String],
    entity: Option<ImportEntity>,
    before: Option<ImportId>,
    limit: i64,
) -> Result<Vec<ImportRow>, Error> {
    let mut query = imports::table
        .filter(imports::owner.eq_any(owners))
        .select(imports::all_columns)
        .order(imports::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(entity) = entity {
        query = query.filter(imports::entity.eq(entity));
    }
    if let Some(before) = before {
        query = query.filter(imports::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// How many imports of an owner have not come to rest.
pub fn count_busy(conn: &mut Conn, owner: &str) -> Result<i64, Error> {
    Ok(imports::table
        .filter(imports::owner.eq(owner))
        .filter(imports::state.eq_any([ImportState::Checking, ImportState::Running]))
        .count()
        .get_result(conn)?)
}

/// Moves an import from a state to another; false where it is not in that state.
pub fn set_state(
    conn: &mut Conn,
    row: &ImportRow,
    to: ImportState,
    ended_at: Option<Instant>,
    problem: Option<&str>,
) -> Result<bool, Error> {
    let from = imports::table.filter(imports::id.eq(row.id)).filter(imports::state.eq(row.state));
    let changed = diesel::update(from)
        .set((imports::state.eq(to), imports::ended_at.eq(ended_at), imports::problem.eq(problem)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Begins a pass: nothing is done, nothing is known of any line. False where the import is not in that state any more.
pub fn begin_pass(conn: &mut Conn, id: ImportId, state: ImportState) -> Result<bool, Error> {
    let from = imports::table.filter(imports::id.eq(id)).filter(imports::state.eq(state));
    let changed = diesel::update(from)
        .set((
            imports::done.eq(0_i64),
            imports::cursor.eq(0_i64),
            imports::created.eq(0_i64),
            imports::unchanged.eq(0_i64),
            imports::failed.eq(0_i64),
            imports::normalised.eq(0_i64),
        ))
        .execute(conn)?;
    if changed == 1 {
        diesel::delete(import_batches::table.filter(import_batches::import_id.eq(id))).execute(conn)?;
    }
    Ok(changed == 1)
}

/// Keeps how far a pass has come, where it still is where this batch began. False where somebody else has come first, or it was cancelled.
pub fn set_progress(conn: &mut Conn, before: &ImportRow, after: &ImportRow, outcomes: Vec<KeptOutcome>) -> Result<bool, Error> {
    let same = imports::table
        .filter(imports::id.eq(before.id))
        .filter(imports::state.eq(before.state))
        .filter(imports::cursor.eq(before.cursor));
    let changed = diesel::update(same)
        .set((
            imports::done.eq(after.done),
            imports::cursor.eq(after.cursor),
            imports::created.eq(after.created),
            imports::unchanged.eq(after.unchanged),
            imports::failed.eq(after.failed),
            imports::normalised.eq(after.normalised),
        ))
        .execute(conn)?;
    if changed == 1 && !outcomes.is_empty() {
        diesel::insert_into(import_batches::table)
            .values((
                import_batches::import_id.eq(before.id),
                import_batches::last_line.eq(after.cursor),
                import_batches::outcomes.eq(Json(outcomes)),
            ))
            .execute(conn)?;
    }
    Ok(changed == 1)
}

/// The next batch of outcomes after this line, with the last line of it.
pub fn find_batch_after(conn: &mut Conn, import: ImportId, line: i64) -> Result<Option<(i64, Vec<KeptOutcome>)>, Error> {
    let found: Option<(i64, Json<Vec<KeptOutcome>>)> = import_batches::table
        .filter(import_batches::import_id.eq(import))
        .filter(import_batches::last_line.gt(line))
        .order(import_batches::last_line)
        .select((import_batches::last_line, import_batches::outcomes))
        .first(conn)
        .optional()?;
    Ok(found.map(|(last, Json(outcomes))| (last, outcomes)))
}

/// Notes that the rows of a file are gone.
pub fn set_erased(conn: &mut Conn, id: ImportId, at: Instant) -> Result<(), Error> {
    diesel::update(imports::table.filter(imports::id.eq(id))).set(imports::erased_at.eq(Some(at))).execute(conn)?;
    Ok(())
}
