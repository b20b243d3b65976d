//! Around every request: bounds, method, instant, address and trace id before it, problem bodies and standard headers after it.

use super::call::{RequestFacts, prefers_english};
use super::connections::Activity;
use super::{encoding, etag, forwarded, limits, nul, rates, security};
use crate::context::App;
use crate::problem::{Code, Problem, speaks_oauth};
use crate::telemetry::{Answered, Metrics, Spans, Trace};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use tracing::Instrument as _;

const TRACE_ID: HeaderName = HeaderName::from_static("trace-id");
const SIMULATED_TIME: HeaderName = HeaderName::from_static("simulated-time");

/// The method that a client means which can send no PUT and no DELETE.
const METHOD_OVERRIDE: &str = "x-http-method-override";

/// The client's address: the peer's, or what a declared proxy says.
fn address_of(request: &ServiceRequest, app: &App) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    Some(forwarded::client_address(peer, request.headers(), &app.config.server))
}

/// The client came by TLS: to this server, or to a declared proxy whose public address begins with https.
fn is_secure(request: &ServiceRequest, app: &App) -> bool {
    let server = &app.config.server;
    let by_proxy = || request.peer_addr().is_some_and(|peer| forwarded::from_proxy(peer.ip(), server));
    server.has_tls() || (server.public_url.starts_with("https://") && by_proxy())
}

/// What holds before a route is looked for: bounds of the head, the method that is meant, the pace of the body.
fn prepare(request: &mut ServiceRequest, app: &App) -> Result<(), Problem> {
    limits::check_head(request, &app.config.limits)?;
    // A file may be compressed, whatever a header says of it: whoever reads it inflates it with a bound.
    if request.match_pattern().is_none_or(|pattern| pattern != FILES) {
        encoding::check(request.headers())?;
    }
    nul::check_address(request.uri())?;
    if let Some(method) = overridden(request)? {
        request.head_mut().method = method;
    }
    limits::pace_body(request, &app.config.limits);
    count_page(request)?;
    Ok(())
}

/// The pages that are no operation of the document, by the patterns of their addresses.
const PAGES: [&str; 5] = ["/openapi.json", "/openapi-3.0.json", "/problems/{code}", "/docs", "/docs/{_:.*}"];

/// Where the body is a file.
const FILES: &str = "/v1/imports/{name}";

/// Counts a request for a page that is no operation of the document; operations count for themselves.
fn count_page(request: &ServiceRequest) -> Result<(), Problem> {
    let pattern = request.match_pattern();
    if !pattern.is_some_and(|pattern| PAGES.contains(&pattern.as_str())) {
        return Ok(());
    }
    let address = request.extensions().get::<RequestFacts>().and_then(|facts| facts.address);
    rates::admit(request.request(), rates::Class::Anonymous, rates::Key::address(address))
}

/// The method named by `X-HTTP-Method-Override`: on POST, for PUT and DELETE. Everything after this sees the method that is meant, so that
/// access guard, idempotency and audit entry are those of that operation.
fn overridden(request: &ServiceRequest) -> Result<Option<Method>, Problem> {
    let mut values = request.headers().get_all(METHOD_OVERRIDE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return if request.headers().contains_key(METHOD_OVERRIDE) { Err(bad_override()) } else { Ok(None) };
    };
    match value.as_bytes() {
        _ if request.method() != Method::POST => Err(bad_override()),
        b"PUT" => Ok(Some(Method::PUT)),
        b"DELETE" => Ok(Some(Method::DELETE)),
        _ => Err(bad_override()),
    }
}

fn bad_override() -> Problem {
    Problem::new(Code::InvalidHeader).detail(
        "X-HTTP-Method-Override 只能用于 POST，值为 PUT 或 DELETE",
        "X-HTTP-Method-Override stands on a POST and is PUT or DELETE",
    )
}

/// Notes the facts of the request, runs it, and finishes the answer.
pub async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(app) = request.app_data::<web::Data<App>>().map(|app| App::clone(app)) else {
        return Err(Problem::new(Code::Internal).into());
    };
    let in_flight = request.conn_data::<Rc<Activity>>().map(Activity::begin);
    let session_now = app.session_clock.now();
    let trace = incoming_trace(request.request()).unwrap_or_else(|| Trace::begun(app.ids.uuid(session_now).simple().to_string()));
    let trace_id: Arc<str> = trace.trace_id.as_str().into();
    let facts =
        RequestFacts { now: app.clock.now(), session_now, address: address_of(&request, &app), trace_id: Arc::clone(&trace_id) };
    let simulated = app.sandbox.is_some().then(|| facts.now.to_string());
    request.extensions_mut().insert(facts);
    let english = prefers_english(request.request());
    let path = request.path().to_owned();
    let secure = is_secure(&request, &app);
    let prepared = prepare(&mut request, &app);
    let method: Arc<str> = name_of(request.method()).into();
    // The route's pattern, never the path's values or the query: they may be personal.
    let route: Arc<str> = request.match_pattern().unwrap_or_else(|| "-".to_owned()).into();
    // Of the highest level, so that no filter of the log takes the trace id from a line inside.
    let span = tracing::error_span!("request", method = &*method, route = &*route, trace_id = &*trace_id);
    let metrics = app.state::<Metrics>();
    let _in_flight = metrics.begin();

    let started = std::time::Instant::now();
    let mut response = match prepared {
        // Handlers and extractors answer with a response even when they refuse: an error here is the connection's.
        Ok(()) => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
        Err(problem) => request.error_response(problem),
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        let problem = problem_of(&response);
        metrics.refused(problem.code.as_str());
        response = with_problem_body(response, &problem, english, &path, &trace_id);
    }
    let asked = response.request().clone();
    let headers = response.headers_mut();
    if encoding::is_encoded(asked.headers()) {
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding::ACCEPTED));
    }
    rates::add_fields(&asked, headers);
    security::add(headers, secure);
    if let Ok(value) = HeaderValue::from_str(&trace_id) {
        headers.insert(TRACE_ID, value);
    }
    if let Some(value) = simulated.and_then(|time| HeaderValue::from_str(&time).ok()) {
        headers.insert(SIMULATED_TIME, value);
    }
    // Files say so to be passed over by compression; it says nothing to the client.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    tag_coding(headers);
    if speaks_oauth(&path) {
        // RFC 6749, 5.1: said to caches of HTTP/1.0 as well.
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    }
    let (status, took) = (response.status().as_u16(), started.elapsed());
    span.in_scope(|| tracing::info!(status, ms = took.as_secs_f64() * 1000.0, "request"));
    let answered = Answered { trace: &trace, method: &method, route: &route, status, received: session_now, took };
    app.state::<Spans>().answered(&answered);
    metrics.answered(method, route, status, took);
    Ok(match in_flight {
        Some(in_flight) => in_flight.until_sent(response),
        None => response,
    })
}

/// Compressed bytes are another representation: they have a tag of their own (RFC 9110, 8.8.3.3).
fn tag_coding(headers: &mut HeaderMap) {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(coding), Some(tag)) = (text(header::CONTENT_ENCODING), text(header::ETAG)) else { return };
    if let Some(value) = etag::coded(tag, coding).and_then(|tag| HeaderValue::try_from(tag).ok()) {
        headers.insert(header::ETAG, value);
    }
}

/// The method, if it is one that routes know: clients may make up others without end, and each label is kept.
fn name_of(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS") => known,
        _ => "other",
    }
}

/// The trace of a W3C `traceparent`.
fn incoming_trace(request: &HttpRequest) -> Option<Trace> {
    Trace::of_header(request.headers().get("traceparent")?.to_str().ok()?)
}

/// What the handler refused with, or the problem of an error that the framework made.
fn problem_of(response: &ServiceResponse<BoxBody>) -> Problem {
    let known = response.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    known.or_else(|| response.response().extensions().get::<Problem>().cloned()).unwrap_or_else(|| from_status(response.status()))
}

fn with_problem_body(
    response: ServiceResponse<BoxBody>,
    problem: &Problem,
    english: bool,
    path: &str,
    trace_id: &str,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let oauth = speaks_oauth(path);
    let mut builder = HttpResponseBuilder::new(StatusCode::from_u16(problem.code.status()).unwrap_or(status));
    builder.content_type(if oauth { "application/json" } else { "application/problem+json" });
    if problem.code.status() == 401 {
        builder.insert_header((header::WWW_AUTHENTICATE, if oauth { "Basic realm=\"title-review\"" } else { "Bearer" }));
    }
    if let Some(version) = problem.current_version {
        builder.insert_header((header::ETAG, etag::of_version(version)));
    }
    if let Some(seconds) = problem.retry_after {
        builder.insert_header((header::RETRY_AFTER, seconds));
    }
    if let Some(allow) = &problem.allow {
        builder.insert_header((header::ALLOW, allow.as_str()));
    }
    // What the answer says to browsers of other origins, it says also when it refuses.
    for (name, value) in response.headers().iter().filter(|(name, _)| is_about_origins(name)) {
        builder.append_header((name.clone(), value.clone()));
    }
    // Words are in the language that was asked for.
    builder.append_header((header::VARY, "accept-language"));
    if let Some(size) = problem.content_size {
        builder.insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
    }
    let text = if oauth {
        serde_json::to_string(&problem.oauth_body())
    } else {
        serde_json::to_string(&problem.body(english, path, trace_id))
    };
    let finished = text.map_or_else(|_| HttpResponse::InternalServerError().finish(), |text| builder.body(text));
    let request = response.request().clone();
    ServiceResponse::new(request, finished)
}

fn is_about_origins(name: &HeaderName) -> bool {
    *name == header::VARY || name.as_str().starts_with("access-control-")
}

/// The problem of an error that the framework made.
fn from_status(status: StatusCode) -> Problem {
    Problem::new(match status.as_u16() {
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        406 => Code::NotAcceptable,
        408 => Code::RequestTimeout,
        413 => Code::PayloadTooLarge,
        414 => Code::UriTooLong,
        415 => Code::UnsupportedMediaType,
        416 => Code::RangeNotSatisfiable,
        429 => Code::TooManyRequests,
        431 => Code::HeadersTooLarge,
        400..=499 => Code::BadRequest,
        503 => Code::Unavailable,
        _ => Code::Internal,
    })
}
