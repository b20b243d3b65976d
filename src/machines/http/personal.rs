//! The tokens of people over HTTP.

use super::super::service::personal::{self, NewPersonalToken};
use crate::credentials::program_tokens::PersonalTokenRow;
use crate::credentials::require_recent_authentication;
use crate::http::{
    Answer, Body, Created, Cursor, InPerson, NoContent, Outcome, PageQuery, Path, Query, Resource, Routes, page, page_limit, routes,
};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::PersonalTokenId;
use utoipa::ToSchema;
use validator::Validate;

/// A token for one's own programs.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PersonalTokenCreate {
    /// What you call it.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50, example = "统计脚本")]
    pub name: String,
    /// The part of your roles that it carries, each with its region; no administrator's.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20, example = json!(["reviewer:652901"]))]
    pub scopes: Vec<String>,
    /// Days until it expires, at most a year.
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365, example = 90)]
    pub expires_in_days: i64,
    /// Networks or addresses from which it may be used; from everywhere when there is none.
    #[serde(default)]
    #[validate(length(max = 32))]
    #[schema(max_items = 32, example = json!(["10.20.0.0/16"]))]
    pub allowed_networks: Vec<String>,
}

/// A token for one's own programs; the token itself is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonalToken {
    /// Its id.
    pub id: PersonalTokenId,
    /// What its owner calls it.
    pub name: String,
    /// What it reaches, as long as its owner holds it.
    pub scopes: Vec<String>,
    /// From where it may be used; from everywhere when there is none.
    pub allowed_networks: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it expires.
    pub expires_at: Instant,
    /// When it was ended: by its owner, or by a change of password, roles or status.
    pub ended_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
}

impl From<PersonalTokenRow> for PersonalToken {
    fn from(row: PersonalTokenRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            scopes: row.scope.split(' ').map(str::to_owned).collect(),
            allowed_networks: row.networks.0,
            created_at: row.created_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// A token that was just made. It is shown this once.
#[derive(Serialize, ToSchema)]
pub struct PersonalTokenCreated {
    /// Its id.
    pub id: PersonalTokenId,
    /// For the header `Authorization: Bearer …`: `trp_`, 52 characters, `_`, a checksum of 8.
    pub token: String,
    /// When it expires.
    pub expires_at: Instant,
}

impl Resource for PersonalTokenCreated {}

page!(
    /// One's own tokens, newest first.
    PersonalTokenPage of PersonalToken
);

/// 创建个人令牌 / Make a token for one's own programs
///
/// It is shown this once. Each request makes another token: where an answer was lost, end the token that nobody has seen and ask again. It ends with the
/// password, a role or the account itself.
#[utoipa::path(post, path = "/v1/me/tokens", tag = "machines", extensions(("x-problems" = json!(["too_many_tokens", "step_up_required"]))))]
pub async fn create_personal_token(call: InPerson, body: Body<PersonalTokenCreate>) -> Outcome<Created<PersonalTokenCreated>> {
    let PersonalTokenCreate { name, scopes, expires_in_days, allowed_networks } = body.value;
    let new = NewPersonalToken { name, scopes, networks: allowed_networks, days: expires_in_days };
    call.read(require_recent_authentication).await?;
    let (row, token) = call.write(move |cx| personal::create(cx, &new)).await?;
    Ok(PersonalTokenCreated { id: row.id, token, expires_at: row.expires_at }.into())
}

/// 本人的令牌 / One's own tokens
#[utoipa::path(get, path = "/v1/me/tokens", tag = "machines", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_personal_tokens(call: InPerson, query: Query<PageQuery>) -> Outcome<Answer<PersonalTokenPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("personal_tokens|{:?}", cx.principal.account);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = personal::list(cx, before, limit + 1)?;
        PersonalTokenPage::of(rows, limit, keys, &filter, |row| row.id, PersonalToken::from)
    })
    .await
    .map(Into::into)
}

/// 注销个人令牌 / End a token of one's own
#[utoipa::path(delete, path = "/v1/me/tokens/{token_id}", tag = "machines")]
pub async fn delete_personal_token(call: InPerson, id: Path<PersonalTokenId>) -> Outcome<NoContent> {
    call.write(move |cx| personal::end(cx, id.0)).await?;
    Ok(NoContent)
}

/// Adds the operations of this module.
pub(super) fn routes(list: &mut Routes) {
    routes!(list; create_personal_token, list_personal_tokens, delete_personal_token);
}
