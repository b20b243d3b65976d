//! A reason in one line: what an act says of itself for the record.

use title_review_core::person_names::is_hidden;
use validator::ValidationError;

/// Refuses a text with a control character (line breaks and tabs too) or one that is not seen, or of blanks alone.
pub fn one_line(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() || text.chars().any(|c| c.is_control() || is_hidden(c)) {
        Err(ValidationError::new("one_line").with_message("须为一行文字，不得为空白或含控制字符、不可见字符".into()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn blank_text_and_characters_that_are_not_seen_are_refused() {
        for refused in ["", " ", "\u{3000}", "一\n二", "一\t二", "\u{7}", "\u{85}", "一\u{202e}二", "\u{200b}"] {
            assert!(one_line(refused).is_err(), "{refused:?}");
        }
        assert!(one_line("公示起始日期填写有误").is_ok());
    }
}
