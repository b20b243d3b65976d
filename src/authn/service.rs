//! Signing in, refreshing, proving again, listing and ending sessions.

use super::lockout::Reason;
use super::record::{Committed, Error, Proof, Refusal, SignIn, SignInRequest, Tokens};
use crate::audit::Outcome;
use crate::authz::{Principal, RequiredAction, Via};
use crate::config::{AuthConfig, SecondFactorRule};
use crate::context::{Act, App, Cx};
use crate::credentials::passwords::find_sign_in_of;
use crate::credentials::refresh_secret::RefreshSecret;
use crate::credentials::sessions::{self, ListedRow, NewSession, SessionRow};
use crate::credentials::{self, TokenError};
use crate::db::{self, Conn};
use crate::keys;
use crate::second_factor::{self, Verified};
use serde_json::{Value, json};
use title_review_core::clock::Instant;
use title_review_core::identity_numbers::starred;
use title_review_core::ids::{AccountId, SessionId};
use title_review_core::vocabulary::{AccountStatus, Role};

/// A lost answer to a refresh may be asked for again for this long.
const GRACE_SECONDS: i64 = 30;

/// At most so long a session is used before that is written down.
const MOST_UNNOTED_SECONDS: i64 = 300;

fn act(action: &str, account: AccountId, detail: Value) -> Act<'_> {
    Act { action, object_kind: "account", object_id: account.to_string(), clause: None, detail }
}

/// Begins a session for whoever has just proved that the password is theirs.
pub fn begin_session(cx: &mut Cx<'_>, sign_in: &SignIn, request: &SignInRequest) -> Result<Committed<Tokens>, Error> {
    cx.changes_only(&[]);
    // The password was checked outside the transaction: it, or the account, may have changed meanwhile.
    let row = find_sign_in_of(cx.conn, sign_in.account)?.filter(|row| row.password_hash == sign_in.password_hash);
    let Some(row) = row else { return Ok(Err(Refusal::WrongCredentials)) };
    if row.status == AccountStatus::Suspended {
        sign_in.attempt.refused(cx, Reason::Suspended)?;
        return Ok(Err(Refusal::Suspended));
    }
    let second_factor = match prove_fully(cx, sign_in, request.second_factor.as_deref())? {
        Ok(second_factor) => second_factor,
        Err(refused) => return Ok(Err(refused)),
    };
    let session = SessionId::new(&*cx.app.ids, cx.session_now);
    let secret = RefreshSecret::first().text(&cx.app.keys, session);
    // People call devices by their numbers.
    let device = request.device.as_deref().map(starred);
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
    sessions::insert_session(cx.conn, new)?;
    let live = load_live(cx.conn, cx.app, session, cx.session_now)?;
    cx.record_by(&live.principal, Outcome::Done, act("session.begin", row.account, json!({ "session": session })))?;
    tokens_for(cx, session, &live, &secret).map(Ok)
}

/// Takes the second factor of somebody whose password was right, if their account has one. True with it, false where there is none.
fn prove_fully(cx: &mut Cx<'_>, sign_in: &SignIn, code: Option<&str>) -> Result<Committed<bool>, Error> {
    // Guesses of codes that come at once are refused here, where acts take turns.
    if let Some(locked) = sign_in.attempt.find_lock(cx)? {
        return Ok(Err(locked));
    }
    let second_factor = match second_factor::verify(cx, sign_in.account, code)? {
        Verified::NotEnrolled => false,
        Verified::Right => true,
        // Not counted: the client asks its owner, and comes again.
        Verified::Missing => return Ok(Err(Refusal::SecondFactorRequired)),
        Verified::Wrong => {
            sign_in.attempt.refused(cx, Reason::SecondFactor)?;
            return Ok(Err(Refusal::SecondFactorWrong));
        }
    };
    sign_in.attempt.succeeded(cx)?;
    Ok(Ok(second_factor))
}

/// Gives the next pair of tokens for a refresh token (RFC 9700, 4.14.2). Within the grace a repeat gets the same successor, so that no lost answer
/// makes a second chain; every other token of the session that is not the present one ends it, however old: somebody has a copy.
pub fn refresh(cx: &mut Cx<'_>, text: &str) -> Result<Committed<Tokens>, Error> {
    cx.changes_only(&[]);
    let Some((session, presented)) = text.split_once('.').and_then(|(id, secret)| Some((id.parse::<SessionId>().ok()?, secret)))
    else {
        return Ok(Err(Refusal::SessionEnded));
    };
    // Guesses end nobody's session: only what was given out for it does.
    let Some(given) = RefreshSecret::read(&cx.app.keys, session, presented) else { return Ok(Err(Refusal::SessionEnded)) };
    let presented = keys::sha256_hex(presented.as_bytes());
    let secret = given.successor().text(&cx.app.keys, session);
    let next = keys::sha256_hex(secret.as_bytes());
    let Some(row) = sessions::find_session(cx.conn, session)? else { return Ok(Err(Refusal::SessionEnded)) };
    if !row.lives(&cx.app.config.auth, cx.session_now) {
        return Ok(Err(Refusal::SessionEnded));
    }
    if row.status == AccountStatus::Suspended {
        return Ok(Err(Refusal::Suspended));
    }
    let within_grace = cx.session_now < row.rotated_at.plus_seconds(GRACE_SECONDS);
    let repeated = row.previous_hash.as_deref() == Some(presented.as_str()) && row.refresh_hash == next && within_grace;
    if repeated || sessions::set_rotated(cx.conn, session, &presented, &next, cx.session_now)? {
        // A principal that was kept knows an earlier last use.
        cx.principals_changed();
        let live = load_live(cx.conn, cx.app, session, cx.session_now)?;
        return tokens_for(cx, session, &live, &secret).map(Ok);
    }
    sessions::set_ended(cx.conn, row.account, session, cx.session_now)?;
    cx.principals_changed();
    cx.record(act("session.reuse_detected", row.account, json!({ "session": session })))?;
    Ok(Err(Refusal::SessionEnded))
}

/// Renews the proof of the session that the request came with, for whoever has just proved that the password is theirs.
pub fn step_up(cx: &mut Cx<'_>, sign_in: &SignIn, code: Option<&str>) -> Result<Committed<Proof>, Error> {
    cx.changes_only(&[]);
    let Some(session) = cx.principal.session else { return Ok(Err(Refusal::SessionEnded)) };
    let second_factor = match prove_fully(cx, sign_in, code)? {
        Ok(second_factor) => second_factor,
        Err(refused) => return Ok(Err(refused)),
    };
    sessions::set_proved(cx.conn, session, second_factor, cx.session_now)?;
    cx.principals_changed();
    cx.record(act("session.step_up", sign_in.account, json!({ "session": session })))?;
    let minutes = cx.app.config.auth.step_up_minutes;
    Ok(Ok(Proof { at: cx.session_now, valid_until: cx.session_now.plus_seconds(minutes * 60) }))
}

/// Sessions of the own account that go on, newest first.
pub fn list_sessions(cx: &mut Cx<'_>, before: Option<SessionId>, limit: i64) -> Result<Vec<ListedRow>, Error> {
    let account = cx.principal.account.ok_or(Error::NotFound)?;
    let staff = cx.principal.grants.iter().any(|grant| grant.role != Role::Applicant);
    let used_since = cx.session_now.plus_seconds(-cx.app.config.auth.idle_seconds(staff));
    Ok(sessions::list_sessions(cx.conn, account, cx.session_now, used_since, before, limit)?)
}

/// Ends the session that the request came with.
pub fn end_current_session(cx: &mut Cx<'_>) -> Result<(), Error> {
    cx.changes_only(&[]);
    match cx.principal.session {
        Some(session) => end_session(cx, session),
        None => Ok(()),
    }
}

/// Ends a session of the own account.
pub fn end_session(cx: &mut Cx<'_>, session: SessionId) -> Result<(), Error> {
    cx.changes_only(&[]);
    let account = cx.principal.account.ok_or(Error::NotFound)?;
    if !sessions::set_ended(cx.conn, account, session, cx.session_now)? {
        return Err(Error::NotFound);
    }
    cx.principals_changed();
    Ok(cx.record(act("session.end", account, json!({ "session": session })))?)
}

/// Ends every session of the own account but the one that the request came with.
pub fn end_other_sessions(cx: &mut Cx<'_>) -> Result<(), Error> {
    cx.changes_only(&[]);
    let account = cx.principal.account.ok_or(Error::NotFound)?;
    let ended = sessions::set_all_ended(cx.conn, account, cx.principal.session, cx.session_now)?;
    cx.principals_changed();
    Ok(cx.record(act("session.end_others", account, json!({ "ended": ended })))?)
}

/// Notes that a session is in use.
pub(super) fn note_use(conn: &mut Conn, session: SessionId, now: Instant) -> Result<(), db::Error> {
    sessions::set_used(conn, session, now)
}

impl SessionRow {
    /// From when on the session is over, if it is not used again.
    fn ends_at(&self, auth: &AuthConfig) -> Instant {
        self.expires_at.min(self.last_used_at.plus_seconds(auth.idle_seconds(self.staff)))
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
pub(super) fn load_live(conn: &mut Conn, app: &App, session: SessionId, now: Instant) -> Result<Live, TokenError> {
    let auth = &app.config.auth;
    let row = sessions::find_session(conn, session)?.ok_or(TokenError::Invalid)?;
    if row.status == AccountStatus::Suspended {
        return Err(TokenError::Suspended);
    }
    if !row.lives(auth, now) {
        return Err(TokenError::Invalid);
    }
    let unnoted = (auth.idle_seconds(row.staff) / 10).clamp(1, MOST_UNNOTED_SECONDS);
    let mut grants = credentials::list_grants(conn, row.account)?;
    // Staff, experts, administrators: whoever can act on others.
    let staff = grants.iter().any(|grant| grant.role != Role::Applicant);
    let password_expires_at = credentials::password_expires_at(&app.config, row.password_set_at).filter(|_| staff);
    let duty = if password_expires_at.is_some_and(|at| at <= now) {
        Some(RequiredAction::ChangePassword)
    } else if staff && !row.second_factor && auth.second_factor == Some(SecondFactorRule::Required) {
        Some(RequiredAction::EnrolSecondFactor)
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

fn tokens_for(cx: &mut Cx<'_>, session: SessionId, live: &Live, secret: &str) -> Result<Tokens, Error> {
    let principal = &live.principal;
    let account = principal.account.ok_or(TokenError::Invalid)?;
    let access = credentials::issue_to_session(cx.app, account, session, principal, cx.session_now)?;
    Ok(Tokens {
        access,
        refresh: format!("{session}.{secret}"),
        expires_in: credentials::access_seconds(&cx.app.config),
        account,
        session,
        duty: principal.duty,
        password_expires_at: live.password_expires_at,
    })
}
