//! What may be asked for, what a token reaches, and what an assertion has to say.

use super::model::{KeyAlgorithm, PublicKey, RoleScope, Scopes};
use crate::authz::Grant;
use serde::Deserialize;
use std::collections::BTreeSet;
use title_review_core::findings::Finding;

/// Seconds by which two clocks may differ.
pub const LEEWAY_SECONDS: i64 = 5;

/// Seconds that an assertion may be good for.
pub const ASSERTION_SECONDS: i64 = 300;

/// Only the grants that one of the scopes covers.
#[must_use]
pub fn limited(mut grants: Vec<Grant>, scopes: &Scopes) -> Vec<Grant> {
    grants.retain(|grant| scopes.0.contains(&RoleScope::of(grant)));
    grants
}

/// The scopes that a client asks for; all that it holds when it names none. `None`: one of them is not held, or is no scope.
#[must_use]
pub fn asked(text: Option<&str>, held: &Scopes) -> Option<Scopes> {
    let scopes = match text {
        None => held.clone(),
        Some(text) => text.parse().ok()?,
    };
    (!scopes.0.is_empty() && scopes.0.is_subset(&held.0)).then_some(scopes)
}

/// The scopes that a person chooses for a token of theirs. No token carries an administrator's power.
pub fn chosen(texts: &[String], held: &Scopes) -> Result<Scopes, Vec<Finding>> {
    let (mut scopes, mut findings) = (Scopes::default(), Vec::new());
    for (place, text) in texts.iter().enumerate() {
        match text.parse::<RoleScope>() {
            Ok(scope) if held.0.contains(&scope) && !scope.role.is_administrator() => {
                scopes.0.insert(scope);
            }
            _ => findings.push(Finding::invalid_field(
                format!("/scopes/{place}"),
                "须为本人持有、可授予程序的角色与地区",
                "a role and region that you hold and that a program may carry",
            )),
        }
    }
    if findings.is_empty() { Ok(scopes) } else { Err(findings) }
}

/// Everything that is wrong with a set of public keys; `is_point` says whether the bytes are a point of the key's curve.
#[must_use]
pub fn key_findings(keys: &[PublicKey], is_point: impl Fn(&PublicKey) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut kids = BTreeSet::new();
    for (place, key) in keys.iter().enumerate() {
        let at = |field: &str| format!("/keys/{place}/{field}");
        match key.algorithm() {
            None => findings.push(Finding::invalid_field(
                at("kty"),
                "公钥须为 Ed25519（OKP）或 P-256（EC）",
                "a key is Ed25519 (OKP, without y) or P-256 (EC, with x and y)",
            )),
            Some(algorithm) => {
                if !is_point(key) {
                    findings.push(Finding::invalid_field(at("x"), "不是该曲线上的公钥", "not a public key of this curve"));
                }
                let name = match algorithm {
                    KeyAlgorithm::EdDsa => "EdDSA",
                    KeyAlgorithm::Es256 => "ES256",
                };
                if key.alg.as_deref().is_some_and(|alg| alg != name) {
                    findings.push(Finding::invalid_field(at("alg"), "算法与公钥不符", "the algorithm is not that of the key"));
                }
            }
        }
        if key.usage.as_deref().is_some_and(|usage| usage != "sig") {
            findings.push(Finding::invalid_field(at("use"), "须为签名用途", "the key is one for signatures"));
        }
        if !kids.insert(&key.kid) {
            findings.push(Finding::invalid_field(at("kid"), "kid 重复", "the kid stands there twice"));
        }
    }
    findings
}

/// The claims of an assertion (RFC 7523, section 3).
#[derive(Clone, Debug, Deserialize)]
pub struct AssertionClaims {
    /// The client.
    pub iss: String,
    /// The client again.
    pub sub: String,
    /// This server.
    pub aud: Audience,
    /// Expires at, Unix seconds, exclusive.
    pub exp: i64,
    /// Issued at, where it is said.
    #[serde(default)]
    pub iat: Option<i64>,
    /// Not before, where it is said.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// Good for one use.
    pub jti: String,
}

/// `aud` is a text or a list of texts.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// An assertion that is meant for somebody else as well could be played here by them: it names us alone.
    fn is_only(&self, ours: &[String]) -> bool {
        match self {
            Self::One(one) => ours.contains(one),
            Self::Many(many) => matches!(many.as_slice(), [one] if ours.contains(one)),
        }
    }
}

/// Why the claims do not prove this client now; `ours` are the texts that name this server.
#[must_use]
pub fn assertion_fault(claims: &AssertionClaims, client: &str, ours: &[String], now: i64) -> Option<&'static str> {
    let says = [
        (claims.iss != client || claims.sub != client, "iss and sub are the client_id"),
        (!claims.aud.is_only(ours), "aud is the token endpoint or the issuer, and nothing else"),
        (claims.exp.saturating_add(LEEWAY_SECONDS) <= now, "the assertion has expired"),
        (
            claims.exp > now + ASSERTION_SECONDS + LEEWAY_SECONDS
                || claims.iat.is_some_and(|iat| claims.exp.saturating_sub(iat) > ASSERTION_SECONDS),
            "the assertion is good for more than five minutes",
        ),
        (
            claims.iat.is_some_and(|at| at > now + LEEWAY_SECONDS) || claims.nbf.is_some_and(|at| at > now + LEEWAY_SECONDS),
            "the assertion is not good yet",
        ),
        (claims.jti.is_empty() || claims.jti.len() > 128, "jti has 1 to 128 characters"),
        (claims.jti.contains('\0'), "jti contains the NUL character"),
    ];
    says.into_iter().find(|(wrong, _)| *wrong).map(|(_, why)| why)
}

#[cfg(test)]
mod tests;
