//! A client that may get no answer, and the ledger of what it was told.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// What was acknowledged, a line each. Written before the client does anything else, in a process that is not killed.
pub struct Ledger {
    file: Mutex<File>,
    lines: AtomicU64,
}

impl Ledger {
    pub fn open(path: &Path) -> Self {
        let file = File::options().create(true).append(true).open(path).expect("a ledger");
        Self { file: Mutex::new(file), lines: AtomicU64::new(0) }
    }

    /// How many acts were kept.
    pub fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }

    /// Keeps an acknowledged act: its trace id and action, and what else the checker can look for.
    pub fn note(&self, action: &str, answer: &Answer, more: Value) {
        let mut line = json!({ "action": action, "trace_id": answer.trace_id });
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        self.file.lock().expect("the ledger").write_all(format!("{line}\n").as_bytes()).expect("a line of the ledger");
        self.lines.fetch_add(1, Ordering::Relaxed);
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub etag: String,
    pub trace_id: String,
    pub body: Value,
}

impl Answer {
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// Connections to a server. Counts its answers.
pub struct Client {
    address: String,
    agent: ureq::Agent,
    numbers: AtomicU64,
    pub answered: AtomicU64,
    /// Requests that got no whole answer.
    pub unanswered: AtomicU64,
    /// Answers that said: not now.
    pub unavailable: AtomicU64,
    /// Those of them that were no uploads: the database could not write.
    pub unwritten: AtomicU64,
    /// Answers that are neither success nor a named problem.
    pub unnamed: Mutex<Vec<String>>,
}

/// What is sent with a request.
#[derive(Default)]
pub struct Sending<'a> {
    pub token: &'a str,
    pub if_match: &'a str,
    pub content_type: &'a str,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(address: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_mins(1)));
        // A seed of its own for each: no two clients use a key twice.
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), address);
        Self {
            address: address.to_owned(),
            agent: config.build().into(),
            numbers: AtomicU64::new(seed & !0xff_ffff),
            answered: AtomicU64::new(0),
            unanswered: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
            unwritten: AtomicU64::new(0),
            unnamed: Mutex::new(Vec::new()),
        }
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// None where no whole answer came: then nobody knows whether it was done.
    pub fn send(&self, method: &str, path: &str, sending: Sending<'_>) -> Option<Answer> {
        let answer = self.ask(method, path, sending);
        let counted = match &answer {
            None => &self.unanswered,
            Some(_) => &self.answered,
        };
        counted.fetch_add(1, Ordering::Relaxed);
        if answer.as_ref().is_some_and(|answer| matches!(answer.status, 503 | 507)) {
            self.unavailable.fetch_add(1, Ordering::Relaxed);
            self.unwritten.fetch_add(u64::from(!path.ends_with("/attachments")), Ordering::Relaxed);
        }
        answer
    }

    fn ask(&self, method: &str, path: &str, sending: Sending<'_>) -> Option<Answer> {
        let number = self.number();
        let trace_id = format!("{:032x}", u128::from(number) | 1 << 100);
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("traceparent", format!("00-{trace_id}-0000000000000001-01"))
            .header("idempotency-key", format!("k-{number:x}"));
        let headers = [("authorization", sending.token), ("if-match", sending.if_match), ("content-type", sending.content_type)];
        for (name, value) in headers.into_iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let mut response = self.agent.run(request.body(sending.body).expect("a request")).ok()?;
        let status = response.status().as_u16();
        let etag = response.headers().get("etag").and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = response.body_mut().read_to_vec().ok()?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { status, etag, trace_id, body };
        if !answer.ok() && (answer.code().is_empty() || answer.code() == "internal") {
            self.unnamed.lock().expect("the list").push(format!("{method} {path}: {status} {}", answer.body));
        }
        Some(answer)
    }

    pub fn get(&self, token: &str, path: &str) -> Option<Answer> {
        self.send("GET", path, Sending { token, ..Sending::default() }).filter(Answer::ok)
    }

    pub fn json(&self, method: &str, path: &str, token: &str, if_match: &str, body: &Value) -> Option<Answer> {
        let sending = Sending { token, if_match, content_type: "application/json", body: body.to_string().into_bytes() };
        self.send(method, path, sending)
    }

    /// A file, as a form.
    pub fn upload(&self, path: &str, token: &str, if_match: &str, category: &str, bytes: &[u8]) -> Option<Answer> {
        let part = |head: &str| format!("--fault\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        let mut body = format!("{}{category}\r\n{}true\r\n", part("name=\"category\""), part("name=\"declassified\"")).into_bytes();
        let head =
            "--fault\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.pdf\"\r\nContent-Type: application/pdf\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--fault--\r\n");
        self.send("POST", path, Sending { token, if_match, content_type: "multipart/form-data; boundary=fault", body })
    }

    /// Signs in; the value of the header `Authorization`, and the answer.
    pub fn sign_in(&self, login: &str, password: &str) -> Option<(String, Answer)> {
        let answer = self.json("POST", "/v1/sessions", "", "", &json!({ "login": login, "password": password }))?;
        let token = format!("Bearer {}", answer.body["access_token"].as_str()?);
        Some((token, answer))
    }

    /// Everything that was answered was success or a named problem.
    #[track_caller]
    pub fn assert_named(&self) {
        let unnamed = self.unnamed.lock().expect("the list");
        assert!(unnamed.is_empty(), "{} unnamed: {:?}", unnamed.len(), &unnamed[..unnamed.len().min(5)]);
    }

    pub fn travel(&self, instant: &str) {
        let answer = self.json("PUT", "/v1/sandbox/clock", "", "", &json!({ "now": instant })).expect("an answer");
        assert!(answer.ok(), "{answer:?}");
    }
}
