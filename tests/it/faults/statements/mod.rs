//! A database fault at any statement of a request: the answer is 500 or 503, never the client's fault, and nothing is half-written.
//!
//! Faults are injected outside the program: a proxy before PostgreSQL, triggers in SQLite.

mod postgres;
mod rest;
mod sqlite;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use diesel::prelude::*;
use diesel::sql_types::Text;
use title_review::server::all_routes;

use self::postgres::{Content, Statements};
use self::sqlite::{Ends, Writes};
use crate::examples;
use crate::foundation::upgrade::play_everything;
use crate::openapi;
use crate::support::database::{Database, Dialect};
use crate::support::world::{Actor, Ask, Reply, World, intercept_requests, stop_intercepting};

const START: &str = "2024-07-22T09:00:00+08:00";

/// Operations that repeat an answer for some seconds, so that the same request sent again is not another try.
const REPEATING: &[&str] = &["get_readyz"];

/// Operations by POST, PUT or DELETE in which no statement fails: they write nothing, or no story comes to them.
const UNTRIED: &[&str] =
    &["check_eligibility", "disqualify_application", "introspect_token", "update_publicity_posting", "update_sandbox_clock"];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What makes one statement fail, and sees what the tables hold.
trait Faults {
    /// From here on the n-th statement fails, counted from 1, on whichever connection.
    fn fail_at(&mut self, n: u32);

    /// Ends that; answers what failed before this reply.
    fn stop(&mut self, reply: &Reply) -> Option<String>;

    /// Whether `stop` also tells of a fault that the server answers with less than 500.
    fn sees_every_fault(&self) -> bool;

    /// Something that changes with each row of each table.
    fn content(&mut self) -> BTreeSet<String>;
}

/// What was tried, and what went wrong.
#[derive(Default)]
struct Report {
    /// Faults of each operation.
    tried: BTreeMap<String, u32>,
    wrong: BTreeSet<String>,
}

/// The operation that a method and a path mean.
fn operation(method: &str, path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let routes = all_routes();
    let found = routes.rows().iter().find(|row| row.method.as_str() == method && examples::fits(&row.path, path));
    found.map(|row| row.operation_id.clone())
}

/// Which rows of a table count: of the pieces of a file those whose import is there. What a request that did not end has left of them
/// nobody sees, and it is erased.
fn within(table: &str) -> &'static str {
    if table == "import_chunks" { " WHERE import_id IN (SELECT id FROM imports)" } else { "" }
}

fn tables(after: &BTreeSet<String>, before: &BTreeSet<String>) -> BTreeSet<String> {
    after.symmetric_difference(before).filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Applications whose deadline has passed are expired before an operation, in a transaction of its own (decision 0005). It is written whole
/// or not at all, whichever statement fails.
fn expire_due(anybody: &Actor, faults: &mut dyn Faults, report: &mut Report) {
    let ask = anybody.get("/v1/publicities");
    let before = faults.content();
    for n in 1..500 {
        faults.fail_at(n);
        let reply = ask.send_once();
        let Some(failed) = faults.stop(&reply) else { break };
        let expired = faults.content();
        if expired != before {
            assert_eq!(ask.send_once().status, 200);
            if faults.content() != expired {
                report.wrong.insert(format!("expiry: half-written {:?}: {failed}", tables(&expired, &before)));
            }
            break;
        }
    }
    assert_eq!(ask.send_once().status, 200);
}

/// Sends the first request of each operation again and again, each time with the next statement failing, until none fails.
fn try_faults(ask: &Ask, anybody: &Actor, faults: &mut dyn Faults, report: &mut Report) -> Reply {
    let (method, path) = ask.target();
    let wanted = |operation: &String| !report.tried.contains_key(operation) && !REPEATING.contains(&operation.as_str());
    let Some(operation) = operation(method, path).filter(wanted) else {
        return ask.send_once();
    };
    expire_due(anybody, faults, report);
    let mut before = faults.content();
    for n in 1..500 {
        faults.fail_at(n);
        let mut reply = ask.send_once();
        let failed = faults.stop(&reply);
        if failed.is_none() && reply.status >= 400 && !faults.sees_every_fault() {
            let again = ask.send_once();
            if again.status != reply.status {
                report.wrong.insert(format!("{operation}: answers {} {} to write {n}", reply.status, reply.body["code"]));
            }
            reply = again;
        }
        let Some(failed) = failed else {
            // Only what succeeds shows all that the operation does.
            if reply.status < 400 {
                report.tried.insert(operation, n - 1);
            }
            return reply;
        };
        let failed: String = failed.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(90).collect();
        let mut wrong = |what: String| report.wrong.insert(format!("{operation}: {what}, statement {n}: {failed}"));
        match reply.status {
            500 | 503 => {
                let after = faults.content();
                if after != before {
                    wrong(format!("half-written {:?}", tables(&after, &before)));
                    before = after;
                }
            }
            200..400 => {
                wrong(format!("{} in spite of a fault", reply.status));
                report.tried.insert(operation, n);
                return reply;
            }
            status => drop(wrong(format!("answers {status} {}", reply.body["code"]))),
        }
    }
    panic!("{operation}: no end of statements");
}

/// Where a fault comes from.
#[derive(Clone, Copy)]
enum Injection {
    Proxy,
    Triggers(Ends),
}

/// Plays a story with faults in the first request of each operation that was not tried yet.
fn play<F: Future<Output = ()>>(
    mut database: Database,
    injection: Injection,
    report: &Rc<RefCell<Report>>,
    story: impl FnOnce(World) -> F,
) {
    let url = database.config.url.clone();
    let proxied = match injection {
        Injection::Triggers(_) => None,
        Injection::Proxy => {
            let (faults, behind) = Statements::before(&url);
            database.config.url = behind;
            Some(faults)
        }
    };
    actix_web::rt::System::new().block_on(async {
        let world = World::configured(database, START, |config| config.privacy.retention_months = 60).await;
        let mut faults: Box<dyn Faults> = match (injection, proxied) {
            (Injection::Triggers(ends), _) => Box::new(Writes::before(&url, ends)),
            (Injection::Proxy, faults) => Box::new(faults.expect("a proxy")),
        };
        let (report, anybody) = (Rc::clone(report), world.anybody());
        intercept_requests(move |ask| try_faults(ask, &anybody, &mut *faults, &mut report.borrow_mut()));
        story(world).await;
        stop_intercepting();
    });
}

/// Plays three stories that use every slice, each on a database of its own.
fn play_with_faults(dialect: Dialect, injection: Injection) {
    let [Some(first), Some(second), Some(third)] = [(); 3].map(|()| Database::fresh(dialect)) else { return };
    let report = Rc::default();
    play(first, injection, &report, |world| async move { drop(play_everything(&world).await) });
    play(second, injection, &report, |world| async move { examples::play_in(&world) });
    play(third, injection, &report, rest::play);
    let report = report.borrow();
    let total: u32 = report.tried.values().sum();
    println!("{} operations, {total} faults: {:?}", report.tried.len(), report.tried);
    let document = openapi::document();
    let operations = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    let writes = operations.filter(|(method, _)| *method != "get").filter_map(|(_, operation)| operation["operationId"].as_str());
    let left: BTreeSet<&str> = writes.filter(|id| report.tried.get(*id).is_none_or(|faults| *faults == 0)).collect();
    let wrong: Vec<&str> = report.wrong.iter().map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} faults go wrong:\n{}", wrong.len(), wrong.join("\n"));
    let unknown: Vec<_> = left.difference(&UNTRIED.iter().copied().collect()).copied().collect();
    assert!(unknown.is_empty(), "no fault was tried in {unknown:?}");
}

#[test]
fn fault_at_any_statement_on_postgresql_is_5xx_and_writes_nothing() {
    play_with_faults(Dialect::Postgres, Injection::Proxy);
}

#[test]
fn refused_write_on_sqlite_is_5xx_and_writes_nothing() {
    play_with_faults(Dialect::Sqlite, Injection::Triggers(Ends::Statement));
}

#[test]
fn write_on_sqlite_that_ends_the_transaction_is_5xx_and_writes_nothing() {
    play_with_faults(Dialect::Sqlite, Injection::Triggers(Ends::Transaction));
}

/// The oracle finds what it is for: an answer in spite of a fault, and a table that is not as it was.
#[test]
fn content_of_a_table_is_compared_row_by_row() {
    let Some(database) = Database::fresh(Dialect::Postgres) else { return };
    let mut content = Content::of(&database.config.url);
    let before = content.read();
    assert_eq!(content.read(), before);
    diesel::sql_query("INSERT INTO meta (key, value) VALUES ('k', 'v')").execute(&mut content.conn).unwrap();
    let after = content.read();
    assert_ne!(after, before);
    diesel::sql_query("UPDATE meta SET value = 'w' WHERE key = 'k'").execute(&mut content.conn).unwrap();
    assert_ne!(content.read(), after);
}
