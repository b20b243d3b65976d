//! Findings in a file, with and without their line.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

/// One finding in a cycle or calendar file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoadError {
    /// Name of the file or of whatever the text came from.
    pub source: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Path of the item (`tracks[0].chain[2].clause`); empty for the file as a whole.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.source, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for LoadError {}

/// A finding whose line is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathFinding {
    /// Path of the item.
    pub(super) path: String,
    /// What is wrong.
    pub(super) message: String,
}
