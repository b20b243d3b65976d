//! `title-review backup` and `title-review restore`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Error;
use crate::backup::{self, BackupKey, Manifest, Options};
use crate::config::Config;
use crate::keys::KeyRing;
use title_review_core::clock::{Clock as _, SystemClock};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Backup {
    /// The archive, or a folder in which it gets a name by the time
    #[arg(long, value_name = "FILE", required = true)]
    to: Option<PathBuf>,
    /// Do not try it out: whether it can be restored is not known then
    #[arg(long)]
    no_verify: bool,
    /// Put the key file into the archive as well: whoever has the backup key then reads everything
    #[arg(long)]
    with_keys: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the key of backups at `backup.key_file`
    Keygen,
    /// Try an archive out: read all of it, restore its database into a temporary place, check that
    Check {
        /// The archive
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The archive
    file: PathBuf,
}

pub(super) fn run(backup: &Backup, config: &Config) -> Result<(), Error> {
    match (&backup.command, &backup.to) {
        (Some(Command::Keygen), _) => {
            let path = &config.backup.key_file;
            let key = BackupKey::generate(path)?;
            println!(
                "{} made in {}. Keep it, and a copy, apart from the data folder and from the archives.",
                key.id(),
                path.display()
            );
            Ok(())
        }
        (Some(Command::Check { file }), _) => {
            let key = BackupKey::load(&config.backup)?;
            let has_keys = !config.keys.inline.is_empty() || config.keys.file.exists();
            let ring = has_keys.then(|| KeyRing::load_existing(&config.keys)).transpose()?;
            let work = backup::Work::begin(config)?;
            let manifest = backup::check(file, &key, ring.as_ref(), &work.folder)?;
            let seal = if ring.is_some() { "" } else { "; without the key ring the seal of the record was not checked" };
            println!("{}: can be restored{seal}", file.display());
            print!("{}", summary(&manifest));
            Ok(())
        }
        (None, Some(to)) => {
            let key = BackupKey::load(&config.backup)?;
            let ring = KeyRing::load_existing(&config.keys)?;
            let runtime = actix_web::rt::System::new();
            let options = Options { to: to.clone(), verify: !backup.no_verify, with_keys: backup.with_keys };
            let (path, manifest) = backup::create(config, &ring, &key, SystemClock::new().now(), &runtime, &options)?;
            let tried = if options.verify { "made and tried out" } else { "made, NOT tried out" };
            println!("{}: {tried}", path.display());
            print!("{}", summary(&manifest));
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

pub(super) fn restore(restore: &Restore, config: &Config) -> Result<(), Error> {
    let key = BackupKey::load(&config.backup)?;
    let runtime = actix_web::rt::System::new();
    let restored = backup::restore(config, &key, &runtime, &restore.file)?;
    let how = if restored.was_there { "had been restored; the mark is taken away" } else { "restored" };
    println!("{}: {how}", restore.file.display());
    print!("{}", summary(&restored.manifest));
    Ok(())
}

fn summary(manifest: &Manifest) -> String {
    let Manifest { program, made_at, audit_seq, audit_hash, objects, object_bytes, .. } = manifest;
    let rows: u64 = manifest.tables.values().sum();
    let keys = if manifest.with_keys { "in it" } else { "not in it" };
    format!(
        "made {made_at} by version {program}; {rows} rows in {} tables; {objects} files with {object_bytes} bytes; keys {keys}\n\
         audit log: {audit_seq} rows, head {audit_hash}\n",
        manifest.tables.len()
    )
}
