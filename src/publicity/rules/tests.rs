use proptest::prelude::*;

use super::*;
use crate::authz::Grant;
use crate::records::publicity::{Counted, ObjectionStatus, PublicityState, PublicityStatus, guard_facts as facts, state_at};
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::CycleDefinition;
use title_review_core::cycles::loader;
use title_review_core::cycles::{self, working_calendar};
use title_review_core::ids::{OrganisationId, PublicityId, SeededIds};
use title_review_core::vocabulary::Role;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn all_cycles() -> Vec<(CycleDefinition, WorkingCalendar)> {
    let found: Vec<_> = cycles::builtin()
        .iter()
        .map(|(name, text)| {
            let definition = loader::load(text, name).unwrap();
            let calendar = working_calendar(&definition).unwrap();
            (definition, calendar)
        })
        .collect();
    assert!(found.len() > 1);
    found
}

fn aksu() -> (CycleDefinition, WorkingCalendar) {
    all_cycles().into_iter().find(|(definition, _)| definition.id == "aksu-2024").unwrap()
}

fn try_period(from: &str, to: Option<&str>, today: &str) -> Result<Period, Vec<Finding>> {
    let (definition, calendar) = aksu();
    period(&definition.employer_publicity, "words", &calendar, day(from), to.map(day), day(today))
}

// clauses: 4.3c, R7
#[test]
fn a_period_has_its_working_days_or_says_how_many_it_has() {
    for (from, to) in [("2024-07-29", "2024-08-02"), ("2024-09-11", "2024-09-18"), ("2024-09-28", "2024-10-10")] {
        let whole = Period { from: day(from), to: day(to), days: 5 };
        assert_eq!(try_period(from, Some(to), "2024-07-29").unwrap(), whole);
        assert_eq!(try_period(from, None, "2024-07-29").unwrap(), whole);
    }
    let findings = try_period("2024-09-11", Some("2024-09-14"), "2024-07-29").unwrap_err();
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].code.as_str(), findings[0].clause.as_deref()), ("publicity_too_short", Some("4.3c")));
    assert_eq!(
        findings[0].detail.en,
        "2024-09-11 to 2024-09-14, both included, has 4 working days, 5 needed; the earliest last day is 2024-09-18"
    );
}

// clauses: 4.3c
#[test]
fn a_period_starts_today_or_later_and_all_findings_come_at_once() {
    assert!(try_period("2024-07-29", None, "2024-07-29").is_ok());
    assert_eq!(try_period("2024-07-29", None, "2024-07-30").unwrap_err().len(), 1);
    let findings = try_period("2024-07-29", Some("2024-07-01"), "2024-07-30").unwrap_err();
    assert_eq!(findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["invalid_field", "publicity_too_short"]);
    // A year whose holidays nobody knows is no year to count in.
    assert_eq!(try_period("2031-07-29", None, "2024-07-30").unwrap_err()[0].code, "invalid_field");
}

// clauses: 4.3c, R7
#[test]
fn a_notice_ends_at_24_00_of_its_last_day() {
    let at = |text: &str| text.parse::<Instant>().unwrap();
    let state =
        |now: &str| state_at(PublicityStatus::Current, at("2024-07-29T00:00:00+08:00"), at("2024-08-03T00:00:00+08:00"), at(now));
    assert_eq!(state("2024-07-28T23:59:59.999999+08:00"), PublicityState::Upcoming);
    assert_eq!(state("2024-07-29T00:00:00+08:00"), PublicityState::Running);
    assert_eq!(state("2024-08-02T23:59:59.999999+08:00"), PublicityState::Running);
    assert_eq!(state("2024-08-03T00:00:00+08:00"), PublicityState::Over);
}

proptest! {
    // clauses: 4.3c, R7
    #[test]
    fn without_a_last_day_the_count_is_exact_and_a_day_less_is_too_short(offset in 0_u64..600) {
        for (definition, calendar) in all_cycles() {
            let from = day("2024-01-01") + chrono::Days::new(offset);
            for rule in [&definition.employer_publicity, &definition.result_publicity] {
                let found = period(rule, "", &calendar, from, None, from).unwrap();
                prop_assert_eq!(found.days, u32::from(rule.days));
                let day_before = found.to.pred_opt();
                prop_assert!(period(rule, "", &calendar, from, day_before, from).is_err());
                prop_assert!(period(rule, "", &calendar, from, found.to.succ_opt(), from).is_ok());
            }
        }
    }
}

fn rule(open_blocks: bool, upheld_ends: bool) -> ObjectionRule {
    ObjectionRule { open_blocks, upheld_ends, ..aksu().0.employer_publicity.objections }
}

fn ids() -> (PublicityId, PublicityId) {
    let (source, at) = (SeededIds::new(1), Instant::EPOCH);
    (PublicityId::new(&source, at), PublicityId::new(&source, at))
}

// clauses: 4.3c
#[test]
fn objections_count_as_the_cycle_says() {
    let (older, id) = ids();
    let newest = Newest { id, begun: true, over: true, outdated: false };
    let objections = [(older, ObjectionStatus::Open, 1), (older, ObjectionStatus::Upheld, 2), (id, ObjectionStatus::Rejected, 4)];
    let told = |rule: &ObjectionRule| {
        let told = facts(newest, &objections, rule);
        assert!(told.finished);
        (told.open_objections, told.upheld_objections)
    };
    // Another notice leaves none behind.
    assert_eq!(told(&rule(true, true)), (1, 2));
    assert_eq!(told(&rule(true, false)), (1, 0));
    assert_eq!(told(&rule(false, true)), (0, 2));
    assert!(!facts(Newest { over: false, ..newest }, &[], &rule(true, true)).finished);
    assert!(!facts(Newest { outdated: true, ..newest }, &[], &rule(true, true)).finished);
}

// clauses: 4.3c
#[test]
fn publicity_is_replaced_only_when_over_or_outdated() {
    let (_, id) = ids();
    let upheld = [(id, ObjectionStatus::Upheld, 1)];
    let ask = |over, outdated, objections: &[Counted], rule: &ObjectionRule| {
        let newest = Newest { id, begun: true, over, outdated };
        replaceable(newest, facts(newest, objections, rule), rule)
    };
    let strict = rule(true, true);
    assert_eq!(ask(false, false, &[], &strict), Err(Irreplaceable::Running));
    assert_eq!(ask(true, false, &[], &strict), Ok(()));
    assert_eq!(ask(false, true, &[], &strict), Ok(()));
    assert_eq!(ask(true, true, &upheld, &strict), Err(Irreplaceable::ObjectionUpheld));
    let lenient = rule(true, false);
    assert_eq!(ask(true, false, &upheld, &lenient), Err(Irreplaceable::ObjectionUpheld));
    assert_eq!(ask(false, true, &upheld, &lenient), Ok(()));
}

// clauses: 2.4
#[test]
fn posting_has_begun_and_has_its_days() {
    let (definition, calendar) = aksu();
    let judge = |from: &str, to: &str, today: &str| {
        let notice = (day("2024-11-18"), day("2024-11-25"));
        posting(&definition.result_publicity, "words", &calendar, notice, (day(from), day(to)), day(today))
            .map_err(|findings| findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>())
    };
    assert_eq!(judge("2024-11-18", "2024-11-22", "2024-11-18"), Ok(()));
    assert_eq!(judge("2024-11-18", "2024-11-22", "2024-11-17"), Err(vec!["invalid_field".to_owned()]));
    assert_eq!(judge("2024-11-19", "2024-11-25", "2024-11-25"), Ok(()), "inside the days of the notice");
    assert_eq!(judge("2024-11-15", "2024-11-22", "2024-11-22"), Err(vec!["invalid_field".to_owned()]), "before its first day");
    assert_eq!(judge("2024-11-19", "2024-11-26", "2024-11-26"), Err(vec!["invalid_field".to_owned()]), "after its last day");
    assert_eq!(
        judge("2024-11-18", "2024-11-19", "2024-11-17"),
        Err(vec!["invalid_field".to_owned(), PUBLICITY_TOO_SHORT.to_owned()])
    );
}

// clauses: 2.4
#[test]
fn only_the_current_notice_of_a_cycle_that_asks_for_it_awaits_a_posting() {
    let definition = aksu().0;
    let asking = PublicityRule { employer_confirms: true, ..definition.result_publicity };
    assert!(awaits_posting(&asking, PublicityStatus::Current));
    assert!(!awaits_posting(&asking, PublicityStatus::Superseded));
    assert!(!awaits_posting(&asking, PublicityStatus::TakenDown));
    assert!(!awaits_posting(&PublicityRule { employer_confirms: false, ..asking }, PublicityStatus::Current));
}

// clauses: 2.1
#[test]
fn employers_notice_is_in_time_before_the_window_closes_or_after_the_committee_saw_it() {
    let (before, over) = (Instant::EPOCH, Instant::EPOCH.plus(chrono::TimeDelta::days(1)));
    assert!(in_time(0, before, over));
    assert!(!in_time(0, over, over));
    assert!(in_time(1, over, over));
}

// clauses: 4.3c, R7
#[test]
fn notice_is_objected_to_while_it_runs_and_unknown_before() {
    for state in PublicityState::ALL.iter().copied() {
        let expected = match state {
            PublicityState::Running => Ok(()),
            PublicityState::Upcoming => Err(Unobjectionable::Unknown),
            PublicityState::Over | PublicityState::Superseded | PublicityState::TakenDown | PublicityState::Withdrawn => {
                Err(Unobjectionable::Closed(state))
            }
        };
        assert_eq!(objectionable(state), expected, "{state}");
    }
}

// clauses: 4.3c, R7, 5.1
#[test]
fn reviewer_decides_on_its_own_notice_office_on_results_and_nobody_on_themselves() {
    let account = |number: u128| AccountId::from(uuid::Uuid::from_u128(number));
    let organisation = |number: u128| OrganisationId::from(uuid::Uuid::from_u128(number));
    let reviewer = |role: Role, place: u128| Some(Reviewer { role, turn: organisation(place).to_string() });
    let office = || reviewer(Role::CommitteeOffice, 20);
    let of = |answerable| Parties { applicant: account(1), answerable, office: office() };
    let holder = |who: u128, role: Role, place: u128| Principal {
        account: Some(account(who)),
        grants: vec![Grant { role, organisation: Some(organisation(place)), kind: None, region: None }],
        ..Principal::anonymous()
    };
    let ask = |principal: &Principal| {
        [of(reviewer(Role::EmployerClerk, 10)), of(office())]
            .map(|parties| (responsible(principal, &parties), sees(principal, &parties)))
    };
    assert_eq!(ask(&holder(2, Role::EmployerClerk, 10)), [(true, true), (false, false)]);
    assert_eq!(ask(&holder(2, Role::CommitteeOffice, 20)), [(false, true), (true, true)]);
    assert_eq!(ask(&holder(2, Role::EmployerClerk, 11)), [(false, false), (false, false)]);
    assert_eq!(ask(&holder(1, Role::EmployerClerk, 10)), [(false, false), (false, false)]);
    assert_eq!(ask(&holder(1, Role::CommitteeOffice, 20)), [(false, false), (false, false)]);
}
