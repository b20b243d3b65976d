//! A reason in one line: what an act says of itself for the record.

use validator::ValidationError;

/// Refuses a text with a control character (line breaks and tabs too), or of blanks alone.
pub fn one_line(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        Err(ValidationError::new("one_line").with_message("须为一行文字，不得为空白或含控制字符".into()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn blank_text_and_control_characters_are_refused() {
        for refused in ["", " ", "\u{3000}", "一\n二", "一\t二", "\u{7}", "\u{85}"] {
            assert!(one_line(refused).is_err(), "{refused:?}");
        }
        assert!(one_line("公示起始日期填写有误").is_ok());
    }
}
