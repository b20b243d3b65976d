//! Who stands behind a program's token, remembered for seconds; and when it was last used.

use super::model::{Networks, Scopes};
use super::record::{ClientTokenRow, PersonalTokenRow};
use super::{rules, secret, store};
use crate::app::App;
use crate::authn;
use crate::authz::{Principal, Via};
use crate::db::{self, Conn};
use crate::keys;
use crate::problem::{Code, Problem};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
enum Holder {
    Client(AccountId),
    Personal(PersonalTokenId),
}

/// What is remembered of a token.
struct Known {
    principal: Arc<Principal>,
    networks: Networks,
    expires_at: Instant,
    holder: Holder,
}

/// Tokens of programs that were seen in the last seconds, and when a use was last written.
pub struct Cache {
    known: moka::sync::Cache<Key, Arc<Known>>,
    used: moka::sync::Cache<Holder, Instant>,
    generation: AtomicU64,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            known: moka::sync::Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(PRINCIPAL_SECONDS)).build(),
            used: moka::sync::Cache::builder().max_capacity(20_000).build(),
            generation: AtomicU64::new(0),
        }
    }
}

impl Cache {
    /// Forgets every token: roles, accounts, clients or tokens have changed.
    pub fn forget_principals(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.known.invalidate_all();
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
) -> Result<Arc<Principal>, Problem> {
    if !secret::is_well_formed(secret::PERSONAL_TOKEN, text) {
        return Err(Code::TokenInvalid.into());
    }
    let hash = keys::sha256_hex(text.as_bytes());
    let wanted = hash.clone();
    principal_of(app, Key::Personal(hash), now, address, move |conn| load_personal(conn, &wanted)).await
}

/// The principal behind a client's access token, whose signature has been checked.
pub async fn principal_of_client(app: &App, id: &str, now: Instant, address: Option<IpAddr>) -> Result<Arc<Principal>, Problem> {
    let id: ClientTokenId = id.parse().map_err(|_| Code::TokenInvalid)?;
    principal_of(app, Key::Client(id), now, address, move |conn| load_client(conn, id)).await
}

async fn principal_of(
    app: &App,
    key: Key,
    now: Instant,
    address: Option<IpAddr>,
    load: impl FnOnce(&mut Conn) -> Result<Known, Problem> + Send + 'static,
) -> Result<Arc<Principal>, Problem> {
    let cache = &app.machines;
    let known = if let Some(known) = cache.known.get(&key) {
        known
    } else {
        let generation = cache.generation.load(Ordering::Acquire);
        let known = Arc::new(app.db.read(load).await?);
        cache.known.insert(key.clone(), Arc::clone(&known));
        // What was read before a change is not remembered after it.
        if generation != cache.generation.load(Ordering::Acquire) {
            cache.known.invalidate(&key);
        }
        known
    };
    if known.expires_at <= now {
        return Err(Code::TokenExpired.into());
    }
    if !known.networks.permit(address) {
        return Err(Code::AddressNotAllowed.into());
    }
    note_use(app, known.holder, now);
    Ok(Arc::clone(&known.principal))
}

fn networks(texts: &[String]) -> Result<Networks, Problem> {
    // What cannot be read any more lets nobody in.
    Networks::read(texts).map_err(|_| Code::AddressNotAllowed.into())
}

fn refuse(status: AccountStatus, ended_at: Option<Instant>) -> Result<(), Problem> {
    if status == AccountStatus::Suspended {
        return Err(Code::AccountSuspended.into());
    }
    if ended_at.is_some() { Err(Code::TokenInvalid.into()) } else { Ok(()) }
}

fn scopes(text: &str) -> Result<Scopes, db::Error> {
    text.parse().map_err(|_| db::Error::Unreadable("scope".to_owned()))
}

fn load_client(conn: &mut Conn, id: ClientTokenId) -> Result<Known, Problem> {
    let ClientTokenRow { client, scope, expires_at, ended_at } = store::find_client_token(conn, id)?.ok_or(Code::TokenInvalid)?;
    let row = store::find_client(conn, client)?.ok_or(Code::TokenInvalid)?;
    refuse(row.status, ended_at.or(row.ended_at))?;
    let grants = rules::limited(authn::grants_of(conn, client)?, &scopes(&scope)?);
    let principal = Principal { account: Some(client), grants, via: Via::Client, ..Principal::default() };
    Ok(Known { principal: Arc::new(principal), networks: networks(&row.networks.0)?, expires_at, holder: Holder::Client(client) })
}

fn load_personal(conn: &mut Conn, hash: &str) -> Result<Known, Problem> {
    let (row, status) = store::find_personal_token(conn, hash)?.ok_or(Code::TokenInvalid)?;
    let PersonalTokenRow { id, account, scope, networks: texts, expires_at, ended_at, .. } = row;
    refuse(status, ended_at)?;
    let grants = rules::limited(authn::grants_of(conn, account)?, &scopes(&scope)?);
    let principal = Principal { account: Some(account), grants, via: Via::PersonalToken(id), ..Principal::default() };
    Ok(Known { principal: Arc::new(principal), networks: networks(&texts.0)?, expires_at, holder: Holder::Personal(id) })
}

/// Writes down that a token was used: beside the request, which does not wait for it, and at most once a minute.
fn note_use(app: &App, holder: Holder, now: Instant) {
    let before = now.plus_seconds(-USE_SECONDS);
    let used = &app.machines.used;
    if used.get(&holder).is_some_and(|last| last > before) {
        return;
    }
    used.insert(holder, now);
    let db = app.db.clone();
    tokio::spawn(async move {
        let written = db
            .write(move |conn| match holder {
                Holder::Client(id) => store::set_client_used(conn, id, now, before),
                Holder::Personal(id) => store::set_personal_token_used(conn, id, now, before),
            })
            .await;
        if let Err(error) = written {
            tracing::warn!(error = %error, "the last use of a token was not written");
        }
    });
}
