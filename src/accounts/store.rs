//! Queries on accounts, organisations and memberships.

use super::record::{AccountRow, MembershipRow, OrganisationRow};
use crate::credentials::passwords::{folded, lower};
use crate::db::schema::{accounts, memberships, organisations};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, MembershipId, OrganisationId};
use title_review_core::vocabulary::{AccountKind, AccountStatus, OrganisationKind, OrganisationStatus, Ownership};

/// The columns of [`AccountRow`], in its order.
type AccountColumns = (
    accounts::id,
    accounts::login,
    accounts::name,
    accounts::kind,
    accounts::status,
    accounts::id_number_sealed,
    accounts::phone_sealed,
    accounts::version,
    accounts::created_at,
);
const ACCOUNT: AccountColumns = (
    accounts::id,
    accounts::login,
    accounts::name,
    accounts::kind,
    accounts::status,
    accounts::id_number_sealed,
    accounts::phone_sealed,
    accounts::version,
    accounts::created_at,
);

/// The columns of [`OrganisationRow`], in its order.
type OrganisationColumns = (
    organisations::id,
    organisations::kind,
    organisations::ownership,
    organisations::name,
    organisations::credit_code,
    organisations::region,
    organisations::parent_id,
    organisations::civil_service_managed,
    organisations::status,
    organisations::version,
);
const ORGANISATION: OrganisationColumns = (
    organisations::id,
    organisations::kind,
    organisations::ownership,
    organisations::name,
    organisations::credit_code,
    organisations::region,
    organisations::parent_id,
    organisations::civil_service_managed,
    organisations::status,
    organisations::version,
);

/// A new account's row.
pub struct NewAccountRow<'a> {
    pub id: AccountId,
    pub login: &'a str,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub kind: AccountKind,
    pub id_number: Option<(String, String)>,
    /// Blind index of the last characters of the resident ID.
    pub id_number_end_index: Option<String>,
    pub phone: Option<(String, String)>,
    pub now: Instant,
    /// By the session clock.
    pub password_set_at: Instant,
}

pub fn insert_account(conn: &mut Conn, row: NewAccountRow<'_>) -> Result<(), Error> {
    let (id_number_sealed, id_number_index) = row.id_number.unzip();
    let (phone_sealed, phone_index) = row.phone.unzip();
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(row.id),
            accounts::login.eq(row.login),
            accounts::name.eq(row.name),
            accounts::password_hash.eq(row.password_hash),
            accounts::kind.eq(row.kind),
            accounts::status.eq(AccountStatus::Active),
            accounts::id_number_sealed.eq(id_number_sealed),
            accounts::id_number_index.eq(id_number_index),
            accounts::id_number_end_index.eq(row.id_number_end_index),
            accounts::phone_sealed.eq(phone_sealed),
            accounts::phone_index.eq(phone_index),
            accounts::version.eq(1_i64),
            accounts::created_at.eq(row.now),
            accounts::updated_at.eq(row.now),
            accounts::password_set_at.eq(row.password_set_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

pub fn find_account(conn: &mut Conn, id: AccountId) -> Result<Option<AccountRow>, Error> {
    Ok(accounts::table.filter(accounts::id.eq(id)).select(ACCOUNT).first(conn).optional()?)
}

/// The account that has the resident ID of this blind index.
pub fn find_holder(conn: &mut Conn, id_number_index: &str) -> Result<Option<AccountId>, Error> {
    Ok(accounts::table.filter(accounts::id_number_index.eq(id_number_index)).select(accounts::id).first(conn).optional()?)
}

/// Another account has the login, in whatever case.
pub fn has_login(conn: &mut Conn, login: &str) -> Result<bool, Error> {
    let found = accounts::table.filter(lower(accounts::login).eq(login)).select(accounts::id).first::<AccountId>(conn);
    Ok(found.optional()?.is_some())
}

/// Accounts after `after`, by id; `login` narrows to one, and to those from before that differ from it in case.
pub fn list_accounts(conn: &mut Conn, login: Option<&str>, after: Option<AccountId>, limit: i64) -> Result<Vec<AccountRow>, Error> {
    let mut query = accounts::table.select(ACCOUNT).order(accounts::id).limit(limit).into_boxed();
    if let Some(login) = login {
        query = query.filter(lower(accounts::login).eq(folded(login)));
    }
    if let Some(after) = after {
        query = query.filter(accounts::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// Changes the status of the version that was read; false if another came first.
pub fn set_account_status(
    conn: &mut Conn,
    id: AccountId,
    version: i64,
    status: AccountStatus,
    now: Instant,
) -> Result<bool, Error> {
    let changed = diesel::update(accounts::table.filter(accounts::id.eq(id)).filter(accounts::version.eq(version)))
        .set((accounts::status.eq(status), accounts::version.eq(version + 1), accounts::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// What is written of a person's identity; what is `None` stays.
#[derive(AsChangeset)]
#[diesel(table_name = accounts)]
pub struct IdentityChange {
    pub name: Option<String>,
    pub phone_sealed: Option<String>,
    pub phone_index: Option<String>,
}

/// Another resident ID, or none any more.
#[derive(AsChangeset, Default)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
pub struct NumberChange {
    #[diesel(column_name = id_number_sealed)]
    pub sealed: Option<String>,
    #[diesel(column_name = id_number_index)]
    pub index: Option<String>,
    #[diesel(column_name = id_number_end_index)]
    pub end_index: Option<String>,
}

/// Changes who somebody is, of the version that was read; false if another came first.
pub fn set_identity(
    conn: &mut Conn,
    id: AccountId,
    version: i64,
    change: (&IdentityChange, Option<&NumberChange>),
    now: Instant,
) -> Result<bool, Error> {
    let changed = diesel::update(accounts::table.filter(accounts::id.eq(id)).filter(accounts::version.eq(version)))
        .set((change, accounts::version.eq(version + 1), accounts::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// One conditional UPDATE: the password that was proved, or that a reset was given for, is still the present one.
pub fn set_password_hash(
    conn: &mut Conn,
    id: AccountId,
    present: &str,
    hash: &str,
    set_at: Instant,
    now: Instant,
) -> Result<bool, Error> {
    let changed = diesel::update(accounts::table.filter(accounts::id.eq(id)).filter(accounts::password_hash.eq(present)))
        .set((accounts::password_hash.eq(hash), accounts::password_set_at.eq(set_at), accounts::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Accounts with a resident ID, of which the index of its end is not there.
pub fn list_without_end_index(conn: &mut Conn) -> Result<Vec<(AccountId, String)>, Error> {
    let sealed = accounts::id_number_sealed.assume_not_null();
    Ok(accounts::table
        .filter(accounts::id_number_sealed.is_not_null())
        .filter(accounts::id_number_end_index.is_null())
        .select((accounts::id, sealed))
        .load(conn)?)
}

/// Writes the index of the end of a resident ID.
pub fn set_end_index(conn: &mut Conn, id: AccountId, index: &str) -> Result<(), Error> {
    diesel::update(accounts::table.filter(accounts::id.eq(id))).set(accounts::id_number_end_index.eq(Some(index))).execute(conn)?;
    Ok(())
}

pub fn insert_organisation(conn: &mut Conn, row: &OrganisationRow, now: Instant) -> Result<(), Error> {
    diesel::insert_into(organisations::table)
        .values((
            organisations::id.eq(row.id),
            organisations::kind.eq(row.kind),
            organisations::ownership.eq(row.ownership),
            organisations::name.eq(&row.name),
            organisations::credit_code.eq(&row.credit_code),
            organisations::region.eq(&row.region),
            organisations::parent_id.eq(row.parent_id),
            organisations::civil_service_managed.eq(row.civil_service_managed),
            organisations::status.eq(row.status),
            organisations::version.eq(row.version),
            organisations::created_at.eq(now),
            organisations::updated_at.eq(now),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Writes a new version over the one before; false if another came first.
pub fn set_organisation(conn: &mut Conn, row: &OrganisationRow, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(
        organisations::table.filter(organisations::id.eq(row.id)).filter(organisations::version.eq(row.version - 1)),
    )
    .set((
        organisations::kind.eq(row.kind),
        organisations::ownership.eq(row.ownership),
        organisations::name.eq(&row.name),
        organisations::credit_code.eq(&row.credit_code),
        organisations::region.eq(&row.region),
        organisations::parent_id.eq(row.parent_id),
        organisations::civil_service_managed.eq(row.civil_service_managed),
        organisations::status.eq(row.status),
        organisations::version.eq(row.version),
        organisations::updated_at.eq(now),
    ))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

pub fn find_organisation(conn: &mut Conn, id: OrganisationId) -> Result<Option<OrganisationRow>, Error> {
    Ok(organisations::table.filter(organisations::id.eq(id)).select(ORGANISATION).first(conn).optional()?)
}

/// Which organisations a list shows.
#[derive(Default, Debug)]
pub struct OrganisationFilter {
    pub kind: Option<OrganisationKind>,
    pub ownership: Option<Ownership>,
    pub region: Option<String>,
    pub parent_id: Option<OrganisationId>,
    pub credit_code: Option<String>,
    pub status: Option<OrganisationStatus>,
}

pub fn list_organisations(
    conn: &mut Conn,
    filter: OrganisationFilter,
    after: Option<OrganisationId>,
    limit: i64,
) -> Result<Vec<OrganisationRow>, Error> {
    let mut query = organisations::table.select(ORGANISATION).order(organisations::id).limit(limit).into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(organisations::kind.eq(kind));
    }
    if let Some(ownership) = filter.ownership {
        query = query.filter(organisations::ownership.eq(ownership));
    }
    if let Some(region) = filter.region {
        query = query.filter(organisations::region.eq(region));
    }
    if let Some(parent) = filter.parent_id {
        query = query.filter(organisations::parent_id.eq(parent));
    }
    if let Some(code) = filter.credit_code {
        query = query.filter(organisations::credit_code.eq(code));
    }
    if let Some(status) = filter.status {
        query = query.filter(organisations::status.eq(status));
    }
    if let Some(after) = after {
        query = query.filter(organisations::id.gt(after));
    }
    Ok(query.load(conn)?)
}

pub fn insert_membership(conn: &mut Conn, row: &MembershipRow) -> Result<(), Error> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::id.eq(row.id),
            memberships::account_id.eq(row.account_id),
            memberships::organisation_id.eq(row.organisation_id),
            memberships::role.eq(row.role),
            memberships::created_at.eq(row.created_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// The memberships held now, of an account or of an organisation.
pub fn list_memberships(
    conn: &mut Conn,
    account: Option<AccountId>,
    organisation: Option<OrganisationId>,
) -> Result<Vec<MembershipRow>, Error> {
    let mut query = memberships::table
        .filter(memberships::ended_at.is_null())
        .select((
            memberships::id,
            memberships::account_id,
            memberships::organisation_id,
            memberships::role,
            memberships::created_at,
        ))
        .order(memberships::id)
        .into_boxed();
    if let Some(account) = account {
        query = query.filter(memberships::account_id.eq(account));
    }
    if let Some(organisation) = organisation {
        query = query.filter(memberships::organisation_id.eq(organisation));
    }
    Ok(query.limit(500).load(conn)?)
}

/// Ends a membership; gives its account, or nothing if it had ended.
pub fn set_membership_ended(conn: &mut Conn, id: MembershipId, now: Instant) -> Result<Option<AccountId>, Error> {
    let account: Option<AccountId> = memberships::table
        .filter(memberships::id.eq(id))
        .filter(memberships::ended_at.is_null())
        .select(memberships::account_id)
        .first(conn)
        .optional()?;
    if account.is_some() {
        diesel::update(memberships::table.filter(memberships::id.eq(id)))
            .set(memberships::ended_at.eq(Some(now)))
            .execute_proven(conn)?;
    }
    Ok(account)
}
