//! Skilled workers on their way to a title, and technical-school classes (4.7a-4.7c).

use chrono::NaiveDate;

use super::{
    arithmetic::{Bilingual, Elapsed, years_needed},
    input::{Input, Outcome},
};
use crate::{
    cycles::definition::{EvidenceFact, SkillRoute, SkilledWorkerRule},
    vocabulary::{AppraisalResult, SkillGrade, Verdict},
};

/// A grade held.
#[derive(Debug, Clone, Copy)]
pub struct GradeHeld {
    /// Place in the profile's skill grades.
    pub index: usize,
    pub grade: SkillGrade,
    /// From when technical work under it counts.
    since: NaiveDate,
}

/// A person as a skilled worker, where the notice lets skilled workers apply.
#[derive(Debug)]
pub struct SkilledCase<'a> {
    pub rule: &'a SkilledWorkerRule,
    /// The highest grade.
    pub best: GradeHeld,
    /// The yearly appraisals that count, newest first: year, place in the profile, result.
    appraisals: Vec<(i32, Option<(usize, AppraisalResult)>)>,
    /// Routes to the level applied for, each with the grade held and its years; the best first.
    routes: Vec<(&'a SkillRoute, GradeHeld, Elapsed)>,
}

impl SkilledCase<'_> {
    /// The last appraisals, as many as the cycle asks for, are passes.
    pub fn appraisals_pass(&self) -> bool {
        self.appraisals.iter().all(|(_, found)| found.is_some_and(|(_, result)| self.rule.passing_results.contains(&result)))
    }

    fn years_reached(&self) -> bool {
        self.routes.first().is_some_and(|(route, _, elapsed)| elapsed.reaches(u32::from(route.years)))
    }

    /// Everything that the route asks for is there.
    pub fn holds(&self) -> bool {
        self.appraisals_pass() && self.years_reached()
    }
}

/// The person as a skilled worker; `None` where the series takes no part, or no grade is high enough.
pub fn case<'a>(input: &Input<'a>) -> Option<SkilledCase<'a>> {
    let (choice, profile) = (&input.facts.choice, &input.facts.profile);
    let rule = input.cycle.skilled_worker_for(&choice.specialty)?;
    let held: Vec<_> = profile
        .skill_grades
        .iter()
        .enumerate()
        .map(|(index, held)| GradeHeld {
            index,
            grade: held.grade,
            since: held.working_since.unwrap_or(held.obtained_on).max(held.obtained_on),
        })
        .filter(|held| held.grade >= rule.lowest_grade)
        .collect();
    let best = held.iter().copied().max_by_key(|held| (held.grade, std::cmp::Reverse(held.since)))?;
    let mut routes: Vec<_> = rule
        .routes_of(best.grade)
        .filter(|route| route.level == choice.level)
        .filter_map(|route| {
            let longest = held.iter().filter(|held| held.grade >= route.grade).min_by_key(|held| held.since)?;
            Some((route, *longest, Elapsed::between(longest.since, input.cycle.seniority.date)))
        })
        .collect();
    routes.sort_by_key(|(route, _, elapsed)| (!elapsed.reaches(u32::from(route.years)), route.years));
    // The newest appraisal is that of the cycle's year, or of the year before while that one is not out.
    let year = i32::from(input.cycle.year);
    let of_year = |year| profile.appraisals.iter().enumerate().find(|(_, a)| a.year == year).map(|(i, a)| (i, a.result));
    let newest = if of_year(year).is_some() { year } else { year - 1 };
    let appraisals = (0..i32::from(rule.appraisals)).map(|back| (newest - back, of_year(newest - back))).collect();
    Some(SkilledCase { rule, best, appraisals, routes })
}

/// 4.7a: the last yearly appraisals are passes.
pub fn appraisals(input: &Input<'_>) -> Vec<Outcome> {
    let Some(case) = &input.skilled else { return Vec::new() };
    let told = |name: fn(AppraisalResult) -> &'static str, none: &str| {
        let each = case.appraisals.iter().map(|(year, found)| format!("{year} {}", found.map_or(none, |(_, result)| name(result))));
        each.collect::<Vec<_>>().join(", ")
    };
    let mut outcome = Outcome::of(
        &case.rule.clause,
        case.appraisals_pass(),
        Bilingual::new(told(AppraisalResult::zh, "无记录"), told(AppraisalResult::en, "none")),
    )
    .using("needed_appraisals", case.rule.appraisals)
    .informative(!input.on_skilled_route());
    let found = case.appraisals.iter().filter_map(|(_, found)| *found);
    outcome = outcome.all_at(found.map(|(i, _)| format!("/profile/appraisals/{i}")));
    if case.appraisals.iter().any(|(_, found)| found.is_none()) {
        outcome = outcome.at("/profile/appraisals");
    }
    vec![outcome]
}

/// 4.7b: so many years of technical work in the grade lead to the level.
pub fn grade_years(input: &Input<'_>) -> Vec<Outcome> {
    let Some(case) = &input.skilled else { return Vec::new() };
    let informative = !input.on_skilled_route();
    let best = case.best;
    let Some((route, held, elapsed)) = case.routes.first() else {
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
    let counted = years_needed(*elapsed, input.cycle.seniority.date, u32::from(route.years));
    let text = Bilingual::new(
        format!("{}自{}起从事技术技能工作，{}", held.grade.zh(), held.since, counted.zh),
        format!("{}, at work since {}: {}", held.grade.en(), held.since, counted.en),
    );
    let outcome = Outcome::of(&route.clause, case.years_reached(), text)
        .at(format!("/profile/skill_grades/{}/obtained_on", held.index))
        .using("grade", held.grade)
        .using("since", held.since)
        .using("needed_years", route.years)
        .using("counted_to", input.cycle.seniority.date)
        .informative(informative);
    vec![outcome.proven_by(&input.missing_for(EvidenceFact::SkilledWorkerRoute))]
}

/// 4.7a: what is not asked of a skilled worker.
pub fn waivers(input: &Input<'_>) -> Vec<Outcome> {
    let Some(case) = input.skilled.as_ref().filter(|case| input.on_skilled_route() && case.holds()) else { return Vec::new() };
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
pub fn school_equivalence(input: &Input<'_>) -> Vec<Outcome> {
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
