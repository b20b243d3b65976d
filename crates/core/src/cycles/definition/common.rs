//! Types that several parts of a definition use.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rule without parameters: only the clause that it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClauseRef {
    /// Clause id.
    pub clause: String,
}

/// An entry of a list in the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedItem {
    /// Name in the API: lower-case ASCII with underscores.
    pub id: String,
    /// Words of the notice.
    pub name: String,
}

crate::vocabulary::wire_enum! {
    /// A window of the cycle, as extensions and deadlines name it.
    WindowName {
        Application = "application", "申报时间", "application window";
        FormalReview = "formal_review", "审核时间", "formal review window";
        Payment = "payment", "缴费时间", "payment window";
    }
}
