//! Who stands behind a program's token, remembered for seconds; and when it was last used.

use super::model::{Networks, Scopes};
use super::{rules, secret, store};
use crate::authz::{Principal, Via};
use crate::context::App;
use crate::credentials::program_tokens::{self, ClientTokenRow, PersonalTokenRow};
use crate::credentials::{self, TokenError};
use crate::db::{self, Conn};
use crate::keys;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ClientTokenId, PersonalTokenId};
use title_review_core::vocabulary::AccountStatus;

/// How long another server may go on with a token after a change elsewhere.
const PRINCIPAL_SECONDS: u64 = 5;

/// A use is written down once in so many seconds.
const USE_SECONDS: i64 = 60;

/// A token as it is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Client(ClientTokenId),
    /// By the hash of the token.
    Personal(String),
}

/// Whose use is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum TokenOwner {
    Client(AccountId),
    Personal(PersonalTokenId),
}

/// What is remembered of a token.
struct CachedToken {
    principal: Arc<Principal>,
    networks: Networks,
    expires_at: Instant,
    owner: TokenOwner,
}

/// What is remembered, and the generation of principals that stood before it was read.
type Remembered = (u64, Arc<CachedToken>);

/// Tokens of programs that were seen in the last seconds, and when a use was last written.
pub struct Cache {
    known: moka::sync::Cache<Key, Remembered>,
    used: moka::sync::Cache<TokenOwner, Instant>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            known: moka::sync::Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(PRINCIPAL_SECONDS)).build(),
            used: moka::sync::Cache::builder().max_capacity(20_000).build(),
        }
    }
}

/// Whether the text of an `Authorization` header is a token that a person made, or wants to pass for one.
#[must_use]
pub fn is_personal_token(text: &str) -> bool {
    text.starts_with(secret::PERSONAL_TOKEN)
}

/// The principal behind a person's token. A text that cannot be one is refused before the database is asked.
pub async fn principal_of_personal_token(
    app: &App,
    text: &str,
    now: Instant,
    address: Option<IpAddr>,
) -> Result<Arc<Principal>, TokenError> {
    if !secret::is_well_formed(secret::PERSONAL_TOKEN, text) {
        return Err(TokenError::Invalid);
    }
    let hash = keys::sha256_hex(text.as_bytes());
    let wanted = hash.clone();
    principal_of(app, Key::Personal(hash), now, address, move |conn| load_personal(conn, &wanted)).await
}

/// The principal behind a client's access token, whose signature has been checked.
pub async fn principal_of_client(app: &App, id: &str, now: Instant, address: Option<IpAddr>) -> Result<Arc<Principal>, TokenError> {
    let id: ClientTokenId = id.parse().map_err(|_| TokenError::Invalid)?;
    principal_of(app, Key::Client(id), now, address, move |conn| load_client(conn, id)).await
}

async fn principal_of(
    app: &App,
    key: Key,
    now: Instant,
    address: Option<IpAddr>,
    load: impl FnOnce(&mut Conn) -> Result<CachedToken, TokenError> + Send + 'static,
) -> Result<Arc<Principal>, TokenError> {
    let cache = app.state::<Cache>();
    let generation = app.principals.current();
    let known = if let Some((_, known)) = cache.known.get(&key).filter(|(then, _)| *then == generation) {
        known
    } else {
        let known = Arc::new(app.db.read(load).await?);
        cache.known.insert(key, (generation, Arc::clone(&known)));
        known
    };
    if known.expires_at <= now {
        return Err(TokenError::Expired);
    }
    if !known.networks.permit(address) {
        return Err(TokenError::AddressNotAllowed);
    }
    note_use(app, known.owner, now);
    Ok(Arc::clone(&known.principal))
}

fn networks(texts: &[String]) -> Result<Networks, TokenError> {
    // What cannot be read any more lets nobody in.
    Networks::read(texts).map_err(|_| TokenError::AddressNotAllowed)
}

fn refuse(status: AccountStatus, ended_at: Option<Instant>) -> Result<(), TokenError> {
    if status == AccountStatus::Suspended {
        return Err(TokenError::Suspended);
    }
    if ended_at.is_some() { Err(TokenError::Invalid) } else { Ok(()) }
}

fn scopes(text: &str) -> Result<Scopes, db::Error> {
    text.parse().map_err(|_| db::Error::Unreadable("scope".to_owned()))
}

fn load_client(conn: &mut Conn, id: ClientTokenId) -> Result<CachedToken, TokenError> {
    let ClientTokenRow { client, scope, expires_at, ended_at } =
        program_tokens::find_client_token(conn, id)?.ok_or(TokenError::Invalid)?;
    let row = store::find_client(conn, client)?.ok_or(TokenError::Invalid)?;
    refuse(row.status, ended_at.or(row.ended_at))?;
    let grants = rules::limited(credentials::list_grants(conn, client)?, &scopes(&scope)?);
    let principal = Principal { account: Some(client), grants, via: Via::Client, ..Principal::default() };
    Ok(CachedToken {
        principal: Arc::new(principal),
        networks: networks(&row.networks.0)?,
        expires_at,
        owner: TokenOwner::Client(client),
    })
}

fn load_personal(conn: &mut Conn, hash: &str) -> Result<CachedToken, TokenError> {
    let (row, status) = program_tokens::find_personal_token(conn, hash)?.ok_or(TokenError::Invalid)?;
    let PersonalTokenRow { id, account, scope, networks: texts, expires_at, ended_at, .. } = row;
    refuse(status, ended_at)?;
    let grants = rules::limited(credentials::list_grants(conn, account)?, &scopes(&scope)?);
    let principal = Principal { account: Some(account), grants, via: Via::PersonalToken(id), ..Principal::default() };
    Ok(CachedToken { principal: Arc::new(principal), networks: networks(&texts.0)?, expires_at, owner: TokenOwner::Personal(id) })
}

/// Writes down that a token was used: beside the request, which does not wait for it, and at most once a minute.
fn note_use(app: &App, owner: TokenOwner, now: Instant) {
    let before = now.plus_seconds(-USE_SECONDS);
    let used = &app.state::<Cache>().used;
    if used.get(&owner).is_some_and(|last| last > before) {
        return;
    }
    used.insert(owner, now);
    let db = app.db.clone();
    tokio::spawn(async move {
        let written = db
            .write(move |conn| match owner {
                TokenOwner::Client(id) => store::set_client_used(conn, id, now, before),
                TokenOwner::Personal(id) => program_tokens::set_personal_token_used(conn, id, now, before),
            })
            .await;
        if let Err(error) = written {
            tracing::warn!(error = %error, "the last use of a token was not written");
        }
    });
}
