//! The one list of routes: the router and the document are made from the same rows.

use super::authenticator::Authenticator;
use super::call::RequestFacts;
use super::describe::{Arguments, DescribeAnswer, OperationDoc};
use super::ordered::{InOrder, Ordered};
use super::rates::{self, Class, Key};
use crate::authz::Permission;
use crate::context::{App, RequiredState};
use crate::problem::{Code, Problem};
use crate::telemetry::{Metrics, Spans};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard as guards;
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::{FromRequest, Handler, HttpMessage as _, HttpRequest, Responder, ResponseError as _, Route, web};
use serde_json::Value;
use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::HttpMethod;

/// One operation of the document.
pub struct RouteRow {
    /// GET, POST, PUT, DELETE.
    pub method: Method,
    /// `/v1/applications/{application_id}`.
    pub path: String,
    /// `verb_resource`, the handler's name.
    pub operation_id: String,
    /// Permission of the access guard, when it asks for one.
    pub permission: Option<Permission>,
    /// The access guard asks for a token.
    pub signed_in: bool,
    pub(super) operation: utoipa::openapi::path::Operation,
    pub(super) doc: OperationDoc,
}

/// Collects operations while slices add them.
pub struct Routes {
    rows: Vec<RouteRow>,
    resources: BTreeMap<String, Vec<(Method, Route)>>,
    required: Vec<RequiredState>,
}

impl Default for Routes {
    /// None yet; the toolkit itself requires an authenticator, metrics and spans.
    fn default() -> Self {
        let mut routes = Self { rows: Vec::new(), resources: BTreeMap::new(), required: Vec::new() };
        routes.require::<Box<dyn Authenticator>>();
        routes.require::<Metrics>();
        routes.require::<Spans>();
        routes
    }
}

impl Routes {
    /// Adds an operation. `P` is the type that `#[utoipa::path]` makes for the handler; `documented` holds the operation with its tag.
    pub fn add<P, F, Args>(&mut self, documented: &OpenApi, handler: F)
    where
        P: utoipa::Path,
        F: Handler<Args>,
        Args: Arguments + 'static,
        Ordered<Args>: FromRequest,
        F::Output: Responder + DescribeAnswer + 'static,
    {
        let mut doc = OperationDoc::default();
        Args::describe(&mut doc);
        F::Output::describe_answer(&mut doc);
        let find = |method: HttpMethod| documented.paths.get_path_operation(P::path(), method).cloned();
        let operation = P::methods().into_iter().find_map(find).unwrap_or_else(P::operation);
        if let Some(codes) =
            operation.extensions.as_ref().and_then(|extensions| extensions.get("x-problems")).and_then(Value::as_array)
        {
            for code in codes.iter().filter_map(Value::as_str) {
                doc.problems.insert(Code::find(code).unwrap_or_else(|| panic!("{}: no problem code {code}", P::path())));
            }
        }
        doc.problems.extend([Code::UnknownParameter, Code::Internal, Code::Unavailable]);
        let tag = operation.tags.as_ref().and_then(|tags| tags.first()).map(String::as_str).unwrap_or_default().to_owned();
        if doc.signed_in || tag != SYSTEM {
            doc.problems.insert(Code::TooManyRequests);
        }
        let without_query = !doc.parameters.iter().any(|parameter| parameter["in"] == "query");
        for method in P::methods() {
            let method = method_of(&method);
            let class = if doc.signed_in { None } else { class_of(&method, &P::path(), &tag) };
            let guard = from_fn(move |request, next| guard(request, next, class, without_query));
            let route = route_of(&method).to(InOrder(handler.clone())).wrap(guard);
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

    /// The operations of a slice need this state of the [`App`]: the server does not start without it.
    pub fn require<T: Any>(&mut self) {
        self.required.push(RequiredState::of::<T>());
    }

    /// What the operations need of the state.
    #[must_use]
    pub fn required_states(&self) -> &[RequiredState] {
        &self.required
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
            if methods.contains(&"GET") {
                methods.push("HEAD");
            }
            methods.sort_unstable();
            let allow = methods.join(", ");
            let mut resource = web::resource(&path);
            for (_, route) in routes {
                resource = resource.route(route);
            }
            config.service(resource.default_service(not_allowed(allow)));
        }
    }
}

/// A route of a method. HEAD is answered wherever GET is, with the same fields and no body (RFC 9110, 9.1).
pub(super) fn route_of(method: &Method) -> Route {
    if method == Method::GET {
        web::route().guard(guards::Any(guards::Get()).or(guards::Head()))
    } else {
        web::method(method.clone())
    }
}

/// Answers every request with 405 and the methods that there are.
pub(super) fn not_allowed(allow: String) -> Route {
    web::to(move |_: HttpRequest| {
        let mut problem = Problem::new(Code::MethodNotAllowed);
        problem.allow = Some(allow.clone());
        std::future::ready(Err::<super::NoContent, _>(problem))
    })
}

/// The tag of what probes and monitors ask for: never limited, a balancer that is refused would take the server out.
const SYSTEM: &str = "system";

/// What a request to an operation counts as that asks for no token. Whoever signs in is counted by its access guard.
fn class_of(method: &Method, path: &str, tag: &str) -> Option<Class> {
    match (method, tag) {
        (_, SYSTEM) => None,
        (&Method::POST, _) if path.ends_with("/objections") => Some(Class::Objections),
        // A question about the notice; whatever else is posted without a token tries a secret or makes an account.
        (&Method::POST, "cycles") => Some(Class::Anonymous),
        (&Method::POST, _) => Some(Class::SignIn),
        _ => Some(Class::Anonymous),
    }
}

/// What holds for every operation: the count of its class, its time, and no query where it has no parameters.
async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    class: Option<Class>,
    without_query: bool,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Some(class) = class {
        let address = request.extensions().get::<RequestFacts>().and_then(|facts| facts.address);
        if let Err(problem) = rates::admit(request.request(), class, Key::address(address)) {
            return Ok(request.error_response(problem));
        }
    }
    // As operations that have parameters refuse those that they do not know.
    let unknown = form_urlencoded::parse(request.query_string().as_bytes()).next().filter(|_| without_query);
    if let Some((name, _)) = unknown {
        let problem = Problem::new(Code::UnknownParameter).finding(super::extract::no_parameters(&name));
        return Ok(request.error_response(problem));
    }
    let seconds = request.app_data::<web::Data<App>>().map_or(0, |app| app.config.server.request_seconds);
    let asked = request.request().clone();
    let Ok(answered) = tokio::time::timeout(Duration::from_secs(seconds), next.call(request)).await else {
        let mut problem = Problem::new(Code::Unavailable).detail("处理超时", "It took too long");
        problem.retry_after = Some(1);
        return Ok(ServiceResponse::new(asked, problem.error_response()));
    };
    Ok(answered?.map_into_boxed_body())
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
    ($routes:expr; $($handler:ident),+ $(,)?) => {{
        // `#[utoipa::path]` keeps the tag beside the operation; the derive puts the two together.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+))]
        struct Documented;
        let documented = <Documented as utoipa::OpenApi>::openapi();
        pastey::paste! { $($routes.add::<[<__path_ $handler>], _, _>(&documented, $handler);)+ }
    }};
}
pub(crate) use routes;
