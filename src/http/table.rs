//! Answers that are a table as text (CSV), in the encoding that they are written in, streamed.

use super::describe::{DescribeAnswer, OperationDoc};
use super::streamed::streamed;
use crate::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::json;
use std::future::Future;

/// A table.
pub struct Table {
    file_name: String,
    body: BoxBody,
}

impl Table {
    /// Asks `next` for pieces until it gives none; each is given the state that the one before left. A piece may be empty.
    pub fn of<S, F>(file_name: String, first: S, next: impl Fn(S) -> F + 'static) -> Self
    where
        S: 'static,
        F: Future<Output = Result<Option<(Vec<u8>, S)>, Problem>> + 'static,
    {
        Self { file_name, body: streamed(first, next) }
    }

    /// One that is there already.
    #[must_use]
    pub fn whole(file_name: String, text: String) -> Self {
        Self { file_name, body: BoxBody::new(text) }
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
