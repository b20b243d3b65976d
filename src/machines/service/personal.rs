//! Tokens that people make for their own programs.

use super::super::model::Scopes;
use super::super::record::Error;
use super::super::{rules, secret};
use super::read_networks;
use crate::context::{Act, Cx};
use crate::credentials::program_tokens::{self, NewPersonalTokenRow, PersonalTokenRow};
use crate::db;
use crate::keys;
use serde_json::json;
use title_review_core::ids::{AccountId, PersonalTokenId};

/// Tokens that one person may have at the same time.
const MOST_TOKENS: i64 = 20;

/// A token that its owner asks for.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    /// What they call it.
    pub name: String,
    /// The part of their roles that it carries.
    pub scopes: Vec<String>,
    /// From where it may be used.
    pub networks: Vec<String>,
    /// Days until it expires.
    pub days: i64,
}

/// Who asks. The access guard has let a person through.
fn owner(cx: &Cx<'_>) -> Result<AccountId, Error> {
    cx.principal.account.filter(|_| cx.principal.in_person()).ok_or(Error::PersonRequired)
}

/// Makes a token; the text is known this once.
pub fn create(cx: &mut Cx<'_>, new: &NewPersonalToken) -> Result<(PersonalTokenRow, String), Error> {
    cx.changes_only(&[]);
    let account = owner(cx)?;
    let scopes = rules::chosen(&new.scopes, &Scopes::held(&cx.principal.grants)).map_err(Error::Invalid)?;
    let networks = read_networks(&new.networks)?;
    // Writers take turns: nobody makes another between the count and the row.
    if program_tokens::count_personal_tokens(cx.conn, account, cx.session_now)? >= MOST_TOKENS {
        return Err(Error::TooManyTokens);
    }
    let text = secret::make(secret::PERSONAL_TOKEN);
    let (id, hash) = (PersonalTokenId::new(&*cx.app.ids, cx.session_now), keys::sha256_hex(text.as_bytes()));
    program_tokens::insert_personal_token(
        cx.conn,
        &NewPersonalTokenRow {
            id,
            account,
            name: &new.name,
            hash: &hash,
            scope: &scopes.to_string(),
            networks: &networks,
            now: cx.session_now,
            expires_at: cx.session_now.plus_seconds(new.days * 86_400),
        },
    )?;
    cx.record(Act {
        action: "personal_token.create",
        object_kind: "personal_token",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "scope": scopes.texts(), "days": new.days, "networks": networks }),
    })?;
    let (row, _) = program_tokens::find_personal_token(cx.conn, &hash)?.ok_or(Error::NotFound)?;
    Ok((row, text))
}

/// A page of the own tokens, newest first; ended ones too.
pub fn list(cx: &mut Cx<'_>, before: Option<PersonalTokenId>, limit: i64) -> Result<Vec<PersonalTokenRow>, Error> {
    let account = owner(cx)?;
    Ok(program_tokens::list_personal_tokens(cx.conn, account, before, limit)?)
}

/// Ends a token of one's own.
pub fn end(cx: &mut Cx<'_>, id: PersonalTokenId) -> Result<(), Error> {
    cx.changes_only(&[]);
    let account = owner(cx)?;
    if !program_tokens::set_personal_token_ended(cx.conn, account, id, cx.session_now)? {
        return Err(Error::NotFound);
    }
    cx.principals_changed();
    cx.record(Act {
        action: "personal_token.end",
        object_kind: "personal_token",
        object_id: id.to_string(),
        clause: None,
        detail: json!({}),
    })
    .map_err(db::Error::into)
}
