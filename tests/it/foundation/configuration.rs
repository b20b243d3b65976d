//! The configuration's page, and a database that stays with its keys and its kind.

use title_review::config::{Config, reference_page};
use title_review::db::{Error, meta};
use title_review::key_management::bind_to_database;
use title_review::keys::{KeyFile, KeyRing};

use crate::generated::assert_generated;
use crate::support::database::{Database, Dialect};
use crate::support::on_both;

#[test]
fn the_reference_page_is_that_of_the_defaults() {
    assert_generated("docs/configuration.md", &reference_page());
}

on_both!(database_with_other_keys_is_refused);
async fn database_with_other_keys_is_refused(base: Database) {
    let (db, file) = (base.open(), KeyFile::generate().unwrap());
    let bind = |file: &KeyFile| {
        let (db, keys) = (db.clone(), KeyRing::from_file(file).unwrap());
        async move { db.write(move |conn| bind_to_database(conn, &keys)).await }
    };
    bind(&file).await.unwrap();
    bind(&file).await.unwrap();
    let other = KeyFile::generate().unwrap();
    assert!(matches!(bind(&other).await, Err(Error::Unfit(_))));
    assert!(
        matches!(bind(&KeyFile { index: other.index.clone(), ..file.clone() }).await, Err(Error::Unfit(reason)) if reason.contains("index"))
    );
    // A new key beside the old one is a rotation.
    let mut rotated = file.clone();
    rotated.field.insert(0, other.field[0].clone());
    bind(&rotated).await.unwrap();
}

on_both!(a_database_is_a_sandbox_from_the_first_start_or_never);
async fn a_database_is_a_sandbox_from_the_first_start_or_never(base: Database) {
    let db = base.open();
    db.write(|conn| meta::bind_sandbox(conn, false)).await.unwrap();
    db.write(|conn| meta::bind_sandbox(conn, false)).await.unwrap();
    assert!(matches!(db.write(|conn| meta::bind_sandbox(conn, true)).await, Err(Error::Unfit(_))));
}

/// Runs the program and answers its exit code, standard output and standard error.
fn program(base: &Database, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_title-review"))
        .args(arguments)
        .args(["--database", &base.config.url, "--data"])
        .arg(base.folder())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_commands_migrate_show_and_verify() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let Some(base) = Database::fresh(dialect) else { continue };
        assert_eq!(base.dialect, dialect);
        assert_eq!(program(&base, &["migrate"]), (Some(0), "nothing to do: the schema is up to date\n".to_owned(), String::new()));
        let (code, shown, _) = program(&base, &["config"]);
        assert!(code == Some(0) && shown.contains(&format!("data = \"{}\"", base.folder().display())), "{shown}");
        // A verification makes no keys.
        let (code, _, refused) = program(&base, &["audit", "verify"]);
        assert!(code == Some(1) && refused.contains("keys.toml"), "{refused}");
        KeyRing::load(&Config::with_data(&base.folder()).unwrap().keys, &base.folder()).unwrap();
        let (code, verified, _) = program(&base, &["audit", "verify"]);
        assert!(code == Some(0) && verified.starts_with("0 rows, whole"), "{verified}");
    }
    let base = Database::fresh(Dialect::Sqlite).unwrap();
    let (code, _, refused) = program(&base, &["migrate", "--config", "no.toml"]);
    assert!(code == Some(2) && refused.contains("no.toml"), "{refused}");
}
