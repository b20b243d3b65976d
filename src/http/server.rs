//! The HTTP server: middleware, routes, documentation page, graceful shutdown.

use super::{Routes, middleware, openapi, system};
use crate::app::App;
use crate::problem::{Code, Problem};
use actix_web::dev::Server;
use actix_web::http::Method;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, HttpServer, web};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// Every operation of the API.
#[must_use]
pub fn all_routes() -> Routes {
    let mut list = Routes::default();
    system::routes(&mut list);
    crate::authn::http::routes(&mut list);
    crate::second_factor::http::routes(&mut list);
    crate::passwords::http::routes(&mut list);
    crate::accounts::http::routes(&mut list);
    crate::cycles::http::routes(&mut list);
    crate::notices::http::routes(&mut list);
    crate::profiles::http::routes(&mut list);
    crate::applications::http::routes(&mut list);
    crate::audit::http::routes(&mut list);
    crate::attachments::http::routes(&mut list);
    crate::publicity::http::routes(&mut list);
    crate::payments::http::routes(&mut list);
    crate::originals::http::routes(&mut list);
    crate::defences::http::routes(&mut list);
    crate::meetings::http::routes(&mut list);
    crate::results::http::routes(&mut list);
    crate::sanctions::http::routes(&mut list);
    crate::operation::http::routes(&mut list);
    crate::sandbox::http::routes(&mut list);
    list
}

/// The documents as they are served.
struct Documents {
    current: String,
    twin: String,
}

async fn serve_document(documents: web::Data<Documents>, request: HttpRequest) -> HttpResponse {
    let text = if request.path().contains("3.0") { &documents.twin } else { &documents.current };
    HttpResponse::Ok().content_type("application/json").body(text.clone())
}

async fn absent() -> Result<HttpResponse, Problem> {
    Err(Code::NotFound.into())
}

async fn docs_redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header(("location", "/docs/")).finish()
}

/// Makes the server on a bound listener; the caller awaits it.
pub fn bind(app: &App, listener: TcpListener) -> std::io::Result<Server> {
    let document = openapi::document(&all_routes());
    let documents =
        web::Data::from(Arc::new(Documents { twin: openapi::downgrade(&document).to_string(), current: document.to_string() }));
    let limits = app.config.limits.clone();
    let data = web::Data::new(app.clone());
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(data.clone())
            .app_data(documents.clone())
            .app_data(web::PayloadConfig::new(limits.json_bytes))
            .wrap(Compress::default())
            .wrap(from_fn(middleware::around))
            .configure(|config| all_routes().register(config))
            .route("/openapi.json", web::method(Method::GET).to(serve_document))
            .route("/openapi-3.0.json", web::method(Method::GET).to(serve_document))
            .route("/problems/{code}", web::method(Method::GET).to(system::problem_page))
            .route("/docs", web::method(Method::GET).to(docs_redirect))
            .service(utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json")))
            .default_service(web::to(absent))
    });
    let workers = match app.config.server.workers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        workers => workers,
    };
    Ok(server
        .workers(workers)
        // Signals are `start::run`'s: `/readyz` says no before listening ends.
        .disable_signals()
        .client_request_timeout(Duration::from_secs(app.config.server.header_seconds))
        .shutdown_timeout(app.config.server.shutdown_seconds)
        .listen(listener)?
        .run())
}
