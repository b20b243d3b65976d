//! The conditions of a level, checked for one person: education, title with years, probation (3.1a, 4.3d).

use chrono::NaiveDate;

use super::{
    titles::{self, KnownTitle},
    work::{self, Worked},
};
use crate::{
    checks::{
        arithmetic::{Elapsed, next_day},
        input::Input,
    },
    cycles::CycleDefinition,
    cycles::definition::{ConditionAlternative, LevelConditions},
    profiles::Profile,
    profiles::model::Education,
    vocabulary::{Level, Qualification},
};

/// Years in a title.
#[derive(Debug, Clone, Copy)]
pub struct YearsInTitle {
    /// Place in the profile's titles; none for a title that only this system's records have.
    pub index: Option<usize>,
    pub level: Level,
    pub obtained_on: NaiveDate,
    pub worked: Worked,
}

/// One alternative, checked for the person.
#[derive(Debug)]
pub struct AlternativeCheck<'a> {
    pub alternative: &'a ConditionAlternative,
    pub education_fits: bool,
    pub in_title: Option<YearsInTitle>,
    title_fits: bool,
    pub probation: Option<(usize, Elapsed)>,
    probation_fits: bool,
}

impl AlternativeCheck<'_> {
    /// Every part fits.
    pub const fn holds(&self) -> bool {
        self.education_fits && self.title_fits && self.probation_fits
    }
}

/// The conditions of the level, checked for the person.
#[derive(Debug)]
pub struct Assessment<'a> {
    pub conditions: &'a LevelConditions,
    /// Highest education that counts, with its place in the profile.
    pub education: Option<(usize, Qualification)>,
    checked: Vec<AlternativeCheck<'a>>,
}

impl<'a> Assessment<'a> {
    /// One of the alternatives holds.
    pub fn holds(&self) -> bool {
        self.checked.iter().any(AlternativeCheck::holds)
    }

    /// The alternative that holds, or else the one that is nearest: fitting education first, then fewest parts that are
    /// missing, then fewest years asked for.
    pub fn nearest(&self) -> Option<&AlternativeCheck<'a>> {
        self.checked.iter().min_by_key(|checked| {
            let missing = u8::from(!checked.title_fits) + u8::from(!checked.probation_fits);
            (!checked.holds(), !checked.education_fits, missing, checked.alternative.title_years)
        })
    }
}

/// Checks the conditions of the chosen level.
pub fn assess<'a>(input: &Input<'a>) -> Option<Assessment<'a>> {
    let choice = &input.facts.choice;
    let conditions = input.cycle.conditions_for(&choice.specialty, choice.level)?;
    let education = highest_education(input.cycle, &input.facts.profile);
    let checked = conditions.alternatives.iter().map(|alternative| check_alternative(input, alternative, education)).collect();
    Some(Assessment { conditions, education, checked })
}

/// The highest education completed by the cycle's day, technical-school classes by their equivalence (4.7c).
/// Gives its place in the profile.
#[must_use]
pub fn highest_education(cycle: &CycleDefinition, profile: &Profile) -> Option<(usize, Qualification)> {
    // The first of equals: it is the older entry.
    completed(cycle, profile).max_by_key(|(i, qualification)| (*qualification, std::cmp::Reverse(*i)))
}

/// The educations that count: every one that is as high as the highest.
pub fn counting_education<'a>(cycle: &CycleDefinition, profile: &'a Profile) -> Vec<&'a Education> {
    let highest = highest_education(cycle, profile).map(|(_, qualification)| qualification);
    let counts = completed(cycle, profile).filter(|(_, qualification)| Some(*qualification) == highest);
    counts.filter_map(|(i, _)| profile.education.get(i)).collect()
}

/// Educations completed by the cycle's day, each with its place in the profile and what it is or counts as.
fn completed(cycle: &CycleDefinition, profile: &Profile) -> impl Iterator<Item = (usize, Qualification)> {
    let completed =
        profile.education.iter().enumerate().filter(|(_, education)| education.to.is_some_and(|to| to <= cycle.seniority.date));
    completed.filter_map(|(i, education)| {
        let by_class = education.technical_school_class.and_then(|class| cycle.school_qualification(class));
        Some((i, education.qualification.or(by_class)?))
    })
}

fn check_alternative<'a>(
    input: &Input<'_>,
    alternative: &'a ConditionAlternative,
    education: Option<(usize, Qualification)>,
) -> AlternativeCheck<'a> {
    let in_title = alternative.title.and_then(|level| {
        let high_enough = titles::of_series(input).into_iter().filter(|title| title.level >= level);
        high_enough
            .map(|title| years_in_title(input, &title))
            .max_by_key(|held| (held.worked.elapsed, std::cmp::Reverse(held.index)))
    });
    let title_fits = match (alternative.title, alternative.title_years) {
        (None, _) => true,
        (Some(_), years) => in_title.is_some_and(|held| held.worked.elapsed.reaches(u32::from(years.unwrap_or(0)))),
    };
    let probation = alternative.probation_years.and_then(|_| {
        let passed = input.facts.profile.probations.iter().enumerate().filter(|(_, probation)| probation.passed);
        // A probation includes its first and its last day.
        let lengths = passed.filter_map(|(i, p)| Some((i, Elapsed::between(p.from, next_day(p.to?)))));
        lengths.max_by_key(|(i, elapsed)| (*elapsed, std::cmp::Reverse(*i)))
    });
    let probation_fits =
        alternative.probation_years.is_none_or(|years| probation.is_some_and(|(_, elapsed)| elapsed.reaches(u32::from(years))));
    AlternativeCheck {
        alternative,
        education_fits: education.is_some_and(|(_, qualification)| qualification >= alternative.lowest_qualification),
        in_title,
        title_fits,
        probation,
        probation_fits,
    }
}

/// Technical work after the title was obtained, to the cycle's day.
fn years_in_title(input: &Input<'_>, title: &KnownTitle<'_>) -> YearsInTitle {
    let KnownTitle { index, level, obtained_on, .. } = *title;
    YearsInTitle { index, level, obtained_on, worked: work::since(input, obtained_on) }
}
