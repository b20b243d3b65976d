//! Use cases: reading and assigning the committee of a cycle.

use crate::accounts;
use crate::applications::service as applications;
use crate::context::Cx;
use crate::context::{Version, VersionMismatch};
use crate::cycles::service::{self as cycles, Error as CycleError};
use crate::db;
use title_review_core::ids::OrganisationId;
use title_review_core::vocabulary::OrganisationKind;

/// Why a committee is not assigned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The assignment has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// The organisation is no committee, or not there.
    #[error("not a committee")]
    NotACommittee,
    /// There is no such cycle.
    #[error(transparent)]
    Cycles(#[from] CycleError),
    /// The accounts.
    #[error(transparent)]
    Accounts(accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The committee of a cycle and the version of the assignment.
pub fn find(cx: &mut Cx<'_>, cycle_id: &str) -> Result<(Option<OrganisationId>, i64), Error> {
    Ok(cycles::find_committee(cx, cycle_id)?)
}

/// Says which committee reviews a cycle; the cycle's applications go with it.
pub fn assign(cx: &mut Cx<'_>, cycle_id: &str, read: Version, committee: OrganisationId) -> Result<(), Error> {
    let (_, version) = find(cx, cycle_id)?;
    read.check(version)?;
    match accounts::find_organisation(cx, committee) {
        Ok(row) if row.kind == OrganisationKind::Committee => {}
        Ok(_) | Err(accounts::Error::NotFound) => return Err(Error::NotACommittee),
        Err(other) => return Err(Error::Accounts(other)),
    }
    cycles::set_committee(cx, cycle_id, committee)?;
    applications::move_to_committee(cx, cycle_id, committee)?;
    Ok(())
}
