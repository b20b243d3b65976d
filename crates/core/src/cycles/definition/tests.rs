use chrono::NaiveDate;

use super::{Applicability, EvidenceFact, Fraction, LeftOut, MechanismClauses, Way, WindowName};
use crate::cycles::definition::CycleDefinition;
use crate::cycles::{builtin, loader};
use crate::vocabulary::{
    Level, LevelGroup, OrganisationKind, Ownership, PostKind, PutonghuaLevel, Qualification, Sex, SkillGrade, StudyKind,
    TechnicalSchoolClass,
};

fn cycle(id: &str) -> CycleDefinition {
    let (name, text) = builtin().iter().find(|(name, _)| name.starts_with(id)).unwrap();
    loader::load(text, name).unwrap()
}

// clauses: 4.8
#[test]
fn cap_of_the_pass_rate_is_rounded_down() {
    let cycle = cycle("aksu");
    let cap = |reviewed| cycle.cap_of(Level::AssociateSenior, reviewed);
    assert_eq!([cap(0), cap(1), cap(4), cap(5), cap(7), cap(60)], [0, 0, 3, 3, 5, 45]);
    assert_eq!(cycle.cap_of(Level::Intermediate, 7), 7);
    assert_eq!(cycle.cap_of(Level::Entry, 1), 1);
    assert_eq!(cycle.pass_rate_cap(Level::AssociateSenior).unwrap().of(usize::MAX), usize::MAX / 4 * 3 + 2);
}

// clauses: R2, R3, R4
#[test]
fn two_thirds_are_computed_exactly() {
    let committee = cycle("aksu").committee;
    let votes = |present| committee.votes_needed(present);
    assert_eq!([votes(9), votes(11), votes(24), votes(25)], [6, 8, 16, 17]);
    assert_eq!(committee.quorum_needed(25), 17);
    assert_eq!(committee.members_needed(LevelGroup::Senior), Some(25));
    assert_eq!(Fraction { numerator: 1, denominator: 1 }.at_least_of(usize::MAX), usize::MAX);
}

// clauses: 4.6
#[test]
fn fees_are_in_fen() {
    let cycle = cycle("aksu");
    let fees: Vec<_> = Level::ALL.iter().map(|level| cycle.fee(*level)).collect();
    assert_eq!(fees, [Some(20_000), Some(20_000), Some(40_000), Some(60_000), Some(60_000)]);
    assert_eq!(cycle.fees.currency, "CNY");
}

// clauses: A3
#[test]
fn fraud_bars_the_following_years() {
    assert_eq!(cycle("aksu").fraud.barred_years(2024), Some(2025..=2027));
    assert_eq!(cycle("tianhe").fraud.barred_years(2024), Some(2025..=2026));
}

/// The steps that an application for an intermediate title passes on its way up.
fn way<'a>(cycle: &'a CycleDefinition, track: &str, has_department: bool, at_prefecture_seat: bool) -> Vec<&'a str> {
    let way = Way { level: Level::Intermediate, has_department, at_prefecture_seat };
    cycle.track(track).expect("a track").steps(way).map(|step| step.id.as_str()).collect()
}

// clauses: 4.1b, 4.1c
#[test]
fn chain_of_reviewers_follows_the_cycle() {
    let aksu = cycle("aksu");
    assert_eq!(way(&aksu, "directed", true, false), ["employer_review", "department_review", "formal_review"]);
    assert_eq!(way(&aksu, "directed", false, false), ["employer_review", "formal_review"]);
    let private = ["employer_review", "county_service_review", "prefecture_service_review", "formal_review"];
    assert_eq!(way(&aksu, "private_enterprise", true, false), private);
    assert_eq!(way(&aksu, "private_enterprise", true, true), ["employer_review", "prefecture_service_review", "formal_review"]);
    let tianhe = cycle("tianhe");
    assert_eq!(way(&tianhe, "general", true, false), ["employer_review", "county_service_review", "formal_review"]);
    assert_eq!(way(&tianhe, "cooperative", false, false), ["employer_review", "formal_review"]);
    assert_eq!(aksu.track("general"), None);
}

// clauses: 4.1b
#[test]
fn step_is_left_out_for_each_of_its_reasons() {
    let left_out = LeftOut { without_department: true, at_prefecture_seat: true, levels: vec![Level::Entry] };
    let way = Way { level: Level::Intermediate, has_department: true, at_prefecture_seat: false };
    assert!(!left_out.applies(way));
    assert!(left_out.applies(Way { has_department: false, ..way }));
    assert!(left_out.applies(Way { at_prefecture_seat: true, ..way }));
    assert!(left_out.applies(Way { level: Level::Entry, ..way }));
}

// clauses: 1.1b, 3.1a
#[test]
fn open_levels_follow_the_cycle() {
    let aksu = cycle("aksu");
    assert!(aksu.is_open("land", Level::AssociateSenior));
    assert!(!aksu.is_open("land", Level::Senior));
    assert!(!aksu.is_open("agronomy", Level::Entry));
    let tianhe = cycle("tianhe");
    assert!(tianhe.is_open("agronomy", Level::Assistant));
    assert!(!tianhe.is_open("veterinary", Level::Assistant), "a state exam stands in for this review");
    let conditions = aksu.conditions_for("geology", Level::Intermediate).unwrap();
    assert_eq!(conditions.alternatives.len(), 4);
    assert_eq!(aksu.level_title(Level::Intermediate).unwrap().title, "工程师");
}

// clauses: 1.1c
#[test]
fn retirement_age_is_taken_from_the_first_matching_row() {
    let born = |text: &str| text.parse::<NaiveDate>().unwrap();
    let reached = |cycle: &CycleDefinition, sex, post, text| {
        cycle.barred.retirement_age(sex, post, born(text)).and_then(|age| age.reached_on(born(text))).unwrap().to_string()
    };
    let aksu = cycle("aksu");
    assert_eq!(reached(&aksu, Sex::Male, PostKind::Professional, "1964-08-30"), "2024-08-30");
    assert_eq!(reached(&aksu, Sex::Female, PostKind::Professional, "1969-08-30"), "2024-08-30");
    assert_eq!(reached(&aksu, Sex::Female, PostKind::Worker, "1976-02-29"), "2026-02-28");
    let tianhe = cycle("tianhe");
    assert_eq!(reached(&tianhe, Sex::Female, PostKind::Professional, "1969-12-31"), "2024-12-31");
    assert_eq!(reached(&tianhe, Sex::Female, PostKind::Professional, "1970-01-01"), "2025-07-01");
    let bars = |cycle: &CycleDefinition, id| cycle.barred.sanction_kind(id).map(|kind| kind.bars);
    assert_eq!((bars(&aksu, "warning"), bars(&aksu, "demerit"), bars(&aksu, "unheard_of")), (Some(false), Some(true), None));
}

// clauses: 4.2.2, 4.2.4d, 4.2.5, 4.2.6, 4.7a
#[test]
fn required_evidence_follows_track_level_employer_and_facts() {
    let aksu = cycle("aksu");
    let required = |track, employer_kind, employer_ownership, facts: &[EvidenceFact]| {
        let application = Applicability { track, level: Level::Intermediate, employer_kind, employer_ownership, facts };
        let need = aksu.evidence_for(&application);
        assert_eq!(need.categories.len(), aksu.evidence.len());
        let own = need.categories.iter().filter(|(_, required)| *required).map(|(category, _)| category.id.clone());
        own.chain(need.groups.iter().map(|group| format!("one of {}", group.id))).collect::<Vec<_>>().join(", ")
    };
    let common = "commitment, employer_publicity, employer_publicity_result, recommendation";
    let graduate = [EvidenceFact::HasQualification, EvidenceFact::HasTitle];
    assert_eq!(
        required("directed", OrganisationKind::PublicInstitution, Ownership::None, &graduate),
        format!("degree_certificate, title_certificate, putonghua_certificate, {common}, one of education_proof")
    );
    let worker = [EvidenceFact::SkilledWorkerRoute, EvidenceFact::HasQualification, EvidenceFact::Stationed];
    assert_eq!(
        required("private_enterprise", OrganisationKind::Enterprise, Ownership::Private, &worker),
        format!("skill_grade_certificate, appraisal_records, stationing_certificate, {common}")
    );
    let exempt = [EvidenceFact::StudyExempted, EvidenceFact::StudyUploads, EvidenceFact::Hosted];
    assert_eq!(
        required("private_enterprise", OrganisationKind::PersonnelAgency, Ownership::None, &exempt),
        format!("study_general_certificate, study_exemption_form, hosting_certificate, {common}")
    );
    assert_eq!(aksu.putonghua_needed(OrganisationKind::PublicInstitution), Some(PutonghuaLevel::L3B));
    assert_eq!(aksu.putonghua_needed(OrganisationKind::Enterprise), None);
}

// clauses: 4.2.2
#[test]
fn verification_code_of_another_form_is_rejected() {
    let aksu = cycle("aksu");
    let form = aksu.evidence_category("chsi_registration_form").unwrap().verification_code.as_ref().unwrap();
    assert!(form.accepts("ABCD1234EFGH5678") && form.accepts("ABCD1234EFGH"));
    assert!(
        !form.accepts("ABCD1234EFGH567")
            && !form.accepts("ABCD-1234-EF")
            && !form.accepts("学信网在线验证码学信网在")
            && !form.accepts("")
    );
}

// clauses: 4.2.4b, 4.7b, 4.7c
#[test]
fn study_sources_and_skill_routes_follow_the_cycle() {
    let aksu = cycle("aksu");
    let study = aksu.study.as_ref().unwrap();
    assert!(study.system_only(StudyKind::Specialty, 2021) && !study.system_only(StudyKind::General, 2021));
    assert!(study.system_only(StudyKind::General, 2022));
    let rule = aksu.skilled_worker_for("surveying").unwrap();
    let levels = |grade| rule.routes_of(grade).map(|route| (route.level, route.years)).collect::<Vec<_>>();
    assert_eq!(levels(SkillGrade::IntermediateWorker), []);
    assert_eq!(levels(SkillGrade::Technician), [(Level::Assistant, 2), (Level::Intermediate, 3)]);
    assert_eq!(aksu.school_qualification(TechnicalSchoolClass::SeniorWorkerClass), Some(Qualification::JuniorCollege));
    assert_eq!(aksu.school_qualification(TechnicalSchoolClass::TechnicianClass), Some(Qualification::Bachelor));
}

// clauses: 4.5
#[test]
fn defence_is_required_of_senior_levels() {
    let aksu = cycle("aksu");
    let who: Vec<_> = Level::ALL.iter().filter(|level| aksu.defence_required(**level)).collect();
    assert_eq!(who, [&Level::AssociateSenior, &Level::Senior]);
}

// clauses: 4.3d
#[test]
fn local_days_use_the_offset_of_the_cycle() {
    let aksu = cycle("aksu");
    assert_eq!(aksu.seniority.date.to_string(), "2024-12-31");
    let instant = "2024-08-30T17:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(aksu.local_date(instant).to_string(), "2024-08-31");
    assert_eq!(aksu.end_of_day(aksu.local_date(instant)).to_rfc3339(), "2024-09-01T00:00:00+08:00");
    assert_eq!(aksu.window(WindowName::Payment).clause, "2.3");
}

// clauses: 4.1a, 5.1, 5.2, R1, R5, R6, R8, R9, R10
#[test]
fn every_referenced_clause_has_words() {
    for id in ["aksu", "tianhe"] {
        let cycle = cycle(id);
        let MechanismClauses { online_only_clause, recheck_clause, expert_secrecy_clause, .. } = &cycle.mechanisms;
        for clause in [online_only_clause, recheck_clause, expert_secrecy_clause, &cycle.correction.told_once_clause] {
            assert!(!cycle.clause_words(clause).is_empty());
        }
        assert_eq!(cycle.clause_words("no such clause"), "");
    }
    let aksu = cycle("aksu");
    assert_eq!(aksu.clause_words("4.3d"), "评审资历计算时间截止2024年12月31日。");
    assert!(aksu.clause("R4").unwrap().assumed && !aksu.clause("4.3d").unwrap().assumed);
    assert!(aksu.template("A2").unwrap().text.is_none() && aksu.template("A2").unwrap().note.is_some());
}

// clauses: R10
#[test]
fn certificate_number_contains_year_region_specialty_level_and_sequence() {
    let aksu = cycle("aksu");
    assert_eq!(aksu.certificate.number(&aksu, "land", Level::Intermediate, 7), "202465290002300007");
    let tianhe = cycle("tianhe");
    assert_eq!(tianhe.certificate.number(&tianhe, "veterinary", Level::Entry, 12), "THS-659700-2024-1-0012");
}

#[test]
fn region_outside_the_prefecture_is_not_in_region() {
    let aksu = cycle("aksu");
    assert!(aksu.in_region("652900") && aksu.in_region("652929") && !aksu.in_region("659701"));
    assert_eq!(aksu.region_name("652902"), Some("库车市"));
}

/// What is served is what was read.
#[test]
fn definition_survives_a_json_round_trip() {
    for id in ["aksu", "tianhe"] {
        let cycle = cycle(id);
        let json = serde_json::to_string(&cycle).unwrap();
        assert_eq!(serde_json::from_str::<CycleDefinition>(&json).unwrap(), cycle);
    }
}
