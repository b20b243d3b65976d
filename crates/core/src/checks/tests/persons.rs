use proptest::prelude::*;

use super::*;
use crate::{
    checks::{BarGround, BarSpan, RecordedBar},
    profiles::model::Sanction,
};

fn with_birth(cycle: &CycleDefinition, sex: Sex, post: PostKind, born: NaiveDate) -> Facts {
    let mut facts = fit(cycle);
    facts.sex = Some(sex);
    facts.birth_date = Some(born);
    facts.profile.employments[0].post_kind = post;
    facts
}

// clauses: 1.1c
#[test]
fn retirement_age_reached_on_the_day_blocks_and_one_day_later_does_not() {
    for cycle in cycles() {
        for row in &cycle.barred.retired.ages {
            let on = fit(&cycle).on;
            let months = Months::new(u32::from(row.years) * 12 + u32::from(row.months));
            let born = on.checked_sub_months(months).unwrap();
            if row.born_from.is_some_and(|from| born < from) || row.born_to.is_some_and(|to| born >= to) {
                continue;
            }
            let result = ask(&with_birth(&cycle, row.sex, row.post, born), &cycle, "retired");
            assert_refused(&result, &cycle.barred.retired.clause, &cycle);
            assert_eq!(ask(&with_birth(&cycle, row.sex, row.post, tomorrow(born)), &cycle, "retired").verdict, Verdict::Met);
        }
    }
}

// clauses: 1.1c
#[test]
fn the_ages_of_2024_are_60_55_and_50_and_assumed() {
    let cycle = aksu();
    let mut facts = with_birth(&cycle, Sex::Female, PostKind::Worker, day("1974-08-01"));
    facts.on = day("2024-07-31");
    assert_eq!(ask(&facts, &cycle, "retired").verdict, Verdict::Met);
    facts.on = day("2024-08-01");
    let result = ask(&facts, &cycle, "retired");
    assert_refused(&result, "1.1c", &cycle);
    assert!(result.assumed);
    assert_eq!(result.arithmetic.en, "50 years old on 2024-08-01; statutory age 50 years, reached on 2024-08-01");
    facts.profile.employments[0].post_kind = PostKind::Professional;
    assert_eq!(ask(&facts, &cycle, "retired").verdict, Verdict::Met);
    // Who applied before the birthday does not grow out of the review.
    facts.profile.employments[0].post_kind = PostKind::Worker;
    facts.submitted_on = Some(day("2024-07-31"));
    assert_eq!(ask(&facts, &cycle, "retired").verdict, Verdict::Met);
}

// clauses: 1.1c
#[test]
fn retirement_formalities_or_a_missing_birth_date_block() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.profile.retired_on = Some(facts.on);
    assert_refused(&ask(&facts, &cycle, "retired"), "1.1c", &cycle);
    facts.profile.retired_on = None;
    facts.birth_date = None;
    facts.profile.birth_date = None;
    let result = ask(&facts, &cycle, "retired");
    assert_refused(&result, "1.1c", &cycle);
    assert_eq!(result.pointers, ["/profile/sex", "/profile/birth_date"]);
}

// clauses: 1.1c
#[test]
fn civil_servants_and_staff_managed_like_them_are_barred() {
    for cycle in cycles() {
        let clause = &cycle.barred.civil_servants.clause;
        assert_eq!(ask(&fit(&cycle), &cycle, "civil_servant").verdict, Verdict::Met);
        let mut facts = fit(&cycle);
        facts.profile.employments[0].civil_servant = true;
        assert_refused(&ask(&facts, &cycle, "civil_servant"), clause, &cycle);
        // What one was before does not matter.
        facts.profile.employments[0].to = Some(years_before(facts.on, 1));
        assert_eq!(ask(&facts, &cycle, "civil_servant").verdict, Verdict::Met);
        let mut facts = fit(&cycle);
        facts.employer.as_mut().unwrap().managed_like_civil_service = true;
        assert_refused(&ask(&facts, &cycle, "civil_servant"), clause, &cycle);
    }
}

fn sanction(kind: &str, from: NaiveDate, to: Option<NaiveDate>) -> Sanction {
    Sanction { kind: kind.to_owned(), from, to }
}

// clauses: 1.1c
#[test]
fn demerit_blocks_to_its_last_day_and_a_warning_never() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    let (on, yesterday) = (facts.on, facts.on - Days::new(1));
    for (kind, to, expected) in [
        ("warning", None, Verdict::Met),
        ("demerit", Some(yesterday), Verdict::Met),
        ("demerit", Some(on), Verdict::Unmet),
        ("dismissal", None, Verdict::Unmet),
        ("unheard_of", None, Verdict::Unmet),
    ] {
        facts.profile.sanctions = vec![sanction(kind, years_before(on, 1), to)];
        facts.sanctions.clear();
        assert_eq!(ask(&facts, &cycle, "sanctioned").verdict, expected, "{kind} {to:?} declared");
        facts.sanctions = std::mem::take(&mut facts.profile.sanctions);
        assert_eq!(ask(&facts, &cycle, "sanctioned").verdict, expected, "{kind} {to:?} on record");
    }
    facts.profile.sanctions = vec![sanction("demerit", tomorrow(on), None)];
    facts.sanctions.clear();
    assert_eq!(ask(&facts, &cycle, "sanctioned").verdict, Verdict::Met);
}

fn bar(ground: BarGround, span: BarSpan) -> RecordedBar {
    RecordedBar { id: "bar-1".to_owned(), ground, reason: "记录".to_owned(), span }
}

// clauses: 1.1d
#[test]
fn recorded_bar_blocks_to_its_last_day() {
    for cycle in cycles() {
        let mut facts = fit(&cycle);
        let on = facts.on;
        for ground in [BarGround::Bar, BarGround::Delay] {
            facts.bars = vec![bar(ground, BarSpan::Days { from: years_before(on, 1), to: Some(on) })];
            assert_refused(&ask(&facts, &cycle, "recorded_bar").clone(), &cycle.barred.recorded_bars.clause, &cycle);
            assert_eq!(evaluate(&facts, &cycle).blocking().next().unwrap().rule, "recorded_bar");
        }
        facts.bars = vec![bar(BarGround::Bar, BarSpan::Days { from: years_before(on, 1), to: Some(on - Days::new(1)) })];
        assert_eq!(ask(&facts, &cycle, "recorded_bar").verdict, Verdict::Met);
        for step in Step::ALL {
            facts.step = *step;
            facts.bars = vec![bar(BarGround::Bar, BarSpan::Days { from: on, to: None })];
            assert!(ask(&facts, &cycle, "recorded_bar").blocks, "{step}");
        }
    }
}

// clauses: A3
#[test]
fn fraud_in_2024_bars_2025_to_2027_and_leaves_2028_open() {
    let mut cycle = aksu();
    let years = cycle.fraud.barred_years(2024).unwrap();
    let span = BarSpan::Years { first: *years.start(), last: *years.end() };
    for (year, expected) in
        [(2024, Verdict::Met), (2025, Verdict::Unmet), (2026, Verdict::Unmet), (2027, Verdict::Unmet), (2028, Verdict::Met)]
    {
        cycle.year = year;
        let mut facts = fit(&cycle);
        facts.bars = vec![bar(BarGround::Fraud, span)];
        let result = ask(&facts, &cycle, "fraud_ban");
        assert_eq!(result.verdict, expected, "{year}");
        assert_eq!(result.clause, "A3");
        assert_eq!(ask(&facts, &cycle, "recorded_bar").verdict, Verdict::Met);
    }
}

proptest! {
    // clauses: 1.1c
    #[test]
    fn retirement_blocks_from_the_day_the_age_is_reached(
        born in 0_i64..20_000, on in 0_i64..5_000, male in any::<bool>(), worker in any::<bool>(),
    ) {
        let cycle = aksu();
        let born = day("1950-01-01") + chrono::TimeDelta::days(born);
        let (sex, post) = (if male { Sex::Male } else { Sex::Female }, if worker { PostKind::Worker } else { PostKind::Professional });
        let mut facts = with_birth(&cycle, sex, post, born);
        facts.profile.employments[0].from = day("1950-01-01");
        facts.on = day("2020-01-01") + chrono::TimeDelta::days(on);
        let verdict = ask(&facts, &cycle, "retired").verdict;
        let reached = cycle.barred.retirement_age(sex, post, born).and_then(|age| age.reached_on(born)).unwrap();
        prop_assert_eq!(verdict == Verdict::Unmet, facts.on >= reached);
    }
}

// clauses: 1.1c
#[test]
fn gap_in_the_retirement_table_is_never_met() {
    let mut cycle = aksu();
    cycle.barred.retired.ages.retain(|row| row.sex != Sex::Male);
    let mut facts = fit(&cycle);
    facts.profile.sex = Some(Sex::Male);
    facts.sex = Some(Sex::Male);
    let result = ask(&facts, &cycle, "retired");
    assert_eq!((result.verdict, result.clause.as_str(), result.blocks), (Verdict::Unmet, "1.1c", true));
    assert!(result.arithmetic.en.contains("no statutory age"), "{}", result.arithmetic.en);
}
