//! Connections that stand still: closed within a bound, in whatever state, while others are served.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::raw;
use crate::cli::Server;
use crate::support::database::{Dialect, tell};
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

/// Chunked, with half of a chunk: one whose handler reads the body, one that needs no body, one that is not signed in, one that is not there.
const HALF_A_CHUNK: [&str; 4] = ["POST /v1/sessions", "GET /livez", "POST /v1/organisations", "PUT /v1/nowhere"];

fn half_a_chunk(target: &str) -> String {
    format!("{target} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nffff\r\n{{")
}

/// Everything that comes until the server closes, and after how long it did.
#[track_caller]
fn until_closed(stream: &mut TcpStream, most: Duration) -> (usize, Duration) {
    let (began, mut count, mut piece) = (Instant::now(), 0, vec![0; 64 * 1024]);
    loop {
        let left = most.checked_sub(began.elapsed()).filter(|left| !left.is_zero());
        stream.set_read_timeout(Some(left.expect("the connection is closed"))).unwrap();
        match stream.read(&mut piece) {
            Ok(0) => return (count, began.elapsed()),
            Ok(more) => count += more,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return (count, began.elapsed()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn connection_whose_body_does_not_come_is_closed() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::configured(database, START, |config| {
            (config.server.header_seconds, config.limits.body_seconds) = (1, 1);
        })
        .await;
        let open = |text: &str| {
            let mut stream = raw::connect(&world);
            stream.write_all(text.as_bytes()).unwrap();
            stream
        };
        let mut streams: Vec<TcpStream> = HALF_A_CHUNK.iter().map(|target| open(&half_a_chunk(target))).collect();
        // The head of the second request stops.
        streams.push(open("GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGET /livez HTTP/1.1\r\nhost:"));
        // The body goes on after the answer, without an end.
        let mut trickling = open(&half_a_chunk("PUT /v1/nowhere"));
        let mut writer = trickling.try_clone().unwrap();
        let began = Instant::now();
        let trickle = std::thread::spawn(move || {
            while writer.write_all(b" ").is_ok() && began.elapsed().as_secs() < 30 {
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        streams.push(trickling.try_clone().unwrap());
        for stream in &mut streams {
            let (count, _) = until_closed(stream, Duration::from_secs(20));
            assert!(count > 100, "there was an answer");
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        until_closed(&mut trickling, Duration::from_secs(1));
        drop((streams, trickling));
        trickle.join().unwrap();
    });
}

#[test]
fn idle_connection_is_kept_between_requests() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::configured(database, START, |config| config.server.header_seconds = 1).await;
        let mut stream = raw::connect(&world);
        for pause in [0, 2, 4] {
            std::thread::sleep(Duration::from_secs(pause));
            stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            assert_eq!(raw::read(&mut stream).unwrap().status, 200);
        }
        // Several at once are answered in their order.
        stream.write_all("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2000).as_bytes()).unwrap();
        let (count, took) = until_closed(&mut stream, Duration::from_secs(30));
        assert!(count > 2000 * 100, "{count} {took:?}");
    });
}

#[test]
fn body_sent_after_a_pause_is_read() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::at(database, START).await;
        let mut stream = raw::connect(&world);
        let body = format!("{{\"login\": \"nobody\", \"password\": \"{}\"}}", "x".repeat(100_000));
        let length = body.len();
        let head =
            format!("POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        for piece in body.as_bytes().chunks(30_000) {
            std::thread::sleep(Duration::from_millis(300));
            stream.write_all(piece).unwrap();
        }
        assert_eq!(raw::read(&mut stream).unwrap().status, 422);
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        assert_eq!(raw::read(&mut stream).unwrap().status, 200);
    });
}

#[test]
fn stalled_connections_do_not_block_new_clients() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::configured(database, START, |config| {
            config.server.header_seconds = 1;
            config.server.connections = 200;
            config.limits.connections_per_address = 0;
        })
        .await;
        let mut streams: Vec<TcpStream> = (0..400).map(|_| raw::connect(&world)).collect();
        for (stream, target) in streams.iter_mut().zip(HALF_A_CHUNK[1..].iter().cycle()) {
            stream.write_all(half_a_chunk(target).as_bytes()).unwrap();
        }
        // More than the server takes at once: an honest client waits until some of them are closed.
        let began = Instant::now();
        assert_eq!(raw::send(&world, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").unwrap().status, 200);
        assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
        for stream in &mut streams {
            until_closed(stream, Duration::from_secs(30));
        }
    });
}

#[test]
fn connections_of_one_address_are_bounded() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::configured(database, START, |config| config.limits.connections_per_address = 3).await;
        let held: Vec<TcpStream> = (0..3).map(|_| raw::connect(&world)).collect();
        let ask = || raw::send(&world, b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let until = Instant::now() + Duration::from_secs(10);
        // Until the server has taken them.
        let refused = loop {
            let answer = ask().unwrap();
            if answer.status != 200 {
                break answer;
            }
            assert!(Instant::now() < until);
        };
        refused.problem(503, "unavailable");
        assert!(refused.head.contains("retry-after: 5") && refused.head.contains("connection: close"), "{refused:?}");
        drop(held);
        while ask().is_none_or(|answer| answer.status != 200) {
            assert!(Instant::now() < until);
        }
    });
}

#[test]
fn connections_of_declared_proxy_are_not_counted() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::configured(database, START, |config| {
            config.limits.connections_per_address = 1;
            config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        })
        .await;
        let mut held: Vec<TcpStream> = (0..5).map(|_| raw::connect(&world)).collect();
        for stream in &mut held {
            stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            assert_eq!(raw::read(stream).unwrap().status, 200);
        }
    });
}

/// Clients that ask again and again and read nothing.
#[cfg(target_os = "linux")]
#[test]
fn clients_that_do_not_read_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [("TITLE_REVIEW_LIMITS__UNREAD_SECONDS", "3"), ("TITLE_REVIEW_LIMITS__RATE_ANONYMOUS", "0")];
    let server = Server::start_in(folder.path(), &[], &environment, Stdio::null());
    assert_eq!(server.send("GET", "/openapi.json", None, None).0, 200);
    let before = super::codings::peak_memory(server.child.id());
    let pipelined = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(8000);
    let mut streams: Vec<TcpStream> = (0..60).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    for stream in &mut streams {
        stream.set_nonblocking(true).unwrap();
        let _ = stream.write(pipelined.as_bytes());
    }
    let began = Instant::now();
    for _ in 0..5 {
        let asked = Instant::now();
        assert_eq!(server.send("GET", "/livez", None, None).0, 200);
        // The first one waits until what was asked before is answered.
        assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
        std::thread::sleep(Duration::from_millis(500));
    }
    let grown = super::codings::peak_memory(server.child.id()).saturating_sub(before);
    assert!(grown <= 64 * 1024, "{grown} KiB");
    // Reading now would let them go on: the bound has to pass first.
    std::thread::sleep(Duration::from_secs(12).saturating_sub(began.elapsed()));
    for stream in &mut streams {
        stream.set_nonblocking(false).unwrap();
        let (count, _) = until_closed(stream, Duration::from_secs(10));
        assert!(count < 8000 * 100_000, "not all was answered: {count}");
    }
}
