//! What an account signs in with, and the roles that it holds then.

use crate::authz::Grant;
use crate::db::schema::{accounts, memberships, organisations};
use crate::db::{Conn, Error};
use diesel::prelude::*;
use diesel::sql_types::Text;
use title_review_core::ids::AccountId;
use title_review_core::vocabulary::{AccountKind, AccountStatus, Role};

diesel::define_sql_function! {
    /// In lower case. The index of `accounts` is by this expression.
    fn lower(text: Text) -> Text;
}

/// A login as it is kept: `Admin` is `admin` (docs/decisions/0051).
pub fn folded(login: &str) -> String {
    login.to_ascii_lowercase()
}

/// What is known of an account that somebody wants to sign in to.
#[derive(Debug, Clone, Queryable)]
pub struct SignInRow {
    pub account: AccountId,
    pub login: String,
    pub password_hash: String,
    pub status: AccountStatus,
}

type SignInColumns = (accounts::id, accounts::login, accounts::password_hash, accounts::status);
const SIGN_IN: SignInColumns = (accounts::id, accounts::login, accounts::password_hash, accounts::status);

/// By the login of a person, in any case: a program has none. Of two from before logins were folded, which differ in case alone, each is found by its
/// own spelling.
pub fn find_sign_in(conn: &mut Conn, login: &str) -> Result<Option<SignInRow>, Error> {
    let spelt = lower(accounts::login).eq(folded(login)).or(accounts::login.eq(login));
    let of_person = accounts::table.filter(spelt).filter(accounts::kind.eq(AccountKind::Person));
    let mut found: Vec<SignInRow> = of_person.select(SIGN_IN).load(conn)?;
    let exactly = found.iter().position(|row| row.login == login);
    Ok(exactly.or((found.len() == 1).then_some(0)).map(|at| found.swap_remove(at)))
}

pub fn find_sign_in_of(conn: &mut Conn, account: AccountId) -> Result<Option<SignInRow>, Error> {
    Ok(accounts::table.filter(accounts::id.eq(account)).select(SIGN_IN).first(conn).optional()?)
}

/// Roles held now, with their organisations.
pub fn list_grants(conn: &mut Conn, account: AccountId) -> Result<Vec<Grant>, Error> {
    Ok(memberships::table
        .left_join(organisations::table)
        .filter(memberships::account_id.eq(account))
        .filter(memberships::ended_at.is_null())
        .order(memberships::id)
        .select((memberships::role, memberships::organisation_id, organisations::kind.nullable(), organisations::region.nullable()))
        .load_iter::<(Role, _, _, _), diesel::connection::DefaultLoadingMode>(conn)?
        .map(|row| row.map(|(role, organisation, kind, region)| Grant { role, organisation, kind, region }))
        .collect::<Result<_, _>>()?)
}
