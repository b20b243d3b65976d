//! A server that lies, made of an honest one with a proxy in between that answers instead of it: what the tests here have to catch. The fault
//! injection stays outside the binary.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What it does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Hands on what comes.
    Honest,
    /// Tells who objects that it is done, and asks the server some time later.
    EarlyAcknowledgement,
    /// Tells who objects that it is done where the server said that it could not.
    Rosy,
}

/// Somebody in between.
pub struct Proxy {
    pub address: String,
    stop: Arc<AtomicBool>,
    /// How often it has said what is not so, or not yet.
    lies: Arc<AtomicU64>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the one who waits for connections.
        let _ = TcpStream::connect(self.address.trim_start_matches("http://"));
    }
}

impl Proxy {
    /// How often it has said what is not so, or not yet.
    pub fn lies(&self) -> u64 {
        self.lies.load(Ordering::Relaxed)
    }

    /// Before the server at this address.
    pub fn before(server: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = Arc::new(AtomicBool::new(false));
        let lies = Arc::new(AtomicU64::new(0));
        let (server, stopped, count) = (server.trim_start_matches("http://").to_owned(), Arc::clone(&stop), Arc::clone(&lies));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (server, count) = (server.clone(), Arc::clone(&count));
                // Whoever breaks off is let go.
                std::thread::spawn(move || client.ok().and_then(|client| serve(client, &server, manner, &count).ok()));
            }
        });
        Self { address, stop, lies }
    }
}

/// One request, then the connection is closed.
fn serve(mut client: TcpStream, server: &str, manner: Manner, lies: &AtomicU64) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, mut length, mut trace) = (String::new(), 0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if let Some(value) = lower.strip_prefix("traceparent:") {
            value.split('-').nth(1).unwrap_or_default().clone_into(&mut trace);
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let objects = head.starts_with("POST /v1/publicities/") && head.contains("/objections ");
    let done = |client: &mut TcpStream| {
        lies.fetch_add(1, Ordering::Relaxed);
        let answer = format!("HTTP/1.1 201 Created\r\ntrace-id: {trace}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
        client.write_all(answer.as_bytes())
    };
    if objects && manner == Manner::EarlyAcknowledgement {
        done(&mut client)?;
        std::thread::sleep(Duration::from_millis(300));
    }
    let mut there = TcpStream::connect(server)?;
    there.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    there.write_all(&body)?;
    let mut answer = Vec::new();
    there.read_to_end(&mut answer)?;
    match manner {
        Manner::EarlyAcknowledgement if objects => Ok(()),
        Manner::Rosy if objects && answer.starts_with(b"HTTP/1.1 503") => done(&mut client),
        _ => client.write_all(&answer),
    }
}
