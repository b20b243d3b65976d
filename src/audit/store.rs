//! Appending to the record, and checking it.

use data_encoding::HEXLOWER;
use diesel::prelude::*;

use super::chain::{BEFORE_THE_FIRST, Chained, detail_hash};
use super::model::Entry;
use crate::clock::Instant;
use crate::db::schema::audit;
use crate::db::{self, Conn, meta};
use crate::ids::AccountId;
use crate::keys::{KeyRing, random_bytes};

/// Where the sealed end of the chain is kept: `seq hash mac`.
const HEAD: &str = "audit.head";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
pub(super) struct Row {
    pub seq: i64,
    pub at: Instant,
    pub actor_id: Option<String>,
    pub role: Option<String>,
    pub organisation_id: Option<String>,
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    pub clause: Option<String>,
    pub outcome: String,
    pub trace_id: String,
    pub detail: Option<String>,
    pub detail_salt: Option<String>,
    pub detail_hash: String,
    pub prev_hash: String,
    pub hash: String,
}

impl Row {
    fn computed_hash(&self) -> String {
        Chained {
            prev_hash: &self.prev_hash,
            seq: self.seq,
            at: self.at,
            actor: self.actor_id.as_deref(),
            role: self.role.as_deref(),
            organisation: self.organisation_id.as_deref(),
            action: &self.action,
            object_kind: &self.object_kind,
            object_id: &self.object_id,
            clause: self.clause.as_deref(),
            outcome: &self.outcome,
            trace_id: &self.trace_id,
            detail_hash: &self.detail_hash,
        }
        .hash()
    }
}

/// The last row of the chain.
struct Head {
    seq: i64,
    hash: String,
}

impl Head {
    /// The head on record and its seal; that of an empty chain where there is none.
    fn find(conn: &mut Conn) -> db::Result<(Self, String)> {
        let Some(text) = meta::find_meta(conn, HEAD)? else {
            return Ok((Self { seq: 0, hash: BEFORE_THE_FIRST.to_owned() }, String::new()));
        };
        let unreadable = || db::Error::Unreadable(format!("meta {HEAD}"));
        let mut parts = text.split(' ');
        let (seq, hash, mac) = (parts.next(), parts.next(), parts.next());
        let seq = seq.and_then(|seq| seq.parse().ok()).ok_or_else(unreadable)?;
        Ok((Self { seq, hash: hash.ok_or_else(unreadable)?.to_owned() }, mac.unwrap_or_default().to_owned()))
    }

    fn seal(&self, keys: &KeyRing) -> String {
        HEXLOWER.encode(&keys.mac("audit head", format!("{} {}", self.seq, self.hash).as_bytes()))
    }
}

/// Puts an act on record, in the transaction of the act. Answers its number in the chain, counted from 1 without gaps.
pub fn append(conn: &mut Conn, keys: &KeyRing, entry: Entry) -> db::Result<i64> {
    let (head, _) = Head::find(conn)?;
    let detail = entry.detail.to_string();
    let salt = HEXLOWER.encode(&random_bytes::<16>());
    let mut row = Row {
        seq: head.seq + 1,
        at: entry.at,
        actor_id: entry.actor.map(|id| id.to_string()),
        role: entry.role.map(|role| role.to_string()),
        organisation_id: entry.organisation.map(|id| id.to_string()),
        action: entry.action,
        object_kind: entry.object_kind,
        object_id: entry.object_id,
        clause: entry.clause,
        outcome: entry.outcome.to_string(),
        trace_id: entry.trace_id,
        detail_hash: detail_hash(&salt, &detail),
        detail: Some(detail),
        detail_salt: Some(salt),
        prev_hash: head.hash,
        hash: String::new(),
    };
    row.hash = row.computed_hash();
    diesel::insert_into(audit::table).values(&row).execute(conn)?;
    let head = Head { seq: row.seq, hash: row.hash };
    meta::set_meta(conn, HEAD, &format!("{} {} {}", head.seq, head.hash, head.seal(keys)))?;
    Ok(head.seq)
}

/// Erases the detail of a row and its salt. The chain stays whole: it covers the salted hash.
pub fn erase_detail(conn: &mut Conn, seq: i64) -> db::Result<()> {
    let erased = (audit::detail.eq(None::<String>), audit::detail_salt.eq(None::<String>));
    match diesel::update(audit::table.find(seq)).set(erased).execute(conn)? {
        0 => Err(db::Error::NotFound),
        _ => Ok(()),
    }
}

/// A record that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many rows it has.
    pub rows: i64,
    /// The hash of the last one: written down elsewhere, it proves later that nothing before it was changed.
    pub head: String,
}

/// Where a record was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The first row that is not as it was written.
    #[error("audit row {seq}: {reason}")]
    Row {
        /// Its number.
        seq: i64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The rows hold together, but do not end where the sealed head says.
    #[error("the audit log ends at row {found}, but its head names row {expected}")]
    End {
        /// The last row there is.
        found: i64,
        /// The last row there was.
        expected: i64,
    },
    /// The head itself was changed, or sealed with another key.
    #[error("the seal of the audit log's head is not of this key ring")]
    Seal,
    /// The record could not be read to its end.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Which rows of the record.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By this account.
    pub actor: Option<AccountId>,
    /// On things of this kind.
    pub object_kind: Option<String>,
    /// On this thing.
    pub object_id: Option<String>,
    /// This act.
    pub action: Option<String>,
    /// Not before this instant.
    pub from: Option<Instant>,
    /// Before this instant.
    pub to: Option<Instant>,
}

/// A page of the record, newest first.
pub(super) fn list_rows(conn: &mut Conn, filter: &AuditFilter, before: Option<i64>, limit: i64) -> db::Result<Vec<Row>> {
    let mut query = audit::table.select(Row::as_select()).order(audit::seq.desc()).limit(limit).into_boxed();
    if let Some(actor) = filter.actor {
        query = query.filter(audit::actor_id.eq(actor.to_string()));
    }
    if let Some(kind) = &filter.object_kind {
        query = query.filter(audit::object_kind.eq(kind));
    }
    if let Some(id) = &filter.object_id {
        query = query.filter(audit::object_id.eq(id));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit::at.lt(to));
    }
    if let Some(before) = before {
        query = query.filter(audit::seq.lt(before));
    }
    Ok(query.load(conn)?)
}

const BATCH: i64 = 1000;

/// Walks the whole record in batches, so that memory stays flat, and stops at the first bad row.
pub fn verify(conn: &mut Conn, keys: &KeyRing) -> Result<Verified, Fault> {
    let mut last = Head { seq: 0, hash: BEFORE_THE_FIRST.to_owned() };
    loop {
        let rows = batch_after(conn, last.seq)?;
        let full = rows.len() as u64 == BATCH.unsigned_abs();
        for row in rows {
            check(&row, &last).map_err(|reason| Fault::Row { seq: last.seq + 1, reason })?;
            last = Head { seq: row.seq, hash: row.hash };
        }
        if !full {
            break;
        }
    }
    let (head, seal) = Head::find(conn)?;
    if head.seq != last.seq {
        return Err(Fault::End { found: last.seq, expected: head.seq });
    }
    if head.hash != last.hash || (head.seq > 0 && head.seal(keys) != seal) {
        return Err(Fault::Seal);
    }
    Ok(Verified { rows: last.seq, head: last.hash })
}

fn batch_after(conn: &mut Conn, seq: i64) -> Result<Vec<Row>, Fault> {
    let rows = audit::table.filter(audit::seq.gt(seq)).order(audit::seq).limit(BATCH).select(Row::as_select()).load(conn);
    match rows.map_err(db::Error::from) {
        // One of them: the next batches of one name it.
        Err(db::Error::Unreadable(_)) => {
            let next = audit::table.filter(audit::seq.gt(seq)).order(audit::seq).limit(1).select(Row::as_select()).load(conn);
            next.map_err(|_| Fault::Row { seq: seq + 1, reason: "is unreadable" })
        }
        other => Ok(other?),
    }
}

fn check(row: &Row, before: &Head) -> Result<(), &'static str> {
    if row.seq != before.seq + 1 {
        return Err("is missing");
    }
    if row.prev_hash != before.hash {
        return Err("does not follow the row before it");
    }
    if row.computed_hash() != row.hash {
        return Err("was changed");
    }
    match (&row.detail, &row.detail_salt) {
        (None, None) => Ok(()),
        (Some(detail), Some(salt)) if detail_hash(salt, detail) == row.detail_hash => Ok(()),
        _ => Err("has another detail"),
    }
}
