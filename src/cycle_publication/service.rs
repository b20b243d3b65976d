//! Use cases: publishing a version, and what a start makes good for databases that were written before.

use crate::applications::{service as applications, undecided};
use crate::context::Cx;
use crate::cycles::service::{self as cycles, Cycle, Error as CycleError};
use crate::db;
use std::sync::Arc;

/// Why a version is not published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No committee is assigned that could review what is filed (2.2).
    #[error("the cycle has no committee")]
    CommitteeMissing,
    /// The cycle refuses it or is not there.
    #[error(transparent)]
    Cycles(#[from] CycleError),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Publishes a version: new applications are filed under it, and so are drafts that were never submitted. Those that were submitted keep theirs.
pub fn publish(cx: &mut Cx<'_>, cycle_id: &str, version: i32, reason: Option<&str>) -> Result<Arc<Cycle>, Error> {
    if cycles::find_committee(cx, cycle_id)?.0.is_none() {
        return Err(Error::CommitteeMissing);
    }
    let cycle = cycles::publish(cx, cycle_id, version, reason)?;
    applications::follow_cycle(cx, &cycle)?;
    undecided::schedule_warning(cx, &cycle)?;
    Ok(cycle)
}

/// What an older program left: drafts under a version that was amended, employers that were not taken over at the submission.
pub fn catch_up(cx: &mut Cx<'_>) -> Result<(), Error> {
    for row in cycles::list_published(cx, None, i64::MAX)? {
        let cycle = cycles::find_version(cx, &row.cycle_id, row.version)?;
        applications::follow_cycle(cx, &cycle)?;
        undecided::schedule_warning(cx, &cycle)?;
    }
    undecided::catch_up(cx)?;
    Ok(applications::take_over_employers(cx)?)
}
