//! `/readyz` says what does not work, and no before the end.

use std::process::Stdio;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use crate::cli::Server;
use crate::support::database::{Database, Dialect};
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

/// Longer than an answer is kept, by the session clock.
const LONGER_THAN_KEPT: i64 = 3;

/// The parts that do not work.
fn failing(world: &World) -> Vec<String> {
    let reply = world.anybody().get("/readyz").send();
    if reply.status == 200 {
        return Vec::new();
    }
    assert!(reply.header("retry-after").is_some());
    let problem = reply.problem(503, "not_ready");
    problem["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
}

on_both!(readyz_names_each_failing_part);
async fn readyz_names_each_failing_part(database: Database) {
    let (url, dialect, folder) = (database.config.url.clone(), database.dialect, database.folder());
    let world = World::configured(database, START, |config| config.database.busy_timeout_ms = 100).await;
    assert!(failing(&world).is_empty());

    // Files cannot be written.
    let writing = folder.join("objects/writing");
    std::fs::remove_dir_all(&writing).unwrap();
    std::fs::write(&writing, "in the way").unwrap();
    assert!(failing(&world).is_empty(), "an answer is good for two seconds");
    world.wait_seconds(LONGER_THAN_KEPT);
    assert_eq!(failing(&world), ["storage"]);
    std::fs::remove_file(&writing).unwrap();

    // The schema is another program's.
    let run = |sql: &str| match dialect {
        Dialect::Sqlite => SqliteConnection::establish(url.strip_prefix("sqlite:").unwrap()).unwrap().batch_execute(sql).unwrap(),
        Dialect::Postgres => PgConnection::establish(&url).unwrap().batch_execute(sql).unwrap(),
    };
    run("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231')");
    world.wait_seconds(LONGER_THAN_KEPT);
    assert_eq!(failing(&world), ["migrations"]);
    run("DELETE FROM __diesel_schema_migrations WHERE version = '29991231'");

    // Another process keeps the database from being written.
    let hold: Box<dyn FnOnce()> = match dialect {
        Dialect::Sqlite => {
            let mut conn = SqliteConnection::establish(url.strip_prefix("sqlite:").unwrap()).unwrap();
            conn.batch_execute("BEGIN IMMEDIATE").unwrap();
            Box::new(move || drop(conn))
        }
        Dialect::Postgres => {
            let mut conn = PgConnection::establish(&url).unwrap();
            conn.batch_execute("SELECT pg_advisory_lock(x'74720001'::bigint)").unwrap();
            Box::new(move || drop(conn))
        }
    };
    world.wait_seconds(LONGER_THAN_KEPT);
    assert_eq!(failing(&world), ["writer"]);
    hold();
    world.wait_seconds(LONGER_THAN_KEPT);
    assert!(failing(&world).is_empty());

    world.app.state::<title_review::operation::Readiness>().stop();
    assert_eq!(failing(&world), ["running"], "said at once");
    world.anybody().read("/livez");
}

fn wait_until_it_says_so(server: &Server) {
    let until = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let (status, _, problem) = server.send("GET", "/readyz", None, None);
        if (status, problem["errors"][0]["code"].as_str()) == (503, Some("running")) {
            return;
        }
        assert!(std::time::Instant::now() < until, "{status} {problem}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn readyz_fails_while_the_server_drains() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start_in(folder.path(), &[], &[("TITLE_REVIEW_SERVER__DRAIN_SECONDS", "10")], Stdio::null());
    assert_eq!(server.send("GET", "/readyz", None, None).0, 200);
    server.terminate();
    wait_until_it_says_so(&server);
    assert_eq!(server.send("GET", "/livez", None, None).0, 200);
    assert!(server.wait().success());

    // Told twice: at once.
    let mut server = Server::start_in(folder.path(), &[], &[("TITLE_REVIEW_SERVER__DRAIN_SECONDS", "60")], Stdio::null());
    server.terminate();
    wait_until_it_says_so(&server);
    server.terminate();
    assert!(server.wait().success());
}
