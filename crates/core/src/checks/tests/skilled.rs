use proptest::prelude::*;

use super::*;
use crate::{
    profiles::model::{Appraisal, SkillGradeHeld, TechnicalWork},
    vocabulary::{AppraisalResult, SkillGrade},
};

fn grade(grade: SkillGrade, obtained_on: &str) -> SkillGradeHeld {
    SkillGradeHeld { grade, occupation: None, obtained_on: day(obtained_on), working_since: None, certificate_number: None }
}

fn appraisals(first: i32, results: &[AppraisalResult]) -> Vec<Appraisal> {
    (first..).zip(results).map(|(year, result)| Appraisal { year, result: *result }).collect()
}

/// Somebody without education or title, with a grade and three passes.
fn worker(cycle: &CycleDefinition, held: SkillGrade, since: &str, level: Level) -> Facts {
    let mut facts = fit(cycle);
    facts.choice.level = level;
    facts.profile.education.clear();
    facts.profile.titles.clear();
    facts.profile.skill_grades = vec![grade(held, since)];
    facts.profile.appraisals = appraisals(2021, &[AppraisalResult::Pass, AppraisalResult::Excellent, AppraisalResult::Pass]);
    facts
}

// clauses: 4.7b, 4.3d
#[test]
fn skill_grade_one_day_short_of_its_years_is_unmet() {
    let cycle = aksu();
    for (held, years, level) in [
        (SkillGrade::SeniorWorker, 2, Level::Assistant),
        (SkillGrade::Technician, 3, Level::Intermediate),
        (SkillGrade::SeniorTechnician, 4, Level::AssociateSenior),
    ] {
        let since = years_before(day("2024-12-31"), years);
        let facts = worker(&cycle, held, &since.to_string(), level);
        let result = ask(&facts, &cycle, "skilled_grade_years");
        assert_eq!((result.verdict, result.clause.as_str()), (Verdict::Met, "4.7b"), "{}", result.arithmetic.en);
        assert_eq!(ask(&facts, &cycle, "conditions").verdict, Verdict::Waived);
        assert_eq!(ask(&facts, &cycle, "conditions").clause, "4.7a");
        assert!(stopped_by(&facts, &cycle).is_empty(), "{:?}", stopped_by(&facts, &cycle));

        let late = worker(&cycle, held, &tomorrow(since).to_string(), level);
        assert_refused(&ask(&late, &cycle, "skilled_grade_years"), "4.7b", &cycle);
        assert_eq!(stopped_by(&late, &cycle), ["skilled_grade_years"]);
    }
}

// clauses: 4.7b, 4.7a
#[test]
fn routes_of_every_cycle_count_years_to_the_day() {
    for cycle in cycles() {
        let Some(rule) = &cycle.skilled_worker else { continue };
        for route in &rule.routes {
            let since = years_before(cycle.seniority.date, u32::from(route.years));
            let newest = i32::from(cycle.year) - 1;
            let of_all = |since: NaiveDate| {
                let mut facts = worker(&cycle, route.grade, &since.to_string(), route.level);
                let years = newest + 1 - i32::from(rule.appraisals)..=newest;
                facts.profile.appraisals = years.map(|year| Appraisal { year, result: rule.passing_results[0] }).collect();
                facts
            };
            let facts = of_all(since);
            assert_eq!(ask(&facts, &cycle, "skilled_grade_years").verdict, Verdict::Met, "{} {}", cycle.id, route.grade);
            assert_eq!(ask(&facts, &cycle, "conditions").verdict, Verdict::Waived, "{} {}", cycle.id, route.grade);
            let late = of_all(tomorrow(since));
            assert_refused(&ask(&late, &cycle, "skilled_grade_years"), &route.clause, &cycle);
            let mut one_less = of_all(since);
            one_less.profile.appraisals.remove(0);
            assert_refused(&ask(&one_less, &cycle, "skilled_appraisals"), &rule.clause, &cycle);
        }
    }
}

// clauses: 4.7b
#[test]
fn a_technician_since_2021_12_31_may_apply_for_intermediate() {
    let cycle = aksu();
    let facts = worker(&cycle, SkillGrade::Technician, "2021-12-31", Level::Intermediate);
    let result = ask(&facts, &cycle, "skilled_grade_years");
    assert_eq!(result.verdict, Verdict::Met);
    assert_eq!(result.arithmetic.en, "technician, at work since 2021-12-31: 3 years on 2024-12-31, 3 needed");
}

fn work(from: &str, to: Option<&str>) -> TechnicalWork {
    TechnicalWork { specialty: "surveying".to_owned(), description: None, from: day(from), to: to.map(day) }
}

// clauses: 4.7b
#[test]
fn break_of_technical_work_is_deducted_from_the_years_of_a_grade() {
    let cycle = aksu();
    let mut facts = worker(&cycle, SkillGrade::Technician, "2021-12-31", Level::Intermediate);
    facts.profile.technical_work = vec![work("2021-12-31", Some("2022-12-31")), work("2024-01-01", None)];
    let result = ask(&facts, &cycle, "skilled_grade_years");
    assert_refused(&result, "4.7b", &cycle);
    assert_eq!(
        result.arithmetic.en,
        "technician, at work since 2021-12-31 less 365 days without work: 2 years on 2024-12-31, 3 needed"
    );
    assert_eq!(stopped_by(&facts, &cycle), ["skilled_grade_years"]);
    facts.profile.technical_work = vec![work("2021-12-31", Some("2022-12-31")), work("2023-01-01", None)];
    assert_eq!(ask(&facts, &cycle, "skilled_grade_years").verdict, Verdict::Met);
    facts.profile.technical_work[1].from = day("2023-01-02");
    assert_refused(&ask(&facts, &cycle, "skilled_grade_years"), "4.7b", &cycle);
}

// clauses: 4.7b, 3.1a
#[test]
fn break_of_a_leap_year_is_a_year() {
    let cycle = aksu();
    // 2 years under the grade, of 3: none in 2024, in 2022, or from March to the end of February.
    for (stretches, expected) in [
        (&[("2021-12-31", Some("2023-12-31"))][..], Verdict::Met),
        (&[("2021-12-31", Some("2023-12-30"))], Verdict::Unmet),
        (&[("2022-01-02", Some("2023-12-31"))], Verdict::Unmet),
        (&[("2021-12-31", Some("2023-12-30")), ("2024-12-31", None)], Verdict::Met),
        (&[("2023-01-01", None)], Verdict::Met),
        (&[("2023-01-02", None)], Verdict::Unmet),
        (&[("2021-12-31", Some("2023-02-28")), ("2024-03-01", None)], Verdict::Met),
        (&[("2021-12-31", Some("2023-02-28")), ("2024-03-02", None)], Verdict::Unmet),
    ] {
        let mut facts = worker(&cycle, SkillGrade::SeniorWorker, "2021-12-31", Level::Assistant);
        facts.profile.technical_work = stretches.iter().map(|(from, to)| work(from, *to)).collect();
        let result = ask(&facts, &cycle, "skilled_grade_years");
        assert_eq!(result.verdict, expected, "{stretches:?} {}", result.arithmetic.en);
    }
    // 5 years in the title, of 6, with a whole year of break, or a day more.
    for year in 2019..=2024 {
        let of = |from: &str, to: &str| {
            let mut facts = fit(&cycle);
            facts.choice.level = Level::AssociateSenior;
            facts.profile.titles = vec![title(Level::Intermediate, "engineering", day("2018-12-31"))];
            facts.profile.technical_work = vec![work("2010-01-01", Some(from)), work(to, None)];
            ask(&facts, &cycle, "conditions")
        };
        let (before, after) = (format!("{}-12-31", year - 1), format!("{}-01-01", year + 1));
        let exact = of(&before, &after);
        assert_eq!(exact.verdict, Verdict::Met, "{year} {}", exact.arithmetic.en);
        let short = if year == 2019 { of(&before, "2020-01-02") } else { of(&format!("{}-12-30", year - 1), &after) };
        assert_eq!(short.verdict, Verdict::Unmet, "{year} {}", short.arithmetic.en);
    }
}

// clauses: 4.7a, 4.7b
#[test]
fn skill_grade_below_the_route_is_unmet() {
    let cycle = aksu();
    let facts = worker(&cycle, SkillGrade::SeniorWorker, "2000-01-01", Level::Intermediate);
    assert_refused(&ask(&facts, &cycle, "skilled_grade_years"), "4.7b", &cycle);
    let facts = worker(&cycle, SkillGrade::IntermediateWorker, "2000-01-01", Level::Assistant);
    assert!(evaluate(&facts, &cycle).of("skilled_grade_years").next().is_none());
    assert_refused(&ask(&facts, &cycle, "conditions"), "3.1a", &cycle);
    // A higher grade does.
    let facts = worker(&cycle, SkillGrade::SeniorTechnician, "2021-12-31", Level::Intermediate);
    assert_eq!(ask(&facts, &cycle, "skilled_grade_years").verdict, Verdict::Met);
    // Work under the grade counts, not the certificate alone.
    let mut facts = worker(&cycle, SkillGrade::Technician, "2021-12-31", Level::Intermediate);
    facts.profile.skill_grades[0].working_since = Some(day("2022-01-01"));
    assert_eq!(ask(&facts, &cycle, "skilled_grade_years").verdict, Verdict::Unmet);
}

// clauses: 4.7a
#[test]
fn last_three_appraisals_must_be_passes() {
    use AppraisalResult::{BasicPass, Excellent, Fail, NotRated, Pass};
    let cycle = aksu();
    for (first, results, expected) in [
        (2021, &[Pass, Pass, Pass][..], Verdict::Met),
        (2022, &[Pass, Excellent, Pass][..], Verdict::Met),
        (2020, &[Fail, Pass, Pass, Pass][..], Verdict::Met),
        (2021, &[Fail, Pass, Pass, Pass][..], Verdict::Met),
        (2021, &[Pass, BasicPass, Pass][..], Verdict::Unmet),
        (2021, &[Pass, Pass, NotRated][..], Verdict::Unmet),
        (2021, &[Pass, Pass, Pass, Fail][..], Verdict::Unmet),
        (2022, &[Pass, Pass][..], Verdict::Unmet),
        (2020, &[Pass, Pass, Pass][..], Verdict::Unmet),
    ] {
        let mut facts = worker(&cycle, SkillGrade::Technician, "2015-01-01", Level::Intermediate);
        facts.profile.appraisals = appraisals(first, results);
        let result = ask(&facts, &cycle, "skilled_appraisals");
        assert_eq!((result.verdict, result.clause.as_str()), (expected, "4.7a"), "{}", result.arithmetic.en);
        let conditions = ask(&facts, &cycle, "conditions").verdict;
        assert_eq!(conditions, if expected == Verdict::Met { Verdict::Waived } else { Verdict::Unmet });
    }
}

// clauses: 4.7a
#[test]
fn skilled_worker_requirements_are_waived_in_participating_series() {
    let mut cycle = aksu();
    let facts = worker(&cycle, SkillGrade::Technician, "2015-01-01", Level::Intermediate);
    let waived: Vec<_> = evaluate(&facts, &cycle).of("skilled_waivers").map(|r| (r.subject.clone().unwrap(), r.verdict)).collect();
    let expected = ["education", "papers", "language", "computer"].map(|name| (name.to_owned(), Verdict::Waived));
    assert_eq!(waived, expected);
    for category in ["skill_grade_certificate", "appraisal_records"] {
        let mut facts = facts.clone();
        without(&mut facts, category);
        assert_eq!(ask(&facts, &cycle, "skilled_grade_years").verdict, Verdict::NeedsEvidence, "{category}");
    }
    cycle.series.iter_mut().for_each(|series| series.skilled_worker_route = false);
    assert_refused(&ask(&facts, &cycle, "conditions"), "3.1a", &cycle);
    assert!(evaluate(&facts, &cycle).of("skilled_waivers").next().is_none());
}

// clauses: 4.7a
#[test]
fn skill_grade_does_not_block_who_meets_the_ordinary_conditions() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.profile.skill_grades = vec![grade(SkillGrade::SeniorWorker, "2024-06-01")];
    let result = ask(&facts, &cycle, "skilled_grade_years");
    assert_eq!((result.verdict, result.blocks), (Verdict::Unmet, false));
    assert!(stopped_by(&facts, &cycle).is_empty());
}

proptest! {
    // clauses: 4.7b, 3.1a
    #[test]
    fn break_counts_against_a_grade_as_against_a_title(since in 0_i64..4000, first in 0_i64..4000, length in 0_i64..2000) {
        let cycle = aksu();
        let end = cycle.seniority.date;
        let on = |before: i64| end - chrono::TimeDelta::days(before);
        let (from, resumed) = (on(since), on((first - length).max(0)));
        let mut facts = worker(&cycle, SkillGrade::Technician, &from.to_string(), Level::Intermediate);
        facts.profile.technical_work = vec![work("1990-01-01", Some(&on(first).to_string())), work(&resumed.to_string(), None)];
        let mut titled = fit(&cycle);
        titled.profile.technical_work = facts.profile.technical_work.clone();
        titled.profile.titles = vec![title(Level::Assistant, "engineering", from)];
        let days = |report: RuleResult| report.values.iter().find(|value| value.name == "days_without_work").unwrap().value.clone();
        let (of_grade, of_title) = (days(ask(&facts, &cycle, "skilled_grade_years")), days(ask(&titled, &cycle, "conditions")));
        prop_assert_eq!(&of_grade, &of_title);
        // A longer break never helps.
        let verdict = |resumed: chrono::NaiveDate| {
            let mut facts = facts.clone();
            facts.profile.technical_work[1].from = resumed;
            ask(&facts, &cycle, "skilled_grade_years").verdict
        };
        if verdict(resumed) != Verdict::Met {
            prop_assert_ne!(verdict(tomorrow(resumed)), Verdict::Met);
        }
        // Whole days of the break that lie after the grade was obtained.
        let free = (resumed - on(first).max(from)).num_days() - 1;
        prop_assert_eq!(of_grade.parse::<i64>().unwrap(), free.max(0));
    }
}
