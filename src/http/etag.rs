//! Entity tags (RFC 9110, 8.8): a tag changes with every byte of the representation, and begins with the version of the object where it has one.
//!
//! `"3.9JQ0cXtl1ErzaVMA"`: version 3, and a hash of the body. A client that sends the tag back in If-Match is held to the version alone: what else is
//! shown (who asks, the time, a window that was extended) may have changed meanwhile without being what the client decided on.
//! Compressed bytes are another representation: their tag ends with the coding, `"3.9JQ0cXtl1ErzaVMA-gzip"`.

use crate::keys::sha256;
use actix_web::HttpRequest;
use actix_web::http::header;
use data_encoding::BASE64URL_NOPAD;

/// Codings that answers are compressed with.
const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];

/// The tag of a body, with its quotes; `version` of the object that it shows.
pub(super) fn of(version: Option<i64>, body: &[u8]) -> String {
    let hash = BASE64URL_NOPAD.encode(&sha256(body)[..12]);
    version.map_or_else(|| format!("\"{hash}\""), |version| format!("\"{version}.{hash}\""))
}

/// The tag of a version whose representation is not at hand: enough for If-Match.
pub(super) fn of_version(version: i64) -> String {
    format!("\"{version}\"")
}

/// The tag of the same representation in a coding.
pub(super) fn coded(tag: &str, coding: &str) -> Option<String> {
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    CODINGS.contains(&coding).then(|| format!("\"{inner}-{coding}\""))
}

/// Without quotes, mark of weakness and coding.
fn opaque(tag: &str) -> Option<&str> {
    let inner = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    let uncoded = inner.rsplit_once('-').filter(|(_, coding)| CODINGS.contains(coding)).map_or(inner, |(rest, _)| rest);
    Some(uncoded)
}

/// The version that a tag names.
fn version_in(tag: &str) -> Option<i64> {
    opaque(tag)?.split('.').next()?.parse().ok()
}

/// The client has this representation already (`If-None-Match`, compared weakly); its own tag for it.
pub(super) fn none_match(request: &HttpRequest, tag: &str) -> Option<String> {
    let lists = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    lists.into_iter().find_map(|list| find_in(list, tag))
}

/// The one of a list of tags that names this representation, compared weakly.
pub(super) fn find_in(list: &str, tag: &str) -> Option<String> {
    let known = opaque(tag)?;
    tags(list).find_map(|candidate| {
        if candidate == "*" {
            return Some(tag.to_owned());
        }
        (opaque(candidate)? == known).then(|| candidate.strip_prefix("W/").unwrap_or(candidate).to_owned())
    })
}

/// What a list of tags in If-Match allows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// `*`.
    Any,
    /// These versions; zero for a tag that names none.
    Versions(Vec<i64>),
    /// Nothing: every tag is weak, and If-Match compares strongly (RFC 9110, 13.1.1).
    OnlyWeak,
}

/// Reads If-Match.
pub(super) fn if_match(text: &str) -> Allowed {
    if text.trim() == "*" {
        return Allowed::Any;
    }
    let versions: Vec<i64> =
        tags(text).filter(|tag| !tag.starts_with("W/")).map(|tag| version_in(tag).unwrap_or_default()).collect();
    if versions.is_empty() && tags(text).next().is_some() { Allowed::OnlyWeak } else { Allowed::Versions(versions) }
}

fn tags(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Allowed, coded, if_match, none_match, of};
    use actix_web::test::TestRequest;

    fn known(header: &str, tag: &str) -> Option<String> {
        none_match(&TestRequest::default().insert_header(("if-none-match", header)).to_http_request(), tag)
    }

    #[test]
    fn tag_changes_with_every_byte_and_with_the_version() {
        let tags = [of(Some(3), b"a"), of(Some(3), b"b"), of(Some(4), b"a"), of(None, b"a")];
        assert!(tags.iter().enumerate().all(|(n, tag)| tags.iter().skip(n + 1).all(|other| other != tag)), "{tags:?}");
    }

    #[test]
    fn client_has_what_it_names_in_any_coding() {
        let tag = of(Some(3), b"a");
        let gzip = coded(&tag, "gzip").unwrap();
        assert_eq!(known(&tag, &tag), Some(tag.clone()));
        assert_eq!(known(&format!("\"x\", W/{gzip}"), &tag), Some(gzip));
        assert_eq!(known("*", &tag), Some(tag.clone()));
        assert_eq!(known(&of(Some(3), b"b"), &tag), None);
        assert_eq!(known("3", &tag), None);
    }

    #[test]
    fn versions_are_read_from_a_list_of_strong_tags() {
        let tag = of(Some(3), b"a");
        assert_eq!(if_match(&tag), Allowed::Versions(vec![3]));
        assert_eq!(if_match(&format!("\"7\", {}", coded(&tag, "br").unwrap())), Allowed::Versions(vec![7, 3]));
        assert_eq!(if_match(&format!("W/{tag}")), Allowed::OnlyWeak);
        assert_eq!(if_match(&format!("W/\"9\", {tag}")), Allowed::Versions(vec![3]));
        assert_eq!(if_match("M4"), Allowed::Versions(vec![0]));
        assert_eq!(if_match(" * "), Allowed::Any);
        assert_eq!(if_match(""), Allowed::Versions(Vec::new()));
    }
}
