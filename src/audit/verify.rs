//! Verifying the audit log, against itself and against the signed heads.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};

use data_encoding::HEXLOWER;

use super::chain::{BEFORE_THE_FIRST, Chained, detail_hash};
use super::heads::{self, SignedHead};
use super::store::Head;
use super::walk::{self, Raw};
use crate::db::{self, Conn};
use crate::keys::{AuditPublicKeys, KeyRing};

/// A record that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many rows it has.
    pub rows: i64,
    /// The hash of the last one: written down elsewhere, it proves later that nothing before it was changed.
    pub head: String,
    /// How many signed heads agree with it.
    pub heads: usize,
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
    /// The rows hold together, but are not those of which a head was signed: the end of the log was rewritten.
    #[error("audit row {from} (or one of those up to {signed}): not the rows whose head was signed, {place}")]
    Rewritten {
        /// First row that the heads before it do not vouch for.
        from: i64,
        /// The row that has another hash than the head.
        signed: i64,
        /// Where the head stands.
        place: String,
    },
    /// A signed head is not as it was signed, or one between two is missing.
    #[error("the signed head of row {seq}, {place}: {reason}")]
    Head {
        /// Row of the head.
        seq: i64,
        /// Where the head stands.
        place: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The rows hold together, but do not end where the sealed head or a signed one says.
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
    /// The log could not be read to its end.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The exported heads could not be read.
    #[error("{place}: {reason}")]
    Exported {
        /// Which file.
        place: String,
        /// Why not.
        reason: String,
    },
}

impl Fault {
    /// The first row that is not, or may not be, as it was written.
    #[must_use]
    pub fn row(&self) -> Option<i64> {
        match self {
            Self::Row { seq, .. } => Some(*seq),
            Self::Rewritten { from, .. } => Some(*from),
            Self::End { found, .. } => Some(found + 1),
            Self::Head { .. } | Self::Seal | Self::Database(_) | Self::Exported { .. } => None,
        }
    }
}

/// What a record is checked against besides itself.
#[derive(Default)]
pub struct Witnesses<'a> {
    /// Checks the seal. None: whoever checks a copy has only the public key.
    pub keys: Option<&'a KeyRing>,
    /// Check the signatures of heads; the ring's own is among them anyway.
    pub public: AuditPublicKeys,
    /// Exported heads, by the name of their place: with the number of their line.
    pub exported: Vec<(String, Vec<(usize, SignedHead)>)>,
}

/// Checks the whole log against itself, its seal and the heads in the database.
pub fn verify(conn: &mut Conn, keys: &KeyRing) -> Result<Verified, Fault> {
    verify_against(conn, &Witnesses { keys: Some(keys), ..Witnesses::default() })
}

/// Checks the whole log, in the transaction that the connection is in, and stops at the first bad row. Memory stays flat but for the heads.
pub fn verify_against(conn: &mut Conn, witnesses: &Witnesses<'_>) -> Result<Verified, Fault> {
    let signed = signed_heads(conn, witnesses)?;
    let heads = signed.len();
    let last = walk_on(conn, Tail { seq: 0, hash: BEFORE_THE_FIRST.to_owned() }, &signed)?;
    if let Some(cut_off) = signed.keys().next_back().filter(|seq| **seq > last.seq) {
        return Err(Fault::End { found: last.seq, expected: *cut_off });
    }
    check_end(conn, &last, witnesses.keys)?;
    Ok(Verified { rows: last.seq, head: last.hash, heads })
}

/// The end of the log, after the rows behind a signed head were checked: what the next head is signed for.
pub(super) fn verify_after(conn: &mut Conn, head: Option<&SignedHead>, keys: &KeyRing) -> Result<(i64, String), Fault> {
    let from = head
        .map_or_else(|| Tail { seq: 0, hash: BEFORE_THE_FIRST.to_owned() }, |head| Tail { seq: head.seq, hash: head.hash.clone() });
    let last = walk_on(conn, from, &BTreeMap::new())?;
    check_end(conn, &last, Some(keys))?;
    Ok((last.seq, last.hash))
}

fn check_end(conn: &mut Conn, last: &Tail, keys: Option<&KeyRing>) -> Result<(), Fault> {
    let (head, seal) = Head::find(conn)?;
    if head.seq != last.seq {
        return Err(Fault::End { found: last.seq, expected: head.seq });
    }
    let sealed = keys.is_none_or(|keys| head.seq == 0 || head.seal(keys) == seal);
    if head.hash == last.hash && sealed { Ok(()) } else { Err(Fault::Seal) }
}

/// Hash and place of the heads by their row, each with a good signature, none left out between two.
fn signed_heads(conn: &mut Conn, witnesses: &Witnesses<'_>) -> Result<BTreeMap<i64, Vec<(String, String)>>, Fault> {
    let mut keys = witnesses.public.clone();
    if let Some(ring) = witnesses.keys
        && let Ok(key) = ring.audit_key()
    {
        // A key that we made ourselves is base64url.
        let _ = keys.add(&key.public());
    }
    let mut found: BTreeMap<i64, Vec<(String, String)>> = BTreeMap::new();
    let mut known: BTreeMap<i64, String> = BTreeMap::new();
    let mut check = |head: &SignedHead, before: Option<i64>, place: String| {
        let wrong = |reason| Err(Fault::Head { seq: head.seq, place: place.clone(), reason });
        if before.is_some_and(|before| before >= head.seq) {
            return wrong("does not come after the head before it");
        }
        if before.is_some_and(|before| before != head.after) {
            return wrong("the head before it is missing");
        }
        // The same head in the table and in a file is checked once.
        let whole = format!("{}\n{}", head.signed_text(), head.signature);
        if known.get(&head.seq) != Some(&whole) {
            match keys.check(&head.kid, &head.signed_text(), &head.signature) {
                Some(true) => {}
                Some(false) => return wrong("its signature is not of its key"),
                None => return wrong("the public key that it names is not known"),
            }
            known.insert(head.seq, whole);
        }
        found.entry(head.seq).or_default().push((head.hash.clone(), place));
        Ok(())
    };
    for (name, heads) in &witnesses.exported {
        let mut before = None;
        for (line, head) in heads {
            check(head, before, format!("line {line} of {name}"))?;
            before = Some(head.seq);
        }
    }
    let mut before = 0;
    loop {
        let heads = heads::list_after(conn, before, BATCH)?;
        let full = heads.len() as u64 == BATCH.unsigned_abs();
        for head in heads {
            check(&head, Some(before), "in the database".to_owned())?;
            before = head.seq;
        }
        if !full {
            return Ok(found);
        }
    }
}

/// The last row that was checked.
struct Tail {
    seq: i64,
    hash: String,
}

const BATCH: i64 = 4000;

/// Reads on this thread and hashes on another, so that neither waits for the other.
fn walk_on(conn: &mut Conn, from: Tail, signed: &BTreeMap<i64, Vec<(String, String)>>) -> Result<Tail, Fault> {
    let (sender, receiver) = sync_channel::<walk::Batch>(4);
    // From before the first row on: one that was slipped in under a number below 1 shows.
    let mut read_to = if from.seq == 0 { i64::MIN } else { from.seq };
    std::thread::scope(|scope| {
        let hashing = scope.spawn(move || hash_all(&receiver, from, signed));
        let read = loop {
            match walk::list_after(conn, read_to, BATCH) {
                Ok(batch) => {
                    let done = batch.unreadable || (batch.rows.len() as u64) < BATCH.unsigned_abs();
                    read_to = batch.rows.last().map_or(read_to, |row| row.seq);
                    // Nobody takes it: a fault was found.
                    if sender.send(batch).is_err() || done {
                        break Ok(());
                    }
                }
                Err(error) => break Err(Fault::Database(error)),
            }
        };
        drop(sender);
        let checked = hashing.join().unwrap_or_else(|_| Err(db::Error::Panicked("the check of the audit log".to_owned()).into()));
        // A bad row that was found counts more than what came after it.
        match (checked, read) {
            (Ok(_), Err(error)) => Err(error),
            (checked, _) => checked,
        }
    })
}

fn hash_all(batches: &Receiver<walk::Batch>, from: Tail, signed: &BTreeMap<i64, Vec<(String, String)>>) -> Result<Tail, Fault> {
    let (mut last, mut buffer) = (from, Vec::with_capacity(4096));
    let mut vouched = last.seq;
    let mut due = signed.range(last.seq + 1..).peekable();
    for batch in batches {
        for row in batch.rows {
            check(&row, &last, &mut buffer).map_err(|reason| Fault::Row { seq: last.seq + 1, reason })?;
            last = Tail { seq: row.seq, hash: row.hash };
            if let Some((_, heads)) = due.next_if(|(seq, _)| **seq == last.seq) {
                if let Some((_, place)) = heads.iter().find(|(hash, _)| *hash != last.hash) {
                    return Err(Fault::Rewritten { from: vouched + 1, signed: last.seq, place: place.clone() });
                }
                vouched = last.seq;
            }
        }
        if batch.unreadable {
            return Err(Fault::Row { seq: last.seq + 1, reason: "is unreadable" });
        }
    }
    Ok(last)
}

fn check(row: &Raw, before: &Tail, buffer: &mut Vec<u8>) -> Result<(), &'static str> {
    if row.seq != before.seq + 1 {
        return Err("is missing");
    }
    if row.prev_hash != before.hash {
        return Err("does not follow the row before it");
    }
    let chained = Chained {
        prev_hash: &row.prev_hash,
        seq: row.seq,
        at: row.at,
        actor: row.actor.as_deref(),
        role: row.role.as_deref(),
        organisation: row.organisation.as_deref(),
        action: &row.action,
        object_kind: &row.object_kind,
        object_id: &row.object_id,
        clause: row.clause.as_deref(),
        outcome: &row.outcome,
        trace_id: &row.trace_id,
        detail_hash: &row.detail_hash,
    };
    if !is_hex_of(&chained.hash(buffer), &row.hash) {
        return Err("was changed");
    }
    match (&row.detail, &row.detail_salt) {
        (None, None) => Ok(()),
        (Some(detail), Some(salt)) if is_hex_of(&detail_hash(salt, detail, buffer), &row.detail_hash) => Ok(()),
        _ => Err("has another detail"),
    }
}

fn is_hex_of(hash: &[u8; 32], text: &str) -> bool {
    let mut hex = [0; 64];
    HEXLOWER.encode_mut(hash, &mut hex);
    hex == text.as_bytes()
}
