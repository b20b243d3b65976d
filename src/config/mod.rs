//! Configuration: one struct per concern. Defaults are embedded (`default.toml`); a file, the environment (`TITLE_REVIEW_SECTION__KEY`)
//! and flags go over them, in this order. An unknown key or a bad value is refused with its name.

mod database;
mod keys;
mod load;
mod page;
mod sections;
mod storage;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use database::{DatabaseConfig, Synchronous};
pub use keys::KeysConfig;
pub use load::{BadConfig, ENVIRONMENT, Flags, Sources};
pub use page::reference_page;
pub use sections::{
    AuditConfig, AuthConfig, BackupConfig, CyclesConfig, ForwardedHeader, JobsConfig, LimitsConfig, LogConfig, LogFormat,
    MetricsConfig, OtelConfig, PrivacyConfig, SandboxConfig, SecondFactorRule, ServerConfig,
};
pub use storage::StorageConfig;

/// The commented defaults.
pub const DEFAULT: &str = include_str!("default.toml");

/// All of it. Folders and the database's URL are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// The HTTP server.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Uploaded files.
    pub storage: StorageConfig,
    /// Keys.
    pub keys: KeysConfig,
    /// What a client may ask for at most.
    pub limits: LimitsConfig,
    /// Signing in.
    pub auth: AuthConfig,
    /// The sandbox.
    pub sandbox: SandboxConfig,
    /// The notices.
    pub cycles: CyclesConfig,
    /// Leased jobs.
    pub jobs: JobsConfig,
    /// The audit log.
    pub audit: AuditConfig,
    /// Personal data.
    pub privacy: PrivacyConfig,
    /// Logs.
    pub log: LogConfig,
    /// Metrics for monitoring.
    pub metrics: MetricsConfig,
    /// Spans of requests.
    pub otel: OtelConfig,
    /// Archives of all data.
    pub backup: BackupConfig,
}

impl Config {
    /// The effective configuration as TOML, without secrets.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut shown = self.clone();
        shown.database.url = database::without_password(&self.database.url);
        // Every section is made of strings, numbers, booleans and lists: that is always TOML.
        toml::to_string(&shown).unwrap_or_default()
    }

    /// Makes the data folder if it is not there, for its owner alone.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create_data_folder(&self) -> std::io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.data)
    }
}

/// An empty text stands for nothing: TOML has no null.
mod empty {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_str(""),
        }
    }

    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(serde::de::Error::custom) }
    }
}

#[cfg(test)]
mod tests;
