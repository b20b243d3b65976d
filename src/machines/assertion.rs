//! Assertions by which a client proves itself (RFC 7523): the signature here, what they say in [`super::rules`].

use super::model::{KeyAlgorithm, PublicKey};
use super::rules::{self, AssertionClaims};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use title_review_core::ids::AccountId;

/// An assertion is no longer than this.
const MOST_BYTES: usize = 4096;

/// What is left of a good assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Good for one use.
    pub jti: String,
    /// Unix seconds until which it has to be remembered.
    pub exp: i64,
}

/// The client that an assertion speaks of, before anything is checked: it tells whose keys to check it with.
#[must_use]
pub fn subject(text: &str) -> Option<AccountId> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let payload = BASE64URL_NOPAD.decode(text.split('.').nth(1)?.as_bytes()).ok()?;
    serde_json::from_slice::<serde_json::Value>(&payload).ok()?.get("sub")?.as_str()?.parse().ok()
}

/// Checks an assertion with the keys that are on record for this client. Keys that the assertion brings along are not looked at: its header says
/// which of ours (`kid`), and the key itself says the algorithm.
pub fn check(text: &str, keys: &[PublicKey], client: AccountId, ours: &[String], now: i64) -> Result<Checked, &'static str> {
    if text.len() > MOST_BYTES {
        return Err("the assertion is too long");
    }
    let header = jsonwebtoken::decode_header(text).map_err(|_| "the assertion is not a signed JWT")?;
    if header.crit.is_some() {
        return Err("crit names what is not understood here");
    }
    // A token that was made for another purpose is no assertion.
    if !matches!(header.typ.as_deref(), None | Some("JWT" | "client-authentication+jwt")) {
        return Err("typ is JWT or client-authentication+jwt");
    }
    let key = keys.iter().find(|key| Some(&key.kid) == header.kid.as_ref()).ok_or("kid names none of the client's keys")?;
    let (algorithm, decoding) = match key.algorithm() {
        Some(KeyAlgorithm::EdDsa) => (Algorithm::EdDSA, DecodingKey::from_ed_components(&key.x)),
        Some(KeyAlgorithm::Es256) => {
            (Algorithm::ES256, DecodingKey::from_ec_components(&key.x, key.y.as_deref().unwrap_or_default()))
        }
        None => return Err("the key is of no kind that is taken"),
    };
    if header.alg != algorithm {
        return Err("alg is not that of the key");
    }
    let decoding = decoding.map_err(|_| "the key cannot be read")?;
    let mut validation = Validation::new(algorithm);
    // What the claims say is judged by the session clock, in the rules.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<AssertionClaims>(text, &decoding, &validation)
        .map_err(|_| "the signature or a claim is not good")?
        .claims;
    match rules::assertion_fault(&claims, client.as_str(), ours, now) {
        Some(fault) => Err(fault),
        None => Ok(Checked { jti: claims.jti, exp: claims.exp }),
    }
}

/// Whether the coordinates are a point of the key's curve.
#[must_use]
pub fn is_point(key: &PublicKey) -> bool {
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() == 32);
    let Some(x) = decode(&key.x) else { return false };
    match (key.algorithm(), key.y.as_deref().map(decode)) {
        (Some(KeyAlgorithm::EdDsa), None) => ParsedPublicKey::new(&ED25519, &x).is_ok(),
        (Some(KeyAlgorithm::Es256), Some(Some(y))) => {
            let point = [&[4][..], &x, &y].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).is_ok()
        }
        _ => false,
    }
}
