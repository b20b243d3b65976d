//! All rows of a database, out and in again: for backups. SQLite is copied as a file, PostgreSQL as rows in JSON, which either database reads: so the
//! rows of PostgreSQL are tried out in a file of SQLite. Table and column names come from the database itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel::migration::{self, MigrationSource};
use diesel_migrations::MigrationHarness;

use super::connection::{Access, Target};
use super::migrate::applied;
use super::migrations::{self, Migrations};
use super::{Conn, Error, Result, each, raw};
use crate::config::DatabaseConfig;

/// Rows that are fetched at once; a dossier or a cycle is large.
const BATCH: usize = 200;

/// Which database a configuration names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A file of SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Which database the configuration names, and the file of an SQLite one.
pub fn kind(config: &DatabaseConfig) -> Result<(Kind, Option<std::path::PathBuf>)> {
    let path = Target::new(config)?.sqlite_path();
    Ok(if path.is_some() { (Kind::Sqlite, path) } else { (Kind::Postgres, None) })
}

/// Writes the committed content of an SQLite database, at one moment, into a new file, whoever writes meanwhile.
pub fn copy_file(config: &DatabaseConfig, to: &Path) -> Result<()> {
    let mut conn = Target::new(config)?.connect_to_copy()?;
    let to = to.to_str().ok_or_else(|| Error::Unfit(format!("{} is no text", to.display())))?;
    raw::execute(&mut conn, "VACUUM INTO $1", &[to]).map(|_| ())
}

/// Names of the migrations that the database has had.
pub fn migrations(conn: &mut Conn) -> Result<BTreeSet<String>> {
    applied(conn)
}

/// Every table but that of the migrations.
pub fn tables(conn: &mut Conn) -> Result<Vec<String>> {
    let sql = match conn {
        Conn::Pg(_) => {
            "SELECT table_name::text AS row FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        }
        Conn::Sqlite(_) => {
            "SELECT name AS row FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
        }
    };
    let all = raw::load(conn, sql, &[])?;
    Ok(all.into_iter().filter(|name| name != "__diesel_schema_migrations").collect())
}

/// How many rows each table has.
pub fn count_all(conn: &mut Conn) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for table in tables(conn)? {
        let rows = raw::load(conn, &format!("SELECT CAST(count(*) AS TEXT) AS row FROM \"{table}\""), &[])?;
        let count = rows.first().and_then(|count| count.parse().ok());
        let count = count.ok_or_else(|| Error::Unreadable(format!("the count of {table}")))?;
        counts.insert(table, count);
    }
    Ok(counts)
}

/// Hands over the rows of a table of PostgreSQL, some at a time, each time as a JSON list. In the transaction that the connection is in.
pub fn each_batch<E: From<Error>>(
    conn: &mut Conn,
    table: &str,
    mut take: impl FnMut(&str) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let declare = format!("DECLARE copied NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM \"{table}\" t");
    raw::execute(conn, &declare, &[])?;
    loop {
        let rows = raw::load(conn, &format!("FETCH {BATCH} FROM copied"), &[])?;
        if rows.is_empty() {
            break;
        }
        take(&format!("[{}]", rows.join(",")))?;
    }
    raw::execute(conn, "CLOSE copied", &[])?;
    Ok(())
}

/// Puts rows from [`each_batch`] into a table; answers how many.
pub fn insert_batch(conn: &mut Conn, table: &str, rows: &str) -> Result<usize> {
    let columns = raw::columns(conn, table)?;
    let names = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let sql = match conn {
        Conn::Pg(_) => {
            format!("INSERT INTO \"{table}\" ({names}) SELECT {names} FROM json_populate_recordset(NULL::\"{table}\", $1::json)")
        }
        Conn::Sqlite(_) => {
            let values = columns.iter().map(|(name, kind)| {
                let value = format!("json_extract(value, '$.\"{name}\"')");
                if kind.starts_with("timestamp") {
                    // PostgreSQL leaves zeros at the end away, SQLite's texts of instants have six digits, three or none, as few as do.
                    let padded = format!("substr({value} || '00000', 1, 26)");
                    let fraction = format!("CASE WHEN substr({padded}, 24) = '000' THEN substr({padded}, 1, 23) ELSE {padded} END");
                    format!("replace(CASE WHEN instr({value}, '.') > 0 THEN {fraction} ELSE {value} END, 'T', ' ')")
                } else {
                    value
                }
            });
            format!("INSERT INTO \"{table}\" ({names}) SELECT {} FROM json_each($1)", values.collect::<Vec<_>>().join(", "))
        }
    };
    raw::execute(conn, &sql, &[rows])
}

/// A database that is being filled: all of it becomes true with [`Filling::finish`], or nothing.
pub struct Filling {
    /// Inside the transaction.
    pub conn: Conn,
    /// Foreign keys of PostgreSQL that are made again at the end: table, name, definition.
    foreign_keys: Vec<(String, String, String)>,
}

impl Filling {
    /// Begins to fill an empty database with the schema that these migrations made.
    ///
    /// # Errors
    /// [`Error::Unfit`] if it is not empty, or a migration is not known to this program.
    pub fn begin(config: &DatabaseConfig, migrations: &BTreeSet<String>) -> Result<Self> {
        let mut conn = Target::new(config)?.connect()?;
        if let Conn::Sqlite(conn) = &mut conn {
            conn.batch_execute("PRAGMA foreign_keys = OFF")?;
        }
        conn.lock_for_migration()?;
        conn.begin(Access::Write)?;
        if !tables(&mut conn)?.is_empty() {
            return Err(Error::Unfit("the database is not empty".to_owned()));
        }
        run(&mut conn, migrations)?;
        let foreign_keys = take_foreign_keys(&mut conn)?;
        Ok(Self { conn, foreign_keys })
    }

    /// Makes the foreign keys again, which checks every row. Nothing is true yet.
    pub fn bind(&mut self) -> Result<()> {
        for (table, name, definition) in std::mem::take(&mut self.foreign_keys) {
            raw::execute(&mut self.conn, &format!("ALTER TABLE {table} ADD CONSTRAINT \"{name}\" {definition}"), &[])?;
        }
        refuse_broken(&mut self.conn)
    }

    /// Commits.
    pub fn finish(mut self) -> Result<()> {
        self.conn.commit()
    }
}

/// What SQLite itself says about a file: its pages, its indexes, its foreign keys. Nothing to ask PostgreSQL.
pub fn refuse_broken(conn: &mut Conn) -> Result<()> {
    if !matches!(conn, Conn::Sqlite(_)) {
        return Ok(());
    }
    let found = raw::load(conn, "SELECT integrity_check AS row FROM pragma_integrity_check LIMIT 1", &[])?;
    if found.first().is_none_or(|first| first != "ok") {
        return Err(Error::Unfit(format!("integrity_check: {}", found.first().map_or("says nothing", String::as_str))));
    }
    let sql = "SELECT \"table\" || ' row ' || coalesce(rowid, 0) || ' names a row of ' || parent AS row FROM pragma_foreign_key_check LIMIT 1";
    match raw::load(conn, sql, &[])?.first() {
        None => Ok(()),
        Some(row) => Err(Error::Unfit(format!("foreign_key_check: {row} that is not there"))),
    }
}

fn run(conn: &mut Conn, wanted: &BTreeSet<String>) -> Result<()> {
    if let Some(newer) = wanted.iter().find(|name| !migrations::versions().any(|known| known == **name)) {
        return Err(Error::Unfit(format!("migration {newer} is not known to this program: use a newer one")));
    }
    each!(conn, |conn| run_wanted(conn, wanted)).map_err(|error| Error::Unfit(format!("a migration failed: {error}")))?;
    // What the migrations themselves may have put in comes with the rows again. Triggers that keep rows would refuse it.
    for table in tables(conn)? {
        if matches!(conn, Conn::Pg(_)) {
            raw::execute(conn, &format!("ALTER TABLE \"{table}\" DISABLE TRIGGER USER"), &[])?;
        }
        raw::execute(conn, &format!("DELETE FROM \"{table}\""), &[])?;
        if matches!(conn, Conn::Pg(_)) {
            raw::execute(conn, &format!("ALTER TABLE \"{table}\" ENABLE TRIGGER USER"), &[])?;
        }
    }
    Ok(())
}

fn run_wanted<DB: Backend>(conn: &mut impl MigrationHarness<DB>, wanted: &BTreeSet<String>) -> migration::Result<()>
where
    Migrations: MigrationSource<DB>,
{
    // Makes the table of applied migrations.
    conn.applied_migrations()?;
    for migration in MigrationSource::<DB>::migrations(&Migrations)? {
        if wanted.contains(&migration.name().version().to_string()) {
            conn.run_migration(&*migration)?;
        }
    }
    Ok(())
}

/// Tables point at each other and at themselves: no order of filling them would do.
fn take_foreign_keys(conn: &mut Conn) -> Result<Vec<(String, String, String)>> {
    if !matches!(conn, Conn::Pg(_)) {
        return Ok(Vec::new());
    }
    let sql = "SELECT conrelid::regclass::text || chr(31) || conname || chr(31) || pg_get_constraintdef(oid) AS row FROM pg_constraint \
               WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conrelid::regclass::text, conname";
    let mut taken = Vec::new();
    for row in raw::load(conn, sql, &[])? {
        let mut parts = row.split('\u{1f}').map(str::to_owned);
        if let (Some(table), Some(name), Some(definition)) = (parts.next(), parts.next(), parts.next()) {
            raw::execute(conn, &format!("ALTER TABLE {table} DROP CONSTRAINT \"{name}\""), &[])?;
            taken.push((table, name, definition));
        }
    }
    Ok(taken)
}
