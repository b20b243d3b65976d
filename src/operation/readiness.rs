//! Whether requests may be sent here: the database, its schema, the writer and the storage, tried out.

use crate::context::App;
use crate::db;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use title_review_core::clock::Instant;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long an answer is repeated, in microseconds of session time: anybody may ask, and asking costs a turn of the writer and a file.
const KEPT: i64 = 2_000_000;
/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a server needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is not being stopped.
    Running,
    /// The database is reached.
    Database,
    /// Its schema is this program's.
    Migrations,
    /// The writer takes its turn.
    Writer,
    /// Files can be written.
    Storage,
}

impl Part {
    /// The name that an answer gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Database => "database",
            Self::Migrations => "migrations",
            Self::Writer => "writer",
            Self::Storage => "storage",
        }
    }

    /// What is said when it does not work.
    #[must_use]
    pub const fn failing(self) -> (&'static str, &'static str) {
        match self {
            Self::Running => ("服务正在停止", "the server is being stopped"),
            Self::Database => ("数据库无法访问", "the database cannot be reached"),
            Self::Migrations => ("数据库结构与程序不符", "the schema is not this program's"),
            Self::Writer => ("数据库无法写入", "the database cannot be written"),
            Self::Storage => ("存储无法写入", "the storage cannot be written"),
        }
    }
}

/// Whether requests may be sent here.
#[derive(Default)]
pub struct Readiness {
    stopping: AtomicBool,
    last: Mutex<Option<(Instant, Vec<Part>)>>,
}

impl Readiness {
    /// From here on the server is not ready: it is about to end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Every part that does not work; none: ready.
    pub async fn failing(&self, app: &App) -> Vec<Part> {
        if self.stopping.load(Ordering::SeqCst) {
            return vec![Part::Running];
        }
        // Whoever comes while the parts are tried waits for the same answer.
        let mut last = self.last.lock().await;
        let age = |at: Instant| app.session_clock.now().micros().saturating_sub(at.micros());
        if let Some((at, parts)) = &*last
            && (0..KEPT).contains(&age(*at))
        {
            return parts.clone();
        }
        let parts = try_out(app).await;
        *last = Some((app.session_clock.now(), parts.clone()));
        parts
    }
}

async fn try_out(app: &App) -> Vec<Part> {
    let schema = timeout(PATIENCE, app.db.read(db::refuse_unmigrated));
    let writer = timeout(PATIENCE, app.db.write(|_| Ok::<_, db::Error>(())));
    let storage = timeout(PATIENCE, app.storage.try_out());
    let (schema, writer, storage) = tokio::join!(schema, writer, storage);
    let mut failing = Vec::new();
    match schema {
        Ok(Ok(())) => {}
        Ok(Err(db::Error::Unfit(_))) => failing.push(Part::Migrations),
        Ok(Err(_)) | Err(_) => failing.push(Part::Database),
    }
    if !matches!(writer, Ok(Ok(()))) {
        failing.push(Part::Writer);
    }
    if !matches!(storage, Ok(Ok(()))) {
        failing.push(Part::Storage);
    }
    if !failing.is_empty() {
        let parts: Vec<_> = failing.iter().map(|part| part.as_str()).collect();
        tracing::warn!(parts = parts.join(","), "not ready");
    }
    failing
}
