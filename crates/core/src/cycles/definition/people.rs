//! Rules on persons: who is barred, conditions per level, skilled workers, technical schools (1.1c, 1.1d, 3.1a, 4.7).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::ClauseRef;
use crate::vocabulary::{AppraisalResult, Level, PostKind, Qualification, Sex, SkillGrade, TechnicalSchoolClass};

/// Who may not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BarredPersons {
    /// Civil servants and staff of institutions managed like the civil service (1.1c).
    pub civil_servants: ClauseRef,
    /// The retired and those past the statutory age (1.1c).
    pub retired: RetirementRule,
    /// Those under a sanction still in its period (1.1c).
    pub sanctioned: SanctionRule,
    /// Bars and delays on record win over everything (1.1d).
    pub recorded_bars: ClauseRef,
    /// Those who hold a title of the series at the level applied for, or a higher one (3.1a). Null: they are not barred.
    #[serde(default)]
    #[schema(required = true)]
    pub level_held: Option<ClauseRef>,
}

/// Retirement bars applying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetirementRule {
    /// Statutory ages; the first row that fits sex, post and birth date counts.
    pub ages: Vec<RetirementAge>,
    /// Clause id.
    pub clause: String,
}

/// A row of the table of statutory retirement ages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetirementAge {
    /// Sex.
    pub sex: Sex,
    /// Kind of post.
    pub post: PostKind,
    /// Born on this day or later; null: no lower bound.
    #[schema(required = true)]
    pub born_from: Option<NaiveDate>,
    /// Born on this day or earlier; null: no upper bound.
    #[schema(required = true)]
    pub born_to: Option<NaiveDate>,
    /// Full years of the age.
    pub years: u8,
    /// Months on top of the years.
    pub months: u8,
}

/// Sanctions bar applying while they last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SanctionRule {
    /// Kinds of sanction in rising order.
    pub kinds: Vec<DisciplinaryKind>,
    /// Clause id.
    pub clause: String,
}

/// A kind of disciplinary sanction (处分).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisciplinaryKind {
    /// Name in the API.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// It bars applying while in its period.
    pub bars: bool,
}

/// Conditions of a level (3.1a): one of the alternatives has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelConditions {
    /// The level applied for.
    pub level: Level,
    /// Specialties these are the conditions of; empty: of all that have no row of their own.
    #[serde(default)]
    #[schema(required = true)]
    pub specialties: Vec<String>,
    /// Any one of these is enough.
    pub alternatives: Vec<ConditionAlternative>,
    /// Clause id.
    pub clause: String,
}

/// One alternative; everything that is not null has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionAlternative {
    /// Name in the API, unique in its level.
    pub id: String,
    /// The alternative in words.
    pub words: String,
    /// Lowest education or degree that is enough; a higher one is too.
    pub lowest_qualification: Qualification,
    /// Title that has to be held; null: none.
    #[schema(required = true)]
    pub title: Option<Level>,
    /// Full years of technical work after obtaining that title, to the seniority date.
    #[schema(required = true)]
    pub title_years: Option<u8>,
    /// Years of probation passed.
    #[schema(required = true)]
    pub probation_years: Option<u8>,
}

/// A technical-school class counts as an education (4.7c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchoolEquivalence {
    /// The class.
    pub class: TechnicalSchoolClass,
    /// The education it counts as.
    pub qualification: Qualification,
    /// Clause id.
    pub clause: String,
}

crate::vocabulary::wire_enum! {
    /// A requirement that does not hold for skilled workers (4.7a).
    WaivedRequirement {
        Education = "education", "学历", "education";
        Papers = "papers", "论文", "papers";
        Language = "language", "外语", "foreign language";
        Computer = "computer", "计算机", "computer skills";
    }
}

/// The skilled-worker route, in the series that are flagged for it (4.7a, 4.7b).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkilledWorkerRule {
    /// Lowest grade of the route.
    pub lowest_grade: SkillGrade,
    /// The last so many yearly appraisals have to be passes; the newest is of the cycle's year or the year before.
    pub appraisals: u8,
    /// Results that count as a pass.
    pub passing_results: Vec<AppraisalResult>,
    /// Requirements that do not hold on the route.
    pub waives: Vec<WaivedRequirement>,
    /// Grade, years and the level they lead to.
    pub routes: Vec<SkillRoute>,
    /// Clause of the route and of its waivers.
    pub clause: String,
}

/// So many years of a grade lead to a level (4.7b).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillRoute {
    /// The grade held; a higher one is enough too.
    pub grade: SkillGrade,
    /// Full years of technical work since it was obtained, to the seniority date.
    pub years: u8,
    /// Level that may be applied for.
    pub level: Level,
    /// Clause id.
    pub clause: String,
}
