//! Signing in, refreshing, proving again, listing and ending sessions.

use super::lockout::Reason;
use super::prove::Who;
use super::record::{Error, Given, Proof, SignIn, Tokens};
use super::store::{ListedRow, NewSession, SessionRow, SignInRow};
use super::{store, token};
use crate::app::{Act, App, Cx};
use crate::audit::Outcome;
use crate::authz::{Duty, Grant, Principal, Via};
use crate::config::{AuthConfig, SecondFactorRule};
use crate::db::{self, Conn};
use crate::keys;
use crate::machines;
use crate::passwords;
use crate::problem::{Code, Problem};
use crate::second_factor::{self, Verified};
use serde_json::{Value, json};
use title_review_core::clock::Instant;
use title_review_core::identity_numbers::starred;
use title_review_core::ids::{AccountId, ClientTokenId, SessionId};
use title_review_core::vocabulary::{AccountStatus, Role};

/// A lost answer to a refresh may be asked for again for this long.
const GRACE_SECONDS: i64 = 30;

/// At most so long a session is used before that is written down.
const MOST_UNNOTED_SECONDS: i64 = 300;

/// The login that is meant, and what is known of its account; nothing for an unknown login.
pub(super) fn find_sign_in(cx: &mut Cx<'_>, who: &Who) -> Result<(String, Option<SignInRow>), db::Error> {
    match who {
        Who::Login(login) => Ok((login.clone(), store::find_sign_in(cx.conn, login)?)),
        Who::Account(account) => {
            let found = store::find_sign_in_of(cx.conn, *account)?;
            Ok((found.as_ref().map(|row| row.login.clone()).unwrap_or_default(), found))
        }
    }
}

fn act(action: &str, account: AccountId, detail: Value) -> Act<'_> {
    Act { action, object_kind: "account", object_id: account.to_string(), clause: None, detail }
}

/// Begins a session for whoever has just proved that the password is theirs.
///
/// The outer result is the transaction's: a refusal is counted and put on record, and then answered.
pub fn begin_session(cx: &mut Cx<'_>, sign_in: &SignIn, given: &Given) -> Result<Result<Tokens, Error>, Error> {
    // The password was checked outside the transaction: it, or the account, may have changed meanwhile.
    let row = store::find_sign_in_of(cx.conn, sign_in.account)?.filter(|row| row.password_hash == sign_in.password_hash);
    let Some(row) = row else { return Ok(Err(Error::WrongCredentials)) };
    if row.status == AccountStatus::Suspended {
        sign_in.attempt.refused(cx, Reason::Suspended)?;
        return Ok(Err(Error::Suspended));
    }
    let second_factor = match prove_fully(cx, sign_in, given.second_factor.as_deref())? {
        Ok(second_factor) => second_factor,
        Err(refused) => return Ok(Err(refused)),
    };
    let session = SessionId::new(&*cx.app.ids, cx.session_now);
    let secret = keys::random_token();
    // People call devices by their numbers.
    let device = given.device.as_deref().map(starred);
    let new = NewSession {
        id: session,
        account: row.account,
        refresh_hash: &keys::sha256_hex(secret.as_bytes()),
        device: device.as_deref(),
        address: cx.address.map(|address| address.to_canonical().to_string()),
        second_factor,
        now: cx.session_now,
        expires_at: cx.session_now.plus_seconds(cx.app.config.auth.session_hours * 3600),
    };
    store::insert_session(cx.conn, new)?;
    let live = load_live(cx.conn, cx.app, session, cx.session_now)?;
    cx.record_by(&live.principal, Outcome::Done, act("session.begin", row.account, json!({ "session": session })))?;
    tokens_for(cx, session, &live, &secret).map(Ok)
}

/// Takes the second factor of somebody whose password was right, if their account has one. True with it, false where there is none.
fn prove_fully(cx: &mut Cx<'_>, sign_in: &SignIn, code: Option<&str>) -> Result<Result<bool, Error>, Error> {
    // Guesses of codes that come at once are refused here, where acts take turns.
    if let Err(locked) = sign_in.attempt.refuse_locked(cx) {
        return Ok(Err(locked.into()));
    }
    let second_factor = match second_factor::verify(cx, sign_in.account, code).map_err(Problem::from)? {
        Verified::NotEnrolled => false,
        Verified::Right => true,
        // Not counted: the client asks its owner, and comes again.
        Verified::Missing => return Ok(Err(Error::SecondFactorRequired)),
        Verified::Wrong => {
            sign_in.attempt.refused(cx, Reason::SecondFactor)?;
            return Ok(Err(Error::SecondFactorWrong));
        }
    };
    sign_in.attempt.succeeded(cx)?;
    Ok(Ok(second_factor))
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
    if !row.lives(&cx.app.config.auth, cx.session_now) {
        return Ok(Err(Error::SessionEnded));
    }
    if row.status == AccountStatus::Suspended {
        return Ok(Err(Error::Suspended));
    }
    let within_grace = cx.session_now < row.rotated_at.plus_seconds(GRACE_SECONDS);
    if store::set_rotated(cx.conn, session, &presented, &next, cx.session_now)?
        || row.previous_hash.as_deref() == Some(presented.as_str())
            && within_grace
            && store::set_successor_replaced(cx.conn, session, &row.refresh_hash, &next)?
    {
        // A principal that was kept knows an earlier last use.
        cx.after.principals_changed = true;
        let live = load_live(cx.conn, cx.app, session, cx.session_now)?;
        return tokens_for(cx, session, &live, &secret).map(Ok);
    }
    if row.previous_hash.as_deref() == Some(presented.as_str()) {
        store::set_ended(cx.conn, row.account, session, cx.session_now)?;
        cx.after.principals_changed = true;
        cx.record(act("session.reuse_detected", row.account, json!({ "session": session })))?;
    }
    Ok(Err(Error::SessionEnded))
}

/// Renews the proof of the session that the request came with, for whoever has just proved that the password is theirs.
pub fn step_up(cx: &mut Cx<'_>, sign_in: &SignIn, code: Option<&str>) -> Result<Result<Proof, Error>, Error> {
    let Some(session) = cx.principal.session else { return Ok(Err(Error::SessionEnded)) };
    let second_factor = match prove_fully(cx, sign_in, code)? {
        Ok(second_factor) => second_factor,
        Err(refused) => return Ok(Err(refused)),
    };
    store::set_proved(cx.conn, session, second_factor, cx.session_now)?;
    cx.after.principals_changed = true;
    cx.record(act("session.step_up", sign_in.account, json!({ "session": session })))?;
    let minutes = cx.app.config.auth.step_up_minutes;
    Ok(Ok(Proof { at: cx.session_now, valid_until: cx.session_now.plus_seconds(minutes * 60) }))
}

/// Refuses whoever has not proved who they are within `auth.step_up_minutes`. A client or a personal token cannot.
pub fn require_recent(cx: &mut Cx<'_>) -> Result<(), Problem> {
    let since = cx.session_now.plus_seconds(-cx.app.config.auth.step_up_minutes * 60);
    if cx.principal.authenticated_at.is_some_and(|at| at >= since) {
        return Ok(());
    }
    // A principal is kept for seconds; the proof may have been renewed on another server meanwhile.
    let proved = match cx.principal.session {
        Some(session) => store::find_session(cx.conn, session)?.map(|row| row.proved_at),
        None => None,
    };
    if proved.is_some_and(|at| at >= since) { Ok(()) } else { Err(Code::StepUpRequired.into()) }
}

/// What an account signs in with.
pub fn login_of(cx: &mut Cx<'_>, account: AccountId) -> Result<Option<String>, db::Error> {
    Ok(store::find_sign_in_of(cx.conn, account)?.map(|row| row.login))
}

/// What an account signs in with, and the hash of its password.
pub fn password_of(cx: &mut Cx<'_>, account: AccountId) -> Result<Option<(String, String)>, db::Error> {
    Ok(store::find_sign_in_of(cx.conn, account)?.map(|row| (row.login, row.password_hash)))
}

/// The own account has a second factor from now on: this session was proved with it, every other one was not and ends.
pub fn second_factor_added(cx: &mut Cx<'_>) -> Result<(), db::Error> {
    if let (Some(account), Some(session)) = (cx.principal.account, cx.principal.session) {
        store::set_proved(cx.conn, session, true, cx.session_now)?;
        store::set_all_ended(cx.conn, account, Some(session), cx.session_now)?;
        cx.after.principals_changed = true;
    }
    Ok(())
}

/// Sessions of the own account that go on, newest first.
pub fn list_sessions(cx: &mut Cx<'_>, before: Option<SessionId>, limit: i64) -> Result<Vec<ListedRow>, Error> {
    let account = cx.principal.account.ok_or(Error::NotFound)?;
    let used_since = cx.session_now.plus_seconds(-cx.app.config.auth.idle_seconds());
    Ok(store::list_sessions(cx.conn, account, cx.session_now, used_since, before, limit)?)
}

/// Ends the session that the request came with.
pub fn end_current_session(cx: &mut Cx<'_>) -> Result<(), Error> {
    match cx.principal.session {
        Some(session) => end_session(cx, session),
        None => Ok(()),
    }
}

/// Ends a session of the own account.
pub fn end_session(cx: &mut Cx<'_>, session: SessionId) -> Result<(), Error> {
    let account = cx.principal.account.ok_or(Error::NotFound)?;
    if !store::set_ended(cx.conn, account, session, cx.session_now)? {
        return Err(Error::NotFound);
    }
    cx.after.principals_changed = true;
    Ok(cx.record(act("session.end", account, json!({ "session": session })))?)
}

/// Ends every session of the own account but the one that the request came with.
pub fn end_other_sessions(cx: &mut Cx<'_>) -> Result<(), Error> {
    let account = cx.principal.account.ok_or(Error::NotFound)?;
    let ended = store::set_all_ended(cx.conn, account, cx.principal.session, cx.session_now)?;
    cx.after.principals_changed = true;
    Ok(cx.record(act("session.end_others", account, json!({ "ended": ended })))?)
}

/// Ends every session of an account, and its programs' tokens: its password, roles or status changed.
pub fn end_sessions_of(cx: &mut Cx<'_>, account: AccountId) -> Result<(), db::Error> {
    store::set_all_ended(cx.conn, account, None, cx.session_now)?;
    machines::end_tokens_of(cx, account)?;
    cx.after.principals_changed = true;
    Ok(())
}

/// Notes that a session is in use.
pub(super) fn note_use(conn: &mut Conn, session: SessionId, now: Instant) -> Result<(), db::Error> {
    store::set_used(conn, session, now)
}

impl SessionRow {
    /// From when on the session is over, if it is not used again.
    fn ends_at(&self, auth: &AuthConfig) -> Instant {
        self.expires_at.min(self.last_used_at.plus_seconds(auth.idle_seconds()))
    }

    fn lives(&self, auth: &AuthConfig, now: Instant) -> bool {
        self.ended_at.is_none() && now < self.ends_at(auth)
    }
}

/// A session that goes on.
pub(super) struct Live {
    /// Who holds it.
    pub principal: Principal,
    /// From when on it is over, if it is not used again.
    pub ends_at: Instant,
    /// From when on its use is worth being written down.
    pub note_use_from: Instant,
    /// When the password has to be changed; none if never.
    pub password_expires_at: Option<Instant>,
}

/// A session that goes on, with the roles of its account.
pub(super) fn load_live(conn: &mut Conn, app: &App, session: SessionId, now: Instant) -> Result<Live, Error> {
    let auth = &app.config.auth;
    let row = store::find_session(conn, session)?.ok_or(Error::SessionEnded)?;
    if row.status == AccountStatus::Suspended {
        return Err(Error::Suspended);
    }
    if !row.lives(auth, now) {
        return Err(Error::SessionEnded);
    }
    let unnoted = (auth.idle_seconds() / 10).clamp(1, MOST_UNNOTED_SECONDS);
    let mut grants = grants_of(conn, row.account)?;
    // Staff, experts, administrators: whoever can act on others.
    let staff = grants.iter().any(|grant| grant.role != Role::Applicant);
    let password_expires_at = passwords::expires_at(&app.config, row.password_set_at).filter(|_| staff);
    let duty = if password_expires_at.is_some_and(|at| at <= now) {
        Some(Duty::ChangePassword)
    } else if staff && !row.second_factor && auth.second_factor == Some(SecondFactorRule::Required) {
        Some(Duty::EnrolSecondFactor)
    } else {
        None
    };
    if duty.is_some() {
        grants.clear();
    }
    Ok(Live {
        ends_at: row.ends_at(auth),
        note_use_from: row.last_used_at.plus_seconds(unnoted),
        password_expires_at,
        principal: Principal {
            account: Some(row.account),
            session: Some(session),
            grants,
            via: Via::Session,
            authenticated_at: Some(row.proved_at),
            second_factor: row.second_factor,
            duty,
        },
    })
}

/// Every account may apply for itself; other roles come from memberships.
pub fn grants_of(conn: &mut Conn, account: AccountId) -> Result<Vec<Grant>, db::Error> {
    let mut grants = store::list_grants(conn, account)?;
    // Acts are recorded under the first grant: a staff role comes before the applicant's own.
    grants.sort_by_key(|grant| grant.role == Role::Applicant);
    Ok(grants)
}

fn tokens_for(cx: &mut Cx<'_>, session: SessionId, live: &Live, secret: &str) -> Result<Tokens, Error> {
    let principal = &live.principal;
    let account = principal.account.ok_or(Error::SessionEnded)?;
    let access = token::issue(cx.app, account, session, principal, cx.session_now)?;
    Ok(Tokens {
        access,
        refresh: format!("{session}.{secret}"),
        expires_in: token::access_seconds(&cx.app.config),
        account,
        session,
        duty: principal.duty,
        password_expires_at: live.password_expires_at,
    })
}

/// Signs an access token for a client: its grants are those that the token is limited to.
pub fn issue_to_client(
    cx: &Cx<'_>,
    client: AccountId,
    id: ClientTokenId,
    scope: &str,
    grants: Vec<Grant>,
) -> Result<String, jsonwebtoken::errors::Error> {
    let principal = Principal { account: Some(client), grants, via: Via::Client, ..Principal::default() };
    token::issue_to_client(cx.app, id, scope, &principal, client, cx.session_now)
}
