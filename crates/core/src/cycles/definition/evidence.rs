//! The evidence list (4.2.2-4.2.6), the printed form and the paper originals (4.4a).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::vocabulary::{LevelGroup, OrganisationKind, Ownership};

/// A kind of document that an applicant or an employer uploads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceCategory {
    /// Name in the API.
    pub id: String,
    /// Words of the notice.
    pub name: String,
    /// Clause id.
    pub clause: String,
    /// The document is required when one of these holds; empty: never required on its own.
    #[serde(default)]
    #[schema(required = true)]
    pub required_when: Vec<EvidenceCondition>,
    /// The employer adds it, not the applicant.
    pub from_employer: bool,
    /// Accepted content, as media types found in the content itself.
    pub media_types: Vec<String>,
    /// Bytes at most per file.
    pub max_bytes: i64,
    /// Files at most.
    pub max_files: u16,
    /// Signature of the leader in charge and seal are declared by the reviewer (4.2.6).
    pub signed_and_sealed: bool,
    /// Form of the verification code that comes with the document; null: none.
    #[schema(required = true)]
    pub verification_code: Option<CodeForm>,
}

crate::vocabulary::wire_enum! {
    /// A fact of an application on which evidence depends.
    EvidenceFact {
        HasQualification = "has_qualification", "有学历", "has an education or degree in the profile";
        HasTitle = "has_title", "有现任职称", "holds a title that is not on this system's record";
        Probation = "probation", "有见习期", "says to have been on probation";
        Appointed = "appointed", "已聘任", "says to have been appointed to a title";
        Achievements = "achievements", "有业绩成果", "names achievements";
        SkilledWorkerRoute = "skilled_worker_route", "高技能人才贯通", "applies on the skilled-worker route";
        StudyExempted = "study_exempted", "免学", "claims a study exemption";
        StudyUploads = "study_uploads", "手动上传继续教育", "has study records uploaded by hand";
        StudyWaived = "study_waived", "继续教育不做硬性要求", "is free of the study requirement";
        Hosted = "hosted", "档案托管", "is admitted by a hosted file";
        Stationed = "stationed", "派驻", "is admitted by stationing";
    }
}

/// All that is named has to hold; an empty list asks for nothing, `{}` always holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvidenceCondition {
    /// Track is one of these.
    #[schema(required = true)]
    pub tracks: Vec<String>,
    /// Level group is one of these.
    #[schema(required = true)]
    pub level_groups: Vec<LevelGroup>,
    /// Employer is of one of these kinds.
    #[schema(required = true)]
    pub employer_kinds: Vec<OrganisationKind>,
    /// Employer has one of these ownerships.
    #[schema(required = true)]
    pub employer_ownerships: Vec<Ownership>,
    /// All of these facts hold.
    #[schema(required = true)]
    pub facts: Vec<EvidenceFact>,
    /// None of these facts holds.
    #[schema(required = true)]
    pub without_facts: Vec<EvidenceFact>,
}

/// Form of a verification code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeForm {
    /// Lengths that occur.
    pub lengths: Vec<u8>,
    /// Every character that occurs.
    pub characters: String,
    /// What it is called.
    pub name: String,
}

impl CodeForm {
    /// The text has one of the lengths and only characters of the form. Nothing is said about whether the code exists.
    #[must_use]
    pub fn accepts(&self, code: &str) -> bool {
        let length = code.chars().count();
        self.lengths.iter().any(|allowed| usize::from(*allowed) == length) && code.chars().all(|c| self.characters.contains(c))
    }
}

/// A group of categories of which one is enough (4.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceAlternatives {
    /// Name in the API.
    pub id: String,
    /// What the group proves.
    pub name: String,
    /// Categories; one of them is enough.
    pub any_of: Vec<String>,
    /// Those of them that are enough only when the others cannot be had, and the applicant says so.
    #[serde(default)]
    #[schema(required = true)]
    pub fallback: Vec<String>,
    /// The group is required when one of these holds.
    #[serde(default)]
    #[schema(required = true)]
    pub required_when: Vec<EvidenceCondition>,
    /// Clause id.
    pub clause: String,
}

/// The printed review form (4.4a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewForm {
    /// Title, verbatim.
    pub title: String,
    /// Paper.
    pub paper: String,
    /// Printed on both sides.
    pub both_sides: bool,
    /// Carries a watermark.
    pub watermark: bool,
    /// Copies to hand in.
    pub copies: u8,
    /// Clause id.
    pub clause: String,
}

/// Originals that the bureau receives after formal review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Originals {
    /// The papers.
    pub items: Vec<Original>,
    /// Clause id.
    pub clause: String,
}

/// One paper original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Original {
    /// Name in the API.
    pub id: String,
    /// Words of the notice.
    pub name: String,
    /// Copies asked for.
    pub copies: u8,
    /// Evidence category of its scan; null: the system makes it.
    #[schema(required = true)]
    pub evidence: Option<String>,
}
