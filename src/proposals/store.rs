//! Queries on proposals.

use super::model::{ProposalKind, ProposalState};
use super::record::ProposalRow;
use crate::db::schema::proposals;
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::ids::{ApplicationId, OrganisationId, ProposalId};

/// Writes a proposal; [`Error::Unique`] if the application has an open one.
pub fn insert(conn: &mut Conn, row: &ProposalRow) -> Result<(), Error> {
    diesel::insert_into(proposals::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: ProposalId) -> Result<Option<ProposalRow>, Error> {
    Ok(proposals::table.filter(proposals::id.eq(id)).select(ProposalRow::as_select()).first(conn).optional()?)
}

/// Which proposals a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these committees alone.
    pub committees: Option<Vec<OrganisationId>>,
    /// That stand there.
    pub state: Option<ProposalState>,
    /// Of this kind.
    pub kind: Option<ProposalKind>,
    /// About this application.
    pub application: Option<ApplicationId>,
}

/// A page, newest first.
pub fn list(conn: &mut Conn, filter: Filter, before: Option<ProposalId>, limit: i64) -> Result<Vec<ProposalRow>, Error> {
    let mut query = proposals::table.select(ProposalRow::as_select()).order(proposals::id.desc()).limit(limit).into_boxed();
    if let Some(committees) = filter.committees {
        query = query.filter(proposals::committee_id.eq_any(committees));
    }
    if let Some(state) = filter.state {
        query = query.filter(proposals::state.eq(state));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(proposals::kind.eq(kind));
    }
    if let Some(application) = filter.application {
        query = query.filter(proposals::application_id.eq(application));
    }
    if let Some(before) = before {
        query = query.filter(proposals::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// Writes what became of an open proposal, in the version that `row` has; false if another change came first.
pub fn set_decided(conn: &mut Conn, row: &ProposalRow) -> Result<bool, Error> {
    let open = proposals::table
        .filter(proposals::id.eq(row.id))
        .filter(proposals::version.eq(row.version))
        .filter(proposals::state.eq(ProposalState::Open));
    let changed = diesel::update(open)
        .set((
            proposals::state.eq(row.state),
            proposals::decided_by.eq(row.decided_by),
            proposals::decided_at.eq(row.decided_at),
            proposals::statement.eq(row.statement.clone()),
            proposals::version.eq(row.version + 1),
        ))
        .execute_proven(conn)?;
    Ok(changed == 1)
}
