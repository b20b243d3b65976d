//! Gates: who gets in, and how a handler reaches the database.

use super::authenticator::Authenticator;
use super::describe::{AccessGuard, Describe, OperationDoc};
use super::idempotency::{self, IdempotencyKey};
use super::rates::{self, Class, Key};
use super::{Answer, Resource};
use crate::authz::{Permit, Principal, RequiredAction};
use crate::context::{App, Cx, RequestContext};
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use std::future::Future;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use title_review_core::clock::Instant;

/// What the outer middleware notes of every request.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    /// Business time of receipt: deadlines are judged by it.
    pub now: Instant,
    /// Session time of receipt.
    pub session_now: Instant,
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// Identifies the request in logs, records and problems.
    pub trace_id: Arc<str>,
}

/// A request that passed its access guard.
#[derive(Clone)]
pub struct Call {
    /// The server's parts.
    pub app: App,
    /// Who asks.
    pub principal: Arc<Principal>,
    /// When it was received, and its trace id.
    pub facts: RequestFacts,
    /// The client asked for English texts.
    pub english: bool,
    /// Method and path: the operation that an idempotency key belongs to.
    operation: Arc<str>,
}

impl Call {
    /// Runs a reading use case on a reader connection, in one read transaction.
    pub async fn read<T, E>(&self, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + 'static,
    {
        self.app.read(self.context(), move |cx| f(cx).map_err(Into::into)).await
    }

    /// Runs a writing use case on the writer: all of it or nothing, committed before the answer.
    pub async fn write<T, E>(&self, f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + 'static,
    {
        self.app.write(self.context(), move |cx| f(cx).map_err(Into::into)).await
    }

    /// As [`Call::write`], once per idempotency key: a repeat gets the stored answer, another body is refused.
    pub async fn write_once<T, E, const STATUS: u16>(
        &self,
        key: IdempotencyKey,
        fingerprint: &str,
        f: impl FnOnce(&mut Cx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<Answer<T, STATUS>, Problem>
    where
        T: Resource + Send + 'static,
        E: Into<Problem> + 'static,
    {
        self.write_once_or_refuse(key, fingerprint, move |cx| f(cx).map(Ok::<_, Problem>)).await
    }

    /// As [`Call::write_once`], for an act whose refusal is committed as well: it is counted, or on record.
    pub async fn write_once_or_refuse<T, R, E, const STATUS: u16>(
        &self,
        key: IdempotencyKey,
        fingerprint: &str,
        f: impl FnOnce(&mut Cx<'_>) -> Result<Result<T, R>, E> + Send + 'static,
    ) -> Result<Answer<T, STATUS>, Problem>
    where
        T: Resource + Send + 'static,
        R: Into<Problem> + 'static,
        E: Into<Problem> + 'static,
    {
        let (operation, fingerprint) = (Arc::clone(&self.operation), fingerprint.to_owned());
        self.app
            .write(self.context(), move |cx| {
                idempotency::run_once(cx, &key, &operation, &fingerprint, |cx| match f(cx) {
                    Ok(done) => Ok(done.map_err(Into::into)),
                    Err(error) => Err(error.into()),
                })
            })
            .await
            .flatten()
    }

    /// The key has its answer already: [`Call::write_once`] will repeat it, or refuse another body.
    pub async fn is_answered(&self, key: &IdempotencyKey) -> Result<bool, Problem> {
        let (operation, key) = (Arc::clone(&self.operation), key.clone());
        self.read(move |cx| idempotency::is_known(cx, &key, &operation)).await
    }

    /// Who asks, for an act that is run on the server's parts directly.
    #[must_use]
    pub fn context(&self) -> RequestContext {
        RequestContext {
            principal: Arc::clone(&self.principal),
            now: self.facts.now,
            session_now: self.facts.session_now,
            address: self.facts.address,
            trace_id: Arc::clone(&self.facts.trace_id),
        }
    }

    fn of(request: &HttpRequest, principal: Arc<Principal>) -> Result<Self, Problem> {
        let app = app_of(request)?;
        let facts = request.extensions().get::<RequestFacts>().cloned().ok_or(Code::Internal)?;
        Ok(Self {
            app,
            principal,
            facts,
            english: prefers_english(request),
            operation: format!("{} {}", request.method(), request.path()).into(),
        })
    }
}

fn app_of(request: &HttpRequest) -> Result<App, Problem> {
    request.app_data::<web::Data<App>>().map(|app| App::clone(app)).ok_or_else(|| Code::Internal.into())
}

/// The client asked for English before Chinese (`Accept-Language`).
pub(super) fn prefers_english(request: &HttpRequest) -> bool {
    let Some(value) = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else { return false };
    let weight_of = |tag: &str| {
        value
            .split(',')
            .filter_map(|part| {
                let mut pieces = part.trim().split(';');
                let name = pieces.next()?.trim().to_ascii_lowercase();
                let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                (name == tag || name.starts_with(&format!("{tag}-"))).then_some(weight)
            })
            .fold(0.0_f32, f32::max)
    };
    weight_of("en") > weight_of("zh")
}

/// Who is signed in. Requests of an account count for it; tokens that are refused count for the address they come from.
async fn authenticate(request: HttpRequest) -> Result<Call, Problem> {
    let known = identify(&request).await;
    if let Ok(Call { principal, facts, .. }) = &known {
        let key = principal.account.map_or_else(|| Key::address(facts.address), Key::Account);
        rates::admit(&request, Class::SignedIn, key)?;
    } else {
        let address = request.extensions().get::<RequestFacts>().and_then(|facts| facts.address);
        rates::admit(&request, Class::Anonymous, Key::address(address))?;
    }
    known
}

async fn identify(request: &HttpRequest) -> Result<Call, Problem> {
    let app = app_of(request)?;
    let facts = request.extensions().get::<RequestFacts>().cloned().ok_or(Code::Internal)?;
    let header = request.headers().get(header::AUTHORIZATION).ok_or(Code::Unauthenticated)?;
    let text = header.to_str().map_err(|_| Code::TokenInvalid)?;
    let (scheme, token) = text.split_once(' ').ok_or(Code::TokenInvalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenInvalid.into());
    }
    let authenticator = app.state::<Box<dyn Authenticator>>();
    let principal = authenticator.authenticate(&app, token.trim(), facts.session_now, facts.address).await?;
    Call::of(request, principal)
}

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// Anybody; a token, if sent, is not looked at.
pub struct Public(Call);

/// Anybody who is signed in and has nothing to do first ([`crate::authz::RequiredAction`]).
pub struct SignedIn(Call);

/// A person who is signed in: not a program with a token, whatever roles the token carries.
pub struct InPerson(Call);

/// As [`InPerson`], even where the account has something to do first: for doing just that, and for sessions.
pub struct AnySession(Call);

/// Whoever holds the permission.
pub struct Allowed<P>(Call, PhantomData<P>);

/// As [`Allowed`], and proved who they are not long ago (`auth.step_up_minutes`): for sensitive acts.
pub struct RecentlyAuthenticated<P>(Call, PhantomData<P>);

/// What every access guard is once it was passed, and how it is passed.
macro_rules! access_guard {
    ([$($generics:tt)*] $guard:ty, $pass:expr) => {
        impl<$($generics)*> FromRequest for $guard {
            type Error = Problem;
            type Future = Extraction<Self>;
            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                Box::pin(async move { ($pass)(request).await })
            }
        }
    };
}

access_guard!([] SignedIn, async |request| signed_in(request).await.map(Self));
access_guard!([] InPerson, async |request| {
    let call = signed_in(request).await?;
    in_person(&call)?;
    Ok(Self(call))
});
access_guard!([] AnySession, async |request| {
    let call = authenticate(request).await?;
    in_person(&call)?;
    Ok(Self(call))
});
access_guard!([P: Permit] Allowed<P>, async |request| permitted::<P>(request).await.map(|call| Self(call, PhantomData)));
access_guard!([P: Permit] RecentlyAuthenticated<P>, async |request| {
    let call = permitted::<P>(request).await?;
    in_person(&call)?;
    call.read(|cx| cx.app.state::<Box<dyn Authenticator>>().require_recent(cx)).await?;
    Ok(Self(call, PhantomData))
});

impl FromRequest for Public {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Call::of(request, Arc::new(Principal::anonymous())).map(Self))
    }
}

/// What is answered to whoever goes on without having done this first.
const fn not_done(duty: RequiredAction) -> Code {
    match duty {
        RequiredAction::EnrolSecondFactor => Code::SecondFactorEnrolmentRequired,
        RequiredAction::ChangePassword => Code::PasswordChangeRequired,
    }
}

async fn signed_in(request: HttpRequest) -> Result<Call, Problem> {
    let call = authenticate(request).await?;
    match call.principal.duty {
        None => Ok(call),
        Some(duty) => Err(not_done(duty).into()),
    }
}

fn in_person(call: &Call) -> Result<(), Problem> {
    if call.principal.in_person() { Ok(()) } else { Err(Code::PersonRequired.into()) }
}

async fn permitted<P: Permit>(request: HttpRequest) -> Result<Call, Problem> {
    let call = authenticate(request).await?;
    if !call.principal.may(P::PERMISSION) {
        return Err(call.principal.duty.map_or(Code::Forbidden, not_done).into());
    }
    if P::PERMISSION.in_person() {
        in_person(&call)?;
    }
    Ok(call)
}

/// An access guard that was passed is the call behind it.
macro_rules! is_a_call {
    ([$($generics:tt)*] $guard:ty) => {
        impl<$($generics)*> Deref for $guard {
            type Target = Call;
            fn deref(&self) -> &Call {
                &self.0
            }
        }
    };
}

is_a_call!([] Public);
is_a_call!([] SignedIn);
is_a_call!([] InPerson);
is_a_call!([] AnySession);
is_a_call!([P] Allowed<P>);
is_a_call!([P] RecentlyAuthenticated<P>);

impl Describe for Public {
    fn describe(_: &mut OperationDoc) {}
}
impl AccessGuard for Public {}

impl Describe for AnySession {
    fn describe(doc: &mut OperationDoc) {
        doc.signed_in = true;
        doc.in_person = true;
        doc.problems.extend([
            Code::Unauthenticated,
            Code::TokenExpired,
            Code::TokenInvalid,
            Code::AccountSuspended,
            Code::PersonRequired,
        ]);
    }
}
impl AccessGuard for AnySession {}

impl Describe for SignedIn {
    fn describe(doc: &mut OperationDoc) {
        doc.signed_in = true;
        doc.problems.extend([
            Code::Unauthenticated,
            Code::TokenExpired,
            Code::TokenInvalid,
            Code::AccountSuspended,
            Code::SecondFactorEnrolmentRequired,
            Code::PasswordChangeRequired,
            Code::AddressNotAllowed,
        ]);
    }
}
impl AccessGuard for SignedIn {}

impl Describe for InPerson {
    fn describe(doc: &mut OperationDoc) {
        SignedIn::describe(doc);
        doc.in_person = true;
        doc.problems.insert(Code::PersonRequired);
    }
}
impl AccessGuard for InPerson {}

impl<P: Permit> Describe for Allowed<P> {
    fn describe(doc: &mut OperationDoc) {
        if P::PERMISSION.in_person() {
            InPerson::describe(doc);
        } else {
            SignedIn::describe(doc);
        }
        doc.permission = Some(P::PERMISSION);
        doc.problems.insert(Code::Forbidden);
    }
}
impl<P: Permit> AccessGuard for Allowed<P> {}

impl<P: Permit> Describe for RecentlyAuthenticated<P> {
    fn describe(doc: &mut OperationDoc) {
        Allowed::<P>::describe(doc);
        doc.in_person = true;
        doc.problems.extend([Code::PersonRequired, Code::StepUpRequired]);
    }
}
impl<P: Permit> AccessGuard for RecentlyAuthenticated<P> {}
