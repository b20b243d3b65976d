//! Where files are for good: objects under the SHA-256 of their bytes, written once and never changed, in a folder or in an S3 bucket.
//!
//! What is written is hashed on the way and given its name only if it is what the name says; what is read as a whole is hashed on the way too, and the
//! last piece is held back until the hash is right: a rotten object is an answer that breaks off, never a wrong file.

mod open;

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::web::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _};
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _, WriteMultipart};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::keys::Sha256;
use title_review_core::clock::Instant;

/// Folder of objects that are being written, in a folder's store.
pub const WRITING: &str = "writing";
/// What is written to see whether the store takes files.
const PROBE: &[u8] = b"probe";
/// Bytes that are read and written at once.
const PIECE: usize = 256 * 1024;

/// The objects.
#[derive(Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// A folder: an object is written aside and then given its name. A bucket shows no object before it is whole.
    aside: bool,
}

/// What can go wrong with an object.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] object_store::Error),
    /// What was to be written could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The bytes are not those of the name.
    #[error("object {0}: its bytes have another hash")]
    OtherBytes(String),
}

/// The key of an object: two levels of folders, so that none grows large.
fn key_of(sha256: &str) -> Key {
    let (first, second) = (sha256.get(..2).unwrap_or_default(), sha256.get(2..4).unwrap_or_default());
    Key::from(format!("sha256/{first}/{second}/{sha256}"))
}

/// A name that nobody else uses.
fn own_name(what: &str) -> Key {
    Key::from(format!("{WRITING}/{what}-{}", crate::keys::sha256_hex(&crate::keys::random_bytes::<16>())))
}

impl Storage {
    /// Puts what comes under its hash; what is there already is the same and stays. In flat memory, and complete or not at all.
    pub async fn keep(&self, sha256: &str, from: &mut (impl AsyncRead + Unpin)) -> Result<(), Error> {
        let (store, key) = (&*self.store, key_of(sha256));
        match store.head(&key).await {
            Ok(_) => return Ok(()),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if !self.aside {
            return self.write(&key, from, sha256).await;
        }
        let aside = own_name(sha256.get(..8).unwrap_or_default());
        self.write(&aside, from, sha256).await?;
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

    async fn write(&self, to: &Key, from: &mut (impl AsyncRead + Unpin), sha256: &str) -> Result<(), Error> {
        let mut upload = WriteMultipart::new(self.store.put_multipart(to).await?);
        let written = pour(&mut upload, from, sha256).await;
        match written {
            Ok(()) => {
                upload.finish().await?;
                Ok(())
            }
            Err(error) => {
                // The first failure says more than that of tidying up.
                let _ = upload.abort().await;
                Err(error)
            }
        }
    }

    /// Writes a small object and removes it: whether the store takes files.
    pub async fn try_out(&self) -> Result<(), Error> {
        // A name of its own: another server may be trying the same store.
        let key = own_name("probe");
        self.store.put(&key, PROBE.into()).await?;
        Ok(self.store.delete(&key).await?)
    }

    /// The bytes of an object, or of a part of it, as they are read.
    pub async fn read(&self, sha256: &str, part: Option<Range<u64>>) -> Result<BoxStream<'static, std::io::Result<Bytes>>, Error> {
        let whole = part.is_none();
        let options = GetOptions { range: part.map(Into::into), ..GetOptions::default() };
        let found = self.store.get_opts(&key_of(sha256), options).await?;
        let bytes = found.into_stream().map(|piece| piece.map_err(std::io::Error::from)).boxed();
        if !whole {
            return Ok(bytes);
        }
        Ok(Checked { bytes, hash: Some(Sha256::new()), held: None, sha256: sha256.to_owned() }.boxed())
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn remove(&self, sha256: &str) -> Result<(), Error> {
        match self.store.delete(&key_of(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Names of the objects that were written before this instant.
    #[must_use]
    pub fn list_before(&self, before: Instant) -> BoxStream<'static, Result<String, Error>> {
        let old = self.store.list(Some(&Key::from("sha256"))).filter_map(move |found| async move {
            match found {
                Ok(object) if object.last_modified < before.to_utc() => object.location.filename().map(|name| Ok(name.to_owned())),
                Ok(_) => None,
                Err(error) => Some(Err(error.into())),
            }
        });
        old.boxed()
    }

    /// Removes what somebody began to write before this instant and did not finish.
    pub async fn remove_unfinished(&self, before: Instant) -> Result<(), Error> {
        let mut found = self.store.list(Some(&Key::from(WRITING)));
        while let Some(object) = found.next().await {
            let object = object?;
            if object.last_modified < before.to_utc() {
                self.store.delete(&object.location).await?;
            }
        }
        Ok(())
    }

    /// Whether any object is there.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        let mut all = self.store.list(Some(&Key::from("sha256")));
        Ok(all.next().await.transpose()?.is_none())
    }
}

async fn pour(upload: &mut WriteMultipart, from: &mut (impl AsyncRead + Unpin), sha256: &str) -> Result<(), Error> {
    let (mut piece, mut hash) = (vec![0; PIECE], Sha256::new());
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
        upload.wait_for_capacity(1).await?;
        upload.write(&piece[..read]);
    }
    if hash.finish_hex() == sha256 { Ok(()) } else { Err(Error::OtherBytes(sha256.to_owned())) }
}

/// The bytes of a whole object; the last piece comes when the hash of all is right.
struct Checked {
    bytes: BoxStream<'static, std::io::Result<Bytes>>,
    hash: Option<Sha256>,
    held: Option<Bytes>,
    sha256: String,
}

impl Stream for Checked {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::task::ready!(self.bytes.poll_next_unpin(cx)) {
                Some(Ok(piece)) => {
                    if let Some(hash) = &mut self.hash {
                        hash.update(&piece);
                    }
                    if let Some(before) = self.held.replace(piece) {
                        return Poll::Ready(Some(Ok(before)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let Some(hash) = self.hash.take() else { return Poll::Ready(None) };
                    if hash.finish_hex() == self.sha256 {
                        return Poll::Ready(self.held.take().map(Ok));
                    }
                    tracing::error!(sha256 = self.sha256, "an object of the storage has other bytes than its name says");
                    return Poll::Ready(Some(Err(std::io::Error::other(Error::OtherBytes(self.sha256.clone())))));
                }
            }
        }
    }
}
