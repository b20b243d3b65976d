//! Reads cycle and calendar files strictly. All findings are reported together, each with line, column, path, clause, what is wrong and what to do.
//!
//! There are three passes: syntax, then structure (unknown and missing fields, wrong types, malformed dates), then the [`checks`] that need
//! the whole file. A file that is not TOML stops after the first pass. The third pass runs only if no field is missing or of a wrong type,
//! since its findings would be about the replaced values.

mod calendars;
pub mod checks;
mod finding;
mod position;
mod structure;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use calendars::{Calendars, load_calendar, working_calendar};
pub use finding::{Finding, Severity};

use super::definition::CycleDefinition;
use position::Document;

/// A file that was read: the definition if nothing refuses it, and every finding in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The definition; `None` if there is an error.
    pub definition: Option<CycleDefinition>,
    /// Errors and warnings.
    pub findings: Vec<Finding>,
}

/// Reads a cycle definition and checks it, with the calendars that come with the product. `source` names the text in the findings.
#[must_use]
pub fn read(text: &str, source: &str) -> Loaded {
    read_with(text, source, Calendars::builtin())
}

/// Reads a cycle definition and checks it. `source` names the text in the findings.
#[must_use]
pub fn read_with(text: &str, source: &str, calendars: &Calendars) -> Loaded {
    let document = match Document::parse(text, source) {
        Ok(document) => document,
        Err(findings) => return Loaded { definition: None, findings },
    };
    let (definition, findings) = structure::read::<CycleDefinition>(&document);
    let found =
        definition.as_ref().map(|cycle| checks::findings(&checks::Subject { cycle, root: document.root.get_ref(), calendars }));
    let findings = document.place(findings, found.unwrap_or_default());
    let refused = findings.iter().any(Finding::is_error);
    Loaded { definition: definition.filter(|_| !refused), findings }
}

/// Reads a cycle definition that can be loaded. `source` names the text in the findings.
///
/// # Errors
/// Every error, in the order of the file.
pub fn load(text: &str, source: &str) -> Result<CycleDefinition, Vec<Finding>> {
    let Loaded { definition, findings } = read(text, source);
    definition.ok_or_else(|| findings.into_iter().filter(Finding::is_error).collect())
}

/// Reads a definition that was loaded before, perhaps by an older version of the software: only its structure is looked at. What is
/// published does not become unreadable because a later version knows more checks.
///
/// # Errors
/// Every deviation from the format.
pub fn load_stored(text: &str, source: &str) -> Result<CycleDefinition, Vec<Finding>> {
    let document = Document::parse(text, source)?;
    match structure::read(&document) {
        (Some(definition), findings) if findings.is_empty() => Ok(definition),
        (_, findings) => Err(findings),
    }
}

/// Output and exit code of `cycle check FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// 0: the file can be loaded; 1: it has errors, or warnings with `--strict`; 2: it cannot be read.
    pub exit_code: u8,
    /// Text for the terminal: three lines for each finding, and a last line.
    pub text: String,
}

/// Checks a cycle definition; `strict` counts warnings as errors do.
#[must_use]
pub fn check(text: &str, source: &str, calendars: &Calendars, strict: bool) -> Report {
    let Loaded { definition, findings } = read_with(text, source, calendars);
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let warnings = findings.len() - errors;
    let mut lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.push(match definition {
        Some(cycle) => format!(
            "{source}: ok: {} ({}), {} tracks, {} specialties, {} clauses, {} assumptions; {warnings} 提示 warning(s)\n",
            cycle.id,
            cycle.title,
            cycle.tracks.len(),
            cycle.specialties.len(),
            cycle.clauses.len(),
            cycle.assumptions.len()
        ),
        None => format!("{source}: {errors} 错误 error(s), {warnings} 提示 warning(s)\n"),
    });
    let text = lines.join("\n");
    Report { exit_code: u8::from(errors > 0 || (strict && warnings > 0)), text }
}

/// The command `title-review cycle check FILE`. Reads the file.
#[must_use]
pub fn cli_check(path: &Path, calendars: &Calendars, strict: bool) -> Report {
    let source = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => check(&text, &source, calendars, strict),
        Err(error) => Report { exit_code: 2, text: format!("{source}: cannot be read: {error}\n") },
    }
}
