//! Content codings of requests: none is accepted.
//!
//! The framework would inflate a whole compressed chunk before it compares the size of the body with its limit: a body of 200 KB can become 200 MB.

use crate::problem::{Code, Problem};
use actix_web::http::header::{self, HeaderMap};

/// The only coding that is accepted, as `Accept-Encoding` says it in the answer (RFC 9110, 15.5.16).
pub(super) const ACCEPTED: &str = "identity";

/// Refuses a request whose body is encoded, whatever the coding, in one header or several.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Problem> {
    if !is_encoded(headers) {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType)
        .detail("请求体不得压缩（Content-Encoding）", "The body must not be compressed (Content-Encoding)"))
}

/// The request names a coding other than `identity`.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    codings.any(|coding| !coding.trim_ascii().is_empty() && !coding.trim_ascii().eq_ignore_ascii_case(ACCEPTED.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn content_encoding_other_than_identity_is_detected() {
        let encoded = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_bytes(line.as_bytes()).unwrap());
            }
            is_encoded(&headers)
        };
        for lines in [&[][..], &[""], &["identity"], &["Identity , identity"], &["identity", "identity"]] {
            assert!(!encoded(lines), "{lines:?}");
        }
        for lines in [&["gzip"][..], &["br"], &["gzip, identity"], &["identity,GZIP"], &["identity", "x-gzip"], &["\u{ff}"]] {
            assert!(encoded(lines), "{lines:?}");
        }
    }
}
