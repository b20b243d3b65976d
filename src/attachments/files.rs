//! Where bytes are while they arrive: in a temporary folder. From there they go into the storage, for good.

use super::content::{self, Claims, Content};
use super::error::Error;
use crate::config::Config;
use crate::context::App;
use crate::storage::WRITING;
use std::path::{Path, PathBuf};
use std::time::Duration;
use title_review_core::ids::AttachmentId;

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

/// Puts a file under its hash.
pub async fn keep(app: &App, arrived: &Arriving, sha256: &str) -> Result<(), Error> {
    let mut file = tokio::fs::File::open(arrived.path()).await?;
    Ok(app.storage.keep(sha256, &mut file).await?)
}

/// What a client says of a file, and what is taken.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Media type that it declared.
    pub declared: Option<String>,
    /// Name that it gave.
    pub name: String,
    /// Media types that the category takes.
    pub accepted: Vec<String>,
}

/// Inspects a file on a thread that may wait for the disk.
pub async fn inspect(arrived: &Arriving, claimed: Claimed, most_pixels: u64) -> Result<Content, Error> {
    let path = arrived.path().to_owned();
    let inspected = tokio::task::spawn_blocking(move || {
        let mut file = std::io::BufReader::new(std::fs::File::open(path)?);
        let Claimed { declared, name, accepted } = &claimed;
        let claims = Claims { declared: declared.as_deref(), name, accepted, most_pixels };
        content::inspect(&mut file, &claims)
    });
    inspected.await.map_err(|error| Error::Io(std::io::Error::other(error)))?
}
