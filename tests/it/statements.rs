//! How many statements an operation makes, as who, at which stage: a golden file for each database, so that none grows unseen.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use title_review::context::App;
use title_review::server::all_routes;

use crate::examples::{self, fits};
use crate::foundation::upgrade::play_everything;
use crate::generated::assert_generated;
use crate::support::database::{Database, Dialect, tell};
use crate::support::world::{Ask, Reply, World, intercept_requests, stop_intercepting};

const START: &str = "2024-07-22T09:00:00+08:00";

/// The most statements that these operations may ever make, whoever asks and wherever the application stands.
const MOST: &[(&str, usize)] = &[
    ("GET /v1/applications/{application_id}", 3),
    ("GET /v1/applications", 2),
    ("GET /v1/inbox", 2),
    ("POST /v1/applications", 14),
    ("PUT /v1/applications/{application_id}/commitment", 9),
    ("POST /v1/applications/{application_id}/submission", 19),
    ("POST /v1/applications/{application_id}/decisions", 22),
];

/// What is read of whoever is not known yet.
const WHO_ASKS: [&str; 2] = ["select sessions", "select memberships"];

/// One kind of request: operation, who asked, in which stage the application was answered.
type Kind = (String, String, String);

#[derive(Default)]
struct Seen {
    /// The statements of a request of its kind that made most.
    kinds: BTreeMap<Kind, Vec<String>>,
    /// Logins by token.
    names: BTreeMap<String, String>,
}

/// What a statement does to which table: `select applications`.
fn gist(statement: &str) -> String {
    let (mut depth, mut table) = (0, "");
    let mut words = statement.split_whitespace();
    let verb = statement.split_whitespace().next().unwrap_or_default().to_lowercase();
    // The first table outside of subqueries.
    while let Some(word) = words.next() {
        if depth == 0 && matches!(word, "FROM" | "INTO" | "UPDATE") {
            table = words.next().unwrap_or_default();
            break;
        }
        depth += word.matches('(').count();
        depth -= word.matches(')').count().min(depth);
    }
    let name = table.rsplit('.').next().unwrap_or_default();
    format!("{verb} {}", name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_')).trim_end().to_owned()
}

fn operation(method: &str, path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let routes = all_routes();
    let found = routes.rows().iter().find(|row| row.method.as_str() == method && fits(&row.path, path));
    found.map(|row| format!("{} {}", row.method, row.path))
}

impl Seen {
    /// Sends a request and notes its statements where it succeeds.
    fn send(&mut self, app: &App, ask: &Ask) -> Reply {
        drop(app.db.take_statements());
        let reply = ask.send_once();
        let mut made: Vec<String> = app.db.take_statements().iter().map(|statement| gist(statement)).collect();
        // Who asks is read once and kept for some seconds of the host's time: whether it was is no matter of the operation.
        if made.starts_with(&WHO_ASKS.map(str::to_owned)) {
            made.drain(..WHO_ASKS.len());
        }
        if let (Some(token), Some(sent)) = (reply.body["access_token"].as_str(), ask.sent()) {
            self.names.insert(token.to_owned(), sent["login"].as_str().unwrap_or("a program").to_owned());
        }
        let (method, path) = ask.target();
        let Some(operation) = operation(method, path).filter(|_| reply.status < 400) else { return reply };
        let who = match ask.token() {
            None => "anybody",
            Some(token) => self.names.get(token).map_or("a program", String::as_str),
        };
        let stage = reply.body["stage"].as_str().unwrap_or_default().to_owned();
        let known = self.kinds.entry((operation, who.to_owned(), stage)).or_default();
        if made.len() > known.len() {
            *known = made;
        }
        reply
    }

    fn page(&self) -> String {
        let mut page = String::from(
            "Statements of each operation that two stories use, by who asked and the stage that was answered; the most of several requests.\n\
             Beginning, savepoints and ends of transactions are not counted, nor the two\n\
             statements that say who asks, which are made once in some seconds. A number that grows is a reason to look; the limits stand in the test.\n",
        );
        let mut last = "";
        for ((operation, who, stage), made) in &self.kinds {
            if operation != last {
                let _ = writeln!(page, "\n{operation}");
                last = operation;
            }
            let mut grouped: Vec<(&str, usize)> = Vec::new();
            for gist in made {
                match grouped.iter_mut().find(|(known, _)| known == gist) {
                    Some((_, times)) => *times += 1,
                    None => grouped.push((gist, 1)),
                }
            }
            let parts: Vec<String> = grouped
                .iter()
                .map(|(gist, times)| if *times == 1 { (*gist).to_owned() } else { format!("{gist} x{times}") })
                .collect();
            let _ = writeln!(page, "  {who} {stage}: {} {}", made.len(), parts.join(", "));
        }
        page
    }
}

/// Plays the two stories and compares the statements with the golden file of the database.
fn play(dialect: Dialect, file: &str) {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let mut told = false;
    for year in [false, true] {
        let shared = Rc::clone(&seen);
        let story = |database: Database| async move {
            let world = World::configured(database, START, |config| config.privacy.retention_months = 60).await;
            let app = world.app.clone();
            intercept_requests(move |ask| shared.borrow_mut().send(&app, ask));
            if year {
                drop(play_everything(&world).await);
            } else {
                examples::play_in(&world);
            }
            stop_intercepting();
        };
        tell(dialect, |database| {
            told = true;
            story(database)
        });
    }
    if !told {
        return;
    }
    let seen = seen.borrow();
    assert_generated(file, &seen.page());
    let above: Vec<String> = seen
        .kinds
        .iter()
        .filter_map(|((operation, who, stage), made)| {
            let (_, most) = MOST.iter().find(|(limited, _)| limited == operation)?;
            (made.len() > *most).then(|| format!("{operation} as {who} {stage}: {}, at most {most}", made.len()))
        })
        .collect();
    assert!(above.is_empty(), "{above:#?}");
}

#[test]
fn statements_of_each_operation_on_sqlite() {
    play(Dialect::Sqlite, "tests/golden/statements.sqlite.txt");
}

#[test]
fn statements_of_each_operation_on_postgres() {
    play(Dialect::Postgres, "tests/golden/statements.postgres.txt");
}
