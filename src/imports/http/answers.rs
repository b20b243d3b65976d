//! What is asked and answered about imports.

use crate::http::{Resource, page};
use crate::imports::model::{ImportColumn, ImportEntity, ImportFormat, ImportStart, ImportState, LineError, LineOutcome};
use crate::imports::record::{ImportRow, KeptOutcome};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use utoipa::{IntoParams, ToSchema};

/// What a file is, and what follows its check.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// What its lines are.
    pub entity: ImportEntity,
    /// What follows the check; `no` when omitted.
    pub start: Option<ImportStart>,
}

impl ImportQuery {
    /// What follows the check.
    #[must_use]
    pub fn start(&self) -> ImportStart {
        self.start.unwrap_or(ImportStart::No)
    }
}

/// Which imports.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportsQuery {
    /// Of this entity.
    pub entity: Option<ImportEntity>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// How long to wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitQuery {
    /// Seconds until the answer comes whatever the state; it comes sooner where the import rests.
    #[param(minimum = 0, maximum = 60, default = 0)]
    pub wait: Option<u64>,
}

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ResultsQuery {
    /// Of which this became.
    pub outcome: Option<LineOutcome>,
}

/// The file of an import, as it was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportFile {
    /// How it is written.
    pub format: ImportFormat,
    /// Its encoding.
    #[schema(example = "GB18030")]
    pub encoding: String,
    /// Its delimiter; null for NDJSON.
    #[schema(example = ",")]
    pub delimiter: Option<String>,
    /// Bytes that were sent.
    pub bytes: i64,
    /// Their SHA-256, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// Its columns, and what they are taken for.
    pub columns: Vec<ImportColumn>,
}

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    /// Its name, among those of the organisation.
    #[schema(example = "wensu-0801")]
    pub name: String,
    /// What its lines are.
    pub entity: ImportEntity,
    /// What follows the check.
    pub start: ImportStart,
    /// Where it stands. `checked`: the counts say what a run would do. `done`: they say what it did.
    pub state: ImportState,
    /// The file.
    pub file: ImportFile,
    /// Its rows.
    pub total: i64,
    /// Rows that are done in this pass.
    pub done: i64,
    /// Rows that were, or would be, created.
    pub created: i64,
    /// Rows of which the same was there already.
    pub unchanged: i64,
    /// Rows that failed.
    pub failed: i64,
    /// Rows in which a cell was mended: marks of text, full-width digits, blanks.
    pub normalised: i64,
    /// When it came.
    pub created_at: Instant,
    /// When it came to rest; null as long as it has not, or runs again.
    pub ended_at: Option<Instant>,
    /// Code of what ended it; null where nothing did.
    #[schema(example = "forbidden")]
    pub problem: Option<String>,
    /// When its rows were erased, thirty days after it came; null as long as they are kept.
    pub erased_at: Option<Instant>,
    /// Where to read what became of the lines.
    #[schema(example = "/v1/imports/wensu-0801/results")]
    pub results: String,
}

impl Resource for Import {
    fn location(&self) -> Option<String> {
        Some(format!("/v1/imports/{}", self.name))
    }
}

impl From<ImportRow> for Import {
    fn from(row: ImportRow) -> Self {
        Self {
            results: format!("/v1/imports/{}/results", row.name),
            name: row.name,
            entity: row.entity,
            start: row.start,
            state: row.state,
            file: ImportFile {
                format: row.format,
                encoding: row.encoding,
                delimiter: row.delimiter,
                bytes: row.bytes,
                sha256: row.sha256,
                columns: row.columns.0,
            },
            total: row.total,
            done: row.done,
            created: row.created,
            unchanged: row.unchanged,
            failed: row.failed,
            normalised: row.normalised,
            created_at: row.created_at,
            ended_at: row.ended_at,
            problem: row.problem,
            erased_at: row.erased_at,
        }
    }
}

page!(
    /// Imports, newest first.
    ImportPage of Import
);

/// How an import stands, in one line.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportProgress {
    /// Where it stands.
    pub state: ImportState,
    /// Rows that are done in this pass.
    pub done: i64,
    /// Its rows.
    pub total: i64,
    /// Rows that were, or would be, created.
    pub created: i64,
    /// Rows of which the same was there already.
    pub unchanged: i64,
    /// Rows that failed.
    pub failed: i64,
    /// Rows in which a cell was mended.
    pub normalised: i64,
    /// Rows done since the line before; null in the first one, and where a pass has begun anew.
    pub per_second: Option<i64>,
    /// Seconds that this pass takes at that pace; null where it is not known.
    pub seconds_left: Option<i64>,
}

impl ImportProgress {
    /// How it stands, when so many rows were done a second ago.
    #[must_use]
    pub fn of(row: &ImportRow, before: Option<i64>) -> Self {
        let per_second = before.map(|before| row.done - before).filter(|count| *count >= 0 && !row.state.rests());
        Self {
            state: row.state,
            done: row.done,
            total: row.total,
            created: row.created,
            unchanged: row.unchanged,
            failed: row.failed,
            normalised: row.normalised,
            per_second,
            seconds_left: per_second.filter(|count| *count > 0).map(|count| (row.total - row.done) / count),
        }
    }
}

/// What stands against a line, in the language of the client.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportLineError {
    /// Header of the column; null where it is about the whole line.
    #[schema(example = "身份证号")]
    pub column: Option<String>,
    /// The field, as a JSON pointer.
    #[schema(example = "#/id_number")]
    pub pointer: Option<String>,
    /// Stable code.
    #[schema(example = "id_number_float")]
    pub code: String,
    /// Clause of the notice, where it is one's.
    pub clause: Option<String>,
    /// What is wrong and how it is mended. It never repeats a cell.
    pub detail: String,
}

/// What became of a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportLine {
    /// The line, the header's counted.
    pub line: u64,
    /// The client's own name for it.
    pub client_ref: Option<String>,
    /// What became of it.
    pub outcome: LineOutcome,
    /// Id of what was made; of a check, of what would be made: it is another one then.
    pub id: Option<String>,
    /// What stands against it; of more than 10,000 failed lines only that they failed.
    pub errors: Vec<ImportLineError>,
}

impl ImportLine {
    /// As it was kept.
    #[must_use]
    pub fn of(kept: KeptOutcome, english: bool) -> Self {
        let error = |error: LineError| ImportLineError {
            column: error.column,
            pointer: error.pointer,
            code: error.code,
            clause: error.clause,
            detail: if english { error.detail_en } else { error.detail },
        };
        Self {
            line: kept.line,
            client_ref: kept.client_ref,
            outcome: kept.outcome,
            id: kept.id,
            errors: kept.errors.into_iter().map(error).collect(),
        }
    }
}
