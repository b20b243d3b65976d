//! What an act writes, column by column, read from its statements before they run: the audit log keeps digests of it
//! (docs/decisions/0043), so that a row that was changed past the program is found.
//!
//! A statement on a table of [`PROVEN`] is run by [`ExecuteProven::execute_proven`] instead of `execute`. It is the same statement; an UPDATE or
//! a DELETE answers the keys of its rows (RETURNING).

use std::cell::RefCell;

use chrono::{Days, NaiveDate, NaiveDateTime};
use diesel::QueryResult;
use diesel::connection::Connection as _;
use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::prelude::RunQueryDsl;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AstPass, Query, QueryBuilder as _, QueryFragment, QueryId};
use diesel::sql_types::Text;
use serde_json::{Map, Value};

use super::connection::MultiBackend;
use super::{Conn, Error, Result, raw};
use title_review_core::clock::Instant;

/// A table whose rows are proved by the audit log.
#[derive(Debug, PartialEq, Eq)]
pub struct ProvenTable {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
    /// Columns that change without an act: when something was last used, tokens that rotate, what a job works out.
    pub free: &'static [&'static str],
}

const fn table(name: &'static str) -> ProvenTable {
    ProvenTable { name, key: &["id"], free: &[] }
}

const fn keyed(name: &'static str, key: &'static [&'static str]) -> ProvenTable {
    ProvenTable { name, key, free: &[] }
}

/// Every table whose rows are proved. The others hold the audit log itself, what a job or a counter keeps, and messages.
pub const PROVEN: &[ProvenTable] = &[
    table("organisations"),
    // What the start works out for rows from before.
    ProvenTable { name: "accounts", key: &["id"], free: &["id_number_end_index"] },
    table("memberships"),
    ProvenTable { name: "sessions", key: &["id"], free: &["refresh_hash", "previous_hash", "rotated_at", "last_used_at"] },
    table("second_factors"),
    keyed("recovery_codes", &["factor_id", "code_hash"]),
    table("former_passwords"),
    table("password_resets"),
    ProvenTable { name: "clients", key: &["account_id"], free: &["last_used_at"] },
    table("client_secrets"),
    ProvenTable { name: "personal_tokens", key: &["id"], free: &["last_used_at"] },
    keyed("cycle_versions", &["cycle_id", "version"]),
    table("cycles"),
    table("window_extensions"),
    keyed("profiles", &["account_id"]),
    ProvenTable { name: "applications", key: &["id"], free: &["lapse_at", "decide_by", "undecided_at"] },
    table("steps"),
    table("corrections"),
    keyed("returned_dossiers", &["step_id"]),
    table("transfers"),
    table("attachments"),
    keyed("received_originals", &["application_id", "item"]),
    keyed("defences", &["application_id"]),
    table("publicities"),
    table("objections"),
    // What the migration numbered.
    ProvenTable { name: "orders", key: &["id"], free: &["number"] },
    table("payments"),
    table("held_money"),
    table("meetings"),
    keyed("meeting_candidates", &["meeting_id", "application_id"]),
    keyed("cap_settlements", &["cycle_id"]),
    keyed("certificates", &["number"]),
    keyed("certificate_revocations", &["number"]),
    keyed("fraud_decisions", &["application_id"]),
    table("sanctions"),
    table("study_records"),
    table("proposals"),
    keyed("erasures", &["account_id"]),
];

/// The table of this name, if its rows are proved.
#[must_use]
pub fn find_table(name: &str) -> Option<&'static ProvenTable> {
    PROVEN.iter().find(|table| table.name == name)
}

/// Between the parts of a key of several columns: no id has it.
const UNIT: char = '\u{1f}';

impl ProvenTable {
    /// The key of a row as one text, in SQL.
    fn key_sql(&self) -> String {
        if let [only] = self.key {
            return (*only).to_owned();
        }
        let parts: Vec<String> = self.key.iter().map(|column| format!("CAST({column} AS TEXT)")).collect();
        parts.join(&format!(" || '{UNIT}' || "))
    }

    /// The columns of the table that are proved, each with its type.
    pub fn columns(&self, conn: &mut Conn) -> Result<Vec<(String, String)>> {
        Ok(raw::columns(conn, self.name)?.into_iter().filter(|(name, _)| !self.free.contains(&name.as_str())).collect())
    }

    /// Rows after a key, in the order of their keys, each with the values of these columns.
    pub fn list_rows(&self, conn: &mut Conn, columns: &[(String, String)], after: &str, limit: usize) -> Result<Vec<ProvenRow>> {
        let key = self.key_sql();
        self.rows_where(conn, columns, &format!("{key} > $1 ORDER BY {key} LIMIT {limit}"), after)
    }

    /// The row of this key.
    pub fn find_row(&self, conn: &mut Conn, columns: &[(String, String)], key: &str) -> Result<Option<ProvenRow>> {
        Ok(self.rows_where(conn, columns, &format!("{} = $1", self.key_sql()), key)?.pop())
    }

    fn rows_where(&self, conn: &mut Conn, columns: &[(String, String)], condition: &str, text: &str) -> Result<Vec<ProvenRow>> {
        let name = self.name;
        let sql = match conn {
            Conn::Pg(_) => format!("SELECT row_to_json(t)::text AS row FROM {name} t WHERE {condition}"),
            Conn::Sqlite(_) => {
                // A blob has no place in JSON: it is told as what no act writes.
                let pair = |(column, _): &(String, String)| {
                    format!("'{column}', CASE typeof({column}) WHEN 'blob' THEN 'blob ' || hex({column}) ELSE {column} END")
                };
                let pairs: Vec<String> = columns.iter().map(pair).collect();
                format!("SELECT json_object({}) AS row FROM {name} WHERE {condition}", pairs.join(", "))
            }
        };
        let read = |text: &String| {
            let mut row: Map<String, Value> =
                serde_json::from_str(text).map_err(|error| Error::Unreadable(format!("a row of {name}: {error}")))?;
            let mut take = |(column, kind): &(String, String)| text_of(kind, row.remove(column).unwrap_or(Value::Null));
            let values: Vec<Option<String>> = columns.iter().map(&mut take).collect();
            let part = |of: &&str| columns.iter().position(|(column, _)| column == of).and_then(|at| values[at].clone());
            let key: Option<Vec<String>> = self.key.iter().map(part).collect();
            Ok(ProvenRow { key: key.unwrap_or_default().join(&UNIT.to_string()), values })
        };
        raw::load(conn, &sql, &[text])?.iter().map(read).collect()
    }
}

/// A row as it stands in the database.
#[derive(Debug, Clone)]
pub struct ProvenRow {
    /// Its key; parts are joined by U+001F.
    pub key: String,
    /// Its values in the order of the columns that were asked for, each as its one text: see [`Written::columns`].
    pub values: Vec<Option<String>>,
}

fn text_of(kind: &str, value: Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Number(number) if kind.starts_with("bool") => match number.as_i64() {
            Some(0) => "false".to_owned(),
            Some(1) => "true".to_owned(),
            _ => number.to_string(),
        },
        Value::String(text) if kind.starts_with("timestamp") => {
            let time = NaiveDateTime::parse_from_str(&text.replacen('T', " ", 1), "%F %T%.f");
            time.map_or(text, |time| Instant::from_naive_utc(time).micros().to_string())
        }
        Value::String(text) => text,
        other => other.to_string(),
    })
}

/// What a statement did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It is new: columns that are not named are null.
    New,
    /// Some of its columns changed.
    Changed,
    /// It was removed.
    Gone,
}

/// A row that an act wrote.
#[derive(Debug, Clone)]
pub struct Written {
    /// In which table.
    pub table: &'static ProvenTable,
    /// Its key; parts are joined by U+001F.
    pub key: String,
    /// What was done to it.
    pub deed: Deed,
    /// Each column that was written, with the value as its one text on both databases: whole numbers in decimal, `true` and `false`, days as
    /// YYYY-MM-DD, instants as microseconds since 1970; none for null.
    pub columns: Vec<(String, Option<String>)>,
}

thread_local! {
    /// What the act that runs on this thread has written and the audit log does not tell yet.
    static WRITTEN: RefCell<Vec<Written>> = const { RefCell::new(Vec::new()) };
}

/// Takes what was written on this thread since it was last taken: for the next row of the audit log.
#[must_use]
pub fn take_rows() -> Vec<Written> {
    WRITTEN.take()
}

/// Notes a row that was written by other means than [`ExecuteProven::execute_proven`].
pub fn note_row(written: Written) {
    WRITTEN.with_borrow_mut(|rows| rows.push(written));
}

/// Notes a row as it stands now, or that it is gone.
pub fn note_present(conn: &mut Conn, table: &'static ProvenTable, key: &str) -> Result<()> {
    let columns = table.columns(conn)?;
    let row = table.find_row(conn, &columns, key)?;
    let (deed, values) = row.map_or((Deed::Gone, Vec::new()), |row| (Deed::New, row.values));
    let columns = columns.into_iter().map(|(name, _)| name).zip(values).collect();
    note_row(Written { table, key: key.to_owned(), deed, columns });
    Ok(())
}

/// The keys of the rows for which a condition on `$1` holds.
pub fn list_keys(conn: &mut Conn, table: &ProvenTable, condition: &str, text: &str) -> Result<Vec<String>> {
    raw::load(conn, &format!("SELECT {} AS row FROM {} WHERE {condition}", table.key_sql(), table.name), &[text])
}

/// Runs a statement and notes which rows and columns it wrote.
pub trait ExecuteProven: QueryFragment<Pg> + QueryFragment<MultiBackend> + Sized {
    /// Runs an INSERT, UPDATE or DELETE on a table of [`PROVEN`]. Returns how many rows it wrote.
    ///
    /// # Errors
    /// Those of the statement; [`Error::Other`] for a statement of another form.
    fn execute_proven(self, conn: &mut Conn) -> Result<usize> {
        let statement = Statement::of(&self)?;
        if statement.kind == Kind::Insert {
            let count = conn.execute_returning_count(&Returning { statement: self, clause: String::new() })?;
            statement.note_inserted()?;
            return Ok(count);
        }
        let unbound: Vec<&str> = statement
            .rows
            .iter()
            .flatten()
            .filter(|(_, source)| *source == Source::Expression)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut clause = format!(" RETURNING {}", statement.table.key_sql());
        for column in &unbound {
            clause = format!("{clause} || '{UNIT}' || CAST({column} AS TEXT)");
        }
        let returned: Vec<String> = Returning { statement: self, clause }.load(conn)?;
        for row in &returned {
            statement.note_returned(row, &unbound);
        }
        Ok(returned.len())
    }
}

impl<T: QueryFragment<Pg> + QueryFragment<MultiBackend>> ExecuteProven for T {}

/// Notes what an INSERT of several rows writes, for one that runs by `each!`.
pub fn note_insert(statement: &impl QueryFragment<Pg>) -> Result<()> {
    Statement::of(statement)?.note_inserted()
}

/// A statement with a clause behind it.
struct Returning<T> {
    statement: T,
    clause: String,
}

impl<T: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Returning<T> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.statement.walk_ast(pass.reborrow())?;
        pass.push_sql(&self.clause);
        Ok(())
    }
}

impl<T> QueryId for Returning<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for Returning<T> {
    type SqlType = Text;
}

impl<T> RunQueryDsl<Conn> for Returning<T> {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Insert,
    Update,
    Delete,
}

/// Where a column's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Value(Option<String>),
    /// Worked out by the database.
    Expression,
}

#[derive(Debug)]
struct Statement {
    kind: Kind,
    table: &'static ProvenTable,
    /// The columns of each row of an INSERT; those that an UPDATE sets as one row.
    rows: Vec<Vec<(String, Source)>>,
}

/// Types of this schema are PostgreSQL's own: nothing is looked up.
struct NoLookup;

impl PgMetadataLookup for NoLookup {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}

impl Statement {
    fn of(statement: &impl QueryFragment<Pg>) -> Result<Self> {
        let mut builder = PgQueryBuilder::new();
        statement.to_sql(&mut builder, &Pg)?;
        let mut values = RawBytesBindCollector::<Pg>::new();
        statement.collect_binds(&mut values, &mut NoLookup, &Pg)?;
        let sql = builder.finish();
        let bind = |number: usize| {
            let value = values.binds.get(number.wrapping_sub(1)).zip(values.metadata.get(number.wrapping_sub(1)));
            value.and_then(|(bytes, kind)| bind_text(kind, bytes.as_deref()))
        };
        parse(&sql, bind).ok_or_else(|| Error::Other(format!("a statement that the audit log cannot prove: {sql}")))
    }

    fn note_inserted(self) -> Result<()> {
        for row in self.rows {
            let mut columns = Vec::with_capacity(row.len());
            for (name, source) in row {
                match source {
                    Source::Value(_) if self.table.free.contains(&name.as_str()) => {}
                    Source::Value(value) => columns.push((name, value)),
                    Source::Expression => {
                        return Err(Error::Other(format!("{}.{name} is worked out by the database", self.table.name)));
                    }
                }
            }
            let part = |of: &&str| columns.iter().find(|(name, _)| name == of).and_then(|(_, value)| value.clone());
            let key: Option<Vec<String>> = self.table.key.iter().map(part).collect();
            let key = key.ok_or_else(|| Error::Other(format!("a row of {} without its key", self.table.name)))?;
            note_row(Written { table: self.table, key: key.join(&UNIT.to_string()), deed: Deed::New, columns });
        }
        Ok(())
    }

    fn note_returned(&self, returned: &str, unbound: &[&str]) {
        let parts: Vec<&str> = returned.split(UNIT).collect();
        let (key, worked_out) = parts.split_at(self.table.key.len().min(parts.len()));
        let mut columns = Vec::new();
        for (name, source) in self.rows.iter().flatten() {
            if self.table.free.contains(&name.as_str()) {
                continue;
            }
            let value = match source {
                Source::Value(value) => value.clone(),
                Source::Expression => {
                    unbound.iter().position(|of| of == name).and_then(|at| worked_out.get(at)).map(|text| (*text).to_owned())
                }
            };
            columns.push((name.clone(), value));
        }
        let deed = if self.kind == Kind::Delete { Deed::Gone } else { Deed::Changed };
        if deed == Deed::Changed && columns.is_empty() {
            return;
        }
        note_row(Written { table: self.table, key: key.join(&UNIT.to_string()), deed, columns });
    }
}

/// The value of a parameter, from the bytes that PostgreSQL would be sent. The outer none: of a type that no column has.
#[expect(clippy::option_option, reason = "unknown and null are two answers")]
fn bind_text(kind: &PgTypeMetadata, bytes: Option<&[u8]>) -> Option<Option<String>> {
    let Some(bytes) = bytes else { return Some(None) };
    let day = |bytes: [u8; 4]| {
        let days = i32::from_be_bytes(bytes);
        let from = NaiveDate::from_ymd_opt(2000, 1, 1)?;
        let by = Days::new(u64::from(days.unsigned_abs()));
        let date = if days < 0 { from.checked_sub_days(by) } else { from.checked_add_days(by) };
        date.map(|date| date.format("%F").to_string())
    };
    let text = match kind.oid().ok()? {
        16 => (bytes == [1]).to_string(),
        21 => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
        23 => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        20 => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        25 | 1043 => String::from_utf8(bytes.to_vec()).ok()?,
        1082 => day(bytes.try_into().ok()?)?,
        1114 => (i64::from_be_bytes(bytes.try_into().ok()?) + MICROS_TO_2000).to_string(),
        _ => return None,
    };
    Some(Some(text))
}

const MICROS_TO_2000: i64 = 946_684_800_000_000;

/// Reads the text of a statement as diesel writes it for PostgreSQL.
fn parse(sql: &str, bind: impl Fn(usize) -> Option<Option<String>>) -> Option<Statement> {
    let (kind, rest) = if let Some(rest) = sql.strip_prefix("INSERT INTO ") {
        (Kind::Insert, rest)
    } else if let Some(rest) = sql.strip_prefix("UPDATE ") {
        (Kind::Update, rest)
    } else {
        (Kind::Delete, sql.strip_prefix("DELETE")?.trim_start().strip_prefix("FROM ")?)
    };
    let (name, rest) = quoted(rest)?;
    let table = find_table(name)?;
    let source = |text: &str| match text {
        "DEFAULT" => Some(Source::Value(None)),
        text => match text.strip_prefix('$').and_then(|number| number.parse().ok()) {
            Some(number) => bind(number).map(Source::Value),
            None => Some(Source::Expression),
        },
    };
    let rows = match kind {
        Kind::Delete => Vec::new(),
        Kind::Insert => {
            let (columns, values) = rest.trim_start().strip_prefix('(')?.split_once(") VALUES (")?;
            let columns: Vec<String> =
                columns.split(", ").map(|column| quoted(column).map(|(name, _)| name.to_owned())).collect::<Option<_>>()?;
            let values = values.trim_end().strip_suffix(')')?;
            let row = |values: &str| {
                let values: Vec<Source> = values.split(", ").map(source).collect::<Option<_>>()?;
                (values.len() == columns.len()).then(|| columns.iter().cloned().zip(values).collect())
            };
            values.split("), (").map(row).collect::<Option<_>>()?
        }
        Kind::Update => {
            let assignments = rest.trim_start().strip_prefix("SET ")?;
            let assignments = assignments.split_once(" WHERE ").map_or(assignments, |(before, _)| before);
            let assignment = |text: &str| {
                let (name, rest) = quoted(text)?;
                Some((name.to_owned(), source(rest.strip_prefix(" = ")?)?))
            };
            vec![top_level(assignments).into_iter().map(assignment).collect::<Option<_>>()?]
        }
    };
    Some(Statement { kind, table, rows })
}

/// A name in double quotes, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    text.trim().strip_prefix('"')?.split_once('"')
}

/// The parts between the commas that stand in no parentheses.
fn top_level(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0_usize, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(sql: &str) -> Statement {
        parse(sql, |number| Some(Some(format!("v{number}")))).unwrap()
    }

    #[test]
    fn insert_with_defaults_is_read_row_by_row() {
        let read = parsed(r#"INSERT INTO "orders" ("id", "state") VALUES ($1, DEFAULT), ($2, $3)"#);
        let value = |name: &str, text: Option<&str>| (name.to_owned(), Source::Value(text.map(str::to_owned)));
        assert_eq!(
            read.rows,
            [vec![value("id", Some("v1")), value("state", None)], vec![value("id", Some("v2")), value("state", Some("v3"))]]
        );
    }

    #[test]
    fn update_with_an_expression_leaves_its_value_to_the_database() {
        let read = parsed(r#"UPDATE "publicities" SET "status" = $1, "version" = ("publicities"."version" + $2) WHERE ("a" = $3)"#);
        assert_eq!(read.rows[0][0].1, Source::Value(Some("v1".to_owned())));
        assert_eq!(read.rows[0][1], ("version".to_owned(), Source::Expression));
    }

    #[test]
    fn delete_names_its_table() {
        assert_eq!(parsed(r#"DELETE  FROM "recovery_codes" WHERE ("x" = $1)"#).table.name, "recovery_codes");
    }
}
