//! Both migration folders make the same tables.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use title_review::db::{Conn, Error};

use crate::support::database::{Database, Dialect};

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
}

#[derive(QueryableByName)]
struct IndexRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Bool)]
    is_primary: bool,
    #[diesel(sql_type = Nullable<Text>)]
    condition: Option<String>,
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Text)]
    column_name: String,
}

#[derive(QueryableByName)]
struct ForeignKeyRow {
    #[diesel(sql_type = Text)]
    line: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS name, lower(c.type) AS kind, c.\"notnull\" AS required \
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
    AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text AS table_name, column_name::text AS name, data_type::text AS kind, \
    is_nullable = 'NO' AS required FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'";

const SQLITE_INDEXES: &str = "SELECT m.name AS table_name, i.name AS name, i.\"unique\" AS is_unique, i.origin = 'pk' AS is_primary, \
    (SELECT substr(s.sql, instr(s.sql, ' WHERE ') + 7) FROM sqlite_schema s WHERE s.name = i.name AND i.partial) AS condition, \
    x.seqno AS position, coalesce(x.name, '(expression)') AS column_name \
    FROM sqlite_schema m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) x \
    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'";
const POSTGRES_INDEXES: &str = "SELECT t.relname::text AS table_name, i.relname::text AS name, x.indisunique AS is_unique, \
    x.indisprimary AS is_primary, pg_get_expr(x.indpred, x.indrelid) AS condition, k.position - 1 AS position, \
    coalesce(a.attname::text, '(expression)') AS column_name \
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
    JOIN pg_namespace n ON n.oid = t.relnamespace \
    CROSS JOIN LATERAL unnest(x.indkey::int[]) WITH ORDINALITY AS k (number, position) \
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number AND k.number > 0 \
    WHERE n.nspname = 'public' AND t.relname NOT LIKE '\\_\\_%'";

const SQLITE_FOREIGN_KEYS: &str = "SELECT m.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || coalesce(f.\"to\", 'id') AS line \
    FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY line";
const POSTGRES_FOREIGN_KEYS: &str = "SELECT t.relname || '.' || a.attname || ' -> ' || r.relname || '.' || b.attname AS line \
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid \
    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (here, there) \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.here JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = k.there \
    WHERE c.contype = 'f' ORDER BY 1";

/// `table.column` and what it holds; `table (columns)` and what kind of index it is; foreign keys.
fn describe(conn: &mut Conn) -> Result<BTreeMap<String, String>, Error> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    let pick = |a, b| if sqlite { a } else { b };
    let mut lines = BTreeMap::new();
    for column in sql_query(pick(SQLITE_COLUMNS, POSTGRES_COLUMNS)).load::<ColumnRow>(conn)? {
        let kind = match column.kind.as_str() {
            "timestamp without time zone" => "timestamp",
            "double precision" => "double",
            "bytea" => "blob",
            other => other,
        };
        let required = if column.required { " not null" } else { "" };
        lines.insert(format!("{}.{}", column.table_name, column.name), format!("{kind}{required}"));
    }
    let mut indexes: BTreeMap<String, Vec<IndexRow>> = BTreeMap::new();
    for part in sql_query(pick(SQLITE_INDEXES, POSTGRES_INDEXES)).load::<IndexRow>(conn)? {
        indexes.entry(part.name.clone()).or_default().push(part);
    }
    for mut parts in indexes.into_values() {
        parts.sort_by_key(|part| part.position);
        let columns = parts.iter().map(|part| part.column_name.as_str()).collect::<Vec<_>>().join(", ");
        let first = &parts[0];
        // Names of primary keys and of UNIQUE constraints are the database's own.
        let own = first.is_primary || first.name.starts_with("sqlite_autoindex") || first.name.ends_with("_key");
        let name = if own { "" } else { first.name.as_str() };
        let condition = first.condition.as_deref().map(plain_condition).unwrap_or_default();
        let index = format!("unique={} primary={} where={condition}", first.is_unique, first.is_primary);
        lines.insert(format!("index {} ({columns}) {name}", first.table_name), index);
    }
    for key in sql_query(pick(SQLITE_FOREIGN_KEYS, POSTGRES_FOREIGN_KEYS)).load::<ForeignKeyRow>(conn)? {
        lines.insert(format!("foreign key {}", key.line), String::new());
    }
    Ok(lines)
}

/// PostgreSQL writes `state IN ('a', 'b')` back as `((state)::text = ANY (ARRAY['a'::text, 'b'::text]))`.
fn plain_condition(condition: &str) -> String {
    let plain = condition
        .to_lowercase()
        .replace("::text[]", "")
        .replace("::text", "")
        .replace("= any (array[", "in (")
        .replace("<> all (array[", "not in (");
    plain.chars().filter(|c| !c.is_whitespace() && !"()[]".contains(*c)).collect()
}

#[test]
fn both_databases_have_the_same_tables_columns_and_indexes() {
    let Some(postgres) = Database::fresh(Dialect::Postgres) else { return };
    let sqlite = Database::fresh(Dialect::Sqlite).unwrap();
    actix_web::rt::System::new().block_on(async move {
        let there = postgres.open().read(describe).await.unwrap();
        let here = sqlite.open().read(describe).await.unwrap();
        assert!(here.contains_key("audit.hash") && here.keys().any(|line| line.contains("jobs_waiting")), "{here:#?}");
        let differing: Vec<_> = here.iter().filter(|(line, _)| there.get(*line) != here.get(*line)).collect();
        let missing: Vec<_> = there.iter().filter(|(line, _)| !here.contains_key(*line)).collect();
        assert!(
            differing.is_empty() && missing.is_empty(),
            "only or otherwise in SQLite: {differing:#?}\nonly in PostgreSQL: {missing:#?}"
        );
    });
}
