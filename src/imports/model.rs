//! What an import is: its states, entities, columns and rows. No I/O.

use serde::{Deserialize, Serialize};
use title_review_core::vocabulary::wire_enum;
use utoipa::ToSchema;

wire_enum! {
    /// Where an import stands.
    ImportState {
        Checking = "checking", "检查中", "checking";
        Checked = "checked", "已检查", "checked";
        Running = "running", "执行中", "running";
        Done = "done", "已完成", "done";
        Cancelled = "cancelled", "已取消", "cancelled";
        Refused = "refused", "已拒绝", "refused";
    }
}

impl ImportState {
    /// Nothing more will happen unless somebody asks for it.
    #[must_use]
    pub const fn rests(self) -> bool {
        !matches!(self, Self::Checking | Self::Running)
    }
}

wire_enum! {
    /// What follows the check.
    ImportStart {
        No = "no", "只检查", "only check";
        IfClean = "if_clean", "全部无误才执行", "run if no line failed";
        Always = "always", "执行无误的行", "run what is good";
    }
}

wire_enum! {
    /// What the lines of a file are.
    ImportEntity {
        StudyRecords = "study_records", "继续教育登记", "certificates of continuing education";
        Organisations = "organisations", "机构", "organisations";
    }
}

wire_enum! {
    /// How a file is written.
    ImportFormat {
        Csv = "csv", "CSV 或 TSV", "CSV or TSV";
        Ndjson = "ndjson", "NDJSON", "NDJSON";
    }
}

wire_enum! {
    /// What became of a line.
    LineOutcome {
        Created = "created", "新增", "created";
        Unchanged = "unchanged", "未变", "unchanged";
        Failed = "failed", "有误", "failed";
    }
}

/// A column of a file, and what it is taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportColumn {
    /// As the file has it.
    #[schema(example = "身份证号")]
    pub header: String,
    /// The field; null where the column is passed over.
    #[schema(required = true, example = "id_number")]
    pub field: Option<String>,
}

/// What stands against a line, or a cell of it. It never repeats a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineError {
    /// Header of the column; null where it is about the whole line.
    #[schema(required = true, example = "身份证号")]
    pub column: Option<String>,
    /// The field, as a JSON pointer.
    #[schema(required = true, example = "#/id_number")]
    pub pointer: Option<String>,
    /// Stable code.
    #[schema(example = "id_number_float")]
    pub code: String,
    /// Clause of the notice, where it is one's.
    #[schema(required = true)]
    pub clause: Option<String>,
    /// What is wrong and how it is mended, in Chinese.
    pub detail: String,
    /// The same in English.
    pub detail_en: String,
}

impl LineError {
    /// About a field.
    #[must_use]
    pub fn field(field: &str, code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            column: None,
            pointer: Some(format!("#/{field}")),
            code: code.to_owned(),
            clause: None,
            detail: zh.into(),
            detail_en: en.into(),
        }
    }

    /// About the whole line.
    #[must_use]
    pub fn line(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { pointer: None, ..Self::field("", code, zh, en) }
    }
}

/// A row of a file: the line on which it begins, its cells, and what was wrong with it as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Line, counted from 1, the header's included.
    #[serde(rename = "n")]
    pub line: u64,
    /// The cells in the order of the columns.
    #[serde(rename = "c")]
    pub cells: Vec<String>,
    /// It could not be read as a row.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<LineError>,
}
