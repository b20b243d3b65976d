//! Amounts in capitals, by examples and against a plain reading; what a confirmation may say.

use super::*;
use proptest::prelude::*;
use title_review_core::cycles::definition::NamedItem;

// clauses: 4.6
#[test]
fn fees_are_written_in_chinese_capitals() {
    for (fen, words) in [
        (60_000, "陆佰元整"),
        (40_000, "肆佰元整"),
        (20_000, "贰佰元整"),
        (0, "零元整"),
        (1, "壹分"),
        (50, "伍角整"),
        (105, "壹元零伍分"),
        (1_010, "壹拾元壹角整"),
        (168_032, "壹仟陆佰捌拾元叁角贰分"),
        (100_700_053, "壹佰万零柒仟元伍角叁分"),
        (1_000_000, "壹万元整"),
        (1_000_100, "壹万零壹元整"),
        (1_001_000, "壹万零壹拾元整"),
        (100_010_000, "壹佰万零壹佰元整"),
        (10_000_000_000, "壹亿元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (123_450_000_000_000, "壹万贰仟叁佰肆拾伍亿元整"),
        (-60_000, "负陆佰元整"),
    ] {
        assert_eq!(capital_amount(fen), words, "{fen}");
    }
}

/// Reads capitals back: digits are carried to their units.
fn read(words: &str) -> i64 {
    let (sign, words) = words.strip_prefix('负').map_or((1, words), |rest| (-1, rest));
    let (mut total, mut group, mut number, mut fen) = (0_i64, 0_i64, 0_i64, 0_i64);
    for c in words.chars() {
        match c {
            '拾' => (group, number) = (group + number * 10, 0),
            '佰' => (group, number) = (group + number * 100, 0),
            '仟' => (group, number) = (group + number * 1000, 0),
            '万' => (total, group, number) = (total + (group + number) * 10_000, 0, 0),
            '亿' => (total, group, number) = ((total + group + number) * 100_000_000, 0, 0),
            '元' => (fen, total, group, number) = ((total + group + number) * 100, 0, 0, 0),
            '角' => (fen, number) = (fen + number * 10, 0),
            '分' => (fen, number) = (fen + number, 0),
            '整' => {}
            digit => {
                number =
                    i64::try_from(DIGITS.iter().position(|known| known.starts_with(digit)).expect("a numeral")).expect("small");
            }
        }
    }
    sign * fen
}

proptest! {
    #[test]
    fn chinese_capitals_round_trip(fen in -99_999_999_999_999_i64..=99_999_999_999_999) {
        let words = capital_amount(fen);
        prop_assert_eq!(read(&words), fen, "{}", &words);
        prop_assert!(!words.contains("零零"), "{}", &words);
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn money(amount_minor: i64, currency: &str) -> Money {
    Money { amount_minor, currency: currency.to_owned() }
}

fn fees() -> Fees {
    Fees {
        currency: "CNY".to_owned(),
        amounts: Vec::new(),
        methods: vec![NamedItem { id: "bank".to_owned(), name: "银行缴费".to_owned() }],
        clause: "4.6".to_owned(),
        booking_days: 0,
    }
}

// clauses: 4.6
#[test]
fn a_confirmation_says_a_known_method_a_past_day_and_the_fee() {
    let fees = fees();
    let given = Confirmation {
        method: "bank".to_owned(),
        reference: "B1".to_owned(),
        paid_on: day("2024-09-10"),
        amount: money(40_000, "CNY"),
    };
    let codes = |given: &Confirmation, due: &Money| {
        let found = findings(given, due, &fees, day("2024-09-05"), day("2024-09-12"));
        found.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert!(codes(&given, &money(40_000, "CNY")).is_empty());
    assert_eq!(codes(&given, &money(60_000, "CNY")), ["amount_mismatch"]);
    assert_eq!(codes(&given, &money(40_000, "USD")), ["amount_mismatch"]);
    for paid_on in ["2024-09-04", "2024-09-13"] {
        assert_eq!(codes(&Confirmation { paid_on: day(paid_on), ..given.clone() }, &money(40_000, "CNY")), ["invalid_field"]);
    }
    assert_eq!(
        codes(&Confirmation { method: "cash".to_owned(), ..given.clone() }, &money(1, "CNY")),
        ["invalid_field", "amount_mismatch"]
    );
}

// clauses: 2.3, 4.6
#[test]
fn money_is_held_for_the_first_reason_and_what_settles_is_not() {
    let (fees, due) = (fees(), money(40_000, "CNY"));
    let order = OrderFacts { due: &due, state: OrderState::Open, opened_on: day("2024-08-05"), last_day: day("2024-09-15") };
    let paid = |paid_on: &str, amount: Money| Confirmation {
        method: "bank".to_owned(),
        reference: "BANK-0001".to_owned(),
        paid_on: day(paid_on),
        amount,
    };
    let settles = paid("2024-09-15", due.clone());
    assert_eq!(held_for(&settles, &order, &fees), None);
    assert_eq!(held_for(&paid("2024-08-05", due.clone()), &order, &fees), None);
    for (money, expected) in [
        (paid("2024-09-16", money(1, "USD")), HeldFor::Late),
        (paid("2024-08-04", money(1, "CNY")), HeldFor::Early),
        (paid("2024-09-15", money(40_001, "CNY")), HeldFor::Amount),
        (paid("2024-09-15", money(40_000, "USD")), HeldFor::Amount),
        (Confirmation { method: "cash".to_owned(), ..settles.clone() }, HeldFor::Method),
    ] {
        assert_eq!(held_for(&money, &order, &fees), Some(expected), "{money:?}");
    }
    let closed = OrderFacts { state: OrderState::Closed, ..order.clone() };
    assert_eq!(held_for(&settles, &closed, &fees), Some(HeldFor::Ended));
    let double = OrderFacts { state: OrderState::Paid, ..order };
    assert_eq!(held_for(&paid("2024-09-16", due.clone()), &double, &fees), Some(HeldFor::Double));
}

proptest! {
    // clauses: 4.6
    #[test]
    fn refund_is_never_above_what_came_in(received in 1_i64..1_000_000, back in -10_i64..1_000_010, has_reason: bool) {
        let refund = Refund {
            amount: money(back, "CNY"),
            reference: "OUT-0001".to_owned(),
            refunded_on: day("2024-10-08"),
            reason: has_reason.then(|| "扣除汇款手续费".to_owned()),
        };
        let found = findings_of_refund(&refund, &money(received, "CNY"), day("2024-09-16"), day("2024-10-08"));
        prop_assert_eq!(found.is_empty(), back == received || (1..received).contains(&back) && has_reason);
    }
}
