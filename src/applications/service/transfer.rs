//! Changing the employer of an application under review (4.3c).

use super::draft::routed;
use super::read::find_own;
use crate::applications::error::Error;
use crate::applications::facts::{Situation, situation};
use crate::applications::record::{ApplicationRow, StepDetail};
use crate::applications::store;
use crate::applications::transition::{Note, apply};
use crate::context::{Cx, Version};
use crate::records::publicity;
use title_review_core::findings::Finding;
use title_review_core::ids::{ApplicationId, OrganisationId};
use title_review_core::vocabulary::{Action, Role};

/// The principal's own application, if it could go to this employer now; every reason against it otherwise.
pub fn check_transfer(
    cx: &mut Cx<'_>,
    id: ApplicationId,
    read: Version,
    employer: OrganisationId,
) -> Result<ApplicationRow, Error> {
    let row = find_own(cx, id)?;
    read.check(row.version)?;
    with_employer(cx, row.clone(), employer)?;
    let mut situation = situation(cx, row)?;
    // Whoever accepts it will be somebody else.
    situation.relation.applicant = false;
    judge(cx, &mut situation)?;
    Ok(situation.row)
}

/// Moves an application to another employer, whose clerk accepts it: back to the first step of its chain. That its applicant asked for it is the
/// caller's to judge.
pub fn transfer(cx: &mut Cx<'_>, id: ApplicationId, employer: OrganisationId, reason: String) -> Result<ApplicationRow, Error> {
    let row = store::find_application(cx.conn, id)?.ok_or(Error::NotFound)?;
    let row = with_employer(cx, row, employer)?;
    let mut situation = situation(cx, row)?;
    let decision = judge(cx, &mut situation)?;
    // From a return it comes back with what its applicant has changed.
    let detail = StepDetail { evidence: super::evidence_seen(cx, &mut situation)?, ..StepDetail::default() };
    let note = Note { opinion: Some(reason), detail, role: Some(Role::EmployerClerk), at: None };
    Ok(apply(cx, &situation, Action::Transfer, &decision, note)?.0)
}

fn judge(cx: &mut Cx<'_>, situation: &mut Situation) -> Result<title_review_core::workflow::Decision, Error> {
    situation.relation.new_employer = true;
    situation.facts.publicity_runs = publicity::runs(cx.conn, situation.row.id, cx.now)?;
    situation.decide(Action::Transfer, None)
}

/// The application on its way through another employer; every fault of the choice otherwise.
fn with_employer(cx: &mut Cx<'_>, row: ApplicationRow, employer: OrganisationId) -> Result<ApplicationRow, Error> {
    if row.employer_id == Some(employer) {
        return Err(Error::Invalid(vec![Finding::invalid_field(
            "/employer_id",
            "申报已在该单位，无须变更",
            "the application is with this employer",
        )]));
    }
    Ok(routed(cx, ApplicationRow { employer_id: Some(employer), ..row })?.0)
}
