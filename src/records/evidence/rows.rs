//! Rows of evidence.

use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, AttachmentId};

title_review_core::wire_enum! {
    /// Whether a file is part of the dossier.
    AttachmentStatus {
        Current = "current", "有效", "part of the dossier";
        Replaced = "replaced", "已替换", "replaced by a later file; kept for the record";
        Deleted = "deleted", "已删除", "taken out; kept for the record";
    }
}

title_review_core::text_column!(AttachmentStatus);

/// A file of a dossier.
#[derive(Debug, Clone, Queryable)]
pub struct AttachmentRow {
    /// Its id.
    pub id: AttachmentId,
    /// Of which application.
    pub application_id: ApplicationId,
    /// Category of the cycle's evidence list.
    pub category: String,
    /// Whether it is part of the dossier.
    pub status: AttachmentStatus,
    /// SHA-256 of its bytes, hexadecimal; its place in the store.
    pub sha256: String,
    /// Bytes.
    pub size: i64,
    /// Media type, as found in the content.
    pub media_type: String,
    /// Name that the client gave, without folders.
    pub file_name: String,
    /// Pixels across, for images.
    pub width: Option<i32>,
    /// Pixels down, for images.
    pub height: Option<i32>,
    /// Verification code that came with it (4.2.2).
    pub verification_code: Option<String>,
    /// Declared not to be classified, or declassified (4.2.3b).
    pub declassified: bool,
    /// The file that it took the place of.
    pub replaces: Option<AttachmentId>,
    /// By whom.
    pub uploaded_by: AccountId,
    /// When.
    pub uploaded_at: Instant,
    /// Who replaced or deleted it.
    pub ended_by: Option<AccountId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
}
