//! Use cases on applications, by operation.

mod decide;
mod draft;
mod read;
mod submit;

pub use decide::{NewCorrection, Ruling, decide};
pub use draft::{Filing, create, edit, sign_commitment};
pub use read::{ListFilter, Waiting, count_waiting, find, find_for, list};
pub use submit::{CorrectionAnswer, submit, withdraw};

use super::record::{ApplicationRow, Error, SeenEvidence};
use super::store;
use crate::app::Cx;
use crate::db;
use crate::ids::OrganisationId;

/// The applications of a cycle go to another committee.
pub fn move_to_committee(cx: &mut Cx<'_>, cycle_id: &str, committee: OrganisationId) -> Result<usize, db::Error> {
    store::set_committee_of_cycle(cx.conn, cycle_id, committee)
}

/// The evidence that is there at this moment, for the record of a decision (5.1).
fn evidence_seen(_cx: &mut Cx<'_>, _row: &ApplicationRow) -> Result<Vec<SeenEvidence>, Error> {
    Ok(Vec::new())
}
