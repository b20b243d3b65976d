//! Connections: how many of them an address may have, and how long one may stand still.
//!
//! The framework bounds the head of the first request and the pause between two requests. It has no bound for a body that nobody reads, for the head of
//! a later request, for a client that does not read its answer, nor for the requests that it keeps while one is answered. The stream itself has these
//! bounds here, so they hold in whatever state the framework is.

use super::rates::Key;
use crate::config::Config;
use crate::context::App;
use crate::problem::{Code, Problem};
use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request, Response};
use actix_service::{IntoServiceFactory, ServiceFactoryExt as _, map_config};
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{AppConfig, Server, Service, ServiceFactory, ServiceResponse, fn_service};
use actix_web::web::Bytes;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::{IpAddr, TcpListener};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{fmt, io};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a connection may be silent between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// How long a connection that is being closed is read on, so that the client can read the answer.
const LINGER: Duration = Duration::from_secs(1);

/// Bytes that are read in one go. The framework parses all that was read, and keeps each request that is in it: a hundred and more are in 4 KiB.
const TURN: usize = 4 * 1024;

/// Bytes of an answer that are handed over at once: the framework copies them, and keeps them until the client reads.
const PIECE: usize = 16 * 1024;

/// What one connection does: shared by its stream and its requests.
pub(super) struct Activity {
    /// Requests that are not answered to the end.
    requests: Cell<u32>,
    /// A handler waits for more of its body.
    wants_body: Cell<bool>,
    /// When a request ended, or the client took a part of an answer, for the last time.
    since: Cell<Instant>,
    /// Whoever wanted to read when it was not their turn.
    reader: RefCell<Option<Waker>>,
}

impl Activity {
    fn new() -> Rc<Self> {
        let since = Cell::new(Instant::now());
        Rc::new(Self { requests: Cell::new(0), wants_body: Cell::new(false), since, reader: RefCell::default() })
    }

    /// Marks the beginning of a request; it ends when this is dropped.
    pub(super) fn begin(self: &Rc<Self>) -> InFlight {
        self.requests.set(self.requests.get() + 1);
        InFlight(Rc::clone(self))
    }

    /// Notes whether a handler waits for more of its body.
    pub(super) fn want_body(&self, wants: bool) {
        if self.wants_body.replace(wants) != wants && wants {
            self.wake_reader();
        }
    }

    /// What comes after a request is not read before it is answered: the framework would keep it without a bound.
    fn may_read(&self) -> bool {
        self.requests.get() == 0 || self.wants_body.get()
    }

    fn wake_reader(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn touch(&self) {
        self.since.set(Instant::now());
    }
}

/// A request that is not answered to the end.
pub(super) struct InFlight(Rc<Activity>);

impl InFlight {
    /// Keeps the request in flight until the last byte of its answer was handed over.
    pub(super) fn until_sent(self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        response.map_body(|_, body| BoxBody::new(Pieces { body, rest: Bytes::new(), _request: self }))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.requests.set(self.0.requests.get().saturating_sub(1));
        self.0.wants_body.set(false);
        self.0.touch();
        self.0.wake_reader();
    }
}

/// An answer in small pieces.
struct Pieces {
    body: BoxBody,
    rest: Bytes,
    _request: InFlight,
}

impl MessageBody for Pieces {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match this.body.as_pin_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => this.rest = bytes,
                other => return other,
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(piece)))
    }
}

/// The connections of each address.
struct Places {
    /// Of one address; 0: any number.
    most: usize,
    taken: Mutex<HashMap<Key, usize>>,
}

impl Places {
    /// A place for a connection from this address, if there is one left.
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionSlot> {
        let key = Key::address(Some(address));
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(key).or_default();
        if self.most > 0 && *taken >= self.most {
            return None;
        }
        *taken += 1;
        Some(ConnectionSlot { places: Arc::clone(self), key })
    }
}

/// A place that a connection takes; free again when it is dropped.
struct ConnectionSlot {
    places: Arc<Places>,
    key: Key,
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut all = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(&self.key) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.key);
            }
        }
    }
}

/// How long a connection may stand still.
#[derive(Clone, Copy)]
struct Bounds {
    /// Without a request in flight.
    idle: Duration,
    /// While the client reads nothing of what there is for it.
    unread: Duration,
}

impl Bounds {
    /// A bit longer than the framework waits: it answers before it closes.
    fn of(config: &Config) -> Self {
        Self {
            idle: Duration::from_secs(config.server.header_seconds) + KEEP_ALIVE,
            unread: Duration::from_secs(config.limits.unread_seconds),
        }
    }
}

/// A stream that ends when it stands still for too long.
struct Watched {
    stream: TcpStream,
    activity: Rc<Activity>,
    bounds: Bounds,
    /// When to look next whether the connection stands still.
    look: Pin<Box<Sleep>>,
    /// Runs while the client reads nothing.
    unread: Option<Pin<Box<Sleep>>>,
    /// Bytes read in this turn.
    turn: usize,
    _place: Option<ConnectionSlot>,
}

impl Watched {
    fn new(stream: TcpStream, bounds: Bounds, place: Option<ConnectionSlot>) -> Self {
        let look = Box::pin(sleep(bounds.idle));
        Self { stream, activity: Activity::new(), bounds, look, unread: None, turn: 0, _place: place }
    }

    /// Fails if nothing was in flight for too long.
    fn check_idle(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.look.as_mut().poll(cx).is_ready() {
            let busy = self.activity.requests.get() > 0 || self.unread.is_some();
            let due = self.activity.since.get() + self.bounds.idle;
            let now = Instant::now();
            if !busy && due <= now {
                return Err(io::ErrorKind::TimedOut.into());
            }
            // A request that ends rings no bell: looked for now and then.
            self.look.as_mut().reset(if busy { now + self.bounds.idle / 4 } else { due });
        }
        Ok(())
    }

    /// Fails if the client has read nothing for too long.
    fn check_unread<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.unread = None;
            self.activity.touch();
            return written;
        }
        let unread = self.bounds.unread;
        let timer = self.unread.get_or_insert_with(|| Box::pin(sleep(unread)));
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check_idle(cx)?;
        if !this.activity.may_read() {
            this.activity.reader.replace(Some(cx.waker().clone()));
            return Poll::Pending;
        }
        if this.turn >= TURN {
            this.turn = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = buffer.remaining().min(TURN - this.turn);
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let polled = Pin::new(&mut this.stream).poll_read(cx, &mut part);
        let count = part.filled().len();
        buffer.advance(count);
        this.turn = if polled.is_ready() { this.turn + count } else { 0 };
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.check_unread(cx, written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// A connection, with TLS or without.
enum Connection {
    Plain(Watched),
    Tls(Box<TlsStream<Watched>>),
}

impl Connection {
    fn activity(&self) -> &Rc<Activity> {
        match self {
            Self::Plain(watched) => &watched.activity,
            Self::Tls(stream) => &stream.get_ref().0.activity,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// What a new connection goes through before its first request.
#[derive(Clone)]
struct Entrance {
    app: App,
    places: Arc<Places>,
    tls: Option<TlsAcceptor>,
}

impl Entrance {
    async fn enter(self, stream: TcpStream) -> io::Result<Connection> {
        let config = &self.app.config;
        let peer = stream.peer_addr()?.ip();
        // A declared proxy has as many connections as it needs: it stands for all of its clients.
        let place = if super::forwarded::from_proxy(peer.to_canonical(), &config.server) {
            None
        } else {
            let Some(place) = self.places.take(peer) else { return self.refuse(stream).await };
            Some(place)
        };
        let watched = Watched::new(stream, Bounds::of(config), place);
        let Some(tls) = &self.tls else { return Ok(Connection::Plain(watched)) };
        let accepted = timeout(Duration::from_secs(config.server.header_seconds), tls.accept(watched)).await;
        Ok(Connection::Tls(Box::new(accepted.map_err(|_| io::ErrorKind::TimedOut)??)))
    }

    /// Says why before it closes, except where that would take a handshake first.
    async fn refuse(&self, mut stream: TcpStream) -> io::Result<Connection> {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        if self.tls.is_some() {
            return Err(refused);
        }
        let problem = Problem::new(Code::Unavailable).detail("此地址的连接过多", "Too many connections from this address");
        let trace_id = self.app.ids.uuid(self.app.session_clock.now()).simple().to_string();
        let body = serde_json::to_string(&problem.body(false, "/", &trace_id))?;
        let head = format!(
            "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\ntrace-id: {trace_id}\r\n\
             content-type: application/problem+json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let told = async {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
            stream.shutdown().await?;
            // What the client sent has to be read: closing before resets the connection, and the answer is lost.
            let mut unread = [0; 1024];
            while stream.read(&mut unread).await? > 0 {}
            Ok::<(), io::Error>(())
        };
        drop(timeout(LINGER, told).await);
        Err(refused)
    }
}

/// Makes the server of an application on a bound listener: with TLS if there is a configuration for it.
pub(super) fn serve<F, I, S, B>(
    app: &App,
    listener: TcpListener,
    tls: Option<rustls::ServerConfig>,
    factory: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let config = &app.config.server;
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        workers => workers,
    };
    let places = Places { most: app.config.limits.connections_per_address, taken: Mutex::default() };
    let tls = tls.map(|mut tls| {
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(tls))
    });
    let entrance = Entrance { app: app.clone(), places: Arc::new(places), tls };
    let for_head = Duration::from_secs(config.header_seconds);
    let builder = Server::build()
        .workers(workers)
        // Signals are `start::run`'s: `/readyz` says no before listening ends.
        .disable_signals()
        .max_concurrent_connections(config.connections.div_ceil(workers))
        .shutdown_timeout(config.shutdown_seconds);
    let ending = builder.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    let builder = builder.listen("title-review", listener, move || {
        let (entrance, ending) = (entrance.clone(), ending.clone());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(for_head)
            .client_disconnect_timeout(LINGER)
            .h1_allow_half_closed(true)
            .local_addr(address)
            .on_connect_ext(|connection: &Connection, data| {
                let activity = connection.activity();
                activity.touch();
                data.insert(Rc::clone(activity));
            })
            .finish(map_config(factory().into_factory().map_err(|error| error.into().error_response()), |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| {
            let entrance = entrance.clone();
            async move {
                let peer = stream.peer_addr().ok();
                let entered = entrance.enter(stream).await;
                entered.map(|connection| (connection, Protocol::Http1, peer)).map_err(DispatchError::Io)
            }
        })
        .and_then(http)
    })?;
    Ok(builder.run())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_counts_per_address_are_released() {
        let places = Arc::new(Places { most: 2, taken: Mutex::default() });
        let take = |address: &str| places.take(address.parse().unwrap());
        let (first, second) = (take("192.0.2.1"), take("192.0.2.1"));
        assert!(first.is_some() && second.is_some() && take("192.0.2.1").is_none());
        assert!(take("::ffff:192.0.2.1").is_none(), "the same address");
        assert!(take("192.0.2.2").is_some(), "another one");
        drop(first);
        let again = take("192.0.2.1");
        assert!(again.is_some() && take("192.0.2.1").is_none());
        drop((second, again));
        assert!(places.taken.lock().unwrap().is_empty());
        let any = Arc::new(Places { most: 0, taken: Mutex::default() });
        let many: Vec<_> = (0..1000).map(|_| any.take("192.0.2.1".parse().unwrap())).collect();
        assert!(many.iter().all(Option::is_some));
    }

    #[test]
    fn pipelined_bytes_are_read_after_the_answer_or_for_the_body() {
        let activity = Activity::new();
        assert!(activity.may_read());
        let request = activity.begin();
        assert!(!activity.may_read());
        activity.want_body(true);
        assert!(activity.may_read());
        activity.want_body(false);
        assert!(!activity.may_read());
        drop(request);
        assert!(activity.may_read());
    }

    #[actix_web::test]
    async fn answer_is_written_in_small_chunks() {
        let activity = Activity::new();
        let text = Bytes::from(vec![b'x'; 3 * PIECE + 5]);
        let mut body = Pieces { body: BoxBody::new(text.clone()), rest: Bytes::new(), _request: activity.begin() };
        assert_eq!(body.size(), BodySize::Sized(text.len() as u64));
        let (mut lengths, mut whole) = (Vec::new(), Vec::new());
        while let Some(piece) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
            let piece = piece.unwrap();
            lengths.push(piece.len());
            whole.extend_from_slice(&piece);
        }
        assert_eq!((lengths, whole), (vec![PIECE, PIECE, PIECE, 5], text.to_vec()));
    }
}
