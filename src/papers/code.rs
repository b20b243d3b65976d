//! The code of a print: which form of which application, and a digest of what was printed, authenticated by the server.

use super::model::FormKind;
use crate::keys::{KeyRing, sha256_hex};
use data_encoding::BASE32_NOPAD;
use title_review_core::ids::ApplicationId;
use title_review_papers::Paper;

const DOMAIN: &str = "print";
/// Bytes of the digest and of the seal.
const DIGEST: usize = 8;
const SEAL: usize = 16;

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrintCode {
    pub form: FormKind,
    pub application: ApplicationId,
    /// Of what is printed, without what stands at the edge; 16 hexadecimal digits.
    pub digest: String,
}

/// Digest of what a paper says.
pub(super) fn digest(paper: &Paper) -> String {
    let mut said = String::new();
    for text in paper.texts() {
        said.push_str(text);
        said.push('\u{1f}');
    }
    sha256_hex(said.as_bytes())[..2 * DIGEST].to_owned()
}

/// The digest as it is printed: groups of four.
pub(super) fn grouped(digest: &str) -> String {
    let upper = digest.to_ascii_uppercase();
    let groups: Vec<&str> = upper.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

impl PrintCode {
    fn bytes(&self) -> Option<Vec<u8>> {
        let form = FormKind::ALL.iter().position(|form| *form == self.form)?;
        let mut bytes = vec![u8::try_from(form).ok()?];
        bytes.extend(uuid::Uuid::parse_str(self.application.as_ref()).ok()?.as_bytes());
        bytes.extend(data_encoding::HEXLOWER.decode(self.digest.as_bytes()).ok()?);
        Some(bytes)
    }

    /// The code: capitals and digits.
    pub fn sealed(&self, keys: &KeyRing) -> Option<String> {
        let mut bytes = self.bytes()?;
        let seal = keys.mac(DOMAIN, &bytes);
        bytes.extend(&seal[..SEAL]);
        Some(BASE32_NOPAD.encode(&bytes))
    }

    /// What a code says; none for one that this server did not make.
    pub fn open(keys: &KeyRing, text: &str) -> Option<Self> {
        let bytes = BASE32_NOPAD.decode(text.trim().to_ascii_uppercase().as_bytes()).ok()?;
        if bytes.len() != 1 + 16 + DIGEST + SEAL {
            return None;
        }
        let (said, seal) = bytes.split_at(1 + 16 + DIGEST);
        if !keys.mac_is(DOMAIN, said, seal) {
            return None;
        }
        let form = *FormKind::ALL.get(usize::from(said[0]))?;
        let application = uuid::Uuid::from_slice(&said[1..17]).ok()?.to_string().parse().ok()?;
        Some(Self { form, application, digest: data_encoding::HEXLOWER.encode(&said[17..]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_of_another_server_or_a_changed_one_is_not_opened() {
        let (keys, others) = (KeyRing::ephemeral().unwrap(), KeyRing::ephemeral().unwrap());
        let application = "019256b4-7a21-7f3c-8a11-0a5f3f1c9e01".parse().unwrap();
        let code = PrintCode { form: FormKind::Receipt, application, digest: "0123456789abcdef".to_owned() };
        let text = code.sealed(&keys).unwrap();
        assert_eq!(PrintCode::open(&keys, &text), Some(code.clone()));
        assert_eq!(PrintCode::open(&keys, &text.to_ascii_lowercase()), Some(code));
        assert_eq!(PrintCode::open(&others, &text), None);
        let first = if text.starts_with('A') { "B" } else { "A" };
        for wrong in [format!("{first}{}", &text[1..]), text[1..].to_owned(), String::new(), "嗯".to_owned()] {
            assert_eq!(PrintCode::open(&keys, &wrong), None, "{wrong}");
        }
    }

    #[test]
    fn digest_is_printed_in_groups_of_four() {
        assert_eq!(grouped("0123456789abcdef"), "0123 4567 89AB CDEF");
    }
}
