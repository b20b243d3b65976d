//! Checks on the rules on persons: barred, conditions, skilled workers.

use super::findings::Findings;
use crate::cycles::definition::CycleDefinition;
use crate::vocabulary::{PostKind, Sex};

pub(super) fn check(found: &mut Findings, cycle: &CycleDefinition) {
    barred(found, cycle);
    conditions(found, cycle);
    skilled_workers(found, cycle);
}

fn barred(found: &mut Findings, cycle: &CycleDefinition) {
    let ages = &cycle.barred.retired.ages;
    for (at, row) in ages.iter().enumerate() {
        let path = |field: &str| format!("barred.retired.ages[{at}].{field}");
        found.unless((30..=90).contains(&row.years), path("years"), "is not an age of retirement");
        found.unless(row.months < 12, path("months"), "is not less than a year");
        if let (Some(from), Some(to)) = (row.born_from, row.born_to) {
            found.unless(from <= to, path("born_to"), "is before `born_from`");
        }
    }
    for sex in Sex::ALL {
        for post in PostKind::ALL {
            let named = ages.iter().any(|row| row.sex == *sex && row.post == *post);
            found.unless(named, "barred.retired.ages", format!("there is no age for `{sex}`, `{post}`"));
        }
    }
    let kinds = &cycle.barred.sanctioned.kinds;
    found.ids("barred.sanctioned.kinds", kinds.iter().map(|kind| kind.id.as_str()));
}

fn conditions(found: &mut Findings, cycle: &CycleDefinition) {
    for (at, specialty) in cycle.specialties.iter().enumerate() {
        for (index, level) in specialty.levels.iter().enumerate() {
            let some = cycle.conditions_for(&specialty.id, *level).is_some();
            let message = format!("there are no conditions for `{level}` in `{}`", specialty.id);
            found.unless(some, format!("specialties[{at}].levels[{index}]"), message);
        }
    }
    let mut pairs = std::collections::HashSet::new();
    for (at, row) in cycle.conditions.iter().enumerate() {
        found.some(format!("conditions[{at}].alternatives"), &row.alternatives);
        if row.specialties.is_empty() {
            found.unless(pairs.insert((row.level, "")), format!("conditions[{at}].level"), format!("`{}` has two rows", row.level));
        }
        for (index, id) in row.specialties.iter().enumerate() {
            let path = format!("conditions[{at}].specialties[{index}]");
            found.unless(cycle.specialty(id).is_some(), &path, format!("there is no specialty `{id}`"));
            found.unless(pairs.insert((row.level, id)), path, format!("`{id}` has two rows for `{}`", row.level));
        }
        found.ids(&format!("conditions[{at}].alternatives"), row.alternatives.iter().map(|alternative| alternative.id.as_str()));
        for (index, alternative) in row.alternatives.iter().enumerate() {
            let path = |field: &str| format!("conditions[{at}].alternatives[{index}].{field}");
            found.text(path("words"), &alternative.words);
            if let Some(title) = alternative.title {
                found.unless(title < row.level, path("title"), format!("`{title}` is not below `{}`", row.level));
            } else {
                found.unless(alternative.title_years.is_none(), path("title_years"), "years of which title? `title` is missing");
            }
        }
    }
}

fn skilled_workers(found: &mut Findings, cycle: &CycleDefinition) {
    found.unique("school_equivalences", "class", cycle.school_equivalences.iter().map(|row| row.class));
    let Some(rule) = &cycle.skilled_worker else {
        for (at, series) in cycle.series.iter().enumerate() {
            let path = format!("series[{at}].skilled_worker_route");
            found.unless(!series.skilled_worker_route, path, "the cycle has no `skilled_worker`");
        }
        return;
    };
    found.some("skilled_worker.routes", &rule.routes);
    found.some("skilled_worker.passing_results", &rule.passing_results);
    found.unique("skilled_worker.routes", "grade", rule.routes.iter().map(|route| route.grade));
    for (at, route) in rule.routes.iter().enumerate() {
        let path = format!("skilled_worker.routes[{at}].grade");
        found.unless(route.grade >= rule.lowest_grade, path, format!("`{}` is below `{}`", route.grade, rule.lowest_grade));
        let path = format!("skilled_worker.routes[{at}].level");
        found.unless(cycle.level_title(route.level).is_some(), path, format!("there is no level `{}` in `levels`", route.level));
    }
}
