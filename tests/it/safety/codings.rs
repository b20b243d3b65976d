//! Compressed request bodies: refused before they are read, whatever the coding, on every route.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use super::raw::{self, Answer};
use crate::cli::Server;
use crate::support::database::{Dialect, tell};
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

/// A route for each kind of body, one that reads none and one that does not exist.
const TARGETS: [(&str, &str); 5] = [
    ("POST /v1/sessions", "application/json"),
    ("POST /oauth2/token", "application/x-www-form-urlencoded"),
    ("POST /v1/applications/1/attachments", "multipart/form-data; boundary=b"),
    ("GET /livez", "application/json"),
    ("PUT /v1/nowhere", "application/json"),
];

#[track_caller]
fn refused(answer: &Answer) {
    // OAuth has words of its own.
    let told = answer.body["code"].as_str().or(answer.body["error_uri"].as_str()).unwrap_or_default();
    assert_eq!((answer.status, told.trim_start_matches("/problems/")), (415, "unsupported_media_type"), "{answer:?}");
    assert!(answer.head.contains("\r\naccept-encoding: identity"), "{answer:?}");
}

#[test]
fn request_with_content_encoding_is_rejected_on_every_route() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::at(database, START).await;
        let ask = |target: &str, kind: &str, codings: &str| {
            let head = format!("{target} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\n{codings}content-length: 2\r\n\r\n{{}}");
            raw::send(&world, head.as_bytes()).unwrap()
        };
        for (target, kind) in TARGETS {
            for codings in [
                "content-encoding: gzip\r\n",
                "content-encoding: br\r\n",
                "content-encoding: zstd\r\n",
                "content-encoding: deflate\r\n",
                "content-encoding: gzip, identity\r\n",
                "content-encoding: identity,GZIP\r\n",
                "content-encoding: identity\r\ncontent-encoding: gzip\r\n",
                "content-encoding: unknown\r\n",
            ] {
                refused(&ask(target, kind, codings));
            }
            for codings in ["content-encoding: identity\r\n", "content-encoding: Identity\r\ncontent-encoding: identity\r\n"] {
                let answer = ask(target, kind, codings);
                assert_ne!(answer.status, 415, "{target}: {answer:?}");
                assert!(!answer.head.contains("accept-encoding: "), "{answer:?}");
            }
        }
        // The refusal does not wait for the body.
        let head = "POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n";
        refused(&raw::send(&world, format!("{head}content-length: 900000\r\n\r\n").as_bytes()).unwrap());
    });
}

/// About 200 KB of gzip that become 200 MiB of blanks: one block of 1 MiB, flushed so that it can be repeated.
fn bomb() -> Vec<u8> {
    let mut block = b"\xec\xc1\x31\x01\0\0\0\xc2\xa0\x2a\xeb\x9f\xd2\x10\xbe\x40\x01".to_vec();
    block.resize(block.len() + 1015, 0);
    block.extend_from_slice(b"\x7c\x06\0\0\xff\xff");
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    [head, block.repeat(200), b"\x03\0".to_vec()].concat()
}

/// The most memory that the process ever had resident, in KiB.
#[cfg(target_os = "linux")]
pub fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn compressed_request_bodies_take_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let bomb = bomb();
    let send = |target: &str, kind: &str| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let length = bomb.len();
        let head = format!(
            "{target} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let _ = stream.write_all(&bomb);
        raw::read(&mut stream)
    };
    // What the first request takes is no bomb's.
    let _ = send("GET /livez", "application/json");
    let before = peak_memory(server.child.id());
    std::thread::scope(|scope| {
        for (target, kind) in TARGETS.into_iter().cycle().take(40) {
            // A client that is still sending when the server closes may lose the answer.
            scope.spawn(move || send(target, kind).iter().for_each(refused));
        }
    });
    let grown = peak_memory(server.child.id()).saturating_sub(before);
    assert!(grown <= 64 * 1024, "{grown} KiB");
    assert_eq!(server.send("GET", "/livez", None, None).0, 200);
}
