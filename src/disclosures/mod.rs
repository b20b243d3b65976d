//! Disclosures: whatever shows somebody's data whole is a row of the audit log whose object is the person.
//!
//! Kind `personal_data`, id of the account. So "who saw this person between two instants" is one question to the log, and what is kept about a person
//! there can be found and erased. Knows no slice: those that show a dossier or a file append their row here.

pub mod http;
mod model;

pub use model::{OBJECT, PersonalField, Purpose, View, ViewKind};

use crate::authz::Principal;
use crate::context::{Act, Cx};
use crate::db;
use title_review_core::ids::AccountId;

/// Appends that this principal sees something of this person whole. Nothing changes by it: it is no event.
pub fn append(cx: &mut Cx<'_>, actor: &Principal, subject: AccountId, view: &View) -> Result<(), db::Error> {
    let act = Act {
        action: view.kind.action(),
        object_kind: OBJECT,
        object_id: subject.to_string(),
        clause: None,
        detail: view.detail(),
    };
    cx.log_disclosure(actor, act)
}
