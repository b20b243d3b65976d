//! The one list of routes.

use crate::context::App;
use crate::http::{self, Routes, openapi};
use crate::{
    accounts, applications, attachments, authn, cycles, defences, imports, machines, meetings, notices, operation, originals,
    oversight, papers, passwords, payments, privacy, profiles, publicity, results, sanctions, sandbox, second_factor,
    study_records, transfers,
};
use crate::{committees, cycle_publication, proposals, window_extensions};
use actix_web::dev::Server;
use std::net::TcpListener;

/// Every operation of the API.
#[must_use]
pub fn all_routes() -> Routes {
    let mut list = Routes::default();
    operation::http::probes(&mut list);
    authn::http::routes(&mut list);
    second_factor::http::routes(&mut list);
    passwords::http::routes(&mut list);
    accounts::http::routes(&mut list);
    machines::http::routes(&mut list);
    cycles::http::routes(&mut list);
    cycle_publication::http::routes(&mut list);
    window_extensions::http::routes(&mut list);
    committees::http::routes(&mut list);
    notices::http::routes(&mut list);
    profiles::http::routes(&mut list);
    study_records::http::routes(&mut list);
    imports::http::routes(&mut list);
    applications::http::routes(&mut list);
    privacy::http::routes(&mut list);
    oversight::http::routes(&mut list);
    attachments::http::routes(&mut list);
    publicity::http::routes(&mut list);
    payments::http::routes(&mut list);
    originals::http::routes(&mut list);
    proposals::http::routes(&mut list);
    papers::http::routes(&mut list);
    defences::http::routes(&mut list);
    meetings::http::routes(&mut list);
    results::http::routes(&mut list);
    sanctions::http::routes(&mut list);
    transfers::http::routes(&mut list);
    operation::http::routes(&mut list);
    sandbox::http::routes(&mut list);
    list
}

/// The OpenAPI document as it is committed under `openapi/`: indented, a line break at the end. `legacy`: the 3.0 variant.
#[must_use]
pub fn openapi_text(legacy: bool) -> String {
    let document = openapi::document(&all_routes());
    let document = if legacy { openapi::downgrade(&document) } else { document };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// Makes the server on a bound listener; the caller awaits it.
pub fn bind(app: &App, listener: TcpListener) -> std::io::Result<Server> {
    http::server::bind(app, listener, all_routes)
}
