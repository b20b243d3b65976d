//! Defence, committee, vote, cap, certificate, fraud (4.5, 4.8, R2-R5, A3).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::NamedItem;
use crate::vocabulary::{Level, LevelGroup};

/// Who defends in person (4.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Defence {
    /// Level groups that defend.
    pub required_for: Vec<LevelGroup>,
    /// Grounds of exemption.
    #[serde(default)]
    #[schema(required = true)]
    pub exemptions: Vec<DefenceExemption>,
    /// Clause id.
    pub clause: String,
}

/// A ground on which a defence is not held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefenceExemption {
    /// Name in the API.
    pub id: String,
    /// The ground, in words.
    pub name: String,
    /// Document that lists it.
    pub source: String,
}

crate::vocabulary::wire_enum! {
    /// Over what a cap is counted.
    CapScope {
        SpecialtiesTogether = "specialties_together", "各专业合并计算", "all specialties of the cycle together";
        EachSpecialty = "each_specialty", "分专业计算", "each specialty on its own";
    }
}

/// At most so many percent of those reviewed pass, rounded down (4.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassRateCap {
    /// The level.
    pub level: Level,
    /// Percent, 0 to 100.
    pub percent: u8,
    /// Over what it is counted.
    pub scope: CapScope,
    /// Clause id.
    pub clause: String,
}

/// A fraction, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fraction {
    /// Above the line.
    pub numerator: u16,
    /// Below the line, not 0.
    pub denominator: u16,
}

/// A fraction and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FractionRule {
    /// The fraction.
    pub fraction: Fraction,
    /// Clause id.
    pub clause: String,
}

crate::vocabulary::wire_enum! {
    /// For what a committee is formed.
    CommitteeScope {
        Series = "series", "按系列组建", "for a series";
        Specialty = "specialty", "按专业组建", "for a specialty";
    }
}

/// Committee, quorum and vote (R2-R5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitteeRule {
    /// For what this cycle's committee is formed.
    pub scope: CommitteeScope,
    /// Experts at least, per level group and scope (R2).
    pub sizes: Vec<CommitteeSize>,
    /// The number of members is odd (R2).
    #[serde(default)]
    #[schema(default = false)]
    pub odd: bool,
    /// Share of the members who have to be present (R3).
    pub quorum: FractionRule,
    /// Share of those present who have to vote yes (R4).
    pub pass: FractionRule,
    /// When an expert withdraws (R5).
    pub recusal: RecusalRule,
}

/// Experts that a committee needs at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitteeSize {
    /// Highest level group that the committee reviews.
    pub level_group: LevelGroup,
    /// For what it is formed.
    pub scope: CommitteeScope,
    /// Experts at least.
    pub members: u16,
    /// Clause id.
    pub clause: String,
}

/// When an expert has an interest (R5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecusalRule {
    /// A common employer counts now and so many years back.
    pub same_employer_years: u8,
    /// Clause id.
    pub clause: String,
}

/// What a fraud decision leads to (A3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FraudRule {
    /// Years without an application, from the year after the one applied in.
    pub ban_years: u8,
    /// Clause id.
    pub clause: String,
}

/// The certificate of who passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRule {
    /// Pattern of its number; `{year}`, `{region}`, `{level}`, `{specialty}` and `{sequence}` are replaced, the last one by a
    /// running number of `sequence_digits` digits.
    pub number_format: String,
    /// Digits of the running number.
    pub sequence_digits: u8,
    /// Codes of the specialties in the number.
    pub specialty_codes: Vec<NamedItem>,
    /// Words on where the title holds.
    pub scope: String,
    /// Clause id.
    pub clause: String,
}
