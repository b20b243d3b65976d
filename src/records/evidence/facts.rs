//! What others may ask of evidence.

use super::store;
use crate::db::{Conn, Error};
use title_review_core::checks::EvidenceItem;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId};

/// A dossier has a file of these bytes, or had it and keeps it for the record.
pub fn is_in_a_dossier(conn: &mut Conn, sha256: &str) -> Result<bool, Error> {
    store::has_object(conn, sha256)
}

/// Takes the documents of these categories out of a dossier; they are kept for the record.
pub fn take_out(
    conn: &mut Conn,
    application: ApplicationId,
    categories: &[&str],
    by: Option<AccountId>,
    now: Instant,
) -> Result<(), Error> {
    store::set_categories_deleted(conn, application, categories, by, now)
}

/// The documents of a dossier as the rules read them, and as decisions remember them.
pub fn evidence_of(conn: &mut Conn, application: ApplicationId) -> Result<Vec<EvidenceItem>, Error> {
    let rows = store::list_attachments(conn, application, false)?;
    Ok(rows
        .into_iter()
        .map(|row| EvidenceItem {
            category: row.category,
            sha256: row.sha256,
            verification_code: row.verification_code,
            declassified: row.declassified,
        })
        .collect())
}
