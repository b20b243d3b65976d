//! Connections: which database a URL means, how a connection is made fit for use, and its transactions.

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{MultiConnection, PgConnection, SqliteConnection};

use super::{Error, Result};
use crate::config::{DatabaseConfig, Synchronous};

/// A connection to either database. Queries are written once, on this type.
#[derive(MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Older SQLite libraries can lose committed writes in a WAL-reset race.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// Two servers on one PostgreSQL database take turns by this advisory lock ("tr" and a number).
const WRITER_LOCK: i64 = 0x7472_0001;
/// Held while the schema is migrated.
const MIGRATION_LOCK: i64 = 0x7472_0002;

type Manager = <Conn as Connection>::TransactionManager;

/// A database as configured.
#[derive(Debug, Clone)]
pub(super) struct Target {
    kind: Kind,
    synchronous: Synchronous,
    busy_timeout_ms: u32,
}

#[derive(Debug, Clone)]
enum Kind {
    Pg(String),
    Sqlite(String),
}

impl Target {
    pub(super) fn new(config: &DatabaseConfig) -> Result<Self> {
        let url = config.url.as_str();
        let kind = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Kind::Pg(url.to_owned())
        } else if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            if path.is_empty() || path.contains(":memory:") || path.contains('?') {
                return Err(Error::Unfit("database.url: an SQLite database is a file: sqlite:PATH".to_owned()));
            }
            Kind::Sqlite(path.to_owned())
        } else {
            return Err(Error::Unfit("database.url: begins with neither `sqlite:` nor `postgres://`".to_owned()));
        };
        Ok(Self { kind, synchronous: config.synchronous, busy_timeout_ms: config.busy_timeout_ms })
    }

    /// The file of an SQLite database.
    pub(super) fn sqlite_path(&self) -> Option<std::path::PathBuf> {
        match &self.kind {
            Kind::Sqlite(path) => Some(path.into()),
            Kind::Pg(_) => None,
        }
    }

    /// A connection that may write.
    pub(super) fn connect(&self) -> Result<Conn> {
        match &self.kind {
            Kind::Pg(url) => {
                let mut conn = PgConnection::establish(url)?;
                let commit = if self.synchronous == Synchronous::Full { "on" } else { "off" };
                conn.batch_execute(&format!(
                    "SET synchronous_commit = {commit}; SET lock_timeout = '{}ms'; SET client_min_messages = 'warning'",
                    self.busy_timeout_ms
                ))?;
                Ok(Conn::Pg(conn))
            }
            Kind::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path)?;
                let synchronous = if self.synchronous == Synchronous::Full { "FULL" } else { "NORMAL" };
                // The timeout first: switching to WAL takes a lock.
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; \
                     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA mmap_size = 268435456",
                    self.busy_timeout_ms
                ))?;
                refuse_old_sqlite(&mut conn)?;
                Ok(Conn::Sqlite(conn))
            }
        }
    }

    /// A connection that only reads, and changes nothing about the file of an SQLite database either.
    pub(super) fn connect_to_copy(&self) -> Result<Conn> {
        let Kind::Sqlite(path) = &self.kind else { return self.connect() };
        if !std::path::Path::new(path).is_file() {
            return Err(Error::Unfit(format!("{path} is not there")));
        }
        let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let open = |mode: &str| {
            let mut conn = SqliteConnection::establish(&format!("file:{escaped}?{mode}"))?;
            conn.batch_execute(&format!("PRAGMA busy_timeout = {}; PRAGMA mmap_size = 268435456", self.busy_timeout_ms))?;
            diesel::sql_query("SELECT count(*) FROM sqlite_schema").execute(&mut conn)?;
            Ok::<_, Error>(conn)
        };
        // Where a log lies beside the file it is read as well; a folder that cannot be written to has none that is in use.
        Ok(Conn::Sqlite(open("mode=ro").or_else(|_| open("mode=ro&immutable=1"))?))
    }

    /// A connection that only reads.
    pub(super) fn connect_reader(&self) -> Result<Conn> {
        let mut conn = self.connect()?;
        if let Conn::Sqlite(conn) = &mut conn {
            conn.batch_execute("PRAGMA query_only = ON")?;
        }
        Ok(conn)
    }
}

fn refuse_old_sqlite(conn: &mut SqliteConnection) -> Result<()> {
    let version = diesel::select(diesel::dsl::sql::<Text>("sqlite_version()")).get_result::<String>(conn)?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let number = [(); 3].map(|()| parts.next().unwrap_or(0));
    if number < OLDEST_SQLITE {
        let [a, b, c] = OLDEST_SQLITE;
        return Err(Error::Unfit(format!("SQLite {version} can lose committed writes: {a}.{b}.{c} or newer is needed")));
    }
    Ok(())
}

/// What a transaction is begun for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl Conn {
    pub(super) fn begin(&mut self, access: Access) -> Result<()> {
        match (self, access) {
            (Self::Sqlite(conn), Access::Read) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN"),
            // A deferred read-then-write gives "database is locked" in spite of the busy timeout.
            (Self::Sqlite(conn), Access::Write) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
            (Self::Pg(conn), Access::Read) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
            // READ COMMITTED, and the lock before the first query: each query sees all that was committed before the lock was given.
            (Self::Pg(conn), Access::Write) => AnsiTransactionManager::begin_transaction_sql(
                conn,
                &format!("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({WRITER_LOCK})"),
            ),
        }
        .map_err(Error::from)
    }

    /// Begins a savepoint inside a transaction.
    pub(super) fn begin_savepoint(&mut self) -> Result<()> {
        Ok(Manager::begin_transaction(self)?)
    }

    /// Commits the innermost savepoint, or the transaction.
    pub(super) fn commit(&mut self) -> Result<()> {
        Ok(Manager::commit_transaction(self)?)
    }

    /// Rolls back until only `depth` transactions and savepoints are open, whatever a closure left behind.
    pub(super) fn roll_back_to(&mut self, depth: u32) -> Result<()> {
        while self.depth()? > depth {
            Manager::rollback_transaction(self)?;
        }
        Ok(())
    }

    /// How many transactions and savepoints are open.
    pub(super) fn depth(&mut self) -> Result<u32> {
        let depth = Manager::transaction_manager_status_mut(self).transaction_depth()?;
        Ok(depth.map_or(0, std::num::NonZeroU32::get))
    }

    /// Lets one process at a time migrate a PostgreSQL database, until the connection is closed.
    pub(super) fn lock_for_migration(&mut self) -> Result<()> {
        if let Self::Pg(conn) = self {
            conn.batch_execute(&format!("SET lock_timeout = 0; SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
        }
        Ok(())
    }
}
