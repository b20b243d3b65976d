//! The operating guide, from nothing to a restored server, by its own commands; and the files of `deploy/`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::config::{Config, Flags, Sources};

use crate::cli::{block, text};
use crate::faults::place::violations;
use crate::generated::root;
use crate::support::cast::resident_id;
use crate::support::database::{Database, Dialect};
use crate::support::on_both;
use crate::support::world::PASSWORD;

/// A machine on which the guide is followed: its paths are folders of the test.
struct Machine {
    root: PathBuf,
    page: String,
    url: Option<String>,
    _database: Database,
}

impl Machine {
    fn new(database: Database) -> Self {
        let root = database.folder().join("machine");
        std::fs::create_dir_all(root.join("bin")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_title-review"), root.join("bin/title-review")).unwrap();
        let mut page = include_str!("../../../docs/operating.md").to_owned();
        for place in ["/srv/title-review", "/etc/title-review", "/mnt/"] {
            page = page.replace(place, &format!("{}{place}", root.display()));
        }
        let url = (database.dialect == Dialect::Postgres).then(|| database.config.url.clone());
        if url.is_some() {
            Self::empty(&database.config.url);
        }
        Self { root, page, url, _database: database }
    }

    fn empty(url: &str) {
        let mut conn = PgConnection::establish(url).unwrap();
        conn.batch_execute("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    }

    fn bash(&self, mark: &str) -> Command {
        let mut command = Command::new("bash");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TITLE_REVIEW_")) {
            command.env_remove(name);
        }
        let path = format!("{}:{}", self.root.join("bin").display(), std::env::var("PATH").unwrap());
        command.args(["-euo", "pipefail", "-c", &block(&self.page, mark)]).env("PATH", path).current_dir("/").stdin(Stdio::null());
        // What the test adds: another database, a free port, and no limit for the load that comes from one address.
        command.envs(self.url.iter().map(|url| ("TITLE_REVIEW_DATABASE__URL", url)));
        command.env("TITLE_REVIEW_SERVER__LISTEN", "127.0.0.1:0").env("TITLE_REVIEW_LIMITS__RATE_SIGN_IN", "0");
        command.env("TITLE_REVIEW_LIMITS__RATE_ANONYMOUS", "0");
        if mark != "first" {
            command.env("TITLE_REVIEW_CONFIG", self.root.join("etc/title-review/config.toml"));
        }
        command
    }

    #[track_caller]
    fn follow(&self, mark: &str) -> String {
        let Output { status, stdout, stderr } = self.bash(mark).output().expect("bash runs");
        assert!(status.success(), "{mark}: {}{}", text(&stdout), text(&stderr));
        text(&stdout)
    }

    fn serve(&self) -> Running {
        let mut child = self.bash("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("bash runs");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| line.unwrap().split_once("/ address:").map(|(_, address)| address.trim().to_owned()));
        Running { child, address: address.expect("the server ended") }
    }
}

struct Running {
    child: Child,
    address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(address: &str, path: &str, key: &str, body: &Value) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{address}{path}")).header("content-type", "application/json").header("idempotency-key", key);
    request.send(body.to_string().as_bytes()).map_or(0, |answer| answer.status().as_u16())
}

on_both!(operator_guide_commands_install_back_up_and_restore);
async fn operator_guide_commands_install_back_up_and_restore(database: Database) {
    let machine = Machine::new(database);
    let told = machine.follow("first");
    assert!(told.contains("audit administrator auditor created") && told.contains("ok   migrations"), "{told}");
    let server = machine.serve();

    // People register, and note elsewhere what they were told is done.
    let (ledger, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let writers: Vec<_> = (0..2)
        .map(|writer| {
            let (ledger, stop, address) = (Arc::clone(&ledger), Arc::clone(&stop), server.address.clone());
            std::thread::spawn(move || {
                for number in (1..).map(|number| number * 2 + writer).take_while(|number| *number < 999) {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let login = format!("person_{number}");
                    let body = json!({
                        "login": login, "password": PASSWORD, "name": "申报人", "id_number": resident_id("19850615", number), "phone": "13800000000",
                    });
                    if post(&address, "/v1/accounts", &login, &body) == 201 {
                        ledger.lock().unwrap().push(login);
                    }
                }
            })
        })
        .collect();
    let wait_for = |least: usize| {
        let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while ledger.lock().unwrap().len() < least {
            assert!(std::time::Instant::now() < until, "people cannot register");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        ledger.lock().unwrap().clone()
    };
    let before = wait_for(8);
    let told = machine.follow("backup");
    assert!(told.contains("made and tried out"), "{told}");
    wait_for(before.len() + 1);
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.join().unwrap();
    }
    assert!(machine.follow("check").contains("can be restored"));
    assert!(machine.follow("keys").contains("seals"));
    assert!(machine.follow("reset").contains("token for POST /v1/password-resets"));
    drop(server);

    // The disk burns down; keys.toml was copied elsewhere.
    let data = machine.root.join("srv/title-review");
    let apart = machine.root.join("keys.toml");
    std::fs::copy(data.join("keys.toml"), &apart).unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    if let Some(url) = &machine.url {
        Machine::empty(url);
    }
    std::fs::create_dir_all(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::copy(&apart, data.join("keys.toml")).unwrap();
    let told = machine.follow("restore");
    assert!(told.contains("restored") && told.contains("whole; head") && told.contains("ok   keys"), "{told}");
    let file = || format!("sqlite:{}", data.join("title-review.db").display());
    assert_eq!(violations(&machine.url.clone().unwrap_or_else(file), &data.join("objects")), Vec::<String>::new());
    let server = machine.serve();
    for login in &before {
        let body = json!({ "login": login, "password": PASSWORD });
        assert_eq!(post(&server.address, "/v1/sessions", "none", &body), 201, "{login} was told to be registered");
    }
    drop(server);
    assert!(machine.follow("upgrade").contains("nothing to do"));
}

/// Every `--flag`, subcommand and variable of the deployment files is one that the program has.
#[test]
fn deployment_files_name_what_there_is() {
    let read = |name: &str| std::fs::read_to_string(root().join("deploy").join(name)).unwrap();
    let said = Config::load(&Sources {
        file: Some(root().join("deploy/postgres-s3.toml")),
        flags: Flags::default(),
        ..Sources::default()
    });
    let config = said.unwrap();
    assert!(config.storage.url.starts_with("s3://") && config.database.url.starts_with("postgres://"));

    let files = [read("title-review.service"), read("Containerfile"), read("postgres-s3.toml")].join("\n");
    let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let known = include_str!("../../../docs/configuration.md");
    let mut variables = 0;
    for (at, _) in files.match_indices("TITLE_REVIEW_") {
        let name: String = files[at..].chars().take_while(|c| word(*c)).collect();
        assert!(known.contains(&format!("`{name}`")), "{name}");
        variables += 1;
    }
    assert!(variables >= 6);

    let line = files.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let mut words = line.split_whitespace().skip(1);
    let mut command = Vec::new();
    while let Some(word) = words.next() {
        command.push(word);
        if matches!(word, "--config" | "--data") {
            words.next();
        }
    }
    assert_eq!(command, ["--config", "--data", "serve"]);
    let help = Command::new(env!("CARGO_BIN_EXE_title-review")).args(["serve", "--help"]).output().unwrap();
    assert!(command[..2].iter().all(|flag| text(&help.stdout).contains(flag)));

    // As far as systemd is here to be asked.
    let unit = root().join("deploy/title-review.service");
    match Command::new("systemd-analyze").arg("verify").arg(&unit).output() {
        Err(_) => println!("systemd-analyze is not installed: the unit is NOT checked"),
        Ok(checked) => {
            let told = text(&checked.stderr);
            let wrong = told.lines().find(|line| line.contains("title-review.service") && !line.contains("is not executable"));
            assert!(wrong.is_none(), "{told}");
        }
    }
}
