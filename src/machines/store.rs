//! Queries on clients, their secrets and their assertions.

use super::model::{ClientAuthentication, PublicKey};
use super::record::{ClientRow, ClientSecretId, ClientSecretRow};
use crate::db::schema::{accounts, client_assertions, client_secrets, clients};
use crate::db::{Conn, Error, ExecuteProven as _, Json};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId};

/// The columns of [`ClientRow`], in its order.
type ClientColumns = (
    clients::account_id,
    accounts::name,
    accounts::status,
    clients::organisation_id,
    clients::authentication,
    clients::public_keys,
    clients::networks,
    clients::version,
    clients::created_at,
    clients::ended_at,
    clients::last_used_at,
);
const CLIENT: ClientColumns = (
    clients::account_id,
    accounts::name,
    accounts::status,
    clients::organisation_id,
    clients::authentication,
    clients::public_keys,
    clients::networks,
    clients::version,
    clients::created_at,
    clients::ended_at,
    clients::last_used_at,
);

/// A new client's row.
pub struct NewClientRow<'a> {
    pub id: AccountId,
    pub organisation: OrganisationId,
    pub authentication: ClientAuthentication,
    pub public_keys: &'a [PublicKey],
    pub networks: &'a [String],
    pub now: Instant,
}

pub fn insert_client(conn: &mut Conn, row: &NewClientRow<'_>) -> Result<(), Error> {
    diesel::insert_into(clients::table)
        .values((
            clients::account_id.eq(row.id),
            clients::organisation_id.eq(row.organisation),
            clients::authentication.eq(row.authentication),
            clients::public_keys.eq(Json(row.public_keys.to_vec())),
            clients::networks.eq(Json(row.networks.to_vec())),
            clients::version.eq(1_i64),
            clients::created_at.eq(row.now),
            clients::updated_at.eq(row.now),
        ))
        .execute_proven(conn)?;
    Ok(())
}

pub fn find_client(conn: &mut Conn, id: AccountId) -> Result<Option<ClientRow>, Error> {
    Ok(clients::table.inner_join(accounts::table).filter(clients::account_id.eq(id)).select(CLIENT).first(conn).optional()?)
}

/// Clients after `after`, by id.
pub fn list_clients(
    conn: &mut Conn,
    organisation: Option<OrganisationId>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<ClientRow>, Error> {
    let mut query = clients::table.inner_join(accounts::table).select(CLIENT).order(clients::account_id).limit(limit).into_boxed();
    if let Some(organisation) = organisation {
        query = query.filter(clients::organisation_id.eq(organisation));
    }
    if let Some(after) = after {
        query = query.filter(clients::account_id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// Takes the next version; false if another came first.
pub fn set_client_version(conn: &mut Conn, id: AccountId, version: i64, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(clients::table.filter(clients::account_id.eq(id)).filter(clients::version.eq(version)))
        .set((clients::version.eq(version + 1), clients::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

pub fn set_client_keys(conn: &mut Conn, id: AccountId, keys: &[PublicKey]) -> Result<(), Error> {
    diesel::update(clients::table.filter(clients::account_id.eq(id)))
        .set(clients::public_keys.eq(Json(keys.to_vec())))
        .execute_proven(conn)?;
    Ok(())
}

pub fn set_client_networks(conn: &mut Conn, id: AccountId, networks: &[String]) -> Result<(), Error> {
    diesel::update(clients::table.filter(clients::account_id.eq(id)))
        .set(clients::networks.eq(Json(networks.to_vec())))
        .execute_proven(conn)?;
    Ok(())
}

pub fn set_client_ended(conn: &mut Conn, id: AccountId, now: Instant) -> Result<(), Error> {
    diesel::update(clients::table.filter(clients::account_id.eq(id)).filter(clients::ended_at.is_null()))
        .set(clients::ended_at.eq(Some(now)))
        .execute_proven(conn)?;
    Ok(())
}

/// Notes a use, unless one since `before` is on record already.
pub fn set_client_used(conn: &mut Conn, id: AccountId, now: Instant, before: Instant) -> Result<(), Error> {
    let stale = clients::last_used_at.is_null().or(clients::last_used_at.le(before).assume_not_null());
    diesel::update(clients::table.filter(clients::account_id.eq(id)).filter(stale))
        .set(clients::last_used_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}

pub fn insert_secret(conn: &mut Conn, id: ClientSecretId, client: AccountId, hash: &str, now: Instant) -> Result<(), Error> {
    diesel::insert_into(client_secrets::table)
        .values((
            client_secrets::id.eq(id),
            client_secrets::client_id.eq(client),
            client_secrets::hash.eq(hash),
            client_secrets::created_at.eq(now),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// The secrets that are good at this instant, oldest first.
pub fn list_secrets(conn: &mut Conn, client: AccountId, now: Instant) -> Result<Vec<ClientSecretRow>, Error> {
    let good = client_secrets::ends_at.is_null().or(client_secrets::ends_at.gt(now).assume_not_null());
    Ok(client_secrets::table
        .filter(client_secrets::client_id.eq(client))
        .filter(good)
        .order(client_secrets::id)
        .select((client_secrets::id, client_secrets::hash, client_secrets::created_at, client_secrets::ends_at))
        .load(conn)?)
}

/// Lets every secret that would be good longer end at this instant.
pub fn set_secrets_ending(conn: &mut Conn, client: AccountId, at: Instant) -> Result<(), Error> {
    let longer = client_secrets::ends_at.is_null().or(client_secrets::ends_at.gt(at).assume_not_null());
    diesel::update(client_secrets::table.filter(client_secrets::client_id.eq(client)).filter(longer))
        .set(client_secrets::ends_at.eq(Some(at)))
        .execute_proven(conn)?;
    Ok(())
}

/// Remembers an assertion. The primary key decides which of several uses is the first.
pub fn insert_assertion(conn: &mut Conn, client: AccountId, jti_hash: &str, expires_at: Instant) -> Result<(), Error> {
    diesel::insert_into(client_assertions::table)
        .values((
            client_assertions::client_id.eq(client),
            client_assertions::jti_hash.eq(jti_hash),
            client_assertions::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes assertions that have expired: nobody can use them again.
pub fn remove_expired_assertions(conn: &mut Conn, now: Instant) -> Result<(), Error> {
    diesel::delete(client_assertions::table.filter(client_assertions::expires_at.lt(now))).execute(conn)?;
    Ok(())
}
