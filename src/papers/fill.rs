//! Filling in the templates of a notice: its marks (`××同志`, `×（高、中、初）级`, `××××年××月××日`) are replaced by what is on record; a mark of which nothing is
//! known stays, to be written by hand.

use chrono::{Datelike as _, NaiveDate};

/// What replaces the marks of a template.
#[derive(Debug, Clone, Default)]
pub(super) struct Filling {
    pub name: String,
    pub series: String,
    pub specialty: String,
    pub level_group: String,
    /// Sex, ethnicity, political status, masked number, present title.
    pub basics: String,
    /// What was achieved, in short.
    pub results: String,
    /// First and last day of the publicity.
    pub days: Option<(NaiveDate, NaiveDate)>,
}

/// A date in words.
pub(super) fn date(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// A template in its parts: paragraphs, then the lines to sign, then notes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub paragraphs: Vec<String>,
    pub signatures: Vec<String>,
    pub notes: Vec<String>,
}

/// A line that somebody signs, seals or dates.
fn is_signature(line: &str) -> bool {
    let blank_date = line.contains('年') && line.contains('月') && line.ends_with('日') && line.chars().count() <= 14;
    let signed = ["签字", "签名", "公章"].iter().any(|word| line.contains(word)) && line.chars().count() <= 24;
    blank_date || signed
}

/// Divides a template. Notes begin with `注：`.
pub(super) fn divide(text: &str) -> Parts {
    let mut parts = Parts::default();
    let mut in_notes = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(note) = line.strip_prefix("注：") {
            in_notes = true;
            parts.notes.push(note.trim().to_owned());
        } else if in_notes {
            parts.notes.push(line.to_owned());
        } else if is_signature(line) {
            parts.signatures.push(widened(line));
        } else {
            parts.paragraphs.push(line.to_owned());
        }
    }
    parts
}

/// `2024年 月 日` with room to write in.
fn widened(line: &str) -> String {
    if line.ends_with('日') {
        line.replace(' ', "").replace("年月", "年　　月").replace("月日", "月　　日")
    } else {
        line.to_owned()
    }
}

/// The text with its marks replaced.
pub(super) fn fill(text: &str, filling: &Filling) -> String {
    let mut filled = text.to_owned();
    let mut put = |mark: &str, value: String, known: bool| {
        if known {
            filled = filled.replace(mark, &value);
        }
    };
    put("××同志", format!("{}同志", filling.name), !filling.name.is_empty());
    put("××系列", format!("{}系列", filling.series), !filling.series.is_empty());
    put("××专业", format!("{}专业", filling.specialty), !filling.specialty.is_empty());
    put("×（高、中、初）级", filling.level_group.clone(), !filling.level_group.is_empty());
    if let Some((from, to)) = filling.days {
        put("从××××年××月××日起", format!("从{}起", date(from)), true);
        put("至××××年××月××日止", format!("至{}止", date(to)), true);
    }
    // What stands in brackets after a heading says what to write there.
    for (heading, value) in [("基本信息：", &filling.basics), ("业绩成果：", &filling.results)] {
        if !value.is_empty() && filled.starts_with(heading) {
            filled = format!("{heading}{value}");
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use title_review_core::cycles::loader::load;
    use title_review_core::cycles::{CycleDefinition, builtin};

    fn aksu() -> CycleDefinition {
        let (name, text) = builtin()[0];
        load(text, name).unwrap()
    }

    #[test]
    fn template_of_the_notice_is_filled_and_divided() {
        let cycle = aksu();
        let text = cycle.template("A1").unwrap().text.clone().unwrap();
        let parts = divide(&text);
        assert_eq!(parts.signatures, ["签字：（单位负责人签字）", "（推荐单位公章）", "2024年　　月　　日"]);
        let day = |day| NaiveDate::from_ymd_opt(2024, 8, day).unwrap();
        let filling = Filling {
            name: "申报人甲".to_owned(),
            series: "工程".to_owned(),
            specialty: "测绘".to_owned(),
            level_group: "中级".to_owned(),
            basics: "男，汉族".to_owned(),
            results: String::new(),
            days: Some((day(5), day(9))),
        };
        let filled: Vec<String> = parts.paragraphs.iter().map(|text| fill(text, &filling)).collect();
        assert_eq!(
            filled[0],
            "根据自治区、地区职称评审工作要求，现对申报人甲同志申报工程系列测绘专业中级专业技术任职资格进行公示。"
        );
        assert_eq!(filled[1], "基本信息：男，汉族");
        assert!(filled[2].starts_with("思想政治条件：（") && filled[3].starts_with("业绩成果：（"));
        assert!(filled[4].starts_with("公示时间从2024年8月5日起至2024年8月9日止（公示期不少于5个工作日）。如对申报人甲同志"));
    }

    #[test]
    fn notes_of_the_exemption_are_all_there() {
        let cycle = aksu();
        let parts = divide(cycle.template("A4").unwrap().text.as_deref().unwrap());
        assert_eq!(parts.notes.len(), 3);
        assert!(parts.notes[0].starts_with("1. 仍在参加") && parts.notes[2].starts_with("3. 各地各部门"));
    }
}
