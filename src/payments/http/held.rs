//! Held money over HTTP: entered, listed, refunded, booked.

use super::{check_reference, kept_reference};
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use crate::payments::model::{Confirmation, HeldEntry, HeldFor, HeldState, MoneyFor, Refund};
use crate::payments::record::{HeldMoneyId, HeldRow};
use crate::payments::service::{self, HeldFilter};
use crate::problem::{Code, Finding, Problem, Text};
use crate::records::orders::{Money, PaymentId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::identity_numbers::starred;
use title_review_core::ids::{AccountId, OrderId};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// How held money went back.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldMoneyRefund {
    /// How much: at most what came in.
    pub amount: Money,
    /// Number that the bank gave the refund.
    #[schema(example = "REFUND-20241008-001")]
    pub reference: String,
    /// Local day on which it went.
    pub refunded_on: NaiveDate,
    /// Why less than what came in went back.
    pub reason: Option<String>,
}

/// Money that came in and settles no order.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldMoney {
    /// Its id.
    pub id: HeldMoneyId,
    /// For which cycle it came in.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// For which order, where that is known.
    pub order_id: Option<OrderId>,
    /// Whose order.
    pub applicant_id: Option<AccountId>,
    /// Why it is held.
    pub held_for: HeldFor,
    /// What became of it.
    pub state: HeldState,
    /// It was paid inside the payment window (2.3): a ground for reinstating an application that has lapsed.
    pub in_time: bool,
    /// How much came in.
    pub amount: Money,
    /// How it was paid.
    #[schema(example = "bank")]
    pub method: String,
    /// Number that the bank or the payment service gave it.
    #[schema(example = "2024091000012345")]
    pub reference: String,
    /// Local day on which it was paid.
    pub paid_on: NaiveDate,
    /// Who paid, as the statement says it.
    pub payer_name: Option<String>,
    /// What the payer wrote with it.
    pub quoted: Option<String>,
    /// Who entered it.
    pub recorded_by: AccountId,
    /// When it was entered.
    pub recorded_at: Instant,
    /// How it went back, once it did.
    pub refund: Option<HeldMoneyRefund>,
    /// The payment as which it was booked.
    pub payment_id: Option<PaymentId>,
    /// Who refunded or booked it.
    pub settled_by: Option<AccountId>,
    /// When that was entered.
    pub settled_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for HeldMoney {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/held-money/{}", self.id))
    }
}

impl From<HeldRow> for HeldMoney {
    fn from(row: HeldRow) -> Self {
        let refund = match (row.refund_amount_minor, &row.refund_reference, row.refunded_on) {
            (Some(amount_minor), Some(reference), Some(refunded_on)) => Some(HeldMoneyRefund {
                amount: Money { amount_minor, currency: row.currency.clone() },
                reference: reference.clone(),
                refunded_on,
                reason: row.refund_reason.clone(),
            }),
            _ => None,
        };
        Self {
            amount: row.amount(),
            refund,
            id: row.id,
            cycle_id: row.cycle_id,
            order_id: row.order_id,
            applicant_id: row.applicant_id,
            held_for: row.held_for,
            state: row.state,
            in_time: row.in_time,
            method: row.method,
            reference: row.reference,
            paid_on: row.paid_on,
            payer_name: row.payer_name,
            quoted: row.quoted,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
            payment_id: row.payment_id,
            settled_by: row.settled_by,
            settled_at: row.settled_at,
            version: row.version,
        }
    }
}

page!(
    /// Held money, newest first.
    HeldMoneyPage of HeldMoney
);

/// Which held money.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HeldMoneyQuery {
    /// For this cycle.
    pub cycle_id: Option<String>,
    /// For this order.
    pub order_id: Option<OrderId>,
    /// Of which this became.
    pub state: Option<HeldState>,
    /// Held for this.
    pub held_for: Option<HeldFor>,
    /// With this reference.
    #[param(min_length = 4, max_length = 64)]
    pub reference: Option<String>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 暂存款列表 / List held money
///
/// An applicant sees that for the own orders, finance and a committee's office that of their cycles, supervisors all.
#[utoipa::path(get, path = "/v1/held-money", tag = "payments", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_held_money(call: Allowed<perm::OrderRead>, query: Query<HeldMoneyQuery>) -> Outcome<Answer<HeldMoneyPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = HeldFilter {
            cycle_id: query.cycle_id,
            order_id: query.order_id,
            state: query.state,
            held_for: query.held_for,
            reference: query.reference.as_deref().map(kept_reference),
        };
        let bound = format!("held-money|{:?}|{filter:?}", cx.principal.account);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = service::list_held(cx, &filter, before, limit + 1)?;
        HeldMoneyPage::of(rows, limit, keys, &bound, |row| row.id, HeldMoney::from)
    })
    .await
    .map(Into::into)
}

/// 暂存款 / Get held money
#[utoipa::path(get, path = "/v1/held-money/{held_money_id}", tag = "payments")]
pub async fn get_held_money(call: Allowed<perm::OrderRead>, id: Path<HeldMoneyId>) -> Outcome<Answer<HeldMoney>> {
    call.read(move |cx| service::find_held(cx, id.0).map(HeldMoney::from)).await.map(Into::into)
}

/// Money that came in and settles no order.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HeldMoneyCreate {
    /// For which order it came in.
    pub order_id: Option<OrderId>,
    /// For which cycle, where the order is not known: either this or the order.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "aksu-2024")]
    pub cycle_id: Option<String>,
    /// How it was paid: by a method of the cycle, or in any other way.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "bank")]
    pub method: String,
    /// Number that the bank or the payment service gave it: letters, digits, `_`, `-`. Counts once on the whole server, as that of a payment.
    #[validate(length(min = 4, max = 64), custom(function = "check_reference"))]
    #[schema(min_length = 4, max_length = 64, pattern = "^[A-Za-z0-9_-]+$", example = "2024091800012345")]
    pub reference: String,
    /// Local day on which it was paid: not after today.
    pub paid_on: NaiveDate,
    /// How much: above zero, in any currency.
    #[validate(nested)]
    pub amount: Money,
    /// Who paid, as the statement says it; without resident IDs or phone numbers, which are replaced by stars.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "某某贸易公司")]
    pub payer_name: Option<String>,
    /// What the payer wrote with it; likewise.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "职称费")]
    pub quoted: Option<String>,
}

/// What people write on transfers may hold a number: it is not kept.
fn without_numbers(text: Option<String>) -> Option<String> {
    text.map(|text| starred(text.trim()).into_owned())
}

/// 登记暂存款 / Enter money that settles no order
///
/// Late, double, of another amount or currency, for an application that has ended, or of nobody who is known. It is held until it is refunded, or
/// booked on the order that it settles. Money that settles the order that is named is refused here (`money_settles`): confirm the payment.
#[utoipa::path(post, path = "/v1/held-money", tag = "payments",
    extensions(("x-problems" = json!(["reference_used", "money_settles", "self_review"]))))]
pub async fn create_held_money(
    call: Allowed<perm::OrderConfirm>,
    key: IdempotencyKey,
    body: Body<HeldMoneyCreate>,
) -> Outcome<Created<HeldMoney>> {
    expire_due(&call).await?;
    let HeldMoneyCreate { order_id, cycle_id, method, reference, paid_on, amount, payer_name, quoted } = body.value;
    let money_for = match (order_id, cycle_id) {
        (Some(order), None) => MoneyFor::Order(order),
        (None, Some(cycle)) => MoneyFor::Cycle(cycle),
        (Some(_), Some(_)) | (None, None) => {
            let text = Text::new("order_id 和 cycle_id 须填且只填一项", "either order_id or cycle_id is given");
            let finding = Finding::field("/order_id", Code::InvalidField.as_str(), text);
            return Err(Problem::new(Code::InvalidField).finding(finding));
        }
    };
    let (payer_name, quoted) = (without_numbers(payer_name), without_numbers(quoted));
    let money = Confirmation { method, reference: kept_reference(&reference), paid_on, amount };
    let entry = HeldEntry { money_for, money, payer_name, quoted };
    call.write_once(key, &body.fingerprint, move |cx| service::hold(cx, entry).map(HeldMoney::from)).await
}

/// A refund that finance has made.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HeldMoneyRefundCreate {
    /// How much: at most what came in, in its currency.
    #[validate(nested)]
    pub amount: Money,
    /// Number that the bank gave the refund: letters, digits, `_`, `-`; counts once.
    #[validate(length(min = 4, max = 64), custom(function = "check_reference"))]
    #[schema(min_length = 4, max_length = 64, pattern = "^[A-Za-z0-9_-]+$", example = "REFUND-20241008-001")]
    pub reference: String,
    /// Local day on which it went: not before the money came in, not after today.
    pub refunded_on: NaiveDate,
    /// Why less than what came in goes back; needed only then.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "扣除汇款手续费")]
    pub reason: Option<String>,
}

/// 退款 / Refund held money
///
/// Once. The applicant is told where the order is known.
#[utoipa::path(post, path = "/v1/held-money/{held_money_id}/refund", tag = "payments",
    extensions(("x-problems" = json!(["money_not_held", "amount_mismatch", "reference_used", "self_review"]))))]
pub async fn refund_held_money(
    call: Allowed<perm::OrderConfirm>,
    id: Path<HeldMoneyId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    body: Body<HeldMoneyRefundCreate>,
) -> Outcome<Answer<HeldMoney>> {
    let HeldMoneyRefundCreate { amount, reference, refunded_on, reason } = body.value;
    let refund = Refund { amount, reference: kept_reference(&reference), refunded_on, reason: without_numbers(reason) };
    call.write_once(key, &body.fingerprint, move |cx| service::refund(cx, id.0, if_match.version(), &refund).map(HeldMoney::from))
        .await
}

/// The order that held money settles.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HeldMoneyBookingCreate {
    /// Which order.
    pub order_id: OrderId,
}

/// 暂存款入账 / Book held money on an order
///
/// Once it is known whose it is, or its application stands again. What holds for any payment holds for it: it is the fee, and was paid in the window.
#[utoipa::path(post, path = "/v1/held-money/{held_money_id}/booking", tag = "payments",
    extensions(("x-problems" = json!(["money_not_held", "order_paid", "amount_mismatch", "payment_window_closed", "stage_conflict", "self_review"]))))]
pub async fn book_held_money(
    call: Allowed<perm::OrderConfirm>,
    id: Path<HeldMoneyId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    body: Body<HeldMoneyBookingCreate>,
) -> Outcome<Answer<HeldMoney>> {
    expire_due(&call).await?;
    let order = body.value.order_id;
    call.write_once(key, &body.fingerprint, move |cx| service::book(cx, id.0, if_match.version(), order).map(HeldMoney::from)).await
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_held_money, get_held_money, create_held_money, refund_held_money, book_held_money);
}
