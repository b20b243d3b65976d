//! Use cases: proposing, confirming, rejecting, withdrawing and listing.

use super::model::{ProposalKind, ProposalRuling, ProposalState, ReinstatementGround};
use super::record::ProposalRow;
use super::store::{self, Filter};
use crate::applications::{self, Note, Situation, apply, situation};
use crate::authz::{NotSignedIn, OwnApplication, Permission};
use crate::context::{Act, Cx, Version, VersionMismatch};
use crate::cycles::model::NewExtension;
use crate::cycles::service::{self as cycles, Error as CycleError};
use crate::db;
use crate::records::sanctions::is_fraud_decided;
use crate::window_extensions;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, ProposalId};
use title_review_core::vocabulary::{Action, Role};
use title_review_core::workflow::{self, Guard, Transition, window_for};

/// Why a proposal is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in.
    #[error(transparent)]
    NotSignedIn(#[from] NotSignedIn),
    /// The proposal or the application has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Another change came between reading and writing.
    #[error("changed meanwhile")]
    Changed,
    /// Nobody proposes or confirms what concerns their own application (5.1).
    #[error(transparent)]
    OwnApplication(#[from] OwnApplication),
    /// Who proposed it does not confirm it (5.1).
    #[error("who proposes does not confirm")]
    SamePerson,
    /// It was decided already.
    #[error("the proposal is {0}")]
    Decided(ProposalState),
    /// Fraud is decided on the application: it stays ended (A3).
    #[error("fraud is decided")]
    Fraud,
    /// A proposal about the application is open.
    #[error("a proposal is open")]
    Open,
    /// The window in which the application would go on has closed, and no new end is named.
    #[error("the window has closed at {closed}")]
    WindowNeeded {
        /// When it closed.
        closed: Instant,
        /// The clause of that window.
        clause: String,
    },
    /// A new end is named where no window holds, or one that has passed.
    #[error("no such end")]
    UntilInvalid,
    /// The cycle.
    #[error(transparent)]
    Cycles(#[from] CycleError),
    /// The application refuses it.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The extension of the window.
    #[error(transparent)]
    Extension(#[from] window_extensions::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// A reinstatement to be proposed.
#[derive(Debug, Clone)]
pub struct NewReinstatement {
    /// By which mistake the application ended.
    pub ground: ReinstatementGround,
    /// Why, in words.
    pub reason: String,
    /// How long the window is kept open in which it goes on.
    pub until: Option<Instant>,
}

/// The window in which an application that has ended would go on.
fn window_of(situation: &Situation) -> Option<WindowName> {
    let before = situation.state.before()?;
    window_for(before.stage, before.reached_committee())
}

/// Proposes to reinstate an application that ended by a mistake.
pub fn propose_reinstatement(cx: &mut Cx<'_>, id: ApplicationId, new: NewReinstatement) -> Result<ProposalRow, Error> {
    cx.changes_only(&[]);
    let row = applications::service::find_for(cx, id, Permission::ProposalMake)?;
    cx.principal.refuse_own(row.applicant_id)?;
    let committee = row.committee_id.ok_or(Error::NotFound)?;
    let found = situation(cx, row)?;
    if Transition::find(found.state.stage, Action::Reinstate).is_none() {
        return Err(found.decide(Action::Reinstate, None).map_or_else(Error::from, |_| Error::Changed));
    }
    if is_fraud_decided(cx.conn, id)? {
        return Err(Error::Fraud);
    }
    let window = window_of(&found);
    match (window, new.until) {
        (Some(window), None) => {
            let closed = found.facts.windows.end_of(window);
            if closed <= cx.now {
                let clause = found.cycle.definition.window(window).clause.clone();
                return Err(Error::WindowNeeded { closed, clause });
            }
        }
        (Some(window), Some(until)) => {
            let new = NewExtension { window, account: Some(found.row.applicant_id), until, reason: String::new() };
            cycles::refuse_not_later(cx, &found.cycle, &new)?;
            if until <= cx.now {
                return Err(Error::UntilInvalid);
            }
        }
        (None, Some(_)) => return Err(Error::UntilInvalid),
        (None, None) => {}
    }
    let applicant = found.row.applicant_id;
    let clause = found.cycle.definition.own_clause("4.1a").to_owned();
    let proposal = ProposalRow {
        application_id: Some(id),
        ground: Some(new.ground),
        window_name: window.filter(|_| new.until.is_some()),
        account_id: Some(applicant),
        ..blank(cx, ProposalKind::Reinstatement, found.row.cycle_id.clone(), committee, new.until, new.reason)?
    };
    insert(cx, &proposal)?;
    record(cx, "propose", &proposal, Some(&clause))?;
    Ok(proposal)
}

/// Proposes to keep a window of a cycle open longer, for everyone or for one person.
pub fn propose_extension(cx: &mut Cx<'_>, cycle_id: &str, new: NewExtension) -> Result<ProposalRow, Error> {
    cx.changes_only(&[]);
    let committee = cycles::committee_of(cx, cycle_id)?.ok_or(Error::NotFound)?;
    if cx.principal.organisations_with(Permission::ProposalMake).is_some_and(|mine| !mine.contains(&committee)) {
        return Err(Error::NotFound);
    }
    if let Some(account) = new.account {
        cx.principal.refuse_own(account)?;
    }
    let cycle = window_extensions::check(cx, cycle_id, &new)?;
    cycles::refuse_not_later(cx, &cycle, &new)?;
    if new.until <= cx.now {
        return Err(Error::UntilInvalid);
    }
    let clause = cycle.definition.window(new.window).clause.clone();
    let proposal = ProposalRow {
        window_name: Some(new.window),
        account_id: new.account,
        ..blank(cx, ProposalKind::WindowExtension, cycle_id.to_owned(), committee, Some(new.until), new.reason)?
    };
    insert(cx, &proposal)?;
    record(cx, "propose", &proposal, Some(&clause))?;
    Ok(proposal)
}

fn blank(
    cx: &Cx<'_>,
    kind: ProposalKind,
    cycle_id: String,
    committee_id: OrganisationId,
    until: Option<Instant>,
    reason: String,
) -> Result<ProposalRow, Error> {
    Ok(ProposalRow {
        id: ProposalId::new(&*cx.app.ids, cx.now),
        kind,
        cycle_id,
        committee_id,
        application_id: None,
        ground: None,
        window_name: None,
        account_id: None,
        until,
        reason,
        proposed_by: cx.principal.signed_in()?,
        proposed_at: cx.now,
        state: ProposalState::Open,
        decided_by: None,
        decided_at: None,
        statement: None,
        version: 1,
    })
}

fn insert(cx: &mut Cx<'_>, row: &ProposalRow) -> Result<(), Error> {
    store::insert(cx.conn, row).map_err(|error| match error {
        db::Error::Unique(_) => Error::Open,
        other => other.into(),
    })
}

/// Proposals are recorded without their words: those may name somebody.
fn record(cx: &mut Cx<'_>, verb: &str, row: &ProposalRow, clause: Option<&str>) -> Result<(), Error> {
    cx.record(Act {
        action: &format!("proposal.{verb}"),
        object_kind: "proposal",
        object_id: row.id.to_string(),
        clause,
        detail: json!({ "kind": row.kind, "cycle": row.cycle_id, "application": row.application_id, "ground": row.ground,
            "window": row.window_name, "account": row.account_id, "until": row.until }),
    })?;
    Ok(())
}

/// The proposal if the principal reaches it with the permission.
pub fn find(cx: &mut Cx<'_>, id: ProposalId, permission: Permission) -> Result<ProposalRow, Error> {
    let reached = cx.principal.organisations_with(permission);
    store::find(cx.conn, id)?
        .filter(|row| reached.as_ref().is_none_or(|committees| committees.contains(&row.committee_id)))
        .ok_or(Error::NotFound)
}

/// Proposals that the principal may read, newest first.
pub fn list(cx: &mut Cx<'_>, filter: Filter, before: Option<ProposalId>, limit: i64) -> Result<Vec<ProposalRow>, Error> {
    let committees = cx.principal.organisations_with(Permission::ProposalRead);
    Ok(store::list(cx.conn, Filter { committees, ..filter }, before, limit)?)
}

/// An open proposal in the version that was read.
fn open(cx: &mut Cx<'_>, id: ProposalId, permission: Permission, read: Version) -> Result<ProposalRow, Error> {
    let row = find(cx, id, permission)?;
    // Whoever comes after the decision is told that, whatever version they have read.
    if row.state != ProposalState::Open {
        return Err(Error::Decided(row.state));
    }
    read.check(row.version)?;
    Ok(row)
}

fn close(cx: &mut Cx<'_>, row: ProposalRow, state: ProposalState, statement: String) -> Result<ProposalRow, Error> {
    let decided_by = Some(cx.principal.signed_in()?);
    let row = ProposalRow { state, decided_by, decided_at: Some(cx.now), statement: Some(statement), ..row };
    if !store::set_decided(cx.conn, &row)? {
        return Err(Error::Changed);
    }
    Ok(ProposalRow { version: row.version + 1, ..row })
}

/// Withdraws an open proposal.
pub fn withdraw(cx: &mut Cx<'_>, id: ProposalId, read: Version, reason: String) -> Result<ProposalRow, Error> {
    cx.changes_only(&[]);
    let row = open(cx, id, Permission::ProposalMake, read)?;
    let row = close(cx, row, ProposalState::Withdrawn, reason)?;
    record(cx, "withdraw", &row, None)?;
    Ok(row)
}

/// Confirms a proposal, which acts at once, or rejects it. Who proposed it does neither (5.1).
pub fn decide(
    cx: &mut Cx<'_>,
    id: ProposalId,
    read: Version,
    ruling: ProposalRuling,
    statement: String,
) -> Result<ProposalRow, Error> {
    let row = open(cx, id, Permission::ProposalDecide, read)?;
    let second = cx.principal.signed_in()?;
    if second == row.proposed_by {
        return Err(Error::SamePerson);
    }
    if let Some(account) = row.account_id {
        cx.principal.refuse_own(account)?;
    }
    if ruling == ProposalRuling::Reject {
        let row = close(cx, row, ProposalState::Rejected, statement)?;
        record(cx, "reject", &row, None)?;
        return Ok(row);
    }
    let row = close(cx, row, ProposalState::Confirmed, statement)?;
    record(cx, "confirm", &row, None)?;
    if let Some(application) = row.application_id {
        reinstate(cx, &row, application, second)?;
    } else {
        let (Some(window), Some(until)) = (row.window_name, row.until) else { return Err(Error::Changed) };
        let new = NewExtension { window, account: row.account_id, until, reason: row.reason.clone() };
        window_extensions::create(cx, second, &row.cycle_id, new)?;
    }
    Ok(row)
}

/// The application stands where it stood before its end, with the window that it needs.
fn reinstate(cx: &mut Cx<'_>, proposal: &ProposalRow, application: ApplicationId, second: AccountId) -> Result<(), Error> {
    let row = applications::service::find_for(cx, application, Permission::ProposalDecide)?;
    // It was about that end, not about a later one.
    if row.stage_since > proposal.proposed_at {
        return Err(Error::Changed);
    }
    if let (Some(window), Some(until)) = (proposal.window_name, proposal.until) {
        let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
        let new = NewExtension { window, account: Some(row.applicant_id), until, reason: proposal.reason.clone() };
        cycles::extend(cx, &cycle, new, second)?;
    }
    let mut found = situation(cx, row)?;
    found.facts.fraud_decided_before = is_fraud_decided(cx.conn, application)?;
    found.facts.reinstatement = Some(proposal.proposed_by != second);
    let decision = workflow::decide(&found.state, Action::Reinstate, &found.relation, &found.facts).map_err(|refusals| {
        let ahead = refusals.iter().all(|refusal| refusal.guard != Guard::WindowAhead);
        match window_of(&found).filter(|_| !ahead) {
            Some(window) => Error::WindowNeeded {
                closed: found.facts.windows.end_of(window),
                clause: found.cycle.definition.window(window).clause.clone(),
            },
            None => found.refused(refusals, None).into(),
        }
    })?;
    let note = Note { opinion: Some(proposal.reason.clone()), role: Some(Role::Supervisor), ..Note::default() };
    apply(cx, &found, Action::Reinstate, &decision, note)?;
    Ok(())
}
