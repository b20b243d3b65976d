//! Imports over HTTP.

mod answers;

use super::entity::fields_of;
use super::error::Error;
use super::ingest::{Stopped, ingest};
use super::model::{FileRow, ImportEntity, ImportState, LineError, LineOutcome};
use super::record::{ImportRow, KeptOutcome};
use super::rules::table::written;
use super::rules::text::Charset;
use super::rules::{FILE_BYTES, Unreadable};
use super::service::{self, Arrived, Asked, Owner};
use crate::authz::perm;
use crate::http::{
    Accepted, Allowed, Answer, Call, Cursor, FileBody, Lines, Outcome, Path, Query, Routes, Table, page_limit, routes,
};
use crate::keys::Sha256;
use crate::problem::{Code, Problem};
pub use answers::{Import, ImportLine, ImportPage, ImportProgress, ImportQuery, ImportsQuery, ResultsQuery, WaitQuery};
use std::collections::HashMap;
use std::io::Write as _;
use std::time::Duration;
use title_review_core::ids::ImportId;
use tokio::sync::mpsc;

/// How often a state that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Longest wait of one request, in seconds.
const LONGEST_WAIT: u64 = 60;

/// 导入文件 / Import a file
///
/// The file is the body, as `curl -T FILE` sends it: CSV, TSV or NDJSON, also in gzip. Type, encoding (by its mark, else UTF-8, else GB18030), delimiter and
/// columns are found in its content. It is checked by the code that runs it, and run as `start` says. The name is the client's: the same name with the same
/// bytes and parameters is the same import (200), with others it is refused. `POST .../start` runs what was only checked.
#[utoipa::path(put, path = "/v1/imports/{name}", tag = "imports",
    extensions(("x-problems" = json!(["invalid_import_name", "import_name_used", "import_unreadable", "too_many_imports"]))))]
pub async fn put_import(
    call: Allowed<perm::ImportManage>,
    name: Path<String>,
    query: Query<ImportQuery>,
    body: FileBody,
) -> Outcome<Accepted<Import>> {
    let asked = Asked { name: name.0, entity: query.0.entity, start: query.0.start() };
    let first = asked.clone();
    let owner = call.read(move |cx| service::admit(cx, &first)).await?;
    let (file, sha256, bytes) = receive(&call, body).await?;
    let (known, who, hash) = (asked.clone(), owner.clone(), sha256.clone());
    if let Some(row) = call.read(move |cx| service::find_repeated(cx, &who, &known, &hash)).await? {
        return Ok(Accepted { value: Import::from(row), repeated: true });
    }
    let id = ImportId::new(&*call.app.ids, call.facts.now);
    match keep(&call, &owner, asked, id, file, (sha256, bytes)).await {
        Ok((row, repeated)) => Ok(Accepted { value: Import::from(row), repeated }),
        Err(problem) => {
            // What cannot be removed now goes with the next erasure.
            let _ = call.write(move |cx| service::discard(cx, id)).await;
            Err(problem)
        }
    }
}

/// Takes the body into a file that has no name: it is gone with this request, also where the server is killed.
async fn receive(call: &Call, mut body: FileBody) -> Result<(std::fs::File, String, u64), Problem> {
    let (mut file, mut hash, mut size) =
        (tempfile::tempfile_in(&call.app.config.storage.folder).map_err(Error::from)?, Sha256::new(), 0_u64);
    let mut held: Vec<u8> = Vec::new();
    loop {
        let piece = body.next(FILE_BYTES).await?;
        if let Some(piece) = &piece {
            hash.update(piece);
            size += piece.len() as u64;
            held.extend_from_slice(piece);
        }
        if held.len() >= 1 << 20 || piece.is_none() {
            let bytes = std::mem::take(&mut held);
            let written = tokio::task::spawn_blocking(move || file.write_all(&bytes).map(|()| file));
            file = written.await.map_err(|error| Error::Io(std::io::Error::other(error)))?.map_err(Error::from)?;
        }
        if piece.is_none() {
            return Ok((file, hash.finish_hex(), size));
        }
    }
}

/// Reads the file and keeps its rows, then makes it an import.
async fn keep(
    call: &Call,
    owner: &Owner,
    asked: Asked,
    id: ImportId,
    file: std::fs::File,
    (sha256, bytes): (String, u64),
) -> Result<(ImportRow, bool), Problem> {
    let (sender, mut chunks) = mpsc::channel(2);
    let (app, entity) = (call.app.clone(), asked.entity);
    let reading = tokio::task::spawn_blocking(move || {
        ingest(&file, entity, &mut |rows| {
            let sealed = service::seal_rows(&app, &rows).map_err(|error| Stopped::Io(std::io::Error::other(error)))?;
            sender.blocking_send(sealed).map_err(|_| Stopped::Abandoned)
        })
    });
    while let Some(chunk) = chunks.recv().await {
        call.write(move |cx| service::keep_rows(cx, id, &chunk)).await?;
    }
    let found = reading.await.map_err(|error| Error::Io(std::io::Error::other(error)))?.map_err(|stopped| match stopped {
        Stopped::Unreadable(fault) => Error::Unreadable(fault),
        Stopped::Io(error) => Error::Io(error),
        Stopped::Abandoned => Error::Io(std::io::Error::other("the rows were not taken")),
    })?;
    let (owner, arrived) = (owner.clone(), Arrived { id, sha256, bytes, found });
    call.write(move |cx| service::accept(cx, &owner, asked, arrived)).await
}

/// 导入列表 / List imports
///
/// Those of the own organisation, newest first.
#[utoipa::path(get, path = "/v1/imports", tag = "imports", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_imports(call: Allowed<perm::ImportManage>, query: Query<ImportsQuery>) -> Outcome<Answer<ImportPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("imports|{:?}|{:?}", cx.principal.account, query.entity);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = service::list(cx, query.entity, before, limit + 1)?;
        ImportPage::of(rows, limit, keys, &filter, |row| row.id, Import::from)
    })
    .await
    .map(Into::into)
}

/// The import once it rests, or as it stands when the time is over.
async fn wait_for(call: &Call, name: String, seconds: Option<u64>) -> Result<ImportRow, Problem> {
    let until = tokio::time::Instant::now() + Duration::from_secs(seconds.unwrap_or(0).min(LONGEST_WAIT));
    loop {
        let asked = name.clone();
        let row = call.read(move |cx| service::find(cx, &asked)).await?;
        if row.state.rests() || tokio::time::Instant::now() >= until {
            return Ok(row);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// 导入进展 / Get an import
///
/// With `wait`, the answer comes as soon as the import rests, at the latest after so many seconds.
#[utoipa::path(get, path = "/v1/imports/{name}", tag = "imports")]
pub async fn get_import(call: Allowed<perm::ImportManage>, name: Path<String>, query: Query<WaitQuery>) -> Outcome<Answer<Import>> {
    wait_for(&call, name.0, query.0.wait).await.map(Import::from).map(Into::into)
}

/// 导入结论 / Get the verdict on an import
///
/// For exit codes (`curl --fail-with-body`): 200 where it has come to rest and no line failed, 422 otherwise, 409 where it has not.
#[utoipa::path(get, path = "/v1/imports/{name}/verdict", tag = "imports",
    extensions(("x-problems" = json!(["import_not_clean", "import_not_ended"]))))]
pub async fn get_import_verdict(
    call: Allowed<perm::ImportManage>,
    name: Path<String>,
    query: Query<WaitQuery>,
) -> Outcome<Answer<Import>> {
    let row = wait_for(&call, name.0, query.0.wait).await?;
    let detail = |code: Code| {
        let zh = format!("{}：{} 行，成功 {}，未变 {}，有误 {}", row.state.zh(), row.total, row.created, row.unchanged, row.failed);
        let en = format!(
            "{}: {} lines, {} created, {} unchanged, {} failed",
            row.state.en(),
            row.total,
            row.created,
            row.unchanged,
            row.failed
        );
        Problem::new(code).detail(zh, en).state(row.state)
    };
    match row.state {
        ImportState::Checking | ImportState::Running => Err(detail(Code::ImportNotEnded)),
        ImportState::Checked | ImportState::Done if row.failed == 0 => Ok(Import::from(row).into()),
        _ => Err(detail(Code::ImportNotClean)),
    }
}

/// 执行导入 / Run what was checked
///
/// Without a second upload; lines that failed are left out. A repeat is harmless.
#[utoipa::path(post, path = "/v1/imports/{name}/start", tag = "imports", extensions(("x-problems" = json!(["conflict", "too_many_imports"]))))]
pub async fn start_import(call: Allowed<perm::ImportManage>, name: Path<String>) -> Outcome<Answer<Import>> {
    call.write(move |cx| service::start(cx, &name.0).map(Import::from)).await.map(Into::into)
}

/// 取消导入 / Cancel an import
///
/// What its batches have done stays done. A repeat is harmless.
#[utoipa::path(post, path = "/v1/imports/{name}/cancel", tag = "imports", extensions(("x-problems" = json!(["conflict"]))))]
pub async fn cancel_import(call: Allowed<perm::ImportManage>, name: Path<String>) -> Outcome<Answer<Import>> {
    call.write(move |cx| service::cancel(cx, &name.0).map(Import::from)).await.map(Into::into)
}

/// 导入进展（逐秒） / Watch an import
///
/// A line a second (`curl -N`) until the import rests.
#[utoipa::path(get, path = "/v1/imports/{name}/progress", tag = "imports")]
pub async fn watch_import(call: Allowed<perm::ImportManage>, name: Path<String>) -> Outcome<Lines<ImportProgress>> {
    let asked = name.0.clone();
    call.read(move |cx| service::find(cx, &asked)).await?;
    let (call, name) = (Call::clone(&call), name.0);
    let next = move |(ended, last): (bool, Option<i64>)| {
        let (call, name) = (call.clone(), name.clone());
        async move {
            if ended {
                return Ok(None);
            }
            if last.is_some() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let row = call.read(move |cx| service::find(cx, &name)).await?;
            let progress = ImportProgress::of(&row, last);
            Ok(Some((vec![progress], (row.state.rests(), Some(row.done)))))
        }
    };
    Ok(Lines::of("progress.ndjson", (false, None), next))
}

/// 逐行结果 / List what became of the lines
///
/// One object in each line, in the order of the file.
#[utoipa::path(get, path = "/v1/imports/{name}/results", tag = "imports")]
pub async fn list_import_results(
    call: Allowed<perm::ImportManage>,
    name: Path<String>,
    query: Query<ResultsQuery>,
) -> Outcome<Lines<ImportLine>> {
    let asked = name.0.clone();
    let row = call.read(move |cx| service::find(cx, &asked)).await?;
    let (call, wanted, english) = (Call::clone(&call), query.0.outcome, call.english);
    let next = move |line: i64| {
        let call = call.clone();
        async move {
            let Some((last, outcomes)) = call.read(move |cx| service::outcomes_after(cx, row.id, line)).await? else {
                return Ok(None);
            };
            let those = outcomes.into_iter().filter(|one| wanted.is_none_or(|wanted| wanted == one.outcome));
            Ok(Some((those.map(|one| ImportLine::of(one, english)).collect(), last)))
        }
    };
    Ok(Lines::of("results.ndjson", 0, next))
}

/// 有误的行 / Download the lines that failed
///
/// Line, problem and clause, then the row as it was sent, in the encoding that it came in: corrected, it can be sent again as it is.
#[utoipa::path(get, path = "/v1/imports/{name}/errors.csv", tag = "imports", extensions(("x-problems" = json!(["import_erased"]))))]
pub async fn download_import_errors(call: Allowed<perm::ImportManage>, name: Path<String>) -> Outcome<Table> {
    let asked = name.0.clone();
    let row = call.read(move |cx| service::find(cx, &asked)).await?;
    if row.erased_at.is_some() {
        return Err(Error::Erased.into());
    }
    let charset = Charset::named(&row.encoding).map_or(Charset::Utf8Marked, |found| match found {
        Charset::Utf8 => Charset::Utf8Marked,
        other => other,
    });
    let delimiter = row.delimiter.as_ref().and_then(|text| text.chars().next()).unwrap_or(',');
    let mut header: Vec<String> = OWN_COLUMNS.map(str::to_owned).to_vec();
    header.extend(shown_columns(&row).map(|(_, header)| header.to_owned()));
    let mut first = charset.mark().to_vec();
    first.extend(charset.encode(&record(&header, delimiter)));
    let (call, english) = (Call::clone(&call), call.english);
    let next = move |(line, first): (i64, Vec<u8>)| {
        let (call, row) = (call.clone(), row.clone());
        async move {
            let id = row.id;
            let Some(chunk) = call.read(move |cx| service::rows_after(cx, id, line)).await? else { return Ok(None) };
            let errors = failed_between(&call, id, line, chunk.last_line).await?;
            let mut bytes = first;
            for one in service::open_rows(&call.app, &chunk)? {
                if let Some(found) = errors.get(&one.line) {
                    bytes.extend(charset.encode(&error_record(&row, &one, found, delimiter, english)));
                }
            }
            Ok(Some((bytes, (chunk.last_line, Vec::new()))))
        }
    };
    Ok(Table::of(format!("{}-errors.csv", name.0), (0, first), next))
}

/// The columns that an error file has before those of the file.
const OWN_COLUMNS: [&str; 3] = ["行号", "问题", "条款"];

/// The columns of a file that are not of an error file.
fn shown_columns(row: &ImportRow) -> impl Iterator<Item = (usize, &str)> {
    let shown = |header: &str| !OWN_COLUMNS.contains(&header);
    row.columns.0.iter().enumerate().map(|(place, column)| (place, column.header.as_str())).filter(move |(_, header)| shown(header))
}

/// What stands against the lines that failed, after one line and up to another.
async fn failed_between(call: &Call, id: ImportId, after: i64, to: i64) -> Result<HashMap<u64, Vec<LineError>>, Problem> {
    let (mut failed, mut line) = (HashMap::new(), after);
    while line < to {
        let from = line;
        let Some((last, outcomes)) = call.read(move |cx| service::outcomes_after(cx, id, from)).await? else { break };
        line = last;
        let those = outcomes.into_iter().filter(|one: &KeptOutcome| one.outcome == LineOutcome::Failed);
        failed.extend(those.map(|one| (one.line, one.errors)));
    }
    Ok(failed)
}

fn error_record(row: &ImportRow, one: &FileRow, errors: &[LineError], delimiter: char, english: bool) -> String {
    let said = |error: &LineError| {
        let text = if english { &error.detail_en } else { &error.detail };
        error.column.as_ref().map_or_else(|| text.clone(), |column| format!("{column}：{text}"))
    };
    let mut clauses: Vec<&str> = errors.iter().filter_map(|error| error.clause.as_deref()).collect();
    clauses.dedup();
    let problems: Vec<String> = errors.iter().map(said).collect();
    let mut cells = vec![one.line.to_string(), problems.join("；"), clauses.join(" ")];
    cells.extend(shown_columns(row).map(|(place, _)| one.cells.get(place).cloned().unwrap_or_default()));
    record(&cells, delimiter)
}

fn record(cells: &[String], delimiter: char) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| written(cell, delimiter)).collect();
    format!("{}\r\n", cells.join(&delimiter.to_string()))
}

/// 导入模板 / Download a template
///
/// `study_records.csv`, `organisations.csv`: the header in Chinese and one example, in UTF-8 with a mark, as Excel reads it. The English names of the fields are
/// taken too, and columns may stand in any order.
#[utoipa::path(get, path = "/v1/import-templates/{template_file}", tag = "imports")]
pub async fn download_import_template(call: Allowed<perm::ImportManage>, template_file: Path<String>) -> Outcome<Table> {
    let entity = template_file.0.strip_suffix(".csv").and_then(|name| name.parse::<ImportEntity>().ok()).ok_or(Code::NotFound)?;
    let _ = &call;
    let fields = fields_of(entity);
    let header: Vec<String> = fields.iter().map(|field| field.headers[0].to_owned()).collect();
    let example: Vec<String> = fields.iter().map(|field| field.example.to_owned()).collect();
    let text = format!("\u{feff}{}{}", record(&header, ','), record(&example, ','));
    Ok(Table::whole(template_file.0, text))
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<crate::accounts::Directory>();
    routes!(
        list;
        put_import, list_imports, get_import, get_import_verdict, start_import, cancel_import, watch_import, list_import_results,
        download_import_errors, download_import_template,
    );
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Name => Code::InvalidImportName.into(),
            Error::Forbidden => Code::Forbidden.into(),
            Error::NotFound => Code::NotFound.into(),
            Error::NameUsed => Code::ImportNameUsed.into(),
            Error::TooMany => Code::TooManyImports.into(),
            Error::Unreadable(fault) => unreadable(&fault),
            Error::State(state) => Self::new(Code::Conflict).state(state),
            Error::Erased => Code::ImportErased.into(),
            Error::Keys(error) => Self::internal(&error),
            Error::Io(error) => Self::internal(&error),
            Error::Json(error) => Self::internal(&error),
            Error::Db(error) => error.into(),
        }
    }
}

fn unreadable(fault: &Unreadable) -> Problem {
    let (zh, en) = match fault {
        Unreadable::Empty => ("文件中没有数据行".to_owned(), "the file has no rows".to_owned()),
        Unreadable::Format => (
            "不是 CSV、TSV 或 NDJSON：Excel 工作簿请另存为 CSV".to_owned(),
            "is not CSV, TSV or NDJSON: save a workbook as CSV".to_owned(),
        ),
        Unreadable::Encoding { byte, line } => (
            format!("第 {byte} 字节（第 {line} 行）不是 UTF-8，也不是 GB18030：请另存为其中一种编码"),
            format!("byte {byte} (line {line}) is neither UTF-8 nor GB18030: save the file in one of them"),
        ),
        Unreadable::Compression => ("gzip 不完整或已损坏".to_owned(), "the gzip is cut off or broken".to_owned()),
        Unreadable::Inflated => ("解压后超过 64 MiB".to_owned(), "is more than 64 MiB once inflated".to_owned()),
        Unreadable::Line { line } => (format!("第 {line} 行超过 64 KiB"), format!("line {line} is longer than 64 KiB")),
        Unreadable::Columns { line } => (format!("第 {line} 行超过 256 列"), format!("line {line} has more than 256 columns")),
        Unreadable::Lines => ("超过 100000 行".to_owned(), "has more than 100000 lines".to_owned()),
        Unreadable::Quote { line } => {
            (format!("第 {line} 行的引号没有结束"), format!("a quoted cell begins on line {line} and does not end"))
        }
        Unreadable::Headers(missing) => {
            (format!("缺少列：{}", missing.join("、")), format!("columns are missing: {}", missing.join(", ")))
        }
        Unreadable::TwoColumns(header) => (format!("“{header}”出现两次"), format!("there are two columns for {header}")),
    };
    Problem::new(Code::ImportUnreadable).detail(zh, en)
}
