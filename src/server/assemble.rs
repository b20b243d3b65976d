//! Putting the parts of a server together: what the configuration names, the state of every slice, the cycles that come with the product.

use super::{all_routes, authenticator};
use crate::applications::http::ReadyApplications;
use crate::applications::{Bases, ExpiryWatch};
use crate::authz::PrincipalGeneration;
use crate::config::Config;
use crate::context::{App, Freshness, Parts, State};
use crate::credentials::{Cost, Hasher};
use crate::cycles::service::{self as cycles, Error as CycleError};
use crate::db::{self, Db, meta};
use crate::http::Routes;
use crate::key_management;
use crate::keys::{self, KeyRing, SystemIds};
use crate::operation::{Gauges, Readiness, upgrades};
use crate::papers::Printer;
use crate::storage::{self, Storage};
use crate::telemetry::{Metrics, Spans};
use crate::{accounts, attachments, audit, authn, machines, sandbox};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use title_review_core::clock::{Clock, Instant, SettableClock, SystemClock};
use title_review_core::cycles::Calendars;
use title_review_core::ids::IdSource;

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
    /// A slice asks for a state that is not put together here.
    #[error("no state is assembled for {}", .0.join(", "))]
    MissingState(Vec<&'static str>),
}

/// Bytes of answers that are kept rendered.
const READY_BYTES: u64 = 32 << 20;

/// Time and identity, injected.
pub struct Environment {
    /// Business time; `None`: the host's, or the sandbox's.
    pub clock: Option<Arc<SettableClock>>,
    /// Time of tokens and sessions.
    pub session_clock: Arc<dyn Clock>,
    /// Identity of new rows.
    pub ids: Arc<dyn IdSource>,
    /// Price of a password hash.
    pub password_cost: Cost,
    /// Installs the made-up cycles too. A sandbox always does; a real server must not publish them.
    pub made_up_cycles: bool,
}

impl Environment {
    /// Those of a real server.
    #[must_use]
    pub fn real(config: &Config) -> Self {
        let password_cost =
            Cost { at_once: config.limits.password_hashes, waiting: config.limits.password_queue, ..Cost::STANDARD };
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
pub async fn assemble(config: Config, keys: KeyRing, environment: Environment) -> Result<App, Error> {
    crate::backup::refuse_unfinished(&config).map_err(|error| Error::Data(error.to_string()))?;
    config.create_data_folder()?;
    std::fs::create_dir_all(&config.storage.folder)?;
    attachments::sweep(&config)?;
    let spans = Spans::start(&config.otel.endpoint).map_err(|reason| Error::Data(format!("otel.endpoint: {reason}")))?;
    let applied = db::migrate(&config.database)?;
    let database = Db::open(&config.database)?;
    let storage = Storage::open(&config).await?;
    let (is_sandbox, ring) = (config.sandbox.enabled, Arc::new(keys.with_clock(Arc::clone(&environment.session_clock))));
    let bound = Arc::clone(&ring);
    let session_clock = environment.session_clock;
    let started_at = session_clock.now();
    let empty = database.read(|conn| Ok::<_, db::Error>(audit::find_head(conn)?.0 == 0)).await?;
    if empty {
        refuse_left_behind(&config, &storage).await?;
    }
    let reached = database
        .write(move |conn| {
            meta::bind_sandbox(conn, is_sandbox)?;
            key_management::bind_to_database(conn, &bound)?;
            accounts::index_ends(conn, &bound)?;
            upgrades::note(conn, started_at, &applied)?;
            audit::find_reached(conn)
        })
        .await?;
    let sandbox_clock = match environment.clock {
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
    let gauges = Gauges::new(&database);
    let calendars = calendars(&config)?;
    let state = State::default()
        .with(authenticator())
        .with(Metrics::new(|registry| gauges.register(registry)))
        .with(gauges)
        .with(spans)
        .with(Readiness::default())
        .with(authn::Cache::default())
        .with(Hasher::new(environment.password_cost))
        .with(machines::Cache::default())
        .with(accounts::Directory::default())
        .with(cycles::Cache::default())
        .with(calendars)
        .with(Printer::built_in().map_err(|error| Error::Data(error.to_string()))?)
        .with(Bases::default())
        .with(ReadyApplications::within(READY_BYTES))
        .with(ExpiryWatch::default());
    refuse_missing(&state, &all_routes())?;
    let app = App::new(Parts {
        db: database,
        keys: ring,
        clock,
        session_clock,
        ids: environment.ids,
        config,
        storage,
        sandbox,
        audits: tokio::sync::Semaphore::new(1),
        principals: PrincipalGeneration::default(),
        freshness: Freshness::default(),
        chain_end: audit::ChainEnd::default(),
        state,
    });
    let made_up = is_sandbox || environment.made_up_cycles;
    app.act_as_system(move |cx| cycles::install_builtin(cx, made_up)).await.map_err(|error| Error::Data(error.to_string()))?;
    let files = cycle_files(&app.config)?;
    if !files.is_empty() {
        let warnings = app.act_as_system(move |cx| cycles::install_folder(cx, &files)).await.map_err(|error| match error {
            CycleError::Invalid(findings) => {
                let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
                Error::Data(format!("cycles.folder:\n{}", lines.join("\n")))
            }
            other => Error::Data(format!("cycles.folder: {other}")),
        })?;
        for warning in warnings {
            tracing::warn!("cycles.folder: {warning}");
        }
    }
    Ok(app)
}

/// Refuses an empty database beside files or signed heads of another one: the one that they belong to was lost.
async fn refuse_left_behind(config: &Config, storage: &Storage) -> Result<(), Error> {
    let heads = &config.audit.heads_folder;
    let left = if !storage.is_empty().await? {
        "uploaded files"
    } else if std::fs::read_dir(heads).is_ok_and(|mut files| files.next().is_some()) {
        "signed heads of an audit log"
    } else {
        return Ok(());
    };
    Err(Error::Data(format!(
        "the database is empty, but there are {left} of another: it is lost, or database.url names the wrong one. `title-review restore` brings a backup \
         back; to begin anew, take away the files (storage.folder, storage.url) and {} (audit.heads_folder)",
        heads.display()
    )))
}

/// Refuses where a route asks for a state that was not put together: no request is to find out.
fn refuse_missing(state: &State, routes: &Routes) -> Result<(), Error> {
    let missing = state.missing(routes.required_states().iter().copied());
    if missing.is_empty() { Ok(()) } else { Err(Error::MissingState(missing)) }
}

/// The host's clock, not before what the audit log says: a window that has closed stays closed where the host was set back over a restart.
fn host_clock(reached: Option<Instant>) -> SystemClock {
    let Some(reached) = reached else { return SystemClock::new() };
    let host = SystemClock::new().now();
    if host < reached {
        tracing::warn!(%host, %reached, "the host's clock is behind the audit log: business time stands still until it gets there (see `title-review clock`)");
    }
    SystemClock::not_before(reached)
}

/// The calendars of the program and those of `cycles.calendars`.
fn calendars(config: &Config) -> Result<Calendars, Error> {
    let folder = &config.cycles.calendars;
    if folder.as_os_str().is_empty() {
        return Ok(Calendars::builtin().clone());
    }
    Calendars::with_folder(folder).map_err(|findings| Error::Data(format!("cycles.calendars:\n{findings}")))
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

#[cfg(test)]
mod tests {
    use super::{Error, State, all_routes, refuse_missing};
    use crate::http::Routes;

    struct Unassembled;

    #[test]
    fn missing_required_state_stops_the_start() {
        let mut routes = Routes::default();
        routes.require::<Unassembled>();
        let refused = refuse_missing(&State::default(), &routes);
        assert!(matches!(refused, Err(Error::MissingState(names)) if names.iter().any(|name| name.ends_with("::Unassembled"))));
    }

    #[test]
    fn every_known_state_is_required_by_a_route() {
        let Err(Error::MissingState(names)) = refuse_missing(&State::default(), &all_routes()) else {
            panic!("nothing is required")
        };
        for name in [
            "authn::Cache",
            "Hasher",
            "machines::bearer::Cache",
            "cycles::service::Cache",
            "ExpiryWatch",
            "Readiness",
            "Metrics",
            "Spans",
        ] {
            assert!(names.iter().any(|found| found.ends_with(name)), "{name} in {names:?}");
        }
    }
}
