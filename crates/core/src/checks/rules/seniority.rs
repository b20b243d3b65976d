//! Conditions of a level: education, title and years, probation (3.1a), counted to the cycle's day (4.3d).

use crate::{
    checks::{
        arithmetic::{Bilingual, years_needed},
        derived::{
            Derived,
            conditions::{AlternativeCheck, Assessment},
            titles,
        },
        input::Input,
        outcome::Outcome,
    },
    cycles::definition::{EvidenceFact, WaivedRequirement},
    vocabulary::Verdict,
};

/// 3.1a: one alternative of the level's conditions holds.
pub fn conditions(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(assessment) = &derived.assessment else {
        let text = Bilingual::new("本年度未公布该级别的评审条件", "the cycle has no conditions for this level");
        return vec![Outcome::of(&input.cycle.mechanisms.conditions_clause, false, text).at("/level")];
    };
    let Some(nearest) = assessment.nearest() else {
        let text = Bilingual::new("本年度未公布该级别的评审条件", "the cycle has no conditions for this level");
        return vec![Outcome::of(&assessment.conditions.clause, false, text).at("/level")];
    };
    if let (false, Some(outcome)) = (nearest.holds(), waived(derived)) {
        return vec![outcome];
    }
    let outcome = Outcome::of(&assessment.conditions.clause, nearest.holds(), text_of(input, assessment, nearest))
        .using("alternative", &nearest.alternative.id)
        .using("counted_to", input.cycle.seniority.date)
        .using("lowest_qualification", nearest.alternative.lowest_qualification);
    vec![with_person(outcome, assessment, nearest).proven_by(&missing(derived, nearest))]
}

/// 3.1a: the level is not held already, nor a higher one, in the series applied for.
pub fn level_held(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(rule) = &input.cycle.barred.level_held else { return Vec::new() };
    let level = input.facts.choice.level;
    let highest = titles::of_series(input).into_iter().max_by_key(|title| (title.level, std::cmp::Reverse(title.index)));
    let Some(held) = highest.filter(|title| title.level >= level) else {
        let text = Bilingual::new(format!("尚未取得{}职称", level.zh()), format!("no {} title is held", level.en()));
        return vec![Outcome::of(&rule.clause, true, text).using("level", level)];
    };
    let (on, name) = (held.obtained_on, held.name);
    let text = Bilingual::new(
        format!("已于{on}取得“{name}”（{}），不再申报{}", held.level.zh(), level.zh()),
        format!("{name} ({}) is held since {on}: level {} is not applied for again", held.level.en(), level.en()),
    );
    let pointer = held.index.map_or_else(|| "/profile/titles".to_owned(), |i| format!("/profile/titles/{i}/level"));
    let outcome = Outcome::of(&rule.clause, false, text).at("/level").at(pointer);
    vec![outcome.using("level", level).using("held", held.level).using("obtained_on", on)]
}

/// 4.7a: on the skilled-worker route education does not matter, once the appraisals are passes.
fn waived(derived: &Derived<'_>) -> Option<Outcome> {
    let case = derived.skilled.as_ref()?;
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
fn missing(derived: &Derived<'_>, checked: &AlternativeCheck<'_>) -> Vec<String> {
    let mut missing = derived.missing_for(EvidenceFact::HasQualification);
    if checked.alternative.title.is_some() {
        missing.extend(derived.missing_for(EvidenceFact::HasTitle));
    }
    if checked.alternative.probation_years.is_some() {
        missing.extend(derived.missing_for(EvidenceFact::Probation));
    }
    missing
}

/// The person's part of an outcome: pointers and values.
fn with_person(mut outcome: Outcome, assessment: &Assessment<'_>, checked: &AlternativeCheck<'_>) -> Outcome {
    outcome = match assessment.education {
        Some((i, qualification)) => outcome.at(format!("/profile/education/{i}")).using("qualification", qualification),
        None => outcome.at("/profile/education"),
    };
    if let Some(level) = checked.alternative.title {
        outcome = outcome.using("title", level).using("needed_years", checked.alternative.title_years.unwrap_or(0));
        outcome = match checked.in_title {
            Some(held) => outcome
                .at(held.index.map_or_else(|| "/profile/titles".to_owned(), |i| format!("/profile/titles/{i}/obtained_on")))
                .using("obtained_on", held.obtained_on)
                .using("days_without_work", held.worked.gap_days),
            None => outcome.at("/profile/titles"),
        };
    }
    if let Some(years) = checked.alternative.probation_years {
        outcome = outcome.using("needed_probation_years", years);
        outcome = match checked.probation {
            Some((i, _)) => outcome.at(format!("/profile/probations/{i}")),
            None => outcome.at("/profile/probations"),
        };
    }
    outcome
}

/// How an alternative stands, in words.
fn text_of(input: &Input<'_>, assessment: &Assessment<'_>, checked: &AlternativeCheck<'_>) -> Bilingual {
    let lowest = checked.alternative.lowest_qualification;
    let (mut zh, mut en) = match assessment.education {
        Some((_, held)) if checked.education_fits => (vec![held.zh().to_owned()], vec![held.en().to_owned()]),
        Some((_, held)) => {
            (vec![format!("{}，需{}以上", held.zh(), lowest.zh())], vec![format!("{}, {} needed", held.en(), lowest.en())])
        }
        None => {
            (vec![format!("无已毕业学历，需{}以上", lowest.zh())], vec![format!("no completed education, {} needed", lowest.en())])
        }
    };
    if let Some(level) = checked.alternative.title {
        if let Some(held) = checked.in_title {
            let counted = years_needed(
                held.worked.elapsed,
                input.cycle.seniority.date,
                u32::from(checked.alternative.title_years.unwrap_or(0)),
            );
            let (on, gap, held) = (held.obtained_on, held.worked.gap_text(), held.level);
            zh.push(format!("{}职称取得于{on}{}，{}", held.zh(), gap.zh, counted.zh));
            en.push(format!("{} title obtained on {on}{}: {}", held.en(), gap.en, counted.en));
        } else {
            zh.push(format!("无{}职称", level.zh()));
            en.push(format!("no {} title", level.en()));
        }
    }
    if let Some(years) = checked.alternative.probation_years {
        if let Some((_, elapsed)) = checked.probation {
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
