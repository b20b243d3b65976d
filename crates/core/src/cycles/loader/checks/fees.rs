//! Fees and defence.

use super::findings::Findings;
use super::{Check, Subject, open_groups};

pub(super) const CHECKS: &[Check] = &[
    Check::error(
        "fee",
        fee,
        (
            "以分为单位填写，不小于0；每个开展评审的级别组一项；货币写作 CNY",
            "write minor units, not below 0, one row for each group that is open, and a currency such as `CNY`",
        ),
    ),
    Check::warning("fee_falls", falls, ("核对金额", "check the amounts")),
    Check::warning("fee_large", large, ("核对金额：单位为分，不是元", "check the amount: it is in fen, not in yuan")),
    Check::warning(
        "defence_nobody",
        defence,
        ("填写 required_for，或删去 exemptions", "write `required_for`, or remove the exemptions"),
    ),
];

fn fee(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let fees = &subject.cycle.fees;
    let well = fees.currency.len() == 3 && fees.currency.bytes().all(|b| b.is_ascii_uppercase());
    found.unless(well, "fees.currency", "不是 CNY 这样的货币代码", "is not a currency code such as `CNY`");
    for (at, fee) in fees.amounts.iter().enumerate() {
        found.unless(fee.amount_minor >= 0, format!("fees.amounts[{at}].amount_minor"), "小于0", "is less than nothing");
    }
    for group in open_groups(subject.cycle) {
        let named = fees.amounts.iter().any(|fee| fee.level_group == group);
        let (zh, en) = (format!("没有{}的费用", group.zh()), format!("there is no fee for `{group}`, which is open"));
        found.unless(named, "fees.amounts", zh, en);
    }
}

fn falls(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let amounts = &subject.cycle.fees.amounts;
    for (at, fee) in amounts.iter().enumerate() {
        let more = amounts.iter().find(|other| other.level_group < fee.level_group && other.amount_minor > fee.amount_minor);
        if let Some(other) = more {
            let (zh, en) = (
                format!("{}的费用低于{}", fee.level_group.zh(), other.level_group.zh()),
                format!("`{}` costs less than `{}`", fee.level_group, other.level_group),
            );
            found.add(format!("fees.amounts[{at}].amount_minor"), zh, en);
        }
    }
}

fn large(subject: &Subject<'_>, found: &mut Findings<'_>) {
    const LARGE: i64 = 1_000_000;
    for (at, fee) in subject.cycle.fees.amounts.iter().enumerate() {
        let path = format!("fees.amounts[{at}].amount_minor");
        let yuan = fee.amount_minor / 100;
        let (zh, en) = (format!("合{yuan}元"), format!("is {yuan} yuan"));
        found.unless(fee.amount_minor <= LARGE, &path, zh, en);
        let (zh, en) = (format!("仅{}分", fee.amount_minor), format!("is {} fen", fee.amount_minor));
        found.unless(fee.amount_minor == 0 || fee.amount_minor >= 1000, path, zh, en);
    }
}

fn defence(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let defence = &subject.cycle.defence;
    let odd = defence.required_for.is_empty() && !defence.exemptions.is_empty();
    let (zh, en) = ("无人答辩，却有免答辩条款", "nobody defends, and there are exemptions");
    found.unless(!odd, "defence.required_for", zh, en);
}
