//! Keeping the notice: loading, publishing and amending definitions.

use crate::authz::perm;
use crate::cycles::model::VersionStatus;
use crate::cycles::record::VersionRow;
use crate::cycles::service;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, Outcome, PageQuery, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use serde::{Deserialize, Serialize};
use title_review_core::bilingual::Bilingual;
use title_review_core::clock::Instant;
use title_review_core::cycles::loader::Finding;
use title_review_core::ids::AccountId;
use utoipa::ToSchema;
use validator::Validate;

/// A definition to be taken in.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CycleVersionCreate {
    /// The text of a cycle file (TOML). The cycle's id stands in it.
    #[validate(length(min = 1, max = 500_000))]
    #[schema(min_length = 1, max_length = 500_000, example = "format = 1\nid = \"aksu-2024\"\n…")]
    pub definition: String,
}

/// A version of a cycle's definition.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleVersion {
    /// The cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// Counts from 1.
    pub version: i32,
    /// Year of the review.
    pub year: i32,
    /// Title of the notice.
    pub title: String,
    /// Where it stands.
    pub status: VersionStatus,
    /// SHA-256 of the text, hexadecimal.
    pub sha256: String,
    /// Why it amends the version before it.
    pub reason: Option<String>,
    /// Who loaded it; null for what comes with the product.
    pub created_by: Option<AccountId>,
    /// When it was loaded.
    pub created_at: Instant,
    /// When it was published.
    pub published_at: Option<Instant>,
}

impl Resource for CycleVersion {}

impl From<VersionRow> for CycleVersion {
    fn from(row: VersionRow) -> Self {
        Self {
            cycle_id: row.cycle_id,
            version: row.version,
            year: row.year,
            title: row.title,
            status: row.status,
            sha256: row.sha256,
            reason: row.reason,
            created_by: row.created_by,
            created_at: row.created_at,
            published_at: row.published_at,
        }
    }
}

/// A version that was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleVersionLoaded {
    /// The cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// Counts from 1.
    pub version: i32,
    /// Year of the review.
    pub year: i32,
    /// Title of the notice.
    pub title: String,
    /// Where it stands.
    pub status: VersionStatus,
    /// SHA-256 of the text, hexadecimal.
    pub sha256: String,
    /// What is odd in it, in the order of the text. It can be published all the same.
    pub warnings: Vec<CycleWarning>,
}

/// Something odd in the text of a definition.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleWarning {
    /// Line of the text, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Path of the item; empty for the text as a whole.
    #[schema(example = "tracks[0].chain[1].only_with_department")]
    pub path: String,
    /// The check that it comes from (docs/cycle-format.md).
    #[schema(example = "department_needed")]
    pub check: String,
    /// Clause of the item; null where it has none.
    #[schema(example = "4.1b")]
    pub clause: Option<String>,
    /// What is odd.
    pub message: Bilingual,
    /// What to do.
    pub todo: Bilingual,
}

impl From<Finding> for CycleWarning {
    fn from(finding: Finding) -> Self {
        let Finding { line, column, path, check, clause, message, todo, .. } = finding;
        Self { line, column, path, check, clause, message, todo }
    }
}

impl CycleVersionLoaded {
    fn new(row: VersionRow, findings: Vec<Finding>) -> Self {
        Self {
            cycle_id: row.cycle_id,
            version: row.version,
            year: row.year,
            title: row.title,
            status: row.status,
            sha256: row.sha256,
            warnings: findings.into_iter().map(CycleWarning::from).collect(),
        }
    }
}

impl Resource for CycleVersionLoaded {
    fn location(&self) -> Option<String> {
        Some(format!("/v1/cycles/{}?version={}", self.cycle_id, self.version))
    }
}

page!(
    /// Versions of a cycle, newest first.
    CycleVersionPage of CycleVersion
);

/// 载入年度定义 / Load a cycle definition
///
/// The text becomes the next version of the cycle that it names. It holds only once it is published. The same text again is the
/// same version. Every error of the text is named, with its line and column, its clause and what to do; what is merely odd is in `warnings`.
#[utoipa::path(post, path = "/v1/cycles", tag = "cycles", extensions(("x-problems" = json!(["invalid_cycle"]))))]
pub async fn create_cycle_version(
    call: Allowed<perm::CycleManage>,
    key: IdempotencyKey,
    body: Body<CycleVersionCreate>,
) -> Outcome<Created<CycleVersionLoaded>> {
    call.write_once(key, &body.fingerprint, move |cx| {
        let (cycle, findings) = service::load_version(cx, &body.value.definition, "definition")?;
        let row = service::find_version_row(cx, &cycle.definition.id, cycle.version)?;
        Ok::<_, service::Error>(CycleVersionLoaded::new(row, findings))
    })
    .await
}

/// 年度定义的各版本 / List the versions of a cycle
#[utoipa::path(get, path = "/v1/cycles/{cycle}/versions", tag = "cycles", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_cycle_versions(
    call: Allowed<perm::CycleManage>,
    cycle: Path<String>,
    query: Query<PageQuery>,
) -> Outcome<Answer<CycleVersionPage>> {
    let limit = page_limit(query.0.limit)?;
    call.read(move |cx| {
        let filter = format!("cycle versions|{}", cycle.0);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.0.cursor.as_deref())?;
        let rows = service::list_versions(cx, &cycle.0, before, limit + 1)?;
        CycleVersionPage::of(rows, limit, keys, &filter, |row| row.version, CycleVersion::from)
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_cycle_version, list_cycle_versions);
}
