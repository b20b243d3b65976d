//! What the security administrator does with clients.

use super::super::model::{ClientAuthentication, ClientState, PublicKey, Scopes};
use super::super::record::{ClientRow, ClientSecretId, ClientSecretRow, Error};
use super::super::{assertion, rules, secret, store};
use super::read_networks;
use crate::accounts;
use crate::context::Version;
use crate::context::{Act, Cx};
use crate::credentials::{self, program_tokens};
use crate::db;
use crate::keys;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::findings::Finding;
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::vocabulary::{AccountStatus, Role};

/// A client that is to be entered.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// What it is called.
    pub name: String,
    /// Where it holds its roles.
    pub organisation_id: OrganisationId,
    /// Which ones.
    pub roles: Vec<Role>,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// Public keys of its assertions.
    pub keys: Vec<PublicKey>,
    /// From where it may come.
    pub networks: Vec<String>,
}

/// A client with what else is shown of it.
pub struct Client {
    /// The client.
    pub row: ClientRow,
    /// What it may ask for.
    pub scopes: Scopes,
    /// Its secrets that are good now.
    pub secrets: Vec<ClientSecretRow>,
}

fn check_keys(authentication: ClientAuthentication, keys: &[PublicKey]) -> Result<(), Error> {
    if authentication == ClientAuthentication::ClientSecret && !keys.is_empty() {
        return Err(Error::Invalid(vec![Finding::invalid_field(
            "/keys",
            "以密钥认证的客户端没有公钥",
            "a client with a secret has no public keys",
        )]));
    }
    let findings = rules::key_findings(keys, assertion::is_point);
    if findings.is_empty() { Ok(()) } else { Err(Error::Invalid(findings)) }
}

/// Enters a client: its service account, its roles, and how it proves itself.
pub fn create(cx: &mut Cx<'_>, new: &NewClient) -> Result<Client, Error> {
    check_keys(new.authentication, &new.keys)?;
    let networks = read_networks(&new.networks)?;
    let programs = |role: &Role| role.is_for_programs();
    if let Some(place) = new.roles.iter().position(|role| !programs(role)) {
        return Err(Error::Invalid(vec![Finding::invalid_field(
            format!("/roles/{place}"),
            "该角色不能由程序担任",
            "this role is not held by programs",
        )]));
    }
    let account = accounts::create_service_account(cx, &new.name)?;
    for (place, role) in new.roles.iter().enumerate() {
        if !new.roles[..place].contains(role) {
            accounts::add_membership(cx, account.id, Some(new.organisation_id), *role)?;
        }
    }
    store::insert_client(
        cx.conn,
        &store::NewClientRow {
            id: account.id,
            organisation: new.organisation_id,
            authentication: new.authentication,
            public_keys: &new.keys,
            networks: &networks,
            now: cx.session_now,
        },
    )?;
    record(cx, "client.create", account.id, json!({ "organisation": new.organisation_id, "authentication": new.authentication }))?;
    find(cx, account.id)
}

fn record(cx: &mut Cx<'_>, action: &str, id: AccountId, detail: serde_json::Value) -> Result<(), db::Error> {
    cx.record(Act { action, object_kind: "client", object_id: id.to_string(), clause: None, detail })
}

/// A client.
pub fn find(cx: &mut Cx<'_>, id: AccountId) -> Result<Client, Error> {
    let row = store::find_client(cx.conn, id)?.ok_or(Error::NotFound)?;
    let scopes = Scopes::held(&credentials::list_grants(cx.conn, id)?);
    let secrets = store::list_secrets(cx.conn, id, cx.session_now)?;
    Ok(Client { row, scopes, secrets })
}

/// Clients by id.
pub fn list(
    cx: &mut Cx<'_>,
    organisation: Option<OrganisationId>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<ClientRow>, db::Error> {
    store::list_clients(cx.conn, organisation, after, limit)
}

/// The client in the version that was read, its next version taken; one that has ended does not change any more.
fn changed(cx: &mut Cx<'_>, id: AccountId, read: Version) -> Result<ClientRow, Error> {
    let row = store::find_client(cx.conn, id)?.ok_or(Error::NotFound)?;
    read.check(row.version)?;
    if row.state() == ClientState::Ended {
        return Err(Error::ClientState(ClientState::Ended));
    }
    if !store::set_client_version(cx.conn, id, row.version, cx.session_now)? {
        return Err(Error::ChangedMeanwhile);
    }
    cx.principals_changed();
    Ok(row)
}

/// Puts other public keys in the place of those on record: what an earlier key has signed is refused from now on.
pub fn replace_keys(cx: &mut Cx<'_>, id: AccountId, read: Version, keys: &[PublicKey]) -> Result<Client, Error> {
    let row = changed(cx, id, read)?;
    if row.authentication != ClientAuthentication::PrivateKeyJwt {
        return Err(Error::OtherAuthentication);
    }
    check_keys(row.authentication, keys)?;
    store::set_client_keys(cx.conn, id, keys)?;
    let kids: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
    record(cx, "client.replace_keys", id, json!({ "kids": kids }))?;
    find(cx, id)
}

/// Sets from where the client may come.
pub fn replace_networks(cx: &mut Cx<'_>, id: AccountId, read: Version, networks: &[String]) -> Result<Client, Error> {
    changed(cx, id, read)?;
    let networks = read_networks(networks)?;
    store::set_client_networks(cx.conn, id, &networks)?;
    record(cx, "client.replace_networks", id, json!({ "networks": networks }))?;
    find(cx, id)
}

/// A secret that was just made: the only time it is known.
pub struct NewSecret {
    /// Its id.
    pub id: ClientSecretId,
    /// Whose.
    pub client: AccountId,
    /// The secret.
    pub secret: String,
    /// When the secrets before it stop being good.
    pub earlier_end_at: Instant,
}

/// Makes a secret. Those before it stay good for the overlap, so that the program can be told of the new one in peace.
pub fn add_secret(cx: &mut Cx<'_>, id: AccountId, read: Version, overlap_hours: i64) -> Result<NewSecret, Error> {
    let row = changed(cx, id, read)?;
    if row.authentication != ClientAuthentication::ClientSecret {
        return Err(Error::OtherAuthentication);
    }
    let earlier_end_at = cx.session_now.plus_seconds(overlap_hours * 3600);
    store::set_secrets_ending(cx.conn, id, earlier_end_at)?;
    if overlap_hours == 0 {
        // Whoever had a secret that leaked may have a token by it.
        program_tokens::set_tokens_of_ended(cx.conn, id, cx.session_now)?;
        cx.principals_changed();
    }
    let text = secret::make(secret::CLIENT_SECRET);
    let made = ClientSecretId::new(&*cx.app.ids, cx.session_now);
    store::insert_secret(cx.conn, made, id, &keys::sha256_hex(text.as_bytes()), cx.session_now)?;
    record(cx, "client.add_secret", id, json!({ "secret": made, "overlap_hours": overlap_hours }))?;
    Ok(NewSecret { id: made, client: id, secret: text, earlier_end_at })
}

/// Suspends or restores a client; a suspension ends its tokens.
pub fn set_status(cx: &mut Cx<'_>, id: AccountId, read: Version, status: AccountStatus) -> Result<Client, Error> {
    changed(cx, id, read)?;
    accounts::set_account_status(cx, id, Version::ANY, status)?;
    find(cx, id)
}

/// Ends a client for good, and its tokens with it.
pub fn end(cx: &mut Cx<'_>, id: AccountId) -> Result<(), Error> {
    changed(cx, id, Version::ANY)?;
    accounts::set_account_status(cx, id, Version::ANY, AccountStatus::Suspended)?;
    store::set_client_ended(cx.conn, id, cx.session_now)?;
    store::set_secrets_ending(cx.conn, id, cx.session_now)?;
    record(cx, "client.end", id, json!({}))?;
    Ok(())
}
