//! Problems in the words of OAuth (RFC 6749, section 5.2): what the operations below `/oauth2/` answer instead of RFC 9457.

use super::{Code, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal of an OAuth operation, RFC 6749, section 5.2.
#[derive(Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub struct OAuthErrorBody {
    /// The word of the standard.
    #[schema(example = "invalid_client")]
    pub error: String,
    /// This occurrence, for a developer; in English, because the standard allows ASCII alone.
    pub error_description: String,
    /// `/problems/<code>`, a readable page.
    #[schema(example = "/problems/invalid_client")]
    pub error_uri: String,
}

/// Whether the operations of this path speak OAuth.
#[must_use]
pub fn speaks_oauth(path: &str) -> bool {
    path.starts_with("/oauth2/")
}

impl Code {
    /// The word of OAuth for this code.
    #[must_use]
    pub const fn oauth_error(self) -> &'static str {
        match self {
            Self::InvalidClient | Self::UnauthorizedClient | Self::UnsupportedGrantType | Self::InvalidScope => self.as_str(),
            Self::Internal => "server_error",
            _ if self.status() == 503 || self.status() == 429 => "temporarily_unavailable",
            _ => "invalid_request",
        }
    }
}

impl Problem {
    /// The body in the words of OAuth.
    #[must_use]
    pub fn oauth_body(&self) -> OAuthErrorBody {
        let text = self.detail.as_ref().map_or(self.code.en(), |detail| detail.en.as_str());
        // %x20-21 / %x23-5B / %x5D-7E
        let allowed = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        OAuthErrorBody {
            error: self.code.oauth_error().to_owned(),
            error_description: text.chars().filter(allowed).collect(),
            error_uri: format!("/problems/{}", self.code.as_str()),
        }
    }
}
