//! What finance says.

use crate::records::orders::Money;
use chrono::NaiveDate;

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
