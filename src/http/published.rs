//! Answers that anybody may keep for a while: documents that change when an operator changes something.

use super::answer::{Resource, none_match};
use super::describe::{DescribeAnswer, OperationDoc};
use crate::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::{Map, json};

/// Seconds for which a copy is good.
const SECONDS: u32 = 300;

/// 200 with a document that caches may keep; its ETag is the hash of its text.
pub struct Published<T>(pub T);

impl<T: Resource> Responder for Published<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let body = match serde_json::to_string(&self.0) {
            Ok(body) => body,
            Err(error) => return HttpResponse::from_error(Problem::internal(&error)),
        };
        let tag = format!("\"{}\"", &crate::keys::sha256_hex(body.as_bytes())[..16]);
        let kept = (header::CACHE_CONTROL, format!("public, max-age={SECONDS}"));
        if none_match(request, &tag) {
            return HttpResponse::NotModified().insert_header((header::ETAG, tag)).insert_header(kept).finish();
        }
        HttpResponse::Ok().insert_header((header::ETAG, tag)).insert_header(kept).content_type("application/json").body(body)
    }
}

impl<T: Resource> DescribeAnswer for Published<T> {
    fn describe_answer(doc: &mut OperationDoc) {
        let schema = doc.component::<T>();
        let mut headers = Map::new();
        let text = json!({ "type": "string" });
        headers.insert("ETag".to_owned(), json!({ "description": "内容的散列 / hash of the content", "schema": text }));
        headers.insert(
            "Cache-Control".to_owned(),
            json!({ "description": "可缓存的秒数 / for how long a copy is good", "schema": text, "example": format!("public, max-age={SECONDS}") }),
        );
        doc.json_response(200, "成功 / done", Some(&schema), headers);
    }
}
