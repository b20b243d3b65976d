//! Rows of imports.

use super::model::{ImportColumn, ImportEntity, ImportFormat, ImportStart, ImportState, LineError, LineOutcome};
use crate::db::Json;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ImportId, OrganisationId};

title_review_core::id_type! {
    /// A piece of the rows of a file.
    ImportChunkId;
}

title_review_core::text_column!(ImportChunkId, ImportState, ImportStart, ImportEntity, ImportFormat);

/// An import.
#[derive(Debug, Clone, Queryable)]
pub struct ImportRow {
    /// Its id.
    pub id: ImportId,
    /// Whose names it is among: an organisation's, or of an account without one.
    pub owner: String,
    /// The name that the client chose.
    pub name: String,
    /// What its lines are.
    pub entity: ImportEntity,
    /// What follows the check.
    pub start: ImportStart,
    /// Where it stands.
    pub state: ImportState,
    /// SHA-256 of the bytes that were sent, hexadecimal.
    pub sha256: String,
    /// Bytes that were sent.
    pub bytes: i64,
    /// How the file is written.
    pub format: ImportFormat,
    /// Its encoding.
    pub encoding: String,
    /// Its delimiter; none for NDJSON.
    pub delimiter: Option<String>,
    /// Its columns.
    pub columns: Json<Vec<ImportColumn>>,
    /// Its rows.
    pub total: i64,
    /// Rows that are done in this pass.
    pub done: i64,
    /// Line of the last row that is done in this pass.
    pub cursor: i64,
    /// Rows that were, or would be, created.
    pub created: i64,
    /// Rows of which the same was there already.
    pub unchanged: i64,
    /// Rows that failed.
    pub failed: i64,
    /// Rows in which a cell was mended.
    pub normalised: i64,
    /// For which organisation.
    pub organisation_id: Option<OrganisationId>,
    /// By whom.
    pub created_by: AccountId,
    /// When it came.
    pub created_at: Instant,
    /// When it ended, or came to rest.
    pub ended_at: Option<Instant>,
    /// Code of the problem that ended it.
    pub problem: Option<String>,
    /// When its rows were erased.
    pub erased_at: Option<Instant>,
}

/// What became of a line, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOutcome {
    /// The line.
    #[serde(rename = "n")]
    pub line: u64,
    /// What became of it.
    #[serde(rename = "o")]
    pub outcome: LineOutcome,
    /// Id of what was made.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The client's own name for it.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// What stands against it.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<LineError>,
}

/// A piece of the rows of a file.
#[derive(Debug, Clone, Queryable)]
pub struct ChunkRow {
    /// Its id.
    pub id: ImportChunkId,
    /// Line of its last row.
    pub last_line: i64,
    /// The rows, sealed.
    pub content_sealed: String,
}
