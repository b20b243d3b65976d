//! `title-review audit …`

use clap::Subcommand;

use super::Error;
use crate::audit;
use crate::config::Config;
use crate::db::Db;
use crate::keys::KeyRing;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check the whole record and name the first row that is not as it was written
    Verify,
}

pub(super) fn run(command: &Command, config: &Config) -> Result<(), Error> {
    match command {
        Command::Verify => verify(config),
    }
}

fn verify(config: &Config) -> Result<(), Error> {
    let keys = KeyRing::load_existing(&config.keys)?;
    let db = Db::open(&config.database)?;
    let verified = actix_web::rt::System::new().block_on(db.read(move |conn| audit::verify(conn, &keys)))?;
    println!("{} rows, whole; head {}", verified.rows, verified.head);
    Ok(())
}
