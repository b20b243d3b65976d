//! The sandbox's clock, kept in the database.

use crate::config::SandboxConfig;
use crate::db::{self, Conn, Db, meta};
use title_review_core::clock::{Instant, SettableClock};

/// Keys in the table of facts about the database.
const CLOCK: &str = "sandbox.clock";
const RUNNING: &str = "sandbox.clock.running";

/// The clock as it was left; at the first start, where the configuration says, or at the opening of the first cycle's window.
pub async fn restore_clock(database: &Db, config: &SandboxConfig, host_now: Instant) -> db::Result<SettableClock> {
    let (start, running) = (config.start, config.running);
    let (at, running) = database
        .write(move |conn| {
            let unreadable = |_| db::Error::Unreadable(format!("meta {CLOCK}"));
            let kept = meta::find_meta(conn, CLOCK)?.map(|text| text.parse::<Instant>().map_err(unreadable)).transpose()?;
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

/// Keeps what the clock was set to, for the next start.
pub(super) fn keep(conn: &mut Conn, now: Instant, running: bool) -> db::Result<()> {
    meta::set_meta(conn, CLOCK, &now.to_string())?;
    meta::set_meta(conn, RUNNING, if running { "yes" } else { "no" })
}
