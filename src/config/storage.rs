//! Where the uploaded files are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Section `storage`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// Folder of the uploaded files; with [`Self::url`] of those that arrive.
    pub folder: PathBuf,
    /// `s3://BUCKET/PREFIX`; empty: the folder.
    pub url: String,
    /// Where the bucket is served, if not by AWS.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// Whether plain HTTP will do.
    pub allow_http: bool,
    /// Who asks.
    pub access_key_id: String,
    /// With which secret.
    #[serde(skip_serializing)]
    pub secret_access_key: String,
}

impl std::fmt::Debug for StorageConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageConfig").field("folder", &self.folder).field("url", &self.url).finish_non_exhaustive()
    }
}

impl StorageConfig {
    /// The bucket and the prefix that [`Self::url`] names; none for the folder.
    #[must_use]
    pub fn bucket(&self) -> Option<(&str, &str)> {
        bucket_and_prefix(&self.url)
    }
}

/// The bucket and the prefix of `s3://BUCKET/PREFIX`; none where the text is no such URL.
fn bucket_and_prefix(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("s3://")?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b".-".contains(&c);
    let is_path = |c: u8| c.is_ascii_alphanumeric() || b"-_./".contains(&c);
    let known = (3..=63).contains(&bucket.len()) && bucket.bytes().all(plain) && prefix.bytes().all(is_path);
    known.then(|| (bucket, prefix.trim_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::bucket_and_prefix;

    #[test]
    fn a_bucket_is_read_from_its_url() {
        assert_eq!(bucket_and_prefix("s3://titles"), Some(("titles", "")));
        assert_eq!(bucket_and_prefix("s3://titles/aksu/2024/"), Some(("titles", "aksu/2024")));
        for wrong in ["", "s3://", "s3://a", "s3://Titles", "s3://titles/a b", "https://titles", "s3:titles"] {
            assert_eq!(bucket_and_prefix(wrong), None, "{wrong}");
        }
    }
}
