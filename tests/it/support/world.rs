//! A running server for one story: real HTTP on a port of its own, a fixed clock, seeded ids, named actors.

use std::cell::RefCell;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use title_review::authn::Cost;
use title_review::config::{Config, SecondFactorRule};
use title_review::context::App;
use title_review::keys::KeyRing;
use title_review::server::{self, Environment};
use title_review_core::clock::{Instant, SettableClock};
use title_review_core::ids::SeededIds;
use title_review_core::vocabulary::Role;

use super::contract;
use super::database::Database;

/// The password of every account of a story.
pub const PASSWORD: &str = "Correct-horse-7";

/// Logins of the administrators.
const ADMINISTRATORS: [(&str, Role); 3] =
    [("admin", Role::SystemAdministrator), ("security", Role::SecurityAdministrator), ("auditor", Role::AuditAdministrator)];

/// A request and its answer, as the document shows them.
pub struct Exchange {
    pub method: String,
    pub path: String,
    pub request: Option<Value>,
    pub status: u16,
    pub response: Value,
    /// Header fields of the answer.
    pub headers: Vec<(String, String)>,
    /// The answer's bytes as text.
    pub text: String,
}

thread_local! {
    static RECORDING: RefCell<Option<Vec<Exchange>>> = const { RefCell::new(None) };
}

type Interceptor = Box<dyn FnMut(&Ask) -> Reply>;

thread_local! {
    static INTERCEPTOR: RefCell<Option<Interceptor>> = const { RefCell::new(None) };
}

/// From here on this sends the requests of this thread, by [`Ask::send_once`].
pub fn intercept_requests(interceptor: impl FnMut(&Ask) -> Reply + 'static) {
    INTERCEPTOR.set(Some(Box::new(interceptor)));
}

/// Requests are sent as they are again.
pub fn stop_intercepting() {
    INTERCEPTOR.set(None);
}

/// From here on the requests of this thread are kept.
pub fn start_recording() {
    RECORDING.set(Some(Vec::new()));
}

/// What was kept.
pub fn recorded() -> Vec<Exchange> {
    RECORDING.take().unwrap_or_default()
}

/// A running server.
pub struct World {
    pub app: App,
    pub base: String,
    clock: Arc<SettableClock>,
    session_clock: Arc<SettableClock>,
    keys: AtomicU64,
    security: OnceLock<Actor>,
    handle: actix_web::dev::ServerHandle,
    /// The server is a process of its own, whose clock clients set.
    apart: bool,
    _database: Database,
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Somebody with or without an account, and their client.
#[derive(Clone)]
pub struct Actor {
    base: String,
    pub name: String,
    pub token: Option<String>,
    pub account: String,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
    pub body: Value,
}

/// A request being put together.
pub struct Ask {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<(String, Vec<u8>)>,
}

impl World {
    /// A server at this instant, with the cycles that come with the product and the three administrators.
    pub async fn at(database: Database, instant: &str) -> Self {
        Self::configured(database, instant, |_| {}).await
    }

    /// As [`World::at`], with another configuration.
    pub async fn configured(database: Database, instant: &str, change: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(SettableClock::frozen(instant.parse().expect("an instant")));
        let session_clock = Arc::new(SettableClock::frozen("2024-07-01T09:00:00+08:00".parse().expect("an instant")));
        let mut config = Config::with_data(&database.folder()).expect("the default configuration");
        config.database = database.config.clone();
        config.auth.second_factor = Some(SecondFactorRule::Optional);
        // Days go by in a story while nobody is gone.
        (config.auth.session_idle_minutes, config.auth.staff_idle_minutes, config.auth.session_hours) = (720, 720, 168);
        // Stories ask more than any person does, on a clock that stands still.
        let limits = &mut config.limits;
        (limits.rate_anonymous, limits.rate_signed_in, limits.rate_sign_in, limits.rate_objections) = (0, 0, 0, 0);
        change(&mut config);
        let environment = Environment {
            clock: Some(Arc::clone(&clock)),
            session_clock: Arc::clone(&session_clock) as _,
            ids: Arc::new(SeededIds::new(7)),
            password_cost: Cost { memory_kib: 8, passes: 1, at_once: 4, waiting: 128 },
            made_up_cycles: true,
        };
        let keys = KeyRing::ephemeral().expect("keys");
        let app = server::assemble(config, keys, environment).await.expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, receiver) = mpsc::channel();
        let served = app.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = title_review::server::bind(&served, listener).expect("a bound server");
                sender.send(running.handle()).expect("the story waits");
                running.await.expect("the server ends in peace");
            });
        });
        let handle = receiver.recv().expect("a handle");
        let world = Self {
            app,
            base,
            clock,
            session_clock,
            keys: AtomicU64::new(0),
            security: OnceLock::new(),
            handle,
            apart: false,
            _database: database,
        };
        for (login, role) in ADMINISTRATORS {
            title_review::accounts::create_administrator(&world.app, role, login, role.zh(), PASSWORD)
                .await
                .expect("an administrator");
        }
        world
    }

    /// A world whose server is a process of its own, at this address, with the three administrators and a clock that clients may set. What reaches into
    /// [`World::app`] finds a server that nobody talks to, at the same time.
    pub async fn apart(database: Database, address: &str) -> Self {
        let mut world = Self::at(database, "2024-07-22T09:00:00+08:00").await;
        (world.base, world.apart) = (format!("http://{address}"), true);
        world
    }

    /// Moves business time.
    pub fn travel(&self, instant: &str) {
        self.clock.set(instant.parse::<Instant>().expect("an instant"));
        if self.apart {
            self.anybody().put("/v1/sandbox/clock").json(&json!({ "now": instant })).send().expect(200);
        }
    }

    /// Moves session time by so many seconds.
    pub fn wait_seconds(&self, seconds: i64) {
        self.session_clock.advance(chrono::TimeDelta::seconds(seconds));
    }

    /// A key that no other request has.
    pub fn key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Somebody without an account.
    pub fn anybody(&self) -> Actor {
        Actor { base: self.base.clone(), name: "anybody".to_owned(), token: None, account: String::new() }
    }

    /// Signs in.
    pub fn sign_in(&self, login: &str) -> Actor {
        let tokens = self.anybody().post("/v1/sessions").json(&json!({ "login": login, "password": PASSWORD })).send().expect(201);
        Actor {
            base: self.base.clone(),
            name: login.to_owned(),
            token: Some(tokens["access_token"].as_str().unwrap().to_owned()),
            account: tokens["account_id"].as_str().unwrap().to_owned(),
        }
    }

    /// The system administrator, signed in.
    pub fn admin(&self) -> Actor {
        self.sign_in("admin")
    }

    /// The security administrator, signed in once.
    pub fn security(&self) -> &Actor {
        self.security.get_or_init(|| self.sign_in("security"))
    }

    /// The audit administrator, signed in.
    pub fn auditor(&self) -> Actor {
        self.sign_in("auditor")
    }

    /// Runs the jobs that are due.
    pub async fn run_jobs(&self) -> usize {
        server::job_runner(&self.app).run_due().await.expect("jobs run")
    }
}

impl Actor {
    fn ask(&self, method: &str, path: &str) -> Ask {
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        Ask { method: method.to_owned(), url: format!("{}{path}", self.base), headers, body: None }
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask("GET", path)
    }

    pub fn post(&self, path: &str) -> Ask {
        self.ask("POST", path)
    }

    pub fn put(&self, path: &str) -> Ask {
        self.ask("PUT", path)
    }

    pub fn delete(&self, path: &str) -> Ask {
        self.ask("DELETE", path)
    }

    pub fn method(&self, method: &str, path: &str) -> Ask {
        self.ask(method, path)
    }

    /// Reads an object.
    pub fn read(&self, path: &str) -> Value {
        self.get(path).send().expect(200)
    }

    /// Acts on an object in the version it has now: reads `object` for its ETag, then sends.
    pub fn act(&self, method: &str, object: &str, path: &str, body: &Value) -> Reply {
        let seen = self.get(object).send();
        assert_eq!(seen.status, 200, "{}: GET {object}: {}", self.name, seen.body);
        self.ask(method, path).header("if-match", seen.header("etag").expect("an ETag")).json(body).send()
    }
}

impl Ask {
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    #[must_use]
    pub fn if_match(self, version: i64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(("application/json".to_owned(), body.to_string().into_bytes()));
        self
    }

    #[must_use]
    pub fn bytes(mut self, content_type: &str, body: &[u8]) -> Self {
        self.body = Some((content_type.to_owned(), body.to_vec()));
        self
    }

    /// A form, as OAuth sends it.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.bytes("application/x-www-form-urlencoded", body.as_bytes())
    }

    /// A multipart body: text fields, then one file.
    #[must_use]
    pub fn upload(self, fields: &[(&str, &str)], file_name: &str, media_type: &str, bytes: &[u8]) -> Self {
        let boundary = "story-boundary";
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
            );
        }
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: {media_type}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        self.bytes(&format!("multipart/form-data; boundary={boundary}"), &body)
    }

    /// Method and path with its query.
    pub fn target(&self) -> (&str, &str) {
        let path = self.url.match_indices('/').nth(2).map_or("", |(start, _)| &self.url[start..]);
        (&self.method, path)
    }

    /// The token that it is sent with.
    pub fn token(&self) -> Option<&str> {
        self.headers.iter().find_map(|(name, value)| (name == "authorization").then(|| value.strip_prefix("Bearer "))?)
    }

    /// Its body, where that is JSON.
    pub fn sent(&self) -> Option<Value> {
        self.body.as_ref().and_then(|(_, body)| serde_json::from_slice(body).ok())
    }

    pub fn send(self) -> Reply {
        match INTERCEPTOR.take() {
            None => self.send_once(),
            Some(mut interceptor) => {
                let reply = interceptor(&self);
                INTERCEPTOR.set(Some(interceptor));
                reply
            }
        }
    }

    /// Sends it; it may be sent again.
    pub fn send_once(&self) -> Reply {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build().into();
        let mut request = ureq::http::Request::builder().method(self.method.as_str()).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let (content_type, body) = self.body.clone().unwrap_or_default();
        let sent = body.clone();
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let mut response = agent.run(request.body(body).expect("a request")).expect("an answer");
        let status = response.status().as_u16();
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let bytes = response.body_mut().with_config().limit(100 << 20).read_to_vec().expect("a body");
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        RECORDING.with_borrow_mut(|recording| {
            if let Some(exchanges) = recording {
                let path = self.url.splitn(4, '/').nth(3).unwrap_or_default();
                exchanges.push(Exchange {
                    method: self.method.clone(),
                    path: format!("/{}", path.split('?').next().unwrap_or_default()),
                    request: serde_json::from_slice(&sent).ok(),
                    status,
                    response: body.clone(),
                    headers: Vec::clone(&headers),
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                });
            }
        });
        let reply = Reply { status, headers, bytes, body };
        // The document says nothing about compressed bytes.
        let plain = reply.header("content-encoding").is_none();
        let faults = if plain { contract::faults(self.meant(), self.target().1, &reply) } else { Vec::new() };
        assert!(faults.is_empty(), "{} {} is not as the document says: {faults:#?}", self.method, self.target().1);
        reply
    }

    /// The method that the operation has: a POST may stand for another one.
    fn meant(&self) -> &str {
        let named = self.headers.iter().find(|(name, _)| name == "x-http-method-override").map(|(_, value)| value.as_str());
        named.filter(|_| self.method == "POST").unwrap_or(&self.method)
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The version in the entity tag.
    pub fn version(&self) -> Option<i64> {
        self.header("etag")?.strip_prefix('"')?.split(['.', '"']).next()?.parse().ok()
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The problem of an answer with this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self.body
    }
}
