//! Queries on transfers.

use super::record::{SeenTransfer, TransferRow, TransferState};
use crate::db::schema::{accounts, organisations, transfers};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId, TransferId};

/// Adds a transfer; `Unique` while another one of the application waits.
pub fn insert_transfer(conn: &mut Conn, row: &TransferRow) -> Result<(), Error> {
    diesel::insert_into(transfers::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}

/// Whose transfers: the applicant's own, and those to these employers.
pub struct Parties {
    /// The applicant.
    pub applicant: AccountId,
    /// Employers.
    pub employers: Vec<OrganisationId>,
}

/// Which transfers of the parties.
#[derive(Clone, Copy)]
pub enum Which {
    /// One.
    Only(TransferId),
    /// Those before one, or all.
    Before(Option<TransferId>),
}

/// Transfers of these parties, newest first.
pub fn list_transfers(conn: &mut Conn, parties: &Parties, which: Which, limit: i64) -> Result<Vec<SeenTransfer>, Error> {
    let theirs = transfers::applicant_id.eq(parties.applicant).or(transfers::employer_id.eq_any(parties.employers.iter().copied()));
    let name = accounts::table.filter(accounts::id.eq(transfers::applicant_id)).select(accounts::name).single_value();
    let employer = organisations::table.filter(organisations::id.eq(transfers::employer_id)).select(organisations::name);
    let mut query = transfers::table
        .filter(theirs)
        .order(transfers::id.desc())
        .limit(limit)
        .select((transfers::all_columns, name, employer.single_value()))
        .into_boxed();
    match which {
        Which::Only(id) => query = query.filter(transfers::id.eq(id)),
        Which::Before(Some(before)) => query = query.filter(transfers::id.lt(before)),
        Which::Before(None) => {}
    }
    Ok(query.load(conn)?)
}

/// What came of a transfer.
pub struct Outcome<'a> {
    pub state: TransferState,
    pub by: AccountId,
    pub at: Instant,
    pub reason: Option<&'a str>,
}

/// Ends a transfer that waits; false if it waits no more.
pub fn set_outcome(conn: &mut Conn, id: TransferId, outcome: &Outcome<'_>) -> Result<bool, Error> {
    let waiting = transfers::table.filter(transfers::id.eq(id)).filter(transfers::state.eq(TransferState::Proposed));
    let changed = diesel::update(waiting)
        .set((
            transfers::state.eq(outcome.state),
            transfers::decided_by.eq(Some(outcome.by)),
            transfers::decided_at.eq(Some(outcome.at)),
            transfers::decision_reason.eq(outcome.reason),
        ))
        .execute_proven(conn)?;
    Ok(changed == 1)
}
