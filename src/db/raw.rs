//! Statements over lists of tables that are data themselves: sealing anew, a person's own data, erasure. Table and column names come from those
//! lists, never from a request; values are parameters, `$1` and so on.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use serde_json::{Map, Value};

use super::{Conn, Error, Result};
use title_review_core::clock::Instant;

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    row: String,
}

/// What a query answers in its one column `row`.
pub fn load(conn: &mut Conn, sql: &str, texts: &[&str]) -> Result<Vec<String>> {
    let rows: Vec<TextRow> = match conn {
        Conn::Pg(conn) => {
            let mut query = sql_query(sql).into_boxed::<diesel::pg::Pg>();
            for text in texts {
                query = query.bind::<Text, _>(*text);
            }
            query.load(conn)?
        }
        Conn::Sqlite(conn) => {
            let mut query = sql_query(sql).into_boxed::<diesel::sqlite::Sqlite>();
            for text in texts {
                query = query.bind::<Text, _>(*text);
            }
            query.load(conn)?
        }
    };
    Ok(rows.into_iter().map(|row| row.row).collect())
}

/// How many rows a statement has changed.
pub fn execute(conn: &mut Conn, sql: &str, texts: &[&str]) -> Result<usize> {
    Ok(match conn {
        Conn::Pg(conn) => {
            let mut query = sql_query(sql).into_boxed::<diesel::pg::Pg>();
            for text in texts {
                query = query.bind::<Text, _>(*text);
            }
            query.execute(conn)?
        }
        Conn::Sqlite(conn) => {
            let mut query = sql_query(sql).into_boxed::<diesel::sqlite::Sqlite>();
            for text in texts {
                query = query.bind::<Text, _>(*text);
            }
            query.execute(conn)?
        }
    })
}

/// An instant as both databases read it in a statement.
#[must_use]
pub fn literal(at: Instant) -> String {
    format!("'{}'", at.naive_utc().format("%F %T%.f"))
}

/// The columns of a table in their order, each with its type.
pub fn columns(conn: &mut Conn, table: &str) -> Result<Vec<(String, String)>> {
    let sql = match conn {
        Conn::Pg(_) => {
            "SELECT column_name || ' ' || data_type AS row FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position"
        }
        Conn::Sqlite(_) => "SELECT name || ' ' || lower(type) AS row FROM pragma_table_info($1) ORDER BY cid",
    };
    let rows = load(conn, sql, &[table])?;
    Ok(rows.iter().filter_map(|row| row.split_once(' ')).map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect())
}

/// The rows of a table for which a condition on `$1` holds, as JSON: instants with +08:00, documents as documents.
pub fn rows_as_json(conn: &mut Conn, table: &str, condition: &str, text: &str) -> Result<Vec<Map<String, Value>>> {
    let columns = columns(conn, table)?;
    let sql = match conn {
        Conn::Pg(_) => format!("SELECT row_to_json(t)::text AS row FROM {table} t WHERE {condition}"),
        Conn::Sqlite(_) => {
            let pairs: Vec<String> = columns.iter().map(|(name, _)| format!("'{name}', {name}")).collect();
            format!("SELECT json_object({}) AS row FROM {table} WHERE {condition}", pairs.join(", "))
        }
    };
    let texts = load(conn, &sql, &[text])?;
    let whole = |text: &String| {
        let mut row: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| Error::Unreadable(format!("a row of {table}: {error}")))?;
        for (name, kind) in &columns {
            if let Some(value) = row.get_mut(name) {
                *value = readable(kind, value.take());
            }
        }
        Ok(row)
    };
    texts.iter().map(whole).collect()
}

fn readable(kind: &str, value: Value) -> Value {
    match value {
        Value::String(text) if kind.starts_with("timestamp") => {
            let plain = text.replacen('T', " ", 1);
            let time = NaiveDateTime::parse_from_str(&plain, "%F %T%.f");
            time.map_or(Value::String(text), |time| Value::String(Instant::from_naive_utc(time).to_string()))
        }
        Value::Number(number) if kind.starts_with("bool") => Value::Bool(number.as_i64() != Some(0)),
        Value::String(text) if text.starts_with(['{', '[']) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    }
}
