use super::*;
use crate::{profiles::model::StudyExemption, vocabulary::PutonghuaLevel};

const RULE: &str = "study_hours";

/// Records of 2023, the other years as they should be.
fn in_2023(cycle: &CycleDefinition, records: &[(StudyKind, u32, StudySource)]) -> Facts {
    let mut facts = fit(cycle);
    facts.profile.study_records.retain(|record| record.year != 2023);
    facts.profile.study_records.extend(records.iter().map(|(kind, hours, source)| study(2023, *kind, *hours, *source)));
    facts.study = registry_of(&facts.profile);
    facts
}

// clauses: 4.2.4a
#[test]
fn study_hours_below_ninety_or_sixty_specialty_are_unmet_per_year() {
    use StudyKind::{General, Specialty};
    let cycle = aksu();
    for (specialty, general, expected) in
        [(60, 30, Verdict::Met), (59, 31, Verdict::Unmet), (70, 19, Verdict::Unmet), (89, 1, Verdict::Met), (0, 0, Verdict::Unmet)]
    {
        let records = [(Specialty, specialty, StudySource::System), (General, general, StudySource::System)];
        let facts = in_2023(&cycle, &records);
        let result = ask_of(&facts, &cycle, RULE, "2023");
        assert_eq!((result.verdict, result.clause.as_str()), (expected, "4.2.4a"), "{specialty}+{general}");
        assert_eq!(result.blocks, expected == Verdict::Unmet);
        assert_eq!(ask_of(&facts, &cycle, RULE, "2022").verdict, Verdict::Met);
    }
    let facts = in_2023(&cycle, &[(Specialty, 59, StudySource::System), (General, 31, StudySource::System)]);
    assert_eq!(ask_of(&facts, &cycle, RULE, "2023").arithmetic.en, "2023: 90 hours, 59 of them specialty; 90 and 60 needed");
}

// clauses: 4.2.4a
#[test]
fn year_without_a_certificate_of_one_kind_is_unmet_whatever_the_hours() {
    use StudyKind::{General, Specialty};
    let cycle = aksu();
    let with = |kind| ask_of(&in_2023(&cycle, &[(kind, 200, StudySource::System)]), &cycle, RULE, "2023");
    let result = with(Specialty);
    assert_refused(&result, "4.2.4a", &cycle);
    assert!(result.arithmetic.en.ends_with("; no certificate of general study"), "{}", result.arithmetic.en);
    assert_refused(&with(General), "4.2.4a", &cycle);
    // What the cycle does not name is not asked for.
    let mut hours_alone = cycle.clone();
    hours_alone.study.as_mut().unwrap().certificates.clear();
    let facts = in_2023(&cycle, &[(Specialty, 90, StudySource::System)]);
    assert_eq!(ask_of(&facts, &hours_alone, RULE, "2023").verdict, Verdict::Met);
}

// clauses: 4.2.4a
#[test]
fn surplus_hours_of_one_year_do_not_count_for_another() {
    let cycle = aksu();
    let mut facts = in_2023(&cycle, &[]);
    facts.profile.study_records.push(study(2022, StudyKind::Specialty, 200, StudySource::System));
    assert_eq!(ask_of(&facts, &cycle, RULE, "2023").verdict, Verdict::Unmet);
    assert_eq!(ask_of(&facts, &cycle, RULE, "2022").verdict, Verdict::Met);
    let years: Vec<_> = evaluate(&facts, &cycle).of(RULE).filter_map(|result| result.subject.clone()).collect();
    assert_eq!(years, ["2021", "2022", "2023", "2024"]);
}

// clauses: 4.2.4a
#[test]
fn study_one_hour_short_is_unmet_in_every_cycle() {
    for cycle in cycles() {
        let Some(rule) = &cycle.study else { continue };
        let mut facts = fit(&cycle);
        facts.profile.first_time_applicant = false;
        for year in &rule.years {
            assert_eq!(ask_of(&facts, &cycle, RULE, &year.to_string()).verdict, Verdict::Met, "{}", cycle.id);
        }
        let record = facts.profile.study_records.iter_mut().find(|record| record.kind == StudyKind::Specialty).unwrap();
        record.hours -= 1;
        let year = record.year.to_string();
        assert_refused(&ask_of(&facts, &cycle, RULE, &year), &rule.clause, &cycle);
    }
}

// clauses: 4.2.4b
#[test]
fn manual_upload_for_a_year_of_the_system_does_not_count() {
    use StudyKind::{General, Specialty};
    let cycle = aksu();
    let facts = in_2023(&cycle, &[(Specialty, 60, StudySource::System), (General, 30, StudySource::Upload)]);
    assert_eq!(ask_of(&facts, &cycle, RULE, "2023").verdict, Verdict::Unmet);
    let told: Vec<_> = evaluate(&facts, &cycle).of("study_source").map(|r| (r.clause.clone(), r.verdict)).collect();
    assert_eq!(told, [("4.2.4b".to_owned(), Verdict::Unmet)]);
    // General certificates of 2021 are uploaded by hand; specialty ones are not.
    for (kind, expected) in [(General, Verdict::Met), (Specialty, Verdict::Unmet)] {
        let mut facts = fit(&cycle);
        for record in facts.profile.study_records.iter_mut().filter(|record| record.year == 2021 && record.kind == kind) {
            record.source = StudySource::Upload;
        }
        assert_eq!(ask_of(&facts, &cycle, RULE, "2021").verdict, expected, "{kind}");
        assert_eq!(ask(&facts, &cycle, "study_source").verdict, expected, "{kind}");
    }
    let mut facts = fit(&cycle);
    facts
        .profile
        .study_records
        .iter_mut()
        .filter(|r| r.year == 2021 && r.kind == General)
        .for_each(|r| r.source = StudySource::Upload);
    without(&mut facts, "study_general_certificate");
    assert_eq!(ask_of(&facts, &cycle, RULE, "2021").verdict, Verdict::NeedsEvidence);
    assert_eq!(ask_of(&facts, &cycle, RULE, "2022").verdict, Verdict::Met);
}

// clauses: 4.2.4b
#[test]
fn what_an_applicant_says_of_the_system_counts_as_the_registry_has_it() {
    let cycle = aksu();
    let facts = fit(&cycle);
    let verdict = |facts: &Facts| {
        let source = evaluate(facts, &cycle).of("study_source").map(|result| result.verdict).next();
        (ask_of(facts, &cycle, RULE, "2023").verdict, source.unwrap())
    };
    assert_eq!(verdict(&facts), (Verdict::Met, Verdict::Met));
    let without = Facts { study: Vec::new(), ..facts.clone() };
    assert_eq!(verdict(&without), (Verdict::Unmet, Verdict::Unmet));
    // A thousand hours are those of the registry, or none.
    let of_2023 = |facts: &mut Facts, change: fn(&mut crate::profiles::model::StudyRecord)| {
        facts.profile.study_records.iter_mut().filter(|record| record.year == 2023).for_each(change);
    };
    let mut boasted = facts.clone();
    of_2023(&mut boasted, |record| record.hours = 1000);
    assert_eq!(verdict(&boasted), (Verdict::Unmet, Verdict::Unmet));
    // One row stands behind one record.
    let mut twice = facts.clone();
    twice.study.iter_mut().filter(|row| row.year == 2023).for_each(|row| row.hours = 20);
    of_2023(&mut twice, |record| (record.hours, record.kind) = (20, StudyKind::Specialty));
    let again = twice.profile.study_records.iter().find(|record| record.year == 2023).unwrap().clone();
    twice.profile.study_records.extend(vec![again; 5]);
    assert_eq!(verdict(&twice), (Verdict::Unmet, Verdict::Unmet));
    // A number has to be that of the row; a pointer leads to it, whatever hours are typed.
    let mut numbered = facts.clone();
    of_2023(&mut numbered, |record| record.certificate_number = Some("ZJ-0".to_owned()));
    assert_eq!(verdict(&numbered), (Verdict::Unmet, Verdict::Unmet));
    let mut pointed = facts.clone();
    for record in pointed.profile.study_records.iter_mut().filter(|record| record.year == 2023) {
        let row = facts.study.iter().find(|row| (row.year, row.kind) == (record.year, record.kind)).unwrap();
        (record.record_id, record.hours) = (Some(row.id), 1);
    }
    assert_eq!(verdict(&pointed), (Verdict::Met, Verdict::Met));
}

// clauses: 4.2.4c
#[test]
fn study_is_waived_for_first_applications_from_private_enterprises_on_either_track() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.profile.study_records.clear();
    facts.profile.first_time_applicant = true;
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::State, "652901"));
    assert_refused(&ask_of(&facts, &cycle, RULE, "2024"), "4.2.4a", &cycle);
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::Private, "652901"));
    for track in ["directed", "private_enterprise"] {
        facts.choice.track = track.to_owned();
        for year in ["2021", "2022", "2023", "2024"] {
            let result = ask_of(&facts, &cycle, RULE, year);
            assert_eq!((result.verdict, result.clause.as_str(), result.blocks), (Verdict::Waived, "4.2.4c", false), "{track}");
        }
    }
    // A freelancer of the private track, whose file an agency hosts.
    facts.employer = Some(employer(OrganisationKind::PersonnelAgency, Ownership::None, "652901"));
    assert_eq!(ask_of(&facts, &cycle, RULE, "2024").verdict, Verdict::Waived);
    facts.employer = Some(employer(OrganisationKind::Enterprise, Ownership::Private, "652901"));
    assert!(stopped_by(&facts, &cycle).is_empty(), "{:?}", stopped_by(&facts, &cycle));
    // The record wins over the declaration.
    facts.earlier_applications = 1;
    assert_eq!(ask_of(&facts, &cycle, RULE, "2024").verdict, Verdict::Unmet);
    facts.earlier_applications = 0;
    facts.profile.first_time_applicant = false;
    assert_eq!(ask_of(&facts, &cycle, RULE, "2024").verdict, Verdict::Unmet);
}

// clauses: 4.2.4d, A4
#[test]
fn study_exemption_requires_ground_approver_years_and_form() {
    let cycle = aksu();
    let ground = &cycle.study.as_ref().unwrap().exemptions[0];
    let exemption = |approver: &str, years: Vec<i32>| StudyExemption {
        ground: ground.id.clone(),
        approver: approver.to_owned(),
        approver_name: None,
        approved_on: None,
        years,
    };
    let approver = ground.approvers[0].id.clone();
    let mut facts = in_2023(&cycle, &[]);
    facts.profile.study_exemptions = vec![exemption(&approver, vec![2023])];
    let result = ask_of(&facts, &cycle, RULE, "2023");
    assert_eq!((result.verdict, result.clause.as_str()), (Verdict::Waived, "4.2.4d"));
    assert_eq!(ask(&facts, &cycle, "study_exemption").verdict, Verdict::Met);

    let mut without_form = facts.clone();
    without(&mut without_form, &cycle.study.as_ref().unwrap().exemption_evidence);
    let result = ask_of(&without_form, &cycle, RULE, "2023");
    assert_eq!((result.verdict, result.blocks), (Verdict::NeedsEvidence, true));
    assert_eq!(ask(&without_form, &cycle, "study_exemption").verdict, Verdict::NeedsEvidence);

    facts.profile.study_exemptions = vec![exemption(&approver, vec![2022])];
    assert_eq!(ask_of(&facts, &cycle, RULE, "2023").verdict, Verdict::Unmet);
    facts.profile.study_exemptions = vec![exemption("own_department", vec![2023])];
    assert_eq!(ask_of(&facts, &cycle, RULE, "2023").verdict, Verdict::Unmet);
    let told = ask(&facts, &cycle, "study_exemption");
    assert_eq!((told.verdict, told.clause.as_str()), (Verdict::Unmet, "A4.1"));
    assert_eq!(told.pointers, ["/profile/study_exemptions/0/approver"]);
}

// clauses: A4, A4.1, A4.2, A4.3
#[test]
fn refused_exemption_quotes_the_note_that_it_breaks() {
    let cycle = aksu();
    for (ground, approver, clause, words) in [
        ("village_work", "sending_prefecture", "A4.1", "同级“访惠聚”办公室审核"),
        ("village_temple_or_preschool_support", "village_work_office", "A4.1", "同级党委统战部门"),
        ("returned", "village_work_office", "A4.2", "已返回人员，由原派驻单位"),
        ("own_invention", "village_work_office", "A4.3", "不得私自设置"),
    ] {
        let mut facts = fit(&cycle);
        let (ground, approver) = (ground.to_owned(), approver.to_owned());
        facts.profile.study_exemptions =
            vec![StudyExemption { ground, approver, approver_name: None, approved_on: None, years: vec![2023] }];
        let told = ask(&facts, &cycle, "study_exemption");
        assert_eq!((told.verdict, told.clause.as_str()), (Verdict::Unmet, clause));
        assert!(told.words.contains(words) && cycle.clause_words("A4").contains(&told.words), "{}", told.words);
    }
}

// clauses: 4.2.4b, 4.2.4d
#[test]
fn exemption_of_one_year_proves_no_hours_of_another() {
    let cycle = aksu();
    let ground = &cycle.study.as_ref().unwrap().exemptions[0];
    let mut facts = fit(&cycle);
    let of_2021 = |record: &&mut StudyRecord| record.year == 2021 && record.kind == StudyKind::General;
    facts.profile.study_records.iter_mut().filter(of_2021).for_each(|record| record.source = StudySource::Upload);
    let exempted = |years: Vec<i32>| {
        let (ground, approver) = (ground.id.clone(), ground.approvers[0].id.clone());
        vec![StudyExemption { ground, approver, approver_name: None, approved_on: None, years }]
    };
    facts.profile.study_exemptions = exempted(vec![2023]);
    without(&mut facts, "study_general_certificate");
    assert_eq!(ask_of(&facts, &cycle, RULE, "2021").verdict, Verdict::NeedsEvidence);
    assert!(stopped_by(&facts, &cycle).contains(&"evidence"));
    // Of the exempted year no certificate is asked, but the form.
    facts.profile.study_exemptions = exempted(vec![2021]);
    assert_eq!(ask_of(&facts, &cycle, RULE, "2021").verdict, Verdict::Waived);
    assert!(stopped_by(&facts, &cycle).is_empty(), "{:?}", stopped_by(&facts, &cycle));
    without(&mut facts, "study_exemption_form");
    assert_eq!(ask_of(&facts, &cycle, RULE, "2021").verdict, Verdict::NeedsEvidence);
}

// clauses: 4.2.5
#[test]
fn institutions_staff_have_putonghua_3b_or_better() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.employer = Some(employer(OrganisationKind::PublicInstitution, Ownership::None, "652901"));
    for level in PutonghuaLevel::ALL {
        facts.profile.putonghua.as_mut().unwrap().level = *level;
        assert_eq!(ask(&facts, &cycle, "putonghua").verdict, Verdict::Met, "{level}");
    }
    let mut none = facts.clone();
    none.profile.putonghua = None;
    assert_refused(&ask(&none, &cycle, "putonghua"), "4.2.5", &cycle);
    without(&mut facts, "putonghua_certificate");
    assert_eq!(ask(&facts, &cycle, "putonghua").verdict, Verdict::NeedsEvidence);
    none.employer = Some(employer(OrganisationKind::Enterprise, Ownership::State, "652901"));
    assert_eq!(ask(&none, &cycle, "putonghua").verdict, Verdict::Waived);
}

// clauses: 4.2.5
#[test]
fn putonghua_level_below_the_lowest_is_unmet() {
    for mut cycle in cycles() {
        let Some(rule) = &mut cycle.putonghua else { continue };
        rule.lowest = PutonghuaLevel::L2B;
        let (clause, kind) = (rule.clause.clone(), rule.employer_kinds[0]);
        let mut facts = fit(&cycle);
        facts.employer.as_mut().unwrap().kind = kind;
        assert_eq!(ask(&facts, &cycle, "putonghua").verdict, Verdict::Met);
        facts.profile.putonghua.as_mut().unwrap().level = PutonghuaLevel::L3A;
        assert_refused(&ask(&facts, &cycle, "putonghua"), &clause, &cycle);
    }
}
