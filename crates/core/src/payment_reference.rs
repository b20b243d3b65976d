//! The short reference of an order that a payer writes on a transfer: the order's number and a check digit. Digits alone, so that it can be typed
//! at any bank's counter.
//!
//! The check digit is Damm's: it detects every wrong digit and every two neighbours that changed places.

use std::fmt;
use std::str::FromStr;

/// Number of the first order of a server: references have seven digits and no zero in front, which spreadsheets drop.
pub const FIRST_NUMBER: i64 = 100_001;

/// A totally anti-symmetric quasigroup (H. M. Damm, 2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The interim digit after these digits; zero after a number with its check digit. `None` if one is no digit.
fn interim(digits: &str) -> Option<u8> {
    digits.bytes().try_fold(0_u8, |interim, byte| {
        let digit = char::from(byte).to_digit(10)?;
        DAMM.get(usize::from(interim))?.get(usize::try_from(digit).ok()?).copied()
    })
}

/// The reference of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentReference(i64);

impl PaymentReference {
    /// Of the order with this number.
    #[must_use]
    pub const fn of(number: i64) -> Self {
        Self(number)
    }

    /// The number of its order.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for PaymentReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        write!(f, "{digits}{}", interim(&digits).unwrap_or_default())
    }
}

/// The text is no reference: it has other characters than digits, or a digit is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment reference has digits alone, and a check digit that fits them")]
pub struct NotAReference;

impl FromStr for PaymentReference {
    type Err = NotAReference;

    /// Blanks and hyphens are passed over, as people write them.
    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if !(2..=18).contains(&digits.len()) || interim(&digits) != Some(0) {
            return Err(NotAReference);
        }
        let number = digits[..digits.len() - 1].parse().map_err(|_| NotAReference)?;
        let reference = Self(number);
        // One number, one text: no zero in front.
        if reference.to_string() == digits { Ok(reference) } else { Err(NotAReference) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // clauses: 4.6
    #[test]
    fn published_example_has_its_check_digit() {
        // Damm's own: 572 is followed by 4.
        assert_eq!(PaymentReference::of(572).to_string(), "5724");
        assert_eq!("57-2 4".parse(), Ok(PaymentReference::of(572)));
        assert_eq!(PaymentReference::of(FIRST_NUMBER).to_string().len(), 7);
        for refused in ["", "4", "0", "5725", "05724", "57a4", "５７２４", "99999999999999999999"] {
            assert_eq!(refused.parse::<PaymentReference>(), Err(NotAReference), "{refused}");
        }
    }

    proptest! {
        // clauses: 4.6
        #[test]
        fn wrong_digit_and_exchanged_neighbours_are_detected(number in 1_i64..10_000_000_000, at in any::<prop::sample::Index>(), by in 1_u8..10) {
            let text = PaymentReference::of(number).to_string();
            prop_assert_eq!(text.parse::<PaymentReference>().map(PaymentReference::number), Ok(number));
            let mut wrong = text.clone().into_bytes();
            let place = at.index(wrong.len());
            wrong[place] = b'0' + (wrong[place] - b'0' + by) % 10;
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert!(wrong.parse::<PaymentReference>().is_err(), "{}", wrong);
            let mut exchanged = text.clone().into_bytes();
            let place = at.index(exchanged.len() - 1);
            exchanged.swap(place, place + 1);
            let exchanged = String::from_utf8(exchanged).unwrap();
            prop_assert_eq!(exchanged == text, exchanged.parse::<PaymentReference>().is_ok());
        }
    }
}
