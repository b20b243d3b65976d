//! Everything that a server needs, looked at from outside: with the server running or not. Changes nothing but for a probe of the storage.
//!
//! What the program brings along (fonts among it: there are none, nothing is drawn yet) cannot be missing and is not looked at.

use std::path::Path;

use actix_web::rt::SystemRunner;
use serde::Serialize;

use crate::audit::heads::file as heads;
use crate::backup::{self, BackupKey};
use crate::config::Config;
use crate::db::copy::{self, Kind};
use crate::db::{self, Conn, meta};
use crate::key_management;
use crate::keys::KeyRing;
use crate::storage::Storage;
use crate::{audit, jobs};
use title_review_core::clock::{Clock as _, Instant, SystemClock};

/// Free space below which the next day may not fit, in MiB.
const LEAST_FREE: u64 = 1024;
/// Microseconds that a record may be ahead of the clock: two hosts never agree to the second.
const AHEAD: i64 = 2_000_000;

/// How it is with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// The server does not start, or does not do its work.
    Fail,
}

/// What was found about a part.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The part.
    pub part: &'static str,
    /// How it is.
    pub state: State,
    /// What was seen.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

fn fine(part: &'static str, found: impl Into<String>) -> Finding {
    Finding { part, state: State::Ok, found: found.into(), cure: None }
}

fn warn(part: &'static str, found: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding { part, state: State::Warn, found: found.into(), cure: Some(cure.into()) }
}

fn fail(part: &'static str, found: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding { part, state: State::Fail, found: found.into(), cure: Some(cure.into()) }
}

/// Whether anything fails.
#[must_use]
pub fn is_ill(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.state == State::Fail)
}

/// Looks at every part. A configuration that cannot be read never comes here: it is refused by name.
#[must_use]
pub fn examine(config: &Config, runtime: &SystemRunner) -> Vec<Finding> {
    let mut findings = vec![fine("config", "can be read; `title-review config` prints what is in effect"), data(config)];
    findings.extend(disk(&config.data));
    findings.push(storage(config, runtime));
    let keys = KeyRing::load_existing(&config.keys);
    findings.push(match &keys {
        Ok(keys) => fine("keys", format!("{} field keys, first {}", keys.field_ids().len(), keys.field_primary())),
        Err(error) => fail("keys", error.to_string(), "put the key file back; docs/keys.md. A first start makes one"),
    });
    match db::open_copy(&config.database) {
        Err(error) => findings.push(fail(
            "database",
            error.to_string(),
            "check database.url and that the database runs; a first start makes a file",
        )),
        Ok(mut conn) => {
            let looked = database(config, &mut conn, keys.ok().as_ref());
            findings
                .extend(looked.unwrap_or_else(|error| vec![fail("database", error.to_string(), "see the log of the database")]));
        }
    }
    findings.push(backups(config));
    findings
}

fn data(config: &Config) -> Finding {
    if let Err(error) = backup::refuse_unfinished(config) {
        return fail("data", error.to_string(), "run `title-review restore` again");
    }
    match std::fs::metadata(&config.data) {
        Ok(about) if about.is_dir() => others_read(&config.data, &about),
        Ok(_) => fail("data", format!("{} is not a folder", config.data.display()), "set data to a folder"),
        Err(error) => fail("data", format!("{}: {error}", config.data.display()), "a first start makes it"),
    }
}

#[cfg(unix)]
fn others_read(folder: &Path, about: &std::fs::Metadata) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = about.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= 6 {
        fine("data", format!("{} is its owner's alone", folder.display()))
    } else {
        warn("data", format!("{} has mode {mode:04o}: others look into it", folder.display()), "chmod 700")
    }
}

#[cfg(not(unix))]
fn others_read(folder: &Path, _: &std::fs::Metadata) -> Finding {
    fine("data", folder.display().to_string())
}

/// As `df` says it: the standard library knows no free space.
fn disk(folder: &Path) -> Option<Finding> {
    let output = std::process::Command::new("df").arg("-Pk").arg(folder).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let free: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    let free = free / 1024;
    Some(if free < LEAST_FREE / 8 {
        fail("disk", format!("{free} MiB are free"), "make room: writes will fail")
    } else if free < LEAST_FREE {
        warn("disk", format!("{free} MiB are free"), "make room, or move the data folder")
    } else {
        fine("disk", format!("{free} MiB are free"))
    })
}

fn storage(config: &Config, runtime: &SystemRunner) -> Finding {
    let place =
        if config.storage.url.is_empty() { config.storage.folder.display().to_string() } else { config.storage.url.clone() };
    if config.storage.url.is_empty() && !config.storage.folder.exists() {
        return fail("storage", format!("{place} is not there"), "a first start makes it");
    }
    let tried = runtime.block_on(async { Storage::named_by(&config.storage)?.try_out().await });
    match tried {
        Ok(()) => fine("storage", format!("{place} can be written")),
        Err(error) => fail(
            "storage",
            format!("{place}: {error}"),
            "check storage.url, storage.endpoint, the credentials, or the folder's owner",
        ),
    }
}

fn database(config: &Config, conn: &mut Conn, keys: Option<&KeyRing>) -> db::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let (kind, _) = copy::kind(&config.database)?;
    let version = db::version(conn)?;
    match copy::refuse_broken(conn) {
        Ok(()) if kind == Kind::Sqlite => findings.push(fine("database", format!("SQLite {version}, whole (integrity_check)"))),
        Ok(()) => findings.push(fine("database", format!("PostgreSQL {version}, reached"))),
        Err(error) => {
            findings.push(fail("database", error.to_string(), "stop the server, keep the file, restore the last backup"));
            return Ok(findings);
        }
    }
    match db::refuse_unmigrated(conn) {
        Ok(()) => findings.push(fine("migrations", "none pending")),
        Err(error) => {
            let empty = copy::tables(conn)?.is_empty();
            let cure = if empty {
                "the database is empty: a first start fills it"
            } else {
                "`title-review migrate`, or the newer program"
            };
            findings.push(fail("migrations", error.to_string(), cure));
            return Ok(findings);
        }
    }
    if let Some(keys) = keys {
        findings.push(match key_management::refuse_unfit(conn, keys) {
            Ok(()) => fine("keys", "open what the database holds"),
            Err(error) => fail("keys", error.to_string(), "put the key file of this database back; docs/keys.md"),
        });
    }
    findings.push(clock(conn)?);
    findings.push(parked(conn)?);
    findings.push(exported_heads(config, conn)?);
    Ok(findings)
}

/// Compares the host's clock with the latest act in the audit log, and with itself.
fn clock(conn: &mut Conn) -> db::Result<Finding> {
    let clock = SystemClock::new();
    let first = clock.now();
    let reached = audit::find_reached(conn)?;
    // A sandbox's acts are of the time that its clients set.
    let is_sandbox = meta::find_meta(conn, "sandbox")?.as_deref() == Some("true");
    let second = SystemClock::new().now();
    let cure = "set the host's clock (NTP): deadlines are judged by it";
    if second < first {
        return Ok(fail("clock", format!("went back from {first} to {second}"), cure));
    }
    Ok(match reached {
        _ if is_sandbox => fine("clock", format!("{second}; the sandbox has its own")),
        Some(reached) if reached.micros() > second.micros() + AHEAD => {
            fail("clock", format!("{second} is before the latest act on record, {reached}"), cure)
        }
        None | Some(_) if second.micros() < made_after().micros() => {
            fail("clock", format!("{second} is before this program was made"), cure)
        }
        _ => fine("clock", second.to_string()),
    })
}

/// No right clock shows less: the program is younger.
fn made_after() -> Instant {
    // 2026-01-01T00:00:00Z.
    Instant::from_micros(1_767_225_600_000_000)
}

fn parked(conn: &mut Conn) -> db::Result<Finding> {
    let parked = jobs::list_parked(conn)?;
    let Some(first) = parked.first() else { return Ok(fine("jobs", "none parked")) };
    let cure = "look for its kind in the log, and set right what it says";
    Ok(warn("jobs", format!("{} parked, the first of kind {}", parked.len(), first.kind), cure))
}

/// Every exported head has to be in the audit log.
fn exported_heads(config: &Config, conn: &mut Conn) -> db::Result<Finding> {
    let folder = &config.audit.heads_folder;
    let path = folder.join(heads::FILE);
    if !path.exists() {
        return Ok(warn(
            "heads",
            format!("{} is not there yet", path.display()),
            "a running server exports the first head within ten minutes",
        ));
    }
    let (seq, _) = audit::find_head(conn)?;
    let finding = match heads::read_heads(&path) {
        Err(reason) => fail("heads", format!("{}: {reason}", path.display()), "keep the file; `title-review audit verify`"),
        Ok(exported) => match exported.last() {
            Some((_, last)) if last.seq > seq => fail(
                "heads",
                format!("a head of row {} was exported, the record ends at row {seq}", last.seq),
                "keep everything as it is; docs/audit-chain.md. After a restore: another audit.heads_folder",
            ),
            _ => fine("heads", format!("{} exported to {}", exported.len(), folder.display())),
        },
    };
    let beside = finding.state == State::Ok && folder.starts_with(&config.data);
    Ok(if beside {
        warn("heads", format!("{} lies in the data folder", folder.display()), "set audit.heads_folder to another disk or host")
    } else {
        finding
    })
}

fn backups(config: &Config) -> Finding {
    let cure = "`title-review backup keygen`, then back up every night; docs/operating.md";
    match BackupKey::load(&config.backup) {
        Ok(_) if config.backup.key_file.starts_with(&config.data) => {
            warn("backup", "backup.key_file lies in the data folder", "keep it apart: whoever takes the disk takes the key")
        }
        Ok(key) => fine("backup", format!("key {}", key.id())),
        Err(error) => warn("backup", error.to_string(), cure),
    }
}
