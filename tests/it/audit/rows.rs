//! Somebody with the database's password at work on the rows that acts wrote: every edit is found, with table, row and column.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use title_review::audit::rows::{self, RowFault};
use title_review::db::proven::{self, PROVEN};
use title_review::db::{Conn, Error, raw};

use super::tampering::Dice;
use crate::foundation::upgrade::play_everything;
use crate::support::database::{Database, Dialect};
use crate::support::on_both;
use crate::support::world::World;

/// Carries what a check said out of a transaction that is rolled back.
struct Undone(Result<Option<Vec<RowFault>>, Error>);

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self(Err(error))
    }
}

/// What the check says after this was done; then it is undone. None where the database itself refuses it.
async fn after(world: &World, sql: String) -> Option<Vec<RowFault>> {
    let app = world.app.clone();
    let said: Result<(), Undone> = world
        .app
        .db
        .write(move |conn| {
            // Whoever owns the database need not mind its rules.
            let free = if matches!(conn, Conn::Pg(_)) {
                "SET LOCAL session_replication_role = replica; ".to_owned()
            } else {
                let triggers = "SELECT 'DROP TRIGGER ' || name || '; ' AS row FROM sqlite_master WHERE type = 'trigger'";
                let dropped = raw::load(conn, triggers, &[])?.concat();
                format!("PRAGMA ignore_check_constraints = ON; PRAGMA defer_foreign_keys = ON; {dropped}")
            };
            if conn.batch_execute(&format!("{free}{sql}")).is_err() {
                return Err(Undone(Ok(None)));
            }
            Err(Undone(rows::verify_rows(conn, &app.keys).map(|verified| Some(verified.faults))))
        })
        .await;
    said.unwrap_err().0.unwrap()
}

async fn texts(world: &World, sql: String) -> Vec<String> {
    world.app.db.read(move |conn| raw::load(conn, &sql, &[])).await.unwrap()
}

// clauses: 5.1
on_both!(hundred_edits_of_rows_are_named_with_table_row_and_column);
async fn hundred_edits_of_rows_are_named_with_table_row_and_column(base: Database) {
    let dialect = base.dialect;
    let world = World::configured(base, "2024-07-22T09:00:00+08:00", |config| config.privacy.retention_months = 60).await;
    play_everything(&world).await;
    let untouched = after(&world, "SELECT 1".to_owned()).await;
    assert_eq!(untouched, Some(Vec::new()), "nothing was changed");
    let (seed, mut dice) = Dice::thrown();
    let mut edited = BTreeSet::new();
    let (mut number, mut empty) = (0_usize, BTreeSet::new());
    let mut tried = 0;
    while tried < 100 || (edited.len() < PROVEN.len() && number < 2_000) {
        // Every table has its turn; an edit that the database itself refuses is not one.
        let table = &PROVEN[number % PROVEN.len()];
        number += 1;
        let columns = world.app.db.read(move |conn| table.columns(conn)).await.unwrap();
        let keys = world.app.db.read(move |conn| proven::list_keys(conn, table, "$1 = ''", "")).await.unwrap();
        if keys.is_empty() {
            empty.insert(table.name);
            continue;
        }
        let written: Vec<_> = columns.iter().filter(|(name, _)| !table.key.contains(&name.as_str())).collect();
        let (column, kind) = *dice.one_of(&written);
        let key = dice.one_of(&keys).clone();
        let whose: Vec<String> =
            table.key.iter().zip(key.split('\u{1f}')).map(|(name, part)| format!("{name} = '{part}'")).collect();
        let whose = whose.join(" AND ").replace("version = '1'", "version = 1").replace("version = '2'", "version = 2");
        let other = match (kind.as_str(), dialect) {
            ("boolean", Dialect::Postgres) => format!("NOT coalesce({column}, false)"),
            ("boolean", Dialect::Sqlite) => format!("1 - coalesce({column}, 0)"),
            ("integer" | "bigint", _) => format!("coalesce({column}, 0) + 1000"),
            ("date", Dialect::Postgres) => format!("coalesce({column}, '2020-01-01') + 1"),
            ("date", Dialect::Sqlite) => format!("date(coalesce({column}, '2020-01-01'), '+1 day')"),
            (kind, Dialect::Postgres) if kind.starts_with("timestamp") => {
                format!("coalesce({column}, '2020-01-01') + interval '1 microsecond'")
            }
            (kind, Dialect::Sqlite) if kind.starts_with("timestamp") => {
                format!("datetime(coalesce({column}, '2020-01-01'), '+1 second')")
            }
            _ => format!("coalesce({column}, '') || 'x'"),
        };
        let sql = format!("UPDATE {} SET {column} = {other} WHERE {whose}", table.name);
        let Some(found) = after(&world, sql.clone()).await else { continue };
        let named: Vec<_> = found.iter().map(|fault| (fault.table, fault.key.as_str(), fault.column.as_deref())).collect();
        assert_eq!(named, [(table.name, key.as_str(), Some(column.as_str()))], "seed {seed}, {tried}: {sql}");
        edited.insert(table.name);
        tried += 1;
    }
    assert_eq!(empty, BTreeSet::new());
    let left: Vec<_> = PROVEN.iter().map(|table| table.name).filter(|name| !edited.contains(name)).collect();
    assert_eq!(left, Vec::<&str>::new());
}

on_both!(rows_removed_and_rows_slipped_in_are_named);
async fn rows_removed_and_rows_slipped_in_are_named(base: Database) {
    let world = World::configured(base, "2024-07-22T09:00:00+08:00", |config| config.privacy.retention_months = 60).await;
    play_everything(&world).await;
    let sanction = texts(&world, "SELECT id AS row FROM sanctions".to_owned()).await.remove(0);
    let found = after(&world, format!("DELETE FROM sanctions WHERE id = '{sanction}'")).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].table, found[0].key.as_str(), found[0].reason), ("sanctions", sanction.as_str(), "the row is missing"));
    let slipped_in = "INSERT INTO memberships (id, account_id, organisation_id, role, created_at) \
        SELECT 'slipped-in', account_id, NULL, 'security_admin', created_at FROM memberships LIMIT 1";
    let found = after(&world, slipped_in.to_owned()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].table, found[0].key.as_str(), found[0].reason), ("memberships", "slipped-in", "no act wrote the row"));
}
