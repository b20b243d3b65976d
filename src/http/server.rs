//! The HTTP server: middleware, routes, documentation page, graceful shutdown.

use super::call::RequestFacts;
use super::rates::{self, Class, Key, Rates};
use super::routes::{not_allowed, route_of};
use super::{Path, Routes, connections, etag, middleware, openapi, tls};
use crate::config::ServerConfig;
use crate::context::App;
use crate::problem::{Code, Problem};
use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::http::{Method, header};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::Bytes;
use actix_web::{App as ActixApp, FromRequest, Handler, HttpMessage as _, HttpRequest, HttpResponse, Resource, Responder, web};
use std::net::TcpListener;
use std::time::Duration;

/// The documents as they are served: one copy for all requests, each with its entity tag.
struct Documents {
    current: (Bytes, String),
    legacy: (Bytes, String),
}

/// Caches may keep the document for so long.
const DOCUMENT_SECONDS: u32 = 300;

async fn serve_document(documents: web::Data<Documents>, request: HttpRequest) -> HttpResponse {
    let (document, tag) = if request.path().contains("3.0") { &documents.legacy } else { &documents.current };
    let kept = (header::CACHE_CONTROL, format!("public, max-age={DOCUMENT_SECONDS}"));
    if let Some(theirs) = etag::none_match(&request, tag) {
        return HttpResponse::NotModified().insert_header((header::ETAG, theirs)).insert_header(kept).finish();
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, tag.as_str())).insert_header(kept);
    response.content_type("application/json").body(document.clone())
}

async fn absent(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let address = request.extensions().get::<RequestFacts>().and_then(|facts| facts.address);
    rates::admit(&request, Class::Anonymous, Key::address(address))?;
    Err(Code::NotFound.into())
}

/// What is there to be read and is no operation of the document.
fn page<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(route_of(&Method::GET).to(handler)).default_service(not_allowed("GET, HEAD".to_owned()))
}

/// Pages of these origins may call the API; without any, nothing is said about origins, and browsers refuse. There are no cookies, and no
/// credentials but what a page sends itself.
fn cors(origins: &[String]) -> Condition<Cors> {
    let sent = [
        "accept-language",
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "if-range",
        "range",
        "traceparent",
        "x-http-method-override",
    ];
    let read = [
        "Allow",
        "Content-Disposition",
        "Content-Range",
        "Deprecation",
        "ETag",
        "Idempotency-Replayed",
        "Link",
        "Location",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "Simulated-Time",
        "Sunset",
        "Trace-Id",
    ];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "DELETE"])
        .allowed_headers(sent)
        .expose_headers(read)
        .block_on_origin_mismatch(false)
        .max_age(600);
    Condition::new(!origins.is_empty(), origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)))
}

/// The readable page of a problem code.
async fn problem_page(code: Path<String>) -> Result<HttpResponse, Problem> {
    let code = Code::find(&code.0).ok_or(Code::NotFound)?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(crate::problem::render_page(code)))
}

async fn docs_redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header(("location", "/docs/")).finish()
}

/// Whether the server could speak TLS with what the configuration names; without a certificate there is nothing to check.
pub fn check_certificate(config: &ServerConfig) -> std::io::Result<()> {
    if config.has_tls() { tls::Certificate::open(config).map(drop) } else { Ok(()) }
}

/// Makes the server of these routes on a bound listener; the caller awaits it. Each worker makes its own list.
pub fn bind(app: &App, listener: TcpListener, routes: fn() -> Routes) -> std::io::Result<Server> {
    let document = openapi::document(&routes());
    let tagged = |text: String| {
        let tag = etag::of(None, text.as_bytes());
        (Bytes::from(text), tag)
    };
    let documents = Documents { legacy: tagged(openapi::downgrade(&document).to_string()), current: tagged(document.to_string()) };
    let documents = web::Data::new(documents);
    let limits = app.config.limits.clone();
    let data = web::Data::new(app.clone());
    let rates = if app.config.sandbox.enabled { Rates::none() } else { Rates::new(&limits, &app.session_clock) };
    let rates = web::Data::new(rates);
    let origins = app.config.server.allowed_origins.clone();
    let factory = move || {
        ActixApp::new()
            .app_data(data.clone())
            .app_data(documents.clone())
            .app_data(rates.clone())
            .app_data(web::PayloadConfig::new(limits.json_bytes))
            .wrap(Compress::default())
            .wrap(cors(&origins))
            .wrap(from_fn(middleware::around))
            .configure(|config| routes().register(config))
            .service(page("/openapi.json", serve_document))
            .service(page("/openapi-3.0.json", serve_document))
            .service(page("/problems/{code}", problem_page))
            .service(page("/docs", docs_redirect))
            .service(utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json")))
            .default_service(web::to(absent))
    };
    let config = &app.config.server;
    if !config.has_tls() {
        return connections::serve(app, listener, None, factory);
    }
    let certificate = tls::Certificate::open(config)?;
    let tls = certificate.server_config()?;
    actix_web::rt::spawn(certificate.watch(Duration::from_secs(config.tls_reload_seconds)));
    connections::serve(app, listener, Some(tls), factory)
}
