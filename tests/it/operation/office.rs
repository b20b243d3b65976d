//! The program in a place that can be destroyed: a data folder, a database, a backup key kept apart, people who write over HTTP, and the ledger of what
//! they were told is done.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::keys::sha256_hex;

use crate::cli::{Server, done, program, refused, text};
use crate::faults::place::violations;
use crate::support::cast::credit_code;
use crate::support::database::{Database, Dialect};
use crate::support::journey::pdf;

/// A data folder, its database, and what is kept apart.
pub struct Office {
    pub data: PathBuf,
    pub apart: PathBuf,
    url: String,
    dialect: Dialect,
    environment: Vec<(String, String)>,
    _database: Database,
}

impl Office {
    pub fn new(database: Database) -> Self {
        let folder = database.folder();
        let office = Self {
            data: folder.join("data"),
            apart: folder.join("apart"),
            url: match database.dialect {
                Dialect::Sqlite => format!("sqlite:{}", folder.join("data/title-review.db").display()),
                Dialect::Postgres => database.config.url.clone(),
            },
            dialect: database.dialect,
            environment: vec![("TITLE_REVIEW_DATABASE__SYNCHRONOUS".to_owned(), "normal".to_owned())],
            _database: database,
        };
        std::fs::create_dir(&office.data).unwrap();
        std::fs::create_dir(&office.apart).unwrap();
        office.with("TITLE_REVIEW_BACKUP__KEY_FILE", "apart/backup-key.toml")
    }

    /// What the checker finds wrong.
    pub fn violations(&self) -> Vec<String> {
        violations(&self.url, &self.data.join("objects"))
    }

    /// With another value in the environment of each command; a path in it is one beside the data folder.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let value = if value.starts_with("apart/") {
            self.apart.parent().unwrap().join(value).display().to_string()
        } else {
            value.to_owned()
        };
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value));
        self
    }

    /// With another database.
    #[must_use]
    pub fn at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.url);
        self
    }

    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.data, arguments);
        command.current_dir(&self.apart).args(["--database", &self.url]);
        command.envs(self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().expect("the program runs")
    }

    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        done(arguments, &self.run(arguments))
    }

    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        refused(arguments, &self.run(arguments))
    }

    /// A running sandbox: its demo data is what is backed up.
    pub fn serve(&self) -> Server {
        let environment: Vec<_> = self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Server::start_in(&self.data, &["--sandbox", "--database", &self.url], &environment, Stdio::null())
    }

    /// The disk burns down: nothing is left but what was kept apart. The database is as the operator makes a new one.
    pub fn destroy(&self) {
        std::fs::remove_dir_all(&self.data).unwrap();
        std::fs::create_dir(&self.data).unwrap();
        if self.dialect == Dialect::Postgres {
            let mut conn = PgConnection::establish(&self.url).unwrap();
            conn.batch_execute("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
        }
    }

    /// As somebody with the rights of the database's administrator.
    pub fn sql(&self, sql: &str) {
        match self.dialect {
            Dialect::Sqlite => {
                let path = self.data.join("title-review.db");
                SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
            }
            Dialect::Postgres => PgConnection::establish(&self.url).unwrap().batch_execute(sql).unwrap(),
        }
    }

    /// Whether a new server would find anything.
    pub fn is_empty(&self) -> bool {
        let tables = match self.dialect {
            Dialect::Sqlite => 0,
            Dialect::Postgres => {
                let mut conn = PgConnection::establish(&self.url).unwrap();
                let count = "(SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public')";
                diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(count)).get_result::<i64>(&mut conn).unwrap()
            }
        };
        let left: Vec<_> = files_below(&self.data)
            .into_iter()
            .filter(|path| !path.ends_with("keys.toml") && path.extension().is_none_or(|end| end != "lock"))
            .collect();
        tables == 0 && left.is_empty()
    }
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files_below(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

/// What somebody was told is done: a path to read, and the hash of a file there, if it is one.
pub type Ledger = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// People who write until they are told to stop.
pub struct Load {
    pub ledger: Ledger,
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
}

pub fn ask(address: &str, method: &str, path: &str, token: &str, content_type: &str, body: &[u8], key: &str) -> (u16, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", content_type)
        .header("if-match", "*")
        .header("idempotency-key", key);
    // A server that was killed answers nobody.
    let Ok(mut answer) = agent.run(request.body(body.to_vec()).unwrap()) else { return (0, Vec::new()) };
    let status = answer.status().as_u16();
    (status, answer.body_mut().read_to_vec().unwrap_or_default())
}

pub fn read(server: &Server, path: &str, token: &str) -> (u16, Vec<u8>) {
    ask(&server.address, "GET", path, token, "application/json", b"", "none")
}

pub fn token(server: &Server, login: &str) -> String {
    let (status, body) = server.sign_in(login, "Sandbox-2024");
    assert_eq!(status, 201, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

/// A draft of the demo applicant.
pub fn draft(server: &Server, token: &str) -> String {
    let (_, list) = read(server, "/v1/organisations?kind=public_institution&region=652901", token);
    let list: Value = serde_json::from_slice(&list).unwrap();
    let filing = json!({
        "cycle_id": "aksu-2024", "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": list["items"][0]["id"],
    });
    let (status, made) =
        ask(&server.address, "POST", "/v1/applications", token, "application/json", filing.to_string().as_bytes(), "draft");
    let made: Value = serde_json::from_slice(&made).unwrap();
    assert_eq!(status, 201, "{made}");
    format!("/v1/applications/{}", made["id"].as_str().unwrap())
}

/// Uploads a file; the path of its content if it was acknowledged.
pub fn upload(address: &str, path: &str, token: &str, content: &[u8], key: &str) -> Result<String, u16> {
    let boundary = "office-boundary";
    let mut body = Vec::new();
    for (name, value) in [("category", "achievement_proof"), ("declassified", "true")] {
        body.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={boundary}");
    let (status, made) = ask(address, "POST", path, token, &kind, &body, key);
    if status != 201 {
        return Err(status);
    }
    let made: Value = serde_json::from_slice(&made).unwrap();
    Ok(format!("/v1/attachments/{}/content", made["id"].as_str().unwrap()))
}

impl Load {
    /// Two applicants' clients that upload, and an administrator's that enters organisations.
    pub fn begin(server: &Server) -> Self {
        let (ledger, stop, number) = (Ledger::default(), Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(1)));
        let applicant = token(server, "applicant_intermediate");
        let uploads = format!("{}/attachments", draft(server, &applicant));
        let mut writers = Vec::new();
        for _ in 0..2 {
            let (ledger, stop, number) = (Arc::clone(&ledger), Arc::clone(&stop), Arc::clone(&number));
            let (address, token, uploads) = (server.address.clone(), applicant.clone(), uploads.clone());
            writers.push(std::thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let number = number.fetch_add(1, Ordering::SeqCst);
                    let content = pdf(&format!("业绩 {number} {}", "x".repeat(number * 977 % 200_000)));
                    match upload(&address, &uploads, &token, &content, &format!("upload-{number}")) {
                        Ok(path) => ledger.lock().unwrap().push((path, Some(sha256_hex(&content)))),
                        // The category takes no more.
                        Err(409 | 422) => return,
                        Err(_) => {}
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            }));
        }
        let (address, admin) = (server.address.clone(), token(server, "admin"));
        let (kept, told) = (Arc::clone(&ledger), Arc::clone(&stop));
        writers.push(std::thread::spawn(move || {
            let mut number = 5_000_000;
            while !told.load(Ordering::SeqCst) {
                number += 1;
                let body = json!({
                    "kind": "enterprise", "ownership": "private", "name": format!("测绘公司{number}"), "region": "652901", "credit_code": credit_code(number),
                });
                let key = format!("organisation-{number}");
                let (status, made) =
                    ask(&address, "POST", "/v1/organisations", &admin, "application/json", body.to_string().as_bytes(), &key);
                if status == 201 {
                    let made: Value = serde_json::from_slice(&made).unwrap();
                    kept.lock().unwrap().push((format!("/v1/organisations/{}", made["id"].as_str().unwrap()), None));
                }
            }
        }));
        Self { ledger, stop, writers }
    }

    /// What was acknowledged until now, once it is this much.
    pub fn acknowledged(&self, least: usize) -> Vec<(String, Option<String>)> {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let ledger = self.ledger.lock().unwrap().clone();
            let files = ledger.iter().filter(|(_, hash)| hash.is_some()).count();
            if ledger.len() >= least && files >= 3 {
                return ledger;
            }
            assert!(Instant::now() < until, "only {} writes were acknowledged", ledger.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn end(self) -> Ledger {
        self.stop.store(true, Ordering::SeqCst);
        for writer in self.writers {
            writer.join().unwrap();
        }
        self.ledger
    }
}

/// Reads everything of a ledger from a server.
#[track_caller]
pub fn assert_all_there(server: &Server, ledger: &[(String, Option<String>)]) {
    let (applicant, admin) = (token(server, "applicant_intermediate"), token(server, "admin"));
    for (path, hash) in ledger {
        let (status, bytes) = read(server, path, if hash.is_some() { &applicant } else { &admin });
        assert_eq!(status, 200, "{path} was acknowledged: {}", text(&bytes));
        if let Some(hash) = hash {
            assert_eq!(&sha256_hex(&bytes), hash, "{path}");
        }
    }
}
