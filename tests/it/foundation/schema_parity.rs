//! The migrations make the same tables in both databases, and `src/db/schema.rs` is what they make.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use title_review::db::{Conn, Error};

use crate::generated::root;
use crate::support::database::{Database, Dialect};
use crate::support::on_both;

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
pub fn describe(conn: &mut Conn) -> Result<BTreeMap<String, String>, Error> {
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

/// A table as `diesel::table!` writes it: its primary key, then each column with its type.
type Table = (Vec<String>, Vec<(String, String)>);

/// The tables of `src/db/schema.rs`.
fn declared(source: &str) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    for block in source.split("diesel::table! {").skip(1) {
        let mut lines =
            block.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#'));
        let (name, key) = lines.next().and_then(|line| line.split_once(" (")).expect("`name (key) {`");
        let key = key.split(')').next().unwrap_or_default().split(", ").map(str::to_owned).collect();
        let columns = lines.take_while(|line| *line != "}").map(|line| {
            let (column, kind) = line.trim_end_matches(',').split_once(" -> ").expect("`column -> Type,`");
            (column.to_owned(), kind.to_owned())
        });
        tables.insert(name.to_owned(), (key, columns.collect()));
    }
    tables
}

/// The tables of a database, as `diesel print_schema` would write them.
fn found(conn: &mut Conn) -> BTreeMap<String, Table> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    let (columns, indexes) = if sqlite { (SQLITE_COLUMNS, SQLITE_INDEXES) } else { (POSTGRES_COLUMNS, POSTGRES_INDEXES) };
    let in_order = format!("{columns} ORDER BY m.name, c.cid");
    let order = if sqlite { in_order } else { format!("{columns} ORDER BY table_name, ordinal_position") };
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for column in sql_query(order).load::<ColumnRow>(conn).unwrap() {
        let kind = match column.kind.as_str() {
            "text" => "Text",
            "bigint" => "BigInt",
            "integer" => "Integer",
            "boolean" => "Bool",
            "date" => "Date",
            "timestamp" | "timestamp without time zone" => "Timestamp",
            other => panic!("{}.{}: no type for `{other}`", column.table_name, column.name),
        };
        let kind = if column.required { kind.to_owned() } else { format!("Nullable<{kind}>") };
        tables.entry(column.table_name).or_default().1.push((column.name, kind));
    }
    let mut keys: Vec<IndexRow> = sql_query(indexes).load(conn).unwrap();
    keys.retain(|index| index.is_primary);
    keys.sort_by_key(|index| index.position);
    for key in keys {
        tables.get_mut(&key.table_name).expect("a table with columns").0.push(key.column_name);
    }
    tables
}

on_both!(schema_rs_matches_the_migrations);
async fn schema_rs_matches_the_migrations(database: Database) {
    let source = std::fs::read_to_string(root().join("src/db/schema.rs")).unwrap();
    let declared = declared(&source);
    let found = database.open().read(|conn| Ok::<_, Error>(found(conn))).await.unwrap();
    assert_eq!(declared.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    let differing: Vec<String> = found
        .iter()
        .filter(|(name, table)| declared.get(*name) != Some(*table))
        .map(|(name, table)| format!("{name}\n  schema.rs: {:?}\n  database:  {table:?}", declared[name]))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn diesel_toml_names_the_schema_and_the_migrations() {
    let text = std::fs::read_to_string(root().join("diesel.toml")).unwrap();
    for line in ["file = \"src/db/schema.rs\"", "dir = \"migrations\""] {
        assert!(text.lines().any(|found| found == line), "{line}");
    }
}
