use proptest::prelude::*;

use super::*;
use crate::{
    checks::{Elapsed, IssuedTitle},
    profiles::model::{Probation, TechnicalWork},
    vocabulary::TechnicalSchoolClass,
};

const RULE: &str = "conditions";

fn person(cycle: &CycleDefinition, level: Level, qualification: Qualification, held: Option<(Level, &str)>) -> Facts {
    let mut facts = fit(cycle);
    facts.choice.level = level;
    facts.profile.education[0].qualification = Some(qualification);
    facts.profile.titles = held.into_iter().map(|(level, on)| title(level, "engineering", day(on))).collect();
    facts
}

fn verdict(level: Level, qualification: Qualification, held: Option<(Level, &str)>) -> Verdict {
    let cycle = aksu();
    ask(&person(&cycle, level, qualification, held), &cycle, RULE).verdict
}

// clauses: 4.3d, 3.1a
#[test]
fn a_title_of_2019_12_31_is_five_years_old_and_one_of_2020_01_01_a_day_short() {
    let cycle = aksu();
    let ask_with =
        |on| ask(&person(&cycle, Level::AssociateSenior, Qualification::Bachelor, Some((Level::Intermediate, on))), &cycle, RULE);
    let met = ask_with("2019-12-31");
    assert_eq!(met.verdict, Verdict::Met);
    assert_eq!(met.arithmetic.zh, "本科/学士；中级职称取得于2019-12-31，截至2024-12-31为5年，需满5年");
    let short = ask_with("2020-01-01");
    assert_refused(&short, "3.1a", &cycle);
    assert!(short.assumed);
    assert_eq!(
        short.arithmetic.en,
        "bachelor or undergraduate education; intermediate title obtained on 2020-01-01: 4 years 11 months 30 days on 2024-12-31, 5 needed"
    );
    assert_eq!(short.pointers, ["/profile/education/0", "/profile/titles/0/obtained_on"]);
}

// clauses: 3.1a, 4.3d
#[test]
fn alternative_one_day_short_of_its_years_is_unmet() {
    use Level::{Assistant, AssociateSenior, Entry, Intermediate};
    use Qualification::{Bachelor, Doctorate, JuniorCollege, Master, SecondBachelor, SecondaryVocational};
    let (met, unmet) = (Verdict::Met, Verdict::Unmet);
    for (level, qualification, held, expected) in [
        (Entry, Bachelor, None, met),
        (Entry, JuniorCollege, None, unmet),
        (Assistant, Master, None, met),
        (Assistant, SecondBachelor, None, met),
        (Assistant, Bachelor, None, unmet),
        (Assistant, JuniorCollege, Some((Entry, "2022-12-31")), met),
        (Assistant, JuniorCollege, Some((Entry, "2023-01-01")), unmet),
        (Assistant, SecondaryVocational, Some((Entry, "2020-12-31")), met),
        (Assistant, SecondaryVocational, Some((Entry, "2021-01-01")), unmet),
        (Intermediate, Doctorate, None, met),
        (Intermediate, Master, None, unmet),
        (Intermediate, Master, Some((Assistant, "2022-12-31")), met),
        (Intermediate, SecondBachelor, Some((Assistant, "2022-12-31")), met),
        (Intermediate, Master, Some((Assistant, "2023-01-01")), unmet),
        (Intermediate, Bachelor, Some((Assistant, "2020-12-31")), met),
        (Intermediate, Bachelor, Some((Assistant, "2021-01-01")), unmet),
        (Intermediate, JuniorCollege, Some((Assistant, "2020-12-31")), met),
        (Intermediate, SecondaryVocational, Some((Assistant, "2010-12-31")), unmet),
        (Intermediate, Bachelor, Some((Entry, "2010-12-31")), unmet),
        (AssociateSenior, Doctorate, Some((Intermediate, "2022-12-31")), met),
        (AssociateSenior, Doctorate, Some((Intermediate, "2023-01-01")), unmet),
        (AssociateSenior, Master, Some((Intermediate, "2019-12-31")), met),
        (AssociateSenior, Master, Some((Intermediate, "2020-01-01")), unmet),
        (AssociateSenior, JuniorCollege, Some((Intermediate, "2000-01-01")), unmet),
    ] {
        assert_eq!(verdict(level, qualification, held), expected, "{level} {qualification} {held:?}");
    }
}

// clauses: 3.1a
#[test]
fn probation_includes_both_ends_and_must_be_passed() {
    let cycle = aksu();
    let with = |qualification, level, to: &str, passed| {
        let mut facts = person(&cycle, level, qualification, None);
        facts.profile.probations = vec![Probation { from: day("2022-07-01"), to: Some(day(to)), passed }];
        ask(&facts, &cycle, RULE).verdict
    };
    assert_eq!(with(Qualification::JuniorCollege, Level::Entry, "2023-06-30", true), Verdict::Met);
    assert_eq!(with(Qualification::JuniorCollege, Level::Entry, "2023-06-29", true), Verdict::Unmet);
    assert_eq!(with(Qualification::JuniorCollege, Level::Entry, "2023-06-30", false), Verdict::Unmet);
    assert_eq!(with(Qualification::Bachelor, Level::Assistant, "2023-06-30", true), Verdict::Met);
    assert_eq!(with(Qualification::JuniorCollege, Level::Assistant, "2023-06-30", true), Verdict::Unmet);
}

// clauses: 4.7c
#[test]
fn technical_school_class_counts_as_its_equivalent_education() {
    let cycle = aksu();
    for (class, level, held, expected) in [
        (TechnicalSchoolClass::TechnicianClass, Level::Intermediate, (Level::Assistant, "2020-12-31"), Verdict::Met),
        (TechnicalSchoolClass::TechnicianClass, Level::AssociateSenior, (Level::Intermediate, "2019-12-31"), Verdict::Met),
        (TechnicalSchoolClass::SeniorWorkerClass, Level::Intermediate, (Level::Assistant, "2020-12-31"), Verdict::Met),
        (TechnicalSchoolClass::SeniorWorkerClass, Level::AssociateSenior, (Level::Intermediate, "2010-12-31"), Verdict::Unmet),
        (TechnicalSchoolClass::IntermediateWorkerClass, Level::Assistant, (Level::Entry, "2020-12-31"), Verdict::Met),
        (TechnicalSchoolClass::IntermediateWorkerClass, Level::Assistant, (Level::Entry, "2021-01-01"), Verdict::Unmet),
        (TechnicalSchoolClass::IntermediateWorkerClass, Level::Intermediate, (Level::Assistant, "2010-12-31"), Verdict::Unmet),
    ] {
        let mut facts = person(&cycle, level, Qualification::Bachelor, Some(held));
        facts.profile.education[0].qualification = None;
        facts.profile.education[0].technical_school_class = Some(class);
        assert_eq!(ask(&facts, &cycle, RULE).verdict, expected, "{class} {level}");
        let told = ask(&facts, &cycle, "school_equivalence");
        assert_eq!((told.verdict, told.clause.as_str(), told.blocks), (Verdict::Met, "4.7c", false));
    }
}

// clauses: 3.1a
#[test]
fn education_must_be_completed_and_title_must_be_of_the_series() {
    let cycle = aksu();
    let held = Some((Level::Assistant, "2019-01-01"));
    let mut facts = person(&cycle, Level::Intermediate, Qualification::Bachelor, held);
    facts.profile.education[0].to = None;
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::Unmet);
    let mut facts = person(&cycle, Level::Intermediate, Qualification::Bachelor, held);
    facts.profile.titles[0].series = "agriculture".to_owned();
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::Unmet);
    facts.profile.titles[0].series = cycle.series("engineering").unwrap().name.clone();
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::Met);
}

// clauses: 3.1a
#[test]
fn days_without_technical_work_are_deducted() {
    let cycle = aksu();
    let mut facts = person(&cycle, Level::Intermediate, Qualification::Bachelor, Some((Level::Assistant, "2020-12-30")));
    let work = |from: &str, to: Option<&str>| TechnicalWork {
        specialty: "surveying".to_owned(),
        description: None,
        from: day(from),
        to: to.map(day),
    };
    facts.profile.technical_work = vec![work("2023-01-01", None), work("2015-01-01", Some("2022-12-31"))];
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::Met);
    facts.profile.technical_work[1].to = Some(day("2022-12-30"));
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::Met, "one day may be missing");
    facts.profile.technical_work[1].to = Some(day("2022-12-29"));
    let result = ask(&facts, &cycle, RULE);
    assert_refused(&result, "3.1a", &cycle);
    assert!(result.arithmetic.en.contains("less 2 days without work"), "{}", result.arithmetic.en);
}

// clauses: 3.1a
#[test]
fn level_already_held_is_refused() {
    for cycle in cycles() {
        let Some(rule) = &cycle.barred.level_held else { continue };
        let mut facts = fit(&cycle);
        assert_eq!(ask(&facts, &cycle, "level_held").verdict, Verdict::Met);
        let series = facts.choice.series.clone();
        for held in [Level::Intermediate, Level::AssociateSenior] {
            facts.profile.titles.push(title(held, &series, day("2018-01-01")));
            let result = ask(&facts, &cycle, "level_held");
            assert_refused(&result, &rule.clause, &cycle);
            assert_eq!(result.pointers, ["/level".to_owned(), format!("/profile/titles/{}/level", facts.profile.titles.len() - 1)]);
            assert!(stopped_by(&facts, &cycle).contains(&"level_held"));
        }
        // Of another series it is another title.
        facts.profile.titles.iter_mut().skip(1).for_each(|held| held.series = "heritage".to_owned());
        assert_eq!(ask(&facts, &cycle, "level_held").verdict, Verdict::Met);
    }
}

// clauses: 3.1a
#[test]
fn text_names_the_level_of_the_title_that_counts() {
    let cycle = aksu();
    let result =
        ask(&person(&cycle, Level::Intermediate, Qualification::Bachelor, Some((Level::Intermediate, "2018-01-01"))), &cycle, RULE);
    assert_eq!(result.arithmetic.zh, "本科/学士；中级职称取得于2018-01-01，截至2024-12-31为6年11个月30天，需满4年");
}

fn issued(level: Level, obtained_on: &str) -> IssuedTitle {
    IssuedTitle {
        number: "202365290001300001".to_owned(),
        level,
        series: "engineering".to_owned(),
        name: "工程师".to_owned(),
        obtained_on: day(obtained_on),
        revoked: false,
    }
}

// clauses: 3.1a, 4.3d, R10
#[test]
fn title_issued_here_is_known_and_counts_from_the_day_it_was_obtained() {
    let cycle = aksu();
    let mut facts = person(&cycle, Level::Intermediate, Qualification::Bachelor, None);
    facts.titles = vec![issued(Level::Assistant, "2020-12-31")];
    without(&mut facts, "title_certificate");
    // The profile need not tell of it, and no certificate is asked for.
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::Met);
    assert!(stopped_by(&facts, &cycle).is_empty(), "{:?}", stopped_by(&facts, &cycle));
    facts.titles[0].obtained_on = day("2021-01-01");
    assert_refused(&ask(&facts, &cycle, RULE), "3.1a", &cycle);
    // The record wins over an earlier day that is typed, with or without its number.
    for number in [None, Some(facts.titles[0].number.clone())] {
        facts.profile.titles =
            vec![TitleHeld { certificate_number: number, ..title(Level::Assistant, "engineering", day("2015-01-01")) }];
        assert_refused(&ask(&facts, &cycle, RULE), "3.1a", &cycle);
    }
    // A certificate of another office is another title.
    facts.profile.titles[0].certificate_number = Some("外-1".to_owned());
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::NeedsEvidence);
    // A revoked one is none.
    facts.titles[0].revoked = true;
    facts.profile.titles[0].certificate_number = Some(facts.titles[0].number.clone());
    assert_refused(&ask(&facts, &cycle, RULE), "3.1a", &cycle);
    // What is left out of the profile is held all the same.
    facts.profile.titles.clear();
    facts.titles = vec![issued(Level::Intermediate, "2023-10-20")];
    let result = ask(&facts, &cycle, "level_held");
    assert_refused(&result, "3.1a", &cycle);
    assert_eq!(result.pointers, ["/level", "/profile/titles"]);
}

// clauses: 3.1a
#[test]
fn certificate_on_record_is_of_the_series_of_its_record() {
    let cycle = aksu();
    let mut facts = person(&cycle, Level::Intermediate, Qualification::Bachelor, None);
    let number = issued(Level::Assistant, "2015-01-01").number;
    let typed = |level, series| TitleHeld { certificate_number: Some(number.clone()), ..title(level, series, day("2015-01-01")) };
    // One of another series, typed as this one, neither counts nor stands in the way.
    facts.titles = vec![IssuedTitle { series: "economics".to_owned(), ..issued(Level::Assistant, "2015-01-01") }];
    facts.profile.titles = vec![typed(Level::Assistant, "engineering")];
    assert_refused(&ask(&facts, &cycle, RULE), "3.1a", &cycle);
    facts.titles[0].level = Level::Intermediate;
    facts.profile.titles = vec![typed(Level::Intermediate, "engineering")];
    assert_eq!(ask(&facts, &cycle, "level_held").verdict, Verdict::Met);
    // One of this series, typed as another, counts once, where it is typed.
    facts.titles = vec![issued(Level::Assistant, "2015-01-01")];
    facts.profile.titles = vec![typed(Level::Assistant, "economics")];
    let result = ask(&facts, &cycle, RULE);
    assert_eq!(result.verdict, Verdict::Met);
    assert!(result.pointers.contains(&"/profile/titles/0/obtained_on".to_owned()), "{:?}", result.pointers);
}

// clauses: 3.1a, R10
#[test]
fn title_without_a_number_is_the_one_on_record_that_holds_else_the_revoked_one() {
    let cycle = aksu();
    let mut facts = person(&cycle, Level::Intermediate, Qualification::Bachelor, Some((Level::Assistant, "2015-01-01")));
    let revoked = IssuedTitle { revoked: true, ..issued(Level::Assistant, "2015-01-01") };
    facts.titles = vec![revoked.clone()];
    assert_refused(&ask(&facts, &cycle, RULE), "3.1a", &cycle);
    // A later one that holds, in either order, with its own day.
    for (on, verdict) in [("2020-12-31", Verdict::Met), ("2021-01-01", Verdict::Unmet)] {
        let valid = IssuedTitle { number: "202065290001300002".to_owned(), ..issued(Level::Assistant, on) };
        for titles in [vec![revoked.clone(), valid.clone()], vec![valid, revoked.clone()]] {
            facts.titles = titles;
            assert_eq!(ask(&facts, &cycle, RULE).verdict, verdict, "{on}");
        }
    }
    // A revoked one of the level applied for is not held.
    facts.titles = vec![IssuedTitle { revoked: true, ..issued(Level::Intermediate, "2023-10-20") }];
    facts.profile.titles[0].level = Level::Intermediate;
    assert_eq!(ask(&facts, &cycle, "level_held").verdict, Verdict::Met);
}

// clauses: 3.1a, 4.2.1a
#[test]
fn probation_appointment_and_achievements_ask_for_their_documents() {
    let cycle = aksu();
    let mut facts = person(&cycle, Level::Assistant, Qualification::Bachelor, None);
    facts.profile.probations = vec![Probation { from: day("2022-07-01"), to: Some(day("2023-06-30")), passed: true }];
    facts.profile.titles =
        vec![TitleHeld { appointed_on: Some(day("2021-01-01")), ..title(Level::Entry, "engineering", day("2020-12-01")) }];
    assert!(stopped_by(&facts, &cycle).is_empty(), "{:?}", stopped_by(&facts, &cycle));
    for category in ["probation_certificate", "appointment_document", "achievement_proof"] {
        let mut facts = facts.clone();
        without(&mut facts, category);
        let result = ask_of(&facts, &cycle, "evidence", category);
        assert_eq!((result.verdict, result.blocks, result.clause.as_str()), (Verdict::NeedsEvidence, true, "4.2.1a"), "{category}");
        assert!(result.assumed, "{category}");
    }
    without(&mut facts, "probation_certificate");
    facts.profile.titles.clear();
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::NeedsEvidence);
    // Who claims none is asked for none.
    let none = fit(&cycle);
    let asked = evaluate(&none, &cycle);
    let asked: Vec<_> = asked.of("evidence").filter_map(|result| result.subject.as_deref()).collect();
    assert!(!asked.contains(&"probation_certificate") && !asked.contains(&"appointment_document"), "{asked:?}");
}

// clauses: 3.1a, 4.2.2
#[test]
fn sufficient_claim_without_a_certificate_needs_evidence() {
    let cycle = aksu();
    for category in ["title_certificate", "degree_certificate"] {
        let mut facts = fit(&cycle);
        without(&mut facts, category);
        let result = ask(&facts, &cycle, RULE);
        assert_eq!(result.verdict, Verdict::NeedsEvidence, "{category}");
        assert!(result.blocks && result.pointers.contains(&format!("/evidence/{category}")));
    }
}

#[test]
fn elapsed_time_is_written_in_years_months_and_days() {
    for (from, to, zh, en) in [
        ("2020-10-15", "2024-12-31", "4年2个月16天", "4 years 2 months 16 days"),
        ("2023-12-31", "2024-12-31", "1年", "1 year"),
        ("2024-12-30", "2024-12-31", "1天", "1 day"),
        ("2024-12-31", "2024-12-31", "0天", "0 days"),
        ("2025-01-01", "2024-12-31", "0天", "0 days"),
        ("2020-02-29", "2021-02-28", "1年", "1 year"),
        ("2024-01-31", "2024-02-29", "1个月", "1 month"),
    ] {
        let text = Elapsed::between(day(from), day(to)).text();
        assert_eq!((text.zh.as_str(), text.en.as_str()), (zh, en), "{from} {to}");
    }
}

proptest! {
    // clauses: 4.3d
    #[test]
    fn older_title_never_loses_eligibility(earlier in 0_i64..6000, by in 0_i64..1500, level in 0_usize..2) {
        for cycle in cycles() {
            let wanted = [Level::Intermediate, Level::AssociateSenior][level];
            let Some(held) = cycle.conditions_for(&cycle.specialties[0].id, wanted).and_then(|c| c.alternatives.iter().find_map(|a| a.title))
            else { continue };
            let verdict = |on: NaiveDate| {
                let mut facts = fit(&cycle);
                facts.choice.level = wanted;
                facts.profile.titles = vec![title(held, &facts.choice.series, on)];
                ask(&facts, &cycle, RULE).verdict
            };
            let on = cycle.seniority.date - chrono::TimeDelta::days(earlier);
            if verdict(on) == Verdict::Met {
                prop_assert_eq!(verdict(on - chrono::TimeDelta::days(by)), Verdict::Met);
            } else {
                prop_assert_eq!(verdict(on + chrono::TimeDelta::days(by)), Verdict::Unmet);
            }
        }
    }

    // clauses: 4.3d
    #[test]
    fn elapsed_years_agree_with_the_written_duration(days in 0_i64..4000, years in 0_u32..10) {
        let end = day("2024-12-31");
        let from = end - chrono::TimeDelta::days(days);
        let elapsed = Elapsed::between(from, end);
        prop_assert_eq!(elapsed.reaches(years), from.checked_add_months(Months::new(years * 12)).unwrap() <= end);
        let told: u32 = elapsed.text().en.split_once(" year").map_or(0, |(n, _)| n.parse().unwrap());
        prop_assert_eq!(elapsed.reaches(years), told >= years);
    }

    // clauses: 3.1a, 4.3d
    #[test]
    fn conditions_agree_with_a_naive_model(
        level in 0_usize..4, qualification in 0_usize..6, held in 0_usize..5, whole_years in 0_u32..8, off in -1_i64..=1,
    ) {
        for cycle in cycles() {
            let mut facts = fit(&cycle);
            facts.choice.level = Level::ALL[level];
            let (qualification, held) = (Qualification::ALL[qualification], Level::ALL[held]);
            let on = years_before(cycle.seniority.date, whole_years) + chrono::TimeDelta::days(off);
            facts.profile.education[0].qualification = Some(qualification);
            facts.profile.titles = vec![title(held, &facts.choice.series, on)];
            let specialty = &facts.choice.specialty;
            let alternatives = &cycle.conditions_for(specialty, facts.choice.level).unwrap().alternatives;
            let holds = alternatives.iter().any(|alternative| {
                let years = Months::new(u32::from(alternative.title_years.unwrap_or(0)) * 12);
                qualification >= alternative.lowest_qualification
                    && alternative.probation_years.is_none()
                    && alternative.title.is_none_or(|needed| held >= needed && on.checked_add_months(years).unwrap() <= cycle.seniority.date)
            });
            let result = ask(&facts, &cycle, RULE);
            prop_assert_eq!(result.verdict == Verdict::Met, holds, "{} {}", &cycle.id, result.arithmetic.en);
        }
    }

    // clauses: 3.1a
    #[test]
    fn higher_education_never_loses_eligibility(days in 0_i64..4000, a in 0_usize..6, b in 0_usize..6) {
        let cycle = aksu();
        let on = (cycle.seniority.date - chrono::TimeDelta::days(days)).to_string();
        let of = |i: usize| ask(&person(&cycle, Level::Intermediate, Qualification::ALL[i], Some((Level::Assistant, &on))), &cycle, RULE).verdict;
        if of(a.min(b)) == Verdict::Met {
            prop_assert_eq!(of(a.max(b)), Verdict::Met);
        }
    }
}
