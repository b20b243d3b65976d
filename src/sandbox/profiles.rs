//! Profiles of the demo applicants: everything in order, or one rule missed by a day. The numbers are those of the cycle's definition.

use chrono::{Days, Months, NaiveDate};
use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::definition::{Admission, AdmissionRule};
use title_review_core::ids::OrganisationId;
use title_review_core::profiles::Profile;
use title_review_core::profiles::model::{
    Achievement, AchievementKind, Appraisal, Education, Employment, FileHosting, Putonghua, Sanction, SkillGradeHeld, Stationing,
    StudyRecord, TechnicalWork, TitleHeld,
};
use title_review_core::vocabulary::{
    AppraisalResult, Level, Ownership, PostKind, Qualification, Sex, SkillGrade, StudyKind, StudySource, wire_enum,
};

/// Region outside of every cycle that comes with the product.
pub(super) const OUTSIDE: &str = "510100";

wire_enum! {
    /// What a demo applicant shows.
    Story {
        Intermediate = "intermediate", "中级，条件齐备", "intermediate, everything in order";
        AssociateSenior = "associate_senior", "副高级，条件齐备，须答辩", "associate senior, everything in order, has to defend";
        OneDayShort = "one_day_short", "中级，年限差一天", "intermediate, seniority one day short";
        Sanctioned = "sanctioned", "处分期内", "under a sanction";
        FirstTimeWithoutStudy = "first_time_without_study", "民营企业首次申报，无继续教育学时", "private enterprise, first application, no study hours";
        Skilled = "skilled", "高技能人才，走技能通道", "skilled worker, by the skill grade";
        Hosted = "hosted", "自由职业者，档案托管", "freelancer whose file is hosted";
        Stationed = "stationed", "外地企业派驻，满年限", "stationed for long enough";
        StationedOneDayShort = "stationed_one_day_short", "外地企业派驻，差一天", "stationed, one day short";
    }
}

/// The specialty whose series is the first one open.
fn specialty(definition: &CycleDefinition) -> (String, String) {
    definition.specialties.first().map(|one| (one.id.clone(), one.series.clone())).unwrap_or_default()
}

fn years_before(on: NaiveDate, years: u32) -> NaiveDate {
    on.checked_sub_months(Months::new(years * 12)).unwrap_or(on)
}

impl Story {
    /// The cycle has the rule that the story is about.
    #[must_use]
    pub fn exists_in(self, definition: &CycleDefinition) -> bool {
        match self {
            Self::Skilled => skill(definition).is_some(),
            Self::Sanctioned => definition.barred.sanctioned.kinds.iter().any(|kind| kind.bars),
            Self::Stationed | Self::StationedOneDayShort => stationed_years(definition).is_some(),
            Self::Hosted => admissions(definition).any(|rule| matches!(rule, AdmissionRule::Hosted(_))),
            Self::Intermediate | Self::AssociateSenior | Self::OneDayShort | Self::FirstTimeWithoutStudy => true,
        }
    }

    /// Thirty-six years before the day on which the cycle counts.
    #[must_use]
    pub fn birth_date(self, definition: &CycleDefinition) -> NaiveDate {
        years_before(definition.seniority.date, 36)
    }

    /// The profile. `today` is the day on which it is written: nothing in it lies later.
    #[must_use]
    pub fn profile(self, definition: &CycleDefinition, sex: Sex, employer: OrganisationId, today: NaiveDate) -> Profile {
        let mut profile = in_order(definition, sex, employer, today);
        let end = definition.seniority.date;
        match self {
            Self::Intermediate => {}
            Self::AssociateSenior => profile.titles = vec![title_for(definition, Level::AssociateSenior, 0)],
            Self::OneDayShort => profile.titles = vec![title_for(definition, Level::Intermediate, 1)],
            Self::Sanctioned => {
                let kind = definition.barred.sanctioned.kinds.iter().find(|kind| kind.bars).map(|kind| kind.id.clone());
                profile.sanctions = vec![Sanction { kind: kind.unwrap_or_default(), from: years_before(end, 1), to: Some(end) }];
            }
            Self::FirstTimeWithoutStudy => {
                profile.first_time_applicant = true;
                profile.study_records.clear();
            }
            Self::Skilled => {
                let Some((grade, years)) = skill(definition) else { return profile };
                profile.first_time_applicant = true;
                profile.education.clear();
                profile.titles.clear();
                profile.skill_grades = vec![SkillGradeHeld {
                    grade,
                    occupation: Some("工程测量员".to_owned()),
                    obtained_on: years_before(end, years),
                    working_since: None,
                    certificate_number: None,
                }];
                let last = i32::from(definition.year) - 1;
                profile.appraisals = (last - 2..=last).map(|year| Appraisal { year, result: AppraisalResult::Pass }).collect();
            }
            Self::Hosted => {
                profile.employments.clear();
                profile.file_hostings =
                    vec![FileHosting { organisation_id: uuid_of(employer), from: years_before(end, 3), to: None }];
            }
            Self::Stationed => profile.stationings = vec![stationing(definition, 0)],
            Self::StationedOneDayShort => profile.stationings = vec![stationing(definition, 1)],
        }
        profile
    }
}

fn admissions(definition: &CycleDefinition) -> impl Iterator<Item = AdmissionRule<'_>> {
    definition.tracks.iter().flat_map(|track| &track.admissions).filter_map(Admission::rule)
}

/// Years that a stationing has to last.
fn stationed_years(definition: &CycleDefinition) -> Option<u32> {
    admissions(definition).find_map(|rule| match rule {
        AdmissionRule::Stationed(rule) => Some(u32::from(rule.years)),
        _ => None,
    })
}

/// Grade and years that lead a skilled worker to intermediate level.
fn skill(definition: &CycleDefinition) -> Option<(SkillGrade, u32)> {
    let routes = &definition.skilled_worker.as_ref()?.routes;
    routes.iter().find(|route| route.level == Level::Intermediate).map(|route| (route.grade, u32::from(route.years)))
}

fn uuid_of(id: OrganisationId) -> uuid::Uuid {
    id.as_str().parse().unwrap_or_default()
}

/// Stationed for as long as the track asks, less so many days, on the day on which the cycle counts.
fn stationing(definition: &CycleDefinition, days_short: u64) -> Stationing {
    let from = years_before(definition.seniority.date, stationed_years(definition).unwrap_or(0)) + Days::new(days_short);
    Stationing {
        enterprise_name: "外地民营企业（演示）".to_owned(),
        credit_code: None,
        enterprise_region: OUTSIDE.to_owned(),
        ownership: Ownership::Private,
        region: definition.region.counties.first().map_or_else(|| definition.region.code.clone(), |county| county.code.clone()),
        from,
        to: None,
    }
}

/// The title below, held for as long as a bachelor needs, less so many days.
fn title_for(definition: &CycleDefinition, level: Level, days_short: u64) -> TitleHeld {
    let (specialty, series) = specialty(definition);
    let alternatives = definition.conditions_for(&specialty, level).map(|found| found.alternatives.as_slice()).unwrap_or_default();
    let longest = alternatives.iter().filter(|one| one.title.is_some()).max_by_key(|one| one.title_years);
    let (before, years) =
        longest.map_or((Level::Assistant, 0), |one| (one.title.unwrap_or(Level::Assistant), one.title_years.unwrap_or(0)));
    TitleHeld {
        level: before,
        name: definition.level_title(before).map_or_else(|| before.zh().to_owned(), |found| found.title.clone()),
        series,
        specialty: Some(specialty),
        obtained_on: years_before(definition.seniority.date, u32::from(years)) + Days::new(days_short),
        appointed_on: None,
        authority: None,
        certificate_number: None,
    }
}

/// Somebody who meets every rule for intermediate level.
fn in_order(definition: &CycleDefinition, sex: Sex, employer: OrganisationId, today: NaiveDate) -> Profile {
    let end = definition.seniority.date;
    let region = definition.region.counties.first().map_or(&definition.region.code, |county| &county.code);
    let study = definition.study.iter().flat_map(|rule| {
        rule.years.iter().flat_map(move |year| {
            let general = rule.hours_total.saturating_sub(rule.hours_specialty).max(1);
            [(StudyKind::Specialty, rule.hours_specialty), (StudyKind::General, general)].map(|(kind, hours)| StudyRecord {
                year: i32::from(*year),
                kind,
                hours: u32::from(hours),
                source: StudySource::System,
                certificate_number: None,
                record_id: None,
            })
        })
    });
    // The general courses of years before the system are uploaded: here they come from it, so that no document is needed.
    let study_records = study.filter(|record| record.year <= chrono::Datelike::year(&today)).collect();
    Profile {
        name: Some(super::demo::APPLICANT.to_owned()),
        sex: Some(sex),
        ethnicity: Some("汉族".to_owned()),
        political_status: Some("群众".to_owned()),
        birth_date: Some(years_before(end, 36)),
        working_since: Some(years_before(end, 13)),
        employments: vec![Employment {
            organisation_id: Some(uuid_of(employer)),
            employer_name: None,
            credit_code: None,
            post_kind: PostKind::Professional,
            post: Some("专业技术岗位".to_owned()),
            civil_servant: false,
            managed_like_civil_service: false,
            region: Some(region.clone()),
            from: years_before(end, 13),
            to: None,
        }],
        education: vec![Education {
            qualification: Some(Qualification::Bachelor),
            technical_school_class: None,
            school: "某大学".to_owned(),
            specialty: Some("测绘工程".to_owned()),
            from: None,
            to: Some(years_before(end, 14)),
            certificate_number: None,
            chsi_code: Some("A1B2C3D4E5F6G7H8".to_owned()),
            not_in_chsi: false,
        }],
        technical_work: vec![TechnicalWork {
            specialty: specialty(definition).0,
            description: Some("从事本专业技术工作".to_owned()),
            from: years_before(end, 13),
            to: None,
        }],
        titles: vec![title_for(definition, Level::Intermediate, 0)],
        study_records,
        putonghua: definition.putonghua.as_ref().map(|rule| Putonghua {
            level: rule.lowest,
            certificate_number: None,
            obtained_on: None,
        }),
        achievements: vec![Achievement {
            kind: AchievementKind::Project,
            title: "控制测量项目".to_owned(),
            date: Some(years_before(end, 1)),
            contribution: Some("承担外业测量和数据处理".to_owned()),
        }],
        ..Profile::default()
    }
}
