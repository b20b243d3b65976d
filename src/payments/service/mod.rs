//! Use cases on orders.

mod held;

pub use super::store::HeldFilter;
pub use crate::records::orders::store::OrderFilter;
pub use held::{book, find as find_held, hold, list as list_held, refund};

use super::error::Error;
use super::model::Confirmation;
use super::record::HeldMoneyId;
use super::{rules, store as held_store};
use crate::accounts;
use crate::applications::{self, Note};
use crate::authz::Permission;
use crate::context::Version;
use crate::context::{Act, Cx};
use crate::cycles::service as cycles;
use crate::records::orders::{NamedOrderRow, OrderRow, OrderState, PaymentId, PaymentRow, store};
use chrono::NaiveDate;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::cycles::{CycleDefinition, Windows};
use title_review_core::ids::{AccountId, OrderId};
use title_review_core::vocabulary::{Action, Role, Stage};

fn find_for(cx: &mut Cx<'_>, id: OrderId, permission: Permission) -> Result<OrderRow, Error> {
    let visible = store::visible(cx.principal, permission).ok_or(Error::NotFound)?;
    store::find_visible(cx.conn, id, visible)?.ok_or(Error::NotFound)
}

/// An order with its ledger and what its cycle says of it.
pub struct PlacedOrder {
    /// The order, with its names.
    pub named: NamedOrderRow,
    /// What came in on it.
    pub payments: Vec<PaymentRow>,
    /// First instant at which paying is late (2.3).
    pub pay_before: Instant,
    /// First instant at which nothing is booked any more.
    pub book_before: Instant,
}

/// The order if the principal may read it.
pub fn find(cx: &mut Cx<'_>, id: OrderId) -> Result<PlacedOrder, Error> {
    let filter = OrderFilter { id: Some(id), ..OrderFilter::default() };
    let named = list(cx, &filter, None, 1)?.pop().ok_or(Error::NotFound)?;
    let payments = store::list_payments(cx.conn, id)?;
    // Whoever reaches the order is shown the windows of its application.
    let row = applications::service::find_any(cx, named.order.application_id)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let extensions = cycles::extensions_for(cx, &row.cycle_id, row.applicant_id)?;
    let windows = cycle.windows(&extensions);
    Ok(PlacedOrder { named, payments, pay_before: windows.payment_end, book_before: windows.booking_end })
}

/// The payment of an order that counts: that was not taken back.
fn find_counting(cx: &mut Cx<'_>, order: OrderId) -> Result<Option<PaymentRow>, Error> {
    Ok(store::list_payments(cx.conn, order)?.into_iter().find(|payment| payment.reversed_at.is_none()))
}

/// The last local day of the payment window: the day of payment decides, not that of the booking (2.3).
fn last_day(definition: &CycleDefinition, windows: &Windows) -> NaiveDate {
    definition.last_day_before(windows.payment_end.to_utc())
}

/// A page of what the principal may read, newest first.
pub fn list(cx: &mut Cx<'_>, filter: &OrderFilter, before: Option<OrderId>, limit: i64) -> Result<Vec<NamedOrderRow>, Error> {
    let Some(visible) = store::visible(cx.principal, Permission::OrderRead) else { return Ok(Vec::new()) };
    Ok(store::list_orders(cx.conn, visible, filter, before, limit)?)
}

/// Confirms that the fee came in: the order is paid, the ledger has its row, the application goes on when nothing else is missing (4.6).
pub fn confirm(cx: &mut Cx<'_>, id: OrderId, read: Version, given: &Confirmation) -> Result<PlacedOrder, Error> {
    cx.changes_only(&[]);
    settle(cx, id, read, given, None)?;
    find(cx, id)
}

/// Books money on the order that it settles; `held`: money that was entered as held before.
fn settle(
    cx: &mut Cx<'_>,
    id: OrderId,
    read: Version,
    given: &Confirmation,
    held: Option<HeldMoneyId>,
) -> Result<(OrderRow, PaymentId), Error> {
    let order = find_for(cx, id, Permission::OrderConfirm)?;
    read.check(order.version)?;
    let row = applications::service::find_any(cx, order.application_id)?;
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
    if last_day(definition, &situation.facts.windows) < given.paid_on {
        return Err(Error::WindowClosed(situation.row.stage));
    }
    let decision = situation.decide(Action::ConfirmPayment, None)?;
    let received_by: AccountId = cx.principal.account.ok_or(Error::Anonymous)?;
    // The row decides, not what was read: one of several confirmations finds it open.
    if !store::set_state(cx.conn, &order, OrderState::Open, OrderState::Paid, cx.now)? {
        return Err(Error::Paid);
    }
    // A reference stands for money that came in once, whether it is booked or held.
    if held_store::find_by_reference(cx.conn, &given.reference)? != held {
        return Err(Error::ReferenceUsed);
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
        reversed_by: None,
        reversed_at: None,
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
    Ok((order, payment.id))
}

/// Takes a booking back that was a slip, until a meeting stands on it: the order is open again with the window that it had, the receipt is void. That of
/// an application which was withdrawn or disqualified is closed, and nothing moves.
/// Money that was held before it was booked is held again; the reference of other money may be used by the right booking.
pub fn reverse(cx: &mut Cx<'_>, id: OrderId, read: Version, reason: String) -> Result<PlacedOrder, Error> {
    cx.changes_only(&[]);
    let order = find_for(cx, id, Permission::OrderConfirm)?;
    read.check(order.version)?;
    let row = applications::service::find_any(cx, order.application_id)?;
    let situation = applications::situation(cx, row)?;
    let decision = situation.decide(Action::ReversePayment, None)?;
    // Where the cycle asks no fee, the order is paid and nothing was booked.
    let payment = find_counting(cx, id)?.ok_or(Error::NotPaid)?;
    let reversed_by = cx.principal.account.ok_or(Error::Anonymous)?;
    let unpaid = if decision.to.has_ended() { OrderState::Closed } else { OrderState::Open };
    let reopened = store::set_state(cx.conn, &order, OrderState::Paid, unpaid, cx.now)?;
    if !reopened || !store::set_reversed(cx.conn, payment.id, reversed_by, cx.now)? {
        return Err(Error::NotPaid);
    }
    held_store::set_held_again(cx.conn, payment.id)?;
    let note = Note { opinion: Some(reason), role: Some(Role::Finance), ..Note::default() };
    applications::apply(cx, &situation, Action::ReversePayment, &decision, note)?;
    cx.record(Act {
        action: "order.reverse",
        object_kind: "order",
        object_id: order.id.to_string(),
        clause: Some(&situation.cycle.definition.fees.clause),
        detail: json!({ "payment": payment.id, "reference": payment.reference, "was": OrderState::Paid, "now": unpaid }),
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
    // That of a booking that was taken back is void.
    let payment = find_counting(cx, order.id)?.ok_or(Error::NotFound)?;
    let row = applications::service::find_any(cx, order.application_id)?;
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
