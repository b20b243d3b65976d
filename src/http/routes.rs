//! The one list of routes: the router and the document are made from the same rows.

use super::describe::{Arguments, DescribeAnswer, OperationDoc};
use crate::authz::Permission;
use crate::problem::{Code, Problem};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::{FromRequest, Handler, HttpRequest, Responder, Route, web};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::path::HttpMethod;

/// One operation of the document.
pub struct RouteRow {
    /// GET, POST, PUT, DELETE.
    pub method: Method,
    /// `/v1/applications/{application_id}`.
    pub path: String,
    /// `verb_resource`, the handler's name.
    pub operation_id: String,
    /// Permission of the gate, when it asks for one.
    pub permission: Option<Permission>,
    /// The gate asks for a token.
    pub signed_in: bool,
    pub(super) operation: utoipa::openapi::path::Operation,
    pub(super) doc: OperationDoc,
}

/// Collects operations while slices add them.
#[derive(Default)]
pub struct Routes {
    rows: Vec<RouteRow>,
    resources: BTreeMap<String, Vec<(Method, Route)>>,
}

impl Routes {
    /// Adds an operation. `P` is the type that `#[utoipa::path]` makes for the handler.
    pub fn add<P, F, Args>(&mut self, handler: F)
    where
        P: utoipa::Path + utoipa::__dev::Tags<'static>,
        F: Handler<Args>,
        Args: FromRequest + Arguments + 'static,
        F::Output: Responder + DescribeAnswer + 'static,
    {
        let mut doc = OperationDoc::default();
        Args::describe(&mut doc);
        F::Output::describe_answer(&mut doc);
        // `#[utoipa::path]` keeps the tag beside the operation, for its own way of putting documents together.
        let mut operation = P::operation();
        operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
        if let Some(codes) =
            operation.extensions.as_ref().and_then(|extensions| extensions.get("x-problems")).and_then(Value::as_array)
        {
            for code in codes.iter().filter_map(Value::as_str) {
                doc.problems.insert(Code::find(code).unwrap_or_else(|| panic!("{}: no problem code {code}", P::path())));
            }
        }
        doc.problems.extend([Code::UnknownParameter, Code::Internal, Code::Unavailable]);
        let without_query = !doc.parameters.iter().any(|parameter| parameter["in"] == "query");
        for method in P::methods() {
            let method = method_of(&method);
            let mut route = web::method(method.clone()).to(handler.clone());
            if without_query {
                route = route.wrap(from_fn(refuse_query));
            }
            self.resources.entry(P::path()).or_default().push((method.clone(), route));
            self.rows.push(RouteRow {
                method,
                path: P::path(),
                operation_id: operation.operation_id.clone().unwrap_or_default(),
                permission: doc.permission,
                signed_in: doc.signed_in,
                operation: operation.clone(),
                doc: std::mem::take(&mut doc),
            });
        }
    }

    /// The rows of the document.
    #[must_use]
    pub fn rows(&self) -> &[RouteRow] {
        &self.rows
    }

    /// Registers every route; a method that a resource does not have is 405 with `Allow`.
    pub fn register(self, config: &mut web::ServiceConfig) {
        for (path, routes) in self.resources {
            let mut methods: Vec<&str> = routes.iter().map(|(method, _)| method.as_str()).collect();
            methods.sort_unstable();
            let allow = methods.join(", ");
            let mut resource = web::resource(&path);
            for (_, route) in routes {
                resource = resource.route(route);
            }
            config.service(resource.default_service(web::to(move |_: HttpRequest| {
                let mut problem = Problem::new(Code::MethodNotAllowed);
                problem.allow = Some(allow.clone());
                std::future::ready(Err::<super::NoContent, _>(problem))
            })));
        }
    }
}

/// An operation without query parameters refuses every one, as those that have some refuse what they do not know.
async fn refuse_query(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let unknown = form_urlencoded::parse(request.query_string().as_bytes()).next().map(|(name, _)| name.into_owned());
    match unknown {
        None => Ok(next.call(request).await?.map_into_boxed_body()),
        Some(name) => {
            let problem = Problem::new(Code::UnknownParameter).finding(super::extract::no_parameters(&name));
            Ok(request.error_response(problem))
        }
    }
}

fn method_of(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Options => Method::OPTIONS,
        _ => Method::GET,
    }
}

/// Adds handlers to a [`Routes`] by name: `routes!(list; get_cycle, list_cycles)`.
macro_rules! routes {
    ($routes:expr; $($handler:ident),+ $(,)?) => {
        pastey::paste! { $($routes.add::<[<__path_ $handler>], _, _>($handler);)+ }
    };
}
pub(crate) use routes;
