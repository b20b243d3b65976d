//! Clients over HTTP, for the security administrator.

use super::super::model::{ClientAuthentication, ClientState, PublicKey};
use super::super::record::{ClientRow, ClientSecretId};
use super::super::service::clients::{self, Client, NewClient, NewSecret};
use crate::authz::perm;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, NoContent, Outcome, Path, Query, RecentlyAuthenticated,
    Resource, Routes, page, page_limit, routes,
};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::vocabulary::{AccountStatus, Role};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// A program that is to become a client.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClientCreate {
    /// What it is called, for people.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50, example = "阿克苏市就业服务系统")]
    pub name: String,
    /// Where it holds its roles.
    pub organisation_id: OrganisationId,
    /// Which ones; those of persons (applicant, expert, administrators) are no work for programs.
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub roles: Vec<Role>,
    /// How it proves itself; cannot be changed later.
    pub authentication: ClientAuthentication,
    /// Public keys of its assertions; only with `private_key_jwt`.
    #[serde(default)]
    #[validate(length(max = 10), nested)]
    #[schema(max_items = 10)]
    pub keys: Vec<PublicKey>,
    /// Networks or addresses from which it may come; from everywhere when there is none.
    #[serde(default)]
    #[validate(length(max = 32))]
    #[schema(max_items = 32, example = json!(["10.20.0.0/16", "2001:db8::/32"]))]
    pub allowed_networks: Vec<String>,
}

/// Other public keys.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClientKeysUpdate {
    /// All keys from now on. During a change of keys both stand here.
    #[validate(length(min = 1, max = 10), nested)]
    #[schema(min_items = 1, max_items = 10)]
    pub keys: Vec<PublicKey>,
}

/// Other networks.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClientNetworksUpdate {
    /// Networks or addresses from which it may come; from everywhere when there is none.
    #[validate(length(max = 32))]
    #[schema(max_items = 32, example = json!(["10.20.0.0/16"]))]
    pub allowed_networks: Vec<String>,
}

/// A new secret.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClientSecretCreate {
    /// Hours for which the secrets before it stay good; 24 when left out, 0 where one has leaked.
    #[validate(range(min = 0, max = 168))]
    #[schema(minimum = 0, maximum = 168, example = 24)]
    pub overlap_hours: Option<i64>,
}

/// Whether a client gets tokens.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClientStatusUpdate {
    /// The new status.
    pub status: AccountStatus,
}

/// A secret that was just made. It is shown this once.
#[derive(Serialize, ToSchema)]
pub struct ClientSecretCreated {
    /// Its id.
    pub id: ClientSecretId,
    /// Whose.
    pub client_id: AccountId,
    /// The secret: `trs_`, 52 characters, `_`, a checksum of 8.
    pub client_secret: String,
    /// When the secrets before it stop being good.
    pub earlier_end_at: Instant,
}

impl Resource for ClientSecretCreated {}

impl From<NewSecret> for ClientSecretCreated {
    fn from(made: NewSecret) -> Self {
        Self { id: made.id, client_id: made.client, client_secret: made.secret, earlier_end_at: made.earlier_end_at }
    }
}

/// A secret of a client; the secret itself is not kept.
#[derive(Serialize, ToSchema)]
pub struct ClientSecret {
    /// Its id.
    pub id: ClientSecretId,
    /// When it was made.
    pub created_at: Instant,
    /// When it stops being good; null while no other has taken its place.
    pub ends_at: Option<Instant>,
}

/// A program that gets access tokens: a service account.
#[derive(Serialize, ToSchema)]
pub struct ClientView {
    /// The `client_id`; also the id of its service account.
    pub id: AccountId,
    /// What it is called.
    pub name: String,
    /// Whether it gets tokens.
    pub state: ClientState,
    /// Where it holds its roles.
    pub organisation_id: OrganisationId,
    /// What it may ask for.
    #[schema(example = json!(["reviewer:652901"]))]
    pub scopes: Vec<String>,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// Public keys of its assertions.
    pub keys: Vec<PublicKey>,
    /// Its secrets that are good now.
    pub secrets: Vec<ClientSecret>,
    /// From where it may come; from everywhere when there is none.
    pub allowed_networks: Vec<String>,
    /// When it was entered.
    pub created_at: Instant,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// When it last used a token, to the minute.
    pub last_used_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for ClientView {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/clients/{}", self.id))
    }
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        let (state, row) = (client.row.state(), client.row);
        Self {
            id: row.id,
            name: row.name,
            state,
            organisation_id: row.organisation_id,
            scopes: client.scopes.texts(),
            authentication: row.authentication,
            keys: row.public_keys.0,
            secrets: client
                .secrets
                .into_iter()
                .map(|secret| ClientSecret { id: secret.id, created_at: secret.created_at, ends_at: secret.ends_at })
                .collect(),
            allowed_networks: row.networks.0,
            created_at: row.created_at,
            ended_at: row.ended_at,
            last_used_at: row.last_used_at,
            version: row.version,
        }
    }
}

/// A client in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientSummary {
    /// The `client_id`.
    pub id: AccountId,
    /// What it is called.
    pub name: String,
    /// Whether it gets tokens.
    pub state: ClientState,
    /// Where it holds its roles.
    pub organisation_id: OrganisationId,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// When it last used a token, to the minute.
    pub last_used_at: Option<Instant>,
}

impl From<ClientRow> for ClientSummary {
    fn from(row: ClientRow) -> Self {
        Self {
            state: row.state(),
            id: row.id,
            name: row.name,
            organisation_id: row.organisation_id,
            authentication: row.authentication,
            last_used_at: row.last_used_at,
        }
    }
}

page!(
    /// Clients, by id.
    ClientPage of ClientSummary
);

/// Which clients.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClientQuery {
    /// Of this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 登记客户端 / Enter a client
///
/// Makes a service account with the roles in the organisation. A client with a secret gets its first one by `POST /v1/clients/{client_id}/secrets`.
#[utoipa::path(post, path = "/v1/clients", tag = "machines")]
pub async fn create_client(
    call: RecentlyAuthenticated<perm::ClientManage>,
    key: IdempotencyKey,
    body: Body<ClientCreate>,
) -> Outcome<Created<ClientView>> {
    let ClientCreate { name, organisation_id, roles, authentication, keys, allowed_networks } = body.value;
    let new = NewClient { name, organisation_id, roles, authentication, keys, networks: allowed_networks };
    call.write_once(key, &body.fingerprint, move |cx| clients::create(cx, &new).map(ClientView::from)).await
}

/// 客户端列表 / List clients
#[utoipa::path(get, path = "/v1/clients", tag = "machines", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_clients(call: Allowed<perm::ClientManage>, query: Query<ClientQuery>) -> Outcome<Answer<ClientPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("clients|{:?}", query.organisation_id);
        let keys = &cx.app.clone().keys;
        let after = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = clients::list(cx, query.organisation_id, after, limit + 1)?;
        ClientPage::of(rows, limit, keys, &filter, |row| row.id, ClientSummary::from)
    })
    .await
    .map(Into::into)
}

/// 客户端 / Get a client
#[utoipa::path(get, path = "/v1/clients/{client_id}", tag = "machines")]
pub async fn get_client(call: Allowed<perm::ClientManage>, id: Path<AccountId>) -> Outcome<Answer<ClientView>> {
    call.read(move |cx| clients::find(cx, id.0).map(ClientView::from)).await.map(Into::into)
}

/// 生成密钥 / Make a secret
///
/// It is shown this once. The secrets before it stay good for the overlap. Each request makes another secret: where an answer was lost, ask again.
#[utoipa::path(post, path = "/v1/clients/{client_id}/secrets", tag = "machines", extensions(("x-problems" = json!(["client_ended", "other_authentication"]))))]
pub async fn create_client_secret(
    call: RecentlyAuthenticated<perm::ClientManage>,
    id: Path<AccountId>,
    if_match: IfMatch,
    body: Body<ClientSecretCreate>,
) -> Outcome<Created<ClientSecretCreated>> {
    let hours = body.value.overlap_hours.unwrap_or(24);
    call.write(move |cx| clients::add_secret(cx, id.0, if_match.version(), hours).map(ClientSecretCreated::from))
        .await
        .map(Into::into)
}

/// 更换公钥 / Replace the public keys
#[utoipa::path(put, path = "/v1/clients/{client_id}/keys", tag = "machines", extensions(("x-problems" = json!(["client_ended", "other_authentication"]))))]
pub async fn update_client_keys(
    call: RecentlyAuthenticated<perm::ClientManage>,
    id: Path<AccountId>,
    if_match: IfMatch,
    body: Body<ClientKeysUpdate>,
) -> Outcome<Answer<ClientView>> {
    call.write(move |cx| clients::replace_keys(cx, id.0, if_match.version(), &body.value.keys).map(ClientView::from))
        .await
        .map(Into::into)
}

/// 设置允许的网段 / Set from where a client may come
///
/// Holds for its tokens as well, at once.
#[utoipa::path(put, path = "/v1/clients/{client_id}/networks", tag = "machines", extensions(("x-problems" = json!(["client_ended"]))))]
pub async fn update_client_networks(
    call: RecentlyAuthenticated<perm::ClientManage>,
    id: Path<AccountId>,
    if_match: IfMatch,
    body: Body<ClientNetworksUpdate>,
) -> Outcome<Answer<ClientView>> {
    let networks = body.value.allowed_networks;
    call.write(move |cx| clients::replace_networks(cx, id.0, if_match.version(), &networks).map(ClientView::from))
        .await
        .map(Into::into)
}

/// 停用或恢复客户端 / Suspend or restore a client
///
/// A suspension ends its tokens at once.
#[utoipa::path(put, path = "/v1/clients/{client_id}/status", tag = "machines", extensions(("x-problems" = json!(["client_ended"]))))]
pub async fn update_client_status(
    call: RecentlyAuthenticated<perm::ClientManage>,
    id: Path<AccountId>,
    if_match: IfMatch,
    body: Body<ClientStatusUpdate>,
) -> Outcome<Answer<ClientView>> {
    call.write(move |cx| clients::set_status(cx, id.0, if_match.version(), body.value.status).map(ClientView::from))
        .await
        .map(Into::into)
}

/// 注销客户端 / End a client for good
///
/// Its tokens end at once. It stays readable: what it did names it.
#[utoipa::path(delete, path = "/v1/clients/{client_id}", tag = "machines", extensions(("x-problems" = json!(["client_ended"]))))]
pub async fn delete_client(call: RecentlyAuthenticated<perm::ClientManage>, id: Path<AccountId>) -> Outcome<NoContent> {
    call.write(move |cx| clients::end(cx, id.0)).await?;
    Ok(NoContent)
}

/// Adds the operations of this module.
pub(super) fn routes(list: &mut Routes) {
    routes!(
        list;
        create_client, list_clients, get_client, create_client_secret, update_client_keys, update_client_networks,
        update_client_status, delete_client,
    );
}
