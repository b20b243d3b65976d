//! Money that settles no order: entered and held, refunded once, or booked on the order that it turns out to be for.

use super::{Permission, find_for, last_day, settle};
use crate::accounts;
use crate::applications;
use crate::authz::Scope;
use crate::context::{Act, Cx, Version};
use crate::cycles::service::{self as cycles, Cycle};
use crate::payments::error::Error;
use crate::payments::model::{Confirmation, HeldEntry, HeldFor, HeldState, MoneyFor, Refund};
use crate::payments::record::{HeldMoneyId, HeldRow};
use crate::payments::rules::{self, OrderFacts};
use crate::payments::store::{self, HeldFilter, Settled};
use crate::records::notices;
use crate::records::orders::{OrderRow, store as orders};
use serde_json::json;
use std::sync::Arc;
use title_review_core::findings::{At, Finding};
use title_review_core::ids::{ApplicationId, OrderId};

/// For what money came in: cycle, and the order where it is known.
struct Destination {
    held_for: HeldFor,
    in_time: bool,
    cycle_id: String,
    clause: String,
    order: Option<OrderRow>,
}

/// The money if the principal reaches it.
fn find_for_permission(cx: &mut Cx<'_>, id: HeldMoneyId, permission: Permission) -> Result<HeldRow, Error> {
    let visible = store::visible(cx.principal, permission).ok_or(Error::NotFound)?;
    store::find_visible(cx.conn, id, visible)?.ok_or(Error::NotFound)
}

/// Held money that the principal may read.
pub fn find(cx: &mut Cx<'_>, id: HeldMoneyId) -> Result<HeldRow, Error> {
    find_for_permission(cx, id, Permission::OrderRead)
}

/// A page of what the principal may read, newest first.
pub fn list(cx: &mut Cx<'_>, filter: &HeldFilter, before: Option<HeldMoneyId>, limit: i64) -> Result<Vec<HeldRow>, Error> {
    let Some(visible) = store::visible(cx.principal, Permission::OrderRead) else { return Ok(Vec::new()) };
    Ok(store::list_held(cx.conn, visible, filter, before, limit)?)
}

/// Enters money that settles no order. What does settle its order is to be booked.
pub fn hold(cx: &mut Cx<'_>, entry: HeldEntry) -> Result<HeldRow, Error> {
    cx.changes_only(&[]);
    let recorded_by = cx.principal.account.ok_or(Error::Anonymous)?;
    let HeldEntry { money_for, money, payer_name, quoted } = entry;
    let to = match money_for {
        MoneyFor::Order(id) => of_order(cx, id, &money)?,
        MoneyFor::Cycle(id) => of_cycle(cx, id, &money)?,
    };
    let row = HeldRow {
        id: HeldMoneyId::new(&*cx.app.ids, cx.now),
        cycle_id: to.cycle_id,
        order_id: to.order.as_ref().map(|order| order.id),
        applicant_id: to.order.as_ref().map(|order| order.applicant_id),
        held_for: to.held_for,
        state: HeldState::Held,
        in_time: to.in_time,
        amount_minor: money.amount.amount_minor,
        currency: money.amount.currency,
        method: money.method,
        reference: money.reference,
        paid_on: money.paid_on,
        payer_name,
        quoted,
        recorded_by,
        recorded_at: cx.now,
        payment_id: None,
        refund_amount_minor: None,
        refund_reference: None,
        refunded_on: None,
        refund_reason: None,
        settled_by: None,
        settled_at: None,
        version: 1,
    };
    // A reference stands for money that came in once, whether it is booked or held.
    if orders::is_reference_paid(cx.conn, &row.reference)? {
        return Err(Error::ReferenceUsed);
    }
    store::insert_held(cx.conn, &row)
        .map_err(|error| if error.is_unique_on("held_money.reference") { Error::ReferenceUsed } else { error.into() })?;
    tell(cx, &row, "payment.held", to.order.map(|order| order.application_id), &to.clause)?;
    put_on_record(cx, &row, "held_money.hold", &to.clause)?;
    Ok(row)
}

fn invalid(pointer: &str, zh: &str, en: &str) -> Error {
    Error::Invalid(vec![Finding::invalid_field(pointer, zh, en)])
}

fn check_money(money: &Confirmation, today: chrono::NaiveDate) -> Result<(), Error> {
    let found = rules::findings_of_money(money, today);
    if found.is_empty() { Ok(()) } else { Err(Error::Invalid(found)) }
}

/// Money for an order that it does not settle.
fn of_order(cx: &mut Cx<'_>, id: OrderId, money: &Confirmation) -> Result<Destination, Error> {
    let order = match find_for(cx, id, Permission::OrderConfirm) {
        Err(Error::NotFound) => return Err(invalid("/order_id", "没有此订单", "there is no such order")),
        found => found?,
    };
    cx.principal.refuse_own(order.applicant_id)?;
    let row = applications::service::find_any(cx, order.application_id)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let extensions = cycles::extensions_for(cx, &row.cycle_id, row.applicant_id)?;
    let definition = &cycle.definition;
    check_money(money, definition.local_date(cx.now.to_utc()))?;
    let last_day = last_day(definition, &cycle.windows(&extensions));
    let due = order.amount();
    let opened_on = definition.local_date(order.created_at.to_utc());
    let facts = OrderFacts { due: &due, state: order.state, opened_on, last_day };
    Ok(Destination {
        held_for: rules::held_for(money, &facts, &definition.fees).ok_or(Error::Settles)?,
        in_time: money.paid_on <= last_day,
        cycle_id: order.cycle_id.clone(),
        clause: definition.fees.clause.clone(),
        order: Some(order),
    })
}

/// Money for no order that is known, of a cycle whose money the principal keeps.
fn of_cycle(cx: &mut Cx<'_>, id: String, money: &Confirmation) -> Result<Destination, Error> {
    let unknown = || invalid("/cycle_id", "没有此年度", "there is no such cycle");
    let cycle = cycles::find_published(cx, &id)?.ok_or_else(unknown)?;
    let committee = cycles::committee_of(cx, &id)?.ok_or_else(unknown)?;
    let committee = accounts::find_organisation(cx, committee)?;
    let reached = cx.principal.scopes(Permission::OrderConfirm).any(|(scope, grant)| match scope {
        Scope::Bureau => committee.is_below(grant),
        Scope::Committee => grant.organisation == Some(committee.id),
        Scope::All => true,
        Scope::Own | Scope::Organisation | Scope::Chain => false,
    });
    if !reached {
        return Err(unknown());
    }
    let (extensions, _) = cycles::extensions_of_everyone(cx, &id)?;
    let definition = &cycle.definition;
    check_money(money, definition.local_date(cx.now.to_utc()))?;
    let last_day = last_day(definition, &cycle.windows(&extensions));
    Ok(Destination {
        held_for: HeldFor::Unknown,
        in_time: money.paid_on <= last_day,
        cycle_id: id,
        clause: definition.fees.clause.clone(),
        order: None,
    })
}

/// Held money, of which something is to be entered now.
fn find_held(cx: &mut Cx<'_>, id: HeldMoneyId, read: Version) -> Result<HeldRow, Error> {
    let row = find_for_permission(cx, id, Permission::OrderConfirm)?;
    read.check(row.version)?;
    if row.state != HeldState::Held {
        return Err(Error::NotHeld(row.state));
    }
    Ok(row)
}

/// Enters that held money went back to its payer: once, and never more than came in.
pub fn refund(cx: &mut Cx<'_>, id: HeldMoneyId, read: Version, refund: &Refund) -> Result<HeldRow, Error> {
    cx.changes_only(&[]);
    let row = find_held(cx, id, read)?;
    if let Some(applicant) = row.applicant_id {
        cx.principal.refuse_own(applicant)?;
    }
    let (application, cycle) = told_of(cx, &row)?;
    let (clause, today) = (&cycle.definition.fees.clause, cycle.definition.local_date(cx.now.to_utc()));
    let found = rules::findings_of_refund(refund, &row.amount(), row.paid_on, today);
    if !found.is_empty() {
        return Err(Error::Invalid(found));
    }
    let settled = Settled { by: cx.principal.account.ok_or(Error::Anonymous)?, at: cx.now };
    let written = store::set_refunded(cx.conn, &row, refund, settled)
        .map_err(|error| if error.is_unique_on("held_money.refund_reference") { Error::ReferenceUsed } else { error.into() })?;
    // The row decides, not what was read: one of several refunds finds it held.
    if !written {
        return Err(Error::NotHeld(HeldState::Refunded));
    }
    let row = find(cx, id)?;
    tell(cx, &row, "payment.refunded", application, clause)?;
    put_on_record(cx, &row, "held_money.refund", clause)?;
    Ok(row)
}

/// Books held money on the order that it settles, as if it had come in now: the day on which it was paid decides.
pub fn book(cx: &mut Cx<'_>, id: HeldMoneyId, read: Version, order: OrderId) -> Result<HeldRow, Error> {
    cx.changes_only(&[]);
    let row = find_held(cx, id, read)?;
    let given =
        Confirmation { method: row.method.clone(), reference: row.reference.clone(), paid_on: row.paid_on, amount: row.amount() };
    let booked = settle(cx, order, Version::ANY, &given, Some(row.id)).map_err(|error| match error {
        Error::NotFound => invalid("/order_id", "没有此订单", "there is no such order"),
        // What does not fit is in the money, which stands as it is: another order has to be named.
        Error::Invalid(findings) => {
            let at = |finding: Finding| Finding { at: At::Body("/order_id".to_owned()), ..finding };
            Error::Invalid(findings.into_iter().map(at).collect())
        }
        other => other,
    })?;
    let (order, payment) = booked;
    let settled = Settled { by: cx.principal.account.ok_or(Error::Anonymous)?, at: cx.now };
    if !store::set_booked(cx.conn, &row, (payment, order.id, order.applicant_id), settled)? {
        return Err(Error::NotHeld(HeldState::Booked));
    }
    let row = find(cx, id)?;
    let (_, cycle) = told_of(cx, &row)?;
    put_on_record(cx, &row, "held_money.book", &cycle.definition.fees.clause)?;
    Ok(row)
}

/// The application that held money is about, and its cycle.
fn told_of(cx: &mut Cx<'_>, row: &HeldRow) -> Result<(Option<ApplicationId>, Arc<Cycle>), Error> {
    let cycle = cycles::find_published(cx, &row.cycle_id)?.ok_or(Error::NotFound)?;
    let application = match row.order_id {
        Some(order) => Some(find_for(cx, order, Permission::OrderConfirm)?.application_id),
        None => None,
    };
    Ok((application, cycle))
}

/// Tells the applicant, where it is known whose money it is.
fn tell(cx: &mut Cx<'_>, row: &HeldRow, kind: &str, application: Option<ApplicationId>, clause: &str) -> Result<(), Error> {
    let Some(applicant) = row.applicant_id else { return Ok(()) };
    let body = json!({
        "held_money": row.id, "order": row.order_id, "held_for": row.held_for, "amount_minor": row.amount_minor, "currency": row.currency,
        "refund_amount_minor": row.refund_amount_minor,
    });
    Ok(notices::insert(cx, applicant, application, kind, Some(clause), &body)?)
}

fn put_on_record(cx: &mut Cx<'_>, row: &HeldRow, action: &str, clause: &str) -> Result<(), Error> {
    let detail = json!({
        "order": row.order_id, "held_for": row.held_for, "amount_minor": row.amount_minor, "currency": row.currency,
        "reference": row.reference, "payment": row.payment_id, "refund_amount_minor": row.refund_amount_minor,
        "refund_reference": row.refund_reference,
    });
    let (object_kind, object_id) = ("held_money", row.id.to_string());
    Ok(cx.record(Act { action, object_kind, object_id, clause: Some(clause), detail })?)
}
