use super::*;
use crate::{
    checks::OtherApplication,
    profiles::model::{FileHosting, Stationing},
};

const RULE: &str = "track_admission";

fn on_private(cycle: &CycleDefinition) -> Facts {
    let mut facts = fit(cycle);
    facts.choice.track = "private_enterprise".to_owned();
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::Private, "652901"));
    facts.profile.putonghua = None;
    facts
}

// clauses: 1.1a
#[test]
fn directed_track_admits_enterprises_and_institutions_in_the_prefecture() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    for (kind, ownership) in [
        (OrganisationKind::PublicInstitution, Ownership::None),
        (OrganisationKind::Enterprise, Ownership::State),
        (OrganisationKind::Enterprise, Ownership::Private),
    ] {
        facts.employer = Some(employer(kind, ownership, "652901"));
        let result = ask(&facts, &cycle, RULE);
        assert_eq!((result.verdict, result.clause.as_str()), (Verdict::Met, "1.1a"));
    }
    facts.employer = Some(employer(OrganisationKind::PersonnelAgency, Ownership::None, "652901"));
    assert_refused(&ask(&facts, &cycle, RULE), "1.1a", &cycle);
    // The seat may be elsewhere; the place of work decides.
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::State, "650100"));
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::Met);
    facts.profile.employments[0].region = Some("650102".to_owned());
    let result = ask(&facts, &cycle, RULE);
    assert_refused(&result, "1.1a", &cycle);
    assert_eq!(result.pointers, ["/employer", "/profile/employments/0/region"]);
    facts.employer = None;
    assert_refused(&ask(&facts, &cycle, RULE), "1.1a", &cycle);
}

// clauses: 1.1a, 1.2a
#[test]
fn applicant_has_a_present_post_at_the_employer_chosen() {
    let cycle = aksu();
    for facts in [fit(&cycle), on_private(&cycle)] {
        let refused = |change: &dyn Fn(&mut Facts)| {
            let mut facts = facts.clone();
            change(&mut facts);
            let result = ask(&facts, &cycle, RULE);
            assert!(result.blocks && result.verdict == Verdict::Unmet, "{}", result.arithmetic.en);
            assert!(result.arithmetic.en.contains("no present post at this employer"), "{}", result.arithmetic.en);
            assert!(result.pointers.contains(&"/profile/employments".to_owned()));
        };
        refused(&|facts| facts.profile.employments.clear());
        refused(&|facts| facts.profile.employments[0].to = Some(facts.on - Days::new(1)));
        refused(&|facts| facts.profile.employments[0].organisation_id = Some(Uuid::from_u128(7)));
        refused(&|facts| {
            facts.profile.employments[0].organisation_id = None;
            facts.profile.employments[0].employer_name = Some("另一单位".to_owned());
        });
        // The last day counts, and so does a post that names the employer in words.
        let mut held = facts.clone();
        held.profile.employments[0].to = Some(held.on);
        assert_eq!(ask(&held, &cycle, RULE).verdict, Verdict::Met);
        held.profile.employments[0].organisation_id = None;
        held.profile.employments[0].employer_name = held.employer.as_ref().unwrap().name.clone();
        assert_eq!(ask(&held, &cycle, RULE).verdict, Verdict::Met);
        // Who applied while employed does not grow out of it.
        held.submitted_on = Some(held.on);
        held.on = held.on + Days::new(30);
        assert_eq!(ask(&held, &cycle, RULE).verdict, Verdict::Met);
    }
}

// clauses: 1.2c
#[test]
fn stationing_is_by_the_employer_chosen_and_its_record_wins() {
    let cycle = aksu();
    let entry = || vec![stationing(day("2020-01-01"), None)];
    assert_eq!(ask(&stationed(&cycle, entry()), &cycle, RULE).verdict, Verdict::Met);
    // Staff of a local state enterprise who tell of somebody else's stationing.
    let mut local = stationed(&cycle, entry());
    local.employer = Some(EmployerFacts {
        name: Some("本地国有企业".to_owned()),
        ..employer(OrganisationKind::Enterprise, Ownership::State, "652901")
    });
    local.profile.employments.clear();
    assert_refused(&ask(&local, &cycle, RULE), "1.2c", &cycle);
    // The entry says private and outside; the record decides.
    for (kind, ownership, region) in [
        (OrganisationKind::Enterprise, Ownership::State, "510100"),
        (OrganisationKind::Enterprise, Ownership::Private, "652902"),
        // 疆外: from outside Xinjiang, not only from outside the prefecture.
        (OrganisationKind::Enterprise, Ownership::Private, "650100"),
        (OrganisationKind::PublicInstitution, Ownership::None, "510100"),
    ] {
        let mut facts = stationed(&cycle, entry());
        facts.profile.employments.clear();
        facts.employer = Some(employer(kind, ownership, region));
        assert_refused(&ask(&facts, &cycle, RULE), "1.2c", &cycle);
    }
    // What the entry says of the enterprise is no reason against it either.
    let mut modest = stationed(&cycle, entry());
    modest.profile.stationings[0].ownership = Ownership::State;
    modest.profile.stationings[0].enterprise_region = "652902".to_owned();
    assert_eq!(ask(&modest, &cycle, RULE).verdict, Verdict::Met);
    // A credit code says more than a name.
    modest.employer.as_mut().unwrap().credit_code = Some("91350100M000100Y43".to_owned());
    modest.profile.stationings[0].credit_code = Some("91350100M000100Y43".to_owned());
    modest.profile.stationings[0].enterprise_name = "曾用名".to_owned();
    assert_eq!(ask(&modest, &cycle, RULE).verdict, Verdict::Met);
    modest.employer.as_mut().unwrap().credit_code = Some("91652901MA00000011".to_owned());
    assert_refused(&ask(&modest, &cycle, RULE), "1.2c", &cycle);
}

// clauses: 1.2a
#[test]
fn change_of_an_employer_names_field_and_both_values() {
    let then = employer(OrganisationKind::Enterprise, Ownership::Private, "652901");
    assert!(then.changes(&then).is_empty());
    let now =
        EmployerFacts { managed_like_civil_service: true, ..employer(OrganisationKind::Enterprise, Ownership::State, "652901") };
    let changes: Vec<_> = then.changes(&now).into_iter().map(|change| (change.field, change.at_submission, change.now)).collect();
    let expected = [("ownership", "private", "state"), ("managed_like_civil_service", "false", "true")];
    assert_eq!(changes, expected.map(|(field, then, now)| (field, then.to_owned(), now.to_owned())));
}

// clauses: 1.2a
#[test]
fn private_track_admits_private_enterprises_registered_in_the_prefecture() {
    let cycle = aksu();
    let mut facts = on_private(&cycle);
    let result = ask(&facts, &cycle, RULE);
    assert_eq!((result.verdict, result.clause.as_str()), (Verdict::Met, "1.2a"));
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::State, "652901"));
    assert_refused(&ask(&facts, &cycle, RULE), "1.2a", &cycle);
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::Private, "650100"));
    assert_refused(&ask(&facts, &cycle, RULE), "1.2a", &cycle);
    facts.employer = Some(employer(OrganisationKind::PublicInstitution, Ownership::None, "652901"));
    assert_refused(&ask(&facts, &cycle, RULE), "1.2a", &cycle);
}

// clauses: 1.2b
#[test]
fn freelancer_is_admitted_while_an_agency_of_the_prefecture_hosts_the_file() {
    let cycle = aksu();
    let mut facts = on_private(&cycle);
    facts.employer = Some(employer(OrganisationKind::PersonnelAgency, Ownership::None, "652901"));
    let hosting = |organisation_id, to| FileHosting { organisation_id, from: day("2020-01-01"), to };
    facts.profile.employments.clear();
    for (hosted, region, expected) in [
        (vec![hosting(EMPLOYER, None)], "652901", Verdict::Met),
        (vec![hosting(EMPLOYER, Some(facts.on))], "652901", Verdict::Met),
        (vec![hosting(EMPLOYER, Some(facts.on - Days::new(1)))], "652901", Verdict::Unmet),
        (vec![hosting(Uuid::from_u128(7), None)], "652901", Verdict::Unmet),
        (vec![hosting(EMPLOYER, None)], "650100", Verdict::Unmet),
        (vec![], "652901", Verdict::Unmet),
    ] {
        facts.profile.file_hostings = hosted;
        facts.employer.as_mut().unwrap().region = region.to_owned();
        let result = ask(&facts, &cycle, RULE);
        assert_eq!((result.verdict, result.clause.as_str()), (expected, "1.2b"), "{}", result.arithmetic.en);
    }
    facts.profile.file_hostings = vec![hosting(EMPLOYER, None)];
    facts.employer.as_mut().unwrap().region = "652901".to_owned();
    without(&mut facts, "hosting_certificate");
    let result = ask(&facts, &cycle, RULE);
    assert_eq!(result.verdict, Verdict::NeedsEvidence);
    assert!(result.pointers.contains(&"/evidence/hosting_certificate".to_owned()));
}

fn stationing(from: NaiveDate, to: Option<NaiveDate>) -> Stationing {
    Stationing {
        enterprise_name: "外地测绘公司".to_owned(),
        credit_code: None,
        enterprise_region: "510100".to_owned(),
        ownership: Ownership::Private,
        region: "652901".to_owned(),
        from,
        to,
    }
}

fn stationed(cycle: &CycleDefinition, list: Vec<Stationing>) -> Facts {
    let mut facts = on_private(cycle);
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::Private, "510100"));
    facts.profile.stationings = list;
    facts
}

// clauses: 1.2c, 4.3d
#[test]
fn stationed_a_year_to_the_cycles_day_is_in_and_364_days_are_not() {
    let cycle = aksu();
    let result = ask(&stationed(&cycle, vec![stationing(day("2023-12-31"), None)]), &cycle, RULE);
    assert_eq!((result.verdict, result.clause.as_str()), (Verdict::Met, "1.2c"));
    for late in ["2024-01-01", "2024-01-02"] {
        let result = ask(&stationed(&cycle, vec![stationing(day(late), None)]), &cycle, RULE);
        assert_refused(&result, "1.2c", &cycle);
    }
    let result = ask(&stationed(&cycle, vec![stationing(day("2024-01-02"), None)]), &cycle, RULE);
    assert_eq!(
        result.arithmetic.en,
        "stationed without a break since 2024-01-02 by a private enterprise registered in 510100: 11 months 29 days on 2024-12-31, 1 needed"
    );
}

// clauses: 1.2c
#[test]
fn stationing_of_every_cycle_counts_years_to_the_day() {
    let mut tried = 0;
    for cycle in cycles() {
        let admissions = cycle.tracks.iter().flat_map(|track| track.admissions.iter().map(move |admission| (track, admission)));
        for (track, admission) in admissions {
            let Some(AdmissionRule::Stationed(rule)) = admission.rule() else { continue };
            tried += 1;
            let mut facts = stationed(&cycle, Vec::new());
            facts.choice.track.clone_from(&track.id);
            // At work elsewhere, so that nothing but the stationing can admit.
            facts.profile.employments.clear();
            let mut ask_since = |since: NaiveDate| {
                let county = cycle.region.counties[0].code.clone();
                facts.profile.stationings = vec![Stationing { region: county, ..stationing(since, None) }];
                ask(&facts, &cycle, RULE)
            };
            let since = years_before(cycle.seniority.date, u32::from(rule.years));
            assert_eq!(ask_since(since).verdict, Verdict::Met, "{}", cycle.id);
            assert_refused(&ask_since(tomorrow(since)), &admission.clause, &cycle);
        }
    }
    assert!(tried > 0);
}

// clauses: 1.2c
#[test]
fn stationing_must_be_unbroken_by_one_private_enterprise_from_outside() {
    let cycle = aksu();
    let two = |end: &str, start: &str| vec![stationing(day("2023-06-01"), Some(day(end))), stationing(day(start), None)];
    assert_eq!(ask(&stationed(&cycle, two("2024-03-31", "2024-04-01")), &cycle, RULE).verdict, Verdict::Met);
    assert_refused(&ask(&stationed(&cycle, two("2024-03-31", "2024-04-02")), &cycle, RULE), "1.2c", &cycle);
    let mut other = two("2024-03-31", "2024-04-01");
    other[0].enterprise_name = "另一公司".to_owned();
    assert_refused(&ask(&stationed(&cycle, other), &cycle, RULE), "1.2c", &cycle);
    let one = |change: fn(&mut Stationing)| {
        let mut one = stationing(day("2020-01-01"), None);
        change(&mut one);
        ask(&stationed(&cycle, vec![one]), &cycle, RULE)
    };
    assert_eq!(one(|_| ()).verdict, Verdict::Met);
    assert_refused(&one(|s| s.region = "510100".to_owned()), "1.2c", &cycle);
    assert_refused(&one(|s| s.to = Some(day("2024-08-01"))), "1.2c", &cycle);
    let mut facts = stationed(&cycle, vec![stationing(day("2020-01-01"), None)]);
    without(&mut facts, "stationing_certificate");
    assert_eq!(ask(&facts, &cycle, RULE).verdict, Verdict::NeedsEvidence);
}

// clauses: 4.1d
#[test]
fn second_live_application_of_the_year_is_blocked() {
    for cycle in cycles() {
        let mut facts = fit(&cycle);
        assert_eq!(ask(&facts, &cycle, "one_application").verdict, Verdict::Met);
        facts.other_applications = vec![OtherApplication { id: "other".to_owned(), track: "another".to_owned() }];
        assert_refused(&ask(&facts, &cycle, "one_application"), &cycle.one_application.clause, &cycle);
    }
}

// clauses: 1.1b
#[test]
fn level_with_a_state_exam_is_blocked() {
    for mut cycle in cycles() {
        let facts = fit(&cycle);
        assert_eq!(ask(&facts, &cycle, "exam_replaces_review").verdict, Verdict::Met);
        cycle.specialties[0].exam_replaces_review = vec![Level::Intermediate];
        cycle.specialties[0].levels.retain(|level| *level != Level::Intermediate);
        let clause = cycle.specialties[0].exam_clause.clone();
        assert_refused(&ask(&facts, &cycle, "exam_replaces_review"), &clause, &cycle);
        assert_eq!(stopped_by(&facts, &cycle), ["exam_replaces_review"]);
    }
}

// clauses: 3.1
#[test]
fn closed_specialty_series_or_level_is_blocked() {
    for cycle in cycles() {
        let ask_with = |change: fn(&mut Facts)| {
            let mut facts = fit(&cycle);
            change(&mut facts);
            ask(&facts, &cycle, "specialty_open")
        };
        assert_eq!(ask_with(|_| ()).verdict, Verdict::Met);
        for result in [
            ask_with(|facts| facts.choice.specialty = "astrology".to_owned()),
            ask_with(|facts| facts.choice.series = "agronomy".to_owned()),
            ask_with(|facts| facts.choice.level = Level::Senior),
        ] {
            assert_eq!(result.verdict, Verdict::Unmet);
            assert!(result.blocks && !result.words.is_empty());
        }
        let mut facts = fit(&cycle);
        facts.choice.track = "side_door".to_owned();
        assert_eq!(ask(&facts, &cycle, RULE).pointers, ["/track"]);
    }
}
