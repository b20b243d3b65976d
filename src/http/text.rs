//! Answers that are text of another kind than JSON, such as a calendar feed.

use super::describe::{DescribeAnswer, OperationDoc};
use super::etag;
use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::json;
use std::marker::PhantomData;

/// A kind of text.
pub trait TextKind: 'static {
    /// Its media type, without parameters.
    const MEDIA_TYPE: &'static str;
    /// Ending of the name under which a browser keeps it.
    const ENDING: &'static str;
}

/// iCalendar, RFC 5545.
pub struct ICalendar;

impl TextKind for ICalendar {
    const MEDIA_TYPE: &'static str = "text/calendar";
    const ENDING: &'static str = "ics";
}

/// 200 with a UTF-8 text; its ETag is the hash of the text.
pub struct Text<K> {
    body: String,
    name: String,
    kind: PhantomData<K>,
}

impl<K: TextKind> Text<K> {
    /// `name` is the name of the file, without its ending; ASCII.
    #[must_use]
    pub fn new(name: &str, body: String) -> Self {
        let name = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        Self { body, name, kind: PhantomData }
    }
}

impl<K: TextKind> Responder for Text<K> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let tag = etag::of(None, self.body.as_bytes());
        if let Some(theirs) = etag::none_match(request, &tag) {
            return HttpResponse::NotModified().insert_header((header::ETAG, theirs)).finish();
        }
        HttpResponse::Ok()
            .insert_header((header::ETAG, tag))
            .insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{}.{}\"", self.name, K::ENDING)))
            .content_type(format!("{}; charset=utf-8", K::MEDIA_TYPE))
            .body(self.body)
    }
}

impl<K: TextKind> DescribeAnswer for Text<K> {
    fn describe_answer(doc: &mut OperationDoc) {
        let response = json!({
            "description": "成功 / done",
            "content": { K::MEDIA_TYPE: { "schema": { "type": "string" } } },
            "headers": {
                "ETag": { "description": "内容的散列 / hash of the content", "schema": { "type": "string" } },
                "Content-Disposition": { "description": "文件名 / name of the file", "schema": { "type": "string" } },
            },
        });
        doc.success = Some((200, response));
    }
}
