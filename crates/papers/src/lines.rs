//! Breaking text into lines: between any two characters of Chinese but before closing and after opening punctuation; runs of Latin letters and digits stay
//! whole where a line can hold them.

/// Marks that begin no line.
const NOT_FIRST: &str = "，。、；：？！）】》〉」』〕”’…—％%°℃,.;:?!)]}·～/";
/// Marks that end no line.
const NOT_LAST: &str = "（【《〈「『〔“‘([{￥$#";

/// A line, with its width in ems.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Its text, without the space at its end.
    pub text: String,
    /// Its width.
    pub width: f32,
    /// The paragraph goes on in the next line.
    pub goes_on: bool,
}

fn is_word(c: char) -> bool {
    c.is_ascii_graphic() || ('\u{a1}'..='\u{24f}').contains(&c) && c != '·'
}

/// Whether a line may end between these two.
fn may_break(before: char, after: char) -> bool {
    if NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    before == ' ' || after == ' ' || !(is_word(before) && is_word(after))
}

/// Lines of at most `width` ems, the first shorter by `indent`. Each line break of the text begins a new line.
pub(crate) fn break_lines(text: &str, width: f32, indent: f32, width_of: impl Fn(char) -> f32) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, paragraph) in text.split('\n').enumerate() {
        let first = if at == 0 { indent } else { 0.0 };
        break_paragraph(paragraph, width, first, &width_of, &mut lines);
    }
    lines
}

fn break_paragraph(text: &str, width: f32, indent: f32, width_of: &impl Fn(char) -> f32, lines: &mut Vec<Line>) {
    let chars: Vec<char> = text.trim_end().chars().collect();
    let mut start = 0;
    let mut room = width - indent;
    loop {
        let mut used = 0.0;
        let mut end = start;
        // A hair more than the room: a sum of widths is not exact.
        while end < chars.len() && used + width_of(chars[end]) <= room + 0.001 {
            used += width_of(chars[end]);
            end += 1;
        }
        // A line takes one character at least, however narrow it is.
        end = end.max(start + 1).min(chars.len());
        let whole = end >= chars.len();
        if !whole {
            end = (start + 1..=end).rev().find(|at| may_break(chars[at - 1], chars[*at])).unwrap_or(end);
        }
        let line: String = chars[start..end].iter().collect();
        let line = line.trim_end_matches(' ').to_owned();
        let line_width = line.chars().map(width_of).sum();
        lines.push(Line { text: line, width: line_width, goes_on: !whole });
        if whole {
            return;
        }
        start = end;
        while start < chars.len() && chars[start] == ' ' {
            start += 1;
        }
        room = width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, width: f32) -> Vec<String> {
        let width_of = |c: char| if c.is_ascii() { 0.5 } else { 1.0 };
        break_lines(text, width, 0.0, width_of).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn chinese_breaks_anywhere_but_at_punctuation() {
        assert_eq!(broken("申报材料真实有效", 4.0), ["申报材料", "真实有效"]);
        assert_eq!(broken("申报材料，真实", 4.0), ["申报材", "料，真实"]);
        assert_eq!(broken("申报材（料）真", 4.0), ["申报材", "（料）真"]);
    }

    #[test]
    fn word_stays_whole_where_a_line_can_hold_it() {
        assert_eq!(broken("坐标CGCS2000系", 5.0), ["坐标", "CGCS2000系"]);
        assert_eq!(broken("ABCDEFGHIJ", 2.0), ["ABCD", "EFGH", "IJ"]);
        assert_eq!(broken("ab cd ef", 2.5), ["ab cd", "ef"]);
    }

    #[test]
    fn line_break_of_the_text_is_kept() {
        assert_eq!(broken("一\n\n二", 4.0), ["一", "", "二"]);
        assert_eq!(broken("", 4.0), [""]);
    }

    #[test]
    fn no_width_is_too_small_to_end() {
        assert_eq!(broken("（（）），", 0.1).concat(), "（（）），");
    }
}
