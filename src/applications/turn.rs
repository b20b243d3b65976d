//! Whose turn it is at a step of the chain, as one text in one column: the inbox of a reviewer is one range of one index.
//!
//! The text is the id of an organisation, or a kind of organisation and the region for which it reviews: an organisation that is registered
//! later, or whose region is corrected, finds what waits for it.

use super::record::ApplicationRow;
use crate::authz::{Grant, Principal};
use title_review_core::cycles::definition::{ChainStep, StepPlace};
use title_review_core::ids::OrganisationId;
use title_review_core::vocabulary::{OrganisationKind, Role};

/// Whose turn it is when the application stands at the step; `None` where the application has no such organisation.
#[must_use]
pub fn turn_at(row: &ApplicationRow, step: &ChainStep) -> Option<String> {
    let of_region = |code: Option<&str>| code.zip(step.organisations.first()).map(|(code, kind)| regional(*kind, code));
    match step.place {
        StepPlace::Employer => row.employer_id.map(|id| id.to_string()),
        StepPlace::Department => row.department_id.map(|id| id.to_string()),
        StepPlace::Committee => row.committee_id.map(|id| id.to_string()),
        StepPlace::County => of_region(row.county.as_deref()),
        StepPlace::Prefecture => of_region(row.prefecture.as_deref()),
        StepPlace::AutonomousRegion => of_region(row.prefecture.as_deref().map(autonomous_region).as_deref()),
    }
}

/// The texts under which it is the turn of whoever holds the grant.
pub fn turns_of(grant: &Grant) -> impl Iterator<Item = String> {
    let organisation = grant.organisation.map(|id| id.to_string());
    let region = grant.kind.zip(grant.region.as_deref()).map(|(kind, code)| regional(kind, code));
    organisation.into_iter().chain(region)
}

/// Who reviews at a step: a role, in the organisation whose turn it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// The role.
    pub role: Role,
    /// Whose turn it is.
    pub turn: String,
}

impl Reviewer {
    /// Who reviews the application at the step; `None` where the application has no such organisation.
    #[must_use]
    pub fn at(row: &ApplicationRow, step: &ChainStep) -> Option<Self> {
        Some(Self { role: step.place.role(), turn: turn_at(row, step)? })
    }

    /// The clerks of its employer, or of the agency in its place.
    #[must_use]
    pub fn of_employer(row: &ApplicationRow) -> Option<Self> {
        Self::of_organisation(StepPlace::Employer, row.employer_id)
    }

    /// The office of its committee.
    #[must_use]
    pub fn of_committee(row: &ApplicationRow) -> Option<Self> {
        Self::of_organisation(StepPlace::Committee, row.committee_id)
    }

    fn of_organisation(place: StepPlace, id: Option<OrganisationId>) -> Option<Self> {
        Some(Self { role: place.role(), turn: id?.to_string() })
    }

    /// Whether the principal is one.
    #[must_use]
    pub fn is(&self, principal: &Principal) -> bool {
        let of_role = principal.grants.iter().filter(|grant| grant.role == self.role);
        of_role.flat_map(turns_of).any(|own| own == self.turn)
    }
}

fn regional(kind: OrganisationKind, code: &str) -> String {
    format!("{kind}@{code}")
}

/// The code of the autonomous region or province of a county or prefecture (GB/T 2260).
fn autonomous_region(code: &str) -> String {
    format!("{}0000", code.get(..2).unwrap_or_default())
}

/// The code of the prefecture of a county (GB/T 2260).
#[must_use]
pub fn prefecture(code: &str) -> String {
    format!("{}00", code.get(..4).unwrap_or_default())
}

/// Kinds of organisation that review an application for their region, as one text that a condition can look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionalKinds(String);

title_review_core::text_column!(RegionalKinds);

impl RegionalKinds {
    /// Of the steps of a chain.
    pub fn of<'a>(steps: impl Iterator<Item = &'a ChainStep>) -> Self {
        let kinds = steps.filter(|step| step.place.is_regional()).filter_map(|step| step.organisations.first());
        Self(kinds.fold(String::new(), |text, kind| format!("{text}|{kind}|")))
    }

    /// What the text of an application has that this kind reviews, for `LIKE` with `\` as the escape.
    #[must_use]
    pub fn pattern(kind: OrganisationKind) -> String {
        format!("%|{}|%", kind.as_str().replace('_', "\\_"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RegionalKinds {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}
