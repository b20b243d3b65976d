//! Where bytes are while they arrive: in a temporary folder. From there they go into the storage, for good.

use super::record::Error;
use crate::app::App;
use crate::config::Config;
use crate::ids::AttachmentId;
use crate::storage::WRITING;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Folder of files that arrive, in the storage folder.
const ARRIVING: &str = "arriving";

fn folder(config: &Config, name: &str) -> PathBuf {
    config.storage.folder.join(name)
}

/// Removes what uploads have left behind that did not end: of a server that was killed. What is younger than a body may take to arrive may be
/// another server's and stays.
///
/// # Errors
/// The folders cannot be made or read.
pub fn sweep(config: &Config) -> std::io::Result<()> {
    let alive = Duration::from_secs(config.limits.body_seconds.saturating_mul(2));
    for name in [ARRIVING, WRITING] {
        let folder = folder(config, name);
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let age = entry.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > alive) {
                std::fs::remove_file(entry.path())?;
                tracing::info!(file = ?entry.file_name(), "removed an upload that did not end");
            }
        }
    }
    Ok(())
}

/// A file that arrives. Removed by [`Arriving::remove`], or when a request is dropped midway.
pub struct Arriving {
    path: PathBuf,
    removed: bool,
}

impl Arriving {
    /// An empty file of this id.
    pub async fn create(config: &Config, id: AttachmentId) -> std::io::Result<(Self, tokio::fs::File)> {
        let path = folder(config, ARRIVING).join(id.as_str());
        let file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(&path).await?;
        Ok((Self { path, removed: false }, file))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it; what cannot be removed now is swept at the next start.
    pub async fn remove(mut self) {
        self.removed = true;
        if let Err(error) = tokio::fs::remove_file(&self.path).await {
            tracing::warn!(%error, "a temporary file stays until the next start");
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.removed {
            let path = std::mem::take(&mut self.path);
            // The request is gone: nobody waits, and workers do no file work.
            tokio::task::spawn_blocking(move || std::fs::remove_file(path));
        }
    }
}

/// The key of an object: two levels of folders, so that none grows large.
fn key_of(sha256: &str) -> Key {
    let (first, second) = (sha256.get(..2).unwrap_or_default(), sha256.get(2..4).unwrap_or_default());
    Key::from(format!("sha256/{first}/{second}/{sha256}"))
}

/// Puts a file under its hash; what is there already is the same and stays. In flat memory, and complete or not at all: it is written aside and then
/// given its name, create-only.
pub async fn keep(app: &App, arrived: &Arriving, sha256: &str, id: AttachmentId) -> Result<(), Error> {
    let (store, key) = (&*app.storage, key_of(sha256));
    match store.head(&key).await {
        Ok(_) => return Ok(()),
        Err(object_store::Error::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let aside = Key::from(format!("{WRITING}/{id}"));
    write(store, &aside, arrived.path()).await?;
    match store.copy_if_not_exists(&aside, &key).await {
        // Somebody else has just brought the same bytes.
        Ok(()) | Err(object_store::Error::AlreadyExists { .. }) => {}
        Err(error) => {
            let _ = store.delete(&aside).await;
            return Err(error.into());
        }
    }
    Ok(store.delete(&aside).await?)
}

async fn write(store: &dyn ObjectStore, to: &Key, from: &Path) -> Result<(), Error> {
    let mut file = tokio::fs::File::open(from).await?;
    let mut upload = WriteMultipart::new(store.put_multipart(to).await?);
    let mut piece = vec![0; 256 * 1024];
    loop {
        let read = match file.read(&mut piece).await {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => {
                upload.abort().await?;
                return Err(error.into());
            }
        };
        upload.wait_for_capacity(1).await?;
        upload.write(&piece[..read]);
    }
    upload.finish().await?;
    Ok(())
}

/// Removes an object; one that is not there is removed already.
pub async fn remove_object(app: &App, sha256: &str) -> Result<(), Error> {
    match app.storage.delete(&key_of(sha256)).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Writes a small object and removes it: whether the store takes files.
pub async fn try_storage(app: &App) -> Result<(), Error> {
    // A name of its own: another server may be trying the same store.
    let key = Key::from(format!("{WRITING}/probe-{}", crate::keys::sha256_hex(&crate::keys::random_bytes::<16>())));
    app.storage.put(&key, PROBE.into()).await?;
    Ok(app.storage.delete(&key).await?)
}

/// The bytes of an object, or of a part of it, as they are read.
pub async fn open(
    app: &App,
    sha256: &str,
    part: Option<Range<u64>>,
) -> Result<BoxStream<'static, Result<actix_web::web::Bytes, std::io::Error>>, Error> {
    let options = GetOptions { range: part.map(Into::into), ..GetOptions::default() };
    let found = app.storage.get_opts(&key_of(sha256), options).await?;
    Ok(found.into_stream().map_err(std::io::Error::from).boxed())
/// Puts a file under its hash.
pub async fn keep(app: &App, arrived: &Arriving, sha256: &str) -> Result<(), Error> {
    let mut file = tokio::fs::File::open(arrived.path()).await?;
    Ok(app.storage.keep(sha256, &mut file).await?)
}
