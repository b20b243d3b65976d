//! Health, version; which versions ran here, for system administrators.

use super::Readiness;
use super::upgrades::{self, Upgrade};
use crate::authz::perm;
use crate::http::{Allowed, Answer, Outcome, Public, Resource, Routes, routes};
use crate::problem::{Code, Finding, Problem, Text};
use serde::Serialize;
use utoipa::ToSchema;

/// What runs here.
#[derive(Serialize, ToSchema)]
pub struct Version {
    /// Always `title-review`.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// The clock is simulated (`--sandbox`).
    pub sandbox: bool,
    /// Business time at this moment.
    pub now: title_review_core::clock::Instant,
}

impl Resource for Version {}

/// Health of the process or of what it depends on.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
}

impl Resource for Health {}

/// 系统版本与时间 / Version and time
///
/// In the sandbox the time is simulated; every response then has a `Simulated-Time` header as well.
#[utoipa::path(get, path = "/version", tag = "system")]
pub async fn get_version(call: Public) -> Outcome<Answer<Version>> {
    Ok(Version {
        name: "title-review".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sandbox: call.app.sandbox.is_some(),
        now: call.facts.now,
    }
    .into())
}

/// 进程存活 / The process is alive
#[utoipa::path(get, path = "/livez", tag = "system")]
pub async fn get_livez(_call: Public) -> Outcome<Answer<Health>> {
    Ok(Health { status: "ok".to_owned() }.into())
}

/// 可以服务 / Ready to serve
///
/// The database is reached, its schema is this program's, it can be written, and files can be stored. 503 `not_ready` names what does not work; so
/// does a server that is being stopped. The answer is good for two seconds.
#[utoipa::path(get, path = "/readyz", tag = "system", extensions(("x-problems" = json!(["not_ready"]))))]
pub async fn get_readyz(call: Public) -> Outcome<Answer<Health>> {
    let failing = call.app.state::<Readiness>().failing(&call.app).await;
    if failing.is_empty() {
        return Ok(Health { status: "ok".to_owned() }.into());
    }
    let mut problem = Problem::new(Code::NotReady).findings(failing.into_iter().map(|part| {
        let (zh, en) = part.failing();
        Finding::whole(part.as_str(), Text::new(zh, en))
    }));
    problem.retry_after = Some(5);
    Err(problem)
}

/// The versions of the program that this database has had.
#[derive(Debug, Serialize, ToSchema)]
pub struct Upgrades {
    /// The newest first, at most 100.
    pub items: Vec<Upgrade>,
}

impl Resource for Upgrades {}

/// 升级记录 / Versions that ran on this database
///
/// Each with the migrations it brought. `title-review doctor` shows the same on the host.
#[utoipa::path(get, path = "/v1/upgrades", tag = "system")]
pub async fn list_upgrades(call: Allowed<perm::OperationRead>) -> Outcome<Answer<Upgrades>> {
    let items = call.read(|cx| upgrades::list(cx.conn)).await?;
    Ok(Upgrades { items }.into())
}

/// Adds the operations that anybody may ask: what runs, and whether it does.
pub fn probes(list: &mut Routes) {
    list.require::<Readiness>();
    list.require::<super::Gauges>();
    list.require::<crate::credentials::Hasher>();
    list.require::<crate::telemetry::Metrics>();
    routes!(list; get_version, get_livez, get_readyz);
}

/// Adds the operations of this module that need a permission.
pub fn routes(list: &mut Routes) {
    routes!(list; list_upgrades);
}
