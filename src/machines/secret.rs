//! Secrets as texts: a prefix that scanners know, 32 random bytes, and a checksum, so that a text that is none is told without a look into the database.

use crate::keys;
use data_encoding::BASE32_NOPAD;

/// Begins a person's token.
pub const PERSONAL_TOKEN: &str = "trp_";

/// Begins a client's secret.
pub const CLIENT_SECRET: &str = "trs_";

/// Characters of 32 bytes in base32.
const BODY: usize = 52;

/// Characters of the checksum.
const CHECK: usize = 8;

fn checksum(head: &str) -> String {
    let mut sum = keys::sha256_hex(head.as_bytes());
    sum.truncate(CHECK);
    sum
}

/// A fresh secret: letters, digits and `_` alone, so that a double click marks all of it.
#[must_use]
pub fn make(prefix: &str) -> String {
    let head = format!("{prefix}{}", BASE32_NOPAD.encode(&keys::random_bytes::<32>()).to_ascii_lowercase());
    let check = checksum(&head);
    format!("{head}_{check}")
}

/// Whether the text could be a secret with this prefix: nobody has to be asked about any other.
#[must_use]
pub fn is_well_formed(prefix: &str, text: &str) -> bool {
    let Some((head, check)) = text.rsplit_once('_') else { return false };
    let Some(body) = head.strip_prefix(prefix) else { return false };
    body.len() == BODY
        && body.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte))
        && check == checksum(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_secret_is_not_well_formed() {
        let secret = make(PERSONAL_TOKEN);
        assert_eq!(secret.len(), PERSONAL_TOKEN.len() + BODY + 1 + CHECK);
        assert!(is_well_formed(PERSONAL_TOKEN, &secret) && !is_well_formed(CLIENT_SECRET, &secret));
        assert_ne!(secret, make(PERSONAL_TOKEN));
        for place in 0..secret.len() {
            let mut bytes = secret.clone().into_bytes();
            bytes[place] = if bytes[place] == b'7' { b'6' } else { b'7' };
            assert!(!is_well_formed(PERSONAL_TOKEN, std::str::from_utf8(&bytes).unwrap()), "{place}");
        }
        for other in [
            "",
            "trp_",
            "trp__",
            "eyJhbGciOiJFZERTQSJ9.e30.x",
            &secret[..secret.len() - 1],
            &format!("{secret}a"),
            &secret.to_uppercase(),
        ] {
            assert!(!is_well_formed(PERSONAL_TOKEN, other), "{other}");
        }
    }
}
