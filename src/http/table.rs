//! Answers that are a table as text (CSV), in the encoding that they are written in, streamed.

use super::describe::{DescribeAnswer, OperationDoc};
use crate::problem::Problem;
use actix_web::body::{BodyStream, BoxBody};
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use futures_util::stream::try_unfold;
use serde_json::json;
use std::future::Future;

/// A table.
pub struct Table {
    file_name: String,
    body: BoxBody,
}

impl Table {
    /// Asks `next` for pieces until one is empty and nothing follows it; each is given the state that the one before left. A piece that is empty ends the table.
    pub fn of<S, F>(file_name: String, first: S, next: impl Fn(S) -> F + 'static) -> Self
    where
        S: 'static,
        F: Future<Output = Result<(Vec<u8>, S), Problem>> + 'static,
    {
        let stream = try_unfold((first, next), |(state, next)| async move {
            let (bytes, state) = next(state).await.map_err(|problem| std::io::Error::other(problem.code.as_str()))?;
            Ok::<_, std::io::Error>((!bytes.is_empty()).then(|| (Bytes::from(bytes), (state, next))))
        });
        Self { file_name, body: BoxBody::new(BodyStream::new(Box::pin(stream))) }
    }
}

impl Responder for Table {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.file_name)))
            .content_type("text/csv")
            .body(self.body)
    }
}

impl DescribeAnswer for Table {
    fn describe_answer(doc: &mut OperationDoc) {
        let headers =
            json!({ "Content-Disposition": { "description": "文件名 / name of the file", "schema": { "type": "string" } } });
        let content = json!({ "text/csv": { "schema": { "type": "string", "format": "binary" } } });
        doc.success = Some((200, json!({ "description": "表格 / a table", "headers": headers, "content": content })));
    }
}
