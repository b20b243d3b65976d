//! What a database can answer instead of rows, the same for both dialects.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind};

/// A failed read or write. Texts are for the log; none of them holds a value of a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A unique index has the row already.
    #[error("already there: {0}")]
    Unique(Unique),
    /// A row that is pointed at is not there, or a row that goes is still pointed at.
    #[error("foreign key violation: {0}")]
    ForeignKey(String),
    /// A CHECK or NOT NULL of the table refused the row: a bug, the rules come first.
    #[error("refused by the table: {0}")]
    Check(String),
    /// The row asked for is not there.
    #[error("no such row")]
    NotFound,
    /// Too much is waiting already, or another process holds the lock. Nothing was written; trying later is right.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached. After a lost connection during a commit, whether it was written is unknown.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The closure panicked; what it wrote is rolled back.
    #[error("a database closure panicked: {0}")]
    Panicked(String),
    /// A stored value cannot be read as what its column should hold.
    #[error("unreadable row: {0}")]
    Unreadable(String),
    /// The configuration or the database itself is not fit for this program.
    #[error("{0}")]
    Unfit(String),
    /// Anything else.
    #[error("database error: {0}")]
    Other(String),
}

/// Which unique index refused a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// `table.column, table.column`, in the order of the index: equal on both databases.
    pub columns: String,
    /// The name of the index or constraint where the database tells it (PostgreSQL).
    pub constraint: Option<String>,
}

impl std::fmt::Display for Unique {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.columns)
    }
}

impl Error {
    /// Whether this is the refusal by the unique index on these columns (`table.column, table.column`).
    #[must_use]
    pub fn is_unique_on(&self, columns: &str) -> bool {
        matches!(self, Self::Unique(unique) if unique.columns == columns)
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::Error as E;
        match error {
            E::NotFound => Self::NotFound,
            E::DatabaseError(kind, info) => from_database(kind, &*info),
            E::DeserializationError(error) => Self::Unreadable(error.to_string()),
            E::BrokenTransactionManager => Self::Unavailable("the transaction is broken".to_owned()),
            E::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<diesel::ConnectionError> for Error {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

fn from_database(kind: DatabaseErrorKind, info: &dyn DatabaseErrorInformation) -> Error {
    let message = info.message();
    match kind {
        DatabaseErrorKind::UniqueViolation => Error::Unique(unique(info)),
        DatabaseErrorKind::ForeignKeyViolation => Error::ForeignKey(info.constraint_name().unwrap_or(message).to_owned()),
        DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation => {
            Error::Check(info.constraint_name().unwrap_or(message).to_owned())
        }
        DatabaseErrorKind::ClosedConnection => Error::Unavailable(message.to_owned()),
        DatabaseErrorKind::SerializationFailure => Error::Busy,
        // SQLite: SQLITE_BUSY and SQLITE_LOCKED. PostgreSQL: lock_timeout (55P03).
        _ if message.starts_with("database is locked")
            || message.starts_with("database table is locked")
            || message.contains("due to lock timeout") =>
        {
            Error::Busy
        }
        // libpq after a restart of the server, or after it ended the session (57P01).
        _ if message.contains("server closed the connection")
            || message.contains("terminating connection")
            || message.contains("no connection to the server")
            || message.contains("connection to server")
            || message.contains("could not receive data from server")
            || message.contains("could not send data to server")
            || message.contains("SSL connection has been closed") =>
        {
            Error::Unavailable(message.lines().next().unwrap_or_default().to_owned())
        }
        // Rolled back, and said as what it is: nothing can be written until there is room. SQLite, then PostgreSQL (53100): also where a part of
        // a page still found room.
        _ if message.starts_with("database or disk is full")
            || message.contains("No space left on device")
            || message.starts_with("could not extend file") =>
        {
            Error::Unavailable("the disk is full".to_owned())
        }
        _ => Error::Other(message.to_owned()),
    }
}

/// SQLite says `UNIQUE constraint failed: t.a, t.b`; PostgreSQL says table, constraint and `Key (a, b)=(values) already exists.`, in
/// the server's language, so only the first brackets are read.
fn unique(info: &dyn DatabaseErrorInformation) -> Unique {
    if let Some(columns) = info.message().strip_prefix("UNIQUE constraint failed: ") {
        return Unique { columns: columns.to_owned(), constraint: None };
    }
    let table = info.table_name().unwrap_or_default();
    let columns =
        info.details().and_then(|details| details.split_once('(')?.1.split_once(")=(")).map_or_else(String::new, |(keys, _)| {
            keys.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        });
    Unique { columns, constraint: info.constraint_name().map(str::to_owned) }
}
