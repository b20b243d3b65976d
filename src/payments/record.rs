//! Rows of held money.

use super::model::{HeldFor, HeldState};
use crate::records::orders::{Money, PaymentId};
use chrono::NaiveDate;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrderId};

title_review_core::id_type! {
    /// Held money.
    HeldMoneyId;
}

title_review_core::text_column!(HeldFor, HeldState, HeldMoneyId);

/// Money that came in and settles no order.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = crate::db::schema::held_money, treat_none_as_default_value = false)]
pub struct HeldRow {
    /// Its id.
    pub id: HeldMoneyId,
    /// For which cycle it came in.
    pub cycle_id: String,
    /// For which order, where that is known.
    pub order_id: Option<OrderId>,
    /// Whose order.
    pub applicant_id: Option<AccountId>,
    /// Why it is held.
    pub held_for: HeldFor,
    /// What became of it.
    pub state: HeldState,
    /// It was paid inside the payment window (2.3).
    pub in_time: bool,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// How it was paid.
    pub method: String,
    /// Number that the bank or the payment service gave it.
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
    /// The payment as which it was booked.
    pub payment_id: Option<PaymentId>,
    /// How much went back.
    pub refund_amount_minor: Option<i64>,
    /// Number that the bank gave the refund.
    pub refund_reference: Option<String>,
    /// Local day on which it went back.
    pub refunded_on: Option<NaiveDate>,
    /// Why less than what came in went back.
    pub refund_reason: Option<String>,
    /// Who refunded or booked it.
    pub settled_by: Option<AccountId>,
    /// When that was entered.
    pub settled_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl HeldRow {
    /// What came in.
    #[must_use]
    pub fn amount(&self) -> Money {
        Money { amount_minor: self.amount_minor, currency: self.currency.clone() }
    }
}
