//! The audit chain: whatever is done to it in the database is found, at the first bad row.

use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use title_review::audit::{self, Fault};
use title_review::db::{Db, Error};
use title_review::keys::KeyRing;

use super::entry;

use crate::support::database::{Database, Dialect};
use crate::support::on_both;

async fn verify(db: &Db, keys: &Arc<KeyRing>) -> Result<audit::Verified, Fault> {
    let keys = Arc::clone(keys);
    db.read(move |conn| audit::verify(conn, &keys)).await
}

/// A record of eight rows, and whoever has the database's password.
async fn after(base: &Database, edit: &'static str) -> Result<audit::Verified, Fault> {
    let (db, keys) = (base.open(), Arc::new(KeyRing::ephemeral().unwrap()));
    super::take_off_the_guards(&db).await;
    db.write(|conn| Ok::<_, Error>(conn.batch_execute("DELETE FROM audit; DELETE FROM meta WHERE key = 'audit.head'")?))
        .await
        .unwrap();
    for number in 1..=8 {
        let keys = Arc::clone(&keys);
        let seq = db.write(move |conn| audit::append(conn, &keys, entry(number))).await.unwrap();
        assert_eq!(usize::try_from(seq).unwrap(), number);
    }
    db.write(move |conn| Ok::<_, Error>(conn.batch_execute(edit)?)).await.unwrap();
    verify(&db, &keys).await
}

// clauses: 4.1a, 5.1
on_both!(unchanged_audit_log_verifies);
async fn unchanged_audit_log_verifies(base: Database) {
    let (db, keys) = (base.open(), Arc::new(KeyRing::ephemeral().unwrap()));
    assert_eq!(verify(&db, &keys).await.unwrap().rows, 0);
    let verified = after(&base, "SELECT 1").await.unwrap();
    assert_eq!((verified.rows, verified.head.len()), (8, 64));
    // Another ring cannot have sealed it.
    assert_eq!(verify(&db, &keys).await, Err(Fault::Seal));
}

on_both!(refused_operation_leaves_no_audit_row_and_no_gap);
async fn refused_operation_leaves_no_audit_row_and_no_gap(base: Database) {
    let (db, keys) = (base.open(), Arc::new(KeyRing::ephemeral().unwrap()));
    for number in 0..6 {
        let keys = Arc::clone(&keys);
        let answer = db.write(move |conn| {
            audit::append(conn, &keys, entry(number))?;
            if number % 3 == 0 { Err(Error::NotFound) } else { Ok(()) }
        });
        assert_eq!(answer.await.is_ok(), number % 3 != 0);
    }
    assert_eq!(verify(&db, &keys).await.unwrap().rows, 4);
}

on_both!(edited_audit_log_is_reported_at_its_first_changed_row);
async fn edited_audit_log_is_reported_at_its_first_changed_row(base: Database) {
    let edits = [
        ("UPDATE audit SET outcome = 'refused' WHERE seq = 3", 3),
        ("UPDATE audit SET actor_id = NULL WHERE seq = 8", 8),
        ("UPDATE audit SET clause = NULL WHERE seq = 1", 1),
        ("UPDATE audit SET at = '2024-08-30 10:00:05' WHERE seq = 5", 5),
        ("UPDATE audit SET detail = '{}' WHERE seq = 2", 2),
        ("UPDATE audit SET detail = NULL WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("UPDATE audit SET hash = prev_hash WHERE seq = 6", 6),
        // A row under a number that no row has.
        ("UPDATE audit SET seq = -6 WHERE seq = 6", 1),
        // Two rows change places.
        (
            "UPDATE audit SET seq = 0 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 0",
            3,
        ),
        // A gap that is closed again.
        ("DELETE FROM audit WHERE seq = 7; UPDATE audit SET seq = 7 WHERE seq = 8", 7),
    ];
    for (edit, first) in edits {
        match after(&base, edit).await {
            Err(Fault::Row { seq, .. }) => assert_eq!(seq, first, "{edit}"),
            other => panic!("{edit}: {other:?}"),
        }
    }
    let cut_off = "DELETE FROM audit WHERE seq > 6";
    assert_eq!(after(&base, cut_off).await, Err(Fault::End { found: 6, expected: 8 }));
    let cut_off_with_a_new_head = "DELETE FROM audit WHERE seq > 6; UPDATE meta SET value = (SELECT '6 ' || hash || ' ' || \
                                   substr(value, 68) FROM audit WHERE seq = 6) WHERE key = 'audit.head'";
    assert_eq!(after(&base, cut_off_with_a_new_head).await, Err(Fault::Seal));
    assert!(
        after(&base, "DELETE FROM audit; DELETE FROM meta").await.is_ok_and(|verified| verified.rows == 0),
        "an empty database is one"
    );
}

on_both!(erased_audit_detail_leaves_the_chain_valid);
async fn erased_audit_detail_leaves_the_chain_valid(base: Database) {
    let (db, keys) = (base.open(), Arc::new(KeyRing::ephemeral().unwrap()));
    for number in 1..=3 {
        let keys = Arc::clone(&keys);
        db.write(move |conn| audit::append(conn, &keys, entry(number))).await.unwrap();
    }
    db.write(|conn| audit::erase_detail(conn, 2)).await.unwrap();
    assert_eq!(db.write(|conn| audit::erase_detail(conn, 9)).await, Err(Error::NotFound));
    assert_eq!(verify(&db, &keys).await.unwrap().rows, 3);
}

on_both!(audit_rows_cannot_be_updated_or_deleted);
async fn audit_rows_cannot_be_updated_or_deleted(base: Database) {
    let (db, keys) = (base.open(), Arc::new(KeyRing::ephemeral().unwrap()));
    for number in 1..=3 {
        let keys = Arc::clone(&keys);
        db.write(move |conn| audit::append(conn, &keys, entry(number))).await.unwrap();
    }
    let mut tries = vec![
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "UPDATE audit SET outcome = 'refused' WHERE seq = 2",
        "UPDATE audit SET at = '2020-01-01 00:00:00' WHERE seq = 2",
        "UPDATE audit SET detail = '{}' WHERE seq = 2",
        "UPDATE audit SET clause = NULL",
    ];
    if base.dialect == Dialect::Postgres {
        tries.push("TRUNCATE audit");
    }
    for sql in tries {
        let refused = db.write(move |conn| Ok::<_, Error>(conn.batch_execute(sql)?)).await;
        assert!(refused.unwrap_err().to_string().contains("only grows"), "{sql}");
    }
    assert_eq!(verify(&db, &keys).await.unwrap().rows, 3);
}
