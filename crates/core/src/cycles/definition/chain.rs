//! Tracks: who is admitted, and the chain of reviewers (1.1a, 1.2a-c, 4.1b, 4.1c).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules::PublicityRule;
use crate::open_terms::ChainStepId;
use crate::vocabulary::{Level, OrganisationKind, Ownership, Role, Stage};

/// A way to apply (申报方式).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Name in the API (`directed`).
    pub id: String,
    /// Words of the notice.
    pub name: String,
    /// Clause that describes how one applies on it.
    pub clause: String,
    /// Who may apply on it: one of these has to hold.
    pub admissions: Vec<Admission>,
    /// Reviewers in order; the last one is the committee's formal review.
    pub chain: Vec<ChainStep>,
}

crate::vocabulary::wire_enum! {
    /// Mechanism by which a person is admitted to a track.
    AdmissionKind {
        Employed = "employed", "在单位从业", "employed by an organisation";
        Hosted = "hosted", "档案托管", "file hosted at a personnel agency";
        Stationed = "stationed", "派驻", "stationed by an enterprise from outside";
    }
}

/// One way to be admitted to a track; exactly the object that `kind` names is not null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// Clause id.
    pub clause: String,
    /// Which of the objects below holds.
    pub kind: AdmissionKind,
    /// Set for `employed`.
    #[schema(required = true)]
    pub employed: Option<EmployedAdmission>,
    /// Set for `hosted`.
    #[schema(required = true)]
    pub hosted: Option<HostedAdmission>,
    /// Set for `stationed`.
    #[schema(required = true)]
    pub stationed: Option<StationedAdmission>,
}

/// An admission as code reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdmissionRule<'a> {
    /// See [`EmployedAdmission`].
    Employed(&'a EmployedAdmission),
    /// See [`HostedAdmission`].
    Hosted(&'a HostedAdmission),
    /// See [`StationedAdmission`].
    Stationed(&'a StationedAdmission),
}

impl Admission {
    /// The object that `kind` names; `None` only for a definition that the loader would refuse.
    #[must_use]
    pub fn rule(&self) -> Option<AdmissionRule<'_>> {
        match self.kind {
            AdmissionKind::Employed => self.employed.as_ref().map(AdmissionRule::Employed),
            AdmissionKind::Hosted => self.hosted.as_ref().map(AdmissionRule::Hosted),
            AdmissionKind::Stationed => self.stationed.as_ref().map(AdmissionRule::Stationed),
        }
    }
}

crate::vocabulary::wire_enum! {
    /// What ties the employer to the region of the cycle.
    EmployerPlace {
        Working = "working", "在地区从事专业技术工作", "the person works in the region";
        Registered = "registered", "营业执照在地区范围内注册", "the employer is registered in the region";
    }
}

/// Employed by an organisation of the region (1.1a, 1.2a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmployedAdmission {
    /// Kinds of employer admitted.
    pub kinds: Vec<OrganisationKind>,
    /// Ownerships admitted; empty: any.
    #[serde(default)]
    #[schema(required = true)]
    pub ownerships: Vec<Ownership>,
    /// What has to lie in the region.
    pub place: EmployerPlace,
}

/// Personal file hosted at a personnel agency of the region, which then acts as the employer (1.2b).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostedAdmission {
    /// Kinds of organisation that may host.
    pub kinds: Vec<OrganisationKind>,
}

/// Stationed in the region, unbroken, by an employer from outside (1.2c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StationedAdmission {
    /// Kinds of employer admitted.
    pub kinds: Vec<OrganisationKind>,
    /// Ownerships admitted; empty: any.
    #[serde(default)]
    #[schema(required = true)]
    pub ownerships: Vec<Ownership>,
    /// Full years without a break, to the seniority date.
    pub years: u8,
    /// Area (GB/T 2260) outside which the employer is registered, such as `650000` for 疆外; null: the cycle's own region.
    #[schema(required = true)]
    pub outside_of: Option<String>,
}

crate::vocabulary::wire_enum! {
    /// Which organisation reviews at a step.
    StepPlace {
        Employer = "employer", "用人单位", "the employer, or the agency in its place";
        Department = "department", "主管部门", "the supervising department of the employer";
        County = "county", "县（市）", "the organisation of the county";
        Prefecture = "prefecture", "地区", "the organisation of the prefecture";
        AutonomousRegion = "autonomous_region", "自治区", "the organisation of the autonomous region";
        Committee = "committee", "评审委员会", "the committee of the cycle";
    }
}

impl StepPlace {
    /// The role that decides there.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Employer => Role::EmployerClerk,
            Self::Department | Self::County | Self::Prefecture | Self::AutonomousRegion => Role::Reviewer,
            Self::Committee => Role::CommitteeOffice,
        }
    }

    /// Whether the organisation is found by its kind and its region.
    #[must_use]
    pub const fn is_regional(self) -> bool {
        match self {
            Self::County | Self::Prefecture | Self::AutonomousRegion => true,
            Self::Employer | Self::Department | Self::Committee => false,
        }
    }

    /// The stage in which an application waits there.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::Committee => Stage::FormalReview,
            Self::Employer | Self::Department | Self::County | Self::Prefecture | Self::AutonomousRegion => Stage::InReview,
        }
    }
}

/// One reviewer of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainStep {
    /// Id, once in a chain. The same id in two tracks means the same work.
    pub id: ChainStepId,
    /// Name, as people read it (用人单位审核).
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Which organisation reviews.
    pub place: StepPlace,
    /// Kinds of organisation that review there.
    pub organisations: Vec<OrganisationKind>,
    /// Clause id.
    pub clause: String,
    /// A publicity has to be finished without objection before approval (4.3c), put up by the organisation that reviews.
    pub publicity_required: bool,
    /// Its rule; null at the employer's step, whose rule is `employer_publicity`.
    #[serde(default)]
    #[schema(required = true)]
    pub publicity: Option<PublicityRule>,
    /// The decision answers the checklist (4.3a).
    pub checklist_required: bool,
    /// The opinion of an approval is the fixed sentence (4.4b); otherwise a free opinion (4.3b).
    pub fixed_sentence: bool,
    /// For which applications the step is left out.
    #[serde(default)]
    pub left_out: LeftOut,
}

/// For which applications a step is left out; each entry that applies is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Those whose employer has no supervising department.
    #[serde(default)]
    #[schema(required = true)]
    pub without_department: bool,
    /// Those whose employer belongs to the prefecture itself and to none of its counties.
    #[serde(default)]
    #[schema(required = true)]
    pub at_prefecture_seat: bool,
    /// Those for one of these levels.
    #[serde(default)]
    #[schema(required = true)]
    pub levels: Vec<Level>,
}

/// The facts of an application on which its chain depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Level applied for.
    pub level: Level,
    /// The employer has a supervising department.
    pub has_department: bool,
    /// The employer belongs to the prefecture itself and to none of its counties.
    pub at_prefecture_seat: bool,
}

impl LeftOut {
    /// Whether an application on this way goes past the step.
    #[must_use]
    pub fn applies(&self, way: Way) -> bool {
        (self.without_department && !way.has_department)
            || (self.at_prefecture_seat && way.at_prefecture_seat)
            || self.levels.contains(&way.level)
    }
}
