//! The commands.

mod admin;
mod audit;
mod backup;
mod clock;
mod cycle;
mod doctor;
mod keys;
mod privacy;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{BadConfig, Config, Flags, Sources};
use crate::operation::upgrades;
use crate::{db, telemetry};
use title_review_core::clock::{Clock as _, SystemClock};

/// Runs a prefecture's professional-title review, from first login to a certificate anyone can check.
#[derive(Debug, Parser)]
#[command(name = "title-review", version)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where the data is: the same for every command.
#[derive(Debug, Args)]
struct Place {
    /// Configuration file (TOML); see docs/configuration.md
    #[arg(long, global = true, env = "TITLE_REVIEW_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Administrators
    #[command(subcommand)]
    Admin(admin::Command),
    /// Print the OpenAPI document
    Openapi {
        /// The 3.0.3 variant for older generators
        #[arg(long)]
        legacy: bool,
    },
    /// Bring the database's schema up to date
    Migrate,
    /// Print the configuration that is in effect, without secrets
    Config,
    /// The audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Keys of personal fields and tokens (docs/keys.md)
    #[command(subcommand)]
    Keys(keys::Command),
    /// Personal data after the retention (docs/privacy.md)
    #[command(subcommand)]
    Privacy(privacy::Command),
    /// Business time and the host's clock
    #[command(subcommand)]
    Clock(clock::Command),
    /// Make an encrypted archive of all data while the server runs, and try it out
    Backup(backup::Backup),
    /// Look at everything that a server needs: a line each, and what to do. Exit code 1 if anything fails
    Doctor(doctor::Doctor),
    /// Restore an archive into an empty data folder and database
    Restore(backup::Restore),
    /// Cycle files
    #[command(subcommand)]
    Cycle(cycle::Command),
}

/// Why a command ended without doing what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] crate::keys::Error),
    /// A command on keys.
    #[error(transparent)]
    KeysRefused(#[from] crate::key_management::Refused),
    /// The file system.
    #[error("{what}: {error}")]
    File {
        /// What was tried.
        what: String,
        /// What came of it.
        error: std::io::Error,
    },
    /// The server does not start.
    #[error(transparent)]
    Start(#[from] crate::server::Error),
    /// The rules refuse it; the problem's code.
    #[error("refused: {0}")]
    Refused(String),
    /// A backup is not made, or an archive not taken.
    #[error(transparent)]
    Backup(#[from] crate::backup::Error),
    /// Something fails; its findings are printed.
    #[error("something is wrong")]
    Ill,
    /// The audit log was changed.
    #[error(transparent)]
    Audit(#[from] crate::audit::Fault),
    /// The cycle file cannot be loaded; its findings are printed. Carries the exit code.
    #[error("the cycle file is refused")]
    CycleFile(u8),
}

/// Runs the command that the process was started with. Exit code 2: refused before anything was done; 1: failed.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("title-review: {error}");
            ExitCode::from(match error {
                Error::Config(_) => 2,
                Error::CycleFile(code) => code,
                _ => 1,
            })
        }
    }
}

fn run(cli: Cli) -> Result<(), Error> {
    match cli.command {
        Command::Serve(flags) => {
            let flags = Flags { listen: flags.listen, sandbox: flags.sandbox, ..Flags::default() };
            Ok(crate::server::run(load(cli.place, flags)?)?)
        }
        Command::Admin(command) => admin::run(&command, load(cli.place, Flags::default())?),
        Command::Openapi { legacy } => {
            print!("{}", crate::server::openapi_text(legacy));
            Ok(())
        }
        Command::Migrate => migrate(&load(cli.place, Flags::default())?),
        Command::Config => {
            print!("{}", load(cli.place, Flags::default())?.to_toml());
            Ok(())
        }
        Command::Audit(command) => audit::run(&command, &load(cli.place, Flags::default())?),
        Command::Keys(command) => keys::run(&command, &load(cli.place, Flags::default())?),
        Command::Privacy(command) => privacy::run(&command, load(cli.place, Flags::default())?),
        Command::Clock(command) => clock::run(&command, load(cli.place, Flags::default())?),
        Command::Backup(command) => backup::run(&command, &load(cli.place, Flags::default())?),
        Command::Doctor(command) => doctor::run(&command, &load(cli.place, Flags::default())?),
        Command::Restore(command) => backup::restore(&command, &load(cli.place, Flags::default())?),
        Command::Cycle(command) => cycle::run(&command),
    }
}

/// The configuration of this process, and its logs.
fn load(place: Place, flags: Flags) -> Result<Config, Error> {
    // A variable that is not UTF-8 is none of ours, or refused as an unknown key by its readable part.
    let environment = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    let flags = Flags { data: place.data, database: place.database, ..flags };
    let config = Config::load(&Sources { file: place.config, environment, flags })?;
    telemetry::start(&config.log);
    Ok(config)
}

fn migrate(config: &Config) -> Result<(), Error> {
    crate::backup::refuse_unfinished(config)?;
    config.create_data_folder().map_err(|error| Error::File { what: config.data.display().to_string(), error })?;
    let applied = db::migrate(&config.database)?;
    let (names, now) = (applied.clone(), SystemClock::new().now());
    let db = db::Db::open(&config.database)?;
    actix_web::rt::System::new().block_on(db.write(move |conn| upgrades::note(conn, now, &names)))?;
    if applied.is_empty() {
        println!("nothing to do: the schema is up to date");
    }
    for name in applied {
        println!("applied {name}");
    }
    Ok(())
}
