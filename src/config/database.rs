//! Where the data is.

use serde::{Deserialize, Serialize};

/// How much a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Synchronous {
    /// The disk has it: a power cut loses nothing that was acknowledged.
    Full,
    /// A power cut may lose the last commits. For benchmarks.
    Normal,
}

/// Section `database`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite:PATH`, `sqlite:///ABSOLUTE/PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`. Empty: `title-review.db` in the data folder.
    pub url: String,
    /// Reading connections, each with its thread. 1..=64.
    pub readers: usize,
    /// Reads that may wait; one more is answered 503.
    pub read_queue: usize,
    /// Writes that may wait; one more is answered 503.
    pub write_queue: usize,
    /// Most writes in one commit; 1 commits each by itself.
    pub write_group: usize,
    /// How much a commit waits for.
    pub synchronous: Synchronous,
    /// How long a statement waits for another process's lock, in milliseconds.
    pub busy_timeout_ms: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            readers: 4,
            read_queue: 1024,
            write_queue: 1024,
            write_group: 256,
            synchronous: Synchronous::Full,
            busy_timeout_ms: 5000,
        }
    }
}

/// The URL as it may be shown.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (before_query, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
    let shown = match before_query.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split_once(':').map_or(login.to_owned(), |(user, _)| format!("{user}:***"));
            format!("{user}@{host}")
        }
        None => before_query.to_owned(),
    };
    let query = query.map_or_else(String::new, |query| {
        let parts = query.split('&').map(|part| if part.starts_with("password=") { "password=***" } else { part });
        format!("?{}", parts.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{shown}{query}")
}
