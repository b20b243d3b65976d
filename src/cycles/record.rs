//! Rows of cycle versions and window extensions.

use super::model::VersionStatus;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::cycles::deadlines::Extension;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ExtensionId};

title_review_core::text_column!(VersionStatus);

/// What is kept about a version, without its text.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::cycle_versions)]
pub struct VersionRow {
    /// Of which cycle.
    pub cycle_id: String,
    /// Counts from 1.
    pub version: i32,
    /// Year of the review.
    pub year: i32,
    /// Title of the notice.
    pub title: String,
    /// Where it stands.
    pub status: VersionStatus,
    /// SHA-256 of the text, hexadecimal.
    pub sha256: String,
    /// Why it amends the version before it.
    pub reason: Option<String>,
    /// Who loaded it; null for what comes with the product.
    pub created_by: Option<AccountId>,
    /// When it was loaded.
    pub created_at: Instant,
    /// When it was published.
    pub published_at: Option<Instant>,
}

/// A window extension.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = crate::db::schema::window_extensions, treat_none_as_default_value = false)]
pub struct ExtensionRow {
    /// Its id.
    pub id: ExtensionId,
    /// Of which cycle.
    pub cycle_id: String,
    /// Which window.
    #[diesel(column_name = window_name)]
    pub window: WindowName,
    /// For whom; null: everyone.
    pub account_id: Option<AccountId>,
    /// New close.
    pub until: Instant,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Instant,
}

impl From<ExtensionRow> for Extension {
    fn from(row: ExtensionRow) -> Self {
        Self {
            window: row.window,
            account: row.account_id.and_then(|id| id.as_str().parse().ok()),
            until: row.until.in_shanghai(),
            reason: row.reason,
        }
    }
}
