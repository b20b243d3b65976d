//! Rows of orders and of the ledger.

use super::model::{Money, OrderState};
use chrono::NaiveDate;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrderId};
use title_review_core::payment_reference::PaymentReference;
use title_review_core::vocabulary::Level;

title_review_core::id_type! {
    /// A row of the ledger.
    PaymentId;
}

title_review_core::text_column!(OrderState, PaymentId);

/// An order.
#[derive(Debug, Clone, Queryable)]
pub struct OrderRow {
    /// Its id.
    pub id: OrderId,
    /// For which application.
    pub application_id: ApplicationId,
    /// Who pays.
    pub applicant_id: AccountId,
    /// Of which cycle.
    pub cycle_id: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Whether it is paid.
    pub state: OrderState,
    /// Rises with each change; the ETag.
    pub version: i64,
    /// When it was opened.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts the orders of the server; with a check digit, what the applicant quotes.
    pub number: i64,
}

/// An order with what tells a person whose it is.
#[derive(Debug, Clone, Queryable)]
pub struct NamedOrderRow {
    /// The order.
    pub order: OrderRow,
    /// Name of the applicant.
    pub applicant_name: Option<String>,
    /// Name of the employer, or of the agency in its place.
    pub employer_name: Option<String>,
    /// Specialty applied for.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
}

impl OrderRow {
    /// What the applicant quotes on a transfer.
    #[must_use]
    pub fn reference(&self) -> PaymentReference {
        PaymentReference::of(self.number)
    }

    /// What it is over.
    #[must_use]
    pub fn amount(&self) -> Money {
        Money { amount_minor: self.amount_minor, currency: self.currency.clone() }
    }
}

/// A row of the ledger.
#[derive(Debug, Clone, Queryable)]
pub struct PaymentRow {
    /// Its id.
    pub id: PaymentId,
    /// On which order.
    pub order_id: OrderId,
    /// Of which cycle.
    pub cycle_id: String,
    /// Number of its receipt within the cycle, from 1.
    pub receipt_seq: i64,
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// How: a method of the cycle.
    pub method: String,
    /// Number that the bank or the payment service gave it.
    pub reference: String,
    /// Local day on which it was paid.
    pub paid_on: NaiveDate,
    /// Who confirmed it.
    pub received_by: AccountId,
    /// When it was confirmed.
    pub at: Instant,
    /// Who took the booking back.
    pub reversed_by: Option<AccountId>,
    /// When it was taken back: from then on the row is void, and so is its receipt.
    pub reversed_at: Option<Instant>,
}
