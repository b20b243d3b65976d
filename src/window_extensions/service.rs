//! Use cases: extending a window, listing the extensions of a cycle.

use crate::accounts;
use crate::applications::{service as applications, undecided};
use crate::context::Cx;
use crate::cycles::model::NewExtension;
use crate::cycles::record::ExtensionRow;
use crate::cycles::service::{self as cycles, Cycle, Error as CycleError};
use crate::db;
use std::sync::Arc;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ExtensionId};

/// Why a window is not extended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such account.
    #[error("no such account")]
    UnknownAccount,
    /// The cycle refuses it or is not there.
    #[error(transparent)]
    Cycles(#[from] CycleError),
    /// An application that lives again.
    #[error(transparent)]
    Application(#[from] crate::applications::Error),
    /// The accounts.
    #[error(transparent)]
    Accounts(accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The cycle whose window is to be extended: it is published, and whoever it is for exists.
pub fn check(cx: &mut Cx<'_>, cycle_id: &str, new: &NewExtension) -> Result<Arc<Cycle>, Error> {
    let cycle = cycles::find_published(cx, cycle_id)?.ok_or(CycleError::NotFound)?;
    if let Some(account) = new.account {
        accounts::find_account(cx, account).map_err(|error| match error {
            accounts::Error::NotFound => Error::UnknownAccount,
            other => Error::Accounts(other),
        })?;
    }
    Ok(cycle)
}

/// Keeps a window open longer; what waits for it expires at the new close, and what lapsed by the old one lives again.
pub fn create(cx: &mut Cx<'_>, decided_by: AccountId, cycle_id: &str, new: NewExtension) -> Result<ExtensionRow, Error> {
    let cycle = check(cx, cycle_id, &new)?;
    let row = cycles::extend(cx, &cycle, new, decided_by)?;
    match row.account_id {
        None => applications::move_all_lapses(cx, cycle_id, row.window)?,
        person => drop(applications::move_lapses(cx, cycle_id, row.window, person)?),
    }
    if row.window == WindowName::FormalReview && row.account_id.is_none() {
        undecided::schedule_warning(cx, &cycle)?;
    }
    applications::revive(cx, applications::Ended::OfCycle(cycle_id, row.account_id))?;
    Ok(row)
}

/// Every extension of a cycle's windows, newest first.
pub fn list(cx: &mut Cx<'_>, cycle_id: &str, before: Option<ExtensionId>, limit: i64) -> Result<Vec<ExtensionRow>, Error> {
    Ok(cycles::list_extensions(cx, cycle_id, before, limit)?)
}
