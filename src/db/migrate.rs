//! Migrations: which there are is listed in `migrations.rs`; here they are run and compared with what a database has had.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::MigrationHarness;

use super::connection::Target;
use super::migrations::{self, Migrations};
use super::{Conn, Error, Result};
use crate::config::DatabaseConfig;

/// Brings the schema up to date and answers the names of the migrations that ran. Makes an SQLite file that is not there yet.
///
/// # Errors
/// [`Error::Unfit`] where a migration fails, or the database is of a newer program.
pub fn migrate(config: &DatabaseConfig) -> Result<Vec<String>> {
    let mut conn = Target::new(config)?.connect()?;
    conn.lock_for_migration()?;
    migrate_connection(&mut conn)
}

/// [`migrate`] on an open connection.
pub fn migrate_connection(conn: &mut Conn) -> Result<Vec<String>> {
    refuse_newer(conn)?;
    let applied = match conn {
        Conn::Pg(conn) => conn.run_pending_migrations(Migrations).map(|names| names.iter().map(ToString::to_string).collect()),
        Conn::Sqlite(conn) => conn.run_pending_migrations(Migrations).map(|names| names.iter().map(ToString::to_string).collect()),
    };
    applied.map_err(|error| Error::Unfit(format!("a migration failed: {error}")))
}

/// How many migrations of this program the database has not had yet.
pub fn pending(conn: &mut Conn) -> Result<usize> {
    let had = applied(conn)?;
    Ok(migrations::versions().filter(|version| !had.contains(version)).count())
}

/// Whether the schema is exactly this program's.
///
/// # Errors
/// [`Error::Unfit`] says what is missing, or what this program does not know.
pub fn refuse_unmigrated(conn: &mut Conn) -> Result<()> {
    refuse_newer(conn)?;
    match pending(conn)? {
        0 => Ok(()),
        count => Err(Error::Unfit(format!("the database lacks {count} migrations: run `title-review migrate`"))),
    }
}

fn refuse_newer(conn: &mut Conn) -> Result<()> {
    let known: BTreeSet<String> = migrations::versions().collect();
    match applied(conn)?.into_iter().find(|version| !known.contains(version)) {
        None => Ok(()),
        Some(version) => Err(Error::Unfit(format!(
            "the database has migration {version}, which this program does not know: use a newer program"
        ))),
    }
}

/// What the database has had. Read without making the table of it, as diesel would: that is no reader's to do.
pub(super) fn applied(conn: &mut Conn) -> Result<BTreeSet<String>> {
    let there = match conn {
        Conn::Pg(_) => "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('__diesel_schema_migrations')",
        Conn::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE name = '__diesel_schema_migrations'",
    };
    if diesel::select(diesel::dsl::sql::<BigInt>(&format!("({there})"))).get_result::<i64>(conn)? == 0 {
        return Ok(BTreeSet::new());
    }
    let versions = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<AppliedRow>(conn)?;
    Ok(versions.into_iter().map(|row| row.version).collect())
}

#[derive(QueryableByName)]
struct AppliedRow {
    #[diesel(sql_type = Text)]
    version: String,
}
