//! Queries on held money.

use super::model::{HeldFor, HeldState, Refund};
use super::record::{HeldMoneyId, HeldRow};
use crate::authz::{Permission, Principal, Scope};
use crate::db::schema::{cycles, held_money};
use crate::db::{Conn, Error, ExecuteProven as _, MultiBackend};
use crate::records::orders::PaymentId;
use crate::records::orders::store::{bureau_of, is_of_bureau};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrderId};

/// A condition on held money.
pub type Condition = Box<dyn BoxableExpression<held_money::table, MultiBackend, SqlType = Nullable<Bool>>>;

/// The held money that the principal reaches with the permission; `None`: none at all.
pub fn visible(principal: &Principal, permission: Permission) -> Option<Condition> {
    principal
        .scopes(permission)
        .filter_map(|(scope, grant)| -> Option<Condition> {
            let account = principal.account?;
            match scope {
                Scope::Own => Some(Box::new(held_money::applicant_id.eq(account))),
                Scope::Committee => {
                    let of_committee = cycles::table.filter(cycles::committee_id.eq(grant.organisation?)).select(cycles::id);
                    Some(Box::new(held_money::cycle_id.eq_any(of_committee).nullable()))
                }
                Scope::Bureau => {
                    let (bureau, region) = bureau_of(grant)?;
                    Some(Box::new(is_of_bureau!(held_money::cycle_id, bureau, region)))
                }
                Scope::All => Some(Box::new(held_money::id.is_not_null().nullable())),
                // The table gives orders to nobody by these.
                Scope::Organisation | Scope::Chain => None,
            }
        })
        .reduce(|a, b| Box::new(a.or(b)))
}

pub fn insert_held(conn: &mut Conn, row: &HeldRow) -> Result<(), Error> {
    diesel::insert_into(held_money::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}

/// The held money if `visible` holds for it.
pub fn find_visible(conn: &mut Conn, id: HeldMoneyId, visible: Condition) -> Result<Option<HeldRow>, Error> {
    Ok(held_money::table.filter(held_money::id.eq(id)).filter(visible).select(held_money::all_columns).first(conn).optional()?)
}

/// The money with this reference that was entered as held and is not booked.
pub fn find_by_reference(conn: &mut Conn, reference: &str) -> Result<Option<HeldMoneyId>, Error> {
    Ok(held_money::table
        .filter(held_money::reference.eq(reference))
        .filter(held_money::payment_id.is_null())
        .select(held_money::id)
        .first(conn)
        .optional()?)
}

/// Which of the visible rows a list shows.
#[derive(Debug, Clone, Default)]
pub struct HeldFilter {
    /// For this cycle.
    pub cycle_id: Option<String>,
    /// For this order.
    pub order_id: Option<OrderId>,
    /// Of which this became.
    pub state: Option<HeldState>,
    /// Held for this.
    pub held_for: Option<HeldFor>,
    /// With this reference.
    pub reference: Option<String>,
}

/// A page of visible held money, newest first.
pub fn list_held(
    conn: &mut Conn,
    visible: Condition,
    filter: &HeldFilter,
    before: Option<HeldMoneyId>,
    limit: i64,
) -> Result<Vec<HeldRow>, Error> {
    let mut query =
        held_money::table.select(held_money::all_columns).filter(visible).order(held_money::id.desc()).limit(limit).into_boxed();
    if let Some(cycle) = &filter.cycle_id {
        query = query.filter(held_money::cycle_id.eq(cycle.clone()));
    }
    if let Some(order) = filter.order_id {
        query = query.filter(held_money::order_id.eq(order));
    }
    if let Some(state) = filter.state {
        query = query.filter(held_money::state.eq(state));
    }
    if let Some(held_for) = filter.held_for {
        query = query.filter(held_money::held_for.eq(held_for));
    }
    if let Some(reference) = &filter.reference {
        query = query.filter(held_money::reference.eq(reference.clone()));
    }
    if let Some(before) = before {
        query = query.filter(held_money::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// Who settles held money, and when.
#[derive(Debug, Clone, Copy)]
pub struct Settled {
    pub by: AccountId,
    pub at: Instant,
}

/// Writes the refund of what is held; false if it is not any more.
pub fn set_refunded(conn: &mut Conn, row: &HeldRow, refund: &Refund, settled: Settled) -> Result<bool, Error> {
    let held = held_money::table.filter(held_money::id.eq(row.id)).filter(held_money::state.eq(HeldState::Held));
    let changed = diesel::update(held)
        .set((
            held_money::state.eq(HeldState::Refunded),
            held_money::refund_amount_minor.eq(Some(refund.amount.amount_minor)),
            held_money::refund_reference.eq(Some(&refund.reference)),
            held_money::refunded_on.eq(Some(refund.refunded_on)),
            held_money::refund_reason.eq(&refund.reason),
            held_money::settled_by.eq(Some(settled.by)),
            held_money::settled_at.eq(Some(settled.at)),
            held_money::version.eq(row.version + 1),
        ))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Notes the payment as which held money was booked, and whose order it settled; false if it is not held any more.
pub fn set_booked(
    conn: &mut Conn,
    row: &HeldRow,
    (payment, order, applicant): (PaymentId, OrderId, AccountId),
    settled: Settled,
) -> Result<bool, Error> {
    let held = held_money::table.filter(held_money::id.eq(row.id)).filter(held_money::state.eq(HeldState::Held));
    let changed = diesel::update(held)
        .set((
            held_money::state.eq(HeldState::Booked),
            held_money::payment_id.eq(Some(payment)),
            held_money::order_id.eq(row.order_id.or(Some(order))),
            held_money::applicant_id.eq(row.applicant_id.or(Some(applicant))),
            held_money::settled_by.eq(Some(settled.by)),
            held_money::settled_at.eq(Some(settled.at)),
            held_money::version.eq(row.version + 1),
        ))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Money that was held before it was booked is held again when the booking is taken back.
pub fn set_held_again(conn: &mut Conn, payment: PaymentId) -> Result<(), Error> {
    // Of whom it is, is unknown again: the order it was booked on was the wrong one.
    diesel::update(held_money::table.filter(held_money::payment_id.eq(payment)).filter(held_money::held_for.eq(HeldFor::Unknown)))
        .set((held_money::order_id.eq(None::<OrderId>), held_money::applicant_id.eq(None::<AccountId>)))
        .execute_proven(conn)?;
    diesel::update(held_money::table.filter(held_money::payment_id.eq(payment)))
        .set((
            held_money::state.eq(HeldState::Held),
            held_money::payment_id.eq(None::<PaymentId>),
            held_money::settled_by.eq(None::<AccountId>),
            held_money::settled_at.eq(None::<Instant>),
            held_money::version.eq(held_money::version + 1),
        ))
        .execute_proven(conn)?;
    Ok(())
}
