//! Series, specialties and levels.

use std::collections::HashMap;

use super::findings::Findings;
use super::{Check, Subject};

pub(super) const CHECKS: &[Check] = &[
    Check::error(
        "closed_specialty",
        closed,
        ("改为开展评审的系列或级别，或将其 open 改为 true", "choose a series or level that is open, or set its `open`"),
    ),
    Check::warning("open_for_nobody", nobody, ("添加专业，或将 open 改为 false", "add a specialty of it, or set `open = false`")),
    Check::warning("same_title", same_title, ("核对职称名称", "compare the titles")),
    Check::warning(
        "exam_level",
        exam,
        ("核对级别：以考代评的级别应同时列在 levels 中", "check the level: one that an exam replaces is listed in `levels` too"),
    ),
];

fn closed(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for (at, specialty) in cycle.specialties.iter().enumerate() {
        if let Some(series) = cycle.series(&specialty.series) {
            let (zh, en) = (format!("系列“{}”未开展评审", series.id), format!("the series `{}` is not open", series.id));
            found.unless(series.open, format!("specialties[{at}].series"), zh, en);
        }
        for (index, level) in specialty.levels.iter().enumerate() {
            let open = cycle.level_title(*level).is_none_or(|title| title.open);
            let (zh, en) = (format!("级别“{}”未开展评审", level.zh()), format!("the level `{level}` is not open in this cycle"));
            found.unless(open, format!("specialties[{at}].levels[{index}]"), zh, en);
        }
    }
}

fn nobody(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for (at, series) in cycle.series.iter().enumerate().filter(|(_, series)| series.open) {
        let some = cycle.specialties.iter().any(|specialty| specialty.series == series.id);
        let (zh, en) = (format!("系列“{}”没有专业", series.name), format!("the series `{}` has no specialty", series.id));
        found.unless(some, format!("series[{at}].open"), zh, en);
    }
    for (at, title) in cycle.levels.iter().enumerate().filter(|(_, title)| title.open) {
        let some = cycle.specialties.iter().any(|specialty| specialty.levels.contains(&title.level));
        let (zh, en) =
            (format!("没有专业评审“{}”", title.level.zh()), format!("no specialty is reviewed at the level `{}`", title.level));
        found.unless(some, format!("levels[{at}].open"), zh, en);
    }
}

fn same_title(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let mut titles = HashMap::new();
    for (at, title) in subject.cycle.levels.iter().enumerate() {
        if let Some(other) = titles.insert(&title.title, title.level) {
            let (zh, en) = (format!("与“{}”的职称名称相同", other.zh()), format!("`{other}` gives the same title"));
            found.add(format!("levels[{at}].title"), zh, en);
        }
    }
}

fn exam(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, specialty) in subject.cycle.specialties.iter().enumerate() {
        for (index, level) in specialty.exam_replaces_review.iter().enumerate() {
            let listed = specialty.levels.contains(level);
            let path = format!("specialties[{at}].exam_replaces_review[{index}]");
            let (zh, en) = (format!("levels 中没有“{}”", level.zh()), format!("`{level}` is not in `levels`"));
            if !listed {
                found.add_for(&specialty.exam_clause, path, zh, en);
            }
        }
    }
}
