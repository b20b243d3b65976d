//! What a reason has to be like.

use title_review_core::findings::{Finding, Text};
use title_review_core::identity_numbers::holds_number;

/// The finding on a number in a reason: a row of the problem table.
pub const NUMBER_IN_TEXT: &str = "number_in_text";

/// Characters of a reason, without the spaces around it.
pub const REASON: std::ops::RangeInclusive<usize> = 4..=200;

/// Everything that is wrong with a reason. It goes on record, which outlasts the number that is looked at: so it holds none.
#[must_use]
pub fn judge_reason(reason: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let length = reason.trim().chars().count();
    if !REASON.contains(&length) {
        let (least, most) = (REASON.start(), REASON.end());
        findings.push(Finding::invalid_field(
            "/reason",
            format!("须为 {least} 至 {most} 个字符"),
            format!("has {least} to {most} characters"),
        ));
    }
    if holds_number(reason) {
        let text = Text::new("此处不得填写身份证号或手机号", "No resident ID or phone number may stand here");
        findings.push(Finding::field("/reason", NUMBER_IN_TEXT, text));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disclosure_reason_is_required_and_holds_no_number() {
        let codes = |reason: &str| judge_reason(reason).into_iter().map(|finding| finding.code).collect::<Vec<_>>();
        assert_eq!(codes("与身份证原件核对"), Vec::<String>::new());
        assert_eq!(codes("  无  "), ["invalid_field"]);
        assert_eq!(codes(&"长".repeat(201)), ["invalid_field"]);
        assert_eq!(codes("核对 11010519491231002X"), ["number_in_text"]);
        assert_eq!(codes("电话 138 0013 8000 无人接听"), ["number_in_text"]);
    }
}
