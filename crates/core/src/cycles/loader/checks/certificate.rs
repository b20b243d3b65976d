//! The certificate's number.

use super::findings::Findings;
use super::{Check, Subject};

const PLACEHOLDERS: [&str; 5] = ["{year}", "{region}", "{specialty}", "{level}", "{sequence}"];

pub(super) const CHECKS: &[Check] = &[Check::error(
    "certificate_number",
    number,
    (
        "每个占位符 {year}、{region}、{specialty}、{level}、{sequence} 各出现一次，sequence_digits 为1至10，每个专业一个代码",
        "use each of `{year}`, `{region}`, `{specialty}`, `{level}`, `{sequence}` once, 1 to 10 digits, and a code for each specialty",
    ),
)];

fn number(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let rule = &subject.cycle.certificate;
    // Two cycles, specialties or levels must not give one number twice.
    let path = "certificate.number_format";
    for placeholder in PLACEHOLDERS {
        let named = rule.number_format.matches(placeholder).count() == 1;
        found.unless(named, path, format!("{placeholder} 须出现一次"), format!("`{placeholder}` has to occur once"));
    }
    let rest = PLACEHOLDERS.iter().fold(rule.number_format.clone(), |text, placeholder| text.replace(placeholder, ""));
    found.unless(!rest.contains(['{', '}']), path, "有未知的占位符", "has a placeholder that is not known");
    let digits = (1..=10).contains(&rule.sequence_digits);
    found.unless(digits, "certificate.sequence_digits", "不是1至10", "is not 1 to 10");
    for specialty in &subject.cycle.specialties {
        let named = rule.specialty_codes.iter().any(|code| code.id == specialty.id);
        let (zh, en) = (format!("“{}”没有代码", specialty.name), format!("there is no code for `{}`", specialty.id));
        found.unless(named, "certificate.specialty_codes", zh, en);
    }
}
