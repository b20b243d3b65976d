//! Returns and corrections, publicity.

use super::findings::Findings;
use super::{Check, Subject, publicities};

pub(super) const CHECKS: &[Check] = &[
    Check::error("no_way_to_correct", correction, ("填写1以上的数", "write a number of 1 or more")),
    Check::warning("correction_long", long, ("核对天数和次数", "check the days and the number of submissions")),
    Check::error("publicity_days", days, ("填写1以上的工作日数", "write 1 working day or more")),
    Check::warning(
        "publicity_without_effect",
        effect,
        (
            "填写 open_blocks = true、upheld_ends = true，或确认异议不影响上报",
            "set `open_blocks` and `upheld_ends`, unless objections change nothing",
        ),
    ),
    Check::error(
        "posting_awaited",
        awaited,
        (
            "await_posting 只用于 result_publicity，并须同时填写 employer_confirms = true",
            "set `await_posting` in `result_publicity` alone, together with `employer_confirms`",
        ),
    ),
    Check::warning("nothing_masked", masked, ("在 masked 中列出须遮盖的项目", "list in `masked` what is hidden")),
];

fn correction(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let rule = &subject.cycle.correction;
    let path = "correction.max_committee_submissions";
    found.unless(rule.max_committee_submissions >= 1, path, "至少一次", "at least one submission");
    found.unless(rule.days >= 1, "correction.days", "至少一日", "at least one day");
}

fn long(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let rule = &subject.cycle.correction;
    found.unless(rule.days <= 60, "correction.days", "长于60日", "is more than 60 days");
    let path = "correction.max_committee_submissions";
    found.unless(rule.max_committee_submissions <= 10, path, "多于10次", "is more than 10 submissions");
}

fn days(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (path, rule) in publicities(subject.cycle) {
        found.unless(rule.days >= 1, format!("{path}.days"), "至少一日", "at least one day");
    }
}

fn effect(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (path, rule) in publicities(subject.cycle) {
        let path = format!("{path}.objections.open_blocks");
        let some = rule.objections.open_blocks || rule.objections.upheld_ends;
        found.unless(some, path, "异议没有任何作用", "objections have no effect");
    }
}

fn awaited(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (path, rule) in publicities(subject.cycle) {
        let of_result = path == "result_publicity";
        let possible = !rule.await_posting || (of_result && rule.employer_confirms);
        let (zh, en) = if of_result {
            ("等待单位确认张贴，但单位不确认", "waits for what the employer is not asked to confirm")
        } else {
            ("只有结果公示可以等待单位确认张贴", "waits for a posting, which only results do")
        };
        found.unless(possible, format!("{path}.await_posting"), zh, en);
    }
}

fn masked(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let some = !subject.cycle.blind_review.masked.is_empty();
    found.unless(some, "blind_review.masked", "盲评不遮盖任何项目", "blind review hides nothing");
}
