//! Where sealed values are: the one list that rotation, counting and the start go by. A test holds it against the schema.

use std::collections::BTreeMap;

use crate::db::proven::{self, Deed, Written};
use crate::db::{self, Conn, raw};
use crate::keys::field_aad;

/// Between the parts of a key of several columns: no id, header or path has it.
const UNIT: char = '\u{1f}';

/// A column of sealed values, `COLUMN_sealed` of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The column without `_sealed`: the name under which its values are bound to their place.
    pub column: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
}

const fn place(table: &'static str, column: &'static str) -> Place {
    Place { table, column, key: &["id"] }
}

/// Every column of sealed values.
pub const PLACES: &[Place] = &[
    place("accounts", "id_number"),
    place("accounts", "phone"),
    place("second_factors", "secret"),
    place("study_records", "id_number"),
    place("import_chunks", "content"),
    place("objections", "name"),
    place("objections", "contact"),
    place("objections", "text"),
    Place { table: "idempotency", column: "body", key: &["principal", "operation", "key"] },
];

/// A sealed value and the row that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    /// The primary key's columns.
    pub id: Vec<String>,
    /// The value.
    pub sealed: String,
}

/// The values that begin with the key's id. An id is letters, digits, `-` and `_`: `KeyFile` refuses any other.
fn begins(column: &str, key_id: &str) -> String {
    format!("substr({column}_sealed, 1, {}) = '{key_id}.'", key_id.len() + 1)
}

/// As many parameters as there are columns, from this number on.
fn parameters(count: usize, from: usize) -> String {
    (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

impl Place {
    /// The place of one value.
    #[must_use]
    pub fn aad(&self, id: &[String]) -> String {
        field_aad(self.table, &id.join(&UNIT.to_string()), self.column)
    }

    /// How many values are sealed with this key.
    pub(super) fn count_of(&self, conn: &mut Conn, key_id: &str) -> db::Result<i64> {
        let sql = format!("SELECT CAST(count(*) AS TEXT) AS row FROM {} WHERE {}", self.table, begins(self.column, key_id));
        let unreadable = || db::Error::Unreadable(format!("count of {}", self.table));
        raw::load(conn, &sql, &[])?.first().and_then(|count| count.parse().ok()).ok_or_else(unreadable)
    }

    /// Values that are sealed with none of these keys, after this row, in the order of the primary key.
    pub(super) fn list_without(
        &self,
        conn: &mut Conn,
        key_ids: &[&str],
        after: Option<&[String]>,
        limit: usize,
    ) -> db::Result<Vec<Sealed>> {
        let (columns, sealed) = (self.key.join(", "), format!("{}_sealed", self.column));
        let parts: Vec<&str> = self.key.iter().copied().chain([sealed.as_str()]).collect();
        let row = parts.join(&format!(" || '{UNIT}' || "));
        let mut conditions: Vec<_> = key_ids.iter().map(|key_id| format!("NOT ({})", begins(self.column, key_id))).collect();
        conditions.push(format!("{sealed} IS NOT NULL"));
        if after.is_some() {
            conditions.push(format!("({columns}) > ({})", parameters(self.key.len(), 1)));
        }
        let conditions = conditions.join(" AND ");
        let sql = format!("SELECT {row} AS row FROM {} WHERE {conditions} ORDER BY {columns} LIMIT {limit}", self.table);
        let after: Vec<&str> = after.unwrap_or_default().iter().map(String::as_str).collect();
        let rows = raw::load(conn, &sql, &after)?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                let mut id: Vec<String> = row.split(UNIT).map(str::to_owned).collect();
                Some(Sealed { sealed: id.pop()?, id })
            })
            .collect())
    }

    /// Puts a value in the place of one that is still what was read. False if somebody else has changed it.
    pub(super) fn set_resealed(&self, conn: &mut Conn, old: &Sealed, new: &str) -> db::Result<bool> {
        let sql = format!(
            "UPDATE {} SET {column}_sealed = $1 WHERE ({}) = ({}) AND {column}_sealed = ${}",
            self.table,
            self.key.join(", "),
            parameters(self.key.len(), 2),
            self.key.len() + 2,
            column = self.column,
        );
        let mut texts = vec![new];
        texts.extend(old.id.iter().map(String::as_str));
        texts.push(&old.sealed);
        let changed = raw::execute(conn, &sql, &texts)? == 1;
        if let Some(table) = proven::find_table(self.table).filter(|_| changed) {
            proven::note_row(Written {
                table,
                key: old.id.join(&UNIT.to_string()),
                deed: Deed::Changed,
                columns: vec![(format!("{}_sealed", self.column), Some(new.to_owned()))],
            });
        }
        Ok(changed)
    }
}

/// How many values are sealed with this key, by `table.column`; places without any are left out.
pub(super) fn count_by_place(conn: &mut Conn, key_id: &str) -> db::Result<BTreeMap<String, i64>> {
    let mut counts = BTreeMap::new();
    for place in PLACES {
        match place.count_of(conn, key_id)? {
            0 => {}
            count => {
                counts.insert(format!("{}.{}", place.table, place.column), count);
            }
        }
    }
    Ok(counts)
}

/// A key id that values are sealed with and that is none of these, and a table where.
pub(super) fn find_other(conn: &mut Conn, key_ids: &[&str]) -> db::Result<Option<(String, &'static str)>> {
    for place in PLACES {
        if let Some(found) = place.list_without(conn, key_ids, None, 1)?.first() {
            let id = found.sealed.split_once('.').map_or("", |(id, _)| id);
            return Ok(Some((id.to_owned(), place.table)));
        }
    }
    Ok(None)
}
