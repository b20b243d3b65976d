//! Committee, quorum and vote, caps, fraud.

use super::findings::Findings;
use super::{Check, Subject, open_groups};
use crate::cycles::definition::{Fraction, FractionRule};

pub(super) const CHECKS: &[Check] = &[
    Check::error("fraction", fraction, ("填写大于0、不大于1的分数", "write a fraction above 0 and up to 1")),
    Check::error(
        "minority",
        minority,
        ("填写二分之一以上的分数：少数人不能作出决定", "write a half or more: a minority cannot decide"),
    ),
    Check::warning(
        "quorum_low",
        quorum,
        ("核对出席比例：职称评审通常要求三分之二以上", "check the share: reviews usually ask for two thirds or more"),
    ),
    Check::error(
        "committee_size",
        size,
        ("为每个开展评审的级别组填写人数，至少3人", "write a size for each group that is open, 3 experts or more"),
    ),
    Check::warning(
        "committee_falls",
        falls,
        (
            "核对人数：高一级评审委员会的人数通常不少于低一级",
            "check the sizes: the committee of a higher level is usually no smaller",
        ),
    ),
    Check::error(
        "cap",
        cap,
        (
            "填写1至100的百分数；不设通过率的级别，删去该项",
            "write a percentage from 1 to 100; remove the row where there is no cap",
        ),
    ),
    Check::warning(
        "cap_without_effect",
        cap_odd,
        ("删去该项，或核对级别和百分数", "remove the row, or check level and percentage"),
    ),
    Check::warning("fraud_without_ban", fraud, ("核对年数", "check the number of years")),
];

fn share(rule: &FractionRule) -> Fraction {
    rule.fraction
}

fn valid(fraction: Fraction) -> bool {
    fraction.numerator > 0 && fraction.numerator <= fraction.denominator
}

/// At least a half.
fn half(fraction: Fraction) -> bool {
    u32::from(fraction.numerator) * 2 >= u32::from(fraction.denominator)
}

fn shares(subject: &Subject<'_>) -> [(&'static str, Fraction); 2] {
    let committee = &subject.cycle.committee;
    [("committee.quorum.fraction", share(&committee.quorum)), ("committee.pass.fraction", share(&committee.pass))]
}

fn fraction(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (path, fraction) in shares(subject) {
        found.unless(valid(fraction), path, "不是大于0、不大于1的分数", "is not a fraction above 0 and up to 1");
    }
}

fn minority(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (path, fraction) in shares(subject) {
        let Fraction { numerator, denominator } = fraction;
        let (zh, en) = (format!("{numerator}/{denominator}不足二分之一"), format!("{numerator}/{denominator} is less than a half"));
        found.unless(!valid(fraction) || half(fraction), path, zh, en);
    }
}

fn quorum(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let fraction = share(&subject.cycle.committee.quorum);
    let low = half(fraction) && u32::from(fraction.numerator) * 3 < u32::from(fraction.denominator) * 2;
    found.unless(!low, "committee.quorum.fraction", "低于三分之二", "is less than two thirds");
}

fn size(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let committee = &subject.cycle.committee;
    for (at, size) in committee.sizes.iter().enumerate() {
        let path = format!("committee.sizes[{at}].members");
        found.unless(size.members >= 3, path, "少于3人", "is fewer than 3 experts");
    }
    for group in open_groups(subject.cycle) {
        let named = committee.members_needed(group).is_some();
        let (zh, en) = (
            format!("没有{}（{}）的人数", group.zh(), committee.scope.zh()),
            format!("there is no size for `{group}`, `{}`", committee.scope),
        );
        found.unless(named, "committee.sizes", zh, en);
    }
}

fn falls(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let sizes = &subject.cycle.committee.sizes;
    for (at, size) in sizes.iter().enumerate() {
        let lower = sizes
            .iter()
            .find(|other| other.scope == size.scope && other.level_group < size.level_group && other.members > size.members);
        if let Some(other) = lower {
            let (zh, en) = (
                format!("{}{}人，{}{}人", size.level_group.zh(), size.members, other.level_group.zh(), other.members),
                format!("{} for `{}`, {} for `{}`", size.members, size.level_group, other.members, other.level_group),
            );
            found.add(format!("committee.sizes[{at}].members"), zh, en);
        }
    }
}

fn cap(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, cap) in subject.cycle.pass_rate_caps.iter().enumerate() {
        let path = format!("pass_rate_caps[{at}].percent");
        found.unless(cap.percent <= 100, &path, "大于100%", "is more than 100 percent");
        found.unless(cap.percent > 0, &path, "为0：无人能通过", "is 0: nobody can pass");
    }
}

fn cap_odd(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for (at, cap) in cycle.pass_rate_caps.iter().enumerate() {
        let path = format!("pass_rate_caps[{at}].percent");
        found.unless(cap.percent != 100, path, "100%等于不设通过率", "100 percent caps nothing");
        let open = cycle.level_title(cap.level).is_some_and(|title| title.open);
        let path = format!("pass_rate_caps[{at}].level");
        found.unless(open, path, "该级别未开展评审", "the level is not open in this cycle");
    }
}

fn fraud(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let years = subject.cycle.fraud.ban_years;
    found.unless(years > 0, "fraud.ban_years", "弄虚作假不影响以后申报", "fraud bars nobody from later cycles");
    found.unless(years <= 20, "fraud.ban_years", "多于20年", "is more than 20 years");
}
