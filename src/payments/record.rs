//! Rows and errors.

use super::model::{Money, OrderState};
use crate::applications;
use crate::db;
use crate::problem::{Code, Problem};
use chrono::NaiveDate;
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrderId};

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
}

impl OrderRow {
    /// What it is over.
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
}

/// Why an act on an order is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// Somebody has confirmed the order already.
    #[error("paid already")]
    Paid,
    /// Another payment has the reference.
    #[error("reference used")]
    ReferenceUsed,
    /// A problem of the request itself.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The application does not let it happen.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Paid => Self::new(Code::OrderPaid).state(OrderState::Paid),
            Error::ReferenceUsed => {
                Self::field(Code::ReferenceUsed, "/reference", Code::ReferenceUsed.zh(), Code::ReferenceUsed.en())
            }
            Error::Problem(problem) => *problem,
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}
