//! The grouped writer: who shares a commit shares nothing else.

use std::sync::mpsc;

use diesel::connection::{SimpleConnection as _, TransactionManager as _};
use diesel::prelude::*;
use futures_util::future::join_all;
use title_review::config::DatabaseConfig;
use title_review::db::schema::{jobs, meta};
use title_review::db::{self, Conn, Db, Error};

use crate::support::database::{Database, Dialect};
use crate::support::on_both;

/// Holds the writer until the returned sender is used, so that what is asked for meanwhile waits and forms one group.
fn hold_writer(db: &Db) -> (mpsc::Sender<()>, impl Future<Output = Result<(), Error>> + use<>) {
    let (started, is_started) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let db = db.clone();
    let held = actix_web::rt::spawn(async move {
        db.write(move |_| {
            started.send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        })
        .await
    });
    let held = async move {
        actix_web::rt::task::spawn_blocking(move || is_started.recv().unwrap()).await.unwrap();
        held.await.unwrap()
    };
    (release, held)
}

fn insert(conn: &mut Conn, key: &str) -> Result<(), Error> {
    diesel::insert_into(meta::table).values((meta::key.eq(key), meta::value.eq("v"))).execute(conn)?;
    Ok(())
}

/// Commits of the writer so far, and the writes in them.
fn committed(db: &Db) -> (f64, f64) {
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register("group_sizes", "Writes in a commit", db.metrics().group_sizes.clone());
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok()).unwrap();
    (value("group_sizes_count"), value("group_sizes_sum"))
}

async fn keys(db: &Db) -> Vec<String> {
    db.read(|conn| Ok::<_, Error>(meta::table.select(meta::key).order(meta::key).load(conn)?)).await.unwrap()
}

on_both!(a_failing_write_leaves_the_others_of_its_group_committed);
async fn a_failing_write_leaves_the_others_of_its_group_committed(base: Database) {
    let db = base.open();
    let (release, held) = hold_writer(&db);
    let write = |number: usize| {
        let db = db.clone();
        async move {
            db.write(move |conn| {
                insert(conn, &format!("k{number}"))?;
                match number {
                    1 => Err(Error::NotFound),
                    2 => panic!("in the closure"),
                    // A panic inside a transaction of its own, and a statement that the database refuses.
                    3 => conn.transaction::<(), Error, _>(|_| panic!("deeper")),
                    4 => insert(conn, "k0"),
                    // Refused, and the closure goes on as if nothing had happened.
                    5 => {
                        let _ = conn.transaction(|conn| insert(conn, "k0"));
                        Ok(())
                    }
                    // The same without a transaction: PostgreSQL keeps nothing of such a closure, SQLite the rest of it.
                    6 => {
                        let _ = insert(conn, "k0");
                        Ok(())
                    }
                    _ => Ok(()),
                }
            })
            .await
        }
    };
    let commits = committed(&db);
    let group = actix_web::rt::spawn(join_all((0..8).map(write).collect::<Vec<_>>()));
    actix_web::rt::task::yield_now().await;
    release.send(()).unwrap();
    held.await.unwrap();
    let answers = group.await.unwrap();
    // The write that was held and the eight that waited share one commit.
    assert_eq!(committed(&db), (commits.0 + 1.0, commits.1 + 9.0));
    assert_eq!(answers[0], Ok(()));
    assert_eq!(answers[1], Err(Error::NotFound));
    assert_eq!(answers[2], Err(Error::Panicked("in the closure".to_owned())));
    assert_eq!(answers[3], Err(Error::Panicked("deeper".to_owned())));
    assert!(answers[4].as_ref().unwrap_err().is_unique_on("meta.key"));
    assert!(answers[5].is_ok() && answers[7].is_ok());
    let rest = match base.dialect {
        Dialect::Sqlite => answers[6].is_ok().then_some("k6"),
        Dialect::Postgres => {
            assert!(matches!(answers[6], Err(Error::Other(_))), "{:?}", answers[6]);
            None
        }
    };
    assert_eq!(keys(&db).await, ["k0", "k5"].into_iter().chain(rest).chain(["k7"]).collect::<Vec<_>>());
}

on_both!(writes_run_in_the_order_in_which_they_were_asked_for);
async fn writes_run_in_the_order_in_which_they_were_asked_for(base: Database) {
    let db = base.open();
    let write = |number: i64| {
        let db = db.clone();
        async move {
            db.write(move |conn| {
                let before: i64 = meta::table.count().get_result(conn)?;
                insert(conn, &format!("k{number:03}"))?;
                Ok::<_, Error>(before)
            })
            .await
        }
    };
    let before: Vec<i64> = join_all((0..100).map(write)).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(before, (0..100).collect::<Vec<_>>());
}

on_both!(write_group_of_one_commits_each_write_alone);
async fn write_group_of_one_commits_each_write_alone(base: Database) {
    let db = Db::open(&DatabaseConfig { write_group: 1, ..base.config.clone() }).unwrap();
    let write = |number: usize| {
        let db = db.clone();
        async move { db.write(move |conn| insert(conn, &format!("k{}", number % 3))).await }
    };
    let commits = committed(&db);
    let (release, held) = hold_writer(&db);
    let group = actix_web::rt::spawn(join_all((0..6).map(write).collect::<Vec<_>>()));
    actix_web::rt::task::yield_now().await;
    release.send(()).unwrap();
    held.await.unwrap();
    let answers = group.await.unwrap();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    // Six writes waited together, and each has a commit of its own.
    assert_eq!(committed(&db), (commits.0 + 7.0, commits.1 + 7.0));
    assert_eq!(keys(&db).await, ["k0", "k1", "k2"]);
}

on_both!(two_servers_on_one_database_write_in_turn);
async fn two_servers_on_one_database_write_in_turn(base: Database) {
    let servers = [base.open(), base.open()];
    db_write_counter(&servers[0], 0).await;
    let count_up = |number: usize| {
        let db = servers[number % 2].clone();
        async move {
            db.write(|conn| {
                let value: i64 = db::meta::find_meta(conn, "count")?.and_then(|text| text.parse().ok()).ok_or(Error::NotFound)?;
                db::meta::set_meta(conn, "count", &(value + 1).to_string())
            })
            .await
        }
    };
    for answer in join_all((0..60).map(count_up)).await {
        answer.unwrap();
    }
    let count = servers[1].read(|conn| db::meta::find_meta(conn, "count")).await.unwrap();
    assert_eq!(count.as_deref(), Some("60"));
}

async fn db_write_counter(db: &Db, value: i64) {
    db.write(move |conn| db::meta::set_meta(conn, "count", &value.to_string())).await.unwrap();
}

on_both!(read_has_one_snapshot_and_cannot_write);
async fn read_has_one_snapshot_and_cannot_write(base: Database) {
    let db = base.open();
    let (in_the_middle, wait_middle) = mpsc::channel();
    let (go_on, wait_go_on) = mpsc::channel();
    let reading = actix_web::rt::spawn({
        let db = db.clone();
        async move {
            db.read(move |conn| {
                let first: i64 = meta::table.count().get_result(conn)?;
                in_the_middle.send(()).unwrap();
                wait_go_on.recv().unwrap();
                Ok::<_, Error>((first, meta::table.count().get_result::<i64>(conn)?))
            })
            .await
        }
    });
    actix_web::rt::task::spawn_blocking(move || wait_middle.recv().unwrap()).await.unwrap();
    db.write(|conn| insert(conn, "k")).await.unwrap();
    go_on.send(()).unwrap();
    assert_eq!(reading.await.unwrap().unwrap(), (0, 0));
    assert_eq!(keys(&db).await, ["k"]);
    assert!(db.read(|conn| insert(conn, "not")).await.is_err());
    assert_eq!(keys(&db).await, ["k"]);
}

on_both!(constraint_violations_are_distinguished);
async fn constraint_violations_are_distinguished(base: Database) {
    let db = base.open();
    let job = |id: &'static str, state: &'static str| {
        let db = db.clone();
        async move {
            db.write(move |conn| {
                let sql = "INSERT INTO jobs (id, kind, unique_key, payload, state, run_at, attempts, created_at) VALUES \
                           ($1, 'k', 'u', '{}', $2, '2024-01-01 00:00:00', 0, '2024-01-01 00:00:00')";
                let query = diesel::sql_query(sql).bind::<diesel::sql_types::Text, _>(id).bind::<diesel::sql_types::Text, _>(state);
                query.execute(conn)?;
                Ok::<_, Error>(())
            })
            .await
        }
    };
    job("a", "waiting").await.unwrap();
    assert!(job("a", "done").await.unwrap_err().is_unique_on("jobs.id"));
    // The partial index tells its columns too, and no value.
    let live = job("b", "waiting").await.unwrap_err();
    assert!(live.is_unique_on("jobs.kind, jobs.unique_key"), "{live:?}");
    assert_eq!(live.to_string(), "already there: jobs.kind, jobs.unique_key");
    assert!(matches!(job("c", "no such state").await, Err(Error::Check(_))));
    let none = db.read(|conn| Ok::<String, Error>(jobs::table.select(jobs::id).filter(jobs::id.eq("z")).first(conn)?)).await;
    assert_eq!(none, Err(Error::NotFound));
}

#[test]
fn connections_that_died_are_replaced() {
    let Some(base) = Database::fresh(Dialect::Postgres) else { return };
    actix_web::rt::System::new().block_on(async move {
        let db = base.open();
        db.write(|conn| insert(conn, "before")).await.unwrap();
        let mut admin = diesel::PgConnection::establish(&base.config.url).unwrap();
        let end_all =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        admin.batch_execute(end_all).unwrap();
        // The writer and each of the readers notices by itself.
        db.write(|conn| insert(conn, "after")).await.unwrap();
        for _ in 0..4 {
            assert_eq!(keys(&db).await, ["after", "before"]);
        }
        // Lost in the middle: an error, and the next write is served.
        let lost = db
            .write(move |conn| {
                insert(conn, "lost")?;
                let Conn::Pg(conn) = conn else { return Ok(()) };
                let _ = conn.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())");
                Ok(())
            })
            .await;
        assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
        db.write(|conn| insert(conn, "next")).await.unwrap();
        assert_eq!(keys(&db).await, ["after", "before", "next"]);
    });
}

on_both!(write_that_ends_its_savepoint_is_refused);
async fn write_that_ends_its_savepoint_is_refused(base: Database) {
    type Manager = <Conn as Connection>::TransactionManager;
    let db = base.open();
    let steps: [fn(&mut Conn) -> QueryResult<()>; 3] =
        [Manager::commit_transaction, Manager::rollback_transaction, Manager::begin_transaction];
    for step in steps {
        let answer = db
            .write(move |conn| {
                insert(conn, "k")?;
                Ok::<_, Error>(step(conn)?)
            })
            .await;
        assert!(matches!(answer, Err(Error::Other(_))), "{answer:?}");
        assert!(keys(&db).await.is_empty());
    }
    db.write(|conn| insert(conn, "next")).await.unwrap();
}
