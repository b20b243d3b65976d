//! Finding and listing: what one may not see is absent.

use crate::applications::error::Error;
use crate::applications::facts::Found;
use crate::applications::narrow::{Condition, Narrowed, Term};
use crate::applications::record::{ApplicationRow, Dossier, StepRow, SummaryRow};
use crate::applications::store::{self, Counted, Portion};
use crate::applications::visibility::{any_of, reaches, visible, waiting_for};
use crate::audit;
use crate::authz::{Grant, Permission, Principal};
use crate::context::Cx;
use title_review_core::ids::{ApplicationId, OrganisationId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{Level, Stage};

/// The application if the principal reaches it with the permission.
pub fn find_for(cx: &mut Cx<'_>, id: ApplicationId, permission: Permission) -> Result<ApplicationRow, Error> {
    let condition = visible(cx.principal, permission).ok_or(Error::NotFound)?;
    store::find_visible(cx.conn, id, condition)?.ok_or(Error::NotFound)
}

/// As [`find_for`], and the grant that reaches it: for what is put on record under the role in which it was done.
pub fn find_by_grant(cx: &mut Cx<'_>, id: ApplicationId, permission: Permission) -> Result<(ApplicationRow, Grant), Error> {
    for grant in cx.principal.scopes(permission).map(|(_, grant)| grant.clone()).collect::<Vec<_>>() {
        let alone = Principal { grants: vec![grant.clone()], ..cx.principal.clone() };
        let Some(condition) = visible(&alone, permission) else { continue };
        if let Some(row) = store::find_visible(cx.conn, id, condition)? {
            return Ok((row, grant));
        }
    }
    Err(Error::NotFound)
}

/// The application if the principal may read it.
pub fn find(cx: &mut Cx<'_>, id: ApplicationId) -> Result<ApplicationRow, Error> {
    find_for(cx, id, Permission::ApplicationRead)
}

/// The application if the principal may read it, with what its view needs.
pub fn find_seen(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Found, Error> {
    let (Some(account), Some(condition)) = (cx.principal.account, visible(cx.principal, Permission::ApplicationRead)) else {
        return Err(Error::NotFound);
    };
    let seen = store::find_seen(cx.conn, id, condition, account)?.ok_or(Error::NotFound)?;
    cx.observe(seen.head.as_deref().map_or(0, audit::seq_of_head));
    Ok(Found {
        applicant_name: seen.applicant_name,
        employer_name: seen.employer_name,
        decided_another_step: Some(seen.decided_another_step),
        ..Found::from(seen.row)
    })
}

/// The dossier of an application that the principal may read.
pub fn find_dossier(cx: &mut Cx<'_>, id: ApplicationId) -> Result<(ApplicationRow, Dossier), Error> {
    let row = find(cx, id)?;
    let dossier = store::find_dossier(cx.conn, row.id)?;
    Ok((row, dossier))
}

/// The history of an application that the principal may read, in its order.
pub fn list_steps(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Vec<StepRow>, Error> {
    let row = find(cx, id)?;
    Ok(store::list_steps(cx.conn, row.id)?)
}

/// The principal's own application.
pub(super) fn find_own(cx: &mut Cx<'_>, id: ApplicationId) -> Result<ApplicationRow, Error> {
    let account = cx.principal.account.ok_or(Error::Anonymous)?;
    store::find_application(cx.conn, id)?.filter(|row| row.applicant_id == account).ok_or(Error::NotFound)
}

/// Which of the visible applications a list shows.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// In this stage.
    pub stage: Option<Stage>,
    /// At this step of the chain.
    pub step: Option<ChainStepId>,
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
    /// Those alone that the end of the window for formal review found undecided.
    pub undecided: bool,
}

impl ListFilter {
    fn terms(&self) -> impl Iterator<Item = Term> {
        let filter = self.clone();
        [
            filter.cycle_id.map(Term::Cycle),
            filter.stage.map(Term::Stage),
            filter.step.map(Term::Step),
            filter.track.map(Term::Track),
            filter.specialty.map(Term::Specialty),
            filter.level.map(Term::Level),
            filter.employer_id.map(Term::Employer),
            filter.county.map(Term::County),
            filter.undecided.then_some(Term::Undecided),
        ]
        .into_iter()
        .flatten()
    }
}

/// Everything one may read, or only what waits for one's own decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListScope {
    /// All that is visible.
    All,
    /// The inbox.
    Inbox,
}

fn scopes(cx: &Cx<'_>, scope: ListScope) -> Vec<Vec<Term>> {
    match scope {
        ListScope::All => reaches(cx.principal, Permission::ApplicationRead),
        ListScope::Inbox => waiting_for(cx.principal),
    }
}

/// A portion of the list, newest first. Whoever reaches applications in several ways has each way walked by itself, since no one index leads to
/// all of them in the order of the page.
pub fn list(
    cx: &mut Cx<'_>,
    scope: ListScope,
    filter: &ListFilter,
    before: Option<ApplicationId>,
    limit: i64,
) -> Result<Portion, Error> {
    let most = cx.app.config.limits.list_rows;
    let mut portions = Vec::new();
    for reach in scopes(cx, scope) {
        if let Some(narrowed) = Narrowed::by(reach.into_iter().chain(filter.terms())) {
            portions.push(store::list_portion(cx.conn, &narrowed, before, limit, most)?);
        }
    }
    Ok(merge(portions, limit))
}

/// One portion of several that may have rows in common.
fn merge(mut portions: Vec<Portion>, limit: i64) -> Portion {
    if portions.len() < 2 {
        return portions.pop().unwrap_or_default();
    }
    // Below the place where one of them stopped, rows of it may be missing.
    let stopped_at = portions.iter().filter_map(|portion| portion.stopped_at).max();
    let mut rows: Vec<SummaryRow> = portions.into_iter().flat_map(|portion| portion.rows).collect();
    rows.retain(|row| stopped_at.is_none_or(|at| row.id >= at));
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    rows.dedup_by_key(|row| row.id);
    let full = i64::try_from(rows.len()).is_ok_and(|found| found >= limit);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Portion { rows, stopped_at: stopped_at.filter(|_| !full) }
}

/// How many there are, by stage and step.
pub fn count_by_stage(cx: &mut Cx<'_>, scope: ListScope, filter: &ListFilter) -> Result<Vec<Counted>, Error> {
    let Some(conditions) = counted(cx, scope, filter) else { return Ok(Vec::new()) };
    Ok(store::count_by_stage(cx.conn, conditions)?)
}

/// How many of the applications that the principal reaches the committee returned with less time to correct than the notice gives (4.2.1b), and how
/// many the end of the window for formal review found undecided (2.2).
pub fn count_marked(cx: &mut Cx<'_>, scope: ListScope, filter: &ListFilter) -> Result<(i64, i64), Error> {
    let Some(conditions) = counted(cx, scope, filter) else { return Ok((0, 0)) };
    Ok(store::count_marked(cx.conn, conditions)?)
}

/// The conditions of the applications to be counted; `None` where none is reached.
fn counted(cx: &Cx<'_>, scope: ListScope, filter: &ListFilter) -> Option<Vec<Condition>> {
    let mut reaches = scopes(cx, scope);
    if reaches.len() == 1 {
        let terms = reaches.remove(0).into_iter().chain(filter.terms());
        let narrowed = Narrowed::by(terms)?;
        return Some(narrowed.leading().chain(narrowed.residual_filters()).collect());
    }
    // An application that is reached in two ways counts once.
    let any_reach = any_of(&reaches)?;
    Some(filter.terms().map(|term| term.condition()).chain([any_reach]).collect())
}
