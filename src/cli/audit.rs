//! `title-review audit …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Error;
use crate::audit::heads::file;
use crate::audit::{self, Fault, Witnesses};
use crate::config::Config;
use crate::db;
use crate::keys::{AuditPublicKeys, KeyRing};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check the whole record and name the first row that is not as it was written
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A file of exported heads; without it the one in `audit.heads_folder`, if it is there
    #[arg(long, value_name = "FILE")]
    heads: Vec<PathBuf>,
    /// Public keys of signed heads (a JSON Web Key Set): with them a copy is checked without the key ring, and without its seal
    #[arg(long, value_name = "FILE")]
    public_keys: Option<PathBuf>,
    /// Compare every row of the tables with what its act wrote, too, and name table, row and column; needs the key ring
    #[arg(long)]
    rows: bool,
}

pub(super) fn run(command: &Command, config: &Config) -> Result<(), Error> {
    match command {
        Command::Verify(options) => verify(options, config),
    }
}

fn verify(options: &Verify, config: &Config) -> Result<(), Error> {
    let file = |path: &PathBuf| {
        let what = path.display().to_string();
        move |error| Error::File { what, error }
    };
    let exported = |place: String, reason: String| Error::Audit(Fault::Exported { place, reason });
    let mut witnesses = Witnesses::default();
    if let Some(path) = &options.public_keys {
        let text = std::fs::read_to_string(path).map_err(file(path))?;
        witnesses.public = AuditPublicKeys::parse(&text).map_err(|reason| exported(path.display().to_string(), reason))?;
    }
    let keys = match KeyRing::load_existing(&config.keys) {
        Ok(keys) => Some(keys),
        Err(_) if options.public_keys.is_some() => None,
        Err(error) => return Err(error.into()),
    };
    witnesses.keys = keys.as_ref();
    let own = config.audit.heads_folder.join(file::FILE);
    let files = if options.heads.is_empty() && own.exists() { vec![own] } else { options.heads.clone() };
    for path in files {
        let place = path.display().to_string();
        let heads = file::read_heads(&path).map_err(|reason| exported(place.clone(), reason))?;
        witnesses.exported.push((place, heads));
    }
    let mut conn = db::open_copy(&config.database)?;
    let verified = audit::verify_against(&mut conn, &witnesses)?;
    let seal = if keys.is_some() { "" } else { "; without the key ring the seal was not checked" };
    println!("{} rows, whole; head {}; {} signed heads agree{seal}", verified.rows, verified.head, verified.heads);
    if !options.rows {
        return Ok(());
    }
    let keys = keys.ok_or_else(|| Error::Refused("`--rows` needs the key ring".to_owned()))?;
    let compared = audit::rows::verify_rows(&mut conn, &keys)?;
    for fault in &compared.faults {
        println!("{fault}");
    }
    if compared.differ > 0 {
        return Err(Error::Refused(format!("{} rows or columns are not what the audit log proves", compared.differ)));
    }
    println!("{} rows are what their acts wrote", compared.rows);
    Ok(())
}
