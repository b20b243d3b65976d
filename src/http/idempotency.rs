//! Idempotency keys (draft-ietf-httpapi-idempotency-key-header-07): the key's row stands in the transaction of its effect.

use super::answer::{Answer, Bytes, Resource, Stored};
use super::describe::{Describe, OperationDoc};
use crate::context::Cx;
use crate::db;
use crate::db::schema::idempotency as table;
use crate::keys::field_aad;
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use serde_json::json;
use std::future::{Ready, ready};
use title_review_core::clock::Instant;

/// The key of a POST that creates or charges; quoted or bare, 1 to 255 characters. Missing is 428.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("idempotency-key") else { return ready(Err(Code::IdempotencyKeyRequired.into())) };
        let text = value.to_str().unwrap_or_default().trim();
        let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        if bare.is_empty() || bare.len() > 255 {
            return ready(Err(Problem::new(Code::InvalidHeader)
                .detail("Idempotency-Key 须为 1 至 255 个字符", "Idempotency-Key has 1 to 255 characters")));
        }
        ready(Ok(Self(bare.to_owned())))
    }
}

impl Describe for IdempotencyKey {
    fn describe(doc: &mut OperationDoc) {
        doc.header(
            "Idempotency-Key",
            true,
            "同一键的重复请求得到第一次的答复，保存 7 天 / a repeat with the same key gets the first answer; kept 7 days",
            &json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
        );
        doc.problems.extend([Code::IdempotencyKeyRequired, Code::IdempotencyMismatch, Code::InvalidHeader]);
    }
}

/// Whose keys they are: the account's, or those of the address where nobody has signed in. The address itself is not kept.
fn name_space(cx: &Cx<'_>) -> String {
    cx.principal.account_str().unwrap_or_else(|| {
        let address = cx.address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
        let mac = cx.app.keys.mac("idempotency of an address", address.as_bytes());
        format!("anonymous {}", HEXLOWER.encode(&mac[..16]))
    })
}

/// This principal has used the key on this operation.
pub(super) fn is_known(cx: &mut Cx<'_>, key: &IdempotencyKey, operation: &str) -> Result<bool, Problem> {
    let principal = name_space(cx);
    let found: i64 = table::table
        .filter(table::principal.eq(&principal))
        .filter(table::operation.eq(operation))
        .filter(table::key.eq(&key.0))
        .count()
        .get_result(cx.conn)
        .map_err(db::Error::from)?;
    Ok(found > 0)
}

/// Removes the answers that were kept before this instant, the oldest first, about so many; gives how many.
pub fn remove_kept_answers(conn: &mut db::Conn, before: Instant, most: i64) -> db::Result<usize> {
    let old = table::table.filter(table::created_at.lt(before));
    let last: Option<Instant> = old.order(table::created_at).offset(most - 1).select(table::created_at).first(conn).optional()?;
    let until = last.unwrap_or(before);
    Ok(diesel::delete(old.filter(table::created_at.le(until))).execute(conn)?)
}

/// Runs `f` unless this principal has used the key on this operation. Writers take turns, so a repeat that arrives while the
/// first still runs waits for it and gets its answer. A refusal that `f` gives is committed with what it wrote; no answer is kept of it.
pub(super) fn run_once<T: Resource, const STATUS: u16>(
    cx: &mut Cx<'_>,
    key: &IdempotencyKey,
    operation: &str,
    fingerprint: &str,
    f: impl FnOnce(&mut Cx<'_>) -> Result<Result<T, Problem>, Problem>,
) -> Result<Result<Answer<T, STATUS>, Problem>, Problem> {
    let principal = name_space(cx);
    let keys = &cx.app.keys;
    // A body may be little more than an ID number: its plain digest would let anybody try them all.
    let print = HEXLOWER.encode(&keys.mac("idempotency", fingerprint.as_bytes()));
    let place = field_aad("idempotency", &[&principal, operation, &key.0].join("\u{1f}"), "body");
    let found: Option<(String, String, String, Option<String>)> = table::table
        .filter(table::principal.eq(&principal))
        .filter(table::operation.eq(operation))
        .filter(table::key.eq(&key.0))
        .select((table::fingerprint, table::headers, table::body, table::body_sealed))
        .first(cx.conn)
        .optional()
        .map_err(db::Error::from)?;
    if let Some((known, headers, body, sealed)) = found {
        // Answers of versions before are not sealed, and have the digest itself.
        if known != if sealed.is_some() { &print } else { fingerprint } {
            return Err(Code::IdempotencyMismatch.into());
        }
        let body = match sealed {
            Some(sealed) => keys.open(&place, &sealed).map_err(|error| Problem::internal(&error))?,
            None => body,
        };
        let (etag, location) = serde_json::from_str(&headers).map_err(|error| Problem::internal(&error))?;
        return Ok(Ok(Answer { payload: Bytes::Replayed(Stored { etag, location, body }) }));
    }
    let value = match f(cx)? {
        Ok(value) => value,
        Err(refused) => return Ok(Err(refused)),
    };
    let stored = Stored::of(&value)?;
    let sealed = cx.app.keys.seal(&place, &stored.body).map_err(|error| Problem::internal(&error))?;
    let headers = serde_json::to_string(&(stored.etag, stored.location)).map_err(|error| Problem::internal(&error))?;
    diesel::insert_into(table::table)
        .values((
            table::principal.eq(principal),
            table::operation.eq(operation),
            table::key.eq(&key.0),
            table::fingerprint.eq(print),
            table::status.eq(i32::from(STATUS)),
            table::headers.eq(headers),
            table::body.eq(""),
            table::body_sealed.eq(sealed),
            table::created_at.eq(cx.session_now),
        ))
        .execute(cx.conn)
        .map_err(db::Error::from)?;
    Ok(Ok(value.into()))
}
