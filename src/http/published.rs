//! Answers that anybody may keep for a while: documents that change when an operator changes something.

use super::answer::{Answer, Resource};
use super::describe::{DescribeAnswer, OperationDoc};
use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::{Map, json};

/// 200 with what everybody is shown alike and caches may keep for so many seconds.
pub struct Published<T, const SECONDS: u32 = 300>(pub T);

impl<T: Resource, const SECONDS: u32> Responder for Published<T, SECONDS> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = Answer::<T>::from(self.0).respond_to(request);
        if let Ok(value) = header::HeaderValue::try_from(format!("public, max-age={SECONDS}")) {
            response.headers_mut().insert(header::CACHE_CONTROL, value);
        }
        response
    }
}

impl<T, const SECONDS: u32> From<T> for Published<T, SECONDS> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Resource, const SECONDS: u32> DescribeAnswer for Published<T, SECONDS> {
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
