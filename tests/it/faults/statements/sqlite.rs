//! Faults of SQLite: triggers on every table, put there past the server, fail the n-th row that is written: the statement alone, as a refused
//! one does, or the whole transaction, as a failing disk does.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Faults, Line, within};
use crate::support::world::Reply;

/// What a fault ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Statement,
    Transaction,
}

/// The triggers, and a connection past the server.
pub struct Writes {
    conn: SqliteConnection,
    ends: Ends,
    /// The content of the tables, one row a line.
    query: String,
    /// The last answer, and the version of the data that it is good for.
    read: (i64, BTreeSet<String>),
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Writes {
    /// Puts the triggers into the database of this URL.
    pub fn before(url: &str, ends: Ends) -> Self {
        let mut conn = SqliteConnection::establish(url.strip_prefix("sqlite:").expect("a file")).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA recursive_triggers = OFF").unwrap();
        let tables = "SELECT name AS line FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1";
        let tables: Vec<Line> = diesel::sql_query(tables).load(&mut conn).unwrap();
        let mut triggers = String::from("CREATE TABLE fault (left INTEGER NOT NULL); INSERT INTO fault VALUES (0);");
        let raise = match ends {
            Ends::Statement => "ABORT",
            Ends::Transaction => "ROLLBACK",
        };
        let mut contents = Vec::new();
        for Line { line: table } in &tables {
            for verb in ["INSERT", "UPDATE", "DELETE"] {
                let _ = write!(
                    triggers,
                    "CREATE TRIGGER fault_{table}_{verb} BEFORE {verb} ON {table} WHEN (SELECT left FROM fault) > 0 BEGIN \
                     UPDATE fault SET left = left - 1; SELECT RAISE({raise}, 'injected fault') FROM fault WHERE left = 0; END;"
                );
            }
            let columns: Vec<Line> =
                diesel::sql_query(format!("SELECT name AS line FROM pragma_table_info('{table}')")).load(&mut conn).unwrap();
            let quoted: Vec<String> = columns.iter().map(|Line { line }| format!("quote(\"{line}\")")).collect();
            let within = within(table);
            contents.push(format!("SELECT '{table} ' || {} AS line FROM {table}{within}", quoted.join(" || ',' || ")));
        }
        conn.batch_execute(&triggers).unwrap();
        Self { conn, ends, query: contents.join(" UNION ALL "), read: (-1, BTreeSet::new()) }
    }

    fn set_left(&mut self, left: u32) {
        diesel::sql_query(format!("UPDATE fault SET left = {left}")).execute(&mut self.conn).unwrap();
    }
}

impl Faults for Writes {
    fn fail_at(&mut self, n: u32) {
        self.set_left(n);
    }

    /// That a write failed is undone with the write: it shows in the answer alone.
    fn stop(&mut self, reply: &Reply) -> Option<String> {
        self.set_left(0);
        let what = match self.ends {
            Ends::Statement => "a row",
            Ends::Transaction => "a row, and the transaction ended",
        };
        (reply.status >= 500).then(|| what.to_owned())
    }

    fn sees_every_fault(&self) -> bool {
        false
    }

    fn content(&mut self) -> BTreeSet<String> {
        let version: Version = diesel::sql_query("PRAGMA data_version").get_result(&mut self.conn).unwrap();
        if version.data_version != self.read.0 {
            let lines: Vec<Line> = diesel::sql_query(&self.query).load(&mut self.conn).unwrap();
            self.read = (version.data_version, lines.into_iter().map(|Line { line }| line).collect());
        }
        self.read.1.clone()
    }
}
