//! A file as the whole body of a request, as `curl -T` sends it: bounded as it arrives, its type found in its content.

use super::describe::{Describe, OperationDoc};
use super::limits::payload_problem;
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt as _;
use serde_json::json;
use std::future::{Ready, ready};

/// The bytes of a body, of whatever declared type.
pub struct FileBody {
    stream: Payload,
    declared: Option<u64>,
    read: u64,
}

impl FileBody {
    /// The next piece; none at the end. An error past `most` bytes, or before the first one where more are declared.
    pub async fn next(&mut self, most: u64) -> Result<Option<Bytes>, Problem> {
        if self.declared.is_some_and(|length| length > most) {
            return Err(Code::PayloadTooLarge.into());
        }
        let Some(piece) = self.stream.next().await else {
            return match self.declared {
                Some(length) if length > self.read => {
                    Err(Problem::new(Code::BadRequest).detail("文件没有传完", "The file is not complete"))
                }
                _ => Ok(None),
            };
        };
        let piece = piece.map_err(|error| payload_problem(&error))?;
        self.read += piece.len() as u64;
        if self.read > most { Err(Code::PayloadTooLarge.into()) } else { Ok(Some(piece)) }
    }
}

impl FromRequest for FileBody {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        ready(Ok(Self { stream: payload.take(), declared, read: 0 }))
    }
}

impl Describe for FileBody {
    fn describe(doc: &mut OperationDoc) {
        let file = json!({ "schema": { "type": "string", "format": "binary" } });
        let content =
            json!({ "application/octet-stream": file, "text/csv": file, "application/x-ndjson": file, "application/gzip": file });
        doc.request_body = Some(json!({ "required": true, "content": content }));
        doc.problems.extend([Code::BadRequest, Code::RequestTimeout, Code::PayloadTooLarge]);
    }
}
