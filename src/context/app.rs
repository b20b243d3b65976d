//! The parts of a running server, and how a use case is run on them.

use super::{Cx, Freshness, RequestContext, State};
use crate::audit::ChainEnd;
use crate::authz::{Principal, PrincipalGeneration};
use crate::config::Config;
use crate::db::{self, Db};
use crate::keys::KeyRing;
use crate::storage::Storage;
use std::any::{Any, type_name};
use std::sync::Arc;
use title_review_core::clock::{Clock, SettableClock};
use title_review_core::ids::IdSource;

/// The parts of a running server; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// See [`App`].
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Field encryption, token signing, cursors.
    pub keys: Arc<KeyRing>,
    /// Business time: windows, deadlines, seniority (docs/decisions/0003).
    pub clock: Arc<dyn Clock>,
    /// Time of tokens and sessions: always runs.
    pub session_clock: Arc<dyn Clock>,
    /// Identity of new rows.
    pub ids: Arc<dyn IdSource>,
    /// Configuration, checked at start.
    pub config: Config,
    /// Attachments, content-addressed.
    pub storage: Storage,
    /// The clock that a client may set; only with `--sandbox`.
    pub sandbox: Option<Arc<SettableClock>>,
    /// One check of the audit log at a time: each takes a reader for as long as it runs.
    pub audits: tokio::sync::Semaphore,
    /// Counts changes of roles, accounts and sessions: a principal that was loaded before one is not used after it.
    pub principals: PrincipalGeneration,
    /// Whether what slices keep of the database still holds.
    pub freshness: Freshness,
    /// The end of the audit log, as this server last wrote it.
    pub chain_end: ChainEnd,
    /// What slices keep in memory; see [`App::state`].
    pub state: State,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What a slice keeps in memory under this type.
    ///
    /// The slice names the type in its routes (`Routes::require`), and `server::assemble` puts it there: it refuses to start where a required
    /// state is missing, so no request meets that.
    ///
    /// # Panics
    /// Where the composition root has put no such state, which only a type that no route requires can bring about.
    #[must_use]
    pub fn state<T: Any>(&self) -> &T {
        self.state.get().unwrap_or_else(|| panic!("no state {}: the composition root puts it there", type_name::<T>()))
    }

    /// Runs a reading use case in one read transaction.
    pub async fn read<T, E>(
        &self,
        request: RequestContext,
        f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let app = self.clone();
        self.db.read(move |conn| f(&mut Cx::reading(conn, &app, &request))).await
    }

    /// Runs an act on the writer: all of it or nothing, committed before this returns. What the act asked for by [`Cx::after_commit`] runs then, whether or
    /// not somebody still waits for the answer, and never where the act was refused or could not be committed.
    pub async fn write<T, E>(
        &self,
        request: RequestContext,
        f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let (app, then) = (self.clone(), self.clone());
        self.db
            .write_then(
                move |conn| {
                    let mut cx = Cx::writing(conn, &app, &request);
                    drop(db::take_written());
                    let value = f(&mut cx)?;
                    Ok((value, cx.into_written()?))
                },
                move |(value, written): (T, _)| {
                    written.committed(&then);
                    value
                },
            )
            .await
    }

    /// Runs an act of the system itself: a job, a start, a command.
    pub async fn act_as_system<T, E>(&self, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        self.write(self.system_context(), f).await
    }

    /// The context of what the system does by itself, now.
    #[must_use]
    pub fn system_context(&self) -> RequestContext {
        let session_now = self.session_clock.now();
        RequestContext {
            principal: Arc::new(Principal::anonymous()),
            now: self.clock.now(),
            session_now,
            address: None,
            trace_id: self.ids.uuid(session_now).simple().to_string().into(),
        }
    }
}
