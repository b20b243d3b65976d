//! Checks by clause: of an application, and of given facts without one.

use crate::applications::basis::Basis;
use crate::applications::error::Error;
use crate::applications::facts::rules;
use crate::context::Cx;
use crate::cycles::service as cycles;
use crate::db;
use title_review_core::checks::{self, AnonymousFacts, Report};
use title_review_core::ids::ApplicationId;

/// What every rule says of an application that the principal may read.
pub fn check(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Report, Error> {
    let row = super::find(cx, id)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    rules(cx, &row, &cycle, &mut Basis::default())
}

/// Why a question of eligibility has no answer.
#[derive(Debug, thiserror::Error)]
pub enum EligibilityError {
    /// There is no such published cycle.
    #[error("no such published cycle")]
    NotFound,
    /// The cycle has no such track.
    #[error("no such track")]
    UnknownTrack,
    /// The cycle has no such specialty.
    #[error("no such specialty")]
    UnknownSpecialty,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// What the rules say of facts as somebody tells them. Nothing is kept.
pub fn check_eligibility(cx: &mut Cx<'_>, cycle_id: &str, facts: &AnonymousFacts) -> Result<Report, EligibilityError> {
    let cycle = cycles::find_published(cx, cycle_id)?.ok_or(EligibilityError::NotFound)?;
    let definition = &cycle.definition;
    if definition.track(&facts.track).is_none() {
        return Err(EligibilityError::UnknownTrack);
    }
    if definition.specialty(&facts.specialty).is_none() {
        return Err(EligibilityError::UnknownSpecialty);
    }
    Ok(checks::evaluate_anonymous(facts, definition.local_date(cx.now.to_utc()), definition))
}
