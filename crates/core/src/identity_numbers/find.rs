//! Resident IDs and mobile numbers inside longer texts, such as notes and paths.

use std::borrow::Cow;

/// Digits of a resident ID in its old form, and of one in the present form without the check character.
const OLD_FORM: usize = 15;
const WITHOUT_CHECK: usize = 17;
/// Digits of a mobile number.
const MOBILE: usize = 11;

/// The digit of a character, full-width forms included.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

/// Separators between groups of digits.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '.' | '·' | '—' | '－')
}

fn begins_mobile(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'3'..=b'9', ..])
}

/// Whether the text contains digits that could be a resident ID or a mobile number, with or without separators. For texts that need no such
/// number: any long number counts.
#[must_use]
pub fn holds_number(text: &str) -> bool {
    let (mut run, mut found) = (Vec::new(), false);
    let judge = |run: &[u8]| run.len() >= OLD_FORM || run.windows(MOBILE).any(begins_mobile);
    for c in text.chars() {
        match digit(c) {
            Some(digit) => run.push(digit as u8),
            None if is_separator(c) => {}
            None => {
                found |= judge(&run);
                run.clear();
            }
        }
    }
    found || judge(&run)
}

/// The text with each resident ID and mobile number replaced by stars, for answers and logs that repeat input. Numbers of other lengths and
/// numbers inside a longer word, as in ids, are kept.
#[must_use]
pub fn starred(text: &str) -> Cow<'_, str> {
    let mut spans = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, c.is_ascii_alphanumeric() || digit(c).is_some()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                if is_number(&text[from..at]) {
                    spans.push(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut out, mut kept) = (String::with_capacity(text.len()), 0);
    for span in spans {
        out.push_str(&text[kept..span.start]);
        out.push_str(&"*".repeat(text[span.clone()].chars().count()));
        kept = span.end;
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Whether a word of Latin letters and digits is such a number. Chinese text has no spaces around a word.
fn is_number(word: &str) -> bool {
    let digits: Vec<u8> = word.chars().filter_map(digit).map(|digit| digit as u8).collect();
    let others = word.chars().count() - digits.len();
    match digits.len() {
        MOBILE => others == 0 && begins_mobile(&digits),
        OLD_FORM | 18 => others == 0,
        WITHOUT_CHECK => others == 1 && word.ends_with(['x', 'X']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_with_separators_or_full_width_digits_is_found() {
        for text in [
            "11010519491231002X",
            "核对11010519491231002x的照片",
            "110105 19491231 002X",
            "１１０１０５１９４９１２３１００２X",
            "110105491231002",
            "电话13800138000",
            "138-0013-8000",
            "+86 138 0013 8000",
            "8613800138000",
        ] {
            assert!(holds_number(text), "{text}");
        }
        for text in ["核对身份证照片与本人", "2024-08-30 18:00", "申报编号 202465290001", "0997-2123456", "第13章", ""]
        {
            assert!(!holds_number(text), "{text}");
        }
    }

    #[test]
    fn numbers_in_a_repeated_text_are_starred() {
        assert_eq!(starred("/v1/accounts/11010519491231002X/status"), "/v1/accounts/******************/status");
        assert_eq!(starred("身份证110105194912310021.pdf"), "身份证******************.pdf");
        assert_eq!(starred("a 13800138000, b"), "a ***********, b");
        for text in ["/v1/applications/01912345-6789-7abc-8def-013800138000", "202465290001300001x1", "13800138000a", "申报人"] {
            assert_eq!(starred(text), text);
        }
    }
}
