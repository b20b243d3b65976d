//! Each rule once met and once missed by one day, one hour, one grade; what has to hold for every cycle runs on all of them.

mod evidence;
mod persons;
mod report;
mod seniority;
mod skilled;
mod study;
mod tracks;

use std::sync::LazyLock;

use chrono::{Days, Months, NaiveDate};
use uuid::Uuid;

use super::{Choice, DefenceState, EmployerFacts, EvidenceItem, Facts, RegisteredStudy, RuleResult, Step, evaluate};
use crate::{
    cycles::{CycleDefinition, builtin, definition::AdmissionRule, loader::load},
    profiles::{
        Profile,
        model::{Achievement, AchievementKind, Education, Employment, Putonghua, StudyRecord, TitleHeld},
    },
    vocabulary::{Level, OrganisationKind, Ownership, PostKind, Qualification, Sex, StudyKind, StudySource, Verdict},
};

const EMPLOYER: Uuid = Uuid::from_u128(0x0190_d1f0_0000_7000_8000_0000_0000_0001);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn aksu() -> CycleDefinition {
    cycles().into_iter().find(|cycle| cycle.id == "aksu-2024").unwrap()
}

/// Every cycle that ships.
fn cycles() -> Vec<CycleDefinition> {
    static READ: LazyLock<Vec<CycleDefinition>> =
        LazyLock::new(|| builtin().iter().map(|(name, text)| load(text, name).unwrap()).collect());
    READ.clone()
}

fn years_before(on: NaiveDate, years: u32) -> NaiveDate {
    on.checked_sub_months(Months::new(years * 12)).unwrap()
}

fn tomorrow(on: NaiveDate) -> NaiveDate {
    on.checked_add_days(Days::new(1)).unwrap()
}

fn employer(kind: OrganisationKind, ownership: Ownership, region: &str) -> EmployerFacts {
    EmployerFacts {
        organisation_id: Some(EMPLOYER),
        name: Some("外地测绘公司".to_owned()),
        credit_code: None,
        kind,
        ownership,
        region: region.to_owned(),
        managed_like_civil_service: false,
        taken_over_on: None,
    }
}

fn title(level: Level, series: &str, obtained_on: NaiveDate) -> TitleHeld {
    TitleHeld {
        level,
        name: "职称".to_owned(),
        series: series.to_owned(),
        specialty: None,
        obtained_on,
        appointed_on: None,
        authority: None,
        certificate_number: None,
    }
}

fn education(qualification: Qualification, to: &str) -> Education {
    Education {
        qualification: Some(qualification),
        technical_school_class: None,
        school: "学校".to_owned(),
        specialty: None,
        from: None,
        to: Some(day(to)),
        certificate_number: None,
        chsi_code: None,
        not_in_chsi: false,
    }
}

fn study(year: u16, kind: StudyKind, hours: u32, source: StudySource) -> StudyRecord {
    StudyRecord { year: i32::from(year), kind, hours, source, certificate_number: None, record_id: None }
}

/// A document of every category, with a code in its form where one is asked for.
fn all_evidence(cycle: &CycleDefinition) -> Vec<EvidenceItem> {
    let item = |category: &crate::cycles::definition::EvidenceCategory| EvidenceItem {
        category: category.id.clone(),
        sha256: "00".repeat(32),
        verification_code: category.verification_code.as_ref().map(|form| {
            let first = form.characters.chars().next().unwrap().to_string();
            first.repeat(usize::from(form.lengths[0]))
        }),
        declassified: true,
    };
    cycle.evidence.iter().map(item).collect()
}

/// Somebody who meets everything on the first track that admits the employed, at intermediate level.
fn fit(cycle: &CycleDefinition) -> Facts {
    let (track, rule) = cycle
        .tracks
        .iter()
        .find_map(|track| {
            track.admissions.iter().find_map(|admission| match admission.rule() {
                Some(AdmissionRule::Employed(rule)) => Some((track, rule)),
                _ => None,
            })
        })
        .unwrap();
    let kind = *rule.kinds.last().unwrap();
    let ownership = match (kind, rule.ownerships.first()) {
        (OrganisationKind::Enterprise, first) => first.copied().unwrap_or(Ownership::State),
        _ => Ownership::None,
    };
    let specialty = &cycle.specialties[0];
    let end = cycle.seniority.date;
    let on = cycle.local_date(cycle.windows.application.closes) - Days::new(1);
    let level = Level::Intermediate;
    let alternatives = &cycle.conditions_for(&specialty.id, level).unwrap().alternatives;
    let years = alternatives.iter().filter_map(|alternative| alternative.title_years).max().unwrap_or(0);
    let before = alternatives.iter().find_map(|alternative| alternative.title).unwrap_or(Level::Assistant);
    let region = cycle.region.counties[0].code.clone();
    let study_records = cycle.study.iter().flat_map(|rule| {
        rule.years.iter().flat_map(move |year| {
            let (all, of_specialty) = (u32::from(rule.hours_total), u32::from(rule.hours_specialty));
            [
                study(*year, StudyKind::Specialty, of_specialty, StudySource::System),
                study(*year, StudyKind::General, (all - of_specialty).max(1), StudySource::System),
            ]
        })
    });
    let profile = Profile {
        name: Some("申报人甲".to_owned()),
        sex: Some(Sex::Female),
        ethnicity: Some("汉族".to_owned()),
        political_status: Some("群众".to_owned()),
        birth_date: Some(years_before(on, 36)),
        employments: vec![Employment {
            organisation_id: Some(EMPLOYER),
            employer_name: None,
            credit_code: None,
            post_kind: PostKind::Professional,
            post: None,
            civil_servant: false,
            managed_like_civil_service: false,
            region: Some(region.clone()),
            from: years_before(on, 12),
            to: None,
        }],
        education: vec![Education { chsi_code: Some("1".repeat(12)), ..education(Qualification::Bachelor, "2011-06-30") }],
        titles: vec![title(before, &specialty.series, years_before(end, u32::from(years)))],
        study_records: study_records.collect(),
        putonghua: cycle.putonghua.as_ref().map(|rule| Putonghua {
            level: rule.lowest,
            certificate_number: None,
            obtained_on: None,
        }),
        achievements: vec![Achievement {
            kind: AchievementKind::Project,
            title: "控制测量项目".to_owned(),
            date: Some(years_before(on, 1)),
            contribution: Some("承担外业和数据处理".to_owned()),
        }],
        ..Profile::default()
    };
    Facts {
        study: registry_of(&profile),
        titles: Vec::new(),
        sex: profile.sex,
        birth_date: profile.birth_date,
        name: profile.name.clone(),
        profile,
        employer: Some(employer(kind, ownership, &region)),
        choice: Choice { track: track.id.clone(), series: specialty.series.clone(), specialty: specialty.id.clone(), level },
        evidence: all_evidence(cycle),
        commitment_signed: true,
        sanctions: Vec::new(),
        bars: Vec::new(),
        other_applications: Vec::new(),
        earlier_applications: 0,
        defence: DefenceState::Open,
        on,
        submitted_on: None,
        step: Step::Submission,
    }
}

/// A registry that holds what the profile says comes from the system.
fn registry_of(profile: &Profile) -> Vec<RegisteredStudy> {
    let system = profile.study_records.iter().filter(|record| record.source == StudySource::System);
    system
        .zip(1_u128..)
        .map(|(record, number)| RegisteredStudy {
            id: Uuid::from_u128(number),
            year: record.year,
            kind: record.kind,
            hours: record.hours,
            certificate_number: format!("ZJ-{number}"),
        })
        .collect()
}

/// The one result of a rule.
fn ask(facts: &Facts, cycle: &CycleDefinition, rule: &str) -> RuleResult {
    let report = evaluate(facts, cycle);
    let mut results = report.of(rule);
    let result = results.next().unwrap_or_else(|| panic!("{rule} says nothing")).clone();
    assert!(results.next().is_none(), "{rule} says more than one thing");
    result
}

/// What a rule says of a subject.
fn ask_of(facts: &Facts, cycle: &CycleDefinition, rule: &str, subject: &str) -> RuleResult {
    let report = evaluate(facts, cycle);
    report
        .of(rule)
        .find(|result| result.subject.as_deref() == Some(subject))
        .cloned()
        .unwrap_or_else(|| panic!("{rule} of {subject}"))
}

/// Ids of the rules that stop the application.
fn stopped_by(facts: &Facts, cycle: &CycleDefinition) -> Vec<&'static str> {
    let mut rules: Vec<_> = evaluate(facts, cycle).blocking().map(|result| result.rule).collect();
    rules.dedup();
    rules
}

fn without(facts: &mut Facts, category: &str) {
    facts.evidence.retain(|item| item.category != category);
}

/// A refusal names its clause and the words of the notice, and stops the application.
fn assert_refused(result: &RuleResult, clause: &str, cycle: &CycleDefinition) {
    assert_eq!(result.verdict, Verdict::Unmet, "{result:?}");
    assert!(result.blocks, "{result:?}");
    assert_eq!(result.clause, clause);
    assert_eq!(result.words, cycle.clause_words(clause));
    assert!(!result.words.is_empty());
    assert!(!result.arithmetic.zh.is_empty() && !result.arithmetic.en.is_empty());
}
