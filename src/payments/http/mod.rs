//! Orders, confirmation, its reversal and receipts over HTTP.

mod held;
mod problems;

use super::model::Confirmation;
use super::rules::capital_amount;
use super::service::OrderFilter;
use super::service::{self, PlacedOrder};
use crate::accounts;
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use crate::problem::Problem;
use crate::records::orders::{Money, NamedOrderRow, OrderState, PaymentRow};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrderId};
use title_review_core::payment_reference::PaymentReference;
use title_review_core::vocabulary::Level;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

/// An order in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderSummary {
    /// Its id.
    pub id: OrderId,
    /// For which application.
    pub application_id: ApplicationId,
    /// Of which cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// Name of the applicant.
    #[schema(example = "申报人甲")]
    pub applicant_name: Option<String>,
    /// Name of the employer, or of the agency in its place.
    #[schema(example = "测绘院")]
    pub employer_name: Option<String>,
    /// Specialty id.
    #[schema(example = "surveying")]
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// What the applicant writes on a transfer: digits, the last of which checks the others.
    #[schema(pattern = "^[0-9]+$", example = "1000015")]
    pub payment_reference: String,
    /// The fee.
    pub amount: Money,
    /// Whether it is paid.
    pub state: OrderState,
    /// When it was opened.
    pub created_at: Instant,
    /// Rises with each change.
    pub version: i64,
}

impl From<NamedOrderRow> for OrderSummary {
    fn from(named: NamedOrderRow) -> Self {
        let NamedOrderRow { order: row, applicant_name, employer_name, specialty, level } = named;
        Self {
            applicant_name,
            employer_name,
            specialty,
            level,
            payment_reference: row.reference().to_string(),
            amount: row.amount(),
            id: row.id,
            application_id: row.application_id,
            cycle_id: row.cycle_id,
            state: row.state,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

page!(
    /// Orders, newest first.
    OrderPage of OrderSummary
);

/// Money that came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPayment {
    /// How: a method of the cycle.
    #[schema(example = "bank")]
    pub method: String,
    /// Number that the bank or the payment service gave it.
    #[schema(example = "2024091000012345")]
    pub reference: String,
    /// Local day on which it was paid.
    pub paid_on: NaiveDate,
    /// How much, in minor units of the order's currency.
    #[schema(example = 40000)]
    pub amount_minor: i64,
    /// Who confirmed it.
    pub received_by: AccountId,
    /// When it was confirmed.
    pub at: Instant,
    /// Who took the booking back.
    pub reversed_by: Option<AccountId>,
    /// When it was taken back; the row counts no more then, and its receipt is void.
    pub reversed_at: Option<Instant>,
}

impl From<PaymentRow> for OrderPayment {
    fn from(row: PaymentRow) -> Self {
        Self {
            method: row.method,
            reference: row.reference,
            paid_on: row.paid_on,
            amount_minor: row.amount_minor,
            received_by: row.received_by,
            at: row.at,
            reversed_by: row.reversed_by,
            reversed_at: row.reversed_at,
        }
    }
}

/// An order over the fee (4.6).
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// For which application.
    pub application_id: ApplicationId,
    /// Who pays.
    pub applicant_id: AccountId,
    /// Of which cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// Name of the applicant.
    #[schema(example = "申报人甲")]
    pub applicant_name: Option<String>,
    /// Name of the employer, or of the agency in its place.
    #[schema(example = "测绘院")]
    pub employer_name: Option<String>,
    /// Specialty id.
    #[schema(example = "surveying")]
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// What the applicant writes on a transfer: digits, the last of which checks the others.
    #[schema(pattern = "^[0-9]+$", example = "1000015")]
    pub payment_reference: String,
    /// The fee.
    pub amount: Money,
    /// Whether it is paid.
    pub state: OrderState,
    /// First instant at which paying is late (2.3). The day of payment decides, not that of the booking.
    pub pay_before: Instant,
    /// First instant at which money that was paid in time is not booked any more; what is unpaid then has lapsed.
    pub book_before: Instant,
    /// Its ledger: what was booked. What was not taken back adds up to the fee once it is paid, to nothing before.
    pub payments: Vec<OrderPayment>,
    /// When it was opened.
    pub created_at: Instant,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for Order {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/orders/{}", self.id))
    }
}

impl From<PlacedOrder> for Order {
    fn from(placed: PlacedOrder) -> Self {
        let PlacedOrder { named, payments, pay_before, book_before } = placed;
        let NamedOrderRow { order, applicant_name, employer_name, specialty, level } = named;
        Self {
            applicant_name,
            employer_name,
            specialty,
            level,
            payment_reference: order.reference().to_string(),
            amount: order.amount(),
            id: order.id,
            application_id: order.application_id,
            applicant_id: order.applicant_id,
            cycle_id: order.cycle_id,
            state: order.state,
            pay_before,
            book_before,
            payments: payments.into_iter().map(OrderPayment::from).collect(),
            created_at: order.created_at,
            version: order.version,
        }
    }
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrderQuery {
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// In this state.
    pub state: Option<OrderState>,
    /// Of this application.
    pub application_id: Option<ApplicationId>,
    /// Of people with this name, as a whole.
    #[param(min_length = 1, max_length = 64, example = "申报人甲")]
    pub applicant_name: Option<String>,
    /// With this payment reference; blanks and hyphens are passed over.
    #[param(min_length = 1, max_length = 32, example = "1000015")]
    pub payment_reference: Option<String>,
    /// Of people whose resident ID ends with these four characters.
    #[param(pattern = "^[0-9]{3}[0-9Xx]$", example = "002X")]
    pub id_number_end: Option<String>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

fn check_end(end: &str) -> Result<(), Problem> {
    let (digits, last) = end.split_at_checked(accounts::ID_NUMBER_END - 1).unwrap_or((end, ""));
    let fits = digits.bytes().all(|byte| byte.is_ascii_digit()) && matches!(last.as_bytes(), [b'0'..=b'9' | b'X' | b'x']);
    if fits {
        Ok(())
    } else {
        Err(Problem::parameter("id_number_end", "须为身份证号末四位", "the last four characters of a resident ID"))
    }
}

/// 订单列表 / List orders
///
/// An applicant sees the own ones, a committee's office those of its applications, finance those of the cycles of its bureau's committees,
/// supervisors all.
#[utoipa::path(get, path = "/v1/orders", tag = "payments", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_orders(call: Allowed<perm::OrderRead>, query: Query<OrderQuery>) -> Outcome<Answer<OrderPage>> {
    expire_due(&call).await?;
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let number = match query.payment_reference.as_deref().map(str::parse::<PaymentReference>) {
        Some(Ok(reference)) => Some(reference.number()),
        Some(Err(_)) => {
            return Err(Problem::parameter(
                "payment_reference",
                "缴费码有误，请核对各位数字",
                "a digit of the payment reference is wrong",
            ));
        }
        None => None,
    };
    query.id_number_end.as_deref().map_or(Ok(()), check_end)?;
    call.read(move |cx| {
        let filter = OrderFilter {
            id: None,
            cycle_id: query.cycle_id,
            state: query.state,
            application_id: query.application_id,
            number,
            applicant_name: query.applicant_name.map(|name| name.trim().to_owned()),
            id_number_end_index: query.id_number_end.and_then(|end| accounts::end_index(&cx.app.keys, &end)),
        };
        let bound = format!("orders|{:?}|{filter:?}", cx.principal.account);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = service::list(cx, &filter, before, limit + 1)?;
        OrderPage::of(rows, limit, keys, &bound, |row| row.order.id, OrderSummary::from)
    })
    .await
    .map(Into::into)
}

/// 订单 / Get an order
#[utoipa::path(get, path = "/v1/orders/{order_id}", tag = "payments")]
pub async fn get_order(call: Allowed<perm::OrderRead>, id: Path<OrderId>) -> Outcome<Answer<Order>> {
    expire_due(&call).await?;
    call.read(move |cx| service::find(cx, id.0).map(Order::from)).await.map(Into::into)
}

/// A payment that finance has seen come in.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PaymentCreate {
    /// How: a method of the cycle.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "bank")]
    pub method: String,
    /// Number that the bank or the payment service gave it: letters, digits, `_`, `-`. Counts once on the whole server; kept in
    /// capitals, since case does not tell two payments apart.
    #[validate(length(min = 4, max = 64), custom(function = "check_reference"))]
    #[schema(min_length = 4, max_length = 64, pattern = "^[A-Za-z0-9_-]+$", example = "2024091000012345")]
    pub reference: String,
    /// Local day on which it was paid: not before the order was opened, not after today.
    pub paid_on: NaiveDate,
    /// How much: exactly the fee.
    #[validate(nested)]
    pub amount: Money,
}

fn check_reference(reference: &str) -> Result<(), ValidationError> {
    let plain = reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if plain {
        Ok(())
    } else {
        Err(ValidationError::new("reference").with_message("凭证号只含字母、数字、_ 和 -".into()))
    }
}

/// Banks tell references without regard to case: one that differs only in it is the same payment.
fn kept_reference(reference: &str) -> String {
    reference.to_ascii_uppercase()
}

/// 确认缴费 / Confirm a payment
///
/// Confirms an order exactly once, with money that was paid inside the payment window (2.3). The application is ready for its meeting when its
/// originals and its defence are settled too. Money that does not settle the order is entered by `POST /v1/held-money`.
#[utoipa::path(post, path = "/v1/orders/{order_id}/payments", tag = "payments",
    extensions(("x-problems" = json!(["order_paid", "reference_used", "amount_mismatch", "payment_window_closed", "stage_conflict", "self_review"]))))]
pub async fn create_payment(
    call: Allowed<perm::OrderConfirm>,
    id: Path<OrderId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    body: Body<PaymentCreate>,
) -> Outcome<Created<Order>> {
    expire_due(&call).await?;
    let PaymentCreate { method, reference, paid_on, amount } = body.value;
    let given = Confirmation { method, reference: kept_reference(&reference), paid_on, amount };
    call.write_once(key, &body.fingerprint, move |cx| service::confirm(cx, id.0, if_match.version(), &given).map(Order::from)).await
}

/// Why a booking is taken back.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PaymentReversalCreate {
    /// Why.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "误记到同名申报人的订单")]
    pub reason: String,
}

/// 冲销缴费 / Take a booking back
///
/// A booking that was a slip, until a meeting stands on it. The order is open again with the payment window that it had, and lapses by it; the
/// receipt is void. The order of an application that was withdrawn or disqualified is closed, and the application stays as it is. Both acts stay on record. The reference may be used by the right booking; money that was held before is held again.
#[utoipa::path(post, path = "/v1/orders/{order_id}/payment-reversal", tag = "payments",
    extensions(("x-problems" = json!(["order_not_paid", "stage_conflict", "self_review"]))))]
pub async fn reverse_payment(
    call: Allowed<perm::OrderConfirm>,
    id: Path<OrderId>,
    if_match: IfMatch,
    body: Body<PaymentReversalCreate>,
) -> Outcome<Answer<Order>> {
    expire_due(&call).await?;
    call.write(move |cx| service::reverse(cx, id.0, if_match.version(), body.value.reason).map(Order::from)).await.map(Into::into)
}

/// A receipt (缴费收据).
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Its number, unique on a server.
    #[schema(example = "aksu-2024-000001")]
    pub receipt_number: String,
    /// The order.
    pub order_id: OrderId,
    /// The application.
    pub application_id: ApplicationId,
    /// Name of the applicant.
    #[schema(example = "申报人甲")]
    pub payer: String,
    /// Name of the authority.
    pub payee: String,
    /// How much.
    pub amount: Money,
    /// The same in capital Chinese numerals.
    #[schema(example = "肆佰元整")]
    pub amount_in_words: String,
    /// How: a method of the cycle.
    #[schema(example = "bank")]
    pub method: String,
    /// The method in the words of the notice.
    #[schema(example = "银行缴费")]
    pub method_name: String,
    /// Number that the bank or the payment service gave it.
    pub reference: String,
    /// Local day on which it was paid.
    pub paid_on: NaiveDate,
    /// When it was confirmed.
    pub issued_at: Instant,
}

impl Resource for Receipt {}

/// 缴费收据 / Get the receipt
///
/// There is none before the order is paid, and none of a booking that was taken back (404).
#[utoipa::path(get, path = "/v1/orders/{order_id}/receipt", tag = "payments")]
pub async fn get_receipt(call: Allowed<perm::OrderRead>, id: Path<OrderId>) -> Outcome<Answer<Receipt>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let found = service::find_receipt(cx, id.0)?;
        let amount = Money { amount_minor: found.payment.amount_minor, ..found.order.amount() };
        Ok::<_, Problem>(Receipt {
            receipt_number: found.number,
            order_id: found.order.id,
            application_id: found.order.application_id,
            payer: found.payer,
            payee: found.payee,
            amount_in_words: capital_amount(amount.amount_minor),
            amount,
            method: found.payment.method,
            method_name: found.method_name,
            reference: found.payment.reference,
            paid_on: found.payment.paid_on,
            issued_at: found.payment.at,
        })
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_orders, get_order, create_payment, reverse_payment, get_receipt);
    held::routes(list);
}
