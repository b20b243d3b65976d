//! Problems as bytes: the JSON body, and a readable page per code.

use super::{At, Code, Finding, Problem, Text};
use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use title_review_core::identity_numbers::starred;
use utoipa::ToSchema;

/// A refusal, RFC 9457 (`application/problem+json`).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `/problems/<code>`, a readable page.
    #[serde(rename = "type")]
    #[schema(example = "/problems/window_closed")]
    pub kind: String,
    /// What the code means, in the language asked for.
    pub title: String,
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// This occurrence.
    pub detail: String,
    /// Path of the request.
    pub instance: String,
    /// Stable code; never changes with the language.
    #[schema(example = "window_closed")]
    pub code: String,
    /// Clause of the notice, for rules of the notice.
    pub clause: Option<String>,
    /// Identifies the request in the logs.
    pub trace_id: String,
    /// State of the object, for conflicts.
    pub state: Option<String>,
    /// Every finding.
    pub errors: Vec<FieldErrorBody>,
}

/// One finding of a refusal.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub struct FieldErrorBody {
    /// JSON pointer into the body, as a fragment.
    #[schema(example = "#/education/0/to")]
    pub pointer: Option<String>,
    /// Query parameter, path parameter or header.
    pub parameter: Option<String>,
    /// Stable code of the finding.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// Clause of the notice.
    #[schema(example = "4.2.4a")]
    pub clause: Option<String>,
    /// The clause's words.
    pub words: Option<String>,
}

fn say(text: &Text, english: bool) -> String {
    starred(if english { &text.en } else { &text.zh }).into_owned()
}

impl FieldErrorBody {
    fn of(finding: &Finding, english: bool) -> Self {
        let (pointer, parameter) = match &finding.at {
            // Names of fields and parameters are the client's words, too.
            At::Body(pointer) => (Some(format!("#{}", starred(pointer))), None),
            At::Parameter(name) => (None, Some(starred(name).into_owned())),
            At::Whole => (None, None),
        };
        Self {
            pointer,
            parameter,
            code: finding.code.clone(),
            detail: say(&finding.detail, english),
            clause: finding.clause.clone(),
            words: finding.words.clone(),
        }
    }
}

impl Problem {
    /// The JSON body in one language.
    #[must_use]
    pub fn body(&self, english: bool, instance: &str, trace_id: &str) -> ProblemBody {
        let title = if english { self.code.en() } else { self.code.zh() };
        ProblemBody {
            kind: format!("/problems/{}", self.code.as_str()),
            title: title.to_owned(),
            status: self.code.status(),
            detail: self.detail.as_ref().map_or_else(|| title.to_owned(), |text| say(text, english)),
            // Problems are logged and passed on by clients: a number that was put into an address goes no further.
            instance: starred(instance).into_owned(),
            code: self.code.as_str().to_owned(),
            clause: self.clause.clone().or_else(|| self.code.clause().map(str::to_owned)),
            trace_id: trace_id.to_owned(),
            state: self.state.clone(),
            errors: self.errors.iter().map(|finding| FieldErrorBody::of(finding, english)).collect(),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body is written by the response middleware, which knows the language and the trace id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// A page of `/problems/<code>` for people who follow `type`.
#[must_use]
pub fn render_page(code: Code) -> String {
    let clause = code.clause().map_or_else(String::new, |clause| format!("<p>条款 / clause: <code>{clause}</code></p>"));
    format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>{id}</title><h1><code>{id}</code></h1><p>{zh}</p><p lang=\"en\">{en}</p><p>HTTP {status}</p>{clause}</html>",
        id = code.as_str(),
        zh = code.zh(),
        en = code.en(),
        status = code.status(),
    )
}
