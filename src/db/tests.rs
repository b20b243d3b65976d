use std::sync::mpsc;

use diesel::prelude::*;

use super::*;
use title_review_core::clock::Instant;
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::Stage;

fn config(folder: &tempfile::TempDir) -> DatabaseConfig {
    DatabaseConfig { url: format!("sqlite:{}", folder.path().join("t.db").display()), ..DatabaseConfig::default() }
}

fn open(config: &DatabaseConfig) -> Db {
    migrate(config).unwrap();
    Db::open(config).unwrap()
}

diesel::table! {
    samples (id) {
        id -> Text,
        stage -> Text,
        before -> Nullable<Text>,
        at -> Timestamp,
        due -> Nullable<Timestamp>,
        names -> Text,
        extra -> Nullable<Text>,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = samples)]
struct Sample {
    id: ApplicationId,
    stage: Stage,
    before: Option<Stage>,
    at: Instant,
    due: Option<Instant>,
    names: Json<Vec<String>>,
    extra: Option<Json<Vec<i64>>>,
}

#[tokio::test]
async fn terms_ids_instants_and_structures_come_back_as_they_were_stored() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&config(&folder));
    let at: Instant = "2024-08-30T18:00:00.000001+08:00".parse().unwrap();
    let id = ApplicationId::new(&title_review_core::ids::SeededIds::new(1), at);
    let sample = Sample {
        id,
        stage: Stage::Draft,
        before: None,
        at,
        due: Some(at),
        names: Json(vec!["申报人甲".to_owned()]),
        extra: Some(Json(vec![1])),
    };
    let stored = sample.clone();
    let found: Result<Sample> = db
        .write(move |conn| {
            diesel::connection::SimpleConnection::batch_execute(
                conn,
                "CREATE TABLE samples (id TEXT PRIMARY KEY, stage TEXT, before TEXT, at TIMESTAMP, due TIMESTAMP, names TEXT, extra TEXT)",
            )?;
            diesel::insert_into(samples::table).values(&stored).execute(conn)?;
            let live = samples::table.filter(samples::stage.eq_any([Stage::Draft, Stage::Returned])).filter(samples::at.le(at));
            Ok(live.filter(samples::id.eq(id)).select(Sample::as_select()).first(conn)?)
        })
        .await;
    assert_eq!(found.unwrap(), sample);
}

#[test]
fn instants_from_postgresql_are_copied_as_sqlite_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let all = migrations::versions().collect();
    let mut filling = copy::Filling::begin(&config(&folder), &all).unwrap();
    raw::execute(&mut filling.conn, "CREATE TABLE samples (at TIMESTAMP NOT NULL, due TIMESTAMP)", &[]).unwrap();
    // From a whole second to microseconds: with every number of digits behind the point.
    let whole = "2024-08-30T10:00:00Z".parse::<Instant>().unwrap().micros();
    for micros in [0, 1, 10, 12, 100, 1000, 1001, 12_000, 120_000, 120_010, 123_000, 123_400, 123_450, 500_000, 999_999] {
        let at = Instant::from_micros(whole + micros);
        let as_postgres = at.naive_utc().format("%FT%T.%6f").to_string();
        let as_postgres = as_postgres.trim_end_matches('0').trim_end_matches('.');
        let as_postgres = if micros == 0 { "2024-08-30T10:00:00" } else { as_postgres };
        copy::insert_batch(&mut filling.conn, "samples", &format!(r#"[{{"at":"{as_postgres}","due":null}}]"#)).unwrap();
        let found =
            raw::load(&mut filling.conn, "SELECT at AS row FROM samples WHERE due IS NULL ORDER BY rowid DESC LIMIT 1", &[])
                .unwrap();
        assert_eq!(found, [at.naive_utc().format("%F %T%.f").to_string()], "{as_postgres}");
    }
}

#[tokio::test]
async fn a_full_queue_answers_busy_and_readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&DatabaseConfig { write_queue: 1, ..config(&folder) });
    let (started, wait_started) = mpsc::channel();
    let (release, wait_release) = mpsc::channel::<()>();
    let first = tokio::spawn({
        let db = db.clone();
        async move {
            db.write(move |_| {
                started.send(()).unwrap();
                wait_release.recv().unwrap();
                Ok::<_, Error>(())
            })
            .await
        }
    });
    tokio::task::spawn_blocking(move || wait_started.recv().unwrap()).await.unwrap();
    let second = tokio::spawn({
        let db = db.clone();
        async move { db.write(|conn| super::meta::set_meta(conn, "k", "v")).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(db.write(|_| Ok::<_, Error>(())).await, Err(Error::Busy));
    release.send(()).unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    let refused: Result<()> = db.read(|conn| super::meta::set_meta(conn, "k", "v")).await;
    assert!(refused.is_err());
}

#[test]
fn unsupported_database_url_is_refused() {
    for url in ["", "sqlite:", "sqlite::memory:", "title-review.db", "mysql://x"] {
        assert!(
            matches!(migrate(&DatabaseConfig { url: url.to_owned(), ..DatabaseConfig::default() }), Err(Error::Unfit(_))),
            "{url}"
        );
    }
    let away = DatabaseConfig { url: "postgres://nobody@127.0.0.1:1/x".to_owned(), ..DatabaseConfig::default() };
    assert!(matches!(migrate(&away), Err(Error::Unavailable(reason)) if reason.contains("refused")));
}

#[test]
fn a_database_that_is_not_migrated_or_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder);
    assert!(matches!(Db::open(&config), Err(Error::Unfit(reason)) if reason.contains("title-review migrate")));
    assert!(!migrate(&config).unwrap().is_empty());
    assert!(migrate(&config).unwrap().is_empty());
    let mut conn = Target::new(&config).unwrap().connect().unwrap();
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101')",
    )
    .unwrap();
    assert!(matches!(Db::open(&config), Err(Error::Unfit(reason)) if reason.contains("29990101")));
}

#[test]
fn sqlite_is_compiled_with_the_flags_of_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = Target::new(&config(&folder)).unwrap().connect().unwrap();
    let options = raw::load(&mut conn, "SELECT compile_options AS row FROM pragma_compile_options", &[]).unwrap();
    let has = |option: &str| options.iter().any(|found| found == option);
    assert!(has("ENABLE_QPSG") && has("DEFAULT_MEMSTATUS=0"), "{options:?}");
    assert!(!has("ENABLE_STAT4") && !has("ENABLE_API_ARMOR"), "{options:?}");
}
