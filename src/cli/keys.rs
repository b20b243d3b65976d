//! `title-review keys …`

use chrono::TimeDelta;
use clap::{Args, Subcommand, ValueEnum};

use super::Error;
use crate::config::Config;
use crate::db::Db;
use crate::key_management::{self, Kind};
use title_review_core::clock::{Clock as _, SystemClock};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a key that takes over; running servers read it within seconds
    Rotate(Rotate),
    /// Every key: id, purpose, state, from when on, and how many values are sealed with it. Never secrets
    List,
    /// Take a key out that nothing needs any more
    Retire(Retire),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Purpose {
    /// Sealing ID numbers, phones and other personal fields
    Field,
    /// Signing access tokens
    Signing,
}

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// Which kind of key
    #[arg(value_enum)]
    kind: Purpose,
    /// Seconds until it takes over. Until then it opens or checks and is published: by default 10 for fields, 300 for tokens
    #[arg(long = "in", value_name = "SECONDS")]
    wait: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct Retire {
    /// Its id
    id: String,
    /// Somebody else has this signing key: tokens signed with it end at once
    #[arg(long)]
    compromised: bool,
}

pub(super) fn run(command: &Command, config: &Config) -> Result<(), Error> {
    let path = key_management::path_of(&config.keys)?;
    let now = SystemClock::new().now();
    match command {
        Command::Rotate(rotate) => {
            let (kind, usual) = match rotate.kind {
                Purpose::Field => (Kind::Field, 10),
                Purpose::Signing => (Kind::Signing, 300),
            };
            let wait = TimeDelta::seconds(i64::from(rotate.wait.unwrap_or(usual)));
            let id = key_management::rotate(&path, kind, now, wait)?;
            println!("{id} takes over {}. Keep a copy of {} apart from the backups.", now.plus(wait), path.display());
            Ok(())
        }
        Command::List => {
            let lines = on_database(config, move |conn| key_management::list(&path, conn, now))?;
            println!("{:<14} {:<8} {:<8} {:<26} ROWS", "ID", "KIND", "STATE", "FROM");
            for line in lines {
                let from = line.from.map_or_else(|| "-".to_owned(), |from| from.to_string());
                let places = line.rows.iter().map(|(place, count)| format!("{place} {count}")).collect::<Vec<_>>().join(", ");
                let total: i64 = line.rows.values().sum();
                let places = if places.is_empty() { places } else { format!(" ({places})") };
                println!("{:<14} {:<8} {:<8} {from:<26} {total}{places}", line.id, line.kind.as_str(), line.state);
            }
            Ok(())
        }
        Command::Retire(retire) => {
            let (id, compromised) = (retire.id.clone(), retire.compromised);
            on_database(config, move |conn| key_management::retire(&path, conn, &id, now, compromised))?;
            println!("{} is retired. Backups sealed with it need it: keep its copy as long as them.", retire.id);
            Ok(())
        }
    }
}

fn on_database<T: Send + 'static>(
    config: &Config,
    f: impl FnOnce(&mut crate::db::Conn) -> Result<T, key_management::Refused> + Send + 'static,
) -> Result<T, Error> {
    let db = Db::open(&config.database)?;
    Ok(actix_web::rt::System::new().block_on(db.read(f))?)
}
