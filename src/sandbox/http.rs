//! The sandbox's clock over HTTP. Without `--sandbox` these operations are absent.

use super::clock;
use crate::context::App;
use crate::http::{Answer, Body, Outcome, Public, Resource, Routes, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use title_review_core::clock::{Instant, SettableClock};
use utoipa::ToSchema;
use validator::Validate;

/// The simulated time.
#[derive(Debug, Serialize, ToSchema)]
pub struct SandboxClock {
    /// Business time now.
    pub now: Instant,
    /// It runs on from there; otherwise it stands still.
    pub running: bool,
}

impl Resource for SandboxClock {}

/// A new time.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SandboxClockUpdate {
    /// Business time from now on.
    pub now: Instant,
    /// Whether it runs on; false when omitted.
    #[serde(default)]
    pub running: bool,
}

fn clock_of(app: &App) -> Result<Arc<SettableClock>, Problem> {
    app.sandbox.clone().ok_or_else(|| Code::SandboxOnly.into())
}

/// 模拟时间 / Get the simulated time
#[utoipa::path(get, path = "/v1/sandbox/clock", tag = "sandbox", extensions(("x-problems" = json!(["sandbox_only"]))))]
pub async fn get_sandbox_clock(call: Public) -> Outcome<Answer<SandboxClock>> {
    let clock = clock_of(&call.app)?;
    Ok(SandboxClock { now: call.app.clock.now(), running: clock.is_running() }.into())
}

/// 设置模拟时间 / Set the simulated time
///
/// Everything that falls due before it is settled at the next request, as of its own instant. Tokens live on: sessions have a clock of
/// their own.
#[utoipa::path(put, path = "/v1/sandbox/clock", tag = "sandbox", extensions(("x-problems" = json!(["sandbox_only"]))))]
pub async fn update_sandbox_clock(call: Public, body: Body<SandboxClockUpdate>) -> Outcome<Answer<SandboxClock>> {
    let settable = clock_of(&call.app)?;
    let SandboxClockUpdate { now, running } = body.value;
    call.write(move |cx| clock::keep(cx.conn, now, running)).await?;
    settable.set_running(running);
    settable.set(now);
    Ok(SandboxClock { now: call.app.clock.now(), running }.into())
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<crate::credentials::Hasher>();
    routes!(list; get_sandbox_clock, update_sandbox_clock);
}
