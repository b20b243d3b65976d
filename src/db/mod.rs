//! The database: one query for SQLite and PostgreSQL, chosen at run time by the URL. The only place that knows two dialects.
//!
//! [`Db::read`] and [`Db::write`] take closures on a [`Conn`]. Reads run on reader threads with a connection each, in one read
//! transaction, so that several queries see one picture. Writes run on one writer thread that groups whatever waits into one commit,
//! each in its own savepoint (docs/decisions/0001); their answers go out after the commit. Closures have no effect outside the database.

mod columns;
#[expect(missing_docs, reason = "items that the derive of `Conn` makes")]
mod connection;
pub mod copy;
mod error;
pub mod meta;
mod metrics;
mod migrate;
mod migrations;
pub mod proven;
mod queue;
pub mod raw;
pub mod schema;
mod statements;
mod task;
mod threads;

use std::sync::Arc;

use tokio::sync::oneshot;

pub use columns::{Both, Json};

pub use connection::{Conn, MultiBackend, MultiField, MultiRawValue, MultiRow};
pub use error::{Error, Unique};
pub use metrics::Metrics;
pub use migrate::{migrate, migrate_connection, pending, refuse_unmigrated};
pub use migrations::Migrations;
pub use proven::ExecuteProven;
pub use statements::take_written;

use crate::config::DatabaseConfig;
use connection::Target;
use task::{Task, TaskOf};
use threads::Threads;

/// What a store function answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Compiles one expression for each database and runs it on the concrete connection: for what [`Conn`] as a whole cannot do
/// (ON CONFLICT, inserts of many rows).
macro_rules! each {
    ($conn:expr, |$inner:ident| $body:expr) => {
        match &mut *$conn {
            $crate::db::Conn::Pg($inner) => $body,
            $crate::db::Conn::Sqlite($inner) => $body,
        }
    };
}
pub(crate) use each;

/// A handle on the database; clones share its threads. The last one dropped finishes what waits and closes the connections.
#[derive(Clone)]
pub struct Db {
    threads: Arc<Threads>,
}

impl Db {
    /// Opens the database and starts its threads. Does not migrate: see [`migrate`].
    ///
    /// # Errors
    /// [`Error::Unfit`] for a bad URL, an SQLite library below 3.51.3, or a schema that is not this program's; [`Error::Unavailable`]
    /// where the database cannot be reached.
    pub fn open(config: &DatabaseConfig) -> Result<Self> {
        let target = Target::new(config)?;
        let mut conn = target.connect()?;
        migrate::refuse_unmigrated(&mut conn)?;
        drop(conn);
        Ok(Self { threads: Arc::new(Threads::start(&target, config)?) })
    }

    /// Runs queries in one read transaction. Writing fails.
    ///
    /// # Errors
    /// Those of the closure; [`Error::Busy`] where too many reads wait; [`Error::Unavailable`]; [`Error::Panicked`].
    pub async fn read<T, E>(
        &self,
        closure: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(closure, |value| value, |task| self.threads.submit_read(task)).await
    }

    /// Runs one act: all it wrote is committed when `Ok` comes back, none of it after an `Err`. Acts take turns, so what the closure
    /// read is still true when it is committed.
    ///
    /// # Errors
    /// Those of the closure; [`Error::Busy`] where too many writes wait; [`Error::Unavailable`] where the commit was not confirmed;
    /// [`Error::Panicked`].
    pub async fn write<T, E>(
        &self,
        closure: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(closure, |value| value, |task| self.threads.submit_write(task)).await
    }

    /// As [`Db::write`]; `committed` is run with what the closure gave, on the writer's thread after the commit and before the answer, in the order of
    /// the commits. It is run even where nobody waits for the answer any more, and never where nothing was committed.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_then<T, U, E>(
        &self,
        closure: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
        committed: impl FnOnce(T) -> U + Send + 'static,
    ) -> std::result::Result<U, E>
    where
        T: Send + 'static,
        U: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(closure, committed, |task| self.threads.submit_write(task)).await
    }
}

/// A connection in one reading transaction, for a look at a database that nobody need be serving: a copy, also one that cannot be written
/// to, is left as it is.
///
/// # Errors
/// As [`Db::open`], but any schema will do.
pub fn open_copy(config: &DatabaseConfig) -> Result<Conn> {
    let mut conn = Target::new(config)?.connect_to_copy()?;
    conn.begin(connection::Access::Read)?;
    Ok(conn)
}

impl Db {
    /// Other servers may work on the same database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.threads.shared
    }

    /// What the writer counts for monitoring.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.threads.metrics
    }

    /// The texts of the statements that were made since the last call, without their values. They are kept from the first call on, without bound: for
    /// tests and for looking into one request.
    #[must_use]
    pub fn take_statements(&self) -> Vec<String> {
        self.threads.metrics.log.take()
    }

    /// How many reads and how many writes wait for a connection now.
    #[must_use]
    pub fn waiting(&self) -> (u64, u64) {
        self.threads.waiting()
    }
}

/// Version of SQLite, or of the PostgreSQL server.
pub fn version(conn: &mut Conn) -> Result<String> {
    let sql = match conn {
        Conn::Pg(_) => "SELECT current_setting('server_version') AS row",
        Conn::Sqlite(_) => "SELECT sqlite_version() AS row",
    };
    Ok(raw::load(conn, sql, &[])?.pop().unwrap_or_default())
}

/// Begins a savepoint inside the transaction of a use case; gives how deep the transaction was before.
pub fn begin_savepoint(conn: &mut Conn) -> Result<u32> {
    let depth = conn.depth()?;
    conn.begin_savepoint()?;
    Ok(depth)
}

/// Ends the savepoint that was begun at this depth: what was written in it stays, or none of it.
pub fn end_savepoint(conn: &mut Conn, depth: u32, keep: bool) -> Result<()> {
    if keep && conn.depth()? == depth + 1 { conn.commit() } else { conn.roll_back_to(depth) }
}

/// Asks the database for anything at all.
pub fn ping(conn: &mut Conn) -> Result<()> {
    meta::find_meta(conn, "ping").map(|_| ())
}

async fn run<T, U, E>(
    closure: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    committed: impl FnOnce(T) -> U + Send + 'static,
    submit: impl FnOnce(Box<dyn Task>) -> Result<()>,
) -> std::result::Result<U, E>
where
    T: Send + 'static,
    U: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (sender, answer) = oneshot::channel();
    submit(Box::new(TaskOf::new(closure, committed, sender)))?;
    answer.await.unwrap_or_else(|_| Err(Error::Unavailable("the database threads have ended".to_owned()).into()))
}

#[cfg(test)]
mod tests;
