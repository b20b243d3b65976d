//! Changing and resetting passwords. Hashes are computed outside the transaction; it refuses when what they rest on has changed.

use super::record::{Error, FormerPasswordId, NewReset, ResetId};
use super::store::{self, NewResetRow};
use crate::accounts;
use crate::authn::{self, AccountSelector, SignIn};
use crate::context::{Act, App, Cx, RequestContext};
use crate::credentials::{self, Hasher, passwords};
use crate::keys::{random_token, sha256_hex};
use crate::second_factor;
use serde_json::json;
use title_review_core::ids::AccountId;
use title_review_core::passwords::judge;

/// Where a request has its new password.
const NEW_PASSWORD: &str = "/new_password";

/// Refuses a password that breaks the policy, with every rule that it breaks.
fn refuse_weak(app: &App, login: &str, password: &str) -> Result<(), Error> {
    let findings = judge(app.config.auth.requirements(), login, password, NEW_PASSWORD);
    if findings.is_empty() { Ok(()) } else { Err(Error::Weak(findings)) }
}

/// Refuses what was used before, then hashes: one permit of the hasher for all of it.
async fn hash_unused(app: &App, password: String, known: Vec<String>) -> Result<String, Error> {
    let permit = app.state::<Hasher>().acquire().await?;
    for hash in known {
        if permit.verify(password.clone(), Some(hash)).await? {
            return Err(Error::Reused);
        }
    }
    Ok(permit.hash(password).await?)
}

/// Gives the own account a new password, for whoever knows the one so far.
pub(super) async fn change_own(
    app: &App,
    request: &RequestContext,
    account: AccountId,
    current: String,
    new_password: String,
) -> Result<(), Error> {
    let selector = AccountSelector::Id(account);
    let sign_in = authn::check_password(app, request, selector, current, "account.set_password").await?;
    refuse_weak(app, &sign_in.login, &new_password)?;
    let present = sign_in.password_hash.clone();
    let known = app.read(request.clone(), move |cx| list_known(cx, account, present)).await?;
    let hash = hash_unused(app, new_password, known).await?;
    app.write(request.clone(), move |cx| change(cx, &sign_in, &hash)).await
}

/// Gives an account a new password by the token of a reset. A password that is refused does not use the token up.
pub(super) async fn redeem(app: &App, request: &RequestContext, token: String, new_password: String) -> Result<(), Error> {
    let reset = app.read(request.clone(), move |cx| find_redeemable(cx, &token)).await?;
    refuse_weak(app, &reset.login, &new_password)?;
    let hash = hash_unused(app, new_password, reset.known.clone()).await?;
    app.write(request.clone(), move |cx| use_reset(cx, &reset, &hash)).await
}

/// Hashes that a new password must not be the password of: the present one and those before it.
fn list_known(cx: &mut Cx<'_>, account: AccountId, present: String) -> Result<Vec<String>, Error> {
    let history = cx.app.config.auth.password_history;
    let mut known = if history > 1 { store::list_former(cx.conn, account, history - 1)? } else { Vec::new() };
    known.insert(0, present);
    Ok(known)
}

/// Sets a new password in the place of one that was just proved.
fn change(cx: &mut Cx<'_>, sign_in: &SignIn, hash: &str) -> Result<(), Error> {
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
    if cx.principal.account.is_some() && credentials::is_administrator(cx.conn, account)? {
        return Err(Error::Administrator);
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
pub async fn reset_from_host(app: &App, login: &str) -> Result<NewReset, Error> {
    let login = login.to_owned();
    app.act_as_system(move |cx| {
        let account = passwords::find_sign_in(cx.conn, &login)?.ok_or(Error::NotFound)?.account;
        match second_factor::remove(cx, account) {
            Ok(()) | Err(second_factor::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        create_reset(cx, account)
    })
    .await
}

/// A token that could be used, and for what.
struct Redeemable {
    id: ResetId,
    token_hash: String,
    account: AccountId,
    /// What the account signs in with.
    login: String,
    present: String,
    /// Hashes that the new password must not be the password of.
    known: Vec<String>,
}

/// What a token is for, as long as it can be used.
fn find_redeemable(cx: &mut Cx<'_>, token: &str) -> Result<Redeemable, Error> {
    let (id, secret) = token.split_once('.').ok_or(Error::TokenInvalid)?;
    let id: ResetId = id.parse().map_err(|_| Error::TokenInvalid)?;
    let token_hash = sha256_hex(secret.as_bytes());
    let account = store::find_reset(cx.conn, id, &token_hash, cx.session_now)?.ok_or(Error::TokenInvalid)?;
    let passwords::SignInRow { login, password_hash: present, .. } =
        passwords::find_sign_in_of(cx.conn, account)?.ok_or(Error::TokenInvalid)?;
    let known = list_known(cx, account, present.clone())?;
    Ok(Redeemable { id, token_hash, account, login, present, known })
}

/// Uses a token: of many at once, one wins.
fn use_reset(cx: &mut Cx<'_>, reset: &Redeemable, hash: &str) -> Result<(), Error> {
    if !store::set_reset_used(cx.conn, reset.id, &reset.token_hash, cx.session_now)? {
        return Err(Error::TokenInvalid);
    }
    set(cx, reset.account, &reset.login, &reset.present, hash)
}
