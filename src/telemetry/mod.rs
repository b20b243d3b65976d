//! Logs: a readable message and fields, on standard error. Never an ID number, phone, token or ballot: fields of such names are blacked out here,
//! whoever logs them (`redact`). Lines that belong to a request carry its trace id, method and route, also those of the database's threads.

mod json;
mod metrics;
mod redact;
mod slow;
mod spans;

pub use metrics::{InFlight, Metrics};
pub use spans::{Answered, Spans, Trace};

use tracing::Subscriber;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{LogConfig, LogFormat};

/// Begins to log. Once in a process; later calls change nothing.
pub fn start(config: &LogConfig) {
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let started = subscriber(config, ansi, std::io::stderr).try_init();
    // Only a second start fails, and there the first one logs.
    if started.is_ok() {
        slow::watch_statements(std::time::Duration::from_millis(config.slow_query_ms));
    }
}

/// What writes the lines, to any place.
fn subscriber<W>(config: &LogConfig, ansi: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&config.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines: Box<dyn Layer<_> + Send + Sync> = match config.format {
        LogFormat::Text => Box::new(fmt::layer().fmt_fields(redact::TextFields).with_ansi(ansi).with_writer(writer)),
        LogFormat::Json => {
            Box::new(fmt::layer().fmt_fields(json::JsonFields).event_format(json::JsonLines).with_ansi(false).with_writer(writer))
        }
    };
    Registry::default().with(filter).with(lines)
}

#[cfg(test)]
mod tests;
