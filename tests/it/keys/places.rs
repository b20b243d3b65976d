//! The one list of sealed columns is whole.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use title_review::db::{Conn, Error};
use title_review::key_management::{PLACES, Place};

use crate::support::database::{Database, Dialect};

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn names(conn: &mut Conn, sql: &str) -> Vec<String> {
    let rows: Vec<Name> = sql_query(sql.to_owned()).load(conn).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

/// What the list says, and what is wrong with it on this schema.
fn faults(conn: &mut Conn, places: &[Place]) -> Vec<String> {
    let listed: BTreeSet<String> = places.iter().map(|place| format!("{}.{}_sealed", place.table, place.column)).collect();
    let there = names(
        conn,
        "SELECT m.name || '.' || c.name AS name FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND c.name LIKE '%\\_sealed' ESCAPE '\\'",
    );
    let there: BTreeSet<String> = there.into_iter().collect();
    let mut faults: Vec<String> = listed.symmetric_difference(&there).cloned().collect();
    for place in places {
        let key = format!("SELECT name FROM pragma_table_info('{}') WHERE pk > 0 ORDER BY pk", place.table);
        let key = names(conn, &key);
        if key != place.key {
            faults.push(format!("{}: {key:?}", place.table));
        }
    }
    faults
}

#[test]
fn every_sealed_column_of_the_schema_is_in_the_list() {
    let database = Database::fresh(Dialect::Sqlite).unwrap();
    actix_web::rt::System::new().block_on(async move {
        let db = database.open();
        let found = db.read(|conn| Ok::<_, Error>(faults(conn, PLACES))).await.unwrap();
        assert!(found.is_empty(), "src/key_management/places.rs: {found:?}");
        // A list without one column, and one with a wrong key, are caught.
        let wrong = Place { key: &["id"], ..PLACES[PLACES.len() - 1] };
        let found = db.read(move |conn| Ok::<_, Error>((faults(conn, &PLACES[1..]), faults(conn, &[wrong])))).await.unwrap();
        assert_eq!(found.0, ["accounts.id_number_sealed"]);
        assert!(found.1.iter().any(|fault| fault.starts_with("idempotency: ")), "{:?}", found.1);
    });
}
