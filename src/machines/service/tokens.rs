//! What clients do: prove themselves, get tokens, ask about them, give them back.

use super::super::model::{ClientAuthentication, ClientState, Networks, PublicKey, Scopes};
use super::super::record::{ClientRow, Committed, Error, Refusal};
use super::super::{assertion, rules, secret, store};
use crate::context::{Act, Cx};
use crate::credentials::{self, ClientToken, program_tokens};
use crate::db;
use crate::keys;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ClientTokenId};

/// What a client shows to prove itself.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Its id and its secret.
    Secret(AccountId, String),
    /// An assertion that it has signed.
    Assertion(AccountId, String),
}

/// A client that has proved itself.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The client.
    pub client: AccountId,
    /// An assertion that is good for this one use: its hash, and until when it has to be remembered.
    assertion: Option<(String, Instant)>,
}

/// Told of an unknown client as well as of a wrong secret.
const WRONG: Error = Error::NotProved("the client is unknown, or what it shows is wrong");

/// Checks what a client shows. Nothing is written yet: see [`Proved::use_up`].
pub fn prove(cx: &mut Cx<'_>, proof: &Proof) -> Result<Proved, Error> {
    let (Proof::Secret(id, _) | Proof::Assertion(id, _)) = proof;
    let row = store::find_client(cx.conn, *id)?.ok_or(WRONG)?;
    let assertion = match (proof, row.authentication) {
        (Proof::Secret(_, text), ClientAuthentication::ClientSecret) => {
            check_secret(cx, *id, text)?;
            None
        }
        (Proof::Assertion(_, text), ClientAuthentication::PrivateKeyJwt) => {
            Some(check_assertion(cx, *id, text, &row.public_keys.0)?)
        }
        _ => return Err(WRONG),
    };
    // From here on the client is known to be itself: what is wrong with it may be said.
    refuse(&row, cx)?;
    Ok(Proved { client: *id, assertion })
}

fn check_secret(cx: &mut Cx<'_>, id: AccountId, text: &str) -> Result<(), Error> {
    let hash = keys::sha256_hex(text.as_bytes());
    let good = store::list_secrets(cx.conn, id, cx.session_now)?;
    let right = good.iter().fold(false, |found, row| found | keys::same_bytes(row.hash.as_bytes(), hash.as_bytes()));
    if right && secret::is_well_formed(secret::CLIENT_SECRET, text) { Ok(()) } else { Err(WRONG) }
}

fn check_assertion(cx: &Cx<'_>, id: AccountId, text: &str, keys_on_record: &[PublicKey]) -> Result<(String, Instant), Error> {
    let issuer = cx.app.config.server.base_url();
    let ours = [format!("{issuer}/oauth2/token"), issuer];
    let now = cx.session_now.unix_seconds();
    let checked = assertion::check(text, keys_on_record, id, &ours, now).map_err(Error::NotProved)?;
    let remembered = cx.session_now.plus_seconds(checked.exp - now + rules::LEEWAY_SECONDS + 1);
    Ok((keys::sha256_hex(checked.jti.as_bytes()), remembered))
}

fn refuse(row: &ClientRow, cx: &Cx<'_>) -> Result<(), Error> {
    if row.state() != ClientState::Active {
        return Err(Error::NotProved("the client is suspended or has ended"));
    }
    let networks = Networks::read(&row.networks.0).map_err(|_| Error::NotAuthorized("the networks on record cannot be read"))?;
    if networks.permit(cx.address) { Ok(()) } else { Err(Error::NotAuthorized("the client may not come from this address")) }
}

impl Proved {
    /// Whether the proof has to be used up in a write.
    #[must_use]
    pub const fn is_for_one_use(&self) -> bool {
        self.assertion.is_some()
    }

    /// Uses the proof up, in the transaction of what it is for: of several uses of one assertion the first one wins.
    pub fn use_up(&self, cx: &mut Cx<'_>) -> Result<(), Error> {
        let row = store::find_client(cx.conn, self.client)?.ok_or(WRONG)?;
        refuse(&row, cx)?;
        let Some((jti_hash, expires_at)) = &self.assertion else { return Ok(()) };
        store::insert_assertion(cx.conn, self.client, jti_hash, *expires_at).map_err(|error| match error {
            db::Error::Unique(_) => Error::NotProved("the assertion was used before"),
            other => other.into(),
        })
    }
}

/// An access token that was just given.
#[derive(Debug, Clone)]
pub struct Issued {
    /// JWT for the `Authorization` header.
    pub access: String,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// What it reaches.
    pub scopes: Scopes,
}

/// Gives a client a token for the scopes that it asks for, or for all that it holds.
pub fn issue(cx: &mut Cx<'_>, proved: &Proved, scope: Option<&str>) -> Result<Committed<Issued>, Error> {
    cx.changes_only(&[]);
    proved.use_up(cx)?;
    let client = proved.client;
    let grants = credentials::list_grants(cx.conn, client)?;
    let Some(scopes) = rules::asked(scope, &Scopes::held(&grants)) else { return Ok(Err(Refusal::ScopeNotHeld)) };
    let id = ClientTokenId::new(&*cx.app.ids, cx.session_now);
    let expires_in = credentials::access_seconds(&cx.app.config);
    let expires_at = cx.session_now.plus_seconds(expires_in);
    store::remove_expired_assertions(cx.conn, cx.session_now)?;
    program_tokens::remove_expired_client_tokens(cx.conn, cx.session_now)?;
    program_tokens::insert_client_token(cx.conn, id, client, &scopes.to_string(), cx.session_now, expires_at)?;
    cx.record(Act {
        action: "client.issue_token",
        object_kind: "client",
        object_id: client.to_string(),
        clause: None,
        detail: json!({ "token": id, "scope": scopes.texts() }),
    })?;
    let grants = rules::limited(grants, &scopes);
    let access = credentials::issue_to_client(cx.app, client, id, &scopes.to_string(), grants, cx.session_now)?;
    Ok(Ok(Issued { access, expires_in, scopes }))
}

/// What a token of the client's own is good for; `None` for any other text, an ended or an expired token.
pub fn introspect(cx: &mut Cx<'_>, proved: &Proved, text: &str) -> Result<Option<ClientToken>, Error> {
    if proved.is_for_one_use() {
        proved.use_up(cx)?;
    }
    let Some(token) = own_token(cx, text).filter(|token| token.client == proved.client) else { return Ok(None) };
    let row = program_tokens::find_client_token(cx.conn, token.id)?;
    let good = row.is_some_and(|row| row.client == token.client && row.ended_at.is_none() && row.expires_at > cx.session_now);
    Ok(good.then_some(token))
}

fn own_token(cx: &Cx<'_>, text: &str) -> Option<ClientToken> {
    credentials::read_client_token(cx.app, text, cx.session_now)
}

/// Ends a token of the client's own. A text that is none, and a token that has ended, are no reason to complain (RFC 7009, 2.2).
pub fn revoke(cx: &mut Cx<'_>, proved: &Proved, text: &str) -> Result<Committed<()>, Error> {
    cx.changes_only(&[]);
    proved.use_up(cx)?;
    let Some(token) = own_token(cx, text) else { return Ok(Ok(())) };
    if token.client != proved.client {
        return Ok(Err(Refusal::TokenOfAnother));
    }
    if program_tokens::set_client_token_ended(cx.conn, token.id, cx.session_now)? {
        cx.principals_changed();
        cx.record(Act {
            action: "client.revoke_token",
            object_kind: "client",
            object_id: token.client.to_string(),
            clause: None,
            detail: json!({ "token": token.id }),
        })?;
    }
    Ok(Ok(()))
}
