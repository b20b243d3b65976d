//! The secret part of a refresh token: its number in the session and a MAC over both. So the same token always has the same successor, and every
//! token that was ever given out for a session is known again, though only the present one's hash is kept.

use data_encoding::BASE64URL_NOPAD;

use crate::keys::KeyRing;
use title_review_core::ids::SessionId;

/// Bytes of the number in front, and of the MAC behind it.
const NUMBER: usize = 4;
const MAC: usize = 28;

/// Which token of a session it is, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshSecret(u32);

impl RefreshSecret {
    /// That of a new session.
    #[must_use]
    pub const fn first() -> Self {
        Self(0)
    }

    /// The one that follows.
    #[must_use]
    pub const fn successor(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// As the client gets it.
    #[must_use]
    pub fn text(self, keys: &KeyRing, session: SessionId) -> String {
        let mut bytes = self.0.to_be_bytes().to_vec();
        bytes.extend_from_slice(&keys.mac(DOMAIN, &self.signed(session))[..MAC]);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads what a client sends; none for what was never given out for this session.
    #[must_use]
    pub fn read(keys: &KeyRing, session: SessionId, text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() == NUMBER + MAC)?;
        let (number, mac) = bytes.split_at(NUMBER);
        let secret = Self(u32::from_be_bytes(number.try_into().ok()?));
        keys.mac_is(DOMAIN, &secret.signed(session), mac).then_some(secret)
    }

    fn signed(self, session: SessionId) -> Vec<u8> {
        format!("{session} {}", self.0).into_bytes()
    }
}

const DOMAIN: &str = "refresh token 1";
