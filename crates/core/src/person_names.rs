//! Names of persons: one rule wherever one is entered. Notices, forms and certificates print them.

use validator::ValidationError;

/// Characters of a name at most.
pub const MOST: usize = 50;

/// Why a text is not the name of a person. It does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing that is seen.
    #[error("is blank")]
    Blank,
    /// More than [`MOST`] characters.
    #[error("has more than {MOST} characters")]
    TooLong,
    /// Digits: a name holds no number of a person or of a telephone.
    #[error("holds digits")]
    Digit,
    /// A dot between the parts of a name that is not U+00B7.
    #[error("has another dot than `·` (U+00B7) between its parts")]
    Dot,
    /// A character that is neither a letter nor between the parts of a name: line breaks, signs, what is not seen or turns the direction of writing.
    #[error("holds U+{0:04X}, which is not a letter")]
    Character(u32),
    /// What stands between two parts of a name stands elsewhere.
    #[error(
        "has a dot, space, hyphen or apostrophe that is not between two parts, or one beside a Chinese character that is not a dot"
    )]
    Apart,
}

impl NameError {
    /// The same reason in Chinese.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Self::Blank => "不得为空白".to_owned(),
            Self::TooLong => format!("最多{MOST}个字符"),
            Self::Digit => "不得含有数字".to_owned(),
            Self::Dot => "间隔号应为“·”（U+00B7）".to_owned(),
            Self::Character(code) => format!("不得含有文字以外的字符（U+{code:04X}）"),
            Self::Apart => "间隔号、空格、连字符只用于姓名各部分之间，汉字之间不加空格".to_owned(),
        }
    }
}

/// Characters that are not seen, or that turn the direction of what follows: two texts that differ in them look alike.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !is_hidden(c)
}

/// Characters of Chinese: no blank stands beside them in a name.
const fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A name of a person, as on the resident ID: letters of any script; between two parts of it the dot `·` (U+00B7), which no other dot stands in for;
/// between letters of scripts that write so, a space, a hyphen or an apostrophe.
pub fn check_person_name(text: &str) -> Result<(), NameError> {
    let chars: Vec<char> = text.chars().take(MOST + 1).collect();
    if chars.iter().all(|c| c.is_whitespace() || is_hidden(*c)) {
        return Err(NameError::Blank);
    }
    if chars.len() > MOST {
        return Err(NameError::TooLong);
    }
    for (at, c) in chars.iter().copied().enumerate() {
        let between = |allowed: fn(char) -> bool| {
            let before = at.checked_sub(1).and_then(|before| chars.get(before));
            [before, chars.get(at + 1)].iter().all(|beside| beside.is_some_and(|beside| allowed(*beside)))
        };
        match c {
            '·' if between(is_letter) => {}
            ' ' | '-' | '\'' | '’' if between(|c| is_letter(c) && !is_chinese(c)) => {}
            '·' | ' ' | '-' | '\'' | '’' => return Err(NameError::Apart),
            '.' | '．' | '•' | '‧' | '∙' | '⋅' | '・' | '･' => return Err(NameError::Dot),
            // 〇 counts as a number, and is written in names.
            _ if c.is_numeric() && !is_chinese(c) => return Err(NameError::Digit),
            _ if !is_letter(c) => return Err(NameError::Character(c.into())),
            _ => {}
        }
    }
    Ok(())
}

/// [`check_person_name`] for fields of a body.
pub fn person_name(text: &str) -> Result<(), ValidationError> {
    check_person_name(text).map_err(|error| {
        let code = if error == NameError::Blank { "blank" } else { "person_name" };
        let mut told = ValidationError::new(code).with_message(format!("姓名{}", error.zh()).into());
        told.add_param("en".into(), &format!("the name {error}"));
        told
    })
}

/// The same for a list of names.
pub fn person_names(names: &[String]) -> Result<(), ValidationError> {
    names.iter().try_for_each(|name| person_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    // clauses: 4.2.1a
    #[test]
    fn names_of_every_script_are_taken() {
        for name in [
            "甲",
            "申报人甲",
            "欧阳金丝雀",
            "𠮷田",
            "李〇",
            "阿卜杜热合曼·买买提",
            "古丽巴哈尔·阿不都热依木·吾买尔江",
            "ئابدۇراخمان مەمەت",
            "ئابدۇراخمان·مەمەت",
            "མཁའ",
            "Ánna-Marí O'Nhà",
            "Mary Ann d’Or",
            "Иван Петров",
            &"阿".repeat(MOST),
        ] {
            assert_eq!(check_person_name(name), Ok(()), "{name}");
        }
    }

    // clauses: 4.2.1a
    #[test]
    fn what_is_no_name_is_refused() {
        use NameError as No;
        for (name, why) in [
            ("", No::Blank),
            (" \u{3000}\t", No::Blank),
            ("\u{200b}\u{feff}", No::Blank),
            ("\u{3164}", No::Blank),
            (&"阿".repeat(MOST + 1), No::TooLong),
            ("张三1", No::Digit),
            ("张三１３８００１３８０００", No::Digit),
            ("11010519491231002X", No::Digit),
            ("张③", No::Digit),
            ("٣", No::Digit),
            ("买买提•吐尔逊", No::Dot),
            ("买买提.吐尔逊", No::Dot),
            ("张\n三", No::Character(0x0a)),
            ("张\u{200b}三", No::Character(0x200b)),
            ("张三\u{202e}", No::Character(0x202e)),
            ("张三\u{2066}甲", No::Character(0x2066)),
            ("张\u{2028}三", No::Character(0x2028)),
            ("张三（小）", No::Character(0xff08)),
            ("张\u{3000}三", No::Character(0x3000)),
            ("clerk_a", No::Character(0x5f)),
            ("<b>", No::Character(0x3c)),
            ("张 三", No::Apart),
            (" 张三", No::Apart),
            ("张三 ", No::Apart),
            ("Mary  Ann", No::Apart),
            ("·张三", No::Apart),
            ("张··三", No::Apart),
            ("张三 Mary", No::Apart),
        ] {
            assert_eq!(check_person_name(name), Err(why), "{name:?}");
        }
    }
}
