//! `title-review cycle`: cycle files, without a server.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Error;
use title_review_core::cycles::definition::CycleDefinition;
use title_review_core::cycles::{Calendars, format, loader};

/// Work on cycle files.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check a cycle file: every finding with line, column, clause, what is wrong and what to do. Exit code 0: can be loaded; 1: errors; 2: cannot be read
    Check {
        /// The file (TOML)
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Exit code 1 for warnings too
        #[arg(long)]
        strict: bool,
        /// A folder of further calendar files, as `cycles.calendars`
        #[arg(long, value_name = "FOLDER")]
        calendars: Option<PathBuf>,
    },
    /// Say clause by clause what differs between two cycle files
    Diff {
        /// The file as it was
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The file as it is now
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
    /// Print a commented skeleton of a cycle file
    New {
        /// Id of the cycle: lower-case letters, digits, hyphens
        #[arg(value_name = "ID")]
        id: String,
        /// Year of the review
        #[arg(long, value_parser = clap::value_parser!(u16).range(1990..=2200))]
        year: u16,
    },
}

/// Runs the command. It needs neither configuration nor database.
pub(super) fn run(command: &Command) -> Result<(), Error> {
    match command {
        Command::Check { file, strict, calendars } => {
            let calendars = match calendars {
                None => Calendars::builtin().clone(),
                Some(folder) => Calendars::with_folder(folder).map_err(|findings| refused(&findings, 2))?,
            };
            let report = loader::cli_check(file, &calendars, *strict);
            print!("{}", report.text);
            if report.exit_code == 0 { Ok(()) } else { Err(Error::CycleFile(report.exit_code)) }
        }
        Command::Diff { old, new } => {
            print!("{}", format::diff_text(&read(old)?, &read(new)?));
            Ok(())
        }
        Command::New { id, year } => {
            print!("{}", format::skeleton(id, *year));
            Ok(())
        }
    }
}

/// The definition of a file, which need not pass the checks: what was published by an older version is compared too.
fn read(path: &Path) -> Result<CycleDefinition, Error> {
    let source = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| refused(&format!("{source}: cannot be read: {error}"), 2))?;
    loader::load_stored(&text, &source)
        .map_err(|findings| refused(&findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), 1))
}

fn refused(text: &str, exit_code: u8) -> Error {
    println!("{text}");
    Error::CycleFile(exit_code)
}
