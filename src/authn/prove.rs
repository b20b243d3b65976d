//! Proving who one is: a password is checked under the lockout, for the price of one hash, with the same answer and the same work whoever was
//! named.

use super::lockout::{Attempt, Reason};
use super::record::SignIn;
use super::service;
use crate::app::{App, Asker};
use crate::problem::{Code, Problem};
use title_review_core::ids::AccountId;

/// Whose password it is said to be.
#[derive(Debug, Clone)]
pub enum Who {
    /// Of whoever signs in with this.
    Login(String),
    /// Of this account.
    Account(AccountId),
}

/// Checks a password. A wrong one is counted and put on record under `action`.
///
/// The lock is looked at and a failure counted while the turn at the hasher is held: guesses that come all at once get at most
/// [`super::Cost::at_once`] beyond the lock, not as many as came.
pub async fn check_password(app: &App, asker: &Asker, who: Who, password: String, action: &'static str) -> Result<SignIn, Problem> {
    let place = app.sessions.hasher().place().await?;
    let (attempt, found) = app
        .read(asker.clone(), move |cx| {
            let (login, found) = service::find_sign_in(cx, &who)?;
            let attempt = Attempt::new(cx, &login, found.as_ref().map(|row| row.account), action);
            attempt.refuse_locked(cx)?;
            Ok::<_, Problem>((attempt, found))
        })
        .await?;
    let right = place.verify(password, found.as_ref().map(|row| row.password_hash.clone())).await?;
    if let Some(row) = found.filter(|_| right) {
        return Ok(SignIn { account: row.account, login: row.login, password_hash: row.password_hash, attempt });
    }
    app.write(asker.clone(), move |cx| attempt.refused(cx, Reason::Password)).await?;
    Err(Code::WrongCredentials.into())
}
