//! Forms with a file: `multipart/form-data`, bounded as it arrives.

use super::describe::{Describe, OperationDoc};
use crate::app::App;
use crate::problem::{Code, Problem};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest};
use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes that a form may have beside its file: fields, part headers, boundaries.
const BESIDE_FILE: u64 = 64 * 1024;

/// A form of the schema `T`. The raw stream ends with an error past `limits.upload_bytes`; the parts are the handler's to read.
pub struct FormData<T> {
    /// The parts as they arrive.
    pub parts: Parts,
    schema: PhantomData<T>,
}

/// The parts of a form.
pub struct Parts {
    form: Multipart,
    ended: bool,
}

impl Parts {
    /// The next part; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<Field, MultipartError>> {
        // A multipart stream that is asked again after its end panics.
        if self.ended {
            return None;
        }
        let next = self.form.next().await;
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<T> FromRequest for FormData<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let text = |name| request.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
        let is_form = text(header::CONTENT_TYPE)
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"));
        if !is_form {
            return ready(Err(Problem::new(Code::UnsupportedMediaType)
                .detail("请求体须为 multipart/form-data", "The body has to be multipart/form-data")));
        }
        let Some(app) = request.app_data::<web::Data<App>>() else { return ready(Err(Code::Internal.into())) };
        let most = app.config.limits.upload_bytes.saturating_add(BESIDE_FILE);
        let declared = text(header::CONTENT_LENGTH).and_then(|value| value.parse::<u64>().ok());
        if declared.is_some_and(|length| length > most) {
            return ready(Err(Code::PayloadTooLarge.into()));
        }
        let form = Multipart::new(request.headers(), Bounded { stream: payload.take(), left: most });
        ready(Ok(Self { parts: Parts { form, ended: false }, schema: PhantomData }))
    }
}

impl<T: utoipa::ToSchema> Describe for FormData<T> {
    fn describe(doc: &mut OperationDoc) {
        let schema = doc.component::<T>();
        doc.request_body = Some(json!({ "required": true, "content": { "multipart/form-data": { "schema": schema } } }));
        doc.problems.extend([
            Code::BadRequest,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidBody,
            Code::UnknownField,
            Code::InvalidField,
            Code::TooManyParts,
        ]);
    }
}

/// A body that fails past so many bytes: the raw stream knows no other bound.
struct Bounded {
    stream: Payload,
    left: u64,
}

impl Stream for Bounded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.stream).poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            let Some(left) = self.left.checked_sub(chunk.len() as u64) else {
                self.stream = Payload::None;
                return Poll::Ready(Some(Err(PayloadError::Overflow)));
            };
            self.left = left;
        }
        polled
    }
}
