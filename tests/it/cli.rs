//! The program as it is started: its commands, what it prints, what it refuses, how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PASSWORD: &str = "Correct-horse-7";

/// The program on a data folder, without what this process has in its environment.
pub(crate) fn program(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_title-review"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TITLE_REVIEW_")) {
        command.env_remove(name);
    }
    command.arg("--data").arg(data).args(arguments).current_dir(data).stdin(Stdio::null());
    command
}

pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    program(data, arguments).output().expect("the program runs")
}

/// What a command printed that was done.
#[track_caller]
pub(crate) fn done(arguments: &[&str], output: &Output) -> String {
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What a command said that was refused.
#[track_caller]
pub(crate) fn refused(arguments: &[&str], output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
    text(&output.stderr)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn create_admin(data: &Path, login: &str, password: &str) -> Output {
    program(data, &["admin", "create", "--login", login])
        .env("TITLE_REVIEW_ADMIN_PASSWORD", password)
        .output()
        .expect("the program runs")
}

/// A key that no other request of this process has.
fn next_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("cli-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A server on a free port; ended with the test.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    pub(crate) greeting: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_in(data, arguments, &[], Stdio::null())
    }

    /// With more in its environment, and its log kept.
    pub(crate) fn start_in(data: &Path, arguments: &[&str], environment: &[(&str, &str)], log: Stdio) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend_from_slice(arguments);
        let mut command = program(data, &all);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let (mut greeting, mut address) = (String::new(), String::new());
        let last = if arguments.contains(&"--sandbox") { "password of all" } else { "first administrators" };
        loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).expect("a line"), 0, "the server ended: {greeting}");
            greeting.push_str(&line);
            if let Some((_, rest)) = line.split_once("/ address:") {
                rest.trim().trim_start_matches("http://").clone_into(&mut address);
            }
            if line.contains(last) || line.contains("no demo data") {
                break;
            }
        }
        Self { child, address, greeting }
    }

    pub(crate) fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> (u16, Option<String>, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json").header("idempotency-key", next_key());
        }
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let mut answer = agent.run(request.body(bytes).expect("a request")).expect("an answer");
        let simulated = answer.headers().get("simulated-time").map(|value| text(value.as_bytes()));
        let body = answer.body_mut().read_to_string().expect("a body");
        (answer.status().as_u16(), simulated, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    pub(crate) fn sign_in(&self, login: &str, password: &str) -> (u16, Value) {
        let (status, _, body) = self.send("POST", "/v1/sessions", None, Some(&json!({ "login": login, "password": password })));
        (status, body)
    }

    /// Tells the server to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
    }

    pub(crate) fn wait(&mut self) -> std::process::ExitStatus {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn sandbox_prints_its_logins_and_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &["--sandbox"]);
    assert!(server.greeting.contains("/docs/") && server.greeting.contains("Sandbox-2024"), "{}", server.greeting);
    let logins: Vec<&str> = server
        .greeting
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.is_ascii() && !word.starts_with('-'))
        .collect();
    assert!(logins.len() > 40, "{logins:?}");
    for login in ["admin", "office", "tianhe_office", "county_652901", "applicant_stationed"] {
        assert!(logins.contains(&login), "{login}");
        assert_eq!(server.sign_in(login, "Sandbox-2024").0, 201, "{login}");
    }
    let (status, simulated, version) = server.send("GET", "/version", None, None);
    assert_eq!((status, &version["sandbox"]), (200, &json!(true)));
    assert!(simulated.is_some_and(|time| time.starts_with("2024-07-22T09:")));
    let token = server.sign_in("applicant_skilled", "Sandbox-2024").1["access_token"].as_str().unwrap().to_owned();
    let (_, _, profile) = server.send("GET", "/v1/profile", Some(&token), None);
    assert_eq!(profile["version"], 1);
    assert_eq!(profile.to_string().matches("technician").count(), 1, "{profile}");
    server.send("PUT", "/v1/sandbox/clock", None, Some(&json!({ "now": "2024-08-30T18:00:01+08:00" })));
    server.terminate();
    assert!(server.wait().success());

    // The second start changes nothing: the clock goes on from where it was left, the accounts are there once.
    let again = Server::start(folder.path(), &["--sandbox"]);
    assert_eq!(again.greeting.matches("tianhe_office").count(), 1);
    let (_, simulated, _) = again.send("GET", "/version", None, None);
    assert_eq!(simulated.as_deref().map(|time| &time[..19]), Some("2024-08-30T18:00:01"));
    assert_eq!(again.sign_in("admin", "Sandbox-2024").0, 201);
    drop(again);
    let verified = run(folder.path(), &["audit", "verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

#[test]
fn a_sandbox_and_a_real_database_never_mix() {
    let folder = tempfile::tempdir().unwrap();
    drop(Server::start(folder.path(), &["--sandbox"]));
    let refused = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("made by `--sandbox`"), "{}", text(&refused.stderr));

    let folder = tempfile::tempdir().unwrap();
    let real = Server::start(folder.path(), &[]);
    let (_, simulated, version) = real.send("GET", "/version", None, None);
    assert_eq!((simulated, &version["sandbox"]), (None, &json!(false)));
    assert_eq!(real.sign_in("admin", "Sandbox-2024").0, 401);
    assert_eq!(real.send("PUT", "/v1/sandbox/clock", None, Some(&json!({ "now": "2024-08-30T18:00:01+08:00" }))).0, 404);
    drop(real);
    let refused = run(folder.path(), &["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("made without `--sandbox`"), "{}", text(&refused.stderr));
}

#[test]
fn the_first_administrator_is_made_by_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let weak = create_admin(&data, "chief", "chief");
    assert_eq!(weak.status.code(), Some(1));
    let told = text(&weak.stderr);
    assert!(told.contains("weak_password") && told.contains("10 to 128") && told.contains("does not contain the login"), "{told}");
    let made = create_admin(&data, "chief", PASSWORD);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("system administrator chief created"), "{}", text(&made.stdout));
    let twice = create_admin(&data, "chief", PASSWORD);
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("login_taken"), "{}", text(&twice.stderr));
    let server = Server::start(&data, &[]);
    let (status, tokens) = server.sign_in("chief", PASSWORD);
    assert_eq!((status, &tokens["duty"]), (201, &json!("enrol_second_factor")));
    drop(server);

    // The way back in for whoever has nobody else to ask.
    assert_eq!(run(&data, &["admin", "reset", "--login", "nobody"]).status.code(), Some(1));
    let reset = run(&data, &["admin", "reset", "--login", "chief"]);
    assert!(reset.status.success(), "{}", text(&reset.stderr));
    let told = text(&reset.stdout);
    let redemption = json!({ "token": told.lines().last().unwrap(), "new_password": "Another-horse-8" });
    let server = Server::start(&data, &[]);
    assert_eq!(server.sign_in("chief", PASSWORD).0, 201);
    assert_eq!(server.send("POST", "/v1/password-resets", None, Some(&redemption)).0, 204);
    assert_eq!(server.send("POST", "/v1/password-resets", None, Some(&redemption)).0, 403);
    assert_eq!((server.sign_in("chief", PASSWORD).0, server.sign_in("chief", "Another-horse-8").0), (401, 201));
}

#[cfg(unix)]
#[test]
fn data_folder_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let migrated = Command::new(env!("CARGO_BIN_EXE_title-review"))
        .args(["--data", data.to_str().unwrap(), "admin", "create", "--login", "chief"])
        .env("TITLE_REVIEW_ADMIN_PASSWORD", PASSWORD)
        .output()
        .unwrap();
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("keys.toml")), 0o600);

    std::fs::set_permissions(data.join("keys.toml"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run(&data, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("chmod 600"), "{}", text(&refused.stderr));
}

#[test]
fn failed_start_reports_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(folder.path(), &["serve", "--listen", &address]);
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stderr);
    assert!(told.contains(&address) && told.contains("server.listen") && told.contains("in use"), "{told}");

    let file = folder.path().join("bad.toml");
    std::fs::write(&file, "[database]\nreaders = 0\n\n[server]\nlisten_to = \"x\"\n").unwrap();
    let refused = run(folder.path(), &["--config", file.to_str().unwrap(), "config"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("listen_to"), "{}", text(&refused.stderr));
    std::fs::write(&file, "[database]\nreaders = 0\n").unwrap();
    let refused = run(folder.path(), &["--config", file.to_str().unwrap(), "config"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("database.readers"), "{}", text(&refused.stderr));
}

#[test]
fn parts_that_do_not_belong_together_refuse_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    drop(Server::start(data, &["--sandbox"]));
    let start = || run(data, &["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
    // Another key with which rows are proved and sessions go on.
    let keys = std::fs::read_to_string(data.join("keys.toml")).unwrap();
    let line = keys.lines().find(|line| line.trim_start().starts_with("mac")).unwrap();
    let flipped = line.replacen("= \"", "= \"AAAA", 1);
    let (before, after) = flipped.split_at(flipped.find("AAAA").unwrap() + 4);
    std::fs::write(data.join("keys.toml"), keys.replace(line, &format!("{before}{}", &after[4..]))).unwrap();
    let refused = start();
    let told = text(&refused.stderr);
    assert!(!refused.status.success() && told.contains("the mac key differs"), "{told}");
    std::fs::write(data.join("keys.toml"), &keys).unwrap();

    // The database is lost: beside the files that it knew, an empty one is not taken for it, however often it is tried.
    let object = data.join("objects/sha256/ab/cd");
    std::fs::create_dir_all(&object).unwrap();
    std::fs::write(object.join("ab".repeat(32)), "a file").unwrap();
    for file in ["title-review.db", "title-review.db-wal", "title-review.db-shm"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    for _ in 0..2 {
        let refused = start();
        let told = text(&refused.stderr);
        assert!(!refused.status.success() && told.contains("the database is empty") && told.contains("restore"), "{told}");
    }
}

#[test]
fn a_request_in_flight_is_answered_before_the_server_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &["--sandbox"]);
    let body = json!({ "login": "admin", "password": "Sandbox-2024" }).to_string();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        body.len(),
        &body[..10]
    )
    .unwrap();
    // The head has to be read before the server is told to stop: an answer to another request says that it goes on.
    assert_eq!(server.send("GET", "/livez", None, None).0, 200);
    std::thread::sleep(Duration::from_millis(200));
    server.terminate();
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(server.wait().success());
}

/// What an office does with the next notice: a skeleton, the check, what differs.
#[test]
fn a_cycle_file_is_begun_checked_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let arguments = ["cycle", "new", "teachers-2026", "--year", "2026"];
    let skeleton = done(&arguments, &run(folder.path(), &arguments));
    std::fs::write(folder.path().join("new.toml"), &skeleton).unwrap();
    let file = place("new.toml");
    let checked = done(&["cycle", "check"], &run(folder.path(), &["cycle", "check", &file]));
    assert!(checked.contains("提示 warning[placeholder]") && checked.contains(": ok: teachers-2026 "), "{checked}");
    refused(&["cycle", "check", "--strict"], &run(folder.path(), &["cycle", "check", "--strict", &file]));

    std::fs::write(folder.path().join("next.toml"), skeleton.replace("hours_total = 90", "hours_total = 72")).unwrap();
    let differs = done(&["cycle", "diff"], &run(folder.path(), &["cycle", "diff", &file, &place("next.toml")]));
    assert!(differs.contains("继续教育 > 每年学时：90 → 72") && differs.contains("clause 5"), "{differs}");

    // A year without a calendar, and the file that adds it.
    std::fs::write(folder.path().join("far.toml"), skeleton.replace("2026-", "2027-").replace("year = 2026", "year = 2027"))
        .unwrap();
    let far = place("far.toml");
    let unknown = run(folder.path(), &["cycle", "check", &far]);
    assert!(unknown.status.code() == Some(1) && text(&unknown.stdout).contains("cycles.calendars"), "{}", text(&unknown.stdout));
    let calendars = folder.path().join("calendars");
    std::fs::create_dir(&calendars).unwrap();
    let published = "format = 1\nid = \"cn\"\nname = \"节假日\"\nsource = \"通知\"\nyears = [2027]\nholidays = []\n";
    std::fs::write(calendars.join("cn-2027.toml"), published).unwrap();
    let with = ["cycle", "check", "--calendars", &calendars.display().to_string(), &far].map(str::to_owned);
    let with: Vec<&str> = with.iter().map(String::as_str).collect();
    done(&with, &run(folder.path(), &with));
    std::fs::write(calendars.join("cn-2027.toml"), published.replace("[2027]", "[]")).unwrap();
    assert_eq!(run(folder.path(), &with).status.code(), Some(2));
}

/// The shell block under this mark.
pub(crate) fn block(page: &str, mark: &str) -> String {
    let (_, rest) = page.split_once(&format!("<!-- {mark} -->\n```sh\n")).unwrap_or_else(|| panic!("no block {mark}"));
    rest.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn both_readmes_give_the_same_commands() {
    let pages = [include_str!("../../README.md"), include_str!("../../README.zh-CN.md")];
    let commands = pages.map(|page| {
        let inside = page.split("```").skip(1).step_by(2);
        inside.map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(commands[0], commands[1]);
    assert!(commands[0].len() >= 4);
}

#[test]
fn readme_walkthrough_commands_succeed() {
    let there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    if !(there("curl") && there("jq") && there("bash")) {
        println!("curl, jq or bash is not installed: LEFT OUT");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--sandbox"]);
    let lines = block(include_str!("../../README.md"), "walkthrough")
        .replace("localhost:8080", &server.address)
        .replace("/tmp/", &format!("{}/", folder.path().display()));
    let walked = Command::new("bash").args(["-euo", "pipefail", "-c", &lines]).output().unwrap();
    let (out, err) = (text(&walked.stdout), text(&walked.stderr));
    assert!(walked.status.success(), "{out}\n{err}");
    assert!(out.contains("met 4.3d") || out.contains("met 3.1a"), "{out}");
    assert!(out.contains("rules_unmet") && out.contains(r#""stage": "lapsed""#), "{out}");
    assert!(out.contains("2024-08-30T18:00:00"), "{out}");
}
