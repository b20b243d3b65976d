//! Looking for texts in everything that a server keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use title_review::db::{Conn, Db, Error, raw};

use crate::support::database::{Database, Dialect};

/// Every value of every column of every table, as text, by `table.column`.
pub async fn dump(db: &Db) -> BTreeMap<String, Vec<String>> {
    db.read(dump_of).await.unwrap()
}

/// As [`dump`], within a transaction.
pub fn dump_of(conn: &mut Conn) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let tables = match conn {
        Conn::Sqlite(_) => "SELECT name AS row FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Conn::Pg(_) => "SELECT table_name AS row FROM information_schema.tables WHERE table_schema = 'public'",
    };
    let mut found = BTreeMap::new();
    for table in raw::load(conn, tables, &[])? {
        for (column, _) in raw::columns(conn, &table)? {
            let sql = format!("SELECT CAST({column} AS TEXT) AS row FROM {table} WHERE {column} IS NOT NULL");
            found.insert(format!("{table}.{column}"), raw::load(conn, &sql, &[])?);
        }
    }
    Ok(found)
}

/// The columns that hold one of these texts.
pub fn columns_with(dump: &BTreeMap<String, Vec<String>>, texts: &[&str]) -> BTreeSet<String> {
    let holds = |value: &String| texts.iter().any(|text| value.contains(text));
    dump.iter().filter(|(_, values)| values.iter().any(holds)).map(|(column, _)| column.clone()).collect()
}

/// The files below a folder whose bytes hold one of these texts.
pub fn files_with(folder: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, texts));
        } else if holds(&std::fs::read(&path).unwrap_or_default(), texts) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// The bytes hold one of these texts.
pub fn holds(bytes: &[u8], texts: &[&str]) -> bool {
    texts.iter().any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

/// The bytes of a database as they lie on the disk, where they are in files of the test's own.
pub fn raw_bytes(database: &Database) -> Vec<(String, Vec<u8>)> {
    if database.dialect == Dialect::Postgres {
        return Vec::new();
    }
    let path = database.config.url.strip_prefix("sqlite:").unwrap();
    let files = ["", "-wal", "-shm"].map(|end| format!("{path}{end}"));
    files.into_iter().filter_map(|file| Some((file.clone(), std::fs::read(&file).ok()?))).collect()
}
