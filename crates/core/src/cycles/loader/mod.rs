//! Reads cycle and calendar files strictly: every finding in one answer, each with line, column and path.
//!
//! Three passes. Syntax first; a file that is not TOML is told so at every place. Then structure: unknown fields, missing
//! ones, wrong types, malformed dates. Then meaning: what only the whole file can show. The third pass runs only when nothing
//! is missing or of a wrong type, because it would blame the rest for it.

mod meaning;
mod place;
mod structure;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use serde::Serialize;
use utoipa::ToSchema;

use super::calendar::StateCalendar;
use super::definition::CycleDefinition;
use place::Document;

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

/// Reads a cycle definition. `source` names the text in the findings.
///
/// # Errors
/// Every finding, in the order of the file.
pub fn load(text: &str, source: &str) -> Result<CycleDefinition, Vec<LoadError>> {
    let document = Document::parse(text, source)?;
    document.settle(structure::read(&document), meaning::findings)
}

/// Reads a state calendar. `source` names the text in the findings.
///
/// # Errors
/// Every finding, in the order of the file.
pub fn load_calendar(text: &str, source: &str) -> Result<StateCalendar, Vec<LoadError>> {
    let document = Document::parse(text, source)?;
    document.settle(structure::read(&document), |calendar: &StateCalendar, _| meaning::calendar_findings(calendar))
}

/// What `cycle check FILE` prints, and its exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// 0: the file can be loaded; 1: it has findings; 2: it cannot be read.
    pub exit_code: u8,
    /// Text for the terminal, one finding per line.
    pub text: String,
}

/// Checks a cycle definition and says what was found.
#[must_use]
pub fn check(text: &str, source: &str) -> Report {
    match load(text, source) {
        Ok(cycle) => Report {
            exit_code: 0,
            text: format!(
                "{source}: ok: {} ({}), {} tracks, {} specialties, {} clauses, {} assumptions\n",
                cycle.id,
                cycle.title,
                cycle.tracks.len(),
                cycle.specialties.len(),
                cycle.clauses.len(),
                cycle.assumptions.len()
            ),
        },
        Err(findings) => {
            let mut lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
            lines.push(format!("{source}: {} finding(s)\n", findings.len()));
            Report { exit_code: 1, text: lines.join("\n") }
        }
    }
}

/// `title-review cycle check FILE`.
#[must_use]
pub fn cli_check(path: &Path) -> Report {
    let source = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => check(&text, &source),
        Err(error) => Report { exit_code: 2, text: format!("{source}: cannot be read: {error}\n") },
    }
}
