//! Making an archive.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use actix_web::rt::SystemRunner;
use data_encoding::HEXLOWER;
use futures_util::StreamExt as _;

use super::archive::Writer;
use super::check::{self, Object, list_objects};
use super::error::at;
use super::manifest::{Entry, Manifest};
use super::{BackupKey, Error};
use crate::config::{Config, DatabaseConfig};
use crate::db::copy::{self, Kind};
use crate::db::{self, Conn};
use crate::key_management;
use crate::keys::KeyRing;
use crate::storage::Storage;
use crate::{audit, db::Error as DbError};
use title_review_core::clock::Instant;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The archive, or a folder in which it gets a name by the time.
    pub to: PathBuf,
    /// Whether it is tried out.
    pub verify: bool,
    /// Whether the key file goes into it.
    pub with_keys: bool,
}

/// The one backup or restore that works in a data folder, and its folder for copies, gone with it.
pub struct Work {
    /// The folder for copies.
    pub folder: PathBuf,
    _lock: File,
}

impl Work {
    /// Takes the data folder; what a killed one left behind is removed.
    ///
    /// # Errors
    /// [`Error::AtWork`] if another one has it.
    pub fn begin(config: &Config) -> Result<Self, Error> {
        config.create_data_folder().map_err(at(&config.data))?;
        let lock_path = config.data.join("backup.lock");
        let lock = File::options().create(true).append(true).open(&lock_path).map_err(at(&lock_path))?;
        lock.try_lock().map_err(|_| Error::AtWork(lock_path.display().to_string()))?;
        let folder = config.data.join("backup.work");
        remove(&folder)?;
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(at(&folder))?;
        Ok(Self { folder, _lock: lock })
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next one.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}

/// Makes an archive of a database that may be in use. Under its name there is nothing, or all of it, tried out and on the disk.
pub fn create(
    config: &Config,
    ring: &KeyRing,
    key: &BackupKey,
    now: Instant,
    runtime: &SystemRunner,
    options: &Options,
) -> Result<(PathBuf, Manifest), Error> {
    let to = if options.to.is_dir() {
        options.to.join(format!("title-review-{}.backup", now.naive_utc().format("%Y%m%dT%H%M%SZ")))
    } else {
        options.to.clone()
    };
    if to.try_exists().map_err(at(&to))? {
        return Err(Error::NotEmpty(format!("{} is there already", to.display())));
    }
    let work = Work::begin(config)?;
    let mut part = to.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = write(config, ring, key, now, runtime, options.with_keys, &part, &work.folder)
        .and_then(|manifest| if options.verify { tried_out(&part, key, ring, &work.folder, manifest) } else { Ok(manifest) });
    let named = written.and_then(|manifest| {
        fs::rename(&part, &to).map_err(at(&to))?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
        Ok(manifest)
    });
    if named.is_err() {
        let _ = fs::remove_file(&part);
    }
    named.map(|manifest| (to, manifest))
}

fn tried_out(part: &Path, key: &BackupKey, ring: &KeyRing, work: &Path, made: Manifest) -> Result<Manifest, Error> {
    let read = check::check(part, key, Some(ring), work)?;
    if read == made { Ok(read) } else { Err(Error::Unlike("another manifest".to_owned())) }
}

#[expect(clippy::too_many_arguments, reason = "called once, by the function above")]
fn write(
    config: &Config,
    ring: &KeyRing,
    key: &BackupKey,
    now: Instant,
    runtime: &SystemRunner,
    with_keys: bool,
    part: &Path,
    work: &Path,
) -> Result<Manifest, Error> {
    let (kind, _) = copy::kind(&config.database)?;
    let copied = work.join("copy.db");
    let (mut conn, file) = match kind {
        Kind::Sqlite => {
            copy::copy_file(&config.database, &copied)?;
            let database = DatabaseConfig { url: format!("sqlite:{}", copied.display()), ..DatabaseConfig::default() };
            (db::open_copy(&database)?, Some(File::open(&copied).map_err(at(&copied))?))
        }
        // One transaction, in which the database stays as it was at its first query.
        Kind::Postgres => (db::open_copy(&config.database)?, None),
    };
    key_management::refuse_unfit(&mut conn, ring)?;
    let objects = list_objects(&mut conn)?;
    let manifest = describe(&mut conn, ring, kind, now, with_keys, &objects)?;
    let mut archive = Writer::begin(BufWriter::new(create_private(part)?), key)?;
    let text = serde_json::to_vec(&manifest).map_err(std::io::Error::other)?;
    archive.whole(Entry::Manifest, &text)?;
    match file {
        Some(mut file) => {
            let mut content = archive.part(Entry::Database)?;
            std::io::copy(&mut file, &mut content)?;
            content.end()?;
        }
        None => write_rows(&mut conn, &manifest, &mut archive)?,
    }
    // A long transaction keeps PostgreSQL from tidying up.
    drop(conn);
    let mut content = archive.part(Entry::Objects)?;
    for (sha256, size) in &objects {
        content.write_all(format!("{} {size}\n", HEXLOWER.encode(sha256)).as_bytes())?;
    }
    content.end()?;
    let storage = Storage::named_by(&config.storage)?;
    for (sha256, _) in &objects {
        runtime.block_on(write_object(&storage, &HEXLOWER.encode(sha256), &mut archive))?;
    }
    if with_keys {
        let path = key_management::path_of(&config.keys).map_err(|error| Error::NotEmpty(format!("--with-keys: {error}")))?;
        archive.whole(Entry::Keys, &fs::read(&path).map_err(at(&path))?)?;
    }
    let file = archive.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all().map_err(at(part))?;
    Ok(manifest)
}

fn create_private(path: &Path) -> Result<File, Error> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(at(path))
}

fn describe(
    conn: &mut Conn,
    ring: &KeyRing,
    kind: Kind,
    now: Instant,
    with_keys: bool,
    objects: &[Object],
) -> Result<Manifest, Error> {
    let (audit_seq, audit_hash) = audit::find_head(conn)?;
    Ok(Manifest {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now,
        kind,
        migrations: copy::migrations(conn)?,
        tables: copy::count_all(conn)?,
        audit_seq,
        audit_hash,
        objects: objects.len() as u64,
        object_bytes: objects.iter().map(|(_, size)| size).sum(),
        keys_check: key_management::find_check(conn)?,
        audit_key: ring.audit_key()?.public(),
        with_keys,
    })
}

fn write_rows(conn: &mut Conn, manifest: &Manifest, archive: &mut Writer<impl std::io::Write>) -> Result<(), Error> {
    for table in manifest.tables.keys() {
        let mut content = archive.part(Entry::Rows { table: table.clone() })?;
        copy::each_batch(conn, table, |rows| {
            let length = u32::try_from(rows.len()).map_err(|_| DbError::Unreadable(format!("rows of {table}")))?;
            content.write_all(&length.to_be_bytes())?;
            Ok::<_, Error>(content.write_all(rows.as_bytes())?)
        })?;
        content.end()?;
    }
    Ok(())
}

async fn write_object(storage: &Storage, sha256: &str, archive: &mut Writer<impl std::io::Write>) -> Result<(), Error> {
    let lost = |reason: String| Error::Object { sha256: sha256.to_owned(), reason };
    let mut bytes = storage.read(sha256, None).await.map_err(|error| lost(error.to_string()))?;
    let mut content = archive.part(Entry::Object { sha256: sha256.to_owned() })?;
    while let Some(piece) = bytes.next().await {
        content.write_all(&piece.map_err(|error| lost(error.to_string()))?)?;
    }
    content.end()
}
