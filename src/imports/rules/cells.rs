//! Cells as spreadsheets leave them: marks of text, blanks and full-width digits are taken away, what has lost something is refused with its cure.

use crate::imports::model::LineError;

/// Codes of findings that are of imports alone.
pub mod code {
    /// A long number that a spreadsheet has rounded.
    pub const NUMBER_FLOAT: &str = "number_float";
    /// A resident ID or a credit code that a spreadsheet has rounded.
    pub const ID_NUMBER_FLOAT: &str = "id_number_float";
    /// A formula, or an error in the place of its value.
    pub const FORMULA_CELL: &str = "formula_cell";
    /// A cell that has to be filled is empty.
    pub const MISSING_FIELD: &str = "missing_field";
}

/// A cell without what a spreadsheet has put around it, and whether anything was.
#[must_use]
pub fn tidied(cell: &str) -> (String, bool) {
    let mut text = cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{a0}'));
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        text = inner.trim();
    }
    if let Some(rest) = text.strip_prefix('\'') {
        text = rest.trim();
    }
    (text.to_owned(), text != cell)
}

/// Full-width letters, digits and signs as ASCII: for codes, not for names.
#[must_use]
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

/// A number that a spreadsheet writes with an exponent.
fn is_float(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    mantissa.parse::<f64>().is_ok() && exponent.parse::<i32>().is_ok() && mantissa.starts_with(|c: char| c.is_ascii_digit())
}

/// Cells of a row by field, with what is wrong with them.
#[derive(Debug, Default)]
pub struct Reader<'a> {
    cells: Vec<(&'a str, &'a str)>,
    /// What is wrong.
    pub errors: Vec<LineError>,
    /// Something was taken away or mended.
    pub normalised: bool,
}

impl<'a> Reader<'a> {
    /// The cells of a row, each with its field.
    #[must_use]
    pub fn new(cells: Vec<(&'a str, &'a str)>) -> Self {
        Self { cells, ..Self::default() }
    }

    fn error(&mut self, field: &str, code: &str, zh: &str, en: &str) {
        self.errors.push(LineError::field(field, code, zh, en));
    }

    /// A text, as people write it; none where the cell is empty or refused.
    pub fn text(&mut self, field: &str) -> Option<String> {
        let cell = self.cells.iter().find(|(name, _)| *name == field).map(|(_, cell)| *cell)?;
        let (text, changed) = tidied(cell);
        self.normalised |= changed && !text.is_empty();
        let error = text.starts_with('#') && text.ends_with(['!', '?', 'A', '0']) && text.to_ascii_uppercase() == text;
        if text.starts_with('=') || error {
            self.error(
                field,
                code::FORMULA_CELL,
                "单元格是公式或公式的错误值：请改为固定的值后重新填写",
                "the cell is a formula, or the error of one: replace it by its value",
            );
            return None;
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// A text that has to be there.
    pub fn needed(&mut self, field: &str) -> Option<String> {
        let before = self.errors.len();
        let text = self.text(field);
        if text.is_none() && self.errors.len() == before {
            self.error(field, code::MISSING_FIELD, "不能为空", "may not be empty");
        }
        text
    }

    /// A code of digits and letters that has to be there: full-width ones are taken; what a spreadsheet has rounded is refused.
    pub fn code(&mut self, field: &str) -> Option<String> {
        let text = self.needed(field)?;
        let code: String = half_width(&text).chars().filter(|c| !c.is_whitespace()).collect();
        self.normalised |= code != text;
        if is_float(&code) || (code.len() > 15 && code.strip_suffix(".0").is_some()) {
            self.error(
                field,
                code::ID_NUMBER_FLOAT,
                "表格软件把号码变成了数字，末位已丢失：请把该列设为文本后重新填写",
                "a spreadsheet has made the number a float, and its last digits are lost: make the column text and enter it anew",
            );
            return None;
        }
        Some(code)
    }

    /// A whole number that has to be there. `unit`: words that may follow it.
    pub fn number(&mut self, field: &str, unit: &[&str]) -> Option<i64> {
        let text = self.needed(field)?;
        let plain = half_width(&text);
        let bare = unit.iter().find_map(|unit| plain.strip_suffix(unit)).unwrap_or(&plain).trim();
        let bare = bare.strip_suffix(".0").or_else(|| bare.strip_suffix(".00")).unwrap_or(bare);
        self.normalised |= bare != text;
        if is_float(bare) {
            self.error(field, code::NUMBER_FLOAT, "须为整数，不用科学记数", "is a whole number, without an exponent");
            return None;
        }
        let number = bare.parse::<i64>().ok();
        if number.is_none() {
            self.error(field, "invalid_field", "须为整数", "is a whole number");
        }
        number
    }

    /// One of these terms, by the wire value or the Chinese word; it has to be there.
    pub fn term<T: Copy>(&mut self, field: &str, terms: &[(T, &str, &str)]) -> Option<T> {
        let text = self.needed(field)?;
        let plain = half_width(&text).to_lowercase();
        let found = terms.iter().find(|(_, wire, zh)| plain == *wire || text == *zh);
        if found.is_none() {
            let words: Vec<&str> = terms.iter().map(|(_, _, zh)| *zh).collect();
            let wires: Vec<&str> = terms.iter().map(|(_, wire, _)| *wire).collect();
            let (zh, en) = (format!("须为：{}", words.join("、")), format!("is one of: {}", wires.join(", ")));
            self.error(field, "invalid_field", &zh, &en);
        }
        found.map(|(term, _, _)| *term)
    }

    /// Yes or no; no where the cell is empty.
    pub fn flag(&mut self, field: &str) -> bool {
        let Some(text) = self.text(field) else { return false };
        match half_width(&text).to_lowercase().as_str() {
            "是" | "true" | "1" | "y" | "yes" | "√" => true,
            "否" | "false" | "0" | "n" | "no" => false,
            _ => {
                self.error(field, "invalid_field", "须为“是”或“否”", "is yes or no");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(reader: &Reader<'_>) -> Vec<String> {
        reader.errors.iter().map(|error| error.code.clone()).collect()
    }

    #[test]
    fn marks_of_a_spreadsheet_are_taken_away_and_counted() {
        for cell in ["=\"652901\"", "'652901", "\t652901", "６５２９０１", " 652901\u{a0}", "\u{feff}652901", "652 901"] {
            let mut reader = Reader::new(vec![("region", cell)]);
            assert_eq!(reader.code("region").as_deref(), Some("652901"), "{cell}");
            assert!(reader.normalised, "{cell}");
        }
        let mut plain = Reader::new(vec![("region", "652901"), ("name", "测绘院（示例）１")]);
        assert_eq!((plain.code("region").as_deref(), plain.normalised), (Some("652901"), false));
        assert_eq!(plain.text("name").as_deref(), Some("测绘院（示例）１"));
    }

    #[test]
    fn what_has_lost_digits_or_is_a_formula_is_refused() {
        for (cell, code) in [
            ("6.52901E+17", "id_number_float"),
            ("652901198506150000.0", "id_number_float"),
            ("6.52901e+17", "id_number_float"),
            ("=A1&B1", "formula_cell"),
            ("#N/A", "formula_cell"),
            ("#VALUE!", "formula_cell"),
            ("  ", "missing_field"),
        ] {
            let mut reader = Reader::new(vec![("id_number", cell)]);
            assert_eq!(reader.code("id_number"), None, "{cell}");
            assert_eq!(codes(&reader), [code], "{cell}");
            assert!(!format!("{:?}", reader.errors).contains("6.5"), "no finding repeats a cell");
        }
        let mut absent = Reader::new(Vec::new());
        assert_eq!(absent.code("id_number"), None);
        assert_eq!(codes(&absent), ["missing_field"]);
    }

    #[test]
    fn numbers_terms_and_flags_are_read_in_both_languages() {
        for (cell, number) in [("60", 60), ("60.0", 60), ("６０", 60), ("60学时", 60)] {
            assert_eq!(Reader::new(vec![("hours", cell)]).number("hours", &["学时"]), Some(number), "{cell}");
        }
        for cell in ["六十", "60.5", "6E1"] {
            assert_eq!(Reader::new(vec![("hours", cell)]).number("hours", &[]), None, "{cell}");
        }
        let terms = [(1, "general", "公需课"), (2, "specialty", "专业课")];
        for (cell, term) in [("公需课", Some(1)), ("Specialty", Some(2)), ("别的", None)] {
            assert_eq!(Reader::new(vec![("kind", cell)]).term("kind", &terms), term);
        }
        assert!(Reader::new(vec![("civil", "是")]).flag("civil"));
        assert!(!Reader::new(vec![("civil", "")]).flag("civil"));
    }
}
