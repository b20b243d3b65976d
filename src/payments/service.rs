//! Use cases on orders.

use super::error::Error;
use super::model::Confirmation;
use super::rules;
use crate::accounts;
use crate::applications::{self, Note};
use crate::authz::Permission;
use crate::context::Version;
use crate::context::{Act, Cx};
use crate::cycles::service as cycles;
use crate::records::orders::store;

pub use crate::records::orders::store::OrderFilter;
use crate::records::orders::{OrderRow, OrderState, PaymentId, PaymentRow};
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrderId};
use title_review_core::vocabulary::{Action, Role, Stage};

fn find_for(cx: &mut Cx<'_>, id: OrderId, permission: Permission) -> Result<OrderRow, Error> {
    let visible = store::visible(cx.principal, permission).ok_or(Error::NotFound)?;
    store::find_visible(cx.conn, id, visible)?.ok_or(Error::NotFound)
}

/// An order with its ledger and what its cycle says of it.
pub struct PlacedOrder {
    /// The order.
    pub order: OrderRow,
    /// What came in on it.
    pub payments: Vec<PaymentRow>,
    /// First instant at which paying is late (2.3).
    pub pay_before: Instant,
    /// First instant at which nothing is booked any more.
    pub book_before: Instant,
}

/// The order if the principal may read it.
pub fn find(cx: &mut Cx<'_>, id: OrderId) -> Result<PlacedOrder, Error> {
    let order = find_for(cx, id, Permission::OrderRead)?;
    let payments = store::list_payments(cx.conn, order.id)?;
    let row = applications::service::find_for(cx, order.application_id, Permission::OrderRead)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let extensions = cycles::extensions_for(cx, &row.cycle_id, row.applicant_id)?;
    let windows = cycle.windows(&extensions);
    Ok(PlacedOrder { order, payments, pay_before: windows.payment_end, book_before: windows.booking_end })
}

/// A page of what the principal may read, newest first.
pub fn list(cx: &mut Cx<'_>, filter: &OrderFilter, before: Option<OrderId>, limit: i64) -> Result<Vec<OrderRow>, Error> {
    let Some(visible) = store::visible(cx.principal, Permission::OrderRead) else { return Ok(Vec::new()) };
    Ok(store::list_orders(cx.conn, visible, filter, before, limit)?)
}

/// Confirms that the fee came in: the order is paid, the ledger has its row, the application goes on when nothing else is missing (4.6).
pub fn confirm(cx: &mut Cx<'_>, id: OrderId, read: Version, given: &Confirmation) -> Result<PlacedOrder, Error> {
    cx.changes_only(&[]);
    let order = find_for(cx, id, Permission::OrderConfirm)?;
    read.check(order.version)?;
    let row = applications::service::find_for(cx, order.application_id, Permission::OrderConfirm)?;
    let situation = applications::situation(cx, row)?;
    match order.state {
        OrderState::Paid => return Err(Error::Paid),
        // Who comes after the lapse is told the clause, not only the stage.
        OrderState::Closed if situation.row.stage == Stage::Lapsed => {
            return Err(Error::WindowClosed(Stage::Lapsed));
        }
        OrderState::Open | OrderState::Closed => {}
    }
    let definition = &situation.cycle.definition;
    let local = |at: Instant| definition.local_date(at.to_utc());
    let found = rules::findings(given, &order.amount(), &definition.fees, local(order.created_at), local(cx.now));
    if !found.is_empty() {
        return Err(Error::Invalid(found));
    }
    // The day of payment decides, not that of the booking (2.3).
    if definition.last_day_before(situation.facts.windows.payment_end.to_utc()) < given.paid_on {
        return Err(Error::WindowClosed(situation.row.stage));
    }
    let decision = situation.decide(Action::ConfirmPayment, None)?;
    let received_by: AccountId = cx.principal.account.ok_or(Error::Anonymous)?;
    // The row decides, not what was read: one of several confirmations finds it open.
    if !store::set_state(cx.conn, &order, OrderState::Open, OrderState::Paid, cx.now)? {
        return Err(Error::Paid);
    }
    let payment = PaymentRow {
        id: PaymentId::new(&*cx.app.ids, cx.now),
        order_id: order.id,
        cycle_id: order.cycle_id.clone(),
        receipt_seq: store::next_receipt_seq(cx.conn, &order.cycle_id)?,
        amount_minor: given.amount.amount_minor,
        method: given.method.clone(),
        reference: given.reference.clone(),
        paid_on: given.paid_on,
        received_by,
        at: cx.now,
    };
    store::insert_payment(cx.conn, &payment)
        .map_err(|error| if error.is_unique_on("payments.reference") { Error::ReferenceUsed } else { error.into() })?;
    applications::apply(cx, &situation, Action::ConfirmPayment, &decision, Note { role: Some(Role::Finance), ..Note::default() })?;
    cx.record(Act {
        action: "order.confirm",
        object_kind: "order",
        object_id: order.id.to_string(),
        clause: Some(&definition.fees.clause),
        detail: json!({ "payment": payment.id, "amount_minor": payment.amount_minor, "method": payment.method, "reference": payment.reference }),
    })?;
    find(cx, id)
}

/// What a receipt says.
pub struct Receipt {
    /// The order.
    pub order: OrderRow,
    /// The payment.
    pub payment: PaymentRow,
    /// Name of the applicant.
    pub payer: String,
    /// Name of the authority.
    pub payee: String,
    /// Words of the notice for the method.
    pub method_name: String,
    /// Number of the receipt, unique on a server.
    pub number: String,
}

/// The receipt of a paid order; there is none before.
pub fn find_receipt(cx: &mut Cx<'_>, id: OrderId) -> Result<Receipt, Error> {
    let order = find_for(cx, id, Permission::OrderRead)?;
    let payment = store::list_payments(cx.conn, order.id)?.into_iter().next().ok_or(Error::NotFound)?;
    let row = applications::service::find_for(cx, order.application_id, Permission::OrderRead)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let account = accounts::find_account(cx, order.applicant_id)?;
    let definition = &cycle.definition;
    let method_name = definition.fees.methods.iter().find(|method| method.id == payment.method).map(|method| method.name.clone());
    Ok(Receipt {
        number: format!("{}-{:06}", payment.cycle_id, payment.receipt_seq),
        payer: account.name,
        payee: definition.authority.name.clone(),
        method_name: method_name.unwrap_or_else(|| payment.method.clone()),
        order,
        payment,
    })
}
