//! Where a version of a definition stands, and what is asked of a window.

use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::AccountId;
use title_review_core::vocabulary::wire_enum;

wire_enum! {
    /// Where a version of a definition stands.
    VersionStatus {
        Loaded = "loaded", "已载入", "loaded, not published";
        Published = "published", "已发布", "published";
        Superseded = "superseded", "已被修订", "superseded by an amendment";
    }
}

/// A window to be kept open longer.
#[derive(Debug, Clone)]
pub struct NewExtension {
    /// Which.
    pub window: WindowName,
    /// For whom; `None`: everyone.
    pub account: Option<AccountId>,
    /// Until when.
    pub until: Instant,
    /// Why.
    pub reason: String,
}
