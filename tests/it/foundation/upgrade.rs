//! Migrations on a database with rows in every table: they keep every row that was there, and a server goes on with it.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use serde_json::json;
use title_review::db::{self, Conn, Migrations};
use title_review::oversight;
use title_review::privacy;
use title_review_core::ids::AccountId;

use super::schema_parity::describe;
use crate::identity::second_factor::{code, enrol};
use crate::imports;
use crate::machines::{Pair, oauth_client, personal_token, signing_client};
use crate::meetings::{add, attend, close, meeting, ready, settle, vote};
use crate::support::cast::{Cast, staff};
use crate::support::chain::{decide, directed_to_committee, return_with};
use crate::support::database::{Database, Dialect};
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::{PASSWORD, World};

/// The migration after which the upgrade begins: `payments`, before the slices that only add tables of their own. Once a version is
/// released, this is its last migration.
const FIRST_SCHEMA: &str = "20261127001500";

/// A year in which everything happened at least once: a row in every table.
pub async fn play_everything(world: &World) -> String {
    let cast = Cast::enter(world, "aksu-2024");
    let extension = json!({ "window": "application", "until": "2024-08-30T19:00:00+08:00", "reason": "系统故障" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&extension).send().expect(201);

    let (person, path) = at_employer(world, &cast, "applicant_a", 11);
    let (erased, waiting) = at_employer(world, &cast, "applicant_b", 21);
    let seen = erased.get(&waiting).send();
    let transfer = json!({ "employer_id": cast.enterprise, "reason": "已调入该单位" });
    let asked = erased.post(&format!("{waiting}/transfers")).key(&world.key()).header("if-match", seen.header("etag").unwrap());
    asked.json(&transfer).send().expect(201);
    world.travel("2024-07-29T09:00:00+08:00");
    directed_to_committee(world, &cast, &path);
    let notices = world.anybody().read("/v1/publicities");
    assert_eq!(notices["items"], json!([]), "the employer's publicity is over");
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);

    let longer = json!({ "window": "formal_review", "until": "2024-09-13T23:59:59+08:00", "reason": "逾期未审结" });
    cast.office.post("/v1/cycles/aksu-2024/extension-proposals").key(&world.key()).json(&longer).send().expect(201);

    // Programs, second factors, passwords.
    let (with_secret, with_key) = (
        oauth_client(world, &cast.committee, &["committee_office"]),
        signing_client(world, &cast.committee, &["committee_office"], Pair::ed25519("k1")),
    );
    with_secret.token(world, None).expect(200);
    with_key.token(world, None).expect(200);
    personal_token(&person, &json!({ "scopes": ["applicant"], "expires_in_days": 90 }));
    let expert = staff(world, &cast.admin, "clerk_b", "employer_clerk", &cast.enterprise);
    let (secret, _) = enrol(world, &expert);
    assert_eq!(code(world, &secret, 0).len(), 6);
    world
        .anybody()
        .post("/v1/sessions")
        .json(&json!({ "login": "nobody", "password": "Wrong-horse-7" }))
        .send()
        .problem(401, "wrong_credentials");
    let change = json!({ "current_password": PASSWORD, "new_password": "Another-horse-8" });
    person.put("/v1/me/password").json(&change).send().expect(204);
    world.security().post(&format!("/v1/accounts/{}/password-resets", person.account)).send().expect(201);

    let money = json!({
        "cycle_id": "aksu-2024", "method": "bank", "reference": "BANK-9001", "paid_on": "2024-07-29",
        "amount": { "amount_minor": 100, "currency": "CNY" }, "payer_name": "某某贸易公司",
    });
    cast.finance.post("/v1/held-money").key(&world.key()).json(&money).send().expect(201);

    // From two dossiers that are ready to a certificate that is revoked.
    world.travel("2024-08-20T09:00:00+08:00");
    let (_, ordinary) = ready(world, &cast, 1, "surveying", "intermediate").await;
    let (_, senior) = ready(world, &cast, 3, "surveying", "associate_senior").await;
    let review = meeting(world, &cast);
    add(&cast, &review, &[&ordinary, &senior]).expect(200);
    attend(&cast, &review, 25).expect(200);
    for one in [&ordinary, &senior] {
        vote(&cast, &review, one, 25, 0, 0, 0).expect(200);
    }
    world.travel("2024-10-12T09:00:00+08:00");
    close(&cast, &review).expect(200);
    settle(&cast, "aksu-2024", true).expect(200);
    cast.office.act("POST", &review, &format!("{review}/publicity"), &json!({ "from_date": "2024-10-14" })).expect(200);
    world.travel("2024-10-14T09:00:00+08:00");
    let public = world.anybody().read("/v1/publicities?kind=result");
    let objections = format!("/v1/publicities/{}/objections", public["items"][0]["id"].as_str().unwrap());
    let receipt = world.anybody().post(&objections).key(&world.key()).json(&json!({ "text": "业绩不实" })).send().expect(201);
    assert!(receipt["receipt"].is_string());
    let open = cast.office.read(&format!("{ordinary}/objections"));
    let ruling = json!({ "finding": "rejected", "reason": "经核实，与事实不符" });
    let objection = format!("/v1/objections/{}/decision", open["items"][0]["id"].as_str().unwrap());
    cast.office.post(&objection).key(&world.key()).json(&ruling).send().expect(200);
    world.anybody().post(&objections).key(&world.key()).json(&json!({ "text": "年限不实" })).send().expect(201);
    let open = cast.office.read(&format!("{ordinary}/objections?status=open"));
    let together = json!({ "objection_ids": [open["items"][0]["id"]], "finding": "rejected", "reason": "经核实，与事实不符" });
    cast.office.post(&objections.replace("objections", "objection-decisions")).key(&world.key()).json(&together).send().expect(200);
    world.travel("2024-10-19T09:00:00+08:00");
    cast.office.act("POST", &ordinary, &format!("{ordinary}/confirmation"), &json!({})).expect(200);
    let fraud = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.act("POST", &ordinary, &format!("{ordinary}/fraud-decisions"), &fraud).expect(201);
    oversight::start(&world.app).await.unwrap();
    world.run_jobs().await;

    // Years later.
    world.travel("2031-01-06T09:00:00+08:00");
    let erased: AccountId = erased.account.parse().unwrap();
    world.app.act_as_system(move |cx| privacy::erase(cx, erased)).await.unwrap();
    let file = format!("{}{}", imports::HEADER, imports::line(600, "ZJ-1", "WS-1"));
    imports::send(&cast.county_reviewer, "everything", "study_records", "always", file.as_bytes()).expect(202);
    world.run_jobs().await;
    path
}

/// A connection of its own to a database.
pub fn connect(database_url: &str, dialect: Dialect) -> Conn {
    match dialect {
        Dialect::Sqlite => {
            let path = database_url.strip_prefix("sqlite:").unwrap();
            let mut conn = SqliteConnection::establish(path).unwrap();
            sql_query("PRAGMA busy_timeout = 10000").execute(&mut conn).unwrap();
            sql_query("PRAGMA foreign_keys = ON").execute(&mut conn).unwrap();
            Conn::Sqlite(conn)
        }
        Dialect::Postgres => Conn::Pg(PgConnection::establish(database_url).unwrap()),
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(conn: &mut Conn, query: &str) -> Vec<String> {
    let rows: Vec<Line> = sql_query(query.to_owned()).load(conn).unwrap_or_else(|error| panic!("{error}: {query}"));
    rows.into_iter().map(|row| row.line).collect()
}

/// Columns of each table.
fn columns(conn: &mut Conn) -> BTreeMap<String, Vec<String>> {
    let query = match conn {
        Conn::Sqlite(_) => {
            "SELECT m.name || ' ' || c.name AS line FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY c.cid"
        }
        Conn::Pg(_) => {
            "SELECT table_name || ' ' || column_name AS line FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY ordinal_position"
        }
    };
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(conn, query) {
        let (table, column) = line.split_once(' ').unwrap();
        found.entry(table.to_owned()).or_default().push(column.to_owned());
    }
    found
}

/// Every row of these columns, as text, in the order of the text.
fn rows(conn: &mut Conn, columns: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for (table, columns) in columns {
        let values: Vec<String> = columns.iter().map(|column| format!("coalesce(CAST(\"{column}\" AS TEXT), '∅')")).collect();
        let query = format!("SELECT {} AS line FROM {table} ORDER BY 1", values.join(" || '|' || "));
        found.insert(table.clone(), lines(conn, &query));
    }
    found
}

/// Tables whose rows are not the same.
fn changed(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    before.iter().filter(|(table, rows)| after.get(*table) != Some(rows)).map(|(table, _)| table.clone()).collect()
}

/// Takes back the migrations after the first schema.
fn revert_to_first_schema(conn: &mut Conn) {
    loop {
        let last = lines(conn, "SELECT max(version) AS line FROM __diesel_schema_migrations");
        if last[0].as_str() <= FIRST_SCHEMA {
            return;
        }
        match conn {
            Conn::Sqlite(conn) => drop(conn.revert_last_migration(Migrations).unwrap()),
            Conn::Pg(conn) => drop(conn.revert_last_migration(Migrations).unwrap()),
        }
    }
}

fn migrations(folder: impl AsRef<Path>) -> FileBasedMigrations {
    FileBasedMigrations::from_path(folder).unwrap()
}

on_both!(upgrade_keeps_the_rows_of_every_table);
async fn upgrade_keeps_the_rows_of_every_table(database: Database) {
    let dialect = database.dialect;
    let world = World::configured(database, "2024-07-22T09:00:00+08:00", |config| config.privacy.retention_months = 60).await;
    let path = play_everything(&world).await;
    let supervisor = world.sign_in("supervisor");
    let answer = supervisor.read(&path);
    let mut conn = connect(&world.app.config.database.url, dialect);
    let newest = columns(&mut conn);
    let all = rows(&mut conn, &newest);
    let empty: Vec<&String> = all.iter().filter(|(_, rows)| rows.is_empty()).map(|(table, _)| table).collect();
    assert!(empty.is_empty(), "the story puts no row into {empty:?}");

    revert_to_first_schema(&mut conn);
    let first = columns(&mut conn);
    assert!(first.len() < newest.len() && first.contains_key("applications"), "{:?}", first.keys());
    let before = rows(&mut conn, &first);
    let applied = db::migrate_connection(&mut conn).unwrap();
    assert_eq!(applied.len(), 19, "{applied:?}");
    assert_eq!(columns(&mut conn), newest);
    let after = rows(&mut conn, &first);
    assert_eq!(changed(&before, &after), Vec::<String>::new());
    if dialect == Dialect::Sqlite {
        let broken = lines(&mut conn, "SELECT \"table\" || ' ' || parent AS line FROM pragma_foreign_key_check");
        assert!(broken.is_empty(), "{broken:?}");
    }
    // And a server reads what it read before. Principals are read anew, from the migrated tables.
    world.app.principals.advance();
    assert_eq!(world.sign_in("supervisor").read(&path), answer);
    assert_eq!(supervisor.read("/v1/audit/verification")["intact"], true);
}

// The trap: a table is built anew, and its rows are left behind.
on_both!(migration_that_loses_rows_is_detected);
async fn migration_that_loses_rows_is_detected(database: Database) {
    let dialect = database.dialect;
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let (_, _) = at_employer(&world, &Cast::enter(&world, "aksu-2024"), "applicant_a", 1);
    let mut conn = connect(&world.app.config.database.url, dialect);
    let known = columns(&mut conn);
    let before = rows(&mut conn, &known);
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("2099-01-01-000000_rebuilt");
    std::fs::create_dir(&bad).unwrap();
    let sql = "CREATE TABLE copy AS SELECT * FROM profiles WHERE 1 = 0; DROP TABLE profiles; ALTER TABLE copy RENAME TO profiles;";
    std::fs::write(bad.join("up.sql"), sql).unwrap();
    match &mut conn {
        Conn::Sqlite(conn) => drop(conn.run_pending_migrations(migrations(folder.path())).unwrap()),
        Conn::Pg(conn) => drop(conn.run_pending_migrations(migrations(folder.path())).unwrap()),
    }
    assert_eq!(changed(&before, &rows(&mut conn, &known)), ["profiles"]);
}

on_both!(every_migration_can_be_reverted_and_run_again);
async fn every_migration_can_be_reverted_and_run_again(database: Database) {
    let mut conn = connect(&database.config.url, database.dialect);
    let whole = describe(&mut conn).unwrap();
    let reverted = match &mut conn {
        Conn::Sqlite(conn) => conn.revert_all_migrations(Migrations).unwrap().len(),
        Conn::Pg(conn) => conn.revert_all_migrations(Migrations).unwrap().len(),
    };
    let left = match &conn {
        Conn::Sqlite(_) => "SELECT name AS line FROM sqlite_schema WHERE tbl_name <> '__diesel_schema_migrations'",
        Conn::Pg(_) => {
            "SELECT relname::text AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_%' \
             UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        }
    };
    assert_eq!(lines(&mut conn, left), Vec::<String>::new());
    assert_eq!(db::migrate_connection(&mut conn).unwrap().len(), reverted);
    assert_eq!(describe(&mut conn).unwrap(), whole);
}
