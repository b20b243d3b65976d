//! Files as answers: whole, in part (RFC 9110 section 14), or not at all because the client has them.

use super::describe::{Describe, DescribeAnswer, OperationDoc};
use super::etag;
use crate::problem::{Code, Problem};
use actix_web::body::{BoxBody, SizedStream};
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use futures_util::Stream;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::future::{Ready, ready};
use std::ops::Range;
use std::pin::Pin;

/// What the client asks of a file: `Range`, `If-Range`, `If-None-Match`.
#[derive(Debug, Clone, Default)]
pub struct RangeRequest {
    range: Option<String>,
    if_range: Option<String>,
    if_none_match: Option<String>,
}

/// What a client gets of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The client has it: 304.
    Nothing,
    /// All of it.
    Whole,
    /// These bytes: 206.
    Part(Range<u64>),
}

impl RangeRequest {
    /// What to send of a file of this strong entity tag (with its quotes) and size; 416 where the range lies outside.
    /// Several ranges, another unit and what is no range get the whole file, as RFC 9110 permits.
    pub fn of(&self, tag: &str, size: u64) -> Result<Wanted, Problem> {
        if self.if_none_match.as_deref().is_some_and(|list| etag::find_in(list, tag).is_some()) {
            return Ok(Wanted::Nothing);
        }
        // A date or another tag: the client's part is of another file, or may be.
        if self.if_range.as_deref().is_some_and(|value| value.trim() != tag) {
            return Ok(Wanted::Whole);
        }
        let Some(range) = self.range.as_deref().and_then(parse_range) else { return Ok(Wanted::Whole) };
        let bytes = match range {
            (Some(first), last) => first..last.map_or(size, |last| size.min(last.saturating_add(1))),
            (None, Some(suffix)) => size.saturating_sub(suffix)..size,
            (None, None) => return Ok(Wanted::Whole),
        };
        if bytes.is_empty() {
            let mut problem = Problem::new(Code::RangeNotSatisfiable);
            problem.content_size = Some(size);
            return Err(problem);
        }
        Ok(Wanted::Part(bytes))
    }
}

/// First and last byte of a single range; without a first one the last says how many bytes of the end.
fn parse_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(Some(digits.parse().unwrap_or(u64::MAX))),
        _ => None,
    };
    let (first, last) = (number(first)?, number(last)?);
    match (first, last) {
        (Some(first), Some(last)) if first > last => None,
        both => Some(both),
    }
}

impl FromRequest for RangeRequest {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        ready(Ok(Self { range: text(header::RANGE), if_range: text(header::IF_RANGE), if_none_match: text(header::IF_NONE_MATCH) }))
    }
}

/// A tag as examples show it: the SHA-256 of `foo`.
const EXAMPLE_TAG: &str = "\"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\"";

/// Types of the content that a download may have: those that uploads are sniffed as, and the general one, which is the only type of a file that some
/// generators know.
const TYPES: [&str; 4] = ["application/octet-stream", "application/pdf", "image/jpeg", "image/png"];

impl Describe for RangeRequest {
    fn describe(doc: &mut OperationDoc) {
        for (name, description, example) in [
            ("Range", "只取一段 / a single range of bytes", "bytes=0-1023"),
            ("If-Range", "仅当内容未变时取一段 / the range only of this content", EXAMPLE_TAG),
            ("If-None-Match", "内容未变则返回 304 / 304 when the content is this one", EXAMPLE_TAG),
        ] {
            doc.header(name, false, description, &json!({ "type": "string", "example": example }));
        }
        doc.problems.insert(Code::RangeNotSatisfiable);
    }
}

type Piece = Result<Bytes, std::io::Error>;

/// A file, or a part of it, streamed.
pub struct Download {
    /// Strong entity tag, with its quotes.
    pub tag: String,
    /// Media type of the content.
    pub media_type: String,
    /// Name under which it is saved.
    pub file_name: String,
    /// Size of the whole file.
    pub size: u64,
    /// What of it is sent.
    pub wanted: Wanted,
    /// The bytes that are sent; empty for [`Wanted::Nothing`].
    pub bytes: Pin<Box<dyn Stream<Item = Piece>>>,
}

impl Responder for Download {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let (status, length) = match &self.wanted {
            Wanted::Nothing => (StatusCode::NOT_MODIFIED, 0),
            Wanted::Whole => (StatusCode::OK, self.size),
            Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part.end - part.start),
        };
        let mut response = HttpResponse::build(status);
        response.insert_header((header::ETAG, self.tag)).insert_header((header::CACHE_CONTROL, "no-store"));
        if self.wanted == Wanted::Nothing {
            return response.finish();
        }
        if let Wanted::Part(part) = &self.wanted {
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, self.size);
            response.insert_header((header::CONTENT_RANGE, range));
        }
        response
            .insert_header((header::ACCEPT_RANGES, "bytes"))
            .insert_header((header::CONTENT_DISPOSITION, disposition(&self.file_name)))
            // Compressed bytes would not be the bytes of the tag and of the range.
            .insert_header((header::CONTENT_ENCODING, "identity"))
            .content_type(self.media_type)
            .body(SizedStream::new(length, self.bytes))
    }
}

impl DescribeAnswer for Download {
    fn describe_answer(doc: &mut OperationDoc) {
        let header = |text: &str| json!({ "description": text, "schema": { "type": "string" } });
        let etag = header("内容的 SHA-256 / SHA-256 of the content");
        let content: Value =
            TYPES.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": { "type": "string", "format": "binary" } }))).collect();
        let mut headers = json!({
            "ETag": etag,
            "Accept-Ranges": header("bytes"),
            "Content-Disposition": header("attachment，文件名按 RFC 8187 / attachment, the name as in RFC 8187"),
        });
        let whole = json!({ "description": "文件内容 / the file", "headers": headers, "content": content });
        headers["Content-Range"] = header("bytes 0-1023/4096");
        let part = json!({ "description": "文件的一段 / a part of the file", "headers": headers, "content": content });
        let known = json!({ "description": "内容未变 / the client has it", "headers": { "ETag": etag } });
        doc.success = Some((200, whole));
        doc.further.extend([(206, part), (304, known)]);
    }
}

/// `attachment` with the name twice: in ASCII for old clients, in full as RFC 8187 has it.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%' | ';') || c == ' ' { c } else { '_' })
        .collect();
    let mut full = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            full.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(full, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str) -> Result<Wanted, u16> {
        let request = RangeRequest { range: Some(range.to_owned()), ..RangeRequest::default() };
        request.of("\"a\"", 10).map_err(|problem| problem.code.status())
    }

    #[test]
    fn range_header_is_parsed_by_rfc_9110() {
        for (range, part) in [
            ("bytes=0-3", 0..4),
            ("bytes=4-", 4..10),
            ("bytes=-3", 7..10),
            ("bytes=-30", 0..10),
            ("bytes=9-99", 9..10),
            ("bytes=0-99999999999999999999999", 0..10),
        ] {
            assert_eq!(wanted(range), Ok(Wanted::Part(part)), "{range}");
        }
        for range in ["bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=-", "bytes=a-b", "bytes=+1-2", ""] {
            assert_eq!(wanted(range), Ok(Wanted::Whole), "{range}");
        }
        for range in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert_eq!(wanted(range), Err(416), "{range}");
        }
    }

    #[test]
    fn range_with_another_etag_gets_the_whole_file() {
        let mut request = RangeRequest { range: Some("bytes=0-3".to_owned()), ..RangeRequest::default() };
        request.if_range = Some("\"b\"".to_owned());
        assert_eq!(request.of("\"a\"", 10).ok(), Some(Wanted::Whole));
        request.if_range = Some("\"a\"".to_owned());
        assert_eq!(request.of("\"a\"", 10).ok(), Some(Wanted::Part(0..4)));
        request.if_none_match = Some("\"b\", W/\"a\"".to_owned());
        assert_eq!(request.of("\"a\"", 10).ok(), Some(Wanted::Nothing));
    }

    #[test]
    fn content_disposition_has_ascii_and_utf_8_names() {
        assert_eq!(disposition("证\"1;.pdf"), "attachment; filename=\"__1_.pdf\"; filename*=UTF-8''%E8%AF%81%221%3B.pdf");
    }
}
