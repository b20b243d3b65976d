//! Proving who one is: a password is checked under the lockout, for the price of one hash, with the same answer and the same work whoever was
//! named.

use super::lockout::{LoginAttempt, Reason};
use super::record::{Error, Refusal, SignIn};
use crate::context::{App, Cx, RequestContext};
use crate::credentials::Hasher;
use crate::credentials::passwords::{SignInRow, find_sign_in, find_sign_in_of, folded};
use crate::db;
use title_review_core::ids::AccountId;

/// Which account a password is said to belong to.
#[derive(Debug, Clone)]
pub enum AccountSelector {
    /// The one that signs in with this.
    Login(String),
    /// This one.
    Id(AccountId),
}

impl AccountSelector {
    /// The login that is meant, whatever its case, and what is known of its account; nothing for an unknown login.
    fn find(&self, cx: &mut Cx<'_>) -> Result<(String, Option<SignInRow>), db::Error> {
        match self {
            Self::Login(login) => {
                let found = find_sign_in(cx.conn, login)?;
                Ok((found.as_ref().map_or_else(|| folded(login), |row| row.login.clone()), found))
            }
            Self::Id(account) => {
                let found = find_sign_in_of(cx.conn, *account)?;
                Ok((found.as_ref().map(|row| row.login.clone()).unwrap_or_default(), found))
            }
        }
    }
}

/// Checks a password. A wrong one is counted and put on record under `action`.
///
/// The lock is looked at and a failure counted while a permit of the hasher is held: guesses that come all at once get at most
/// [`crate::credentials::Cost::at_once`] beyond the lock, not as many as came.
pub async fn check_password(
    app: &App,
    request: &RequestContext,
    selector: AccountSelector,
    password: String,
    action: &'static str,
) -> Result<SignIn, Error> {
    let permit = app.state::<Hasher>().acquire().await?;
    let (attempt, found) = app
        .read(request.clone(), move |cx| {
            let (login, found) = selector.find(cx)?;
            let attempt = LoginAttempt::new(cx, &login, found.as_ref().map(|row| row.account), action);
            match attempt.find_lock(cx)? {
                Some(locked) => Err(Error::from(locked)),
                None => Ok((attempt, found)),
            }
        })
        .await?;
    let right = permit.verify(password, found.as_ref().map(|row| row.password_hash.clone())).await?;
    if let Some(row) = found.filter(|_| right) {
        return Ok(SignIn { account: row.account, login: row.login, password_hash: row.password_hash, attempt });
    }
    app.write(request.clone(), move |cx| attempt.refused(cx, Reason::Password)).await?;
    Err(Refusal::WrongCredentials.into())
}
