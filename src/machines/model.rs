//! Clients, what a token reaches, from where it is used, and the public keys of assertions.

use crate::authz::Grant;
use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use title_review_core::vocabulary::Role;
use utoipa::ToSchema;
use validator::Validate;

title_review_core::wire_enum! {
    /// How a client proves itself.
    ClientAuthentication {
        ClientSecret = "client_secret", "密钥", "by a secret: `client_secret_basic` or `client_secret_post`";
        PrivateKeyJwt = "private_key_jwt", "私钥签名断言", "by an assertion signed with its private key (RFC 7523)";
    }
}

title_review_core::wire_enum! {
    /// Whether a client gets tokens.
    ClientState {
        Active = "active", "正常", "active";
        Suspended = "suspended", "停用", "suspended";
        Ended = "ended", "已注销", "ended for good";
    }
}

/// A role in a region: what a token may be limited to. `reviewer:652901`; `applicant` alone, for it has no region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleScope {
    /// The role.
    pub role: Role,
    /// GB/T 2260 code of the organisation in which it is held.
    pub region: Option<String>,
}

impl RoleScope {
    /// The scope that covers this grant.
    #[must_use]
    pub fn of(grant: &Grant) -> Self {
        Self { role: grant.role, region: grant.region.clone() }
    }
}

impl fmt::Display for RoleScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Some(region) => write!(f, "{}:{region}", self.role),
            None => write!(f, "{}", self.role),
        }
    }
}

/// A text that is no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is a role and a region such as reviewer:652901")]
pub struct NotAScope;

impl FromStr for RoleScope {
    type Err = NotAScope;
    fn from_str(text: &str) -> Result<Self, NotAScope> {
        let (role, region) = text.split_once(':').map_or((text, None), |(role, region)| (role, Some(region)));
        let role = role.parse().map_err(|_| NotAScope)?;
        let is_code = |region: &str| region.len() == 6 && region.bytes().all(|byte| byte.is_ascii_digit());
        match region {
            Some(region) if !is_code(region) => Err(NotAScope),
            region => Ok(Self { role, region: region.map(str::to_owned) }),
        }
    }
}

/// Scopes of a token, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(pub BTreeSet<RoleScope>);

impl Scopes {
    /// What these grants amount to.
    #[must_use]
    pub fn held(grants: &[Grant]) -> Self {
        Self(grants.iter().map(RoleScope::of).collect())
    }

    /// As a list of texts.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().join(" "))
    }
}

impl FromStr for Scopes {
    type Err = NotAScope;
    fn from_str(text: &str) -> Result<Self, NotAScope> {
        text.split(' ').filter(|part| !part.is_empty()).map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// Networks from which a token may be used; none: from everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads `10.20.0.0/16`, `2001:db8::/32` or a single address. The error is the place of the first text that is none of them.
    pub fn read(texts: &[String]) -> Result<Self, usize> {
        let read = |text: &String| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        let nets = texts.iter().enumerate().map(|(place, text)| read(text).map(plain).ok_or(place));
        nets.collect::<Result<_, _>>().map(Self)
    }

    /// The networks as they were read, without the bits of hosts.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether a request from this address is let through. An address that is not known is in no network.
    #[must_use]
    pub fn permit(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty() || address.is_some_and(|address| self.0.iter().any(|net| net.contains(&address.to_canonical())))
    }
}

/// An IPv4 network in the clothes of IPv6 (`::ffff:10.0.0.0/104`) is the IPv4 network.
fn plain(net: IpNet) -> IpNet {
    if let IpNet::V6(six) = net
        && let Some(four) = six.addr().to_ipv4_mapped()
        && let Some(Ok(net)) = six.prefix_len().checked_sub(96).map(|prefix| Ipv4Net::new(four, prefix))
    {
        return IpNet::V4(net.trunc());
    }
    net.trunc()
}

/// A public key that checks a client's assertions, as a JSON Web Key (RFC 7517): Ed25519 or P-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// `OKP` or `EC`.
    #[schema(pattern = "^(OKP|EC)$", example = "OKP")]
    pub kty: String,
    /// `Ed25519` or `P-256`.
    #[schema(pattern = "^(Ed25519|P-256)$", example = "Ed25519")]
    pub crv: String,
    /// Base64url without padding.
    #[validate(length(max = 64))]
    #[schema(max_length = 64, example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// Base64url without padding; P-256 alone has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 64))]
    #[schema(max_length = 64)]
    pub y: Option<String>,
    /// The `kid` that an assertion's header names; each once.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "2024-07")]
    pub kid: String,
    /// `sig`, where it is said.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^sig$")]
    pub usage: Option<String>,
    /// `EdDSA` or `ES256`, where it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(EdDSA|ES256)$")]
    pub alg: Option<String>,
}

/// The algorithm of a key: it has one, whatever an assertion says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl PublicKey {
    /// The one algorithm of the key; none if it is of a kind that is not taken.
    #[must_use]
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        match (self.kty.as_str(), self.crv.as_str(), &self.y) {
            ("OKP", "Ed25519", None) => Some(KeyAlgorithm::EdDsa),
            ("EC", "P-256", Some(_)) => Some(KeyAlgorithm::Es256),
            _ => None,
        }
    }
}
