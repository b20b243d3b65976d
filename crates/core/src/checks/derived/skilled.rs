//! The skilled-worker route of one person (4.7a, 4.7b).

use chrono::NaiveDate;

use super::work::{self, Worked};
use crate::{
    checks::input::Input,
    cycles::definition::{SkillRoute, SkilledWorkerRule},
    vocabulary::{AppraisalResult, SkillGrade},
};

/// A grade held.
#[derive(Debug, Clone, Copy)]
pub struct GradeHeld {
    /// Place in the profile's skill grades.
    pub index: usize,
    pub grade: SkillGrade,
    /// From when technical work under it counts.
    pub since: NaiveDate,
}

/// A person as a skilled worker.
#[derive(Debug)]
pub struct SkilledCase<'a> {
    pub rule: &'a SkilledWorkerRule,
    /// The highest grade.
    pub best: GradeHeld,
    /// The yearly appraisals that count, newest first: year, place in the profile, result.
    pub appraisals: Vec<(i32, Option<(usize, AppraisalResult)>)>,
    /// Routes to the level applied for, each with the grade held and the work under it; the best first.
    pub routes: Vec<(&'a SkillRoute, GradeHeld, Worked)>,
}

impl SkilledCase<'_> {
    /// The last appraisals, as many as the cycle asks for, are passes.
    pub fn appraisals_pass(&self) -> bool {
        self.appraisals.iter().all(|(_, found)| found.is_some_and(|(_, result)| self.rule.passing_results.contains(&result)))
    }

    /// The years of the best route are reached.
    pub fn years_reached(&self) -> bool {
        self.routes.first().is_some_and(|(route, _, worked)| worked.elapsed.reaches(u32::from(route.years)))
    }

    /// Every requirement of the route is met.
    pub fn holds(&self) -> bool {
        self.appraisals_pass() && self.years_reached()
    }
}

/// The person as a skilled worker; `None` if the series takes no part or no grade is high enough.
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
            Some((route, *longest, work::since(input, longest.since)))
        })
        .collect();
    routes.sort_by_key(|(route, _, worked)| (!worked.elapsed.reaches(u32::from(route.years)), route.years));
    // The newest appraisal is that of the cycle's year, or of the year before while the cycle's year has none.
    let year = i32::from(input.cycle.year);
    let of_year = |year| profile.appraisals.iter().enumerate().find(|(_, a)| a.year == year).map(|(i, a)| (i, a.result));
    let newest = if of_year(year).is_some() { year } else { year - 1 };
    let appraisals = (0..i32::from(rule.appraisals)).map(|back| (newest - back, of_year(newest - back))).collect();
    Some(SkilledCase { rule, best, appraisals, routes })
}
