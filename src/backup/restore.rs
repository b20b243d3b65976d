//! An archive into an empty place.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::rt::SystemRunner;
use tokio::io::{AsyncRead, ReadBuf};

use super::check::{self, Sink};
use super::create::Work;
use super::error::at;
use super::manifest::Manifest;
use super::{BackupKey, Error};
use crate::audit::heads::file as heads;
use crate::config::{Config, DatabaseConfig};
use crate::db::copy::{self, Filling, Kind};
use crate::key_management;
use crate::keys::{self, KeyFile, KeyRing};
use crate::storage::Storage;
use crate::{audit, db};

/// The file that says: a restore did not end here.
const MARK: &str = "restore-unfinished";
const MARK_TEXT: &str =
    "`title-review restore` did not end here. Run it again with the same archive: until then no server starts on this folder.\n";

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the archive is of.
    pub manifest: Manifest,
    /// Whether an earlier attempt had done all but the last step.
    pub was_there: bool,
}

/// Refuses a data folder in which a restore did not end.
///
/// # Errors
/// [`Error::NotEmpty`] says what to do.
pub fn refuse_unfinished(config: &Config) -> Result<(), Error> {
    let mark = config.data.join(MARK);
    if mark.exists() {
        return Err(Error::NotEmpty(format!(
            "{}: a restore did not end in this data folder; run it again with the same archive",
            mark.display()
        )));
    }
    Ok(())
}

/// Restores an archive into an empty place. Reads all of it before anything is written.
pub fn restore(config: &Config, key: &BackupKey, runtime: &SystemRunner, archive: &Path) -> Result<Restored, Error> {
    let mut carried = Carried::default();
    let (manifest, _) = check::walk(archive, key, &mut carried)?;
    let (kind, file) = copy::kind(&config.database)?;
    if kind != manifest.kind {
        return Err(Error::NotEmpty(format!("the archive is of {:?}, database.url names {kind:?}", manifest.kind)));
    }
    let ring = ring(config, &manifest, carried.keys.as_deref())?;
    refuse_longer_heads(config, &manifest)?;
    let storage = Storage::named_by(&config.storage)?;
    let work = Work::begin(config)?;
    let mark = config.data.join(MARK);
    if mark.exists() {
        if kind == Kind::Postgres && is_filled(&config.database, &manifest)? {
            // All but taking the mark away was done.
            remove_mark(config, &mark)?;
            return Ok(Restored { manifest, was_there: true });
        }
        for path in file.iter().flat_map(|path| files_of(path)) {
            remove_file(&path)?;
        }
    } else {
        refuse_not_empty(config, file.as_deref(), &storage, runtime)?;
        keys::write_private(&mark, MARK_TEXT, true).map_err(at(&mark))?;
    }
    let mut place = Place { config, runtime, storage, file: file.as_deref(), filling: None };
    let (_, objects) = check::walk(archive, key, &mut place)?;
    match (place.filling.take(), file) {
        (Some(mut filling), _) => {
            filling.bind()?;
            check::refuse_unlike(&mut filling.conn, &manifest, &objects, Some(&ring))?;
            filling.finish()?;
        }
        (None, Some(path)) => {
            let restoring = restoring(&path);
            let database = DatabaseConfig { url: format!("sqlite:{}", restoring.display()), ..DatabaseConfig::default() };
            check::refuse_unlike(&mut db::open_copy(&database)?, &manifest, &objects, Some(&ring))?;
            fs::rename(&restoring, &path).map_err(at(&path))?;
            sync_folder_of(&path)?;
        }
        (None, None) => return Err(Error::Unlike("there is no database".to_owned())),
    }
    drop(work);
    remove_mark(config, &mark)?;
    Ok(Restored { manifest, was_there: false })
}

/// The keys that the archive itself has.
#[derive(Default)]
struct Carried {
    keys: Option<String>,
}

impl Sink for Carried {
    fn keys(&mut self, text: &str) -> Result<(), Error> {
        self.keys = Some(text.to_owned());
        Ok(())
    }
}

/// The key ring of the archived database: the one that is there, or the one in the archive.
fn ring(config: &Config, manifest: &Manifest, carried: Option<&str>) -> Result<KeyRing, Error> {
    let path = &config.keys.file;
    let is_there = !config.keys.inline.is_empty() || path.try_exists().map_err(at(path))?;
    let ring = match carried {
        Some(text) if !is_there => {
            let file = KeyFile::parse(text).map_err(Error::Unlike)?;
            KeyRing::from_file(&file)?
        }
        None if !is_there => {
            return Err(Error::NotEmpty(format!(
                "keys.file {} is not there and not in the archive: put the copy of the database's key file there first",
                path.display()
            )));
        }
        _ => KeyRing::load_existing(&config.keys)?,
    };
    if let Some(kept) = &manifest.keys_check {
        key_management::refuse_other(kept, &ring)?;
    }
    Ok(ring)
}

/// Exported heads of rows that the archive does not have would make every later check say that rows are missing, which is true.
fn refuse_longer_heads(config: &Config, manifest: &Manifest) -> Result<(), Error> {
    let path = config.audit.heads_folder.join(heads::FILE);
    if !path.exists() {
        return Ok(());
    }
    let exported = heads::read_heads(&path).map_err(|reason| Error::NotEmpty(format!("{}: {reason}", path.display())))?;
    match exported.last() {
        Some((_, last)) if last.seq > manifest.audit_seq => Err(Error::NotEmpty(format!(
            "{} names row {} of the audit log, the archive ends at row {}: keep that file with the incident's papers and set audit.heads_folder to another folder",
            path.display(),
            last.seq,
            manifest.audit_seq
        ))),
        _ => Ok(()),
    }
}

fn is_filled(config: &DatabaseConfig, manifest: &Manifest) -> Result<bool, Error> {
    let mut conn = db::open_copy(config)?;
    if copy::tables(&mut conn)?.is_empty() {
        return Ok(false);
    }
    let (seq, hash) = audit::find_head(&mut conn)?;
    if (seq, hash) == (manifest.audit_seq, manifest.audit_hash.clone()) && copy::count_all(&mut conn)? == manifest.tables {
        Ok(true)
    } else {
        Err(Error::NotEmpty("database.url: the database is not empty, and is not the one of the archive".to_owned()))
    }
}

fn refuse_not_empty(config: &Config, file: Option<&Path>, storage: &Storage, runtime: &SystemRunner) -> Result<(), Error> {
    let refuse = |what: String| Err(Error::NotEmpty(format!("{what}: restore writes only into an empty place")));
    match file {
        Some(path) => {
            if let Some(there) = files_of(path).into_iter().find(|path| path.exists()) {
                return refuse(format!("{} is there", there.display()));
            }
        }
        None => {
            if !copy::tables(&mut db::open_copy(&config.database)?)?.is_empty() {
                return refuse("database.url: the database has tables".to_owned());
            }
        }
    }
    // Objects in a bucket may have outlived the database: under a hash nothing else can stand.
    if config.storage.url.is_empty() && !runtime.block_on(storage.is_empty())? {
        return refuse(format!("storage.folder {} holds objects", config.storage.folder.display()));
    }
    Ok(())
}

/// A database of SQLite, what lies beside it, and what a restore writes first.
fn files_of(path: &Path) -> Vec<PathBuf> {
    let with = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    vec![path.to_path_buf(), with("-wal"), with("-shm"), with("-journal"), restoring(path)]
}

fn restoring(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".restoring");
    PathBuf::from(name)
}

fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn remove_mark(config: &Config, mark: &Path) -> Result<(), Error> {
    remove_file(mark)?;
    File::open(&config.data).and_then(|folder| folder.sync_all()).map_err(at(&config.data))
}

fn sync_folder_of(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Where the parts go.
struct Place<'a> {
    config: &'a Config,
    runtime: &'a SystemRunner,
    storage: Storage,
    file: Option<&'a Path>,
    filling: Option<Filling>,
}

impl Sink for Place<'_> {
    fn manifest(&mut self, manifest: &Manifest) -> Result<(), Error> {
        if manifest.kind == Kind::Postgres {
            self.filling = Some(Filling::begin(&self.config.database, &manifest.migrations)?);
        }
        Ok(())
    }

    fn database(&mut self, content: &mut dyn Read) -> Result<(), Error> {
        let Some(path) = self.file else { return Err(Error::Unlike("a file for PostgreSQL".to_owned())) };
        let path = restoring(path);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(at(&path))?;
        std::io::copy(content, &mut file)?;
        file.sync_all().map_err(at(&path))
    }

    fn rows(&mut self, table: &str, rows: &str) -> Result<(), Error> {
        let Some(filling) = &mut self.filling else { return Err(Error::Unlike("rows for SQLite".to_owned())) };
        copy::insert_batch(&mut filling.conn, table, rows)?;
        Ok(())
    }

    fn object(&mut self, sha256: &str, content: &mut dyn Read) -> Result<(), Error> {
        let storage = &self.storage;
        self.runtime.block_on(async { storage.keep(sha256, &mut Blocking(content)).await })?;
        Ok(())
    }

    fn keys(&mut self, text: &str) -> Result<(), Error> {
        let path = &self.config.keys.file;
        if self.config.keys.inline.is_empty() {
            keys::write_private(path, text, false).map_err(at(path))?;
        }
        Ok(())
    }
}

/// A file that is read by nobody else on this thread, as something to wait for.
struct Blocking<'a>(&'a mut dyn Read);

impl AsyncRead for Blocking<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let read = self.0.read(buffer.initialize_unfilled())?;
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}
