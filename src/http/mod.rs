//! The web toolkit: access guards, extractors, answers, paging, ETag, idempotency, middleware, the OpenAPI document. It knows no slice: the routes are
//! listed in `server`, which also brings the [`Authenticator`].
//!
//! A handler's first argument is its access guard ([`Public`], [`AnySession`], [`SignedIn`], [`Allowed`], [`RecentlyAuthenticated`]); the other arguments are extractors of this module. All of them
//! describe themselves, so the OpenAPI document is written from the same signature that runs (docs/decisions/0002).

mod answer;
mod authenticator;
mod binary;
mod call;
mod connections;
mod describe;
mod encoding;
mod etag;
mod extract;
mod file_body;
mod form;
mod forwarded;
mod idempotency;
mod limits;
mod lines;
mod middleware;
mod misfits;
mod nul;
mod one_line;
pub mod openapi;
mod ordered;
mod paging;
mod precondition;
mod published;
mod rates;
mod ready;
mod routes;
mod security;
pub mod server;
mod streamed;
mod table;
mod text;
mod tls;
mod upload;

pub use answer::{Accepted, Answer, Created, Done, NoContent, Outcome, Resource, Saved};
pub use authenticator::{Authentication, Authenticator};
pub use binary::{Download, RangeRequest, Wanted};
pub use call::{Allowed, AnySession, Call, InPerson, Public, RecentlyAuthenticated, SignedIn};
pub use describe::{Describe, DescribeAnswer, OperationDoc};
pub use extract::{Body, Path, Query, typed};
pub use file_body::FileBody;
pub use form::{ClientHeader, Form};
pub use idempotency::{IdempotencyKey, remove_kept_answers};
pub use lines::Lines;
pub(crate) use nul::{has_nul, nul_text};
pub use one_line::one_line;
pub(crate) use paging::page;
pub use paging::{Cursor, PageQuery, page_limit};
pub use precondition::IfMatch;
pub use published::Published;
pub use ready::{ReadyAnswers, Validity};
pub(crate) use routes::routes;
pub use routes::{RouteRow, Routes};
pub use table::Table;
pub use text::{ICalendar, Text, TextKind};
pub use upload::{FormData, Parts, broken_form};
