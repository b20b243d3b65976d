//! What the fields of an upload have to say.

use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::definition::EvidenceCategory;
use title_review_core::findings::{Finding, INVALID_FIELD, Text};
use title_review_core::identity_numbers::starred;

/// Codes of the findings: rows of the problem table.
pub mod code {
    /// The evidence list has no such category, or somebody else uploads it.
    pub const UNKNOWN_CATEGORY: &str = "unknown_category";
    /// The document is not declared to be declassified (4.2.3b).
    pub const NOT_DECLASSIFIED: &str = "not_declassified";
    /// The verification code has not the form of the category (4.2.2).
    pub const VERIFICATION_CODE_INVALID: &str = "verification_code_invalid";
}

/// The fields of the form, as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// Category of the evidence list; of a replacement that of the file it replaces.
    pub category: Option<String>,
    /// `true`: declared not to be classified, or declassified (4.2.3b).
    pub declassified: Option<String>,
    /// Verification code (4.2.2).
    pub verification_code: Option<String>,
}

/// The fields of the form, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<'a> {
    /// The category.
    pub category: &'a EvidenceCategory,
    /// Declared not to be classified, or declassified.
    pub declassified: bool,
    /// Verification code in the form of the category.
    pub verification_code: Option<String>,
}

/// Judges the fields by the evidence list; all findings. `by_employer`: who brings the document is the employer, not the applicant.
pub fn judge<'a>(cycle: &'a CycleDefinition, by_employer: bool, fields: &Fields) -> Result<Judged<'a>, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut tell = |pointer: &str, code: &str, clause: Option<&str>, zh: String, en: String| {
        let finding = Finding::field(pointer, code, Text::new(zh, en));
        findings.push(match clause {
            Some(clause) => finding.clause(clause, Some(cycle.clause_words(clause).to_owned()).filter(|words| !words.is_empty())),
            None => finding,
        });
    };
    let category = match fields.category.as_deref() {
        None => {
            tell("/category", INVALID_FIELD, None, "缺少材料类别".to_owned(), "category is required".to_owned());
            None
        }
        Some(id) => match cycle.evidence_category(id) {
            None => {
                tell(
                    "/category",
                    code::UNKNOWN_CATEGORY,
                    Some("4.2.6"),
                    "材料清单中没有此类别".to_owned(),
                    "the evidence list has no such category".to_owned(),
                );
                None
            }
            Some(found) if found.from_employer != by_employer => {
                let (zh, en) = if found.from_employer {
                    ("由用人单位上传", "the employer uploads it")
                } else {
                    ("由申报人上传", "the applicant uploads it")
                };
                tell(
                    "/category",
                    code::UNKNOWN_CATEGORY,
                    Some(&found.clause),
                    format!("{}{zh}", found.name),
                    format!("{id}: {en}"),
                );
                None
            }
            found => found,
        },
    };
    let rule = &cycle.blind_review;
    // Programs write a switch as `True` and `1` too.
    let declassified = match fields.declassified.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("true" | "1") => true,
        None | Some("false" | "0") => {
            if rule.declassification_required {
                tell(
                    "/declassified",
                    code::NOT_DECLASSIFIED,
                    Some(&rule.declassification_clause),
                    "须声明材料不涉密或已脱密".to_owned(),
                    "declare that the document is not classified, or declassified".to_owned(),
                );
            }
            false
        }
        Some(_) => {
            tell("/declassified", INVALID_FIELD, None, "应为 true 或 false".to_owned(), "true or false".to_owned());
            false
        }
    };
    let verification_code = fields.verification_code.as_deref().map(str::trim).filter(|code| !code.is_empty());
    if let (Some(category), Some(code)) = (category, verification_code) {
        match &category.verification_code {
            None => tell(
                "/verification_code",
                INVALID_FIELD,
                Some(&category.clause),
                format!("{}没有验证码", category.name),
                format!("{} has no verification code", category.id),
            ),
            Some(form) if !form.accepts(code) => {
                let lengths: Vec<String> = form.lengths.iter().map(ToString::to_string).collect();
                tell(
                    "/verification_code",
                    code::VERIFICATION_CODE_INVALID,
                    Some(&category.clause),
                    format!("{}应为 {} 位大写字母或数字", form.name, lengths.join(" 或 ")),
                    format!("{} characters of {}", lengths.join(" or "), form.characters),
                );
            }
            Some(_) => {}
        }
    }
    match category {
        Some(category) if findings.is_empty() => {
            Ok(Judged { category, declassified, verification_code: verification_code.map(str::to_owned) })
        }
        _ => Err(findings),
    }
}

/// Characters of a file name that are kept.
const NAME_LENGTH: usize = 150;

/// A name without folders, control characters, direction marks, resident IDs and phones; never empty.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown: String = last.chars().filter(|c| !hidden(*c)).collect();
    let shown = shown.trim().trim_matches('.');
    if shown.is_empty() {
        return "file".to_owned();
    }
    // Scans are often named by the number that is on them.
    let shown = starred(shown);
    // The end holds the extension.
    let count = shown.chars().count();
    shown.chars().skip(count.saturating_sub(NAME_LENGTH)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use title_review_core::cycles::builtin;
    use title_review_core::cycles::loader::load;

    fn cycles() -> Vec<CycleDefinition> {
        builtin().iter().map(|(name, text)| load(text, name).unwrap()).collect()
    }

    fn fields(category: &str, declassified: &str, code: &str) -> Fields {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Fields { category: some(category), declassified: some(declassified), verification_code: some(code) }
    }

    fn codes(cycle: &CycleDefinition, by_employer: bool, fields: &Fields) -> Vec<String> {
        judge(cycle, by_employer, fields).err().unwrap_or_default().into_iter().map(|finding| finding.code).collect()
    }

    // clauses: 4.2.2, 4.2.3b, 4.2.6
    #[test]
    fn each_field_is_judged_by_the_evidence_list_of_the_cycle() {
        for cycle in cycles() {
            let of = |from_employer| cycle.evidence.iter().find(|one| one.from_employer == from_employer);
            let own = of(false).unwrap();
            assert_eq!(codes(&cycle, false, &fields(&own.id, "true", "")), [""; 0]);
            assert_eq!(codes(&cycle, true, &fields(&own.id, "true", "")), ["unknown_category"]);
            assert_eq!(codes(&cycle, false, &fields("no_such", "true", "")), ["unknown_category"]);
            assert_eq!(codes(&cycle, false, &fields("", "perhaps", "")), ["invalid_field", "invalid_field"]);
            if let Some(theirs) = of(true) {
                assert_eq!(codes(&cycle, false, &fields(&theirs.id, "true", "")), ["unknown_category"]);
                assert_eq!(codes(&cycle, true, &fields(&theirs.id, "true", "")), [""; 0]);
            }
            let undeclared: &[&str] = if cycle.blind_review.declassification_required { &["not_declassified"] } else { &[] };
            assert_eq!(codes(&cycle, false, &fields(&own.id, "", "")), undeclared);
            assert_eq!(codes(&cycle, false, &fields(&own.id, "false", "")), undeclared);
            for category in cycle.evidence.iter().filter(|one| !one.from_employer) {
                let Some(form) = &category.verification_code else {
                    assert_eq!(codes(&cycle, false, &fields(&category.id, "true", "1")), ["invalid_field"]);
                    continue;
                };
                let one = form.characters.chars().next().unwrap().to_string();
                let good = one.repeat(usize::from(form.lengths[0]));
                assert_eq!(codes(&cycle, false, &fields(&category.id, "true", &format!(" {good} "))), [""; 0]);
                assert_eq!(codes(&cycle, false, &fields(&category.id, "true", &format!("{good}!"))), ["verification_code_invalid"]);
            }
        }
    }

    #[test]
    fn file_names_lose_paths_and_control_characters() {
        for (name, kept) in [
            ("../../etc/证书.pdf", "证书.pdf"),
            ("C:\\a\\b.png", "b.png"),
            ("a\u{202e}fdp.exe\n", "afdp.exe"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(clean_name(name), kept);
        }
        assert_eq!(clean_name(&format!("{}.pdf", "长".repeat(400))).chars().count(), 150);
    }
}
