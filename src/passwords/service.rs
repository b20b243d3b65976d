//! Changing and resetting passwords. Hashes are computed outside the transaction; it refuses when what they rest on has changed.

use super::record::{Error, FormerPasswordId, NewReset, ResetId};
use super::rules;
use super::store::{self, NewResetRow};
use crate::accounts;
use crate::app::{Act, App, Cx};
use crate::authn::{self, SignIn};
use crate::config::Config;
use crate::keys::{random_token, sha256_hex};
use crate::problem::{Code, Finding, Problem};
use crate::second_factor;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use title_review_core::passwords::{Policy, Requirements};

/// Refuses a password that breaks the policy, with every rule that it breaks.
pub fn refuse_weak(needs: Requirements, login: &str, password: &str, pointer: &str) -> Result<(), Problem> {
    let findings: Vec<Finding> = rules::check(needs, login, password)
        .into_iter()
        .map(|finding| Finding::field(pointer, Code::WeakPassword.as_str(), finding.text()))
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(Problem::new(Code::WeakPassword).findings(findings)) }
}

/// When a password of a member of staff that was set then has to be changed; none where it never has to. In the sandbox, whose password everybody
/// knows, it never has to.
#[must_use]
pub fn expires_at(config: &Config, set_at: Instant) -> Option<Instant> {
    let days = config.auth.password_days;
    let ages = config.auth.password_policy == Policy::Mlps && days > 0 && !config.sandbox.enabled;
    ages.then(|| set_at.plus_seconds(days * 86_400))
}

/// Hashes that a new password must not be the password of: the present one and those before it.
pub(super) fn list_known(cx: &mut Cx<'_>, account: AccountId, present: String) -> Result<Vec<String>, Error> {
    let history = cx.app.config.auth.password_history;
    let mut known = if history > 1 { store::list_former(cx.conn, account, history - 1)? } else { Vec::new() };
    known.insert(0, present);
    Ok(known)
}

/// Sets a new password in the place of one that was just proved.
pub(super) fn change(cx: &mut Cx<'_>, sign_in: &SignIn, hash: &str) -> Result<(), Error> {
    set(cx, sign_in.account, &sign_in.login, &sign_in.password_hash, hash)
}

fn set(cx: &mut Cx<'_>, account: AccountId, login: &str, present: &str, hash: &str) -> Result<(), Error> {
    if !accounts::set_password(cx, account, present, hash)? {
        return Err(Error::Changed);
    }
    let id = FormerPasswordId::new(&*cx.app.ids, cx.session_now);
    store::insert_former(cx.conn, id, account, present, cx.session_now)?;
    store::remove_older(cx.conn, account, cx.app.config.auth.password_history)?;
    store::set_resets_ended(cx.conn, account, cx.session_now)?;
    authn::forget_failures(cx, login)?;
    Ok(())
}

/// Makes a token by which an account gets a new password. Earlier ones end.
pub(super) fn create_reset(cx: &mut Cx<'_>, account: AccountId) -> Result<NewReset, Error> {
    if cx.principal.account == Some(account) {
        return Err(Error::OwnReset);
    }
    accounts::find_account(cx, account)?;
    store::set_resets_ended(cx.conn, account, cx.session_now)?;
    let id = ResetId::new(&*cx.app.ids, cx.session_now);
    let secret = random_token();
    let expires_at = cx.session_now.plus_seconds(cx.app.config.auth.reset_hours * 3600);
    let token_hash = sha256_hex(secret.as_bytes());
    let created_by = cx.principal.account;
    store::insert_reset(
        cx.conn,
        NewResetRow { id, account, token_hash: &token_hash, created_by, now: cx.session_now, expires_at },
    )?;
    cx.record(Act {
        action: "account.reset_password",
        object_kind: "account",
        object_id: account.to_string(),
        clause: None,
        detail: json!({ "reset": id }),
    })?;
    Ok(NewReset { id, token: format!("{id}.{secret}"), expires_at })
}

/// As `create_reset`, by a command of the host, and without the account's second factor: the way back in for whoever has no other administrator to ask.
pub async fn reset_from_host(app: &App, login: &str) -> Result<NewReset, Problem> {
    let login = login.to_owned();
    app.act_as_system(move |cx| {
        let account = accounts::list_accounts(cx, Some(&login), None, 1)?.first().map(|row| row.id).ok_or(Code::NotFound)?;
        match second_factor::remove(cx, account) {
            Ok(()) | Err(second_factor::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        Ok::<_, Problem>(create_reset(cx, account)?)
    })
    .await
}

/// A token that could be used, and for what.
pub(super) struct Redeemable {
    id: ResetId,
    token_hash: String,
    account: AccountId,
    /// What the account signs in with.
    pub login: String,
    present: String,
    /// Hashes that the new password must not be the password of.
    pub known: Vec<String>,
}

/// What a token is for, as long as it can be used.
pub(super) fn find_redeemable(cx: &mut Cx<'_>, token: &str) -> Result<Redeemable, Error> {
    let (id, secret) = token.split_once('.').ok_or(Error::TokenInvalid)?;
    let id: ResetId = id.parse().map_err(|_| Error::TokenInvalid)?;
    let token_hash = sha256_hex(secret.as_bytes());
    let account = store::find_reset(cx.conn, id, &token_hash, cx.session_now)?.ok_or(Error::TokenInvalid)?;
    let (login, present) = authn::password_of(cx, account)?.ok_or(Error::TokenInvalid)?;
    let known = list_known(cx, account, present.clone())?;
    Ok(Redeemable { id, token_hash, account, login, present, known })
}

/// Uses a token: of many at once, one wins.
pub(super) fn redeem(cx: &mut Cx<'_>, reset: &Redeemable, hash: &str) -> Result<(), Error> {
    if !store::set_reset_used(cx.conn, reset.id, &reset.token_hash, cx.session_now)? {
        return Err(Error::TokenInvalid);
    }
    set(cx, reset.account, &reset.login, &reset.present, hash)
}
