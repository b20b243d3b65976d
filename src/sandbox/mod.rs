//! The sandbox: demo data and a clock that the client may set, for developers of client applications and for tests.
//!
//! It belongs to the database: a database made for the sandbox is never served without it, one made without is never served with it.

pub mod demo;
pub mod http;
mod profiles;
mod seed;

pub use profiles::Story;
pub use seed::seed;

use crate::app::App;
use crate::config::SandboxConfig;
use crate::db::{self, Db, meta};
use crate::start::Error;
use std::fmt::Write as _;
use title_review_core::clock::{Instant, SettableClock};
use title_review_core::vocabulary::Role;

/// Keys in the table of facts about the database.
const CLOCK: &str = "sandbox.clock";
const RUNNING: &str = "sandbox.clock.running";

/// The clock as it was left; at the first start, where the configuration says, or at the opening of the first cycle's window.
pub async fn restore_clock(database: &Db, config: &SandboxConfig, host_now: Instant) -> Result<SettableClock, Error> {
    let (start, running) = (config.start, config.running);
    let (at, running) = database
        .write(move |conn| {
            let kept = meta::find_meta(conn, CLOCK)?.and_then(|text| text.parse::<Instant>().ok());
            let running = meta::find_meta(conn, RUNNING)?.map_or(running, |text| text == "yes");
            Ok::<_, db::Error>((kept.or(start).or_else(first_opening).unwrap_or(host_now), running))
        })
        .await?;
    Ok(if running { SettableClock::running(at) } else { SettableClock::frozen(at) })
}

/// Nine o'clock on the day on which the first built-in cycle opens.
fn first_opening() -> Option<Instant> {
    let (name, text) = title_review_core::cycles::builtin().first()?;
    let definition = title_review_core::cycles::loader::load(text, name).ok()?;
    let opens = definition.windows.application.opens?;
    Some(Instant::from_utc(opens.to_utc()).plus_seconds(9 * 3600))
}

/// What the start prints: the simulated time, and how to get in if the demo is there.
pub fn greeting(app: &App, seeded: bool) -> Result<String, Error> {
    let mut text = format!("沙箱模式，模拟时间 / sandbox, simulated time:  {}\n", app.clock.now());
    if !seeded {
        text.push_str("数据库中已有账号，未写入演示数据 / the database had accounts already: no demo data\n");
        return Ok(text);
    }
    let mut row = |login: &str, what: &str, at: &str| {
        let gap = " ".repeat(28_usize.saturating_sub(login.len()));
        let _ = writeln!(text, "  {login}{gap}{what}  {at}");
    };
    row("演示账号 / demo logins", "", "");
    for (login, role) in demo::ADMINISTRATORS {
        row(login, role.zh(), "");
    }
    for (definition, demo) in seed::demos()? {
        row(&format!("-- {}", definition.id), "", "");
        for seat in &demo.seats {
            for (login, role) in &seat.staff {
                row(login, role.zh(), &seat.name);
            }
        }
        for applicant in &demo.applicants {
            row(&applicant.login, Role::Applicant.zh(), applicant.story.zh());
        }
    }
    let _ = writeln!(text, "密码均为 / password of all:  {}", demo::PASSWORD);
    Ok(text)
}

#[cfg(test)]
mod tests;
