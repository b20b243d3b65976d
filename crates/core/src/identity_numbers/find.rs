//! Resident IDs and mobile numbers inside longer texts: what people write where it does not belong, or send where it is repeated to them.

use std::borrow::Cow;

/// Digits of a resident ID in its old form, and of one in the present form without the check character.
const OLD_FORM: usize = 15;
const WITHOUT_CHECK: usize = 17;
/// Digits of a mobile number.
const MOBILE: usize = 11;

/// The digit that a character stands for, full-width forms included.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

/// What people put between groups of digits.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '.' | '·' | '—' | '－')
}

fn begins_mobile(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'3'..=b'9', ..])
}

/// The text has digits in a row that could be a resident ID or a mobile number, whatever stands between them. Meant for texts that need no such
/// number: it would rather take a long number for one than miss one.
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

/// The text with stars in place of what has the form of a resident ID or a mobile number: for what repeats a client's words. Numbers of other
/// lengths and those that are part of a longer word, as in ids, stay.
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

/// A word of Latin letters and digits that is such a number and nothing else. Chinese text has no spaces around it.
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
    fn a_number_is_found_however_it_is_written() {
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
    fn what_is_repeated_has_stars() {
        assert_eq!(starred("/v1/accounts/11010519491231002X/status"), "/v1/accounts/******************/status");
        assert_eq!(starred("身份证110105194912310021.pdf"), "身份证******************.pdf");
        assert_eq!(starred("a 13800138000, b"), "a ***********, b");
        for text in ["/v1/applications/01912345-6789-7abc-8def-013800138000", "202465290001300001x1", "13800138000a", "申报人"] {
            assert_eq!(starred(text), text);
        }
    }
}
