//! Who may not apply: the table of retirement ages, sanctions.

use chrono::NaiveDate;

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::definition::RetirementAge;
use crate::vocabulary::{PostKind, Sex};

pub(super) const CHECKS: &[Check] = &[
    Check::error("retirement_row", row, ("核对年龄和出生日期", "check the age and the birth dates")),
    Check::error(
        "retirement_gap",
        gap,
        ("补充一行，使每个出生日期都有法定退休年龄", "add a row, so that every birth date has a statutory age"),
    ),
    Check::warning(
        "retirement_shadowed",
        shadowed,
        ("删去该行，或调整出生日期：首个符合的行有效", "remove the row, or change its birth dates: the first row that fits counts"),
    ),
    Check::warning("retirement_falls", falls, ("核对年龄", "check the ages")),
    Check::warning("sanctions", sanctions, ("核对 bars 和轻重次序（由轻到重）", "check `bars` and the order, which rises")),
];

/// First and last birth date of a row.
fn span(row: &RetirementAge) -> (NaiveDate, NaiveDate) {
    (row.born_from.unwrap_or(NaiveDate::MIN), row.born_to.unwrap_or(NaiveDate::MAX))
}

/// The parts of `whole` that none of the spans covers.
fn uncovered(whole: (NaiveDate, NaiveDate), spans: impl Iterator<Item = (NaiveDate, NaiveDate)>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut spans: Vec<_> = spans.filter(|(from, to)| from <= to).collect();
    spans.sort_unstable();
    let (mut next, last) = whole;
    let mut gaps = Vec::new();
    for (from, to) in spans {
        if from > next && next <= last {
            gaps.push((next, from.pred_opt().unwrap_or(from).min(last)));
        }
        if to >= next {
            match to.succ_opt() {
                Some(day) => next = day,
                None => return gaps,
            }
        }
    }
    if next <= last {
        gaps.push((next, last));
    }
    gaps
}

fn words((from, to): (NaiveDate, NaiveDate)) -> (String, String) {
    match (from == NaiveDate::MIN, to == NaiveDate::MAX) {
        (true, true) => ("任何日期".to_owned(), "on any day".to_owned()),
        (true, false) => (format!("{to}及以前"), format!("on {to} or earlier")),
        (false, true) => (format!("{from}及以后"), format!("on {from} or later")),
        (false, false) => (format!("{from}至{to}"), format!("from {from} to {to}")),
    }
}

fn row(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, row) in subject.cycle.barred.retired.ages.iter().enumerate() {
        let path = |field: &str| format!("barred.retired.ages[{at}].{field}");
        found.unless((30..=90).contains(&row.years), path("years"), "不是退休年龄", "is not an age of retirement");
        found.unless(row.months < 12, path("months"), "不足一年的月数应小于12", "is not less than a year");
        if let (Some(from), Some(to)) = (row.born_from, row.born_to) {
            found.unless(from <= to, path("born_to"), "早于 born_from", "is before `born_from`");
        }
    }
}

fn each_kind() -> impl Iterator<Item = (Sex, PostKind)> {
    Sex::ALL.iter().flat_map(|sex| PostKind::ALL.iter().map(|post| (*sex, *post)))
}

fn gap(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let ages = &subject.cycle.barred.retired.ages;
    for (sex, post) in each_kind() {
        let rows = ages.iter().filter(|row| row.sex == sex && row.post == post).map(span);
        for gap in uncovered((NaiveDate::MIN, NaiveDate::MAX), rows) {
            let (zh, en) = words(gap);
            found.add(
                "barred.retired.ages",
                format!("{}、{}，{zh}出生的，没有法定退休年龄", sex.zh(), post.zh()),
                format!("there is no age for `{sex}`, `{post}`, born {en}"),
            );
        }
    }
}

fn shadowed(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let ages = &subject.cycle.barred.retired.ages;
    for (at, row) in ages.iter().enumerate() {
        let earlier = ages[..at].iter().filter(|other| other.sex == row.sex && other.post == row.post).map(span);
        let (from, to) = span(row);
        let hidden = from <= to && uncovered((from, to), earlier).is_empty();
        let (zh, en) = ("前面的行已包含该行的全部出生日期，该行无效", "earlier rows have all of its birth dates: it never counts");
        found.unless(!hidden, format!("barred.retired.ages[{at}]"), zh, en);
    }
}

fn falls(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let ages = &subject.cycle.barred.retired.ages;
    for (sex, post) in each_kind() {
        let mut rows: Vec<_> = ages.iter().enumerate().filter(|(_, row)| row.sex == sex && row.post == post).collect();
        rows.sort_by_key(|(_, row)| span(row));
        for pair in rows.windows(2) {
            let months = |row: &RetirementAge| u32::from(row.years) * 12 + u32::from(row.months);
            let (older, (at, younger)) = (pair[0].1, pair[1]);
            let falls = months(younger) < months(older);
            let (zh, en) = ("出生较晚的，退休年龄反而较低", "who is born later retires at a lower age");
            found.unless(!falls, format!("barred.retired.ages[{at}].years"), zh, en);
        }
    }
}

fn sanctions(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let kinds = &subject.cycle.barred.sanctioned.kinds;
    if !kinds.iter().any(|kind| kind.bars) {
        found.add("barred.sanctioned.kinds", "没有影响申报的处分", "no sanction bars anybody");
    }
    for (at, pair) in kinds.windows(2).enumerate() {
        let (lighter, heavier) = (&pair[0], &pair[1]);
        let (zh, en) = (
            format!("“{}”影响申报，更重的“{}”不影响", lighter.name, heavier.name),
            format!("`{}` bars, the heavier `{}` does not", lighter.id, heavier.id),
        );
        found.unless(!lighter.bars || heavier.bars, format!("barred.sanctioned.kinds[{}].bars", at + 1), zh, en);
    }
}
