//! Queries on orders and the ledger.

use super::model::OrderState;
use super::rows::{NamedOrderRow, OrderRow, PaymentId, PaymentRow};
use crate::authz::{Grant, Permission, Principal, Scope};
use crate::db::schema::{accounts, applications, orders, organisations, payments};
use crate::db::{Conn, Error, ExecuteProven as _, MultiBackend};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrderId, OrganisationId};
use title_review_core::payment_reference::FIRST_NUMBER;
use title_review_core::vocabulary::OrganisationKind;

/// The columns of [`OrderRow`], in its order.
type Columns = (
    orders::id,
    orders::application_id,
    orders::applicant_id,
    orders::cycle_id,
    orders::amount_minor,
    orders::currency,
    orders::state,
    orders::version,
    orders::created_at,
    orders::updated_at,
    orders::number,
);
const COLUMNS: Columns = (
    orders::id,
    orders::application_id,
    orders::applicant_id,
    orders::cycle_id,
    orders::amount_minor,
    orders::currency,
    orders::state,
    orders::version,
    orders::created_at,
    orders::updated_at,
    orders::number,
);

/// A condition on orders.
pub type Condition = Box<dyn BoxableExpression<orders::table, MultiBackend, SqlType = Nullable<Bool>>>;

/// `$cycle_id` is a cycle of a committee of the bureau with this region: of one that names it as its parent; one that names none is of the bureau of
/// its region. As [`crate::accounts::OrganisationRow::is_below`] has it. A macro, since the condition of a subquery has no name.
macro_rules! is_of_bureau {
    ($cycle_id:expr, $bureau:expr, $region:expr) => {{
        use crate::db::schema::{cycles, organisations};
        let of_region = organisations::parent_id.is_null().and(organisations::region.eq($region));
        let committees = organisations::table
            .filter(organisations::kind.eq(title_review_core::vocabulary::OrganisationKind::Committee))
            .filter(organisations::parent_id.eq($bureau).or(of_region.nullable()))
            .select(organisations::id.nullable());
        $cycle_id.eq_any(cycles::table.filter(cycles::committee_id.eq_any(committees)).select(cycles::id)).nullable()
    }};
}
pub(crate) use is_of_bureau;

/// The bureau in which a grant is held, with its region.
pub fn bureau_of(grant: &Grant) -> Option<(OrganisationId, String)> {
    grant.organisation.filter(|_| grant.kind == Some(OrganisationKind::Bureau)).zip(grant.region.clone())
}

/// The orders that the principal reaches with the permission; `None`: none at all.
pub fn visible(principal: &Principal, permission: Permission) -> Option<Condition> {
    principal
        .scopes(permission)
        .filter_map(|(scope, grant)| -> Option<Condition> {
            let account = principal.account?;
            match scope {
                Scope::Own => Some(Box::new(orders::applicant_id.eq(account).nullable())),
                Scope::Committee => {
                    let of_committee =
                        applications::table.filter(applications::committee_id.eq(grant.organisation?)).select(applications::id);
                    Some(Box::new(orders::application_id.eq_any(of_committee).nullable()))
                }
                Scope::Bureau => {
                    let (bureau, region) = bureau_of(grant)?;
                    Some(Box::new(is_of_bureau!(orders::cycle_id, bureau, region)))
                }
                Scope::All => Some(Box::new(orders::id.is_not_null().nullable())),
                // The table gives orders to nobody by these.
                Scope::Organisation | Scope::Chain => None,
            }
        })
        .reduce(|a, b| Box::new(a.or(b)))
}

pub fn insert_order(conn: &mut Conn, row: &OrderRow) -> Result<(), Error> {
    diesel::insert_into(orders::table)
        .values((
            orders::id.eq(row.id),
            orders::application_id.eq(row.application_id),
            orders::applicant_id.eq(row.applicant_id),
            orders::cycle_id.eq(&row.cycle_id),
            orders::amount_minor.eq(row.amount_minor),
            orders::currency.eq(&row.currency),
            orders::state.eq(row.state),
            orders::version.eq(row.version),
            orders::created_at.eq(row.created_at),
            orders::updated_at.eq(row.updated_at),
            orders::number.eq(row.number),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Number of the next order.
pub fn next_number(conn: &mut Conn) -> Result<i64, Error> {
    let last: Option<i64> = orders::table.select(diesel::dsl::max(orders::number)).first(conn)?;
    Ok(last.map_or(FIRST_NUMBER, |last| last + 1))
}

/// The order if `visible` holds for it.
pub fn find_visible(conn: &mut Conn, id: OrderId, visible: Condition) -> Result<Option<OrderRow>, Error> {
    Ok(orders::table.filter(orders::id.eq(id)).filter(visible).select(COLUMNS).first(conn).optional()?)
}

pub fn find_of_application(conn: &mut Conn, application: ApplicationId) -> Result<Option<OrderRow>, Error> {
    Ok(orders::table.filter(orders::application_id.eq(application)).select(COLUMNS).first(conn).optional()?)
}

/// Which of the visible orders a list shows.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// This one.
    pub id: Option<OrderId>,
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// In this state.
    pub state: Option<OrderState>,
    /// Of this application.
    pub application_id: Option<ApplicationId>,
    /// With this number.
    pub number: Option<i64>,
    /// Of people with this name.
    pub applicant_name: Option<String>,
    /// Of people whose resident ID ends so: the blind index of the end.
    pub id_number_end_index: Option<String>,
}

/// A page of visible orders with their names, newest first.
pub fn list_orders(
    conn: &mut Conn,
    visible: Condition,
    filter: &OrderFilter,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<NamedOrderRow>, Error> {
    let applicant = accounts::table.filter(accounts::id.eq(orders::applicant_id)).select(accounts::name).single_value();
    let of_order = || applications::table.filter(applications::id.eq(orders::application_id));
    let employers = of_order().select(applications::employer_id);
    let employer =
        organisations::table.filter(organisations::id.nullable().eq_any(employers)).select(organisations::name).single_value();
    let (specialty, level) =
        (of_order().select(applications::specialty).single_value(), of_order().select(applications::level).single_value());
    let mut query = orders::table
        .select((COLUMNS, applicant, employer, specialty.assume_not_null(), level.assume_not_null()))
        .filter(visible)
        .order(orders::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(id) = filter.id {
        query = query.filter(orders::id.eq(id));
    }
    if let Some(cycle) = &filter.cycle_id {
        query = query.filter(orders::cycle_id.eq(cycle.clone()));
    }
    if let Some(state) = filter.state {
        query = query.filter(orders::state.eq(state));
    }
    if let Some(application) = filter.application_id {
        query = query.filter(orders::application_id.eq(application));
    }
    if let Some(number) = filter.number {
        query = query.filter(orders::number.eq(number));
    }
    if let Some(name) = &filter.applicant_name {
        let people = accounts::table.filter(accounts::name.eq(name.clone())).select(accounts::id);
        query = query.filter(orders::applicant_id.eq_any(people));
    }
    if let Some(index) = &filter.id_number_end_index {
        let people = accounts::table.filter(accounts::id_number_end_index.eq(index.clone())).select(accounts::id);
        query = query.filter(orders::applicant_id.eq_any(people));
    }
    if let Some(before) = before {
        query = query.filter(orders::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// The one statement that changes the state of an order: an open one is paid or closed, a closed one opened again; one whose booking is taken back is opened, or closed where its application has ended. False: it is not in the state
/// from which it was to go.
pub fn set_state(conn: &mut Conn, row: &OrderRow, from: OrderState, to: OrderState, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(orders::table.filter(orders::id.eq(row.id)).filter(orders::state.eq(from)))
        .set((orders::state.eq(to), orders::version.eq(row.version + 1), orders::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Number of the next receipt of a cycle.
pub fn next_receipt_seq(conn: &mut Conn, cycle_id: &str) -> Result<i64, Error> {
    let last: Option<i64> =
        payments::table.filter(payments::cycle_id.eq(cycle_id)).select(diesel::dsl::max(payments::receipt_seq)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

pub fn insert_payment(conn: &mut Conn, row: &PaymentRow) -> Result<(), Error> {
    diesel::insert_into(payments::table)
        .values((
            payments::id.eq(row.id),
            payments::order_id.eq(row.order_id),
            payments::cycle_id.eq(&row.cycle_id),
            payments::receipt_seq.eq(row.receipt_seq),
            payments::amount_minor.eq(row.amount_minor),
            payments::method.eq(&row.method),
            payments::reference.eq(&row.reference),
            payments::paid_on.eq(row.paid_on),
            payments::received_by.eq(row.received_by),
            payments::at.eq(row.at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Makes a payment void; false if it is.
pub fn set_reversed(conn: &mut Conn, id: PaymentId, by: AccountId, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(payments::table.filter(payments::id.eq(id)).filter(payments::reversed_at.is_null()))
        .set((payments::reversed_by.eq(Some(by)), payments::reversed_at.eq(Some(now))))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Whether a payment that counts has the reference.
pub fn is_reference_paid(conn: &mut Conn, reference: &str) -> Result<bool, Error> {
    let paid = payments::table.filter(payments::reference.eq(reference)).filter(payments::reversed_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(paid)).get_result(conn)?)
}

/// The ledger of an order, in its order.
pub fn list_payments(conn: &mut Conn, order: OrderId) -> Result<Vec<PaymentRow>, Error> {
    Ok(payments::table
        .filter(payments::order_id.eq(order))
        .order(payments::receipt_seq)
        .select((
            payments::id,
            payments::order_id,
            payments::cycle_id,
            payments::receipt_seq,
            payments::amount_minor,
            payments::method,
            payments::reference,
            payments::paid_on,
            payments::received_by,
            payments::at,
            payments::reversed_by,
            payments::reversed_at,
        ))
        .load(conn)?)
}
