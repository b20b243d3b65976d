//! The smaller sections; what each key means and its default stands in `default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::empty;
use crate::network::Network;
use title_review_core::clock::Instant;
use title_review_core::passwords::{Policy, Requirements};

/// Where a proxy says for whom it asks. Only one is believed: the other one could come from anybody and pass through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Section `server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// What clients write before `/v1`; see [`Self::base_url`].
    pub public_url: String,
    /// Worker threads; 0: one for each core.
    pub workers: usize,
    /// Seconds that requests in flight are given at the end.
    pub shutdown_seconds: u64,
    /// Seconds between `/readyz` saying no and the end of listening.
    pub drain_seconds: u64,
    /// Seconds within which the head of a request must arrive.
    pub header_seconds: u64,
    /// Seconds that a request may take from its head to its answer.
    pub request_seconds: u64,
    /// Connections at the same time.
    pub connections: usize,
    /// The certificate chain (PEM); with [`Self::tls_key`] the server speaks TLS.
    pub tls_certificate: PathBuf,
    /// Its private key (PEM).
    pub tls_key: PathBuf,
    /// Seconds between looks for a renewed certificate.
    pub tls_reload_seconds: u64,
    /// Proxies that are believed about whom they ask for.
    pub trusted_proxies: Vec<Network>,
    /// The field in which they say it.
    pub forwarded_header: ForwardedHeader,
    /// Origins whose pages may call the API.
    pub allowed_origins: Vec<String>,
}

impl ServerConfig {
    /// The server itself speaks TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        !self.tls_certificate.as_os_str().is_empty()
    }

    /// What this server speaks: `http`, or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.has_tls() { "https" } else { "http" }
    }

    /// What clients write before `/v1`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        if self.public_url.is_empty() {
            format!("{}://{}", self.scheme(), self.listen)
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }
}

/// Section `backup`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupConfig {
    /// The key that archives are sealed with; none: no backup can be made or read.
    pub key_file: PathBuf,
}

/// Section `limits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Bytes of a JSON body.
    pub json_bytes: usize,
    /// Bytes of one uploaded file.
    pub upload_bytes: u64,
    /// Bytes of files that are kept of one application, with those that were replaced or deleted; 0: no limit.
    pub application_bytes: u64,
    /// The same of all applications of one person; 0: no limit.
    pub account_bytes: u64,
    /// Seconds that a body may take to arrive.
    pub body_seconds: u64,
    /// Bytes a second that a body must bring, after its first seconds.
    pub body_rate: u64,
    /// Seconds that a client may leave unread what there is for it.
    pub unread_seconds: u64,
    /// Connections of one address at the same time; 0: any number.
    pub connections_per_address: usize,
    /// Bytes of the path and query of a request.
    pub url_bytes: usize,
    /// Bytes of all headers of a request.
    pub header_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Objects and lists inside each other in a JSON body.
    pub json_depth: usize,
    /// Requests a minute from an address without signing in; 0: no limit.
    pub rate_anonymous: u32,
    /// Requests a minute of an account; 0: no limit.
    pub rate_signed_in: u32,
    /// Attempts a minute from an address to sign in, to register and the like; 0: no limit.
    pub rate_sign_in: u32,
    /// Objections a minute from an address; 0: no limit.
    pub rate_objections: u32,
    /// Objections to one notice that wait to be decided; 0: no limit.
    pub open_objections: u32,
    /// The same of one address; 0: no limit.
    pub open_objections_of_address: u32,
    /// Pixels of an uploaded image, as declared.
    pub image_pixels: u64,
    /// Password hashes computed at the same time.
    pub password_hashes: usize,
    /// Password hashes that may wait; one more is answered 503.
    pub password_queue: usize,
    /// Rows looked at for one page of a list.
    pub list_rows: i64,
}

/// Whether those who hold a role beside the applicant's need a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorRule {
    /// Without one their sessions may enrol, and nothing else.
    Required,
    /// Whoever has enrolled needs it.
    Optional,
}

impl std::fmt::Display for SecondFactorRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Required { "required" } else { "optional" })
    }
}

impl std::str::FromStr for SecondFactorRule {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "required" => Ok(Self::Required),
            "optional" => Ok(Self::Optional),
            _ => Err("is neither `required` nor `optional`"),
        }
    }
}

/// Section `auth`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// Minutes that an access token is good for.
    pub access_minutes: i64,
    /// Minutes without use after which an applicant's session ends.
    pub session_idle_minutes: i64,
    /// Minutes without use after which a session of anybody else ends: staff, experts, administrators.
    pub staff_idle_minutes: i64,
    /// Hours after which a session ends.
    pub session_hours: i64,
    /// Whether staff, experts and administrators need a second factor; none: as the sandbox says.
    #[serde(with = "empty")]
    pub second_factor: Option<SecondFactorRule>,
    /// Minutes for which a proof is good enough for sensitive acts.
    pub step_up_minutes: i64,
    /// Failures in a row that lock an account.
    pub lockout_failures: i32,
    /// Failures that lock an address.
    pub lockout_address_failures: i32,
    /// Registrations with a resident ID that an account has, from one address, that lock it for registering.
    pub registration_failures: i32,
    /// Minutes that a login or an address is locked.
    pub lockout_minutes: i64,
    /// The standard that passwords follow.
    pub password_policy: Policy,
    /// Fewest characters of a password; 0: as the policy says.
    pub password_length: usize,
    /// How many of the last passwords are not used again.
    pub password_history: i64,
    /// Days after which staff change theirs.
    pub password_days: i64,
    /// Hours that a reset token is good for.
    pub reset_hours: i64,
    /// Whether applicants may register themselves.
    pub registration: bool,
}

impl AuthConfig {
    /// What a password has to be like.
    #[must_use]
    pub const fn requirements(&self) -> Requirements {
        let least = if self.password_length == 0 { self.password_policy.usual_length() } else { self.password_length };
        Requirements { policy: self.password_policy, least }
    }

    /// Seconds without use after which a session ends, of whoever holds another role than the applicant's or of an applicant.
    #[must_use]
    pub const fn idle_seconds(&self, staff: bool) -> i64 {
        let minutes = if staff { self.staff_idle_minutes } else { self.session_idle_minutes };
        minutes * 60
    }
}

/// Section `sandbox`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxConfig {
    /// Whether this server is a sandbox.
    pub enabled: bool,
    /// What its clock shows at the first start; none: the opening of the first cycle's application window.
    #[serde(with = "empty")]
    pub start: Option<Instant>,
    /// Whether its clock runs.
    pub running: bool,
}

/// Section `cycles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CyclesConfig {
    /// A folder of further cycle files; empty: none.
    pub folder: PathBuf,
    /// A folder of further calendar files; empty: none.
    pub calendars: PathBuf,
}

/// Section `jobs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobsConfig {
    /// Whether this server runs them.
    pub enabled: bool,
    /// Seconds after which a runner that is not heard of has lost its job.
    pub lease_seconds: i64,
    /// Failures that park a job.
    pub most_attempts: i32,
}

/// Section `audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditConfig {
    /// Folder to which signed heads of the audit log are exported.
    pub heads_folder: PathBuf,
}

/// Section `privacy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyConfig {
    /// Months after the end of an applicant's last application; 0: nobody is erased.
    pub retention_months: u32,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object in each line.
    Json,
}

/// Section `log`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How logs are written.
    pub format: LogFormat,
    /// What is logged, as a `tracing` filter.
    pub filter: String,
    /// Statements that take longer are logged, in milliseconds; 0: none.
    pub slow_query_ms: u64,
}

/// Section `metrics`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsConfig {
    /// Address and port of `/metrics`; none: it is not served.
    #[serde(with = "empty")]
    pub listen: Option<SocketAddr>,
    /// Seconds for which what was counted in the database is good.
    pub business_seconds: u64,
}

/// Section `otel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtelConfig {
    /// A collector's address; empty: none.
    pub endpoint: String,
}
