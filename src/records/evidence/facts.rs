//! What others may ask of evidence.

use super::rows::AttachmentRow;
use super::store;
use crate::db::{Conn, Error};
use title_review_core::checks::EvidenceItem;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, AttachmentId};

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

/// A file of a dossier by its name.
#[derive(Debug, Clone)]
pub struct FileName {
    /// Its id.
    pub id: AttachmentId,
    /// Category of the evidence list.
    pub category: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// The name that the client gave.
    pub file_name: String,
}

/// The names of all files that are or were part of a dossier, in the order in which they came.
pub fn file_names(conn: &mut Conn, application: ApplicationId) -> Result<Vec<FileName>, Error> {
    let rows = store::list_attachments(conn, application, true)?;
    let named = |row: AttachmentRow| FileName { id: row.id, category: row.category, sha256: row.sha256, file_name: row.file_name };
    Ok(rows.into_iter().map(named).collect())
}
