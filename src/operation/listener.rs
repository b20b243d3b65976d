//! The listener of monitoring: `/metrics` and nothing else.

use crate::context::App;
use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use std::net::SocketAddr;

/// The content type of the `OpenMetrics` text format.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn metrics(app: web::Data<App>) -> HttpResponse {
    let page = super::metrics_page(&app).await;
    HttpResponse::Ok().content_type(OPENMETRICS).insert_header((header::CACHE_CONTROL, "no-store")).body(page)
}

/// Makes the server of `metrics.listen`, and says where it listens; none where the key is empty. The caller awaits it.
pub fn bind_metrics(app: &App) -> std::io::Result<Option<(Server, SocketAddr)>> {
    let Some(address) = app.config.metrics.listen else { return Ok(None) };
    let data = web::Data::new(app.clone());
    let server = HttpServer::new(move || ActixApp::new().app_data(data.clone()).route("/metrics", web::get().to(metrics)))
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind(address)?;
    let address = server.addrs().first().copied().unwrap_or(address);
    Ok(Some((server.run(), address)))
}
