//! From defaults, file, environment and flags to a checked [`Config`].

use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::{Config, DEFAULT, SecondFactorRule};

/// Every variable of the environment that begins so is meant for this program.
pub const ENVIRONMENT: &str = "TITLE_REVIEW_";

/// Variables that are no keys: the file itself, and what scripts, tests and benchmarks use.
const NO_KEYS: [&str; 5] = ["CONFIG", "ADMIN_PASSWORD", "BIN", "TEST_", "BENCH_"];

/// What the command line says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--database`
    pub database: Option<String>,
    /// `--sandbox`
    pub sandbox: bool,
}

/// Where the configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `--config`
    pub file: Option<PathBuf>,
    /// Names and values; those that do not begin with [`ENVIRONMENT`] are passed over.
    pub environment: Vec<(String, String)>,
    /// What the command line says.
    pub flags: Flags,
}

/// A configuration that is refused: one line for each finding, with the key's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct BadConfig(pub Vec<String>);

impl Config {
    /// Reads all sources; what is not said anywhere has its default.
    ///
    /// # Errors
    /// [`BadConfig`] names the key and where it was said.
    pub fn load(sources: &Sources) -> Result<Self, BadConfig> {
        let mut figment = Figment::from(Toml::string(DEFAULT));
        if let Some(path) = &sources.file {
            if !path.is_file() {
                return Err(BadConfig(vec![format!("--config: {} is not a file", path.display())]));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        for (name, value) in &sources.environment {
            let Some(rest) = name.strip_prefix(ENVIRONMENT) else { continue };
            if NO_KEYS.iter().any(|other| rest == *other || (other.ends_with('_') && rest.starts_with(other))) {
                continue;
            }
            let key = rest.to_lowercase().replace("__", ".");
            let value: Value = value.parse().unwrap_or_else(|_| Value::from(value.clone()));
            figment = figment.merge(Said { by: format!("the environment variable {name}"), key, value });
        }
        for (flag, key, value) in sources.flags.values() {
            figment = figment.merge(Said { by: format!("the flag {flag}"), key: key.to_owned(), value });
        }
        let mut config: Self =
            figment.extract().map_err(|errors| BadConfig(errors.into_iter().map(|error| describe(&error)).collect()))?;
        config.fill_in();
        let findings = config.findings();
        if findings.is_empty() { Ok(config) } else { Err(BadConfig(findings)) }
    }

    /// The defaults alone, with this data folder: for tests.
    ///
    /// # Errors
    /// Where the folder is no text.
    pub fn with_data(folder: &Path) -> Result<Self, BadConfig> {
        Self::load(&Sources { flags: Flags { data: Some(folder.to_path_buf()), ..Flags::default() }, ..Sources::default() })
    }

    /// What lies in the data folder unless told otherwise.
    fn fill_in(&mut self) {
        if self.database.url.is_empty() {
            self.database.url = format!("sqlite:{}", self.data.join("title-review.db").display());
        }
        if self.keys.file.as_os_str().is_empty() {
            self.keys.file = self.data.join("keys.toml");
        }
        if self.storage.folder.as_os_str().is_empty() {
            self.storage.folder = self.data.join("objects");
        }
        if self.auth.second_factor.is_none() {
            let rule = if self.sandbox.enabled { SecondFactorRule::Optional } else { SecondFactorRule::Required };
            self.auth.second_factor = Some(rule);
        }
        if self.audit.heads_folder.as_os_str().is_empty() {
            self.audit.heads_folder = self.data.join("audit-heads");
        }
    }

    /// All values that are of the right type and still make no sense.
    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        let mut need = |holds: bool, key: &str, needed: &str| {
            if !holds {
                findings.push(format!("{key}: {needed}"));
            }
        };
        let (server, database, limits, auth) = (&self.server, &self.database, &self.limits, &self.auth);
        let web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        need(!self.data.as_os_str().is_empty(), "data", "names no folder");
        need(
            server.public_url.is_empty() || web(&server.public_url),
            "server.public_url",
            "begins with neither http:// nor https://",
        );
        need(server.workers <= 256, "server.workers", "is not 0 to 256");
        need(server.drain_seconds <= 600, "server.drain_seconds", "is not 0 to 600");
        need((1..=3600).contains(&self.metrics.business_seconds), "metrics.business_seconds", "is not 1 to 3600");
        need(
            self.otel.endpoint.is_empty() || self.otel.endpoint.starts_with("http://"),
            "otel.endpoint",
            "does not begin with http://",
        );
        need(self.metrics.listen != Some(server.listen), "metrics.listen", "is the address of server.listen");
        need((1..=600).contains(&server.header_seconds), "server.header_seconds", "is not 1 to 600");
        need(server.shutdown_seconds <= 600, "server.shutdown_seconds", "is not 0 to 600");
        need((1..=3600).contains(&server.request_seconds), "server.request_seconds", "is not 1 to 3600");
        need(
            server.request_seconds >= limits.body_seconds,
            "server.request_seconds",
            "is less than limits.body_seconds, which is a part of it",
        );
        need((1..=1_000_000).contains(&server.connections), "server.connections", "is not 1 to 1000000");
        need(
            server.tls_certificate.as_os_str().is_empty() == server.tls_key.as_os_str().is_empty(),
            "server.tls_key",
            "server.tls_certificate and server.tls_key are given both or neither",
        );
        need((1..=86_400).contains(&server.tls_reload_seconds), "server.tls_reload_seconds", "is not 1 to 86400");
        need(
            server.allowed_origins.iter().all(|origin| is_origin(origin)),
            "server.allowed_origins",
            "one is no origin such as https://example.org or https://example.org:8443, in lower case and without a path",
        );
        let storage = &self.storage;
        need(storage.url.is_empty() || storage.bucket().is_some(), "storage.url", "is not s3://BUCKET or s3://BUCKET/PREFIX");
        need(storage.endpoint.is_empty() || web(&storage.endpoint), "storage.endpoint", "begins with neither http:// nor https://");
        need(
            storage.allow_http || !storage.endpoint.starts_with("http://"),
            "storage.endpoint",
            "is plain HTTP: say storage.allow_http = true if files may be read on the way",
        );
        need(
            storage.access_key_id.is_empty() == storage.secret_access_key.is_empty(),
            "storage.secret_access_key",
            "storage.access_key_id and storage.secret_access_key are given both or neither",
        );
        let known = ["sqlite:", "postgres://", "postgresql://"];
        need(
            known.iter().any(|scheme| database.url.starts_with(scheme)),
            "database.url",
            "begins with neither sqlite: nor postgres://",
        );
        need((1..=64).contains(&database.readers), "database.readers", "is not 1 to 64");
        need(database.read_queue >= 1, "database.read_queue", "is not 1 or more");
        need(database.write_queue >= 1, "database.write_queue", "is not 1 or more");
        need((1..=10_000).contains(&database.write_group), "database.write_group", "is not 1 to 10000");
        need((1..=600_000).contains(&database.busy_timeout_ms), "database.busy_timeout_ms", "is not 1 to 600000");
        need((1024..=64 << 20).contains(&limits.json_bytes), "limits.json_bytes", "is not 1024 to 67108864");
        need((1024..=1 << 32).contains(&limits.upload_bytes), "limits.upload_bytes", "is not 1024 to 4294967296");
        need((1..=3600).contains(&limits.body_seconds), "limits.body_seconds", "is not 1 to 3600");
        need(limits.body_rate <= 1 << 20, "limits.body_rate", "is not 0 to 1048576");
        need((1..=3600).contains(&limits.unread_seconds), "limits.unread_seconds", "is not 1 to 3600");
        need(limits.connections_per_address <= 1_000_000, "limits.connections_per_address", "is not 0 to 1000000");
        need((256..=65_536).contains(&limits.url_bytes), "limits.url_bytes", "is not 256 to 65536");
        need((1024..=131_072).contains(&limits.header_bytes), "limits.header_bytes", "is not 1024 to 131072");
        need((16..=96).contains(&limits.headers), "limits.headers", "is not 16 to 96");
        need((8..=100).contains(&limits.json_depth), "limits.json_depth", "is not 8 to 100");
        for (key, rate) in [
            ("limits.rate_anonymous", limits.rate_anonymous),
            ("limits.rate_signed_in", limits.rate_signed_in),
            ("limits.rate_sign_in", limits.rate_sign_in),
            ("limits.rate_objections", limits.rate_objections),
            ("limits.open_objections", limits.open_objections),
            ("limits.open_objections_of_address", limits.open_objections_of_address),
        ] {
            need(rate <= 1_000_000, key, "is not 0 to 1000000");
        }
        need(limits.image_pixels >= 1, "limits.image_pixels", "is not 1 or more");
        need((1..=256).contains(&limits.password_hashes), "limits.password_hashes", "is not 1 to 256");
        need((1..=100_000).contains(&limits.password_queue), "limits.password_queue", "is not 1 to 100000");
        need(limits.list_rows > 0, "limits.list_rows", "is not at least 1");
        need((1..=60).contains(&auth.access_minutes), "auth.access_minutes", "is not 1 to 60");
        need((1..=1_000_000).contains(&auth.session_idle_minutes), "auth.session_idle_minutes", "is not 1 to 1000000");
        need((1..=1_000_000).contains(&auth.staff_idle_minutes), "auth.staff_idle_minutes", "is not 1 to 1000000");
        need((1..=10_000).contains(&auth.session_hours), "auth.session_hours", "is not 1 to 10000");
        need((1..=1000).contains(&auth.lockout_failures), "auth.lockout_failures", "is not 1 to 1000");
        need((1..=1440).contains(&auth.step_up_minutes), "auth.step_up_minutes", "is not 1 to 1440");
        need(
            (auth.lockout_failures..=1_000_000).contains(&auth.lockout_address_failures),
            "auth.lockout_address_failures",
            "is not between auth.lockout_failures and 1000000",
        );
        need((1..=1000).contains(&auth.registration_failures), "auth.registration_failures", "is not 1 to 1000");
        need((1..=1_000_000).contains(&auth.lockout_minutes), "auth.lockout_minutes", "is not 1 to 1000000");
        let length = auth.password_length;
        need(length == 0 || (8..=128).contains(&length), "auth.password_length", "is neither 0 nor 8 to 128");
        need((0..=24).contains(&auth.password_history), "auth.password_history", "is not 0 to 24");
        need((0..=3650).contains(&auth.password_days), "auth.password_days", "is not 0 to 3650");
        need((1..=720).contains(&auth.reset_hours), "auth.reset_hours", "is not 1 to 720");
        need((1..=86_400).contains(&self.jobs.lease_seconds), "jobs.lease_seconds", "is not 1 to 86400");
        need((1..=100).contains(&self.jobs.most_attempts), "jobs.most_attempts", "is not 1 to 100");
        need(self.privacy.retention_months <= 1200, "privacy.retention_months", "is not 0 to 1200");
        need(is_log_filter(&self.log.filter), "log.filter", "is not a level or a list of module=level");
        findings
    }
}

/// Whether this text is a `tracing` filter.
fn is_log_filter(text: &str) -> bool {
    !text.is_empty() && tracing_subscriber::EnvFilter::try_new(text).is_ok()
}

/// An origin as a browser sends it: scheme, host and port, nothing else.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        let known = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b".-:[]".contains(&c);
        !host.is_empty() && host.bytes().all(known)
    })
}

impl Flags {
    /// Flag, key, value of each flag that was given.
    fn values(&self) -> Vec<(&'static str, &'static str, Value)> {
        let data = self.data.as_ref().map(|path| ("--data", "data", Value::from(path.to_string_lossy().into_owned())));
        let listen = self.listen.as_ref().map(|text| ("--listen", "server.listen", Value::from(text.clone())));
        let database = self.database.as_ref().map(|url| ("--database", "database.url", Value::from(url.clone())));
        let sandbox = self.sandbox.then(|| ("--sandbox", "sandbox.enabled", Value::from(true)));
        [data, listen, database, sandbox].into_iter().flatten().collect()
    }
}

/// One key, and who said it.
struct Said {
    by: String,
    key: String,
    value: Value,
}

impl Provider for Said {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.by.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let nested = figment::util::nest(&self.key, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(nested))
    }
}

/// `section.key: what is wrong with it (who said it)`. Values are repeated only as far as figment does; secrets are of type text, which
/// takes any value.
fn describe(error: &figment::Error) -> String {
    use figment::error::Kind;
    let mut path = error.path.clone();
    let wrong = match &error.kind {
        Kind::UnknownField(name, known) => {
            if path.last() != Some(name) {
                path.push(name.clone());
            }
            if known.is_empty() { "unknown key".to_owned() } else { format!("unknown key; known here: {}", known.join(", ")) }
        }
        other => other.to_string(),
    };
    let by = error.metadata.as_ref().map_or_else(String::new, |metadata| match &metadata.source {
        Some(source) => format!(" ({source})"),
        None => format!(" ({})", metadata.name),
    });
    format!("{}: {wrong}{by}", path.join("."))
}
