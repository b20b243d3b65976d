//! Skilled workers who apply for a title, and technical-school classes (4.7a-4.7c).

use crate::{
    checks::{
        arithmetic::{Bilingual, years_needed},
        derived::Derived,
        outcome::Outcome,
    },
    cycles::definition::EvidenceFact,
    vocabulary::{AppraisalResult, Verdict},
};

/// 4.7a: the last yearly appraisals are passes.
pub fn appraisals(derived: &Derived<'_>) -> Vec<Outcome> {
    let Some(case) = &derived.skilled else { return Vec::new() };
    let list = |name: fn(AppraisalResult) -> &'static str, none: &str| {
        let each = case.appraisals.iter().map(|(year, found)| format!("{year} {}", found.map_or(none, |(_, result)| name(result))));
        each.collect::<Vec<_>>().join(", ")
    };
    let mut outcome = Outcome::of(
        &case.rule.clause,
        case.appraisals_pass(),
        Bilingual::new(list(AppraisalResult::zh, "无记录"), list(AppraisalResult::en, "none")),
    )
    .using("needed_appraisals", case.rule.appraisals)
    .informative(!derived.on_skilled_route());
    let found = case.appraisals.iter().filter_map(|(_, found)| *found);
    outcome = outcome.all_at(found.map(|(i, _)| format!("/profile/appraisals/{i}")));
    if case.appraisals.iter().any(|(_, found)| found.is_none()) {
        outcome = outcome.at("/profile/appraisals");
    }
    vec![outcome]
}

/// 4.7b: so many years of technical work in the grade lead to the level.
pub fn grade_years(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(case) = &derived.skilled else { return Vec::new() };
    let informative = !derived.on_skilled_route();
    let best = case.best;
    let Some((route, held, worked)) = case.routes.first() else {
        let level = input.facts.choice.level;
        // The clause of the routes, none of which fits.
        let clause = case.rule.routes.first().map_or(case.rule.clause.as_str(), |route| route.clause.as_str());
        let text = Bilingual::new(
            format!("{}不能申报{}", best.grade.zh(), level.zh()),
            format!("{} does not lead to level {}", best.grade.en(), level.en()),
        );
        let outcome = Outcome::of(clause, false, text).at(format!("/profile/skill_grades/{}", best.index)).at("/level");
        return vec![outcome.using("grade", best.grade).informative(informative)];
    };
    let counted = years_needed(worked.elapsed, input.cycle.seniority.date, u32::from(route.years));
    let gap = worked.gap_text();
    let text = Bilingual::new(
        format!("{}自{}起从事技术技能工作{}，{}", held.grade.zh(), held.since, gap.zh, counted.zh),
        format!("{}, at work since {}{}: {}", held.grade.en(), held.since, gap.en, counted.en),
    );
    let outcome = Outcome::of(&route.clause, case.years_reached(), text)
        .at(format!("/profile/skill_grades/{}/obtained_on", held.index))
        .using("grade", held.grade)
        .using("since", held.since)
        .using("days_without_work", worked.gap_days)
        .using("needed_years", route.years)
        .using("counted_to", input.cycle.seniority.date)
        .informative(informative);
    vec![outcome.proven_by(&derived.missing_for(EvidenceFact::SkilledWorkerRoute))]
}

/// 4.7a: requirements that are waived for a skilled worker.
pub fn waivers(derived: &Derived<'_>) -> Vec<Outcome> {
    let Some(case) = derived.skilled.as_ref().filter(|case| derived.on_skilled_route() && case.holds()) else { return Vec::new() };
    case.rule
        .waives
        .iter()
        .map(|waived| {
            let text = Bilingual::new(format!("不受{}条件限制", waived.zh()), format!("no limits of {}", waived.en()));
            Outcome::new(&case.rule.clause, Verdict::Waived, text).on(waived.as_str())
        })
        .collect()
}

/// 4.7c: the education that each technical-school class counts as.
pub fn school_equivalence(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let classes =
        input.facts.profile.education.iter().enumerate().filter_map(|(i, education)| Some((i, education.technical_school_class?)));
    classes
        .filter_map(|(i, class)| {
            let row = input.cycle.school_equivalences.iter().find(|row| row.class == class)?;
            let as_what = row.qualification;
            let text = Bilingual::new(
                format!("{}相当于{}学历", class.zh(), as_what.zh()),
                format!("{} counts as {}", class.en(), as_what.en()),
            );
            let outcome = Outcome::of(&row.clause, true, text).on(i.to_string()).at(format!("/profile/education/{i}"));
            Some(outcome.using("class", class).using("qualification", as_what))
        })
        .collect()
}
