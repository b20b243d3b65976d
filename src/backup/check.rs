//! Reading an archive from its first byte to its last, and trying it out.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use super::archive::{Content, Reader};
use super::error::at;
use super::manifest::{Ends, Entry, Manifest};
use super::{BackupKey, Error};
use crate::audit;
use crate::config::{DatabaseConfig, Synchronous};
use crate::db::copy::{self, Filling, Kind};
use crate::db::{self, Conn};
use crate::keys::KeyRing;
use crate::records::evidence;

/// Hash and size of an object.
pub type Object = ([u8; 32], u64);

/// Objects that are asked of the database at once.
pub(super) const BATCH: i64 = 1000;

/// What is done with the parts of an archive; by default nothing.
pub trait Sink {
    /// What the archive is of. Comes first.
    fn manifest(&mut self, _manifest: &Manifest) -> Result<(), Error> {
        Ok(())
    }
    /// The file of an SQLite database.
    fn database(&mut self, _content: &mut dyn Read) -> Result<(), Error> {
        Ok(())
    }
    /// Some rows of a table of PostgreSQL.
    fn rows(&mut self, _table: &str, _rows: &str) -> Result<(), Error> {
        Ok(())
    }
    /// An object. What is not read is checked all the same.
    fn object(&mut self, _sha256: &str, _content: &mut dyn Read) -> Result<(), Error> {
        Ok(())
    }
    /// The key file.
    fn keys(&mut self, _text: &str) -> Result<(), Error> {
        Ok(())
    }
}

/// Nothing is done with it.
impl Sink for () {}

fn unlike<T>(what: impl Into<String>) -> Result<T, Error> {
    Err(Error::Unlike(what.into()))
}

/// Reads the whole archive and holds every part against the manifest, the list of objects and the hashes at its end.
pub fn walk(path: &Path, key: &BackupKey, sink: &mut impl Sink) -> Result<(Manifest, Vec<Object>), Error> {
    let file = File::open(path).map_err(at(path))?;
    let mut archive = Reader::begin(file, key)?;
    let (mut manifest, mut objects, mut ends) = (None::<Manifest>, Vec::<Object>::new(), None::<Ends>);
    let (mut found, mut taken) = (Ends::default(), 0);
    while let Some((entry, mut content)) = archive.next_part()? {
        if ends.is_some() {
            return unlike("something stands behind its end");
        }
        if manifest.is_none() != (entry == Entry::Manifest) {
            return unlike("the manifest does not come first, once");
        }
        match &entry {
            Entry::Manifest => {
                let read: Manifest = parse(&mut content)?;
                sink.manifest(&read)?;
                manifest = Some(read);
            }
            Entry::Database => sink.database(&mut content)?,
            Entry::Rows { table } => each_batch(&mut content, |rows| sink.rows(table, rows))?,
            Entry::Objects => objects = list(&mut content)?,
            Entry::Object { sha256 } => {
                let Some((wanted, _)) = objects.get(taken) else { return unlike(format!("object {sha256} is not on its list")) };
                let wanted = HEXLOWER.encode(wanted);
                if wanted != *sha256 {
                    return Err(Error::MissingObject(wanted));
                }
                sink.object(sha256, &mut content)?;
            }
            Entry::Keys => {
                let mut text = String::new();
                content.read_to_string(&mut text)?;
                sink.keys(&text)?;
            }
            Entry::End => ends = Some(parse(&mut content)?),
        }
        let (bytes, hash) = content.end()?;
        if let Entry::Object { sha256 } = &entry {
            if hash != *sha256 || bytes != objects[taken].1 {
                return unlike(format!("object {sha256} has other bytes"));
            }
            taken += 1;
        }
        if let Some(name) = entry.name() {
            found.parts.insert(name, (bytes, hash));
        }
    }
    let Some(manifest) = manifest else { return unlike("there is no manifest") };
    if let Some((missing, _)) = objects.get(taken) {
        return Err(Error::MissingObject(HEXLOWER.encode(missing)));
    }
    if ends.as_ref() != Some(&found) {
        return unlike("the parts are not those of its end");
    }
    let bytes: u64 = objects.iter().map(|(_, size)| size).sum();
    if (manifest.objects, manifest.object_bytes) != (objects.len() as u64, bytes) {
        return unlike("other objects");
    }
    let whole = match manifest.kind {
        Kind::Sqlite => found.parts.contains_key("database"),
        Kind::Postgres => manifest.tables.keys().all(|table| found.parts.contains_key(&format!("rows {table}"))),
    };
    if whole { Ok((manifest, objects)) } else { unlike("a part of the database is missing") }
}

fn parse<T: serde::de::DeserializeOwned>(content: &mut Content<'_>) -> Result<T, Error> {
    let mut text = Vec::new();
    content.read_to_end(&mut text)?;
    serde_json::from_slice(&text).map_err(|error| Error::Unlike(error.to_string()))
}

fn list(content: &mut Content<'_>) -> Result<Vec<Object>, Error> {
    let mut text = String::new();
    content.read_to_string(&mut text)?;
    let parse = |line: &str| {
        let (sha256, size) = line.split_once(' ')?;
        let sha256 = HEXLOWER.decode(sha256.as_bytes()).ok()?;
        Some((sha256.try_into().ok()?, size.parse().ok()?))
    };
    text.lines().map(|line| parse(line).ok_or_else(|| Error::Unlike("its list of objects".to_owned()))).collect()
}

fn each_batch(content: &mut Content<'_>, mut take: impl FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
    loop {
        let mut length = [0; 4];
        let mut read = 0;
        while read < 4 {
            match content.read(&mut length[read..])? {
                0 if read == 0 => return Ok(()),
                0 => return unlike("rows that have no end"),
                more => read += more,
            }
        }
        let length = u64::from(u32::from_be_bytes(length));
        let mut rows = String::new();
        if content.take(length).read_to_string(&mut rows)? as u64 != length {
            return unlike("rows that have no end");
        }
        take(&rows)?;
    }
}

/// Compares a restored database with what the archive says of it, and verifies its audit log: with the key ring its seal too.
pub(super) fn refuse_unlike(conn: &mut Conn, manifest: &Manifest, objects: &[Object], keys: Option<&KeyRing>) -> Result<(), Error> {
    copy::refuse_broken(conn)?;
    if copy::migrations(conn)? != manifest.migrations {
        return unlike("another schema");
    }
    for (table, count) in copy::count_all(conn)? {
        let wanted = manifest.tables.get(&table).copied().unwrap_or_default();
        if count != wanted {
            return unlike(format!("{count} rows of `{table}` instead of {wanted}"));
        }
    }
    if list_objects(conn)? != objects {
        return unlike("the database names other objects");
    }
    let mut witnesses = audit::Witnesses { keys, ..audit::Witnesses::default() };
    witnesses.public.add(&manifest.audit_key).map_err(Error::Unlike)?;
    let verified = audit::verify_against(conn, &witnesses)?;
    if (verified.rows, &verified.head) == (manifest.audit_seq, &manifest.audit_hash) { Ok(()) } else { unlike("another audit log") }
}

/// Every object that a database names, in the order of their hashes.
pub(super) fn list_objects(conn: &mut Conn) -> Result<Vec<Object>, Error> {
    let (mut objects, mut after) = (Vec::new(), String::new());
    loop {
        let batch = evidence::store::list_objects(conn, &after, BATCH)?;
        let Some((last, _)) = batch.last() else { return Ok(objects) };
        after.clone_from(last);
        for (sha256, size) in batch {
            let unreadable = || db::Error::Unreadable("attachments.sha256".to_owned());
            let hash = HEXLOWER.decode(sha256.as_bytes()).ok().and_then(|hash| hash.try_into().ok()).ok_or_else(unreadable)?;
            objects.push((hash, u64::try_from(size).map_err(|_| unreadable())?));
        }
    }
}

/// The database of an archive in a folder that is thrown away.
struct Trial {
    path: PathBuf,
    filling: Option<Filling>,
}

impl Trial {
    fn config(&self) -> DatabaseConfig {
        let url = format!("sqlite:{}", self.path.display());
        DatabaseConfig { url, synchronous: Synchronous::Normal, ..DatabaseConfig::default() }
    }
}

impl Sink for Trial {
    fn manifest(&mut self, manifest: &Manifest) -> Result<(), Error> {
        if manifest.kind == Kind::Postgres {
            self.filling = Some(Filling::begin(&self.config(), &manifest.migrations)?);
        }
        Ok(())
    }

    fn database(&mut self, content: &mut dyn Read) -> Result<(), Error> {
        let mut file = File::create_new(&self.path).map_err(at(&self.path))?;
        std::io::copy(content, &mut file)?;
        file.flush().map_err(at(&self.path))
    }

    fn rows(&mut self, table: &str, rows: &str) -> Result<(), Error> {
        if let Some(filling) = &mut self.filling {
            copy::insert_batch(&mut filling.conn, table, rows)?;
        }
        Ok(())
    }
}

/// Tries an archive out: reads all of it, fills its database into a file in `folder`, which is empty, and checks that. The rows of a PostgreSQL database
/// are filled into SQLite.
pub fn check(path: &Path, key: &BackupKey, keys: Option<&KeyRing>, folder: &Path) -> Result<Manifest, Error> {
    let mut trial = Trial { path: folder.join("restored.db"), filling: None };
    let (manifest, objects) = walk(path, key, &mut trial)?;
    let mut conn = match trial.filling.take() {
        Some(mut filling) => {
            filling.bind()?;
            filling.conn
        }
        None => db::open_copy(&trial.config())?,
    };
    refuse_unlike(&mut conn, &manifest, &objects, keys)?;
    Ok(manifest)
}
