//! The program on a data folder and a database of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use title_review::config::Config;
use title_review::db::Db;
use title_review::keys::KeyRing;

use crate::cli::{done, refused};
use crate::support::database::Database;

pub const PASSWORD: &str = "Correct-horse-7";

/// Where one story's program works.
pub struct Place {
    pub data: PathBuf,
    url: String,
    pub database: Database,
}

impl Place {
    /// A data folder with keys and a security administrator, `chief`.
    pub fn new(database: Database) -> Self {
        let data = database.folder().join("data");
        std::fs::create_dir(&data).unwrap();
        let place = Self { data, url: database.config.url.clone(), database };
        let made = place
            .program(&["admin", "create", "--role", "security", "--login", "chief"])
            .env("TITLE_REVIEW_ADMIN_PASSWORD", PASSWORD)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        place
    }

    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_title-review"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TITLE_REVIEW_")) {
            command.env_remove(name);
        }
        command.arg("--data").arg(&self.data).args(["--database", &self.url]).args(arguments).stdin(Stdio::null());
        command.env("TITLE_REVIEW_JOBS__LEASE_SECONDS", "1").env("TITLE_REVIEW_DATABASE__SYNCHRONOUS", "normal");
        // The administrator acts without enrolling first.
        command.env("TITLE_REVIEW_AUTH__SECOND_FACTOR", "optional");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().expect("the program runs")
    }

    /// What a command prints.
    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        done(arguments, &self.run(arguments))
    }

    /// What a refused command says.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        refused(arguments, &self.run(arguments))
    }

    pub fn key_file(&self) -> PathBuf {
        self.data.join("keys.toml")
    }

    pub fn ring(&self) -> KeyRing {
        KeyRing::load_existing(&Config::with_data(&self.data).unwrap().keys).unwrap()
    }

    pub fn db(&self) -> Db {
        self.database.open()
    }

    pub fn serve(&self) -> Server {
        let mut child =
            self.program(&["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let (mut address, mut line) = (String::new(), String::new());
        while lines.read_line(&mut line).unwrap() > 0 && !line.contains("first administrator") {
            if let Some((_, rest)) = line.split_once("/ address:") {
                rest.trim().clone_into(&mut address);
            }
            line.clear();
        }
        assert!(!address.is_empty(), "the server ended");
        Server { child, address }
    }
}

/// A running server; killed with the test.
pub struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    pub fn send(&self, method: &str, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request = request.header("content-type", "application/json");
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let mut answer = agent.run(request.body(bytes).unwrap()).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    pub fn sign_in(&self) -> String {
        let (status, body) = self.send("POST", "/v1/sessions", None, &json!({ "login": "chief", "password": PASSWORD }));
        assert_eq!(status, 201, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Changes something in the key file, as an operator with an editor.
pub fn edit(path: &Path, change: impl FnOnce(&str) -> String) {
    let before = std::fs::read_to_string(path).unwrap();
    let after = change(&before);
    assert_ne!(before, after);
    std::fs::write(path, after).unwrap();
}
