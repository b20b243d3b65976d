//! An entry of the audit log.

use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::vocabulary::{Role, wire_enum};

wire_enum! {
    /// What came of an act.
    Outcome {
        Done = "done", "已完成", "done";
        Refused = "refused", "已拒绝", "refused";
    }
}

/// One act, as it is logged. Holds ids and terms, never personal data.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When the request was received.
    pub at: Instant,
    /// Who acted; none for what a deadline or a command of the host did.
    pub actor: Option<AccountId>,
    /// In which role.
    pub role: Option<Role>,
    /// For which organisation.
    pub organisation: Option<OrganisationId>,
    /// What was done: an operation id, or the name of a deadline.
    pub action: String,
    /// Kind of the thing it was done to, such as `application`.
    pub object_kind: String,
    /// Its id.
    pub object_id: String,
    /// The clause of the notice that it comes from.
    pub clause: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// The request's trace id.
    pub trace_id: String,
    /// What else matters: hashes of the files that were seen, stages, counts. Never personal data.
    pub detail: serde_json::Value,
}
