//! Conditions of the levels, and the skilled-worker route.

use std::collections::HashSet;

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::definition::{ConditionAlternative, LevelConditions};
use crate::vocabulary::{AppraisalResult, Level, Qualification};

pub(super) const CHECKS: &[Check] = &[
    Check::error("conditions_missing", missing, ("在 conditions 中补充该级别", "add the level to `conditions`")),
    Check::error("conditions_twice", twice, ("删去一行，或写明各行的专业", "remove a row, or name the specialties of each")),
    Check::error("condition_title", title, ("填写低于所申报级别的职称", "name a title below the level applied for")),
    Check::warning("condition_shadowed", shadowed, ("删去其中一项", "remove one of them")),
    Check::warning(
        "condition_weaker",
        weaker,
        ("核对学历和年限：高一级的条件通常不低于低一级", "check education and years: a higher level usually asks for no less"),
    ),
    Check::error(
        "skilled_route",
        route,
        (
            "核对等级；通知没有高技能人才贯通的，将 skilled_worker_route 改为 false",
            "check the grade; where the notice has no such route, set `skilled_worker_route = false`",
        ),
    ),
    Check::warning("skilled_odd", odd, ("核对等级、级别和考核结果", "check grades, levels and results")),
];

fn missing(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let clause = &cycle.mechanisms.conditions_clause;
    for (at, specialty) in cycle.specialties.iter().enumerate() {
        for (index, level) in specialty.levels.iter().enumerate() {
            if cycle.conditions_for(&specialty.id, *level).is_none() {
                let (zh, en) = (
                    format!("“{}”没有{}的评审条件", specialty.name, level.zh()),
                    format!("there are no conditions for `{level}` in `{}`", specialty.id),
                );
                found.add_for(clause, format!("specialties[{at}].levels[{index}]"), zh, en);
            }
        }
    }
}

fn twice(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let mut pairs = HashSet::new();
    for (at, row) in subject.cycle.conditions.iter().enumerate() {
        if row.specialties.is_empty() {
            let (zh, en) = (format!("“{}”有两行", row.level.zh()), format!("`{}` has two rows", row.level));
            found.unless(pairs.insert((row.level, "")), format!("conditions[{at}].level"), zh, en);
        }
        for (index, id) in row.specialties.iter().enumerate() {
            let path = format!("conditions[{at}].specialties[{index}]");
            let (zh, en) = (format!("“{id}”的{}有两行", row.level.zh()), format!("`{id}` has two rows for `{}`", row.level));
            found.unless(pairs.insert((row.level, id)), path, zh, en);
        }
    }
}

fn title(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, row) in subject.cycle.conditions.iter().enumerate() {
        for (index, alternative) in row.alternatives.iter().enumerate() {
            let path = |field: &str| format!("conditions[{at}].alternatives[{index}].{field}");
            match alternative.title {
                Some(title) => {
                    let (zh, en) =
                        (format!("“{}”不低于“{}”", title.zh(), row.level.zh()), format!("`{title}` is not below `{}`", row.level));
                    found.unless(title < row.level, path("title"), zh, en);
                }
                None => found.unless(
                    alternative.title_years.is_none(),
                    path("title_years"),
                    "哪个职称的年限？缺少 title",
                    "years of which title? `title` is missing",
                ),
            }
        }
    }
}

fn shadowed(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, row) in subject.cycle.conditions.iter().enumerate() {
        let mut seen = HashSet::new();
        for (index, one) in row.alternatives.iter().enumerate() {
            let asks = (one.lowest_qualification, one.title, one.title_years, one.probation_years);
            let (zh, en) = ("与前面的一项要求相同", "asks for the same as one before it");
            found.unless(seen.insert(asks), format!("conditions[{at}].alternatives[{index}].lowest_qualification"), zh, en);
        }
    }
}

/// The fewest years in the title below that somebody with this education needs; `None`: the level is not open to it.
fn fewest_years(row: &LevelConditions, held: Qualification) -> Option<(usize, u8)> {
    let open = |one: &ConditionAlternative| one.lowest_qualification <= held;
    let years =
        row.alternatives.iter().enumerate().filter(|(_, one)| open(one)).map(|(at, one)| (at, one.title_years.unwrap_or(0)));
    years.min_by_key(|(_, years)| *years)
}

fn weaker(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for specialty in &cycle.specialties {
        for pair in Level::ALL.windows(2) {
            let (low, high) = (cycle.conditions_for(&specialty.id, pair[0]), cycle.conditions_for(&specialty.id, pair[1]));
            let (Some(low), Some(high)) = (low, high) else { continue };
            let Some(at) = cycle.conditions.iter().position(|row| std::ptr::eq(row, high)) else { continue };
            let lowest = |row: &LevelConditions| row.alternatives.iter().map(|one| one.lowest_qualification).min();
            if lowest(high) < lowest(low) {
                let index = high.alternatives.iter().position(|one| Some(one.lowest_qualification) == lowest(high)).unwrap_or(0);
                found.add(
                    format!("conditions[{at}].alternatives[{index}].lowest_qualification"),
                    format!("{}要求的学历低于{}", high.level.zh(), low.level.zh()),
                    format!("`{}` asks for less education than `{}`", high.level, low.level),
                );
            }
            for held in Qualification::ALL {
                let (Some((_, low_years)), Some((index, years))) = (fewest_years(low, *held), fewest_years(high, *held)) else {
                    continue;
                };
                if years < low_years {
                    found.add(
                        format!("conditions[{at}].alternatives[{index}].lowest_qualification"),
                        format!("{}申报{}需{years}年，申报{}需{low_years}年", held.zh(), high.level.zh(), low.level.zh()),
                        format!("with `{held}`, `{}` asks for {years} year(s) and `{}` for {low_years}", high.level, low.level),
                    );
                    // Who holds more education is concerned in the same way.
                    break;
                }
            }
        }
    }
}

fn route(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let Some(rule) = &cycle.skilled_worker else {
        for (at, series) in cycle.series.iter().enumerate() {
            let path = format!("series[{at}].skilled_worker_route");
            found.unless(!series.skilled_worker_route, path, "本周期没有 skilled_worker", "the cycle has no `skilled_worker`");
        }
        return;
    };
    for (at, route) in rule.routes.iter().enumerate() {
        let (zh, en) = (
            format!("“{}”低于“{}”", route.grade.zh(), rule.lowest_grade.zh()),
            format!("`{}` is below `{}`", route.grade, rule.lowest_grade),
        );
        found.unless(route.grade >= rule.lowest_grade, format!("skilled_worker.routes[{at}].grade"), zh, en);
    }
}

fn odd(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let Some(rule) = &cycle.skilled_worker else { return };
    for (at, route) in rule.routes.iter().enumerate() {
        let path = format!("skilled_worker.routes[{at}].level");
        let lower = rule.routes.iter().find(|other| other.grade < route.grade && other.level > route.level);
        if let Some(lower) = lower {
            let (zh, en) = (
                format!("“{}”所能申报的级别低于“{}”", route.grade.zh(), lower.grade.zh()),
                format!("leads to a lower level than `{}`", lower.grade),
            );
            found.add(&path, zh, en);
        }
        let open = cycle.level_title(route.level).is_none_or(|title| title.open);
        found.unless(open, &path, "该级别未开展评审", "the level is not open in this cycle");
    }
    found.unless(rule.appraisals >= 1, "skilled_worker.appraisals", "不要求考核", "asks for no appraisal");
    for (at, result) in rule.passing_results.iter().enumerate() {
        let passes = *result != AppraisalResult::Fail;
        found.unless(passes, format!("skilled_worker.passing_results[{at}]"), "不合格也算合格", "a fail counts as a pass");
    }
    let used = cycle.series.iter().any(|series| series.open && series.skilled_worker_route);
    found.unless(used, "skilled_worker", "开展评审的系列都不适用", "no series that is open takes part in it");
}
