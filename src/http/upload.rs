//! Forms with a file: `multipart/form-data`, bounded as it arrives.

use super::describe::{Describe, OperationDoc};
use super::limits::payload_problem;
use crate::context::App;
use crate::problem::{Code, Problem};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest};
use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use std::cell::Cell;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Bytes that a form may have beside its file: fields, part headers, boundaries.
const BESIDE_FILE: u64 = 64 * 1024;

/// Parts of a form: more than any form here has.
const PARTS: u32 = 16;

/// Bytes that a part's boundary and headers may have. The parser has no bound: it would keep whatever comes until the empty line.
const PART_HEAD: u64 = 8 * 1024;

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
    count: u32,
    /// Bytes of the form that have been read.
    read: Rc<Cell<u64>>,
}

impl Parts {
    /// The next part; `None` after the last one and after an error. The part before has to be read to its end.
    pub async fn next(&mut self) -> Option<Result<Field, Problem>> {
        // A multipart stream that is asked again after its end panics.
        if self.ended {
            return None;
        }
        self.ended = true;
        if self.count == PARTS {
            return Some(Err(Problem::new(Code::TooManyParts)
                .detail(format!("表单超过 {PARTS} 个部分"), format!("the form has more than {PARTS} parts"))));
        }
        self.count += 1;
        let before = self.read.get();
        let next = std::future::poll_fn(|cx| match self.form.poll_next_unpin(cx) {
            // All that has come is read, and the head of the part is not at its end.
            Poll::Pending if self.read.get() - before > PART_HEAD => Poll::Ready(Some(Err(
                Problem::new(Code::BadRequest).detail("表单部分的头过大", "The head of a part of the form is too large")
            ))),
            Poll::Pending => Poll::Pending,
            Poll::Ready(next) => Poll::Ready(next.map(|part| part.map_err(|error| broken_form(&error)))),
        })
        .await;
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The problem of a form that could not be read.
#[must_use]
pub fn broken_form(error: &MultipartError) -> Problem {
    let known = match error {
        MultipartError::Payload(error) => payload_problem(error),
        _ => Problem::new(Code::BadRequest),
    };
    if known.code == Code::BadRequest {
        known.detail("表单不完整或格式有误", "The form is broken or not complete")
    } else {
        known
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
        let read = Rc::new(Cell::new(0));
        let form = Multipart::new(request.headers(), Bounded { stream: payload.take(), most, read: Rc::clone(&read) });
        ready(Ok(Self { parts: Parts { form, ended: false, count: 0, read }, schema: PhantomData }))
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
    most: u64,
    read: Rc<Cell<u64>>,
}

impl Stream for Bounded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.stream).poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.read.set(self.read.get() + chunk.len() as u64);
            if self.read.get() > self.most {
                self.stream = Payload::None;
                return Poll::Ready(Some(Err(PayloadError::Overflow)));
            }
        }
        polled
    }
}
