//! Statements that take long: their text without values. The line's span says whose request it was.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// In microseconds: connections are made with a function that takes no argument.
static THRESHOLD: AtomicU64 = AtomicU64::new(0);

/// Logs statements that take longer than this on connections made from now on. Zero: none.
pub(super) fn watch_statements(threshold: Duration) {
    THRESHOLD.store(u64::try_from(threshold.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    if !threshold.is_zero() {
        // Fails only where another thread has panicked inside of it: then nothing is watched.
        let _ = set_default_instrumentation(watch);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "diesel asks for an option")]
fn watch() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(SlowStatements { threshold: Duration::from_micros(THRESHOLD.load(Ordering::Relaxed)), since: None }))
}

/// Watches one connection.
pub(super) struct SlowStatements {
    pub(super) threshold: Duration,
    pub(super) since: Option<Instant>,
}

impl Instrumentation for SlowStatements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.since = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                let took = self.since.take().map(|since| since.elapsed()).unwrap_or_default();
                if took >= self.threshold {
                    let text = query.to_string();
                    tracing::warn!(statement = without_values(&text), ms = took.as_secs_f64() * 1000.0, "slow statement");
                }
            }
            _ => {}
        }
    }
}

/// diesel writes what was bound behind the statement.
fn without_values(text: &str) -> &str {
    text.split(" -- binds").next().unwrap_or_default()
}
