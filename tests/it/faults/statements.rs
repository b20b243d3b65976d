//! A database fault at any statement of a request: the answer is 500 or 503, never the client's fault, and nothing is half-written.
//!
//! The fault is injected between the server and PostgreSQL: a proxy replaces the n-th statement by one that fails there, so that the server
//! sees a real error in a real, aborted transaction. Nothing of this is in the program. What each operation does with an error is the
//! same code for both databases.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;
use diesel::sql_types::Text;
use title_review::server::all_routes;

use crate::examples;
use crate::foundation::upgrade::play_everything;
use crate::support::database::{Database, Dialect};
use crate::support::world::{Ask, Reply, World, intercept_requests, stop_intercepting};

/// What the proxy sends in the place of a statement: an I/O error of the server.
const FAULT: &str = "DO $$ BEGIN RAISE EXCEPTION 'injected fault' USING ERRCODE = '58030'; END $$";

/// Operations that a fault still goes through wrongly: operation, what happens, at which statement. Each is an error to be mended by its
/// slice; an entry that is no longer true fails the test.
const KNOWN: &[(&str, &str)] = &[];

/// PostgreSQL behind a proxy that fails one statement on request.
#[derive(Clone, Default)]
struct Faults {
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    /// How many statements pass before one fails.
    left: Option<u32>,
    /// The statement that failed.
    failed: Option<String>,
}

impl Faults {
    /// Starts the proxy; answers it and the URL of the database behind it.
    fn before(url: &str) -> (Self, String) {
        let rest = url.strip_prefix("postgres:///").expect("a URL of the tests' cluster");
        let (name, options) = rest.split_once('?').expect("options");
        let folder = options.split('&').find_map(|option| option.strip_prefix("host=")).expect("the folder of the socket");
        let socket = format!("{folder}/.s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let faults = Self::default();
        let shared = faults.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (faults, socket) = (shared.clone(), socket.clone());
                std::thread::spawn(move || faults.serve(client, &socket));
            }
        });
        (faults, format!("postgres://postgres@127.0.0.1:{port}/{name}"))
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on the n-th statement fails, counted from 1, on whichever connection.
    fn fail_at(&self, n: u32) {
        *self.plan() = Plan { left: Some(n - 1), failed: None };
    }

    /// Ends that; answers the statement that failed.
    fn stop(&self) -> Option<String> {
        let mut plan = self.plan();
        plan.left = None;
        plan.failed.take()
    }

    /// Whether this statement is the one to fail.
    fn fails(&self, statement: &str) -> bool {
        let mut plan = self.plan();
        match plan.left {
            Some(0) => {
                *plan = Plan { left: None, failed: Some(statement.to_owned()) };
                true
            }
            Some(left) => {
                plan.left = Some(left - 1);
                false
            }
            None => false,
        }
    }

    /// One connection, until either side closes it.
    fn serve(&self, mut client: TcpStream, socket: &str) -> Option<()> {
        client.set_nodelay(true).ok()?;
        let mut server = UnixStream::connect(socket).ok()?;
        let (mut answers, mut back) = (server.try_clone().ok()?, client.try_clone().ok()?);
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut answers, &mut back);
            let _ = back.shutdown(std::net::Shutdown::Both);
        });
        let outcome = self.forward(&mut client, &mut server);
        let _ = server.shutdown(std::net::Shutdown::Both);
        outcome
    }

    /// Hands on what the client says, statement by statement.
    fn forward(&self, client: &mut TcpStream, server: &mut UnixStream) -> Option<()> {
        let startup = packet(client, None)?;
        server.write_all(&startup).ok()?;
        let mut prepared: HashMap<Vec<u8>, String> = HashMap::new();
        let (mut batch, mut statement) = (Vec::new(), None);
        loop {
            let mut kind = [0];
            client.read_exact(&mut kind).ok()?;
            let message = packet(client, Some(kind[0]))?;
            let mut fields = message[5..].split(|byte| *byte == 0);
            match kind[0] {
                b'P' => {
                    let name = fields.next()?.to_vec();
                    prepared.insert(name, String::from_utf8_lossy(fields.next()?).into_owned());
                }
                // Portal, then the name of the prepared statement.
                b'B' => statement = fields.nth(1).and_then(|name| prepared.get(name)).cloned(),
                b'Q' => statement = fields.next().map(|text| String::from_utf8_lossy(text).into_owned()),
                _ => {}
            }
            batch.extend_from_slice(&message);
            // What came since the last answer is handed on as a whole: PostgreSQL answers at these messages only.
            if matches!(kind[0], b'Q' | b'S' | b'H' | b'X' | b'p') {
                // A connection that fails at its first statement is replaced by another, and a read has its answer before its transaction
                // ends: neither is a fault of a request.
                if let Some(text) = statement.take()
                    && !text.starts_with("BEGIN")
                    && !text.starts_with("ROLLBACK")
                    && self.fails(&text)
                {
                    batch = query(FAULT);
                }
                server.write_all(&batch).ok()?;
                batch.clear();
            }
        }
    }
}

/// A message: its kind, where it has one, a length that counts itself, and the rest.
fn packet(from: &mut impl Read, kind: Option<u8>) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).ok()?.checked_sub(4)?];
    from.read_exact(&mut rest).ok()?;
    Some(kind.into_iter().chain(length).chain(rest).collect())
}

/// A simple query as a message.
fn query(sql: &str) -> Vec<u8> {
    let length = u32::try_from(sql.len() + 5).expect("a short query").to_be_bytes();
    [b"Q".as_slice(), &length, sql.as_bytes(), &[0]].concat()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A number for the content of each table, read past the proxy.
struct Content {
    conn: PgConnection,
    query: String,
}

impl Content {
    fn of(url: &str) -> Self {
        let mut conn = PgConnection::establish(url).unwrap();
        let tables = "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        let tables: Vec<Line> = diesel::sql_query(tables).load(&mut conn).unwrap();
        let each = tables.iter().map(|Line { line }| {
            format!(
                "SELECT '{line} ' || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS line FROM \"{line}\" t"
            )
        });
        let query = each.collect::<Vec<_>>().join(" UNION ALL ");
        Self { conn, query }
    }

    fn read(&mut self) -> BTreeSet<String> {
        let lines: Vec<Line> = diesel::sql_query(&self.query).load(&mut self.conn).unwrap();
        lines.into_iter().map(|Line { line }| line).collect()
    }
}

/// What was tried, and what went wrong.
#[derive(Default)]
struct Report {
    /// Faults of each operation.
    tried: BTreeMap<String, u32>,
    wrong: BTreeMap<String, BTreeSet<String>>,
}

impl Report {
    fn note(&mut self, operation: &str, what: String) {
        self.wrong.entry(operation.to_owned()).or_default().insert(what);
    }
}

/// The operation that a method and a path mean.
fn operation(method: &str, path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let routes = all_routes();
    let found = routes.rows().iter().find(|row| row.method.as_str() == method && examples::fits(&row.path, path));
    found.map(|row| row.operation_id.clone())
}

/// Sends a request of each operation again and again, each time with the next statement failing, until none fails.
fn try_faults(ask: &Ask, faults: &Faults, content: &mut Content, report: &mut Report) -> Reply {
    let (method, path) = ask.target();
    let Some(operation) = operation(method, path).filter(|operation| !report.tried.contains_key(operation)) else {
        return ask.send_once();
    };
    let mut before = content.read();
    for n in 1..500 {
        faults.fail_at(n);
        let reply = ask.send_once();
        let Some(statement) = faults.stop() else {
            // Only what succeeds shows all that the operation does.
            if reply.status < 400 {
                report.tried.insert(operation, n - 1);
            }
            return reply;
        };
        let start: String = statement.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(90).collect();
        match reply.status {
            500 | 503 => {
                let after = content.read();
                if after != before {
                    let tables: BTreeSet<&str> =
                        after.symmetric_difference(&before).filter_map(|line| line.split(' ').next()).collect();
                    report.note(&operation, format!("half-written {tables:?}: {start}"));
                    before = after;
                }
            }
            200..400 => {
                report.note(&operation, format!("{} in spite of a fault: {start}", reply.status));
                report.tried.insert(operation, n);
                return reply;
            }
            status => report.note(&operation, format!("answers {status} {}: {start}", reply.body["code"])),
        }
    }
    panic!("{operation}: no end of statements");
}

/// Plays a story with faults in every operation of it.
fn play<F: Future<Output = ()>>(story: impl FnOnce(World) -> F) {
    let Some(mut database) = Database::fresh(Dialect::Postgres) else { return };
    let direct = database.config.url.clone();
    let (faults, url) = Faults::before(&direct);
    database.config.url = url;
    let report = Rc::new(RefCell::new(Report::default()));
    actix_web::rt::System::new().block_on(async {
        let world = World::configured(database, "2024-07-22T09:00:00+08:00", |config| config.privacy.retention_months = 60).await;
        let (shared, mut content) = (Rc::clone(&report), Content::of(&direct));
        intercept_requests(move |ask| try_faults(ask, &faults, &mut content, &mut shared.borrow_mut()));
        story(world).await;
        stop_intercepting();
    });
    let report = report.borrow();
    let total: u32 = report.tried.values().sum();
    println!("{} operations, {total} faults", report.tried.len());
    for (operation, count) in &report.tried {
        println!("{operation} {count}");
    }
    assert!(report.tried.len() > 25 && total > 200, "{:?}", report.tried);
    let known = |operation: &str, what: &str| KNOWN.iter().any(|(of, start)| *of == operation && what.starts_with(start));
    let news: Vec<String> = report
        .wrong
        .iter()
        .flat_map(|(operation, all)| all.iter().map(move |what| (operation, what)))
        .filter(|(operation, what)| !known(operation, what))
        .map(|(operation, what)| format!("{operation}: {what}"))
        .collect();
    assert!(news.is_empty(), "{} faults go wrong:\n{}", news.len(), news.join("\n"));
    let mended: Vec<_> = KNOWN
        .iter()
        .filter(|(operation, _)| report.tried.contains_key(*operation))
        .filter(|(operation, start)| {
            !report.wrong.get(*operation).is_some_and(|all| all.iter().any(|what| what.starts_with(start)))
        })
        .collect();
    assert!(mended.is_empty(), "no longer true, to be removed from KNOWN: {mended:?}");
}

#[test]
#[ignore = "not yet run to its end: what it finds is to be mended or listed in KNOWN"]
fn a_fault_at_any_statement_of_the_example_story_is_a_server_error_and_writes_nothing() {
    play(|world| async move { examples::play_in(&world) });
}

#[test]
#[ignore = "not yet run to its end: what it finds is to be mended or listed in KNOWN"]
fn a_fault_at_any_statement_of_a_whole_year_is_a_server_error_and_writes_nothing() {
    play(|world| async move { drop(play_everything(&world).await) });
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
