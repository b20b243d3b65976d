//! What the slices of identity share.

use super::error::StepUpError;
use super::{passwords, program_tokens, sessions};
use crate::authz::Grant;
use crate::config::Config;
use crate::context::Cx;
use crate::db::{self, Conn};
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use title_review_core::passwords::Policy;
use title_review_core::vocabulary::Role;

/// Ends every session of an account and every token of its programs: its password, roles or status have changed.
pub fn end_all(cx: &mut Cx<'_>, account: AccountId) -> Result<(), db::Error> {
    sessions::set_all_ended(cx.conn, account, None, cx.session_now)?;
    program_tokens::set_tokens_of_ended(cx.conn, account, cx.session_now)?;
    cx.principals_changed();
    Ok(())
}

/// The roles of an account now. Every account may apply for itself; other roles come from memberships.
pub fn list_grants(conn: &mut Conn, account: AccountId) -> Result<Vec<Grant>, db::Error> {
    let mut grants = passwords::list_grants(conn, account)?;
    // Acts are recorded under the first grant: a staff role comes before the applicant's own.
    grants.sort_by_key(|grant| grant.role == Role::Applicant);
    Ok(grants)
}

/// Whether an account is one of the administrators': their passwords and factors are reset on the host, or one of them would be all three.
pub fn is_administrator(conn: &mut Conn, account: AccountId) -> Result<bool, db::Error> {
    Ok(passwords::list_grants(conn, account)?.iter().any(|grant| grant.role.is_administrator()))
}

/// Refuses whoever has not authenticated within `auth.step_up_minutes`. A client or a personal token cannot.
pub fn require_recent_authentication(cx: &mut Cx<'_>) -> Result<(), StepUpError> {
    let since = cx.session_now.plus_seconds(-cx.app.config.auth.step_up_minutes * 60);
    if cx.principal.authenticated_at.is_some_and(|at| at >= since) {
        return Ok(());
    }
    // A principal is kept for seconds; the proof may have been renewed on another server meanwhile.
    let proved = match cx.principal.session {
        Some(session) => sessions::find_session(cx.conn, session)?.map(|row| row.proved_at),
        None => None,
    };
    if proved.is_some_and(|at| at >= since) { Ok(()) } else { Err(StepUpError::Required) }
}

/// When a password of a member of staff that was set then has to be changed; none where it never has to. In the sandbox, whose password everybody
/// knows, it never has to.
#[must_use]
pub fn password_expires_at(config: &Config, set_at: Instant) -> Option<Instant> {
    let days = config.auth.password_days;
    let ages = config.auth.password_policy == Policy::Mlps && days > 0 && !config.sandbox.enabled;
    ages.then(|| set_at.plus_seconds(days * 86_400))
}
