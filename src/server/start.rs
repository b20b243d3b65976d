//! Running a server until it is told to stop.

use super::{Environment, Error, Running, assemble, bind, job_runner};
use crate::config::Config;
use crate::context::App;
use crate::cycle_publication::service as cycle_publication;
use crate::cycles::service as cycles;
use crate::key_management;
use crate::keys::KeyRing;
use crate::operation::{self, Readiness};
use crate::privacy::retention;
use crate::telemetry::Spans;
use crate::{imports, oversight, sandbox};
use actix_web::dev::ServerHandle;
use std::net::TcpListener;
use std::time::Duration;
use tokio::sync::watch;

/// Runs a server until SIGTERM or Ctrl-C; requests in flight are let finish.
pub fn run(config: Config) -> Result<(), Error> {
    actix_web::rt::System::new().block_on(async move {
        let _running = Running::server(&config)?;
        let keys = KeyRing::load(&config.keys, &config.data)?;
        let environment = Environment::real(&config);
        let asked = config.server.listen;
        let listener = TcpListener::bind(asked).map_err(|error| Error::Listen { address: asked.to_string(), error })?;
        let address = listener.local_addr()?;
        let app = assemble(config, keys, environment).await?;
        let getting_in = if app.sandbox.is_some() {
            sandbox::greeting(&app, sandbox::seed(&app).await?)?
        } else {
            "首批管理员 / first administrators:  title-review admin create --role system|security|audit --login NAME\n".to_owned()
        };
        let (stop, stopped) = watch::channel(false);
        app.act_as_system(cycles::expect_all_closings).await?;
        app.act_as_system(cycle_publication::catch_up).await.map_err(|error| Error::Data(error.to_string()))?;
        oversight::start(&app).await?;
        imports::start(&app).await?;
        retention::start(&app).await?;
        let keys_watched = actix_web::rt::spawn(key_management::watch(app.clone(), stopped.clone()));
        let jobs = app.config.jobs.enabled.then(|| {
            let runner = job_runner(&app);
            actix_web::rt::spawn(async move { runner.run(stopped).await })
        });
        let server = bind(&app, listener)?;
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
        app.state::<Spans>().stop();
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
    app.state::<Readiness>().stop();
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
