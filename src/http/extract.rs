//! Extractors: body, query, path, If-Match. Each refuses with a problem that names the place.

use super::describe::{Describe, OperationDoc};
use super::misfits::{self, Misfit};
use super::precondition::IfMatch;
use super::{etag, limits, nul};
use crate::context::{App, Version};
use crate::problem::{Code, Finding, Problem, Text};
use actix_router::PathDeserializer;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

/// A JSON body: unknown fields, wrong types and values out of bounds are refused with their pointers.
pub struct Body<T> {
    /// The body.
    pub value: T,
    /// SHA-256 of the bytes, for idempotency.
    pub fingerprint: String,
}

impl<T: DeserializeOwned + Validate + ToSchema + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
                value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        let bytes = web::Bytes::from_request(request, payload);
        let deepest = request.app_data::<web::Data<App>>().map_or(0, |app| app.config.limits.json_depth);
        Box::pin(async move {
            if !json {
                return Err(Problem::new(Code::UnsupportedMediaType)
                    .detail("请求体须为 application/json", "The body has to be application/json"));
            }
            let bytes = bytes.await.map_err(|error| match error.as_error::<PayloadError>() {
                Some(error) => limits::payload_problem(error),
                None => Problem::new(Code::BadRequest),
            })?;
            // Before it is parsed: a parser goes down as deep as the text does.
            if limits::json_depth(&bytes) > deepest {
                return Err(Problem::new(Code::MalformedJson)
                    .detail(format!("嵌套超过 {deepest} 层"), format!("nested deeper than {deepest} levels")));
            }
            nul::check_json(&bytes)?;
            let value: T = parse(&bytes)?;
            value.validate().map_err(|errors| Problem::new(Code::InvalidBody).findings(validation_findings(&errors)))?;
            Ok(Self { value, fingerprint: crate::keys::sha256_hex(&bytes) })
        })
    }
}

fn parse<T: DeserializeOwned + Validate + ToSchema>(bytes: &[u8]) -> Result<T, Problem> {
    // An empty body of a type whose fields are all optional reads as `{}`.
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = match serde_path_to_error::deserialize(&mut reader) {
        Ok(value) => value,
        Err(error) => {
            let text = error.inner().to_string();
            let first = misfit(error);
            // A number where a word is expected counts as bad syntax for the reader, though the JSON is sound. What stands twice is seen in the text alone.
            return match serde_json::from_slice(bytes) {
                Ok(value) if !text.starts_with("duplicate field") => misfits::read(value, first),
                _ => Err(first),
            };
        }
    };
    reader.end().map_err(|_| Problem::new(Code::MalformedJson))?;
    Ok(value)
}

/// Reads a document that came in untyped, so that something could be looked for in all of it first.
pub fn typed<T: DeserializeOwned + Validate + ToSchema>(value: serde_json::Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(&value).or_else(|error| misfits::read(value, misfit(error)))
}

/// The first thing that does not fit, with its pointer.
fn misfit(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let pointer = pointer_of(error.path());
    let inner = error.into_inner();
    if !inner.is_data() {
        return Problem::new(Code::MalformedJson).detail(
            format!("第 {} 行第 {} 列", inner.line(), inner.column()),
            format!("line {}, column {}", inner.line(), inner.column()),
        );
    }
    let finding = Misfit::new(pointer, &inner.to_string()).finding();
    Problem::new(Code::find(&finding.code).unwrap_or(Code::InvalidField)).finding(finding)
}

/// A name as a part of a JSON pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

pub(super) fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.extend(["/", &index.to_string()]),
            Segment::Map { key } => pointer.extend(["/", &escaped(key)]),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// All findings of `validator`, as pointers; the refused values stay behind (they may be personal).
pub(super) fn validation_findings(errors: &ValidationErrors) -> Vec<Finding> {
    let mut findings = Vec::new();
    collect(errors, "", &mut findings);
    findings.sort_by(|a, b| format!("{:?}", a.at).cmp(&format!("{:?}", b.at)));
    findings
}

fn collect(errors: &ValidationErrors, prefix: &str, findings: &mut Vec<Finding>) {
    for (field, kind) in errors.errors() {
        let pointer = if field == "__all__" { prefix.to_owned() } else { format!("{prefix}/{field}") };
        match kind {
            ValidationErrorsKind::Field(list) => {
                for error in list {
                    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
                    let bounds = match (bound("min"), bound("max")) {
                        (Some(min), Some(max)) => format!(" {min}..{max}"),
                        (Some(min), None) => format!(" >= {min}"),
                        (None, Some(max)) => format!(" <= {max}"),
                        (None, None) => String::new(),
                    };
                    let text = Text::new(
                        error.message.as_deref().map_or_else(|| format!("不符合要求：{}{bounds}", error.code), str::to_owned),
                        error
                            .params
                            .get("en")
                            .and_then(Value::as_str)
                            .map_or_else(|| format!("does not satisfy {}{bounds}", error.code), str::to_owned),
                    );
                    let code = Code::find(&error.code).map_or(Code::InvalidField.as_str(), Code::as_str);
                    findings.push(Finding::field(pointer.clone(), code, text));
                }
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, findings),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), findings);
                }
            }
        }
    }
}

impl<T: ToSchema> Describe for Body<T> {
    fn describe(doc: &mut OperationDoc) {
        let schema = doc.component::<T>();
        doc.request_body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        doc.problems.extend([
            Code::MalformedJson,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidBody,
            Code::UnknownField,
            Code::InvalidField,
        ]);
    }
}

/// The query: an unknown parameter is refused with the nearest known one.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + utoipa::IntoParams> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_query(request.query_string()))
    }
}

/// The finding about a query parameter of an operation that has none.
pub(super) fn no_parameters(name: &str) -> Finding {
    let text =
        Text::new(format!("未知参数 {name}，此操作没有查询参数"), format!("unknown parameter {name}; this operation has none"));
    Finding::parameter(name, Code::UnknownParameter.as_str(), text)
}

fn parse_query<T: DeserializeOwned + utoipa::IntoParams>(query: &str) -> Result<Query<T>, Problem> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| Code::BadRequest)?;
    let parameters = || T::into_params(|| Some(utoipa::openapi::path::ParameterIn::Query));
    let mut unknown = Vec::new();
    if !pairs.is_empty() {
        let known: Vec<String> = parameters().into_iter().map(|parameter| parameter.name).collect();
        unknown.extend(pairs.iter().filter(|(name, _)| !known.contains(name)).map(|(name, _)| unknown_parameter(name, &known)));
    }
    if unknown.is_empty() {
        let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        if let Ok(value) = T::deserialize(reader) {
            return Ok(Query(value));
        }
    }
    misfits::read_query(&parameters(), pairs, unknown).map(Query)
}

/// The finding about a parameter that the operation does not have, with the nearest that it has.
fn unknown_parameter(name: &str, known: &[String]) -> Finding {
    let nearest = known.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    nearest.map_or_else(
        || no_parameters(name),
        |near| {
            let text =
                Text::new(format!("未知参数 {name}，是否为 {near}"), format!("unknown parameter {name}; did you mean {near}"));
            Finding::parameter(name, Code::UnknownParameter.as_str(), text)
        },
    )
}

impl<T: utoipa::IntoParams> Describe for Query<T> {
    fn describe(doc: &mut OperationDoc) {
        for parameter in T::into_params(|| Some(utoipa::openapi::path::ParameterIn::Query)) {
            if let Ok(mut value) = serde_json::to_value(&parameter) {
                // An empty one is none that an answer has given.
                if value["name"] == "cursor" {
                    value["schema"]["minLength"] = 1.into();
                }
                doc.parameters.push(value);
            }
        }
        doc.problems.extend([Code::UnknownParameter, Code::InvalidParameter]);
    }
}

/// Path parameters; what cannot be an id is absent (404). The route list documents them from the path itself.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Not by `web::Path`, which logs the path where it does not fit: it may be somebody's number.
        let parsed = T::deserialize(PathDeserializer::new(request.match_info()));
        ready(parsed.map(Self).map_err(|_| Code::NotFound.into()))
    }
}

impl<T> Describe for Path<T> {
    fn describe(doc: &mut OperationDoc) {
        doc.problems.insert(Code::NotFound);
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(header::IF_MATCH) else { return ready(Err(Code::PreconditionRequired.into())) };
        let read = match etag::if_match(value.to_str().unwrap_or_default()) {
            etag::Allowed::Any => Version::ANY,
            // A tag of another form cannot be the row's: it is stale. Zero is the version of no row.
            etag::Allowed::Versions(versions) => Version::any_of(&versions),
            etag::Allowed::OnlyWeak => {
                return ready(Err(Problem::new(Code::StaleVersion).detail(
                    "If-Match 中只有弱标签（W/）：它不能用于比较，常由途中的代理改写；请重新读取，并使用原样的 ETag",
                    "If-Match has weak tags alone (W/), which it cannot compare; a proxy on the way often makes them: read again and send the ETag as the server gave it",
                )));
            }
        };
        ready(Ok(Self(read)))
    }
}

impl Describe for IfMatch {
    fn describe(doc: &mut OperationDoc) {
        doc.header(
            "If-Match",
            true,
            "读取时得到的 ETag；`*` 不比较 / the ETag that was read; `*` compares nothing",
            &json!({ "type": "string", "example": "\"3.9JQ0cXtl1ErzaVMA\"" }),
        );
        doc.problems.extend([Code::PreconditionRequired, Code::StaleVersion]);
    }
}
