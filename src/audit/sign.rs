//! Signing the end of the log.

use std::sync::Arc;

use super::heads::{self, HeadReason, SignedHead};
use super::verify::{Fault, verify_after};
use crate::db::{self, Db};
use crate::keys::KeyRing;
use title_review_core::clock::Clock;

/// Signs a head, unless nothing has happened since the last one. The rows behind that one are checked first.
pub async fn sign_head(db: &Db, keys: &Arc<KeyRing>, clock: &dyn Clock, reason: HeadReason) -> Result<(), Fault> {
    let ring = Arc::clone(keys);
    let (before, (seq, hash)) = db
        .read(move |conn| {
            let before = heads::find_last(conn)?;
            let end = verify_after(conn, before.as_ref(), &ring)?;
            Ok::<_, Fault>((before.map_or(0, |head| head.seq), end))
        })
        .await?;
    if seq == before {
        return Ok(());
    }
    let key = keys.audit_key().map_err(|error| db::Error::Other(error.to_string()))?;
    let kid = key.kid().to_owned();
    let mut head = SignedHead { seq, hash, at: clock.now(), reason, after: before, kid, signature: String::new() };
    head.signature = key.sign(&head.signed_text());
    db.write(move |conn| {
        // Another server may have been faster: its head stands, and the next one comes after it.
        let last = heads::find_last(conn)?.map_or(0, |last| last.seq);
        if last == head.after { heads::insert_head(conn, &head) } else { Ok(()) }
    })
    .await?;
    Ok(())
}
