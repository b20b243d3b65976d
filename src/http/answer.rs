//! Answers: one success status and one schema per operation, with a strong ETag.

use super::describe::{DescribeAnswer, OperationDoc};
use super::etag;
use super::ready::Ready;
use crate::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use serde_json::{Map, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// What a handler gives back.
pub type Outcome<T> = Result<T, Problem>;

/// A body that operations answer with.
pub trait Resource: Serialize + ToSchema {
    /// The document says that the ETag of this body is for If-Match.
    const VERSIONED: bool = false;

    /// Version of the row; the ETag begins with it.
    fn version(&self) -> Option<i64> {
        None
    }

    /// Cursor of the next page, for lists.
    fn next_cursor(&self) -> Option<&str> {
        None
    }

    /// Path of the created object, for 201.
    fn location(&self) -> Option<String> {
        None
    }
}

/// An answer with a body and `STATUS`.
pub struct Answer<T, const STATUS: u16 = 200> {
    pub(super) payload: Bytes<T>,
}

/// 201 with the created object.
pub type Created<T> = Answer<T, 201>;

/// What an answer's bytes come from.
pub(super) enum Bytes<T> {
    /// The use case just ran.
    Fresh(T),
    /// An earlier run with the same idempotency key.
    Replayed(Stored),
    /// Rendered for an earlier request.
    Ready(Arc<Ready>),
}

/// An answer as kept beside its idempotency key.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: String,
}

impl Stored {
    pub fn of<T: Resource>(value: &T) -> Result<Self, Problem> {
        let body = serde_json::to_string(value).map_err(|error| Problem::internal(&error))?;
        let etag = value.version().map(|version| etag::of(Some(version), body.as_bytes()));
        Ok(Self { etag, location: value.location(), body })
    }
}

impl<T: Resource, const STATUS: u16> From<T> for Answer<T, STATUS> {
    fn from(value: T) -> Self {
        Self { payload: Bytes::Fresh(value) }
    }
}

impl<T: Resource, const STATUS: u16> Responder for Answer<T, STATUS> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let (stored, next, replayed) = match self.payload {
            Bytes::Fresh(value) => {
                let next = value.next_cursor().map(str::to_owned);
                match Stored::of(&value) {
                    Ok(mut stored) => {
                        if is_read(request) && stored.etag.is_none() {
                            stored.etag = Some(etag::of(None, stored.body.as_bytes()));
                        }
                        (stored, next, false)
                    }
                    Err(problem) => return HttpResponse::from_error(problem),
                }
            }
            Bytes::Replayed(stored) => (stored, None, true),
            Bytes::Ready(ready) => return ready.respond(request),
        };
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        if let Some(tag) = &stored.etag {
            response.insert_header((header::ETAG, tag.clone()));
            if let Some(theirs) = etag::none_match(request, tag).filter(|_| is_read(request)) {
                return HttpResponse::NotModified().insert_header((header::ETAG, theirs)).finish();
            }
        }
        if let Some(location) = &stored.location
            && status == StatusCode::CREATED
        {
            response.insert_header((header::LOCATION, location.clone()));
        }
        if let Some(cursor) = next {
            response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", next_page(request, &cursor))));
        }
        if replayed {
            response.insert_header(("idempotency-replayed", "true"));
        }
        response.content_type("application/json").body(stored.body)
    }
}

/// The request reads: GET, or HEAD in its place.
fn is_read(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The request's own path and query with the cursor of the next page.
fn next_page(request: &HttpRequest, cursor: &str) -> String {
    let kept = request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let query: Vec<&str> = kept.collect();
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{}?{}{separator}cursor={cursor}", request.path(), query.join("&"))
}

impl<T: Resource, const STATUS: u16> DescribeAnswer for Answer<T, STATUS> {
    fn describe_answer(doc: &mut OperationDoc) {
        let schema = doc.component::<T>();
        let mut headers = Map::new();
        if T::VERSIONED {
            headers.insert(
                "ETag".to_owned(),
                json!({ "description": "版本标识，用于 If-Match / version of the object, for If-Match", "schema": { "type": "string" } }),
            );
        }
        let description = if STATUS == 201 { "已创建 / created" } else { "成功 / done" };
        doc.json_response(STATUS, description, Some(&schema), headers);
    }
}

/// 202 with an object that goes on by itself; 200 where a repeated request finds it.
pub struct Accepted<T> {
    /// The object.
    pub value: T,
    /// It was there already.
    pub repeated: bool,
}

impl<T: Resource> Responder for Accepted<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let location = self.value.location();
        if self.repeated {
            return Answer::<T, 200>::from(self.value).respond_to(request);
        }
        let mut response = Answer::<T, 202>::from(self.value).respond_to(request);
        if let Some(Ok(location)) = location.map(header::HeaderValue::try_from) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl<T: Resource> DescribeAnswer for Accepted<T> {
    fn describe_answer(doc: &mut OperationDoc) {
        Answer::<T, 200>::describe_answer(doc);
        if let Some((_, found)) = doc.success.take() {
            let mut accepted = found.clone();
            accepted["description"] = json!("已受理，继续处理 / accepted, goes on by itself");
            accepted["headers"]["Location"] = json!({ "description": "进展 / how it stands", "schema": { "type": "string" } });
            doc.further.push((200, found));
            doc.success = Some((202, accepted));
        }
    }
}

/// 200 with a document that a browser saves.
pub struct Saved<T> {
    /// Name under which it is saved; ASCII.
    pub file_name: &'static str,
    /// The document.
    pub value: T,
}

impl<T: Resource> Responder for Saved<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = Answer::<T>::from(self.value).respond_to(request);
        let disposition = format!("attachment; filename=\"{}\"", self.file_name);
        if let Ok(value) = header::HeaderValue::try_from(disposition) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

impl<T: Resource> DescribeAnswer for Saved<T> {
    fn describe_answer(doc: &mut OperationDoc) {
        Answer::<T>::describe_answer(doc);
        if let Some((_, response)) = &mut doc.success {
            response["headers"]["Content-Disposition"] =
                json!({ "description": "文件名 / name of the file", "schema": { "type": "string" } });
        }
    }
}

/// 204.
pub struct NoContent;

impl Responder for NoContent {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl DescribeAnswer for NoContent {
    fn describe_answer(doc: &mut OperationDoc) {
        doc.json_response(204, "已完成 / done", None, Map::new());
    }
}

/// 200 without a body.
pub struct Done;

impl Responder for Done {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
}

impl DescribeAnswer for Done {
    fn describe_answer(doc: &mut OperationDoc) {
        doc.json_response(200, "已完成 / done", None, Map::new());
    }
}
