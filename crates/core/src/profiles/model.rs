//! Shapes of the profile. Every field is always present in answers; in requests an omitted field and null mean the same.
//!
//! The limits stand twice, for `validator` and for the schema, because utoipa does not read the former; a test keeps
//! the two in step.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::person_names::person_name;
use crate::vocabulary::{
    AppraisalResult, Level, Ownership, PostKind, PutonghuaLevel, Qualification, Sex, SkillGrade, StudyKind, StudySource,
    TechnicalSchoolClass, wire_enum,
};

wire_enum! {
    /// What an achievement is (A1: practice and results of the last years).
    AchievementKind {
        Project = "project", "工程项目", "project";
        Award = "award", "获奖", "award";
        Paper = "paper", "论文", "paper";
        Monograph = "monograph", "著作", "monograph";
        Patent = "patent", "专利", "patent";
        Standard = "standard", "标准规范", "standard";
        TechnicalReport = "technical_report", "技术报告", "technical report";
        Mentoring = "mentoring", "传帮带", "mentoring";
        Other = "other", "其他", "other";
    }
}

wire_enum! {
    /// Why an expert should not judge this applicant (R5).
    RecusalGround {
        Kinship = "kinship", "亲属关系", "kinship";
        Supervisor = "supervisor", "导师或师承关系", "supervisor";
        Conflict = "conflict", "利害冲突", "conflict of interest";
        Other = "other", "其他", "other";
    }
}

/// null, like an omitted field, is the empty value.
fn null_is_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(input: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}

/// A text that is there says something, and holds no control characters but line breaks.
fn not_blank(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() {
        return Err(ValidationError::new("blank"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(ValidationError::new("control_character"));
    }
    Ok(())
}

/// A name that a cycle gives to one of its items: lower-case ASCII with underscores.
fn cycle_name(text: &str) -> Result<(), ValidationError> {
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if starts && rest && text.len() <= 50 { Ok(()) } else { Err(ValidationError::new("cycle_name")) }
}

/// A region code of GB/T 2260: six digits.
fn valid_region(text: &str) -> Result<(), ValidationError> {
    if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) { Ok(()) } else { Err(ValidationError::new("region_code")) }
}

/// A CHSI verification code as printed on the registration form or the online report: 12 digits, or 16 capitals and digits.
fn valid_chsi_code(text: &str) -> Result<(), ValidationError> {
    let bytes = text.as_bytes();
    let old = bytes.len() == 12 && bytes.iter().all(u8::is_ascii_digit);
    let new = bytes.len() == 16 && bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if old || new { Ok(()) } else { Err(ValidationError::new("chsi_code")) }
}

/// A unified social credit code with the right check character.
fn valid_credit_code(text: &str) -> Result<(), ValidationError> {
    crate::identity_numbers::check_credit_code(text).map_err(|_| ValidationError::new("credit_code"))
}

/// What an applicant declares about themselves. Kept between cycles; snapshotted by each application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name as on the resident ID: that of the account.
    #[validate(custom(function = person_name))]
    #[schema(required = true, max_length = 50, example = "申报人甲")]
    pub name: Option<String>,
    /// Earlier names, as older certificates may carry them.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 5))]
    #[schema(required = true, max_items = 5)]
    pub former_names: Vec<String>,
    /// Sex; must agree with the resident ID.
    #[schema(required = true)]
    pub sex: Option<Sex>,
    /// Ethnicity (族别).
    #[validate(length(max = 30), custom(function = not_blank))]
    #[schema(required = true, max_length = 30, example = "汉族")]
    pub ethnicity: Option<String>,
    /// Political status (政治面貌).
    #[validate(length(max = 30), custom(function = not_blank))]
    #[schema(required = true, max_length = 30, example = "群众")]
    pub political_status: Option<String>,
    /// Birth date; must agree with the resident ID.
    #[schema(required = true, example = "1990-05-17")]
    pub birth_date: Option<NaiveDate>,
    /// E-mail address for notices.
    #[validate(email, length(max = 254))]
    #[schema(required = true, max_length = 254, format = Email, example = "applicant@example.org")]
    pub email: Option<String>,
    /// The day the person first took up work (参加工作时间).
    #[schema(required = true, example = "2012-07-01")]
    pub working_since: Option<NaiveDate>,
    /// Posts held; the one without an end is the present one.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 50), nested)]
    #[schema(required = true, max_items = 50)]
    pub employments: Vec<Employment>,
    /// Periods in which an enterprise from outside the region had the person stationed in it (1.2c).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(required = true, max_items = 20)]
    pub stationings: Vec<Stationing>,
    /// Periods in which the person's file was hosted at a personnel agency (1.2b).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(required = true, max_items = 20)]
    pub file_hostings: Vec<FileHosting>,
    /// Education and degrees, technical-school classes among them (4.2.2, 4.7c).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(required = true, max_items = 20)]
    pub education: Vec<Education>,
    /// Periods of technical work in a specialty (4.3a).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 50), nested)]
    #[schema(required = true, max_items = 50)]
    pub technical_work: Vec<TechnicalWork>,
    /// Probations served after an education (3.1a).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 10), nested)]
    #[schema(required = true, max_items = 10)]
    pub probations: Vec<Probation>,
    /// Titles held (3.1a).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(required = true, max_items = 20)]
    pub titles: Vec<TitleHeld>,
    /// Grades as a skilled worker (4.7a, 4.7b).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(required = true, max_items = 20)]
    pub skill_grades: Vec<SkillGradeHeld>,
    /// Yearly appraisals (4.7a); one per year.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 50), nested)]
    #[schema(required = true, max_items = 50)]
    pub appraisals: Vec<Appraisal>,
    /// Certificates of continuing education (4.2.4a, 4.2.4b).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 200), nested)]
    #[schema(required = true, max_items = 200)]
    pub study_records: Vec<StudyRecord>,
    /// Approved exemptions from continuing education (4.2.4d).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 10), nested)]
    #[schema(required = true, max_items = 10)]
    pub study_exemptions: Vec<StudyExemption>,
    /// Has never applied for a title review before (4.2.4c).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(required = true)]
    pub first_time_applicant: bool,
    /// Putonghua certificate (4.2.5).
    #[validate(nested)]
    #[schema(required = true)]
    pub putonghua: Option<Putonghua>,
    /// Sanctions, declared in full (1.1c).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(required = true, max_items = 20)]
    pub sanctions: Vec<Sanction>,
    /// The day on which retirement formalities were completed, for those who are retired (1.1c).
    #[schema(required = true)]
    pub retired_on: Option<NaiveDate>,
    /// Practice and results (A1).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 100), nested)]
    #[schema(required = true, max_items = 100)]
    pub achievements: Vec<Achievement>,
    /// Kinship that is declared, and other requests that an expert withdraw (R5).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(required = true, max_items = 20)]
    pub recusal_requests: Vec<RecusalRequest>,
}

/// A post held at an employer: one registered here, or another by its name and credit code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Employment {
    /// Employer, where it is registered in this system.
    #[schema(required = true)]
    pub organisation_id: Option<Uuid>,
    /// Employer's name, where it is not registered here.
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(required = true, max_length = 100)]
    pub employer_name: Option<String>,
    /// Unified social credit code of an employer that is not registered here.
    #[validate(custom(function = valid_credit_code))]
    #[schema(
        required = true,
        min_length = 18,
        max_length = 18,
        pattern = "^[0-9A-HJ-NPQRTUWXY]{18}$",
        example = "91350100M000100Y43"
    )]
    pub credit_code: Option<String>,
    /// Kind of post; the retirement age depends on it (1.1c).
    pub post_kind: PostKind,
    /// Name of the post (岗位/职务).
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(required = true, max_length = 100)]
    pub post: Option<String>,
    /// The person was a civil servant in this post (1.1c).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(required = true)]
    pub civil_servant: bool,
    /// The employer is a public institution managed like the civil service (1.1c).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(required = true)]
    pub managed_like_civil_service: bool,
    /// Region of the place of work (GB/T 2260).
    #[validate(custom(function = valid_region))]
    #[schema(required = true, pattern = "^[0-9]{6}$", example = "652901")]
    pub region: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day; null while it lasts.
    #[schema(required = true)]
    pub to: Option<NaiveDate>,
}

/// A period in which an enterprise from outside the region stationed the person at a place (1.2c).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Stationing {
    /// The enterprise.
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(max_length = 100)]
    pub enterprise_name: String,
    /// Its unified social credit code.
    #[validate(custom(function = valid_credit_code))]
    #[schema(required = true, min_length = 18, max_length = 18, pattern = "^[0-9A-HJ-NPQRTUWXY]{18}$")]
    pub credit_code: Option<String>,
    /// Region in which the enterprise is registered (GB/T 2260).
    #[validate(custom(function = valid_region))]
    #[schema(pattern = "^[0-9]{6}$", example = "510100")]
    pub enterprise_region: String,
    /// Its ownership.
    pub ownership: Ownership,
    /// Region in which the person is stationed (GB/T 2260).
    #[validate(custom(function = valid_region))]
    #[schema(pattern = "^[0-9]{6}$", example = "652901")]
    pub region: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; null while it lasts.
    #[schema(required = true)]
    pub to: Option<NaiveDate>,
}

/// A period in which the person's file is hosted at a personnel agency (1.2b).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FileHosting {
    /// The agency.
    pub organisation_id: Uuid,
    /// First day.
    pub from: NaiveDate,
    /// Last day; null while it lasts.
    #[schema(required = true)]
    pub to: Option<NaiveDate>,
}

/// An education completed or a degree: a qualification, or the class of a technical school (4.7c), never both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Education {
    /// Qualification.
    #[schema(required = true)]
    pub qualification: Option<Qualification>,
    /// Class of a technical school.
    #[schema(required = true)]
    pub technical_school_class: Option<TechnicalSchoolClass>,
    /// School.
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(max_length = 100)]
    pub school: String,
    /// Specialty studied.
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(required = true, max_length = 100)]
    pub specialty: Option<String>,
    /// First day.
    #[schema(required = true)]
    pub from: Option<NaiveDate>,
    /// Day of graduation or of the degree; null while studying.
    #[schema(required = true)]
    pub to: Option<NaiveDate>,
    /// Number of the certificate.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(required = true, max_length = 50)]
    pub certificate_number: Option<String>,
    /// Verification code of the CHSI registration form or online report (4.2.2): 12 digits, or 16 capitals and digits.
    #[validate(custom(function = valid_chsi_code))]
    #[schema(required = true, pattern = "^([0-9]{12}|[0-9A-Z]{16})$", example = "A1B2C3D4E5F6G7H8")]
    pub chsi_code: Option<String>,
    /// The education is not to be found at CHSI; the graduation registration form from the file stands for it (4.2.2).
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(required = true)]
    pub not_in_chsi: bool,
}

/// A period of technical work in a specialty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TechnicalWork {
    /// Specialty of the cycle's series, or a text for others.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(max_length = 50, example = "surveying")]
    pub specialty: String,
    /// What the work was.
    #[validate(length(max = 1000), custom(function = not_blank))]
    #[schema(required = true, max_length = 1000)]
    pub description: Option<String>,
    /// First day.
    pub from: NaiveDate,
    /// Last day; null while it lasts.
    #[schema(required = true)]
    pub to: Option<NaiveDate>,
}

/// A probation (见习期) in a technical post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Probation {
    /// First day.
    pub from: NaiveDate,
    /// Last day; null while it lasts.
    #[schema(required = true)]
    pub to: Option<NaiveDate>,
    /// Found to have passed it.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(required = true)]
    pub passed: bool,
}

/// A title the person holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TitleHeld {
    /// Its level.
    pub level: Level,
    /// Its name, as on the certificate.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(max_length = 50, example = "助理工程师")]
    pub name: String,
    /// Its series, by the name a cycle gives it.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(max_length = 50, example = "engineering")]
    pub series: String,
    /// Its specialty.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(required = true, max_length = 50)]
    pub specialty: Option<String>,
    /// The day the title was obtained; seniority is counted from it (4.3d).
    pub obtained_on: NaiveDate,
    /// The day the employer appointed the person to it (聘任).
    #[schema(required = true)]
    pub appointed_on: Option<NaiveDate>,
    /// Authority that gave it.
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(required = true, max_length = 100)]
    pub authority: Option<String>,
    /// Number of the certificate.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(required = true, max_length = 50)]
    pub certificate_number: Option<String>,
}

/// A grade as a skilled worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SkillGradeHeld {
    /// The grade.
    pub grade: SkillGrade,
    /// Occupation, as on the certificate.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(required = true, max_length = 50)]
    pub occupation: Option<String>,
    /// The day it was obtained.
    pub obtained_on: NaiveDate,
    /// The day from which technical work was done under this grade, where later than `obtained_on` (4.7b).
    #[schema(required = true)]
    pub working_since: Option<NaiveDate>,
    /// Number of the certificate.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(required = true, max_length = 50)]
    pub certificate_number: Option<String>,
}

/// The appraisal of one year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Appraisal {
    /// Calendar year.
    #[validate(range(min = 1950, max = 2200))]
    #[schema(minimum = 1950, maximum = 2200, example = 2023)]
    pub year: i32,
    /// Its result.
    pub result: AppraisalResult,
}

/// A certificate of continuing education.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StudyRecord {
    /// Calendar year for which it counts.
    #[validate(range(min = 1950, max = 2200))]
    #[schema(minimum = 1950, maximum = 2200, example = 2023)]
    pub year: i32,
    /// General or specialty.
    pub kind: StudyKind,
    /// Hours (学时).
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000, example = 60)]
    pub hours: u32,
    /// Where the record comes from (4.2.4b).
    pub source: StudySource,
    /// Number of the certificate.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(required = true, max_length = 50)]
    pub certificate_number: Option<String>,
    /// The registry's record that it points to (`GET /v1/study-records`). Null: of the source `system`, any record of the registry that agrees with it in year,
    /// kind, hours and, where it is given, number.
    #[serde(default)]
    #[schema(required = true)]
    pub record_id: Option<uuid::Uuid>,
}

/// An approved exemption from continuing education (4.2.4d, A4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StudyExemption {
    /// Its ground, by the name that the cycle gives it.
    #[validate(custom(function = cycle_name))]
    #[schema(max_length = 50, pattern = "^[a-z][a-z0-9_]{0,49}$")]
    pub ground: String,
    /// Who approved it, by the name that the cycle gives them.
    #[validate(custom(function = cycle_name))]
    #[schema(max_length = 50, pattern = "^[a-z][a-z0-9_]{0,49}$")]
    pub approver: String,
    /// The approver's name, as on the seal.
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(required = true, max_length = 100)]
    pub approver_name: Option<String>,
    /// Day of approval.
    #[schema(required = true)]
    pub approved_on: Option<NaiveDate>,
    /// Calendar years that it covers.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub years: Vec<i32>,
}

/// A Putonghua certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Putonghua {
    /// Level.
    pub level: PutonghuaLevel,
    /// Number of the certificate.
    #[validate(length(max = 50), custom(function = not_blank))]
    #[schema(required = true, max_length = 50)]
    pub certificate_number: Option<String>,
    /// Day of the test or of the certificate.
    #[schema(required = true)]
    pub obtained_on: Option<NaiveDate>,
}

/// A sanction and the period in which it has effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Sanction {
    /// Kind, by the name that the cycle gives it (警告, 记过 …).
    #[validate(custom(function = cycle_name))]
    #[schema(max_length = 50, pattern = "^[a-z][a-z0-9_]{0,49}$", example = "warning")]
    pub kind: String,
    /// First day of its period.
    pub from: NaiveDate,
    /// Last day of its period; null where it has no end.
    #[schema(required = true)]
    pub to: Option<NaiveDate>,
}

/// A project, award, paper or other result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Achievement {
    /// Kind.
    pub kind: AchievementKind,
    /// Title.
    #[validate(length(max = 200), custom(function = not_blank))]
    #[schema(max_length = 200)]
    pub title: String,
    /// Day of completion, award or publication.
    #[schema(required = true)]
    pub date: Option<NaiveDate>,
    /// What the person themselves contributed.
    #[validate(length(max = 2000), custom(function = not_blank))]
    #[schema(required = true, max_length = 2000)]
    pub contribution: Option<String>,
}

/// A request that a person not judge this applicant; kinship is declared here as well (R5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecusalRequest {
    /// Ground.
    pub ground: RecusalGround,
    /// Name of the person concerned.
    #[validate(custom(function = person_name))]
    #[schema(max_length = 50)]
    pub person_name: String,
    /// Employer of the person concerned.
    #[validate(length(max = 100), custom(function = not_blank))]
    #[schema(required = true, max_length = 100)]
    pub person_employer: Option<String>,
    /// What stands behind the request.
    #[validate(length(max = 500), custom(function = not_blank))]
    #[schema(required = true, max_length = 500)]
    pub reason: Option<String>,
}
