//! Conditions of a level: education, title and years, probation (3.1a), counted to the cycle's day (4.3d).

use chrono::{Days, NaiveDate};

use super::{
    arithmetic::{Bilingual, Elapsed, next_day, years_needed},
    input::{Input, Outcome},
};
use crate::{
    cycles::definition::{ConditionAlternative, EvidenceFact, LevelConditions, WaivedRequirement},
    profiles::model::TitleHeld,
    vocabulary::{Qualification, Verdict},
};

/// Years in a title.
#[derive(Debug, Clone, Copy)]
struct InTitle {
    /// Place in the profile's titles.
    index: usize,
    obtained_on: NaiveDate,
    /// Days after it without technical work.
    gap_days: u64,
    elapsed: Elapsed,
}

/// One alternative, tried on the person.
#[derive(Debug)]
struct Tried<'a> {
    alternative: &'a ConditionAlternative,
    education_fits: bool,
    in_title: Option<InTitle>,
    title_fits: bool,
    probation: Option<(usize, Elapsed)>,
    probation_fits: bool,
}

impl Tried<'_> {
    const fn holds(&self) -> bool {
        self.education_fits && self.title_fits && self.probation_fits
    }
}

/// The conditions of the level, tried on the person.
#[derive(Debug)]
pub struct Assessment<'a> {
    conditions: &'a LevelConditions,
    /// Highest education that counts, with its place in the profile.
    education: Option<(usize, Qualification)>,
    tried: Vec<Tried<'a>>,
}

impl<'a> Assessment<'a> {
    /// One of the alternatives holds.
    pub fn holds(&self) -> bool {
        self.tried.iter().any(Tried::holds)
    }

    /// The alternative that holds, or else the one that is nearest: fitting education first, then fewest parts that are
    /// missing, then fewest years asked for.
    fn nearest(&self) -> Option<&Tried<'a>> {
        self.tried.iter().min_by_key(|tried| {
            let missing = u8::from(!tried.title_fits) + u8::from(!tried.probation_fits);
            (!tried.holds(), !tried.education_fits, missing, tried.alternative.title_years)
        })
    }
}

/// Tries the conditions of the chosen level.
pub fn assess<'a>(input: &Input<'a>) -> Option<Assessment<'a>> {
    let choice = &input.facts.choice;
    let conditions = input.cycle.conditions_for(&choice.specialty, choice.level)?;
    let education = highest_education(input);
    let tried = conditions.alternatives.iter().map(|alternative| try_alternative(input, alternative, education)).collect();
    Some(Assessment { conditions, education, tried })
}

/// The highest education completed by the cycle's day, technical-school classes by their equivalence (4.7c).
fn highest_education(input: &Input<'_>) -> Option<(usize, Qualification)> {
    let completed = input
        .facts
        .profile
        .education
        .iter()
        .enumerate()
        .filter(|(_, education)| education.to.is_some_and(|to| to <= input.cycle.seniority.date));
    completed
        .filter_map(|(i, education)| {
            let by_class = education.technical_school_class.and_then(|class| input.cycle.school_qualification(class));
            Some((i, education.qualification.or(by_class)?))
        })
        // The first of equals: it is the older entry.
        .max_by_key(|(i, qualification)| (*qualification, std::cmp::Reverse(*i)))
}

fn try_alternative<'a>(
    input: &Input<'_>,
    alternative: &'a ConditionAlternative,
    education: Option<(usize, Qualification)>,
) -> Tried<'a> {
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
        // A probation runs from its first to its last day, both served.
        let lengths = passed.filter_map(|(i, p)| Some((i, Elapsed::between(p.from, next_day(p.to?)))));
        lengths.max_by_key(|(i, elapsed)| (*elapsed, std::cmp::Reverse(*i)))
    });
    let probation_fits =
        alternative.probation_years.is_none_or(|years| probation.is_some_and(|(_, elapsed)| elapsed.reaches(u32::from(years))));
    Tried {
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
fn years_in_title(input: &Input<'_>, index: usize, title: &TitleHeld) -> InTitle {
    let end = input.cycle.seniority.date;
    let gap_days = gap_days(input, title.obtained_on, end);
    // Pushing the start on by the days that do not count keeps years and months those of the calendar.
    let elapsed = title
        .obtained_on
        .checked_add_days(Days::new(gap_days))
        .map_or(Elapsed::between(end, end), |from| Elapsed::between(from, end));
    InTitle { index, obtained_on: title.obtained_on, gap_days, elapsed }
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

/// 3.1a: one alternative of the level's conditions holds.
pub fn conditions(input: &Input<'_>) -> Vec<Outcome> {
    let Some(assessment) = &input.assessment else {
        let text = Bilingual::new("本年度未公布该级别的评审条件", "the cycle has no conditions for this level");
        return vec![Outcome::of(&input.cycle.mechanisms.conditions_clause, false, text).at("/level")];
    };
    let Some(nearest) = assessment.nearest() else {
        let text = Bilingual::new("本年度未公布该级别的评审条件", "the cycle has no conditions for this level");
        return vec![Outcome::of(&assessment.conditions.clause, false, text).at("/level")];
    };
    if let (false, Some(outcome)) = (nearest.holds(), waived(input)) {
        return vec![outcome];
    }
    let outcome = Outcome::of(&assessment.conditions.clause, nearest.holds(), text_of(input, assessment, nearest))
        .using("alternative", &nearest.alternative.id)
        .using("counted_to", input.cycle.seniority.date)
        .using("lowest_qualification", nearest.alternative.lowest_qualification);
    vec![with_person(outcome, assessment, nearest).proven_by(&missing(input, nearest))]
}

/// 4.7a: on the skilled-worker route education does not matter, once the appraisals are passes.
fn waived(input: &Input<'_>) -> Option<Outcome> {
    let case = input.skilled.as_ref()?;
    let waives = case.rule.waives.contains(&WaivedRequirement::Education) && case.appraisals_pass();
    waives.then(|| {
        let grade = case.best.grade;
        let text = Bilingual::new(
            format!("{}，近{}年考核合格，不受学历等条件限制", grade.zh(), case.rule.appraisals),
            format!(
                "{}, the last {} appraisals are passes: education and title are not asked for",
                grade.en(),
                case.rule.appraisals
            ),
        );
        Outcome::new(&case.rule.clause, Verdict::Waived, text)
            .at(format!("/profile/skill_grades/{}", case.best.index))
            .using("grade", grade)
    })
}

/// Documents that the alternative needs and that are not there.
fn missing(input: &Input<'_>, tried: &Tried<'_>) -> Vec<String> {
    let mut missing = input.missing_for(EvidenceFact::HasQualification);
    if tried.alternative.title.is_some() {
        missing.extend(input.missing_for(EvidenceFact::HasTitle));
    }
    missing
}

/// The person's part of an outcome: pointers and values.
fn with_person(mut outcome: Outcome, assessment: &Assessment<'_>, tried: &Tried<'_>) -> Outcome {
    outcome = match assessment.education {
        Some((i, qualification)) => outcome.at(format!("/profile/education/{i}")).using("qualification", qualification),
        None => outcome.at("/profile/education"),
    };
    if let Some(level) = tried.alternative.title {
        outcome = outcome.using("title", level).using("needed_years", tried.alternative.title_years.unwrap_or(0));
        outcome = match tried.in_title {
            Some(held) => outcome
                .at(format!("/profile/titles/{}/obtained_on", held.index))
                .using("obtained_on", held.obtained_on)
                .using("days_without_work", held.gap_days),
            None => outcome.at("/profile/titles"),
        };
    }
    if let Some(years) = tried.alternative.probation_years {
        outcome = outcome.using("needed_probation_years", years);
        outcome = match tried.probation {
            Some((i, _)) => outcome.at(format!("/profile/probations/{i}")),
            None => outcome.at("/profile/probations"),
        };
    }
    outcome
}

/// How an alternative stands, in words.
fn text_of(input: &Input<'_>, assessment: &Assessment<'_>, tried: &Tried<'_>) -> Bilingual {
    let lowest = tried.alternative.lowest_qualification;
    let (mut zh, mut en) = match assessment.education {
        Some((_, held)) if tried.education_fits => (vec![held.zh().to_owned()], vec![held.en().to_owned()]),
        Some((_, held)) => {
            (vec![format!("{}，需{}以上", held.zh(), lowest.zh())], vec![format!("{}, {} needed", held.en(), lowest.en())])
        }
        None => {
            (vec![format!("无已毕业学历，需{}以上", lowest.zh())], vec![format!("no completed education, {} needed", lowest.en())])
        }
    };
    if let Some(level) = tried.alternative.title {
        if let Some(held) = tried.in_title {
            let counted =
                years_needed(held.elapsed, input.cycle.seniority.date, u32::from(tried.alternative.title_years.unwrap_or(0)));
            let (on, gap) = (held.obtained_on, held.gap_days);
            let (gap_zh, gap_en) = if gap == 0 {
                (String::new(), String::new())
            } else {
                (format!("，扣除{gap}天"), format!(" less {gap} days without work"))
            };
            zh.push(format!("{}职称取得于{on}{gap_zh}，{}", level.zh(), counted.zh));
            en.push(format!("{} title obtained on {on}{gap_en}: {}", level.en(), counted.en));
        } else {
            zh.push(format!("无{}职称", level.zh()));
            en.push(format!("no {} title", level.en()));
        }
    }
    if let Some(years) = tried.alternative.probation_years {
        if let Some((_, elapsed)) = tried.probation {
            let text = elapsed.text();
            zh.push(format!("见习期{}，需满{years}年", text.zh));
            en.push(format!("probation of {}, {years} needed", text.en));
        } else {
            zh.push(format!("无考核合格的见习期，需满{years}年"));
            en.push(format!("no probation passed, {years} needed"));
        }
    }
    Bilingual::new(zh.join("；"), en.join("; "))
}
