//! The conditions of a level, checked for one person: education, title with years, probation (3.1a, 4.3d).

use chrono::{Days, NaiveDate};

use crate::{
    checks::{
        arithmetic::{Elapsed, next_day},
        input::Input,
    },
    cycles::CycleDefinition,
    cycles::definition::{ConditionAlternative, LevelConditions},
    profiles::Profile,
    profiles::model::TitleHeld,
    vocabulary::Qualification,
};

/// Years in a title.
#[derive(Debug, Clone, Copy)]
pub struct YearsInTitle {
    /// Place in the profile's titles.
    pub index: usize,
    pub obtained_on: NaiveDate,
    /// Days after it without technical work.
    pub gap_days: u64,
    pub elapsed: Elapsed,
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
    let completed =
        profile.education.iter().enumerate().filter(|(_, education)| education.to.is_some_and(|to| to <= cycle.seniority.date));
    completed
        .filter_map(|(i, education)| {
            let by_class = education.technical_school_class.and_then(|class| cycle.school_qualification(class));
            Some((i, education.qualification.or(by_class)?))
        })
        // The first of equals: it is the older entry.
        .max_by_key(|(i, qualification)| (*qualification, std::cmp::Reverse(*i)))
}

fn check_alternative<'a>(
    input: &Input<'_>,
    alternative: &'a ConditionAlternative,
    education: Option<(usize, Qualification)>,
) -> AlternativeCheck<'a> {
    let in_title = alternative.title.and_then(|level| {
        let titles =
            input.facts.profile.titles.iter().enumerate().filter(|(_, title)| title.level >= level && of_series(input, title));
        titles
            .map(|(index, title)| years_in_title(input, index, title))
            .max_by_key(|held| (held.elapsed, std::cmp::Reverse(held.index)))
    });
    let title_fits = match (alternative.title, alternative.title_years) {
        (None, _) => true,
        (Some(_), years) => in_title.is_some_and(|held| held.elapsed.reaches(u32::from(years.unwrap_or(0)))),
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

/// The title is of the series applied for, by its id or its name in the cycle.
fn of_series(input: &Input<'_>, title: &TitleHeld) -> bool {
    let series = title.series.trim();
    series == input.facts.choice.series || input.cycle.series(&input.facts.choice.series).is_some_and(|known| known.name == series)
}

/// Technical work after the title was obtained, to the cycle's day. Where the profile lists periods of technical work, days
/// between, before and after them do not count; where it lists none, the whole time does.
fn years_in_title(input: &Input<'_>, index: usize, title: &TitleHeld) -> YearsInTitle {
    let end = input.cycle.seniority.date;
    let gap_days = gap_days(input, title.obtained_on, end);
    // The start is moved by the days that do not count, so that years and months stay calendar years and months.
    let elapsed = title
        .obtained_on
        .checked_add_days(Days::new(gap_days))
        .map_or(Elapsed::between(end, end), |from| Elapsed::between(from, end));
    YearsInTitle { index, obtained_on: title.obtained_on, gap_days, elapsed }
}

/// Days after `from`, up to `end`, on which there was no technical work.
fn gap_days(input: &Input<'_>, from: NaiveDate, end: NaiveDate) -> u64 {
    let mut work: Vec<_> = input.facts.profile.technical_work.iter().map(|work| (work.from, work.to)).collect();
    if work.is_empty() || end <= from {
        return 0;
    }
    work.sort_unstable();
    let (mut free, mut gaps) = (next_day(from), 0);
    for (start, to) in work {
        gaps += (start.min(next_day(end)) - free).num_days().max(0);
        free = free.max(start).max(to.map_or(next_day(end), next_day));
    }
    gaps += (next_day(end) - free).num_days().max(0);
    u64::try_from(gaps).unwrap_or(0)
}
