//! Queries on transfers.

use super::record::{SeenTransfer, TransferRow, TransferState};
use crate::db::schema::{accounts, organisations, transfers};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId, TransferId};
use uuid::Uuid;

/// Adds a transfer; `Unique` while another one of the application waits.
pub fn insert_transfer(conn: &mut Conn, row: &TransferRow) -> Result<(), Error> {
    diesel::insert_into(transfers::table)
        .values((
            transfers::id.eq(row.id),
            transfers::application_id.eq(row.application_id),
            transfers::applicant_id.eq(row.applicant_id),
            transfers::from_employer_id.eq(row.from_employer_id),
            transfers::employer_id.eq(row.employer_id),
            transfers::reason.eq(&row.reason),
            transfers::state.eq(row.state),
            transfers::proposed_at.eq(row.proposed_at),
        ))
        .execute_proven(conn)?;
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
    let end = TransferId::from(Uuid::max());
    // Ids below `end`, from `first` on.
    let (first, end) = match which {
        Which::Only(id) => (id, end),
        Which::Before(before) => (TransferId::from(Uuid::nil()), before.unwrap_or(end)),
    };
    let theirs = transfers::applicant_id.eq(parties.applicant).or(transfers::employer_id.eq_any(parties.employers.iter().copied()));
    let name = accounts::table.filter(accounts::id.eq(transfers::applicant_id)).select(accounts::name).single_value();
    let employer = organisations::table.filter(organisations::id.eq(transfers::employer_id)).select(organisations::name);
    let rows = transfers::table.filter(theirs).filter(transfers::id.ge(first)).filter(transfers::id.lt(end));
    let seen = rows.order(transfers::id.desc()).select((transfers::all_columns, name, employer.single_value()));
    Ok(match which {
        Which::Only(id) => seen.filter(transfers::id.eq(id)).load(conn)?,
        Which::Before(_) => seen.limit(limit).load(conn)?,
    })
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
