//! What a transition of an application does to its order.

use super::model::OrderState;
use super::rows::OrderRow;
use super::store;
use crate::context::{Act, Cx};
use crate::db;
use crate::records::Subject;
use serde_json::json;
use title_review_core::ids::OrderId;

/// Opens the order of an application that formal review has accepted, over the fee of its level (4.6). An order over nothing is paid from the start.
pub fn open_order(cx: &mut Cx<'_>, application: &Subject<'_>) -> Result<(), db::Error> {
    let definition = application.cycle;
    let amount_minor = definition
        .fee(application.level)
        .ok_or_else(|| db::Error::Other(format!("cycle {} has no fee for {}", definition.id, application.level)))?;
    let order = OrderRow {
        id: OrderId::new(&*cx.app.ids, cx.now),
        application_id: application.id,
        applicant_id: application.applicant_id,
        cycle_id: application.cycle_id.to_owned(),
        amount_minor,
        currency: definition.fees.currency.clone(),
        state: if amount_minor == 0 { OrderState::Paid } else { OrderState::Open },
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
        number: store::next_number(cx.conn)?,
    };
    store::insert_order(cx.conn, &order)?;
    cx.record(Act {
        action: "order.open",
        object_kind: "order",
        object_id: order.id.to_string(),
        clause: Some(&definition.fees.clause),
        detail: json!({ "application": application.id, "amount_minor": amount_minor, "currency": order.currency }),
    })
}

/// Opens the order again of an application that goes back to the payment stage.
pub fn reopen_order(cx: &mut Cx<'_>, application: &Subject<'_>, clause: &str) -> Result<(), db::Error> {
    change_state(cx, application, (OrderState::Closed, OrderState::Open), "order.reopen", clause)
}

/// Closes the order of an application that leaves before it is paid. A paid one stays as it is.
pub fn close_order(cx: &mut Cx<'_>, application: &Subject<'_>, clause: &str) -> Result<(), db::Error> {
    change_state(cx, application, (OrderState::Open, OrderState::Closed), "order.close", clause)
}

/// Changes the state of an application's order, if there is one in the first state.
fn change_state(
    cx: &mut Cx<'_>,
    application: &Subject<'_>,
    (from, to): (OrderState, OrderState),
    action: &str,
    clause: &str,
) -> Result<(), db::Error> {
    let Some(order) = store::find_of_application(cx.conn, application.id)? else { return Ok(()) };
    if !store::set_state(cx.conn, &order, from, to, cx.now)? {
        return Ok(());
    }
    cx.record(Act {
        action,
        object_kind: "order",
        object_id: order.id.to_string(),
        clause: Some(clause),
        detail: json!({ "application": application.id, "stage": application.stage }),
    })
}
