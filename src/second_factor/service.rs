//! Enrolling, giving codes, removing.

use super::record::{Enrolment, Error, FactorId, FactorRow, State, Verified};
use super::{store, totp};
use crate::context::{Act, Cx};
use crate::credentials::{self, passwords, sessions};
use crate::db;
use crate::keys::{field_aad, random_bytes, sha256_hex};
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use title_review_core::ids::AccountId;

/// What an authenticator shows beside the login.
const ISSUER: &str = "title-review";
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Characters of one, without the dashes: eighty random bits.
const RECOVERY_LENGTH: usize = 16;

fn own_account(cx: &Cx<'_>) -> Result<AccountId, Error> {
    cx.principal.account.ok_or(Error::NotFound)
}

fn record(cx: &mut Cx<'_>, action: &str, account: AccountId, detail: Value) -> Result<(), db::Error> {
    cx.record(Act { action, object_kind: "account", object_id: account.to_string(), clause: None, detail })
}

fn place(id: FactorId) -> String {
    field_aad("second_factors", id.as_str(), "secret")
}

fn secret_of(cx: &Cx<'_>, factor: &FactorRow) -> Result<Vec<u8>, Error> {
    let text = cx.app.keys.open(&place(factor.id), &factor.secret_sealed)?;
    BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| Error::Keys(crate::keys::Error::DoesNotOpen))
}

/// Makes a secret for the own account. It counts from its first code on; one that waited for that until now is forgotten.
pub(super) fn enrol(cx: &mut Cx<'_>) -> Result<Enrolment, Error> {
    credentials::require_recent_authentication(cx)?;
    let account = own_account(cx)?;
    let login = passwords::find_sign_in_of(cx.conn, account)?.ok_or(Error::NotFound)?.login;
    if store::find_factor(cx.conn, account)?.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Err(Error::Enrolled);
    }
    store::set_ended(cx.conn, account, cx.session_now)?;
    let id = FactorId::new(&*cx.app.ids, cx.session_now);
    let secret = BASE32_NOPAD.encode(&random_bytes::<20>());
    let sealed = cx.app.keys.seal(&place(id), &secret)?;
    store::insert_factor(cx.conn, id, account, &sealed, cx.session_now)?;
    record(cx, "second_factor.enrol", account, json!({ "factor": id }))?;
    // A login has letters, digits, `.`, `_` and `-` only: nothing to be escaped.
    let uri = format!("otpauth://totp/{ISSUER}:{login}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30");
    Ok(Enrolment { secret, uri })
}

/// Makes the own factor count, by its first code. Gives the recovery codes; this session has the factor from now on, every other one ends.
pub(super) fn confirm(cx: &mut Cx<'_>, code: &str) -> Result<Vec<String>, Error> {
    let account = own_account(cx)?;
    let factor = store::find_factor(cx.conn, account)?.ok_or(Error::NotFound)?;
    if factor.confirmed_at.is_some() {
        return Err(Error::Enrolled);
    }
    let secret = secret_of(cx, &factor)?;
    let step = totp::find_step(&secret, code, cx.session_now.unix_seconds()).ok_or(Error::WrongCode)?;
    if !store::set_confirmed(cx.conn, factor.id, step, cx.session_now)? {
        return Err(Error::Enrolled);
    }
    let codes = make_recovery_codes(cx, factor.id)?;
    keep_this_session_alone(cx, account)?;
    record(cx, "second_factor.confirm", account, json!({ "factor": factor.id }))?;
    Ok(codes)
}

/// The own account has a second factor from now on: this session was proved with it, every other one was not and ends.
fn keep_this_session_alone(cx: &mut Cx<'_>, account: AccountId) -> Result<(), db::Error> {
    if let Some(session) = cx.principal.session {
        sessions::set_proved(cx.conn, session, true, cx.session_now)?;
        sessions::set_all_ended(cx.conn, account, Some(session), cx.session_now)?;
        cx.principals_changed();
    }
    Ok(())
}

/// Ten new recovery codes in the place of those that are left.
pub(super) fn renew_recovery_codes(cx: &mut Cx<'_>) -> Result<Vec<String>, Error> {
    credentials::require_recent_authentication(cx)?;
    let account = own_account(cx)?;
    let factor = confirmed(cx, account)?.ok_or(Error::NotFound)?;
    store::remove_unused_codes(cx.conn, factor.id)?;
    let codes = make_recovery_codes(cx, factor.id)?;
    record(cx, "second_factor.renew_recovery_codes", account, json!({ "factor": factor.id }))?;
    Ok(codes)
}

fn make_recovery_codes(cx: &mut Cx<'_>, factor: FactorId) -> Result<Vec<String>, Error> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = BASE32_NOPAD.encode(&random_bytes::<10>());
        store::insert_recovery_code(cx.conn, factor, &sha256_hex(code.as_bytes()))?;
        let groups: Vec<&str> = [0, 4, 8, 12].iter().filter_map(|at| code.get(*at..at + 4)).collect();
        codes.push(groups.join("-"));
    }
    Ok(codes)
}

fn confirmed(cx: &mut Cx<'_>, account: AccountId) -> Result<Option<FactorRow>, db::Error> {
    Ok(store::find_factor(cx.conn, account)?.filter(|factor| factor.confirmed_at.is_some()))
}

/// What an account has.
pub fn find_state(cx: &mut Cx<'_>, account: AccountId) -> Result<State, Error> {
    Ok(match confirmed(cx, account)? {
        None => State { confirmed_at: None, recovery_codes_left: 0 },
        Some(factor) => {
            State { confirmed_at: factor.confirmed_at, recovery_codes_left: store::count_unused_codes(cx.conn, factor.id)? }
        }
    })
}

/// Takes a code of an account: of its authenticator, or one of its recovery codes. A right one is used up with it.
pub fn verify(cx: &mut Cx<'_>, account: AccountId, code: Option<&str>) -> Result<Verified, Error> {
    let Some(factor) = confirmed(cx, account)? else { return Ok(Verified::NotEnrolled) };
    let Some(code) = code else { return Ok(Verified::Missing) };
    let plain: String = code.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let used = if plain.len() == RECOVERY_LENGTH {
        let hash = sha256_hex(plain.to_ascii_uppercase().as_bytes());
        let used = store::set_code_used(cx.conn, factor.id, &hash, cx.session_now)?;
        if used {
            record(cx, "second_factor.use_recovery_code", account, json!({ "factor": factor.id }))?;
        }
        used
    } else {
        let secret = secret_of(cx, &factor)?;
        match totp::find_step(&secret, &plain, cx.session_now.unix_seconds()) {
            Some(step) => store::set_step_used(cx.conn, factor.id, step)?,
            None => false,
        }
    };
    Ok(if used { Verified::Right } else { Verified::Wrong })
}

/// Removes the factor of an account whose owner has lost it; every session of the account ends.
pub fn remove(cx: &mut Cx<'_>, account: AccountId) -> Result<(), Error> {
    if cx.principal.account == Some(account) {
        return Err(Error::Own);
    }
    if cx.principal.account.is_some() && credentials::is_administrator(cx.conn, account)? {
        return Err(Error::Administrator);
    }
    if !store::set_ended(cx.conn, account, cx.session_now)? {
        return Err(Error::NotFound);
    }
    credentials::end_all(cx, account)?;
    record(cx, "second_factor.remove", account, json!({}))?;
    Ok(())
}
