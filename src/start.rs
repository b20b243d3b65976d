//! Putting a server together and running it until it is told to stop.

use crate::app::{App, Parts};
use crate::applications::{LapseWatch, lapse};
use crate::audit::{self, heads};
use crate::authn;
use crate::config::Config;
use crate::cycles::service::{self as cycles, Error as CycleError};
use crate::db::{self, Db, meta};
use crate::jobs::{Policy, Runner};
use crate::key_management;
use crate::keys::SystemIds;
use crate::keys::{self, KeyRing};
use crate::operation::{self, Operation, upgrades};
use crate::oversight;
use crate::storage::{self, Storage};
use crate::telemetry::Spans;
use crate::{attachments, http, machines, sandbox};
use actix_web::dev::ServerHandle;
use chrono::TimeDelta;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use title_review_core::clock::{Clock, Instant, SettableClock, SystemClock};
use title_review_core::ids::IdSource;
use tokio::sync::watch;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The address is taken, or not this host's.
    #[error("cannot listen on {address} (server.listen): {error}")]
    Listen {
        /// What was asked for.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The address of monitoring is taken, or not this host's.
    #[error("cannot listen on {address} (metrics.listen): {error}")]
    Metrics {
        /// What was asked for.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The keys.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// The attachments' folder or bucket.
    #[error("the storage cannot be used (storage.url, storage.folder): {0}")]
    Storage(#[from] storage::Error),
    /// The sandbox's data.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// A cycle that comes with the product.
    #[error("{0}")]
    Data(String),
}

/// Time and identity, injected.
pub struct Surroundings {
    /// Business time; `None`: the host's, or the sandbox's.
    pub clock: Option<Arc<SettableClock>>,
    /// Time of tokens and sessions.
    pub session_clock: Arc<dyn Clock>,
    /// Identity of new rows.
    pub ids: Arc<dyn IdSource>,
    /// Price of a password hash.
    pub password_cost: authn::Cost,
    /// Installs the made-up cycles too. A sandbox always does; a real server must not publish them.
    pub made_up_cycles: bool,
}

impl Surroundings {
    /// Those of a real server.
    #[must_use]
    pub fn real(config: &Config) -> Self {
        let password_cost =
            authn::Cost { at_once: config.limits.password_hashes, waiting: config.limits.password_queue, ..authn::Cost::STANDARD };
        Self {
            clock: None,
            session_clock: Arc::new(SystemClock::new()),
            ids: Arc::new(SystemIds),
            password_cost,
            made_up_cycles: false,
        }
    }
}

/// Opens what the configuration names, migrates, and loads the cycles that come with the product.
pub async fn assemble(config: Config, keys: KeyRing, surroundings: Surroundings) -> Result<App, Error> {
    crate::backup::refuse_unfinished(&config).map_err(|error| Error::Data(error.to_string()))?;
    config.create_data_folder()?;
    std::fs::create_dir_all(&config.storage.folder)?;
    attachments::sweep(&config)?;
    let spans = Spans::start(&config.otel.endpoint).map_err(|reason| Error::Data(format!("otel.endpoint: {reason}")))?;
    let applied = db::migrate(&config.database)?;
    let database = Db::open(&config.database)?;
    let storage = Storage::open(&config).await?;
    let (is_sandbox, ring) = (config.sandbox.enabled, Arc::new(keys.with_clock(Arc::clone(&surroundings.session_clock))));
    let bound = Arc::clone(&ring);
    let session_clock = surroundings.session_clock;
    let started_at = session_clock.now();
    let reached = database
        .write(move |conn| {
            meta::bind_sandbox(conn, is_sandbox)?;
            key_management::bind_to_database(conn, &bound)?;
            upgrades::note(conn, started_at, &applied)?;
            audit::find_reached(conn)
        })
        .await?;
    let sandbox_clock = match surroundings.clock {
        Some(clock) => Some(clock),
        None if config.sandbox.enabled => {
            Some(Arc::new(sandbox::restore_clock(&database, &config.sandbox, session_clock.now()).await?))
        }
        None => None,
    };
    let clock: Arc<dyn Clock> = match &sandbox_clock {
        Some(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        None => Arc::new(host_clock(reached)),
    };
    let sandbox = sandbox_clock.filter(|_| config.sandbox.enabled);
    let app = App::new(Parts {
        operation: Operation::new(&database, spans),
        db: database,
        keys: ring,
        clock,
        session_clock,
        ids: surroundings.ids,
        config,
        cycles: cycles::Cache::default(),
        lapses: LapseWatch::default(),
        storage,
        sessions: authn::Cache::new(surroundings.password_cost),
        machines: machines::Cache::default(),
        sandbox,
        audits: tokio::sync::Semaphore::new(1),
    });
    let made_up = is_sandbox || surroundings.made_up_cycles;
    app.act_as_system(move |cx| cycles::install_builtin(cx, made_up)).await.map_err(|error| Error::Data(error.to_string()))?;
    let files = cycle_files(&app.config)?;
    if !files.is_empty() {
        app.act_as_system(move |cx| cycles::install_folder(cx, &files)).await.map_err(|error| match error {
            CycleError::Invalid(findings) => {
                let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
                Error::Data(format!("cycles.folder:\n{}", lines.join("\n")))
            }
            other => Error::Data(format!("cycles.folder: {other}")),
        })?;
    }
    Ok(app)
}

/// The host's clock, not before what the record of acts says: a window that has closed stays closed where the host was set back over a restart.
fn host_clock(reached: Option<Instant>) -> SystemClock {
    let Some(reached) = reached else { return SystemClock::new() };
    let host = SystemClock::new().now();
    if host < reached {
        tracing::warn!(%host, %reached, "the host's clock is behind the record of acts: business time stands still until it gets there (see `title-review clock`)");
    }
    SystemClock::not_before(reached)
}

/// Names and texts of the files in `cycles.folder`.
fn cycle_files(config: &Config) -> Result<Vec<(String, String)>, Error> {
    let folder = &config.cycles.folder;
    if folder.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let unreadable = |path: &Path, error: std::io::Error| Error::Data(format!("cycles.folder: {}: {error}", path.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        Ok((path.display().to_string(), text))
    };
    paths.into_iter().map(read).collect()
}

/// The runner of this server's jobs.
#[must_use]
pub fn job_runner(app: &App) -> Runner {
    let jobs = &app.config.jobs;
    let policy = Policy { lease: TimeDelta::seconds(jobs.lease_seconds), most_attempts: jobs.most_attempts, ..Policy::default() };
    let (for_lapses, for_keys, for_heads) = (app.clone(), app.clone(), app.clone());
    Runner::new(app.db.clone(), Arc::clone(&app.clock), Arc::clone(&app.session_clock), Arc::clone(&app.ids), policy)
        .handle(lapse::JOB, move |_| lapse::run_job(for_lapses.clone()))
        .handle(key_management::JOB, move |_| key_management::run_job(for_keys.clone()))
        .handle(heads::JOB, move |job| oversight::run_job(for_heads.clone(), job))
}

/// Runs a server until SIGTERM or Ctrl-C; requests in flight are let finish.
pub fn run(config: Config) -> Result<(), Error> {
    actix_web::rt::System::new().block_on(async move {
        config.create_data_folder()?;
        let keys = KeyRing::load(&config.keys, &config.data)?;
        let surroundings = Surroundings::real(&config);
        let asked = config.server.listen;
        let listener = TcpListener::bind(asked).map_err(|error| Error::Listen { address: asked.to_string(), error })?;
        let address = listener.local_addr()?;
        let app = assemble(config, keys, surroundings).await?;
        let getting_in = if app.sandbox.is_some() {
            sandbox::greeting(&app, sandbox::seed(&app).await?)?
        } else {
            "首批管理员 / first administrators:  title-review admin create --role system|security|audit --login NAME\n".to_owned()
        };
        let (stop, stopped) = watch::channel(false);
        app.act_as_system(cycles::expect_all_closings).await?;
        oversight::start(&app).await?;
        let keys_watched = actix_web::rt::spawn(key_management::watch(app.clone(), stopped.clone()));
        let jobs = app.config.jobs.enabled.then(|| {
            let runner = job_runner(&app);
            actix_web::rt::spawn(async move { runner.run(stopped).await })
        });
        let server = http::server::bind(&app, listener)?;
        let metrics = listen_for_metrics(&app)?;
        // Before anybody is told that it runs, and might stop it.
        let signals = Signals::catch()?;
        print!("{}", greeting(&format!("{}://{address}", app.config.server.scheme()), &getting_in));
        actix_web::rt::spawn(stop_when_told(app.clone(), signals, server.handle()));
        server.await?;
        if let Some(metrics) = metrics {
            metrics.stop(false).await;
        }
        // Receivers may be gone already: then there is nobody left to stop.
        let _ = stop.send(true);
        let _ = keys_watched.await;
        if let Some(jobs) = jobs {
            let _ = jobs.await;
        }
        app.operation.spans.stop();
        Ok(())
    })
}

/// Serves `/metrics` where the configuration says so.
fn listen_for_metrics(app: &App) -> Result<Option<ServerHandle>, Error> {
    let bound = operation::bind_metrics(app).map_err(|error| Error::Metrics {
        address: app.config.metrics.listen.map(|address| address.to_string()).unwrap_or_default(),
        error,
    })?;
    let Some((server, address)) = bound else { return Ok(None) };
    tracing::info!(%address, "metrics are served");
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(Some(handle))
}

/// Told to stop: not ready from now on, after `server.drain_seconds` no more connections, and requests in flight are let finish. Told again: at once.
async fn stop_when_told(app: App, mut signals: Signals, server: ServerHandle) {
    signals.next().await;
    app.operation.readiness.stop();
    let seconds = app.config.server.drain_seconds;
    tracing::info!(drain_seconds = seconds, "told to stop");
    let gracefully = async {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        server.stop(true).await;
    };
    tokio::select! {
        () = gracefully => {}
        () = signals.next() => server.stop(false).await,
    }
}

/// SIGTERM and Ctrl-C, caught from the moment this is made.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn catch() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn catch() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What the start prints: where it is, where to read, how to get in.
fn greeting(address: &str, getting_in: &str) -> String {
    format!(
        "title-review {}\n服务地址 / address:        {address}\n接口文档 / documentation:  {address}/docs/\n{getting_in}",
        env!("CARGO_PKG_VERSION")
    )
}
