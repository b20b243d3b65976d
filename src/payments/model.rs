//! What finance says, and the words of held money.

use crate::records::orders::Money;
use chrono::NaiveDate;
use title_review_core::ids::OrderId;

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

title_review_core::wire_enum! {
    /// Why money is held: the first of these that is so.
    HeldFor {
        Double = "double", "重复缴费", "the order is paid already";
        Late = "late", "逾期缴费", "it was paid after the payment window";
        Ended = "ended", "申报已终止", "the application has ended; money that was paid in time is a ground for reinstating it";
        Early = "early", "订单生成前缴费", "it was paid before the order was opened";
        Amount = "amount", "金额或币种不符", "its amount or currency is not that of the fee";
        Method = "method", "缴费方式不符", "the notice does not have this way of paying";
        Unknown = "unknown", "无法对应订单", "it is for no order that is known";
    }
}

title_review_core::wire_enum! {
    /// What became of held money.
    HeldState {
        Held = "held", "暂存", "waits for its refund or its order";
        Refunded = "refunded", "已退款", "went back to its payer";
        Booked = "booked", "已入账", "was booked on an order";
    }
}

/// For what money came in, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoneyFor {
    /// This order.
    Order(OrderId),
    /// No order that is known; it came in for this cycle.
    Cycle(String),
}

/// Money that settles no order, as finance enters it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldEntry {
    /// For what it came in.
    pub money_for: MoneyFor,
    /// What came in.
    pub money: Confirmation,
    /// Who paid, as the statement says it.
    pub payer_name: Option<String>,
    /// What the payer wrote with it.
    pub quoted: Option<String>,
}

/// A refund as finance enters it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// How much went back.
    pub amount: Money,
    /// Number that the bank gave it.
    pub reference: String,
    /// Local day on which it went.
    pub refunded_on: NaiveDate,
    /// Why less than what came in went back.
    pub reason: Option<String>,
}
