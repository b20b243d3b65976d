//! Finding and listing: what one may not see is absent.

use crate::app::Cx;
use crate::applications::record::{ApplicationRow, Error};
use crate::applications::store::{self, Condition};
use crate::applications::visibility::{visible, waiting_for};
use crate::authz::Permission;
use crate::db::schema::applications;
use crate::ids::{ApplicationId, OrganisationId};
use crate::problem::Code;
use crate::words::{Level, Stage};
use diesel::prelude::*;

/// The application if the principal reaches it with the permission.
pub fn find_for(cx: &mut Cx<'_>, id: ApplicationId, permission: Permission) -> Result<ApplicationRow, Error> {
    let condition = visible(cx.principal, permission).ok_or(Error::NotFound)?;
    store::find_visible(cx.conn, id, condition)?.ok_or(Error::NotFound)
}

/// The application if the principal may read it.
pub fn find(cx: &mut Cx<'_>, id: ApplicationId) -> Result<ApplicationRow, Error> {
    find_for(cx, id, Permission::ApplicationRead)
}

/// The principal's own application.
pub(super) fn find_own(cx: &mut Cx<'_>, id: ApplicationId) -> Result<ApplicationRow, Error> {
    let account = cx.principal.account.ok_or(Code::Unauthenticated)?;
    store::find_application(cx.conn, id)?.filter(|row| row.applicant_id == account).ok_or(Error::NotFound)
}

/// Which of the visible applications a list shows.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// In this stage.
    pub stage: Option<Stage>,
    /// Of this track.
    pub track: Option<String>,
    /// Of this specialty.
    pub specialty: Option<String>,
    /// Of this level.
    pub level: Option<Level>,
    /// Of this employer.
    pub employer_id: Option<OrganisationId>,
    /// Of this county.
    pub county: Option<String>,
}

impl ListFilter {
    fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = Vec::new();
        if let Some(cycle) = &self.cycle_id {
            conditions.push(Box::new(applications::cycle_id.eq(cycle.clone()).nullable()));
        }
        if let Some(stage) = self.stage {
            conditions.push(Box::new(applications::stage.eq(stage).nullable()));
        }
        if let Some(track) = &self.track {
            conditions.push(Box::new(applications::track.eq(track.clone()).nullable()));
        }
        if let Some(specialty) = &self.specialty {
            conditions.push(Box::new(applications::specialty.eq(specialty.clone()).nullable()));
        }
        if let Some(level) = self.level {
            conditions.push(Box::new(applications::level.eq(level).nullable()));
        }
        if let Some(employer) = self.employer_id {
            conditions.push(Box::new(applications::employer_id.eq(employer)));
        }
        if let Some(county) = &self.county {
            conditions.push(Box::new(applications::county.eq(county.clone())));
        }
        conditions
    }
}

/// Everything one may read, or only what waits for one's own decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// All that is visible.
    Anyhow,
    /// The inbox.
    ForMe,
}

fn base(cx: &Cx<'_>, waiting: Waiting) -> Option<Condition> {
    match waiting {
        Waiting::Anyhow => visible(cx.principal, Permission::ApplicationRead),
        Waiting::ForMe => waiting_for(cx.principal),
    }
}

/// A page, newest first.
pub fn list(
    cx: &mut Cx<'_>,
    waiting: Waiting,
    filter: &ListFilter,
    before: Option<ApplicationId>,
    limit: i64,
) -> Result<Vec<ApplicationRow>, Error> {
    let Some(base) = base(cx, waiting) else { return Ok(Vec::new()) };
    let mut conditions = filter.conditions();
    conditions.push(base);
    Ok(store::list_applications(cx.conn, conditions, before, limit)?)
}

/// How many there are, by stage.
pub fn count_waiting(cx: &mut Cx<'_>, waiting: Waiting, filter: &ListFilter) -> Result<Vec<(Stage, i64)>, Error> {
    let Some(base) = base(cx, waiting) else { return Ok(Vec::new()) };
    let mut conditions = filter.conditions();
    conditions.push(base);
    Ok(store::count_by_stage(cx.conn, conditions)?)
}
