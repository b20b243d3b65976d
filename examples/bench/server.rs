//! The servers under test: the real one on a data folder of its own, and a bare actix handler that answers the same bytes.

use crate::load::{self, Connection};
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, mpsc};
use tempfile::TempDir;
use title_review::config::{Config, SecondFactorRule, Synchronous};
use title_review::context::App;
use title_review::keys::KeyRing;
use title_review::sandbox::{self, demo};
use title_review::server::{self, Environment};
use title_review::telemetry;
use title_review_core::clock::SettableClock;

/// A running server with the sandbox's demo, on a clock that stands.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    pub folder: TempDir,
}

/// How a server writes.
#[derive(Clone, Copy)]
pub struct Writing {
    pub group: usize,
    pub synchronous: Synchronous,
}

impl Writing {
    pub const GROUPED: Self = Self { group: 256, synchronous: Synchronous::Full };
    pub const SINGLE: Self = Self { group: 1, synchronous: Synchronous::Full };
    pub const NORMAL: Self = Self { group: 256, synchronous: Synchronous::Normal };
}

/// Runs a future on a system of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

impl Server {
    pub fn start(writing: Writing) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::with_data(folder.path()).expect("the default configuration");
        config.sandbox.enabled = true;
        config.auth.second_factor = Some(SecondFactorRule::Optional);
        "error".clone_into(&mut config.log.filter);
        telemetry::start(&config.log);
        config.database.write_group = writing.group;
        config.database.synchronous = writing.synchronous;
        let mut surroundings = Environment::real(&config);
        surroundings.clock = Some(Arc::new(SettableClock::frozen("2024-07-25T10:00:00+08:00".parse().expect("an instant"))));
        let keys = KeyRing::ephemeral().expect("keys");
        let app = block_on(async {
            let app = server::assemble(config, keys, surroundings).await.expect("a server");
            sandbox::seed(&app).await.expect("the demo");
            app
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let served = app.clone();
        serve(move || title_review::server::bind(&served, listener));
        Self { app, address, folder }
    }

    /// One request; its answer has to have this status. Gives the ETag and the body.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: &str,
        expected: u16,
    ) -> (String, Value) {
        let mut connection = Connection::open(self.address).expect("a connection");
        connection.send(&load::request(method, path, token, headers, body)).expect("sent");
        let (status, head, bytes) = connection.receive().expect("an answer");
        assert_eq!(status, expected, "{method} {path}: {}", String::from_utf8_lossy(bytes));
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap_or_default().to_owned();
        (tag, serde_json::from_slice(bytes).unwrap_or(Value::Null))
    }

    /// An access token.
    pub fn sign_in(&self, login: &str) -> String {
        let body = json!({ "login": login, "password": demo::PASSWORD }).to_string();
        let (_, tokens) = self.ask("POST", "/v1/sessions", "-", &[], &body, 201);
        tokens["access_token"].as_str().unwrap_or_default().to_owned()
    }
}

/// What the bare handler answers, by number.
#[derive(Clone, Default)]
pub struct Bodies(Arc<Mutex<Vec<web::Bytes>>>);

impl Bodies {
    /// Keeps a body; gives its path.
    pub fn keep(&self, body: Vec<u8>) -> String {
        let mut all = self.0.lock().expect("no panic before");
        all.push(body.into());
        format!("/{}", all.len() - 1)
    }
}

/// A server that does nothing but answer: what the framework, the machine and this load generator can do at most.
pub fn bare(bodies: &Bodies) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let bodies = bodies.clone();
    serve(move || {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let server = HttpServer::new(move || {
            let data = web::Data::new(bodies.clone());
            ActixApp::new().app_data(data).route("/{number}", web::to(answer))
        });
        Ok(server.workers(workers).listen(listener)?.run())
    });
    address
}

async fn answer(bodies: web::Data<Bodies>, number: web::Path<usize>, _body: web::Bytes) -> HttpResponse {
    let body = bodies.0.lock().ok().and_then(|all| all.get(*number).cloned());
    HttpResponse::Ok().content_type("application/json").body(body.unwrap_or_default())
}

/// Serves on a thread until the process ends.
fn serve(bind: impl FnOnce() -> std::io::Result<actix_web::dev::Server> + Send + 'static) {
    let (ready, waiting) = mpsc::channel();
    std::thread::spawn(move || {
        block_on(async move {
            let server = bind().expect("a bound server");
            ready.send(()).expect("somebody waits");
            server.await.expect("the server ends in peace");
        });
    });
    waiting.recv().expect("a server");
}
