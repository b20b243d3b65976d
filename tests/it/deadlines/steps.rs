//! A real server on a host whose clock is set forward and back around 18:00:00 of the last day: a window that has closed stays closed, also over restarts,
//! also when nothing was done after it closed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use serde_json::{Value, json};
use title_review_core::clock::Instant;

use crate::cli::{Server, program, text};
use crate::foundation::upgrade::connect;
use crate::support::cast::resident_id;
use crate::support::database::{Database, Dialect};

const PASSWORD: &str = "Correct-horse-7";
const BEFORE: &str = "2024-08-30T17:59:59.999+08:00";
const CLOSES: &str = "2024-08-30T18:00:00+08:00";
const OVER: &str = "2024-08-30T18:00:00.000001+08:00";

/// A host with a clock that is set at will.
struct Host {
    data: PathBuf,
    url: String,
    library: PathBuf,
    clock: PathBuf,
    _database: Database,
}

impl Host {
    /// None where there is no C compiler or no database.
    fn new(dialect: Dialect) -> Option<Self> {
        let database = Database::fresh(dialect)?;
        let folder = database.folder();
        let (data, library, clock) = (folder.join("data"), folder.join("host_clock.so"), folder.join("clock"));
        std::fs::create_dir(&data).unwrap();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/deadlines/host_clock.c");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args([source, "-ldl"]).output();
        if !built.as_ref().is_ok_and(|built| built.status.success()) {
            println!("no C compiler: LEFT OUT");
            return None;
        }
        let url = database.config.url.clone();
        let host = Self { data, url, library, clock, _database: database };
        host.set("2024-08-29T09:00:00+08:00");
        Some(host)
    }

    /// Sets the clock; from then on it stands.
    fn set(&self, instant: &str) {
        let instant: Instant = instant.parse().unwrap();
        // As a whole: a server reads it all the time.
        let aside = self.clock.with_extension("new");
        std::fs::write(&aside, instant.micros().to_string()).unwrap();
        std::fs::rename(aside, &self.clock).unwrap();
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        let path = |path: &'static str, of: &Path| (path, of.to_str().unwrap().to_owned().leak() as &str);
        vec![path("LD_PRELOAD", &self.library), path("HOST_CLOCK", &self.clock), ("TITLE_REVIEW_LIMITS__RATE_SIGN_IN", "0")]
    }

    fn serve(&self) -> Server {
        Server::start_in(&self.data, &["--database", &self.url], &self.environment(), Stdio::null())
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = program(&self.data, &[&["--database", &self.url], arguments].concat());
        let output = command.envs(self.environment()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The command is refused, and says so with these words.
    fn refuse(&self, arguments: &[&str], words: &str) {
        let mut command = program(&self.data, &[&["--database", &self.url], arguments].concat());
        let output = command.envs(self.environment()).output().unwrap();
        assert!(!output.status.success() && text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}

/// Where the applications of a person stand.
fn stages(server: &Server, login: &str) -> Vec<String> {
    let token = server.sign_in(login, PASSWORD).1["access_token"].as_str().expect("a session").to_owned();
    let (status, _, list) = server.send("GET", "/v1/applications", Some(&token), None);
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().unwrap().iter().map(|item| item["stage"].as_str().unwrap().to_owned()).collect()
}

/// A committee for the cycle, without which nobody applies.
fn give_committee(host: &Host, dialect: Dialect) {
    let mut conn = connect(&host.url, dialect);
    let committee = "INSERT INTO organisations (id, kind, ownership, name, credit_code, region, civil_service_managed, status, version, created_at, updated_at)
        VALUES ('01900000-0000-7000-8000-000000000001', 'committee', 'none', '评审委员会', 'C', '652900', FALSE, 'active', 1, '2024-07-01 00:00:00', '2024-07-01 00:00:00')";
    diesel::sql_query(committee).execute(&mut conn).unwrap();
    let named = "UPDATE cycles SET committee_id = '01900000-0000-7000-8000-000000000001' WHERE id = 'aksu-2024'";
    assert_eq!(diesel::sql_query(named).execute(&mut conn).unwrap(), 1);
}

/// An applicant who has nothing but an account; the login.
fn register(server: &Server, number: u32) -> String {
    let login = format!("person_{number}");
    let id_number = resident_id("19850615", number);
    let body = json!({ "login": login, "password": PASSWORD, "name": "申报人", "id_number": id_number, "phone": "13800000000" });
    assert_eq!(server.send("POST", "/v1/accounts", None, Some(&body)).0, 201);
    login
}

/// Asks to apply; the status and code. Signs in each time: sessions end by the same clock.
fn apply(server: &Server, login: &str) -> (u16, String) {
    let token = server.sign_in(login, PASSWORD).1["access_token"].as_str().expect("a session").to_owned();
    let body = json!({ "cycle_id": "aksu-2024", "track": "directed", "specialty": "surveying", "level": "intermediate" });
    let (status, _, answer) = server.send("POST", "/v1/applications", Some(&token), Some(&body));
    (status, answer["code"].as_str().unwrap_or_default().to_owned())
}

fn closed() -> (u16, String) {
    (409, "window_closed".to_owned())
}

fn open() -> (u16, String) {
    (201, String::new())
}

/// Waits for what the program does by itself when a window closes.
fn wait_for_closing(host: &Host) {
    for _ in 0..100 {
        if host.run(&["clock", "show"]).contains("not before 2024-08-30T18:00:00.00") {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the closing was not noted: {}", host.run(&["clock", "show"]));
}

fn window_stays_closed_after_the_clock_is_set_back(dialect: Dialect) {
    let Some(host) = Host::new(dialect) else { return };
    let server = host.serve();
    give_committee(&host, dialect);
    let people: Vec<String> = (1..=4).map(|number| register(&server, number)).collect();
    for (instant, person, answer) in [
        (BEFORE, 0, open()),
        (CLOSES, 1, open()),
        // Back, and forward again, while the window is open: as if nothing had been.
        ("2024-08-30T12:00:00+08:00", 2, open()),
    ] {
        host.set(instant);
        assert_eq!(apply(&server, &people[person]), answer, "{instant}");
    }
    // It closes, and nobody asks anything; then the server is killed, and started with the clock before the closing.
    host.set(OVER);
    wait_for_closing(&host);
    drop(server);
    host.set(BEFORE);
    let server = host.serve();
    for (instant, person, answer) in [
        (BEFORE, 3, closed()),
        (OVER, 3, closed()),
        (CLOSES, 3, closed()),
        (BEFORE, 3, closed()),
        ("2024-08-30T18:00:00.001+08:00", 3, closed()),
        ("2024-08-29T09:00:00+08:00", 3, closed()),
    ] {
        host.set(instant);
        assert_eq!(apply(&server, &people[person]), answer, "{instant}");
    }
    drop(server);
    let server = host.serve();
    assert_eq!(apply(&server, &people[3]), closed(), "after a restart");
    drop(server);
    host.set(CLOSES);
    let server = host.serve();
    assert_eq!(apply(&server, &people[3]), closed(), "after another restart");
    assert_eq!(stages(&server, &people[0]), ["lapsed"]);
    host.refuse(&["clock", "set-back", "--reason", "主机时钟曾经快了"], "a server runs");
    drop(server);

    // Nobody but an operator, on record.
    host.set("2024-08-29T10:00:00+08:00");
    assert!(host.run(&["clock", "set-back", "--reason", "主机时钟曾经快了"]).contains("2024-08-29T10:00:00"));
    let server = host.serve();
    assert_eq!(apply(&server, &people[3]), open(), "after it was set back on purpose");
    // What had lapsed by the wrong clock is what it was, and lapses again in its time.
    assert_eq!(stages(&server, &people[0]), ["draft"]);
    drop(server);
    host.refuse(&["clock", "set-back", "--reason", "再试一次"], "not ahead");
    host.set(OVER);
    let server = host.serve();
    assert_eq!(stages(&server, &people[0]), ["lapsed"]);
    drop(server);
    assert!(host.run(&["audit", "verify"]).contains("whole"));
}

#[test]
fn closed_window_does_not_reopen_sqlite() {
    window_stays_closed_after_the_clock_is_set_back(Dialect::Sqlite);
}

#[test]
fn closed_window_does_not_reopen_postgres() {
    window_stays_closed_after_the_clock_is_set_back(Dialect::Postgres);
}

// The variant that the test above is there for: a database that does not remember.
#[test]
fn audit_log_without_time_lets_the_window_reopen() {
    let Some(host) = Host::new(Dialect::Sqlite) else { return };
    let file = host.url.trim_start_matches("sqlite:").to_owned();
    let server = host.serve();
    give_committee(&host, Dialect::Sqlite);
    let person = register(&server, 1);
    host.set(OVER);
    assert_eq!(apply(&server, &person), closed());
    wait_for_closing(&host);
    drop(server);
    let mut conn = SqliteConnection::establish(&file).unwrap();
    // The last of the four words is the time.
    let forget = "UPDATE meta SET value = substr(value, 1, length(value) - 17) WHERE key = 'audit.head'";
    conn.batch_execute(forget).unwrap();
    drop(conn);
    host.set(BEFORE);
    let server = host.serve();
    assert_eq!(apply(&server, &person), open(), "the mutant is not noticed");
    drop(server);
}

/// What is answered to a question at an instant, for the page of the program's own clock.
#[test]
fn the_clock_is_shown() {
    let Some(host) = Host::new(Dialect::Sqlite) else { return };
    let fresh = host.run(&["clock", "show"]);
    assert!(fresh.contains("2024-08-29T09:00:00+08:00") && fresh.contains("no act yet"), "{fresh}");
    drop(host.serve());
    let started: Value = json!(host.run(&["clock", "show"]));
    assert!(started.as_str().unwrap().contains("not before 2024-08-29T09:00:00+08:00"), "{started}");
}
