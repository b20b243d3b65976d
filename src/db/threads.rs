//! The writer thread, which groups waiting writes into one commit, and the reader threads.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::connection::{Access, Conn, Target};
use super::metrics::Metrics;
use super::queue::Queue;
use super::statements::counted;
use super::task::Task;
use super::{Error, Result};
use super::{proven, statements};
use crate::config::DatabaseConfig;

type Tasks = Queue<Box<dyn Task>>;

/// The threads of one [`super::Db`].
pub(super) struct Threads {
    reads: Arc<Tasks>,
    writes: Arc<Tasks>,
    handles: Vec<JoinHandle<()>>,
    pub(super) metrics: Metrics,
    /// Other servers may work on the same database.
    pub(super) shared: bool,
}

impl Threads {
    pub(super) fn start(target: &Target, config: &DatabaseConfig) -> Result<Self> {
        let mut threads = Self {
            reads: Arc::new(Queue::new(config.read_queue)),
            writes: Arc::new(Queue::new(config.write_queue)),
            handles: Vec::with_capacity(config.readers + 1),
            metrics: Metrics::default(),
            shared: target.sqlite_path().is_none(),
        };
        let worker = |access, metrics: &Metrics| Worker { target: target.clone(), access, conn: None, metrics: metrics.clone() };
        let mut writer = worker(Access::Write, &threads.metrics);
        writer.conn = Some(writer.connect()?);
        let (queue, group) = (Arc::clone(&threads.writes), config.write_group.max(1));
        threads.spawn("db-writer".to_owned(), move || writer.write_all(&queue, group))?;
        for number in 0..config.readers.max(1) {
            let mut reader = worker(Access::Read, &threads.metrics);
            reader.conn = Some(reader.connect()?);
            let queue = Arc::clone(&threads.reads);
            threads.spawn(format!("db-reader-{number}"), move || reader.read_all(&queue))?;
        }
        Ok(threads)
    }

    fn spawn(&mut self, name: String, run: impl FnOnce() + Send + 'static) -> Result<()> {
        let handle = Builder::new().name(name).spawn(run).map_err(|error| Error::Unavailable(format!("no thread: {error}")))?;
        self.handles.push(handle);
        Ok(())
    }

    /// How many reads and how many writes wait.
    pub(super) fn waiting(&self) -> (u64, u64) {
        (self.reads.len() as u64, self.writes.len() as u64)
    }

    pub(super) fn submit_read(&self, task: Box<dyn Task>) -> Result<()> {
        self.reads.push(task).map_err(|_| Error::Busy)
    }

    pub(super) fn submit_write(&self, task: Box<dyn Task>) -> Result<()> {
        self.writes.push(task).map_err(|_| Error::Busy)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.reads.close();
        self.writes.close();
        let here = std::thread::current().id();
        for handle in self.handles.drain(..) {
            // The last handle may be dropped by a closure, on one of these threads.
            if handle.thread().id() != here {
                let _ = handle.join();
            }
        }
    }
}

/// A thread's connection; none after it was lost, until the next task needs it.
struct Worker {
    target: Target,
    access: Access,
    conn: Option<Conn>,
    metrics: Metrics,
}

impl Worker {
    fn connect(&self) -> Result<Conn> {
        let mut conn = match self.access {
            Access::Read => self.target.connect_reader(),
            Access::Write => self.target.connect(),
        }?;
        statements::count_on(&mut conn, &self.metrics.log);
        Ok(conn)
    }

    /// A connection in a fresh transaction. A connection that died meanwhile (a restart of PostgreSQL) shows here, before anything
    /// was done on it, so one new connection is tried.
    fn begin(&mut self) -> Result<Conn> {
        if let Some(mut conn) = self.conn.take() {
            match conn.begin(self.access) {
                Ok(()) => return Ok(conn),
                Err(Error::Busy) => {
                    // On PostgreSQL a lock timeout leaves an aborted transaction behind: that connection is dropped.
                    if matches!(conn, Conn::Sqlite(_)) {
                        self.conn = Some(conn);
                    }
                    return Err(Error::Busy);
                }
                Err(error) => tracing::warn!(%error, "database connection lost, connecting anew"),
            }
        }
        let mut conn = self.connect()?;
        conn.begin(self.access)?;
        Ok(conn)
    }

    fn read_all(mut self, queue: &Tasks) {
        while let Some(mut task) = queue.pop() {
            if task.is_abandoned() {
                continue;
            }
            match self.begin() {
                Err(error) => task.fail(error),
                Ok(mut conn) => {
                    let (_, made) = counted(|| task.run(&mut conn));
                    self.metrics.statements.inc_by(made);
                    // A read has nothing to commit. A panic may have left a statement open: that connection is dropped.
                    if conn.roll_back_to(0).is_ok() && !task.panicked() {
                        self.conn = Some(conn);
                    }
                    task.answer();
                }
            }
        }
    }

    fn write_all(mut self, queue: &Tasks, most: usize) {
        while let Some(first) = queue.pop() {
            if first.is_abandoned() {
                continue;
            }
            match self.begin() {
                Err(error) => first.fail(error),
                Ok(conn) => self.conn = write_group(conn, first, queue, most, &self.metrics),
            }
        }
    }
}

/// Runs the first task and what else waits, each in its savepoint, commits once, and answers. Gives the connection back if it is still good.
fn write_group(mut conn: Conn, first: Box<dyn Task>, queue: &Tasks, most: usize, metrics: &Metrics) -> Option<Conn> {
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(mut task) = next {
        let outcome = run_in_savepoint(&mut conn, &mut *task, metrics);
        group.push(task);
        if let Err(error) = outcome {
            // What the savepoints before this one wrote is lost with the transaction.
            tracing::error!(%error, writes = group.len(), "a group of writes failed");
            fail_all(group, &error);
            return None;
        }
        next = if group.len() < most { next_wanted(queue) } else { None };
    }
    let started = std::time::Instant::now();
    match conn.commit() {
        Ok(()) => {
            metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
            metrics.group_sizes.observe(f64::from(u32::try_from(group.len()).unwrap_or(u32::MAX)));
            group.into_iter().for_each(Task::answer);
            Some(conn)
        }
        Err(error) => {
            abort_if_disk_failed(&conn, &error);
            tracing::error!(%error, writes = group.len(), "a commit failed");
            fail_all(group, &as_failed_commit(error));
            None
        }
    }
}

fn next_wanted(queue: &Tasks) -> Option<Box<dyn Task>> {
    loop {
        let task = queue.try_pop()?;
        if !task.is_abandoned() {
            return Some(task);
        }
    }
}

/// An error here is one of the transaction as a whole; the task's own error is kept in the task.
fn run_in_savepoint(conn: &mut Conn, task: &mut dyn Task, metrics: &Metrics) -> Result<()> {
    conn.begin_savepoint()?;
    // What an act before this one wrote and did not record is not this one's.
    drop(proven::take_rows());
    let (kept, made) = counted(|| task.run(conn));
    metrics.statements.inc_by(made);
    if kept {
        if conn.depth()? != SAVEPOINT {
            return Err(Error::Other("a closure left a transaction of its own open, or ended ours".to_owned()));
        }
        // PostgreSQL refuses this where the closure passed over a failed statement: then this task alone has failed.
        let Err(error) = conn.commit() else { return Ok(()) };
        task.refuse(error);
    }
    conn.roll_back_to(SAVEPOINT - 1)
}

/// How deep a task's savepoint lies: in the group's transaction.
const SAVEPOINT: u32 = 2;

fn fail_all(group: Vec<Box<dyn Task>>, error: &Error) {
    for task in group {
        task.fail(error.clone());
    }
}

/// The error of one statement means nothing to the others in the group.
fn as_failed_commit(error: Error) -> Error {
    match error {
        Error::Busy | Error::Unavailable(_) => error,
        other => Error::Unavailable(format!("the commit failed: {other}")),
    }
}

/// After a failed write or fsync nobody knows what the disk holds: the process stops, and the next start recovers from the log. Never
/// retried. A full disk is no such failure ([`Error::Unavailable`]): SQLite has rolled back what it could not write.
fn abort_if_disk_failed(conn: &Conn, error: &Error) {
    if let (Conn::Sqlite(_), Error::Other(message)) = (conn, error) {
        tracing::error!(message, "the disk failed during a commit: stopping, the next start recovers");
        std::process::abort();
    }
}
