//! Money, and the states of an order.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

title_review_core::wire_enum! {
    /// State of an order.
    OrderState {
        Open = "open", "待缴费", "waits for payment";
        Paid = "paid", "已缴费", "paid";
        Closed = "closed", "已关闭", "closed unpaid";
    }
}

/// Money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// In minor units of the currency (fen).
    #[schema(example = 40000)]
    pub amount_minor: i64,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "CNY")]
    pub currency: String,
}

/// What finance says of a payment that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// How it was paid: a method of the cycle.
    pub method: String,
    /// Number that the bank or the payment service gave it.
    pub reference: String,
    /// Local day on which it was paid.
    pub paid_on: NaiveDate,
    /// How much.
    pub amount: Money,
}
