//! Signing in, refreshing, signing out.

use super::record::{Error, SignIn, Tokens};
use super::{store, token};
use crate::app::{Act, Cx};
use crate::authz::{Grant, Principal, Via};
use crate::clock::Instant;
use crate::db::{self, Conn};
use crate::ids::{AccountId, SessionId};
use crate::keys;
use crate::problem::{Code, Problem};
use crate::words::{AccountStatus, Role};

/// A lost answer to a refresh may be asked for again for this long.
const GRACE_SECONDS: i64 = 30;

/// What is needed to check a password; `None` for an unknown login.
pub fn find_sign_in(cx: &mut Cx<'_>, login: &str) -> Result<Option<SignIn>, db::Error> {
    let found = store::find_sign_in(cx.conn, login)?;
    Ok(found.map(|(account, password_hash, status)| SignIn {
        account,
        password_hash,
        suspended: status == AccountStatus::Suspended,
    }))
}

/// Begins a session for an account whose password was just checked.
pub fn begin_session(cx: &mut Cx<'_>, account: AccountId) -> Result<Tokens, Error> {
    let session = SessionId::new(&*cx.app.ids, cx.session_now);
    let secret = keys::random_token();
    let expires_at = cx.session_now.plus_seconds(cx.app.config.auth.session_hours * 3600);
    store::insert_session(cx.conn, session, account, &keys::sha256_hex(secret.as_bytes()), cx.session_now, expires_at)?;
    cx.record(Act {
        action: "session.begin",
        object_kind: "account",
        object_id: account.to_string(),
        clause: None,
        detail: serde_json::json!({ "session": session }),
    })?;
    tokens_for(cx, account, session, &secret)
}

/// Gives the next pair of tokens for a refresh token. A token that was used before ends its session: somebody has a copy.
///
/// The outer result is the transaction's: an ended session is written, and then refused.
pub fn refresh(cx: &mut Cx<'_>, text: &str) -> Result<Result<Tokens, Error>, Error> {
    let Some((session, presented)) = text.split_once('.').and_then(|(id, secret)| Some((id.parse::<SessionId>().ok()?, secret)))
    else {
        return Ok(Err(Error::SessionEnded));
    };
    let presented = keys::sha256_hex(presented.as_bytes());
    let secret = keys::random_token();
    let next = keys::sha256_hex(secret.as_bytes());
    let Some(row) = store::find_session(cx.conn, session)? else { return Ok(Err(Error::SessionEnded)) };
    if row.ended_at.is_some() || row.expires_at <= cx.session_now {
        return Ok(Err(Error::SessionEnded));
    }
    if row.status == AccountStatus::Suspended {
        return Ok(Err(Error::Suspended));
    }
    if store::set_rotated(cx.conn, session, &presented, &next, cx.session_now)? {
        return tokens_for(cx, row.account, session, &secret).map(Ok);
    }
    let within_grace = cx.session_now < row.rotated_at.plus_seconds(GRACE_SECONDS);
    if row.previous_hash.as_deref() == Some(presented.as_str())
        && within_grace
        && store::set_successor_replaced(cx.conn, session, &row.refresh_hash, &next)?
    {
        return tokens_for(cx, row.account, session, &secret).map(Ok);
    }
    if row.previous_hash.as_deref() == Some(presented.as_str()) {
        store::set_ended(cx.conn, session, cx.session_now)?;
        cx.after.principals_changed = true;
        cx.record(Act {
            action: "session.reuse_detected",
            object_kind: "account",
            object_id: row.account.to_string(),
            clause: None,
            detail: serde_json::json!({ "session": session }),
        })?;
    }
    Ok(Err(Error::SessionEnded))
}

/// Ends the session that the request came with.
pub fn end_session(cx: &mut Cx<'_>) -> Result<(), Error> {
    if let Some(session) = cx.principal.session {
        store::set_ended(cx.conn, session, cx.session_now)?;
        cx.after.principals_changed = true;
        let object_id = cx.principal.account_str().unwrap_or_default();
        cx.record(Act {
            action: "session.end",
            object_kind: "account",
            object_id,
            clause: None,
            detail: serde_json::json!({ "session": session }),
        })?;
    }
    Ok(())
}

/// Ends every session of an account: its password, roles or status changed.
pub fn end_sessions_of(cx: &mut Cx<'_>, account: AccountId) -> Result<(), db::Error> {
    store::set_all_ended(cx.conn, account, cx.session_now)?;
    cx.after.principals_changed = true;
    Ok(())
}

/// The principal of a live session.
pub(super) fn load_principal(conn: &mut Conn, session: SessionId, now: Instant) -> Result<Principal, Problem> {
    let row = store::find_session(conn, session)?.ok_or(Code::TokenInvalid)?;
    if row.status == AccountStatus::Suspended {
        return Err(Code::AccountSuspended.into());
    }
    if row.ended_at.is_some() || row.expires_at <= now {
        return Err(Code::TokenInvalid.into());
    }
    let grants = grants_of(conn, row.account)?;
    Ok(Principal { account: Some(row.account), session: Some(session), grants, via: Via::Session })
}

/// Every account may apply for itself; other roles come from memberships.
fn grants_of(conn: &mut Conn, account: AccountId) -> Result<Vec<Grant>, db::Error> {
    let mut grants = store::list_grants(conn, account)?;
    // Acts are recorded under the first grant: a staff role comes before the applicant's own.
    grants.sort_by_key(|grant| grant.role == Role::Applicant);
    Ok(grants)
}

fn tokens_for(cx: &mut Cx<'_>, account: AccountId, session: SessionId, secret: &str) -> Result<Tokens, Error> {
    let grants = grants_of(cx.conn, account)?;
    let principal = Principal { account: Some(account), session: Some(session), grants, via: Via::Session };
    let access = token::issue(cx.app, account, session, &principal, cx.session_now)?;
    Ok(Tokens { access, refresh: format!("{session}.{secret}"), expires_in: token::access_seconds(&cx.app.config), account })
}
