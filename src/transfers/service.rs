//! Asking for a transfer, accepting, declining and withdrawing it.

use super::error::Error;
use super::record::{SeenTransfer, TransferRow, TransferState};
use super::store::{self, Outcome, Parties, Which};
use crate::applications::{self, service as of_applications};
use crate::context::{Act, Cx, Version};
use crate::cycles::service as cycles;
use crate::db;
use crate::records::notices;
use serde_json::json;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, TransferId};
use title_review_core::vocabulary::Role;

/// Asks that another employer takes over an application under review.
pub fn propose(
    cx: &mut Cx<'_>,
    applicant: AccountId,
    application: ApplicationId,
    read: Version,
    employer: OrganisationId,
    reason: String,
) -> Result<SeenTransfer, Error> {
    cx.changes_only(&[]);
    let row = of_applications::check_transfer(cx, application, read, employer)?;
    let transfer = TransferRow {
        id: TransferId::new(&*cx.app.ids, cx.now),
        application_id: application,
        applicant_id: applicant,
        from_employer_id: row.employer_id,
        employer_id: employer,
        reason,
        state: TransferState::Proposed,
        proposed_at: cx.now,
        decided_by: None,
        decided_at: None,
        decision_reason: None,
    };
    store::insert_transfer(cx.conn, &transfer).map_err(|error| match error {
        db::Error::Unique(_) => Error::Pending,
        other => other.into(),
    })?;
    record(cx, "transfer.propose", &transfer)?;
    find(cx, transfer.id)
}

/// The new employer's answer. Accepted, the application goes back to the first step of its chain in the same transaction.
pub fn decide(cx: &mut Cx<'_>, clerk: AccountId, id: TransferId, accept: bool, reason: String) -> Result<SeenTransfer, Error> {
    cx.changes_only(&[]);
    let SeenTransfer { row, .. } = find(cx, id)?;
    if !employers(cx).contains(&row.employer_id) {
        return Err(Error::NotFound);
    }
    let application = of_applications::find_any(cx, row.application_id)?;
    // Asked for a submission that was recalled since, or from another employer: it is over.
    let of_now =
        application.employer_id == row.from_employer_id && application.submitted_at.is_some_and(|at| at <= row.proposed_at);
    if accept && !of_now {
        return Err(Error::Decided);
    }
    let state = if accept { TransferState::Accepted } else { TransferState::Declined };
    end(cx, &row, &Outcome { state, by: clerk, at: cx.now, reason: Some(&reason) })?;
    if accept {
        of_applications::transfer(cx, row.application_id, row.employer_id, reason)?;
        record(cx, "transfer.accept", &row)?;
    } else {
        let body = json!({ "transfer": row.id, "reason": reason });
        let cycle = cycles::find_version(cx, &application.cycle_id, application.cycle_version)?;
        let clause = Some(cycle.definition.own_clause("4.3c"));
        notices::insert(cx, row.applicant_id, Some(row.application_id), "transfer.decline", clause, &body)?;
        record(cx, "transfer.decline", &row)?;
    }
    find(cx, id)
}

/// Withdraws a transfer that still waits.
pub fn withdraw(cx: &mut Cx<'_>, applicant: AccountId, id: TransferId) -> Result<SeenTransfer, Error> {
    cx.changes_only(&[]);
    let SeenTransfer { row, .. } = find(cx, id)?;
    if row.applicant_id != applicant {
        return Err(Error::NotFound);
    }
    end(cx, &row, &Outcome { state: TransferState::Withdrawn, by: applicant, at: cx.now, reason: None })?;
    record(cx, "transfer.withdraw", &row)?;
    find(cx, id)
}

fn end(cx: &mut Cx<'_>, row: &TransferRow, outcome: &Outcome<'_>) -> Result<(), Error> {
    if store::set_outcome(cx.conn, row.id, outcome)? { Ok(()) } else { Err(Error::Decided) }
}

fn record(cx: &mut Cx<'_>, action: &str, row: &TransferRow) -> Result<(), Error> {
    cx.record(Act {
        action,
        object_kind: "transfer",
        object_id: row.id.to_string(),
        clause: Some("4.3c"),
        detail: json!({ "application": row.application_id, "from": row.from_employer_id, "to": row.employer_id }),
    })?;
    Ok(())
}

/// The organisations whose clerk the principal is.
fn employers(cx: &Cx<'_>) -> Vec<OrganisationId> {
    let clerk = cx.principal.grants.iter().filter(|grant| grant.role == Role::EmployerClerk);
    clerk.filter_map(|grant| grant.organisation).collect()
}

fn parties(cx: &Cx<'_>) -> Result<Parties, Error> {
    let applicant = cx.principal.account.ok_or(applications::Error::Anonymous)?;
    Ok(Parties { applicant, employers: employers(cx) })
}

/// A transfer of which the principal is a party.
pub fn find(cx: &mut Cx<'_>, id: TransferId) -> Result<SeenTransfer, Error> {
    let parties = parties(cx)?;
    store::list_transfers(cx.conn, &parties, Which::Only(id), 1)?.pop().ok_or(Error::NotFound)
}

/// The transfers of which the principal is a party, newest first.
pub fn list(cx: &mut Cx<'_>, before: Option<TransferId>, limit: i64) -> Result<Vec<SeenTransfer>, Error> {
    let parties = parties(cx)?;
    Ok(store::list_transfers(cx.conn, &parties, Which::Before(before), limit)?)
}
