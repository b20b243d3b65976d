//! Signed heads as they are kept.

use diesel::prelude::*;

use super::model::{HeadReason, SignedHead};
use crate::db::schema::audit_heads;
use crate::db::{self, Conn};
use title_review_core::clock::Instant;

title_review_core::text_column!(HeadReason);

type Columns = (
    audit_heads::seq,
    audit_heads::hash,
    audit_heads::at,
    audit_heads::reason,
    audit_heads::after_seq,
    audit_heads::kid,
    audit_heads::signature,
);
const COLUMNS: Columns = (
    audit_heads::seq,
    audit_heads::hash,
    audit_heads::at,
    audit_heads::reason,
    audit_heads::after_seq,
    audit_heads::kid,
    audit_heads::signature,
);
type Row = (i64, String, Instant, HeadReason, i64, String, String);

fn head((seq, hash, at, reason, after, kid, signature): Row) -> SignedHead {
    SignedHead { seq, hash, at, reason, after, kid, signature }
}

/// The newest head.
pub(in crate::audit) fn find_last(conn: &mut Conn) -> db::Result<Option<SignedHead>> {
    let row: Option<Row> = audit_heads::table.order(audit_heads::seq.desc()).select(COLUMNS).first(conn).optional()?;
    Ok(row.map(head))
}

/// Heads of rows after this one, in their order.
pub(in crate::audit) fn list_after(conn: &mut Conn, seq: i64, limit: i64) -> db::Result<Vec<SignedHead>> {
    let rows = audit_heads::table.filter(audit_heads::seq.gt(seq)).order(audit_heads::seq).limit(limit).select(COLUMNS);
    Ok(rows.load::<Row>(conn)?.into_iter().map(head).collect())
}

/// A page of heads, newest first.
pub fn list_heads(conn: &mut Conn, before: Option<i64>, limit: i64) -> db::Result<Vec<SignedHead>> {
    let mut query = audit_heads::table.order(audit_heads::seq.desc()).limit(limit).select(COLUMNS).into_boxed();
    if let Some(before) = before {
        query = query.filter(audit_heads::seq.lt(before));
    }
    Ok(query.load::<Row>(conn)?.into_iter().map(head).collect())
}

/// Keeps a head.
pub(in crate::audit) fn insert_head(conn: &mut Conn, head: &SignedHead) -> db::Result<()> {
    let row = (
        audit_heads::seq.eq(head.seq),
        audit_heads::hash.eq(&head.hash),
        audit_heads::at.eq(head.at),
        audit_heads::reason.eq(head.reason),
        audit_heads::after_seq.eq(head.after),
        audit_heads::kid.eq(&head.kid),
        audit_heads::signature.eq(&head.signature),
    );
    diesel::insert_into(audit_heads::table).values(row).execute(conn)?;
    Ok(())
}
