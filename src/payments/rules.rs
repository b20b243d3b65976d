//! What a confirmation has to say, and amounts in Chinese capitals.

use super::model::Confirmation;
use crate::records::orders::Money;
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
