//! Use cases on originals.

use super::error::Error;
use crate::applications::record::StepDetail;
use crate::applications::{self, ApplicationRow, Note};
use crate::authz::Permission;
use crate::context::{Act, Cx, Version};
use crate::cycles::service as cycles;
use crate::db;
use crate::records::originals::{ReceivedRow, store};
use serde_json::json;
use title_review_core::cycles::definition::{Original, Originals};
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::{Action, Role};

/// The list of an application: what is asked for, and what is in.
pub struct Listed {
    /// The application.
    pub row: ApplicationRow,
    /// Each item of the cycle's list with its receipt.
    pub items: Vec<(Original, Option<ReceivedRow>)>,
}

/// The list, for whoever may read the application.
pub fn list(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Listed, Error> {
    let row = applications::service::find(cx, id)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let mut received = store::list_received(cx.conn, row.id)?;
    let items = cycle
        .definition
        .originals
        .items
        .iter()
        .map(|asked| {
            let found = received.iter().position(|found| found.item == asked.id).map(|at| received.swap_remove(at));
            (asked.clone(), found)
        })
        .collect();
    Ok(Listed { row, items })
}

fn find_asked<'a>(originals: &'a Originals, item: &str) -> Result<&'a Original, Error> {
    originals.items.iter().find(|asked| asked.id == item).ok_or_else(|| Error::Unknown {
        known: originals.items.iter().map(|asked| asked.id.clone()).collect(),
        clause: originals.clause.clone(),
    })
}

/// Records that an original is in. With the last one, and everything else complete, the application is ready for its meeting.
pub fn receive(cx: &mut Cx<'_>, id: ApplicationId, read: Version, item: &str, copies: i32) -> Result<Listed, Error> {
    cx.changes_only(&[]);
    let row = applications::service::find_for(cx, id, Permission::OriginalsReceive)?;
    read.check(row.version)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let originals = &cycle.definition.originals;
    let asked = find_asked(originals, item)?;
    if copies < i32::from(asked.copies) {
        return Err(Error::TooFew { needed: asked.copies, clause: originals.clause.clone() });
    }
    let received_by = cx.principal.account.ok_or(Error::Anonymous)?;
    let receipt = ReceivedRow { item: item.to_owned(), copies, received_by, at: cx.now };
    store::insert_received(cx.conn, row.id, &receipt).map_err(|error| match error {
        db::Error::Unique(_) => Error::Received,
        other => other.into(),
    })?;
    // Judged with the receipt written: the last one makes the list complete. A refusal undoes it.
    let mut situation = applications::situation(cx, row)?;
    situation.facts.originals_owed = true;
    let decision = situation.decide(Action::ReceiveOriginal, None)?;
    let detail = StepDetail { note: Some(item.to_owned()), ..StepDetail::default() };
    let note = Note { role: Some(Role::CommitteeOffice), detail, ..Note::default() };
    applications::apply(cx, &situation, Action::ReceiveOriginal, &decision, note)?;
    list(cx, id)
}

/// Takes back the receipt of an original that was recorded by mistake, until the application is on the list of a meeting: it is missing again.
pub fn reverse(cx: &mut Cx<'_>, id: ApplicationId, read: Version, item: &str, reason: String) -> Result<Listed, Error> {
    cx.changes_only(&[]);
    let row = applications::service::find_for(cx, id, Permission::OriginalsReceive)?;
    read.check(row.version)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let originals = &cycle.definition.originals;
    find_asked(originals, item)?;
    let situation = applications::situation(cx, row)?;
    let decision = situation.decide(Action::ReverseReceipt, None)?;
    let receipt = store::list_received(cx.conn, id)?.into_iter().find(|found| found.item == item).ok_or(Error::NotReceived)?;
    if !store::delete_received(cx.conn, id, item)? {
        return Err(Error::NotReceived);
    }
    let ReceivedRow { item, copies, received_by, at } = receipt;
    let was = json!({ "item": item, "copies": copies, "received_by": received_by, "received_at": at, "reason": reason });
    let detail = StepDetail { note: Some(item), ..StepDetail::default() };
    let note = Note { role: Some(Role::CommitteeOffice), opinion: Some(reason), detail, ..Note::default() };
    applications::apply(cx, &situation, Action::ReverseReceipt, &decision, note)?;
    cx.record(Act {
        action: "original.reverse",
        object_kind: "application",
        object_id: id.to_string(),
        clause: Some(&originals.clause),
        detail: was,
    })?;
    list(cx, id)
}
