//! Somebody with the database's password, and somebody with the keys as well, at work on a real record: every change is found, at its first
//! row. What is tried is random; the seed is told, and `TITLE_REVIEW_TEST_SEED` repeats it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use title_review::audit::heads::{HeadReason, SignedHead, file};
use title_review::audit::{self, Fault, Verified, Witnesses};
use title_review::db::schema::audit as table;
use title_review::db::{Conn, Error, meta};
use title_review::keys::sha256_hex;
use title_review::oversight;

use super::{entry, take_off_the_guards};
use crate::support::database::{Database, Dialect};
use crate::support::on_both;
use crate::support::world::World;

/// Numbers that look random.
pub(super) struct Dice(u64);

impl Dice {
    pub fn thrown() -> (u64, Self) {
        let said = std::env::var("TITLE_REVIEW_TEST_SEED").ok().and_then(|text| text.parse().ok());
        let seed = said.unwrap_or_else(|| RandomState::new().hash_one("dice") & 0xffff_ffff);
        println!("TITLE_REVIEW_TEST_SEED={seed}");
        (seed, Self(seed))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `from` to `to`, both included.
    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.next() % u64::try_from(to - from + 1).unwrap()).unwrap()
    }

    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[usize::try_from(self.between(0, i64::try_from(choices.len()).unwrap() - 1)).unwrap()]
    }
}

/// Carries what a check said out of a transaction that is rolled back.
struct Undone(Result<Verified, Fault>);

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self(Err(error.into()))
    }
}

/// A record of some hundred rows with a signed and exported head after every tenth of the last.
struct Scene {
    world: World,
    exported: Vec<(usize, SignedHead)>,
    rows: i64,
}

async fn scene(base: Database) -> Scene {
    let world = World::at(base, "2024-07-22T09:00:00+08:00").await;
    for number in 1..=80 {
        let app = world.app.clone();
        world.app.db.write(move |conn| audit::append(conn, &app.keys, entry(number))).await.unwrap();
        if number % 10 == 0 {
            oversight::sign(&world.app, HeadReason::Scheduled).await.unwrap();
        }
    }
    oversight::export(&world.app).await.unwrap();
    let exported = file::read_heads(&world.app.config.audit.heads_folder.join(file::FILE)).unwrap();
    assert_eq!(exported.len(), 8);
    take_off_the_guards(&world.app.db).await;
    let rows = world.app.db.read(|conn| Ok::<_, Error>(table::table.count().get_result(conn)?)).await.unwrap();
    Scene { world, exported, rows }
}

impl Scene {
    /// What the check says of the record after this was done to it; then it is undone.
    async fn after(
        &self,
        with_export: bool,
        tamper: impl FnOnce(&mut Conn) -> Result<(), Error> + Send + 'static,
    ) -> Result<Verified, Fault> {
        let app = self.world.app.clone();
        let exported = if with_export { vec![("exported".to_owned(), self.exported.clone())] } else { Vec::new() };
        let said: Result<(), Undone> = self
            .world
            .app
            .db
            .write(move |conn| {
                tamper(conn)?;
                let witnesses = Witnesses { keys: Some(&app.keys), exported, ..Witnesses::default() };
                Err(Undone(audit::verify_against(conn, &witnesses)))
            })
            .await;
        said.unwrap_err().0
    }

    async fn after_sql(&self, sql: String) -> Result<Verified, Fault> {
        self.after(true, move |conn| Ok(conn.batch_execute(&sql)?)).await
    }
}

// clauses: 4.1a, 5.1
on_both!(hundred_changed_audit_rows_are_detected);
async fn hundred_changed_audit_rows_are_detected(base: Database) {
    let dialect = base.dialect;
    let scene = scene(base).await;
    assert!(scene.after_sql("SELECT 1".to_owned()).await.is_ok());
    let (seed, mut dice) = Dice::thrown();
    let texts = ["action", "object_kind", "object_id", "outcome", "trace_id", "detail_hash", "prev_hash", "hash"];
    let nullable = ["actor_id", "role", "organisation_id", "clause", "detail", "detail_salt"];
    for number in 0..100 {
        let row = dice.between(1, scene.rows);
        let column = *dice.one_of(&[&texts[..], &nullable[..], &["seq", "at"]].concat());
        let mut changes = match column {
            "seq" => vec!["-seq", "seq + 1000", "0"],
            "at" if dialect == Dialect::Sqlite => {
                vec![
                    "replace(at, ' ', 'T')",
                    "at || '0'",
                    "'2020-01-01 00:00:00'",
                    "substr(at, 1, 16)",
                    "datetime(at, '+1 second')",
                ]
            }
            "at" => vec!["at + interval '1 microsecond'", "'infinity'", "at - interval '8 hours'"],
            _ => vec!["'x'", "''", "coalesce(COLUMN, '') || ' '", "coalesce(COLUMN, '') || 'é'"],
        };
        if nullable.contains(&column) {
            // Where it was null already nothing would change.
            changes.push("CASE WHEN COLUMN IS NULL THEN 'y' ELSE NULL END");
        } else if texts.contains(&column) {
            changes.push("upper(COLUMN) || lower(COLUMN)");
            if dialect == Dialect::Sqlite {
                changes.push("CAST(COLUMN AS BLOB)");
            }
        }
        let value = dice.one_of(&changes).replace("COLUMN", column);
        let sql = format!("UPDATE audit SET {column} = {value} WHERE seq = {row}");
        let fault = scene.after_sql(sql.clone()).await.expect_err(&sql);
        // A number below the first is seen before it.
        let first = if column == "seq" && value != "seq + 1000" { 1 } else { row };
        assert_eq!(fault.row(), Some(first), "seed {seed}, {number}: {sql}: {fault}");
    }
}

on_both!(deleted_and_swapped_audit_rows_are_detected);
async fn deleted_and_swapped_audit_rows_are_detected(base: Database) {
    let scene = scene(base).await;
    let (seed, mut dice) = Dice::thrown();
    for number in 0..20 {
        let from = dice.between(1, scene.rows);
        let to = dice.between(from, scene.rows);
        let fault = scene.after_sql(format!("DELETE FROM audit WHERE seq BETWEEN {from} AND {to}")).await.unwrap_err();
        assert_eq!(fault.row(), Some(from), "seed {seed}, {number}: {from} to {to}: {fault}");
    }
    for number in 0..20 {
        let a = dice.between(1, scene.rows - 1);
        let b = dice.between(a + 1, scene.rows);
        let swap = format!(
            "UPDATE audit SET seq = 0 WHERE seq = {a}; UPDATE audit SET seq = {a} WHERE seq = {b}; UPDATE audit SET seq = {b} WHERE seq = 0"
        );
        let fault = scene.after_sql(swap).await.unwrap_err();
        assert_eq!(fault.row(), Some(a), "seed {seed}, {number}: {a} and {b}: {fault}");
    }
}

on_both!(audit_log_with_erased_details_verifies);
async fn audit_log_with_erased_details_verifies(base: Database) {
    let scene = scene(base).await;
    let (_, mut dice) = Dice::thrown();
    for _ in 0..20 {
        let row = dice.between(1, scene.rows);
        scene.world.app.db.write(move |conn| audit::erase_detail(conn, row)).await.unwrap();
    }
    let verified = scene.after_sql("SELECT 1".to_owned()).await.unwrap();
    assert_eq!((verified.rows, verified.heads), (scene.rows, 8));
}

/// The encoding of docs/audit-chain.md, written a second time.
fn chained(fields: &[Option<&str>]) -> String {
    let mut bytes = Vec::new();
    for field in fields {
        match field {
            None => bytes.extend_from_slice(&[0xff; 8]),
            Some(text) => {
                bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
        }
    }
    sha256_hex(&bytes)
}

type Row = (
    i64,
    title_review_core::clock::Instant,
    Option<String>,
    Option<String>,
    Option<String>,
    (String, String, String),
    Option<String>,
    (String, String),
    String,
);

/// Changes who acted in a row and writes every hash from there on anew. Gives the hashes.
fn rewrite_from(conn: &mut Conn, first: i64) -> Result<Vec<(i64, String)>, Error> {
    let mut before: String =
        table::table.find(first - 1).select(table::hash).first(conn).optional()?.unwrap_or_else(|| "0".repeat(64));
    let rows: Vec<Row> = table::table
        .filter(table::seq.ge(first))
        .order(table::seq)
        .select((
            table::seq,
            table::at,
            table::actor_id,
            table::role,
            table::organisation_id,
            (table::action, table::object_kind, table::object_id),
            table::clause,
            (table::outcome, table::trace_id),
            table::detail_hash,
        ))
        .load(conn)?;
    let mut written = Vec::new();
    for (seq, at, actor, role, organisation, (action, kind, id), clause, (outcome, trace), detail) in rows {
        let actor = if seq == first { Some("somebody-else".to_owned()) } else { actor };
        let (number, micros) = (seq.to_string(), at.micros().to_string());
        let hash = chained(&[
            Some("title-review audit 1"),
            Some(&before),
            Some(&number),
            Some(&micros),
            actor.as_deref(),
            role.as_deref(),
            organisation.as_deref(),
            Some(&action),
            Some(&kind),
            Some(&id),
            clause.as_deref(),
            Some(&outcome),
            Some(&trace),
            Some(&detail),
        ]);
        diesel::update(table::table.find(seq))
            .set((table::actor_id.eq(actor), table::prev_hash.eq(&before), table::hash.eq(&hash)))
            .execute(conn)?;
        before.clone_from(&hash);
        written.push((seq, hash));
    }
    Ok(written)
}

/// `seq hash mac reached` of the head, with another hash and, where the key is at hand, the seal that belongs to it.
fn new_head(conn: &mut Conn, hash: &str, keys: Option<&title_review::keys::KeyRing>) -> Result<(), Error> {
    let kept = meta::find_meta(conn, "audit.head")?.unwrap();
    let parts: Vec<&str> = kept.split(' ').collect();
    let seal = keys.map(|keys| {
        let mac = keys.mac("audit head", format!("{} {hash} {}", parts[0], parts[3]).as_bytes());
        data_encoding::HEXLOWER.encode(&mac)
    });
    let seal = seal.as_deref().unwrap_or(parts[2]);
    meta::set_meta(conn, "audit.head", &format!("{} {hash} {seal} {}", parts[0], parts[3]))
}

on_both!(audit_log_rewritten_without_keys_is_detected);
async fn audit_log_rewritten_without_keys_is_detected(base: Database) {
    let scene = scene(base).await;
    let (seed, mut dice) = Dice::thrown();
    for number in 0..20 {
        let first = dice.between(1, scene.rows);
        let rewrite = move |conn: &mut Conn| {
            let (_, last) = rewrite_from(conn, first)?.pop().unwrap();
            new_head(conn, &last, None)
        };
        let fault = scene.after(false, rewrite).await.unwrap_err();
        let next_head = scene.exported.iter().map(|(_, head)| head.seq).find(|seq| *seq >= first);
        match (&fault, next_head) {
            // The heads that lie in the database are signed: the rewritten rows stand between two of them.
            (Fault::Rewritten { from, signed, .. }, Some(head)) => {
                assert!((*from..=*signed).contains(&first) && *signed == head, "seed {seed}, {number}: {first}: {fault}");
            }
            (Fault::Seal, None) => {}
            _ => panic!("seed {seed}, {number}: {first}: {fault}"),
        }
    }
}

on_both!(audit_log_rewritten_with_every_key_contradicts_the_exported_heads);
async fn audit_log_rewritten_with_every_key_contradicts_the_exported_heads(base: Database) {
    let scene = scene(base).await;
    let (seed, mut dice) = Dice::thrown();
    let last_head = scene.exported.last().unwrap().1.seq;
    for number in 0..20 {
        let first = dice.between(1, last_head);
        let app = scene.world.app.clone();
        let rewrite = move |conn: &mut Conn| {
            let hashes = rewrite_from(conn, first)?;
            new_head(conn, &hashes.last().unwrap().1, Some(&app.keys))?;
            let key = app.keys.audit_key().unwrap();
            for (seq, hash) in &hashes {
                use title_review::db::schema::audit_heads as heads;
                let found = heads::table.find(*seq).select((heads::at, heads::reason, heads::after_seq)).first(conn).optional()?;
                let Some((at, reason, after)) = found else { continue };
                let reason: String = reason;
                let mut head = SignedHead {
                    seq: *seq,
                    hash: hash.clone(),
                    at,
                    reason: reason.parse().unwrap(),
                    after,
                    kid: key.kid().to_owned(),
                    signature: String::new(),
                };
                head.signature = key.sign(&head.signed_text());
                diesel::update(heads::table.find(*seq))
                    .set((heads::hash.eq(&head.hash), heads::signature.eq(&head.signature)))
                    .execute(conn)?;
            }
            Ok(())
        };
        // With every key in hand the database alone tells a story that holds together; what was exported does not agree with it.
        let alone = scene.after(false, rewrite.clone()).await;
        assert!(alone.is_ok(), "seed {seed}, {number}: {first}: {alone:?}");
        match scene.after(true, rewrite).await {
            Err(Fault::Rewritten { from, signed, place }) => {
                assert!(
                    (from..=signed).contains(&first) && signed - from < 40,
                    "seed {seed}, {number}: {first}: {from} to {signed}"
                );
                assert!(place.contains("exported"), "{place}");
            }
            other => panic!("seed {seed}, {number}: {first}: {other:?}"),
        }
    }
}

on_both!(changed_or_missing_signed_heads_are_detected);
async fn changed_or_missing_signed_heads_are_detected(base: Database) {
    let scene = scene(base).await;
    let seqs: Vec<i64> = scene.exported.iter().map(|(_, head)| head.seq).collect();
    for (sql, seq) in [
        (format!("UPDATE audit_heads SET hash = 'x' WHERE seq = {}", seqs[2]), seqs[2]),
        (format!("UPDATE audit_heads SET kid = 'a-0' WHERE seq = {}", seqs[3]), seqs[3]),
        (format!("UPDATE audit_heads SET reason = 'meeting_closed' WHERE seq = {}", seqs[0]), seqs[0]),
        (format!("DELETE FROM audit_heads WHERE seq = {}", seqs[4]), seqs[5]),
    ] {
        match scene.after_sql(sql.clone()).await {
            Err(Fault::Head { seq: named, .. }) => assert_eq!(named, seq, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
    // Rows cut off behind the last head, with a head and a seal that fit.
    let app = scene.world.app.clone();
    let (kept, last) = (seqs[5], *seqs.last().unwrap());
    let cut = move |conn: &mut Conn| {
        conn.batch_execute(&format!("DELETE FROM audit WHERE seq > {kept}; DELETE FROM audit_heads WHERE seq > {kept}"))?;
        let hash: String = table::table.find(kept).select(table::hash).first(conn)?;
        let head = meta::find_meta(conn, "audit.head")?.unwrap();
        let reached = head.split(' ').nth(3).unwrap();
        meta::set_meta(conn, "audit.head", &format!("{kept} {hash} x {reached}"))?;
        new_head(conn, &hash, Some(&app.keys))
    };
    assert!(scene.after(false, cut.clone()).await.is_ok());
    assert_eq!(scene.after(true, cut).await, Err(Fault::End { found: kept, expected: last }));
}
