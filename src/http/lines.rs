//! Answers of any length, one JSON object in each line (NDJSON), written while they are read.

use super::describe::{DescribeAnswer, OperationDoc};
use super::streamed::streamed;
use crate::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use serde_json::json;
use std::future::Future;
use std::marker::PhantomData;
use utoipa::ToSchema;

/// Lines of `T`.
pub struct Lines<T> {
    file_name: String,
    body: BoxBody,
    item: PhantomData<T>,
}

impl<T: Serialize + ToSchema + 'static> Lines<T> {
    /// Asks `next` for batches until it gives none; each is given the state that the one before left. A batch may be empty.
    pub fn of<S, F>(file_name: impl Into<String>, first: S, next: impl Fn(S) -> F + 'static) -> Self
    where
        S: 'static,
        F: Future<Output = Result<Option<(Vec<T>, S)>, Problem>> + 'static,
    {
        let body = streamed(first, move |state| {
            let batch = next(state);
            async move {
                let Some((items, state)) = batch.await? else { return Ok(None) };
                let mut text = Vec::with_capacity(items.len() * 512);
                for item in &items {
                    serde_json::to_writer(&mut text, item).map_err(|error| Problem::internal(&error))?;
                    text.push(b'\n');
                }
                Ok(Some((text, state)))
            }
        });
        Self { file_name: file_name.into(), body, item: PhantomData }
    }
}

impl<T> Responder for Lines<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.file_name)))
            .content_type("application/x-ndjson")
            .body(self.body)
    }
}

impl<T: Serialize + ToSchema> DescribeAnswer for Lines<T> {
    fn describe_answer(doc: &mut OperationDoc) {
        let item = doc.component::<T>();
        let schema = json!({ "type": "string", "format": "binary", "description": "每行一个 JSON 对象 / one JSON object in each line", "x-line-schema": item });
        let content = json!({ "application/x-ndjson": { "schema": schema } });
        let headers =
            json!({ "Content-Disposition": { "description": "文件名 / name of the file", "schema": { "type": "string" } } });
        doc.success = Some((200, json!({ "description": "逐行输出 / lines, streamed", "headers": headers, "content": content })));
    }
}
