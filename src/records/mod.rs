//! What is on record about an application beside its own row, each with its rows, queries, facts and effects.
//!
//! Slices above write these records by their use cases; `applications` joins their facts and carries out the effects of a transition. Nothing here
//! knows an application's use cases: what a record needs of one is handed over as a [`Subject`].

pub mod certificates;
pub mod defences;
pub mod evidence;
pub mod meetings;
pub mod notices;
pub mod orders;
pub mod originals;
pub mod person;
pub mod publicity;
pub mod sanctions;
pub mod study_records;

use title_review_core::clock::Instant;
use title_review_core::cycles::CycleDefinition;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId};
use title_review_core::vocabulary::{Level, Stage};

/// The application that a record is about, as its caller has read it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its id.
    pub id: ApplicationId,
    /// Whose.
    pub applicant_id: AccountId,
    /// Of which cycle.
    pub cycle_id: &'a str,
    /// Under which version of its definition.
    pub cycle_version: i32,
    /// That definition.
    pub cycle: &'a CycleDefinition,
    /// Track id.
    pub track: &'a str,
    /// Series id.
    pub series: &'a str,
    /// Specialty id.
    pub specialty: &'a str,
    /// Level applied for.
    pub level: Level,
    /// Where it stands.
    pub stage: Stage,
    /// Since when it is in its stage.
    pub stage_since: Instant,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
    /// The committee of its cycle.
    pub committee_id: Option<OrganisationId>,
}
