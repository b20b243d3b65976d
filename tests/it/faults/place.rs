//! The program with a database of its own that outlives it, and those who judge what is left.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::cli::{program, text};
use crate::support::database::{Database, Dialect};

/// A data folder, a database and a ledger.
pub struct Place {
    pub data: PathBuf,
    pub ledger: PathBuf,
    pub url: String,
    /// More in the program's environment.
    pub environment: Vec<(String, String)>,
    /// Kept as long as the place is.
    _database: Option<Database>,
}

impl Place {
    /// None where the database is not installed, or nothing can judge.
    pub fn new(dialect: Dialect) -> Option<Self> {
        if !can_judge() {
            println!("python3 (3.11) is not installed: LEFT OUT");
            return None;
        }
        let database = Database::fresh(dialect)?;
        let place = Self::at(&database.folder(), database.config.url.clone());
        Some(Self { _database: Some(database), ..place })
    }

    /// In this folder, with this database.
    pub fn at(folder: &Path, url: String) -> Self {
        let data = folder.join("data");
        std::fs::create_dir_all(&data).unwrap();
        Self { data, ledger: folder.join("ledger.ndjson"), url, environment: Vec::new(), _database: None }
    }

    pub fn objects(&self) -> PathBuf {
        self.data.join("objects")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut all = vec!["--database", &self.url];
        all.extend_from_slice(arguments);
        let mut command = program(&self.data, &all);
        // What a killed server had begun is taken up within the test's time.
        command.env("TITLE_REVIEW_JOBS__LEASE_SECONDS", "1").envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a sandbox.
    pub fn serve(&self) -> Served {
        self.try_serve().unwrap_or_else(|| panic!("the server ended: {}", self.log()))
    }

    /// None if it ends instead.
    pub fn try_serve(&self) -> Option<Served> {
        // Not in the data folder: a full disk must not silence it.
        let log = File::options().create(true).append(true).open(self.ledger.with_extension("log")).unwrap();
        let mut command = self.command(&["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let (mut address, mut line) = (String::new(), String::new());
        while lines.read_line(&mut line).unwrap_or(0) > 0 {
            if let Some((_, rest)) = line.split_once("/ address:") {
                rest.trim().clone_into(&mut address);
            }
            if line.contains("password of all") {
                return Some(Served { child, address });
            }
            line.clear();
        }
        let _ = child.wait();
        None
    }

    /// The end of what the servers logged.
    pub fn log(&self) -> String {
        let all = std::fs::read_to_string(self.ledger.with_extension("log")).unwrap_or_default();
        let lines: Vec<&str> = all.lines().filter(|line| !line.contains("status=2")).collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Everything that the two judges find wrong.
    pub fn faults(&self) -> Vec<String> {
        let mut found = Vec::new();
        let verified = self.command(&["audit", "verify"]).output().expect("the program runs");
        if !verified.status.success() {
            found.push(format!("audit verify: {}", text(&verified.stderr).trim()));
        }
        let looked = self.check();
        found.extend(text(&looked.stdout).lines().filter(|line| line.starts_with("BAD")).map(str::to_owned));
        if looked.status.code() != Some(i32::from(found.iter().any(|line| line.starts_with("BAD")))) {
            found.push(format!("the checker: {}", text(&looked.stderr).trim()));
        }
        found
    }

    /// The names of the invariants that are violated.
    pub fn violated(&self) -> Vec<String> {
        let named = |line: &str| line.strip_prefix("BAD  ")?.split_once(':').map(|(name, _)| name.to_owned());
        self.faults().iter().filter_map(|line| named(line)).collect()
    }

    /// Runs the checker.
    pub fn check(&self) -> Output {
        let mut command = checker(&self.url, &self.objects());
        if self.ledger.exists() {
            command.arg("--ledger").arg(&self.ledger);
        }
        command.output().expect("python3 runs")
    }

    /// How many acts the ledger has.
    pub fn acknowledged(&self) -> usize {
        std::fs::read_to_string(&self.ledger).map_or(0, |text| text.lines().count())
    }

    /// What they are, by action.
    pub fn acts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in std::fs::read_to_string(&self.ledger).unwrap_or_default().lines() {
            let line: Value = serde_json::from_str(line).expect("a line of the ledger");
            *counts.entry(line["action"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        counts
    }

    #[track_caller]
    pub fn assert_whole(&self) {
        let found = self.faults();
        assert!(found.is_empty(), "{}\n{}", found.join("\n"), self.log());
    }
}

/// The checker, on this database and its files.
fn checker(url: &str, objects: &Path) -> Command {
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/checks/invariants.py"));
    command.args(["--database", url, "--objects"]).arg(objects);
    command
}

/// What the checker finds wrong with this database and its files; nothing where it cannot be run, and the test says so.
pub fn violations(url: &str, objects: &Path) -> Vec<String> {
    if !can_judge() {
        println!("no python3 with sqlite3: the checker was LEFT OUT");
        return Vec::new();
    }
    let looked = checker(url, objects).output().expect("python3 runs");
    let lines = text(&looked.stdout);
    let found: Vec<String> = lines.lines().filter(|line| line.starts_with("BAD")).map(str::to_owned).collect();
    assert_eq!(looked.status.code(), Some(i32::from(!found.is_empty())), "the checker: {}", text(&looked.stderr));
    assert!(lines.lines().count() > 40, "the checker looked at little: {lines}");
    found
}

/// Whether the checker can be run.
pub fn can_judge() -> bool {
    Command::new("python3").args(["-c", "import tomllib, sqlite3"]).output().is_ok_and(|output| output.status.success())
}

/// A running server; killed with the test.
pub struct Served {
    pub child: Child,
    pub address: String,
}

impl Served {
    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().expect("a child")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
