//! Rotating, listing and retiring keys: what the commands do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use data_encoding::BASE64;

use super::{bind, places};
use crate::db::{self, Conn};
use crate::keys::{Error, KeyFile, KeyRing, NamedKey, PublicHalf};
use title_review_core::clock::Instant;
use title_review_core::vocabulary::wire_enum;

wire_enum! {
    /// What a key is for.
    Kind {
        Field = "field", "字段加密", "sealing fields";
        Signing = "signing", "签发令牌", "signing tokens";
    }
}

/// No access token lives longer (`auth.access_minutes` is at most 60), with room for clocks that differ and servers that look every two seconds.
const LONGEST_TOKEN: TimeDelta = TimeDelta::minutes(62);
/// A server has read the changed key file by then.
const SETTLED: TimeDelta = TimeDelta::minutes(1);

/// Why a command on keys is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The key file.
    #[error(transparent)]
    Keys(#[from] Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// Keys of the environment are changed there.
    #[error("the keys come from `keys.inline`: change them where they are kept (docs/keys.md)")]
    Inline,
    /// No key has this id.
    #[error("no key has the id `{0}`")]
    Unknown(String),
    /// It seals or signs.
    #[error("`{0}` is in use: rotate first")]
    InUse(String),
    /// The key that follows it has not begun, or servers may not have read it.
    #[error("`{id}` may be in use until {until}")]
    TooEarly {
        /// The key.
        id: String,
        /// From when on it may be retired.
        until: Instant,
    },
    /// Values are sealed with it.
    #[error("{rows} values are still sealed with `{id}` ({places})")]
    Needed {
        /// The key.
        id: String,
        /// How many.
        rows: i64,
        /// Where.
        places: String,
    },
}

/// A key as `keys list` shows it. Never its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub kind: Kind,
    /// `seals`, `opens`, `signs`, `checks`, `waits`, `missing` or `retired`.
    pub state: &'static str,
    /// From when on it seals or signs.
    pub from: Option<Instant>,
    /// Values sealed with it, by `table.column`.
    pub rows: BTreeMap<String, i64>,
}

/// Adds a key that takes over after `wait`: until then it opens or checks, and is published. Answers its id.
pub fn rotate(path: &Path, kind: Kind, now: Instant, wait: TimeDelta) -> Result<String, Refused> {
    let from = Some(now.plus(wait));
    let mut made = String::new();
    KeyFile::change(path, |file| {
        let (list, key) = match kind {
            Kind::Field => (&mut file.field, NamedKey::field(from)),
            Kind::Signing => (&mut file.signing, NamedKey::signing(from)?),
        };
        made.clone_from(&key.id);
        list.insert(0, key);
        Ok::<_, Refused>(())
    })?;
    Ok(made)
}

/// The position in its list of the key that is in use.
fn in_use(keys: &[NamedKey], now: Instant) -> usize {
    keys.iter().position(|key| key.from.is_none_or(|from| from <= now)).unwrap_or(keys.len().saturating_sub(1))
}

/// Every key of the file, with the values of the database that need it, and keys that are missing from the file.
pub fn list(path: &Path, conn: &mut Conn, now: Instant) -> Result<Vec<KeyLine>, Refused> {
    let (file, _) = KeyFile::read(path)?;
    list_of(&file, conn, now)
}

fn list_of(file: &KeyFile, conn: &mut Conn, now: Instant) -> Result<Vec<KeyLine>, Refused> {
    let mut lines = Vec::new();
    for (kind, keys, active, passive) in
        [(Kind::Field, &file.field, "seals", "opens"), (Kind::Signing, &file.signing, "signs", "checks")]
    {
        let current = in_use(keys, now);
        for (position, key) in keys.iter().enumerate() {
            let state = match position.cmp(&current) {
                std::cmp::Ordering::Less => "waits",
                std::cmp::Ordering::Equal => active,
                std::cmp::Ordering::Greater => passive,
            };
            let rows = if kind == Kind::Field { rows_of(conn, &key.id)? } else { BTreeMap::new() };
            lines.push(KeyLine { id: key.id.clone(), kind, state, from: key.from, rows });
        }
    }
    let mut known: BTreeSet<String> = file.field.iter().map(|key| key.id.clone()).collect();
    loop {
        let ids: Vec<&str> = known.iter().map(String::as_str).collect();
        let Some((id, _)) = places::find_other(conn, &ids)? else { break };
        let rows = rows_of(conn, &id)?;
        if !known.insert(id.clone()) || rows.is_empty() {
            break;
        }
        lines.push(KeyLine { id, kind: Kind::Field, state: "missing", from: None, rows });
    }
    for half in &file.retired {
        let id = half.id.clone();
        lines.push(KeyLine { id, kind: Kind::Signing, state: "retired", from: None, rows: BTreeMap::new() });
    }
    Ok(lines)
}

fn rows_of(conn: &mut Conn, id: &str) -> Result<BTreeMap<String, i64>, Refused> {
    let mut rows = places::count_by_place(conn, id)?;
    if bind::check_is_sealed_with(conn, id)? {
        rows.insert("meta.keys.check".to_owned(), 1);
    }
    Ok(rows)
}

/// Takes a key out of the file. Refused while values are sealed with it, or tokens that it signed may be alive; `compromised` gives up those
/// tokens. Of a signing key the public half stays, for signatures that last longer.
pub fn retire(path: &Path, conn: &mut Conn, id: &str, now: Instant, compromised: bool) -> Result<(), Refused> {
    let changed = std::fs::metadata(path).and_then(|about| about.modified()).ok();
    // A successor that does not say since when it is in use came into the file at the latest with its last change.
    let changed = changed.map_or(now, |at| Instant::from_utc(at.into()));
    KeyFile::change(path, |file| {
        let find = |keys: &[NamedKey]| keys.iter().position(|key| key.id == id);
        let (kind, position) = match (find(&file.field), find(&file.signing)) {
            (Some(position), _) => (Kind::Field, position),
            (None, Some(position)) => (Kind::Signing, position),
            (None, None) => return Err(Refused::Unknown(id.to_owned())),
        };
        let keys = if kind == Kind::Field { &mut file.field } else { &mut file.signing };
        let current = in_use(keys, now);
        if position == current {
            return Err(Refused::InUse(id.to_owned()));
        }
        // The key that followed it: since then it has not been used. One that waits has not been used at all.
        if position > current && !(kind == Kind::Signing && compromised) {
            let since = keys[position - 1].from.unwrap_or(changed);
            let until = since.plus(if kind == Kind::Field { SETTLED } else { LONGEST_TOKEN });
            if now < until {
                return Err(Refused::TooEarly { id: id.to_owned(), until });
            }
        }
        if kind == Kind::Field {
            let rows = rows_of(conn, id)?;
            if !rows.is_empty() {
                let places = rows.iter().map(|(place, count)| format!("{place} {count}")).collect::<Vec<_>>().join(", ");
                return Err(Refused::Needed { id: id.to_owned(), rows: rows.values().sum(), places });
            }
        }
        let key = keys.remove(position);
        if kind == Kind::Signing {
            let ring = KeyRing::from_file(&KeyFile { signing: vec![key], ..file.clone() })?;
            let public = BASE64.encode(&ring.signing().public);
            file.retired.push(PublicHalf { id: id.to_owned(), public });
        }
        Ok(())
    })
}

/// The key file of these keys; none where they come from the environment.
pub fn path_of(keys: &crate::config::KeysConfig) -> Result<PathBuf, Refused> {
    if keys.inline.is_empty() { Ok(keys.file.clone()) } else { Err(Refused::Inline) }
}
