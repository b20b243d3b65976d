//! Files in a bucket: against a server that speaks the S3 protocol (`moto`, a package of Python), behind a gate that can be shut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use title_review::keys::sha256_hex;

use super::office::{Load, Office, ask, assert_all_there, draft, read, token, upload};
use crate::cli::text;
use crate::support::database::Database;
use crate::support::journey::pdf;
use crate::support::on_both;

/// The S3 server; ended with the test.
struct Bucket {
    server: Child,
    address: String,
    gate: Gate,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("TITLE_REVIEW_TEST_MOTO").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    named.into_iter().chain(std::env::split_paths(&path).map(|folder| folder.join("moto_server"))).find(|path| path.is_file())
}

impl Bucket {
    /// None where the server is not installed.
    fn begin() -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("no moto_server (PyPI: moto[server]) in PATH or TITLE_REVIEW_TEST_MOTO: the tests of S3 are LEFT OUT");
            return None;
        };
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &free.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto_server starts");
        let address = free.to_string();
        let until = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < until, "moto_server does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(Self { server, gate: Gate::before(address.clone()), address })
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        // It asks who it is, and checks no signature.
        let who = "AWS4-HMAC-SHA256 Credential=tester/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let put =
            ureq::put(format!("http://{}{path}", self.address)).header("authorization", who).send(bytes).expect("moto takes it");
        assert_eq!(put.status().as_u16(), 200);
    }

    fn with(&self, office: Office, url: &str) -> Office {
        office
            .with("TITLE_REVIEW_STORAGE__URL", url)
            .with("TITLE_REVIEW_STORAGE__ENDPOINT", &format!("http://{}", self.gate.address))
            .with("TITLE_REVIEW_STORAGE__ALLOW_HTTP", "true")
            .with("TITLE_REVIEW_STORAGE__REGION", "us-east-1")
            .with("TITLE_REVIEW_STORAGE__ACCESS_KEY_ID", "tester")
            .with("TITLE_REVIEW_STORAGE__SECRET_ACCESS_KEY", "canary-of-s3")
    }
}

/// Passes on what comes, and breaks each connection once this many bytes went to the server.
struct Gate {
    address: String,
    most: Arc<AtomicUsize>,
}

const OPEN: usize = usize::MAX;

impl Gate {
    fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, most) = (listener.local_addr().unwrap().to_string(), Arc::new(AtomicUsize::new(OPEN)));
        let limit = Arc::clone(&most);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let (mut back, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut back, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
                let limit = Arc::clone(&limit);
                std::thread::spawn(move || pass(client, server, &limit));
            }
        });
        Self { address, most }
    }

    fn limit(&self, bytes: usize) {
        self.most.store(bytes, Ordering::SeqCst);
    }
}

fn pass(mut client: TcpStream, mut server: TcpStream, limit: &AtomicUsize) {
    let (mut passed, mut piece) = (0_usize, [0; 16 * 1024]);
    while let Ok(read) = client.read(&mut piece) {
        passed = passed.saturating_add(read);
        if read == 0 || passed > limit.load(Ordering::SeqCst) || server.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn count(server: &crate::cli::Server, list: &str, token: &str) -> usize {
    let (status, body) = read(server, list, token);
    assert_eq!(status, 200);
    serde_json::from_slice::<Value>(&body).unwrap()["items"].as_array().unwrap().len()
}

on_both!(files_are_stored_and_restored_in_an_s3_bucket);
async fn files_are_stored_and_restored_in_an_s3_bucket(database: Database) {
    let Some(bucket) = Bucket::begin() else { return };
    let office = bucket.with(Office::new(database), "s3://titles/aksu");
    office.done(&["backup", "keygen"]);
    assert!(!office.done(&["config"]).contains("canary-of-s3"));
    // No bucket, no start.
    let told = office.refused(&["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
    assert!(told.contains("storage.url") && !told.contains("canary-of-s3"), "{told}");
    bucket.put("/titles", b"");
    let server = office.serve();
    assert_eq!(server.send("GET", "/readyz", None, None).0, 200);

    let applicant = token(&server, "applicant_intermediate");
    let list = format!("{}/attachments", draft(&server, &applicant));
    let first = pdf("first");
    let path = upload(&server.address, &list, &applicant, &first, "first").unwrap();
    assert_eq!(read(&server, &path, &applicant), (200, first.clone()));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let asked = agent.get(format!("http://{}{path}", server.address)).header("authorization", format!("Bearer {applicant}"));
    let mut part = asked.header("range", "bytes=5-9").call().unwrap();
    assert_eq!((part.status().as_u16(), part.body_mut().read_to_vec().unwrap()), (206, first[5..10].to_vec()));
    // A large one goes in several parts. Then the connection breaks in the midst of another: no row, and the next one goes through.
    let large = |what: &str| pdf(&format!("{what} {}", "x".repeat(7 << 20)));
    let path = upload(&server.address, &list, &applicant, &large("second"), "second").unwrap();
    assert_eq!(sha256_hex(&read(&server, &path, &applicant).1), sha256_hex(&large("second")));
    bucket.gate.limit(1 << 20);
    assert_eq!(upload(&server.address, &list, &applicant, &large("third"), "third"), Err(503));
    bucket.gate.limit(0);
    assert_eq!(upload(&server.address, &list, &applicant, &pdf("fourth"), "fourth"), Err(503));
    // Once the answer from before is no longer kept.
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let (status, _, problem) = server.send("GET", "/readyz", None, None);
        if (status, problem["errors"][0]["code"].as_str()) == (503, Some("storage")) {
            break;
        }
        assert!(Instant::now() < until, "{status} {problem}");
        std::thread::sleep(Duration::from_millis(20));
    }
    bucket.gate.limit(OPEN);
    assert_eq!(count(&server, &list, &applicant), 2);
    upload(&server.address, &list, &applicant, &large("third"), "third").unwrap();
    assert_eq!(count(&server, &list, &applicant), 3);
    let row = path.trim_end_matches("/content");
    assert_eq!(ask(&server.address, "DELETE", row, &applicant, "application/json", b"", "gone").0, 204);
    assert_eq!(count(&server, &list, &applicant), 2);

    // Backed up under load out of the bucket, and restored into another.
    let load = Load::begin(&server);
    let before = load.acknowledged(8);
    office.done(&["backup", "--to", "a.backup"]);
    load.end();
    // A rotten object is an answer that breaks off, and no backup.
    let rotten = sha256_hex(&first);
    let key = format!("/titles/aksu/sha256/{}/{}/{rotten}", &rotten[..2], &rotten[2..4]);
    bucket.put(&key, &[&first[..first.len() - 1], b"!"].concat());
    let told = office.refused(&["backup", "--to", "b.backup"]);
    assert!(told.contains(&rotten), "{told}");
    bucket.put(&key, &first);
    drop(server);
    let keys = office.data.join("keys.toml");
    std::fs::copy(&keys, office.apart.join("keys.toml")).unwrap();
    office.destroy();
    std::fs::copy(office.apart.join("keys.toml"), &keys).unwrap();
    let office = office.with("TITLE_REVIEW_STORAGE__URL", "s3://titles/second");
    office.done(&["restore", name(&office.apart.join("a.backup"))]);
    assert!(office.done(&["audit", "verify"]).contains("whole"));
    assert!(office.done(&["doctor"]).contains("s3://titles/second can be written"));
    let server = office.serve();
    assert_all_there(&server, &before);
    assert!(!Path::new(&office.data.join("objects/sha256")).exists(), "nothing lies in the folder");
    bucket.gate.limit(0);
    let ill = office.run(&["doctor"]);
    assert!(text(&ill.stdout).contains("FAIL storage"), "{}", text(&ill.stdout));
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}
