//! Reads cycle and calendar files strictly. All findings are reported together, each with line, column and path.
//!
//! There are three passes: syntax, then structure (unknown and missing fields, wrong types, malformed dates), then meaning (checks that need
//! the whole file). A file that is not TOML stops after the first pass. The third pass runs only if no field is missing or of a wrong type,
//! since its findings would be about the replaced values.

mod calendars;
mod error;
mod meaning;
mod position;
mod structure;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use calendars::{load_calendar, state_calendar, working_calendar};
pub use error::LoadError;

use super::definition::CycleDefinition;
use position::Document;

/// Reads a cycle definition. `source` names the text in the findings.
///
/// # Errors
/// Every finding, in the order of the file.
pub fn load(text: &str, source: &str) -> Result<CycleDefinition, Vec<LoadError>> {
    let document = Document::parse(text, source)?;
    document.finish(structure::read(&document), |cycle: &CycleDefinition, root| {
        meaning::findings(cycle, root, state_calendar(&cycle.calendar.state))
    })
}

/// Output and exit code of `cycle check FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// 0: the file can be loaded; 1: it has findings; 2: it cannot be read.
    pub exit_code: u8,
    /// Text for the terminal, one finding per line.
    pub text: String,
}

/// Checks a cycle definition.
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

/// The command `title-review cycle check FILE`. Reads the file.
#[must_use]
pub fn cli_check(path: &Path) -> Report {
    let source = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => check(&text, &source),
        Err(error) => Report { exit_code: 2, text: format!("{source}: cannot be read: {error}\n") },
    }
}
