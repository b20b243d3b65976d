//! Who may add to the evidence of an application, and when (4.2.1a, 4.2.6).

use super::draft::refuse_unless_open;
use super::find_for;
use crate::applications::error::Error;
use crate::applications::facts::{Situation, situation};
use crate::applications::record::ApplicationRow;
use crate::applications::store;
use crate::authz::Permission;
use crate::context::{Cx, Part, Version};
use title_review_core::cycles::definition::StepPlace;
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::Stage;
use title_review_core::workflow::State;

/// Whose documents somebody brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceSide {
    /// The applicant's own, in a draft or after a return.
    Applicant,
    /// Those that the employer adds (4.2.6): while it reviews, and after a return, which may be about them.
    Employer,
}

impl EvidenceSide {
    /// Whether this side brings documents where the application stands.
    fn is_open_at(self, state: &State) -> bool {
        let employer_reviews = state.present_step().is_some_and(|step| step.place == StepPlace::Employer);
        match self {
            Self::Applicant => state.stage.is_with_applicant(),
            Self::Employer => employer_reviews || state.stage == Stage::Returned,
        }
    }
}

/// An application to whose evidence the principal may add now, in the version that was read, and whose documents they bring.
pub fn open_evidence(cx: &mut Cx<'_>, id: ApplicationId, read: Version) -> Result<(Situation, EvidenceSide), Error> {
    let row = find_for(cx, id, Permission::AttachmentEdit)?;
    read.check(row.version)?;
    let situation = situation(cx, row)?;
    let side = if situation.relation.applicant { EvidenceSide::Applicant } else { EvidenceSide::Employer };
    refuse_unless_open(&situation, side.is_open_at(&situation.state))?;
    Ok((situation, side))
}

/// Raises the version after a change of the evidence. A signed commitment spoke of the dossier before: the applicant's own change asks for it again.
pub fn bump_version_for_evidence(cx: &mut Cx<'_>, row: &ApplicationRow, side: EvidenceSide) -> Result<(), Error> {
    cx.changes_also(&[Part::Application(row.id), Part::Evidence(row.id)]);
    let commitment_at = row.commitment_at.filter(|_| side == EvidenceSide::Employer);
    if store::set_evidence_changed(cx.conn, row, commitment_at, cx.now)? { Ok(()) } else { Err(Error::Changed) }
}
