//! Tracks: who is admitted, and the chain of reviewers (1.1a, 1.2a-c, 4.1b, 4.1c).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::vocabulary::{OrganisationKind, Ownership, Role, Stage};

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

/// One reviewer of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainStep {
    /// Stage in which the application waits for this reviewer.
    pub stage: Stage,
    /// Role that decides.
    pub role: Role,
    /// Kinds of organisation in which that role is held.
    pub organisations: Vec<OrganisationKind>,
    /// Clause id.
    pub clause: String,
    /// The employer's publicity has to be finished without objection before approval (4.3c).
    pub publicity_required: bool,
    /// The decision answers the checklist (4.3a).
    pub checklist_required: bool,
    /// The opinion of an approval is the fixed sentence (4.4b); otherwise a free opinion (4.3b).
    pub fixed_sentence: bool,
    /// The step is left out when the employer has no supervising department.
    pub only_with_department: bool,
}
