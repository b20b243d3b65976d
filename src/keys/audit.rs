//! The key that signs heads of the audit log, and what checks them.
//!
//! It is made from the ring's `mac` key and used for nothing else: token keys come and go, a head has to be checked years later
//! (docs/decisions/0020).

use std::collections::BTreeMap;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};

use super::{Error, KeyRing, sha256};

/// Signs heads of the audit log (Ed25519).
pub struct AuditKey {
    kid: String,
    pair: Ed25519KeyPair,
}

impl AuditKey {
    /// Key id: `a-` and the first 16 hexadecimal digits of the public key's SHA-256.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The signature of a text, in base64url without padding.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        BASE64URL_NOPAD.encode(self.pair.sign(text.as_bytes()).as_ref())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> AuditPublicKey {
        let text = str::to_owned;
        AuditPublicKey {
            kty: text("OKP"),
            crv: text("Ed25519"),
            alg: text("EdDSA"),
            key_use: text("sig"),
            kid: self.kid.clone(),
            x: BASE64URL_NOPAD.encode(self.pair.public_key().as_ref()),
        }
    }
}

impl KeyRing {
    /// The key that signs heads of the audit log.
    pub fn audit_key(&self) -> Result<AuditKey, Error> {
        let seed = self.mac("audit head signing key 1", b"");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|_| Error::Key { key: "mac".to_owned(), reason: "gives no Ed25519 key" })?;
        let kid = format!("a-{}", HEXLOWER.encode(&sha256(pair.public_key().as_ref())[..8]));
        Ok(AuditKey { kid, pair })
    }
}

/// A public key as RFC 8037 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditPublicKey {
    /// Always `OKP`.
    #[schema(example = "OKP")]
    pub kty: String,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// Always `EdDSA`.
    #[schema(example = "EdDSA")]
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub key_use: String,
    /// The `kid` of the heads that it checks.
    #[schema(example = "a-0123456789abcdef")]
    pub kid: String,
    /// The key, base64url.
    pub x: String,
}

/// Public keys by key id, as a JSON Web Key Set has them.
#[derive(Debug, Clone, Default)]
pub struct AuditPublicKeys(BTreeMap<String, Vec<u8>>);

impl AuditPublicKeys {
    /// The keys of a JSON Web Key Set; those of another type are passed over.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_str(text).map_err(|error| format!("is not a JSON Web Key Set: {error}"))?;
        let mut keys = Self::default();
        for key in set.keys {
            if let Ok(key) = serde_json::from_value::<AuditPublicKey>(key) {
                keys.add(&key)?;
            }
        }
        if keys.0.is_empty() { Err("has no Ed25519 key".to_owned()) } else { Ok(keys) }
    }

    /// Adds a key.
    pub fn add(&mut self, key: &AuditPublicKey) -> Result<(), String> {
        let bytes = BASE64URL_NOPAD.decode(key.x.as_bytes()).map_err(|_| format!("key {} is not base64url", key.kid))?;
        self.0.insert(key.kid.clone(), bytes);
        Ok(())
    }

    /// Whether the key signed the text; none if the key is not among these.
    #[must_use]
    pub fn check(&self, kid: &str, text: &str, signature: &str) -> Option<bool> {
        let key = UnparsedPublicKey::new(&ED25519, self.0.get(kid)?);
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes());
        Some(signature.is_ok_and(|signature| key.verify(text.as_bytes(), &signature).is_ok()))
    }
}
