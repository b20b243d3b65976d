//! What an act wrote, proved by the detail of its row (docs/decisions/0043): a keyed digest for each column, compared with the rows as they
//! stand.

use std::collections::{BTreeMap, HashMap};

use data_encoding::BASE64URL_NOPAD;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chain::add;
use crate::db::proven::{self, Deed, PROVEN, ProvenTable, Written};
use crate::db::schema::audit;
use crate::db::{self, Conn};
use crate::keys::KeyRing;

/// Where the proofs stand in the detail of an act.
const FIELD: &str = "proves";

/// Faults that are named; more are only counted.
const NAMED: usize = 1000;

/// Bytes of a digest.
const LENGTH: usize = 8;

type Digest = [u8; LENGTH];

/// A row that an act wrote, as the detail of the act has it.
#[derive(Debug, Serialize, Deserialize)]
struct Proof {
    table: String,
    /// Parts of a key of several columns are joined by U+001F.
    key: String,
    /// The row is new: columns that are not named were null.
    #[serde(default, skip_serializing_if = "is_false")]
    new: bool,
    /// The row was removed.
    #[serde(default, skip_serializing_if = "is_false")]
    gone: bool,
    /// The digest of each column that was written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    columns: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    proves: Vec<Proof>,
}

/// HMAC-SHA-256 under the ring's `mac` key of place and value, its first eight bytes.
fn digest(keys: &KeyRing, buffer: &mut Vec<u8>, place: (&str, &str, &str), value: Option<&str>) -> Digest {
    buffer.clear();
    add(buffer, Some(place.0));
    add(buffer, Some(place.1));
    add(buffer, Some(place.2));
    add(buffer, value);
    let mut short = [0; LENGTH];
    short.copy_from_slice(&keys.mac("audit row 1", buffer)[..LENGTH]);
    short
}

/// Adds the proofs of what an act wrote to its detail.
pub(super) fn add_proofs(keys: &KeyRing, detail: &mut Value, rows: Vec<Written>) {
    if rows.is_empty() {
        return;
    }
    let mut buffer = Vec::with_capacity(256);
    let proofs: Vec<Proof> = rows
        .into_iter()
        .map(|row| {
            let columns = row.columns.iter().map(|(column, value)| {
                let digest = digest(keys, &mut buffer, (row.table.name, &row.key, column), value.as_deref());
                (column.clone(), BASE64URL_NOPAD.encode(&digest))
            });
            let columns = columns.collect();
            Proof {
                table: row.table.name.to_owned(),
                new: row.deed == Deed::New,
                gone: row.deed == Deed::Gone,
                key: row.key,
                columns,
            }
        })
        .collect();
    let proofs = serde_json::to_value(proofs).unwrap_or_default();
    match detail {
        Value::Object(fields) => {
            fields.insert(FIELD.to_owned(), proofs);
        }
        Value::Null => *detail = serde_json::json!({ FIELD: proofs }),
        other => *other = serde_json::json!({ FIELD: proofs, "detail": other.take() }),
    }
}

/// A row that is not what the audit log proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// In which table.
    pub table: &'static str,
    /// Its key.
    pub key: String,
    /// Which column; none where the row as a whole is meant.
    pub column: Option<String>,
    /// The last act that wrote the row.
    pub seq: Option<i64>,
    /// What is wrong.
    pub reason: &'static str,
}

impl std::fmt::Display for RowFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.table, self.key.replace('\u{1f}', "/"))?;
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.reason)?;
        self.seq.map_or(Ok(()), |seq| write!(f, " (audit row {seq})"))
    }
}

/// What came of comparing the rows with the audit log.
#[derive(Debug, Default)]
pub struct RowsVerified {
    /// How many rows were compared.
    pub rows: u64,
    /// The rows and columns that differ, the first thousand.
    pub faults: Vec<RowFault>,
    /// How many differ.
    pub differ: u64,
}

impl RowsVerified {
    fn add(&mut self, fault: RowFault) {
        self.differ += 1;
        if self.faults.len() < NAMED {
            self.faults.push(fault);
        }
    }
}

/// What the acts up to now say of a row.
#[derive(Debug, Default)]
struct Proved {
    seq: i64,
    new: bool,
    gone: bool,
    /// In the order of the table's columns.
    columns: Box<[Option<Digest>]>,
}

struct Table {
    of: &'static ProvenTable,
    columns: Vec<(String, String)>,
    rows: HashMap<String, Proved>,
}

impl Table {
    fn take(&mut self, seq: i64, proof: Proof) {
        let row = self.rows.entry(proof.key).or_default();
        if proof.new || row.columns.is_empty() {
            row.columns = vec![None; self.columns.len()].into();
            row.new = proof.new;
        }
        (row.seq, row.gone) = (seq, proof.gone);
        for (column, text) in proof.columns {
            let Some(at) = self.columns.iter().position(|(name, _)| *name == column) else { continue };
            // A digest that cannot be read agrees with nothing.
            let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
            row.columns[at] = Some(bytes.try_into().unwrap_or_default());
        }
    }

    fn compare(&mut self, conn: &mut Conn, keys: &KeyRing, verified: &mut RowsVerified) -> db::Result<()> {
        let (mut after, mut buffer) = (String::new(), Vec::with_capacity(256));
        loop {
            let rows = self.of.list_rows(conn, &self.columns, &after, PAGE)?;
            for row in &rows {
                verified.rows += 1;
                let proved = self.rows.remove(&row.key);
                for fault in self.faults_of(keys, &row.key, &row.values, proved.as_ref(), &mut buffer) {
                    verified.add(fault);
                }
            }
            match rows.last() {
                Some(last) if rows.len() == PAGE => after.clone_from(&last.key),
                _ => break,
            }
        }
        let mut missing: Vec<_> = self.rows.drain().filter(|(_, proved)| !proved.gone).collect();
        missing.sort_unstable_by_key(|(_, proved)| proved.seq);
        for (key, proved) in missing {
            verified.add(RowFault { table: self.of.name, key, column: None, seq: Some(proved.seq), reason: "the row is missing" });
        }
        Ok(())
    }

    fn faults_of(
        &self,
        keys: &KeyRing,
        key: &str,
        values: &[Option<String>],
        proved: Option<&Proved>,
        buffer: &mut Vec<u8>,
    ) -> Vec<RowFault> {
        let fault = |column: Option<&str>, reason| RowFault {
            table: self.of.name,
            key: key.to_owned(),
            column: column.map(str::to_owned),
            seq: proved.map(|proved| proved.seq),
            reason,
        };
        let Some(proved) = proved else { return vec![fault(None, "no act wrote the row")] };
        if proved.gone {
            return vec![fault(None, "the row was removed and is there again")];
        }
        let mut faults = Vec::new();
        for (((column, _), value), expected) in self.columns.iter().zip(values).zip(&proved.columns) {
            match expected {
                Some(expected) if *expected == digest(keys, buffer, (self.of.name, key, column), value.as_deref()) => {}
                None if !proved.new || value.is_none() => {}
                _ => faults.push(fault(Some(column), "not what its act wrote")),
            }
        }
        faults
    }
}

const PAGE: usize = 2000;
const BATCH: i64 = 4000;

/// Compares every row of the tables of [`PROVEN`] with the last act that wrote it, in the transaction that the connection is in. The chain itself is
/// checked by [`super::verify`].
pub fn verify_rows(conn: &mut Conn, keys: &KeyRing) -> db::Result<RowsVerified> {
    let mut tables: HashMap<&str, Table> = HashMap::new();
    for table in PROVEN {
        let columns = table.columns(conn)?;
        tables.insert(table.name, Table { of: table, columns, rows: HashMap::new() });
    }
    let mut after = 0;
    loop {
        let query = audit::table.filter(audit::seq.gt(after)).filter(audit::detail.is_not_null());
        let rows: Vec<(i64, Option<String>)> =
            query.order(audit::seq).limit(BATCH).select((audit::seq, audit::detail)).load(conn)?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for (seq, detail) in rows {
            for proof in proofs_of(detail.as_deref()) {
                if let Some(table) = tables.get_mut(proof.table.as_str()) {
                    table.take(seq, proof);
                }
            }
        }
    }
    let mut verified = RowsVerified::default();
    for table in PROVEN {
        if let Some(table) = tables.get_mut(table.name) {
            table.compare(conn, keys, &mut verified)?;
        }
    }
    Ok(verified)
}

fn proofs_of(detail: Option<&str>) -> Vec<Proof> {
    let named = detail.filter(|detail| detail.contains("\"proves\":["));
    named.and_then(|detail| serde_json::from_str::<Detail>(detail).ok()).map_or_else(Vec::new, |detail| detail.proves)
}

/// Notes anew, as they stand, the rows that these details prove: before the details are erased, so that the next act proves what they did.
pub fn note_again(conn: &mut Conn, details: &[String]) -> db::Result<()> {
    let mut rows = std::collections::BTreeSet::new();
    for proof in details.iter().flat_map(|detail| proofs_of(Some(detail))) {
        if let Some(table) = proven::find_table(&proof.table) {
            rows.insert((table.name, proof.key));
        }
    }
    for (name, key) in rows {
        if let Some(table) = proven::find_table(name) {
            proven::note_present(conn, table, &key)?;
        }
    }
    Ok(())
}

/// Whether a row is what these acts say of it, the rows of the log that name it: none where none of them does.
pub fn agrees(conn: &mut Conn, keys: &KeyRing, acts: &[super::Row], table: &str, key: &str) -> db::Result<Option<bool>> {
    let table = proven::find_table(table).ok_or_else(|| db::Error::Other(format!("the rows of {table} are not proved")))?;
    let mut proved = Table { of: table, columns: table.columns(conn)?, rows: HashMap::new() };
    for act in acts.iter().filter(|act| act.holds()) {
        for proof in proofs_of(act.detail.as_deref()).into_iter().filter(|proof| proof.table == table.name && proof.key == key) {
            proved.take(act.seq, proof);
        }
    }
    let row = table.find_row(conn, &proved.columns, key)?;
    let Some(act) = proved.rows.remove(key) else { return Ok(None) };
    Ok(Some(match row {
        None => act.gone,
        Some(row) => proved.faults_of(keys, key, &row.values, Some(&act), &mut Vec::new()).is_empty(),
    }))
}
