//! `admin create`: the first administrators. There are no default accounts.

use std::io::{BufRead, IsTerminal, Write};

use clap::{Args, Subcommand, ValueEnum};

use super::Error;
use crate::config::Config;
use crate::keys::KeyRing;
use crate::problem::describe;
use crate::server::{Environment, assemble};
use title_review_core::vocabulary::Role;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an administrator; the password is read from the environment variable `TITLE_REVIEW_ADMIN_PASSWORD` or from standard input
    Create(Create),
    /// Take away the second factor of an account and print a token, good once, with which its owner sets a new password: for whoever has no other
    /// administrator to ask
    Reset(Reset),
}

#[derive(Debug, Args)]
pub(super) struct Reset {
    /// What its owner signs in with
    #[arg(long)]
    login: String,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Which of the three, who are kept apart
    #[arg(long, value_enum, default_value = "system")]
    role: Kind,
    /// What the administrator signs in with
    #[arg(long)]
    login: String,
    /// Name of the person
    #[arg(long, default_value = "管理员")]
    name: String,
}

/// The three administrators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Enters organisations and staff, maintains the cycles
    System,
    /// Gives and ends roles, suspends accounts
    Security,
    /// Reads the audit log
    Audit,
}

impl Kind {
    const fn role(self) -> Role {
        match self {
            Self::System => Role::SystemAdministrator,
            Self::Security => Role::SecurityAdministrator,
            Self::Audit => Role::AuditAdministrator,
        }
    }
}

pub(super) fn run(command: &Command, config: Config) -> Result<(), Error> {
    match command {
        Command::Create(create) => self::create(create, config),
        Command::Reset(reset) => self::reset(reset, config),
    }
}

fn reset(reset: &Reset, config: Config) -> Result<(), Error> {
    let keys = KeyRing::load_existing(&config.keys)?;
    let environment = Environment::real(&config);
    actix_web::rt::System::new().block_on(async {
        let app = assemble(config, keys, environment).await?;
        let made = crate::passwords::reset_from_host(&app, &reset.login).await.map_err(|error| Error::Refused(describe(error)))?;
        println!("token for POST /v1/password-resets, until {}:\n{}", made.expires_at, made.token);
        Ok(())
    })
}

fn create(create: &Create, config: Config) -> Result<(), Error> {
    let password = password()?;
    let file = |error| Error::File { what: config.data.display().to_string(), error };
    config.create_data_folder().map_err(file)?;
    let keys = KeyRing::load(&config.keys, &config.data)?;
    let environment = Environment::real(&config);
    actix_web::rt::System::new().block_on(async {
        let app = assemble(config, keys, environment).await?;
        crate::accounts::create_administrator(&app, create.role.role(), &create.login, &create.name, &password)
            .await
            .map_err(|error| Error::Refused(describe(error)))?;
        println!("{} {} created", create.role.role().en(), create.login);
        Ok(())
    })
}

fn password() -> Result<String, Error> {
    if let Ok(password) = std::env::var("TITLE_REVIEW_ADMIN_PASSWORD") {
        return Ok(password);
    }
    let file = |error| Error::File { what: "standard input".to_owned(), error };
    if std::io::stdin().is_terminal() {
        print!("password: ");
        std::io::stdout().flush().map_err(file)?;
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(file)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
