//! Money, and the states of an order.

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
