//! The load generator: HTTP/1.1 over kept-alive connections, on threads of its own.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Connections kept alive at the same time.
pub const CONNECTIONS: usize = 32;
/// Threads that drive them: more would take the cores from the server.
const THREADS: usize = 2;

/// Requests that are sent again and again, or each once.
pub struct Requests {
    all: Vec<Vec<u8>>,
    next: AtomicUsize,
    repeat: bool,
}

impl Requests {
    /// Sent in turn, for as long as a run lasts.
    pub fn repeated(all: Vec<Vec<u8>>) -> Self {
        Self { all, next: AtomicUsize::new(0), repeat: true }
    }

    /// Each sent once; a run ends early when there are no more.
    pub fn once(all: Vec<Vec<u8>>) -> Self {
        Self { all, next: AtomicUsize::new(0), repeat: false }
    }

    fn take(&self) -> Option<&[u8]> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let index = if self.repeat { index % self.all.len() } else { index };
        self.all.get(index).map(Vec::as_slice)
    }
}

/// One kept-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    pub fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self { stream, buffer: vec![0; 1 << 18], filled: 0 })
    }

    pub fn send(&mut self, request: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(request)
    }

    /// Status, head and body of the next answer.
    pub fn receive(&mut self) -> std::io::Result<(u16, Cow<'_, str>, &[u8])> {
        self.filled = 0;
        loop {
            if let Some((head, length)) = head_of(&self.buffer[..self.filled]) {
                let whole = head + length;
                if whole > self.buffer.len() {
                    self.buffer.resize(whole, 0);
                }
                while self.filled < whole {
                    self.fill()?;
                }
                let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
                return Ok((status, String::from_utf8_lossy(&self.buffer[..head]), &self.buffer[head..whole]));
            }
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> std::io::Result<()> {
        match self.stream.read(&mut self.buffer[self.filled..])? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => {
                self.filled += read;
                Ok(())
            }
        }
    }
}

/// Length of the head, and of the body that follows it, once the head is whole.
fn head_of(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let mut length = 0;
    for line in bytes[..end].split(|byte| *byte == b'\n') {
        if line.len() > 15 && line[..15].eq_ignore_ascii_case(b"content-length:") {
            length = std::str::from_utf8(&line[15..]).ok()?.trim().parse().ok()?;
        }
    }
    Some((end, length))
}

/// Sends requests for so long; gives answers per second. `name` is told where an answer with another status than `expected`, or none, ends the
/// benchmark.
pub fn run(name: &str, address: SocketAddr, requests: &Requests, expected: u16, length: Duration) -> f64 {
    let answered = AtomicU64::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let count = drive(address, requests, expected, started + length).unwrap_or_else(|error| panic!("{name}: {error}"));
                answered.fetch_add(count, Ordering::Relaxed);
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    f64::from(u32::try_from(answered.into_inner()).unwrap_or(u32::MAX)) / seconds
}

/// Keeps a request in flight on each of this thread's connections until the time is over.
fn drive(address: SocketAddr, requests: &Requests, expected: u16, until: Instant) -> std::io::Result<u64> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS / THREADS {
        let mut connection = Connection::open(address)?;
        if let Some(request) = requests.take() {
            connection.send(request)?;
            connections.push(connection);
        }
    }
    let mut count = 0;
    while !connections.is_empty() {
        let over = Instant::now() >= until;
        let mut index = 0;
        while index < connections.len() {
            let (status, _, body) = connections[index].receive()?;
            assert_eq!(status, expected, "{}", String::from_utf8_lossy(body));
            count += 1;
            match (!over).then(|| requests.take()).flatten() {
                Some(request) => {
                    connections[index].send(request)?;
                    index += 1;
                }
                None => drop(connections.swap_remove(index)),
            }
        }
    }
    Ok(count)
}

/// A request as bytes.
pub fn request(method: &str, path: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        let _ = write!(text, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
