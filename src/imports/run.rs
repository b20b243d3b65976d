//! The jobs of imports: checking and running in batches, erasing the rows.

use super::entities::{Organisations, StudyRecords};
use super::entity::{Applied, By, Entity};
use super::error::Error;
use super::model::{FileRow, ImportEntity, ImportStart, ImportState, LineError, LineOutcome};
use super::record::{ImportRow, KeptOutcome};
use super::rules::FINDINGS;
use super::rules::cells::Reader;
use super::service::{self, record};
use super::store;
use crate::accounts;
use crate::authz::{Grant, Principal};
use crate::context::{App, Cx};
use crate::db;
use crate::jobs::{Failure, Job};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use title_review_core::identity_numbers::holds_number;
use title_review_core::ids::ImportId;

/// Kind of the job that checks and runs an import.
pub const JOB: &str = "imports.run";
/// Kind of the job that erases its rows.
pub const ERASE: &str = "imports.erase";

/// Lines of a batch at most.
const MOST_LINES: usize = 100;
/// How long a batch may hold the writer; the next one is cut by it.
const WRITER_TIME: Duration = Duration::from_millis(30);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

fn import_of(job: &Job) -> Result<ImportId, Failure> {
    let id = job.payload["import"].as_str().unwrap_or_default();
    id.parse().map_err(|_| Failure("the job names no import".to_owned()))
}

/// Checks an import, and runs it if that is asked for; goes on where a job before it has stopped.
pub async fn run_job(app: App, job: Job) -> Result<(), Failure> {
    let id = import_of(&job)?;
    loop {
        let row = app.read(app.system_context(), move |cx| Ok::<_, Error>(store::find_import(cx.conn, id)?)).await?;
        let Some(row) = row.filter(|row| !row.state.rests()) else { return Ok(()) };
        match row.entity {
            ImportEntity::StudyRecords => pass::<StudyRecords>(&app, row).await?,
            ImportEntity::Organisations => pass::<Organisations>(&app, row).await?,
        }
    }
}

/// Erases, at the start of the server, what requests that did not end have left.
pub async fn start(app: &App) -> Result<(), db::Error> {
    app.act_as_system(|cx| {
        cx.changes_only(&[]);
        remove_orphans(cx)
    })
    .await
}

fn remove_orphans(cx: &mut Cx<'_>) -> Result<(), db::Error> {
    store::remove_orphans(cx.conn, cx.now.plus(chrono::TimeDelta::days(-1)))
}

/// Erases the rows of a file, and pieces that requests which did not end have left.
pub async fn erase_job(app: App, job: Job) -> Result<(), Failure> {
    let id = import_of(&job)?;
    app.act_as_system(move |cx| {
        cx.changes_only(&[]);
        store::remove_chunks(cx.conn, id)?;
        remove_orphans(cx)?;
        if let Some(row) = store::find_import(cx.conn, id)? {
            store::set_erased(cx.conn, id, cx.now)?;
            if !row.state.rests() {
                store::set_state(cx.conn, &row, ImportState::Refused, Some(cx.now), Some("erased"))?;
            }
            record(cx, "import.erase", &row, json!({}))?;
        }
        Ok::<_, Error>(())
    })
    .await?;
    Ok(())
}

/// Why a batch was not kept.
enum Halt {
    /// It was a check: this is what came of it.
    Checked(Vec<Applied>, Duration),
    /// Whoever sent the file may not enter such lines any more.
    Forbidden,
    /// Somebody else has the import, or it was cancelled.
    Stopped,
    /// A fault.
    Fault(Error),
}

impl From<db::Error> for Halt {
    fn from(error: db::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::Forbidden => Self::Forbidden,
            other => Self::Fault(other),
        }
    }
}

/// One pass over the rows: a check from the beginning, a run from the cursor.
async fn pass<E: Entity>(app: &App, mut row: ImportRow) -> Result<(), Error> {
    let checking = row.state == ImportState::Checking;
    if checking {
        let id = row.id;
        let begun = app.act_as_system(move |cx| {
            cx.changes_only(&[]);
            let begun = store::begin_pass(cx.conn, id, ImportState::Checking)?;
            Ok::<_, Error>(store::find_import(cx.conn, id)?.filter(|_| begun))
        });
        let Some(begun) = begun.await? else { return Ok(()) };
        row = begun;
    }
    let earlier = Arc::new(Mutex::new(E::Earlier::default()));
    let mut most = MOST_LINES;
    loop {
        let (id, cursor) = (row.id, row.cursor);
        let chunk = app.read(app.system_context(), move |cx| service::rows_after(cx, id, cursor)).await?;
        let Some(chunk) = chunk else { break };
        let mut rows = service::open_rows(app, &chunk)?;
        rows.retain(|one| i64::try_from(one.line).is_ok_and(|line| line > cursor));
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(rest.len().min(most));
            rest = after;
            let (next, took) = match batch_of::<E>(app, &row, batch, checking.then(|| Arc::clone(&earlier))).await {
                Ok(done) => done,
                Err(Halt::Stopped | Halt::Checked(..)) => return Ok(()),
                Err(Halt::Forbidden) => return refuse(app, &row, "forbidden").await,
                Err(Halt::Fault(error)) => return Err(error),
            };
            row = next;
            most = if took > WRITER_TIME { (most / 2).max(1) } else { (most + most / 4 + 1).min(MOST_LINES) };
        }
    }
    finish(app, row).await
}

/// Lines of a batch as they were read, in their order.
struct Lines<E: Entity> {
    /// Those that can be applied, with their places in the batch.
    good: Vec<(usize, E::Line)>,
    /// What became of each; of the good ones it is said later.
    outcomes: Vec<KeptOutcome>,
    /// Lines in which a cell was mended.
    normalised: i64,
}

fn read_lines<E: Entity>(row: &ImportRow, batch: &[FileRow]) -> Lines<E> {
    let mut lines = Lines { good: Vec::new(), outcomes: Vec::with_capacity(batch.len()), normalised: 0 };
    for (place, one) in batch.iter().enumerate() {
        let cells =
            row.columns.0.iter().zip(&one.cells).filter_map(|(column, cell)| Some((column.field.as_deref()?, cell.as_str())));
        let cells: Vec<(&str, &str)> = cells.collect();
        let client_ref = cells.iter().find(|(field, _)| *field == "client_ref").map(|(_, cell)| cell.trim().to_owned());
        let client_ref = client_ref.filter(|name| !name.is_empty() && name.chars().count() <= 50 && !holds_number(name));
        let mut reader = Reader::new(cells);
        let mut errors: Vec<LineError> = one.broken.iter().cloned().collect();
        if errors.is_empty() {
            match E::read(&mut reader) {
                Some(line) => lines.good.push((place, line)),
                None => errors = std::mem::take(&mut reader.errors),
            }
            lines.normalised += i64::from(reader.normalised);
        }
        lines.outcomes.push(KeptOutcome { line: one.line, outcome: LineOutcome::Failed, id: None, client_ref, errors });
    }
    lines
}

/// Applies a batch and keeps what came of it, in one write; of a check the effects are rolled back, and what came of it is kept by a second one.
async fn batch_of<E: Entity>(
    app: &App,
    row: &ImportRow,
    batch: &[FileRow],
    earlier: Option<Arc<Mutex<E::Earlier>>>,
) -> Result<(ImportRow, Duration), Halt> {
    let Lines { good, outcomes, normalised } = read_lines::<E>(row, batch);
    let (places, lines): (Vec<usize>, Vec<E::Line>) = good.into_iter().unzip();
    let before = row.clone();
    let Some(earlier) = earlier else {
        let run = move |cx: &mut Cx<'_>| {
            let began = Instant::now();
            cx.changes_only(&[]);
            let applied = apply::<E>(cx, &before, lines, None)?;
            let (after, outcomes) = progress(&before, outcomes_of(outcomes, &places, applied), normalised);
            keep(cx, &before, &after, outcomes)?;
            Ok((after, began.elapsed()))
        };
        return app.write(app.system_context(), run).await;
    };
    // A check is the run, rolled back.
    let checked = app.write(app.system_context(), move |cx| {
        let began = Instant::now();
        cx.changes_only(&[]);
        let applied = apply::<E>(cx, &before, lines, Some(&earlier))?;
        Err::<(), _>(Halt::Checked(applied, began.elapsed()))
    });
    let (applied, took) = match checked.await {
        // What a check would have made is not there.
        Err(Halt::Checked(applied, took)) => (applied.into_iter().map(|one| Applied { id: None, ..one }).collect(), took),
        Err(other) => return Err(other),
        Ok(()) => return Err(Halt::Stopped),
    };
    let before = row.clone();
    let (after, outcomes) = progress(&before, outcomes_of(outcomes, &places, applied), normalised);
    let next = after.clone();
    app.act_as_system(move |cx| {
        cx.changes_only(&[]);
        keep(cx, &before, &after, outcomes)
    })
    .await?;
    Ok((next, took))
}

/// Applies lines in the name of whoever sent the file, as long as they may enter them.
fn apply<E: Entity>(
    cx: &mut Cx<'_>,
    row: &ImportRow,
    lines: Vec<E::Line>,
    earlier: Option<&Mutex<E::Earlier>>,
) -> Result<Vec<Applied>, Halt> {
    let held = accounts::list_members(cx, Some(row.created_by), row.organisation_id)?;
    let may = |role| E::PERMISSION.holders().iter().any(|(holder, _)| *holder == role);
    let grants: Vec<Grant> = held
        .into_iter()
        .filter(|held| may(held.role) && held.organisation_id == row.organisation_id)
        .map(|held| Grant { role: held.role, organisation: held.organisation_id, kind: None, region: None })
        .collect();
    if grants.is_empty() {
        return Err(Halt::Forbidden);
    }
    let principal = Principal { account: Some(row.created_by), grants, ..Principal::default() };
    let by = By { organisation: row.organisation_id, account: row.created_by, import: row.id };
    let now = cx.now;
    let mut guard = earlier.map(|earlier| earlier.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(cx.act_as(&principal, now, |cx| E::apply(cx, by, lines, guard.as_deref_mut()))?)
}

/// The outcomes of a batch, those of the lines that were applied filled in, columns named as the file names them.
fn outcomes_of(mut outcomes: Vec<KeptOutcome>, places: &[usize], applied: Vec<Applied>) -> Vec<KeptOutcome> {
    for (place, one) in places.iter().zip(applied) {
        if let Some(kept) = outcomes.get_mut(*place) {
            (kept.outcome, kept.id, kept.errors) = (one.outcome, one.id, one.errors);
        }
    }
    outcomes
}

/// How the import stands after a batch.
fn progress(before: &ImportRow, mut outcomes: Vec<KeptOutcome>, normalised: i64) -> (ImportRow, Vec<KeptOutcome>) {
    let mut after = before.clone();
    for one in &mut outcomes {
        after.done += 1;
        after.cursor = i64::try_from(one.line).unwrap_or(i64::MAX);
        match one.outcome {
            LineOutcome::Created => after.created += 1,
            LineOutcome::Unchanged => after.unchanged += 1,
            LineOutcome::Failed => {
                after.failed += 1;
                if after.failed > FINDINGS {
                    one.errors.clear();
                }
            }
        }
        for error in &mut one.errors {
            let field = error.pointer.as_deref().and_then(|pointer| pointer.strip_prefix("#/"));
            let column = before.columns.0.iter().find(|column| column.field.as_deref() == field && field.is_some());
            error.column = column.map(|column| column.header.clone());
        }
    }
    after.normalised += normalised;
    (after, outcomes)
}

fn keep(cx: &mut Cx<'_>, before: &ImportRow, after: &ImportRow, outcomes: Vec<KeptOutcome>) -> Result<(), Halt> {
    if store::set_progress(cx.conn, before, after, outcomes)? { Ok(()) } else { Err(Halt::Stopped) }
}

/// What follows a pass: the run, or rest.
async fn finish(app: &App, row: ImportRow) -> Result<(), Error> {
    let to = match (row.state, row.start) {
        (ImportState::Running, _) => ImportState::Done,
        (_, ImportStart::Always) => ImportState::Running,
        (_, ImportStart::IfClean) if row.failed == 0 => ImportState::Running,
        _ => ImportState::Checked,
    };
    app.act_as_system(move |cx| {
        cx.changes_only(&[]);
        let ended_at = to.rests().then_some(cx.now);
        if !store::set_state(cx.conn, &row, to, ended_at, None)? {
            return Ok(());
        }
        if to == ImportState::Running {
            store::begin_pass(cx.conn, row.id, to)?;
        } else {
            let detail = json!({ "created": row.created, "unchanged": row.unchanged, "failed": row.failed });
            record(cx, if to == ImportState::Done { "import.done" } else { "import.checked" }, &row, detail)?;
        }
        Ok(())
    })
    .await
}

/// Ends an import that may not go on.
async fn refuse(app: &App, row: &ImportRow, problem: &'static str) -> Result<(), Error> {
    let row = row.clone();
    app.act_as_system(move |cx| {
        cx.changes_only(&[]);
        if store::set_state(cx.conn, &row, ImportState::Refused, Some(cx.now), Some(problem))? {
            record(cx, "import.refuse", &row, json!({ "problem": problem }))?;
        }
        Ok(())
    })
    .await
}
