//! From the configuration to a store that answers.

use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, RetryConfig};

use super::{Error, Storage};
use crate::config::{Config, StorageConfig};

/// How long a request to a bucket may take.
const REQUEST: Duration = Duration::from_secs(30);
/// How long a bucket may take to take a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a failed request is tried again: somebody waits for the answer.
const RETRIES: Duration = Duration::from_secs(4);

impl Storage {
    /// Opens what the configuration names; makes the folder, or reaches the bucket.
    ///
    /// # Errors
    /// The folder cannot be made, or the bucket cannot be written.
    pub async fn open(config: &Config) -> Result<Self, Error> {
        let storage = Self::named_by(&config.storage)?;
        if !storage.aside {
            storage.try_out().await?;
        }
        Ok(storage)
    }

    /// The store that the configuration names; a bucket is not asked yet.
    pub fn named_by(config: &StorageConfig) -> Result<Self, Error> {
        let Some((bucket, prefix)) = config.bucket() else {
            std::fs::create_dir_all(&config.folder)?;
            let store = LocalFileSystem::new_with_prefix(&config.folder)?.with_fsync(true);
            return Ok(Self { store: Arc::new(store), aside: true });
        };
        // The usual AWS_… variables and roles count where the configuration says nothing.
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_allow_http(config.allow_http)
            // The service checks what it gets against the hash, piece by piece.
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(
                ClientOptions::new().with_timeout(REQUEST).with_connect_timeout(CONNECT).with_allow_http(config.allow_http),
            )
            .with_retry(RetryConfig { max_retries: 2, retry_timeout: RETRIES, ..RetryConfig::default() });
        if !config.endpoint.is_empty() {
            builder = builder.with_endpoint(&config.endpoint);
        }
        if !config.region.is_empty() {
            builder = builder.with_region(&config.region);
        }
        if !config.access_key_id.is_empty() {
            builder = builder.with_access_key_id(&config.access_key_id).with_secret_access_key(&config.secret_access_key);
        }
        let store = builder.build()?;
        let store: Arc<dyn ObjectStore> =
            if prefix.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, Key::from(prefix))) };
        Ok(Self { store, aside: false })
    }
}
