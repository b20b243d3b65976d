//! `title-review cycle`: cycle files, without a server.

use std::path::PathBuf;

use clap::Subcommand;

use super::Error;
use title_review_core::cycles::loader;

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
    },
}

/// Runs the command. It needs neither configuration nor database.
pub(super) fn run(command: &Command) -> Result<(), Error> {
    let Command::Check { file, strict } = command;
    let report = loader::cli_check(file, *strict);
    print!("{}", report.text);
    if report.exit_code == 0 { Ok(()) } else { Err(Error::CycleFile(report.exit_code)) }
}
