//! Findings in a file, with and without their line.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use crate::bilingual::Bilingual;

crate::vocabulary::wire_enum! {
    /// What a finding means for the file.
    Severity {
        Error = "error", "错误", "the file is refused: the server could act wrongly or an application could get stuck";
        Warning = "warning", "提示", "the file can be loaded: it is odd, or differs from the words of its clause";
    }
}

/// One finding in a cycle or calendar file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// Name of the file or of whatever the text came from.
    pub source: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Path of the item (`tracks[0].chain[2].clause`); empty for the file as a whole.
    pub path: String,
    /// Refuses the file or not.
    pub severity: Severity,
    /// The check that it comes from (`docs/cycle-format.md`).
    #[schema(example = "retirement_gap")]
    pub check: String,
    /// Clause of the item; null where it has none.
    #[schema(required = true)]
    pub clause: Option<String>,
    /// What is wrong.
    pub message: Bilingual,
    /// What to do.
    pub todo: Bilingual,
}

impl Finding {
    /// The file is refused.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (zh, en) = (self.severity.zh(), self.severity.as_str());
        write!(f, "{}:{}:{}: {zh} {en}[{}]", self.source, self.line, self.column, self.check)?;
        if let Some(clause) = &self.clause {
            write!(f, " {clause}")?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, "\n    {} → {}\n    {} -> {}", self.message.zh, self.todo.zh, self.message.en, self.todo.en)
    }
}

impl std::error::Error for Finding {}

/// A finding whose line and clause are not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathFinding {
    /// Path of the item.
    pub(super) path: String,
    /// Refuses the file or not.
    pub(super) severity: Severity,
    /// Id of the check.
    pub(super) check: &'static str,
    /// Clause, where it is not the item's own.
    pub(super) clause: Option<String>,
    /// What is wrong.
    pub(super) message: Bilingual,
    /// What to do.
    pub(super) todo: Bilingual,
}
