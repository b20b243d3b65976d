//! Evidence list, printed form, paper originals.

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::definition::EvidenceCondition;

pub(super) const CHECKS: &[Check] = &[
    Check::error(
        "evidence_limits",
        limits,
        ("填写 application/pdf 这样的类型和大于0的数", "write a type such as `application/pdf`, and numbers above 0"),
    ),
    Check::error(
        "evidence_group",
        group,
        ("至少两个类别，且不能全部为 fallback", "name two categories or more, not all of them a fallback"),
    ),
    Check::warning(
        "evidence_condition_shadowed",
        shadowed,
        ("删去其余条件，或删去 {}", "remove the other conditions, or the `{}`"),
    ),
    Check::error("copies", copies, ("填写1以上的份数", "write 1 copy or more")),
    Check::error(
        "copies_differ",
        differ,
        (
            "使 review_form.copies 与原件中评审表的份数一致",
            "give `review_form.copies` and the form among the originals the same number",
        ),
    ),
    Check::warning("form_no_original", no_form, ("在 originals.items 中列出评审表", "list the form among the originals")),
    Check::warning(
        "original_missing",
        original,
        ("在 originals.items 中列出，或确认不需要原件", "list it in `originals.items`, unless no original is wanted"),
    ),
];

fn limits(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, item) in subject.cycle.evidence.iter().enumerate() {
        let path = |field: &str| format!("evidence[{at}].{field}");
        for (index, media_type) in item.media_types.iter().enumerate() {
            let well = media_type.split_once('/').is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty());
            let (zh, en) = (format!("“{media_type}”不是文件类型"), format!("`{media_type}` is not a media type"));
            found.unless(well, format!("evidence[{at}].media_types[{index}]"), zh, en);
        }
        found.unless(item.max_bytes > 0, path("max_bytes"), "至少一个字节", "at least one byte");
        found.unless(item.max_files > 0, path("max_files"), "至少一个文件", "at least one file");
    }
}

fn group(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, group) in subject.cycle.evidence_alternatives.iter().enumerate() {
        let path = format!("evidence_alternatives[{at}]");
        let two = group.any_of.len() >= 2;
        found.unless(two, format!("{path}.any_of"), "一组至少两个类别", "a group has two categories at least");
        let some = group.fallback.len() < group.any_of.len();
        found.unless(some, format!("{path}.fallback"), "不能全部为替代材料", "all of the group cannot be a fallback");
    }
}

fn shadowed(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let categories = cycle.evidence.iter().enumerate().map(|(at, item)| (format!("evidence[{at}]"), &item.required_when));
    let groups = cycle
        .evidence_alternatives
        .iter()
        .enumerate()
        .map(|(at, item)| (format!("evidence_alternatives[{at}]"), &item.required_when));
    for (path, conditions) in categories.chain(groups) {
        let always = conditions.iter().any(|condition| *condition == EvidenceCondition::default());
        let (zh, en) = ("有 {} 时总是需要，其余条件无效", "with `{}` it is always required: the other conditions never count");
        found.unless(!always || conditions.len() == 1, format!("{path}.required_when"), zh, en);
    }
}

fn copies(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    found.unless(cycle.review_form.copies >= 1, "review_form.copies", "至少一份", "at least one copy");
    for (at, original) in cycle.originals.items.iter().enumerate() {
        found.unless(original.copies >= 1, format!("originals.items[{at}].copies"), "至少一份", "at least one copy");
    }
}

/// Where the printed form is among the originals: it has no scan and has the form's title in its name.
fn forms<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (usize, u8)> + 'a {
    let form = &subject.cycle.review_form;
    let items = subject.cycle.originals.items.iter().enumerate();
    items.filter(|(_, item)| item.evidence.is_none() && item.name.contains(&form.title)).map(|(at, item)| (at, item.copies))
}

fn differ(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let form = &subject.cycle.review_form;
    for (at, copies) in forms(subject) {
        let (zh, en) = (
            format!("评审表{}份，原件（第{}项）{copies}份", form.copies, at + 1),
            format!("the form has {} copies, `originals.items[{at}]` asks for {copies}", form.copies),
        );
        found.unless(copies == form.copies, "review_form.copies", zh, en);
    }
}

fn no_form(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let some = forms(subject).next().is_some();
    let title = &subject.cycle.review_form.title;
    let (zh, en) = (format!("原件中没有《{title}》"), "the printed review form is not among the originals");
    found.unless(some, "originals.items", zh, en);
}

fn original(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for (at, item) in cycle.evidence.iter().enumerate() {
        let always = item.required_when.contains(&EvidenceCondition::default());
        let listed = cycle.originals.items.iter().any(|original| original.evidence.as_deref() == Some(item.id.as_str()));
        if item.from_employer && item.signed_and_sealed && always && !listed {
            let (zh, en) = (
                format!("单位签字盖章的“{}”不在原件之列", item.name),
                format!("`{}`, signed and sealed by the employer, is not among the originals", item.id),
            );
            found.add_for(&cycle.originals.clause, format!("evidence[{at}]"), zh, en);
        }
    }
}
