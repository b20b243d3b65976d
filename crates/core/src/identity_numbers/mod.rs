//! Numbers with a check character: the resident ID (GB 11643) and the unified social credit code (GB 32100). Also the masked forms of numbers
//! and names (A1).
//!
//! Both standards end in a check character over a prime modulus with weights that are never zero, so a change of any one
//! character is always detected.

use chrono::{Datelike, NaiveDate};

use crate::vocabulary::Sex;

mod find;
#[cfg(test)]
mod tests;

pub use find::{holds_number, starred};

/// Characters in a resident ID and in a credit code.
const LENGTH: usize = 18;
/// GB 11643: the check characters for a weighted sum modulo 11 of 0, 1, 2 …
const RESIDENT_CHECKS: &[u8; 11] = b"10X98765432";
/// GB 32100: the characters in their numeric order; I, O, S, V, Z are left out because they are misread.
const CREDIT_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The data in a valid resident ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResidentId {
    /// Birth date, characters 7 to 14.
    pub birth_date: NaiveDate,
    /// Odd 17th character: male; even: female.
    pub sex: Sex,
}

/// The error for a text that is not a resident ID or a credit code. It does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not 18 characters.
    #[error("must have 18 characters")]
    Length,
    /// A character that the standard does not allow at its position.
    #[error("has a character that is not allowed at position {0}")]
    Character(usize),
    /// The birth date in a resident ID is not a day of the calendar.
    #[error("holds an impossible birth date")]
    BirthDate,
    /// The last character does not follow from the others.
    #[error("has a wrong check character")]
    Check,
}

impl NumberError {
    /// The same reason in Chinese.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Self::Length => "应为18位".to_owned(),
            Self::Character(at) => format!("第{at}位字符不合规"),
            Self::BirthDate => "其中的出生日期不存在".to_owned(),
            Self::Check => "校验位不正确".to_owned(),
        }
    }
}

/// The bytes of `text`, if there are eighteen.
fn eighteen(text: &str) -> Result<&[u8; LENGTH], NumberError> {
    text.as_bytes().try_into().map_err(|_| NumberError::Length)
}

/// Check character of the first 17 digits of a resident ID, or `None` if these are not 17 digits.
#[must_use]
pub fn resident_id_check(first_17: &str) -> Option<char> {
    if first_17.len() != LENGTH - 1 || !first_17.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Weights are 2^(17 - i) mod 11: doubling the running sum gives them without a table.
    let sum = first_17.bytes().fold(0_usize, |sum, b| (sum + usize::from(b - b'0')) * 2 % 11);
    Some(char::from(RESIDENT_CHECKS[sum]))
}

/// Reads a resident ID (GB 11643): 17 digits and a check character, `X` written as a capital.
pub fn parse_resident_id(text: &str) -> Result<ResidentId, NumberError> {
    let bytes = eighteen(text)?;
    for (i, b) in bytes.iter().enumerate() {
        let check_x = i == LENGTH - 1 && *b == b'X';
        if !b.is_ascii_digit() && !check_x {
            return Err(NumberError::Character(i + 1));
        }
    }
    let digits = |from: usize, to: usize| bytes[from..to].iter().fold(0_u32, |n, b| n * 10 + u32::from(b - b'0'));
    let birth_date = i32::try_from(digits(6, 10))
        .ok()
        .filter(|year| *year >= 1800)
        .and_then(|year| NaiveDate::from_ymd_opt(year, digits(10, 12), digits(12, 14)))
        .ok_or(NumberError::BirthDate)?;
    if resident_id_check(&text[..LENGTH - 1]) != Some(char::from(bytes[LENGTH - 1])) {
        return Err(NumberError::Check);
    }
    let sex = if digits(16, 17) % 2 == 1 { Sex::Male } else { Sex::Female };
    Ok(ResidentId { birth_date, sex })
}

/// Check character of the first 17 characters of a credit code, or `None` if a character is not in the alphabet of the standard.
#[must_use]
pub fn credit_code_check(first_17: &str) -> Option<char> {
    if first_17.len() != LENGTH - 1 {
        return None;
    }
    let (mut sum, mut weight) = (0, 1);
    for b in first_17.bytes() {
        sum += CREDIT_ALPHABET.iter().position(|c| *c == b)? * weight;
        weight = weight * 3 % 31;
    }
    Some(char::from(CREDIT_ALPHABET[(31 - sum % 31) % 31]))
}

/// Checks a unified social credit code (GB 32100): 18 characters, capitals, with the region as digits in 3 to 8.
pub fn check_credit_code(text: &str) -> Result<(), NumberError> {
    let bytes = eighteen(text)?;
    for (i, b) in bytes.iter().enumerate() {
        let region = (2..8).contains(&i);
        if !CREDIT_ALPHABET.contains(b) || (region && !b.is_ascii_digit()) {
            return Err(NumberError::Character(i + 1));
        }
    }
    // Characters 1 (who registers), 3 to 8 (region) and 9 to 17 (whom) are never all zero; the check character of zeros is a zero, too.
    for part in [0..1, 2..8, 8..17] {
        let first = part.start + 1;
        if bytes[part].iter().all(|b| *b == b'0') {
            return Err(NumberError::Character(first));
        }
    }
    if credit_code_check(&text[..LENGTH - 1]) == Some(char::from(bytes[LENGTH - 1])) { Ok(()) } else { Err(NumberError::Check) }
}

/// Replaces all but the `head` first and the `tail` last characters by stars; all characters, if none would be replaced.
fn mask(text: &str, head: usize, tail: usize) -> String {
    let count = text.chars().count();
    if count <= head + tail {
        return "*".repeat(count);
    }
    text.chars().enumerate().map(|(i, c)| if i < head || i >= count - tail { c } else { '*' }).collect()
}

/// A resident ID with the middle digits, which contain the birth date, replaced by stars (A1).
#[must_use]
pub fn mask_id_number(text: &str) -> String {
    mask(text, 6, 4)
}

/// A telephone number with its first three and last four characters.
#[must_use]
pub fn mask_phone(text: &str) -> String {
    mask(text, 3, 4)
}

/// A name with all but its first character replaced by stars; a name of one character is replaced as a whole.
#[must_use]
pub fn mask_name(text: &str) -> String {
    mask(text, 1, 0)
}

/// Whole years from `birth_date` to `on`; a birthday counts from its day on, 29 February from 1 March in common years.
#[must_use]
pub fn age_on(birth_date: NaiveDate, on: NaiveDate) -> i32 {
    let before_birthday = (on.month(), on.day()) < (birth_date.month(), birth_date.day());
    on.year() - birth_date.year() - i32::from(before_birthday)
}
