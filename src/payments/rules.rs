//! What a confirmation and a refund have to say, why money is held, and amounts in Chinese capitals.

use super::model::{Confirmation, HeldFor, Refund};
use crate::records::orders::{Money, OrderState};
use chrono::NaiveDate;
use title_review_core::cycles::definition::Fees;
use title_review_core::findings::{Finding, INVALID_FIELD, Text};

/// Row of the problem table for a finding that the amount is not the fee.
const AMOUNT_MISMATCH: &str = "amount_mismatch";

/// Everything that is wrong with a confirmation of an order over `due`, opened on the local day `opened_on`, that is made on `today` (4.6).
pub fn findings(given: &Confirmation, due: &Money, fees: &Fees, opened_on: NaiveDate, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut refuse = |pointer: &str, code: &str, zh: String, en: String| {
        found.push(Finding::field(pointer, code, Text::new(zh, en)).clause(fees.clause.clone(), None));
    };
    if !fees.methods.iter().any(|method| method.id == given.method) {
        let known = fees.methods.iter().map(|method| method.id.as_str()).collect::<Vec<_>>().join(", ");
        refuse("/method", INVALID_FIELD, format!("缴费方式须为 {known}"), format!("the method is one of {known}"));
    }
    if given.paid_on < opened_on || today < given.paid_on {
        refuse(
            "/paid_on",
            INVALID_FIELD,
            format!("缴费日期须在 {opened_on} 至 {today} 之间"),
            format!("paid from {opened_on} to {today}"),
        );
    }
    if given.amount.currency != due.currency {
        refuse("/amount/currency", AMOUNT_MISMATCH, format!("币种应为 {}", due.currency), format!("due in {}", due.currency));
    }
    if given.amount.amount_minor != due.amount_minor {
        refuse(
            "/amount/amount_minor",
            AMOUNT_MISMATCH,
            format!("应缴 {}", due.amount_minor),
            format!("the fee is {}", due.amount_minor),
        );
    }
    found
}

/// What an order is, for money that came in for it.
#[derive(Debug, Clone)]
pub struct OrderFacts<'a> {
    /// What is due.
    pub due: &'a Money,
    /// Whether it is paid.
    pub state: OrderState,
    /// The local day on which it was opened.
    pub opened_on: NaiveDate,
    /// The last local day of the payment window.
    pub last_day: NaiveDate,
}

/// Why this money does not settle the order; `None`: it does, and is to be booked.
pub fn held_for(money: &Confirmation, order: &OrderFacts<'_>, fees: &Fees) -> Option<HeldFor> {
    if order.state == OrderState::Paid {
        Some(HeldFor::Double)
    } else if order.last_day < money.paid_on {
        Some(HeldFor::Late)
    } else if order.state == OrderState::Closed {
        Some(HeldFor::Ended)
    } else if money.paid_on < order.opened_on {
        Some(HeldFor::Early)
    } else if money.amount != *order.due {
        Some(HeldFor::Amount)
    } else if fees.methods.iter().all(|method| method.id != money.method) {
        Some(HeldFor::Method)
    } else {
        None
    }
}

/// Everything that is wrong with money to be held that is entered on `today`.
pub fn findings_of_money(money: &Confirmation, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut refuse = |pointer: &str, zh: String, en: String| found.push(Finding::invalid_field(pointer, zh, en));
    if money.amount.amount_minor < 1 {
        refuse("/amount/amount_minor", "金额须大于零".to_owned(), "the amount is above zero".to_owned());
    }
    if money.amount.currency.len() != 3 || !money.amount.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        refuse("/amount/currency", "币种须为三个大写字母".to_owned(), "a currency has three capitals (ISO 4217)".to_owned());
    }
    if today < money.paid_on {
        refuse("/paid_on", format!("缴费日期不得晚于 {today}"), format!("not paid after {today}"));
    }
    found
}

/// Everything that is wrong with the refund of money that came in on `paid_on`, entered on `today`.
pub fn findings_of_refund(refund: &Refund, received: &Money, paid_on: NaiveDate, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut refuse =
        |pointer: &str, code: &str, zh: String, en: String| found.push(Finding::field(pointer, code, Text::new(zh, en)));
    if refund.amount.currency != received.currency {
        let currency = &received.currency;
        refuse("/amount/currency", AMOUNT_MISMATCH, format!("币种应为 {currency}"), format!("it came in in {currency}"));
    }
    let (amount, most) = (refund.amount.amount_minor, received.amount_minor);
    if !(1..=most).contains(&amount) {
        let (zh, en) = (format!("退款须为 1 至 {most}"), format!("a refund is 1 to {most}"));
        refuse("/amount/amount_minor", AMOUNT_MISMATCH, zh, en);
    } else if amount < most && refund.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        let (zh, en) = ("退款少于收款的，须说明理由".to_owned(), "less than what came in goes back for a reason".to_owned());
        refuse("/reason", INVALID_FIELD, zh, en);
    }
    if refund.refunded_on < paid_on || today < refund.refunded_on {
        let (zh, en) = (format!("退款日期须在 {paid_on} 至 {today} 之间"), format!("refunded from {paid_on} to {today}"));
        refuse("/refunded_on", INVALID_FIELD, zh, en);
    }
    found
}

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
/// Units within four digits.
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
/// Groups of digits, each with its unit.
const GROUPS: [(u64, &str); 2] = [(100_000_000, "亿"), (10_000, "万")];

fn digit(number: u64) -> &'static str {
    usize::try_from(number).ok().and_then(|index| DIGITS.get(index)).copied().unwrap_or_default()
}

/// An amount of fen in capital Chinese numerals (大写), as receipts are written: 60000 is 陆佰元整.
#[must_use]
pub fn capital_amount(fen: i64) -> String {
    let size = fen.unsigned_abs();
    let (yuan, jiao, cent) = (size / 100, size / 10 % 10, size % 10);
    let mut text = String::from(if fen < 0 { "负" } else { "" });
    if yuan > 0 {
        text.push_str(&capital_number(yuan));
        text.push('元');
    }
    match (jiao, cent) {
        (0, 0) if yuan == 0 => text.push_str("零元整"),
        (0, 0) => text.push('整'),
        (0, cent) => {
            if yuan > 0 {
                text.push('零');
            }
            text.push_str(digit(cent));
            text.push('分');
        }
        (jiao, 0) => {
            text.push_str(digit(jiao));
            text.push_str("角整");
        }
        (jiao, cent) => {
            text.push_str(digit(jiao));
            text.push('角');
            text.push_str(digit(cent));
            text.push('分');
        }
    }
    text
}

/// A whole number above zero. Several zeros in a row are said once, zeros at the end not at all.
fn capital_number(number: u64) -> String {
    for (scale, unit) in GROUPS {
        let (high, low) = (number / scale, number % scale);
        if high == 0 {
            continue;
        }
        let mut text = capital_number(high);
        text.push_str(unit);
        if low > 0 {
            // A zero stands on either side of the unit.
            if high % 10 == 0 || low < scale / 10 {
                text.push('零');
            }
            text.push_str(&capital_number(low));
        }
        return text;
    }
    let mut text = String::new();
    let mut zero_waits = false;
    for (scale, unit) in [1000, 100, 10, 1].into_iter().zip(PLACES.iter().rev()) {
        let value = number / scale % 10;
        if value == 0 {
            zero_waits = !text.is_empty();
            continue;
        }
        if zero_waits {
            text.push('零');
        }
        zero_waits = false;
        text.push_str(digit(value));
        text.push_str(unit);
    }
    text
}

#[cfg(test)]
mod tests;
