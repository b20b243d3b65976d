//! Faults of PostgreSQL: a proxy between the server and the database replaces the n-th statement by one that fails there, so that the server
//! sees a real error in a real, aborted transaction.

use std::collections::{BTreeSet, HashMap};
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;

use super::{Faults, Line, within};
use crate::support::world::Reply;

/// What the proxy sends in the place of a statement: an I/O error of the server.
const FAULT: &str = "DO $$ BEGIN RAISE EXCEPTION 'injected fault' USING ERRCODE = '58030'; END $$";

/// A proxy that fails one statement on request, and a connection past it.
pub struct Statements {
    proxy: Proxy,
    content: Content,
}

impl Statements {
    /// Starts the proxy; answers it and the URL of the database behind it.
    pub fn before(url: &str) -> (Self, String) {
        let (proxy, behind) = Proxy::before(url);
        (Self { proxy, content: Content::of(url) }, behind)
    }
}

impl Faults for Statements {
    fn fail_at(&mut self, n: u32) {
        *self.proxy.plan() = Plan { left: Some(n - 1), failed: None };
    }

    fn stop(&mut self, _: &Reply) -> Option<String> {
        let mut plan = self.proxy.plan();
        plan.left = None;
        plan.failed.take()
    }

    fn sees_every_fault(&self) -> bool {
        true
    }

    fn content(&mut self) -> BTreeSet<String> {
        self.content.read()
    }
}

/// PostgreSQL behind a proxy that fails one statement on request.
#[derive(Clone, Default)]
struct Proxy {
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    /// How many statements pass before one fails.
    left: Option<u32>,
    /// The statement that failed.
    failed: Option<String>,
}

impl Proxy {
    /// Starts the proxy; answers it and the URL of the database behind it.
    fn before(url: &str) -> (Self, String) {
        let rest = url.strip_prefix("postgres:///").expect("a URL of the tests' cluster");
        let (name, options) = rest.split_once('?').expect("options");
        let folder = options.split('&').find_map(|option| option.strip_prefix("host=")).expect("the folder of the socket");
        let socket = format!("{folder}/.s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let proxy = Self::default();
        let shared = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (proxy, socket) = (shared.clone(), socket.clone());
                std::thread::spawn(move || proxy.serve(client, &socket));
            }
        });
        (proxy, format!("postgres://postgres@127.0.0.1:{port}/{name}"))
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this statement is the one to fail.
    fn fails(&self, statement: &str) -> bool {
        let mut plan = self.plan();
        match plan.left {
            Some(0) => {
                *plan = Plan { left: None, failed: Some(statement.to_owned()) };
                true
            }
            Some(left) => {
                plan.left = Some(left - 1);
                false
            }
            None => false,
        }
    }

    /// One connection, until either side closes it.
    fn serve(&self, mut client: TcpStream, socket: &str) -> Option<()> {
        client.set_nodelay(true).ok()?;
        let mut server = UnixStream::connect(socket).ok()?;
        let (mut answers, mut back) = (server.try_clone().ok()?, client.try_clone().ok()?);
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut answers, &mut back);
            let _ = back.shutdown(std::net::Shutdown::Both);
        });
        let outcome = self.forward(&mut client, &mut server);
        let _ = server.shutdown(std::net::Shutdown::Both);
        outcome
    }

    /// Hands on what the client says, statement by statement.
    fn forward(&self, client: &mut TcpStream, server: &mut UnixStream) -> Option<()> {
        let startup = packet(client, None)?;
        server.write_all(&startup).ok()?;
        let mut prepared: HashMap<Vec<u8>, String> = HashMap::new();
        let (mut batch, mut statement) = (Vec::new(), None);
        loop {
            let mut kind = [0];
            client.read_exact(&mut kind).ok()?;
            let message = packet(client, Some(kind[0]))?;
            let mut fields = message[5..].split(|byte| *byte == 0);
            match kind[0] {
                b'P' => {
                    let name = fields.next()?.to_vec();
                    prepared.insert(name, String::from_utf8_lossy(fields.next()?).into_owned());
                }
                // Portal, then the name of the prepared statement.
                b'B' => statement = fields.nth(1).and_then(|name| prepared.get(name)).cloned(),
                b'Q' => statement = fields.next().map(|text| String::from_utf8_lossy(text).into_owned()),
                _ => {}
            }
            batch.extend_from_slice(&message);
            // What came since the last answer is handed on as a whole: PostgreSQL answers at these messages only.
            if matches!(kind[0], b'Q' | b'S' | b'H' | b'X' | b'p') {
                // A connection that fails at its first statement is replaced by another, and a read has its answer before its transaction
                // ends: neither is a fault of a request.
                if let Some(text) = statement.take()
                    && !text.starts_with("BEGIN")
                    && !text.starts_with("ROLLBACK")
                    && self.fails(&text)
                {
                    batch = query(FAULT);
                }
                server.write_all(&batch).ok()?;
                batch.clear();
            }
        }
    }
}

/// A message: its kind, where it has one, a length that counts itself, and the rest.
fn packet(from: &mut impl Read, kind: Option<u8>) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).ok()?.checked_sub(4)?];
    from.read_exact(&mut rest).ok()?;
    Some(kind.into_iter().chain(length).chain(rest).collect())
}

/// A simple query as a message.
fn query(sql: &str) -> Vec<u8> {
    let length = u32::try_from(sql.len() + 5).expect("a short query").to_be_bytes();
    [b"Q".as_slice(), &length, sql.as_bytes(), &[0]].concat()
}

/// A number for the content of each table, read past the proxy.
pub struct Content {
    pub conn: PgConnection,
    query: String,
}

impl Content {
    pub fn of(url: &str) -> Self {
        let mut conn = PgConnection::establish(url).unwrap();
        let tables = "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        let tables: Vec<Line> = diesel::sql_query(tables).load(&mut conn).unwrap();
        let each = tables.iter().map(|Line { line }| {
            let within = within(line);
            format!(
                "SELECT '{line} ' || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS line FROM \"{line}\" t{within}"
            )
        });
        let query = each.collect::<Vec<_>>().join(" UNION ALL ");
        Self { conn, query }
    }

    pub fn read(&mut self) -> BTreeSet<String> {
        let lines: Vec<Line> = diesel::sql_query(&self.query).load(&mut self.conn).unwrap();
        lines.into_iter().map(|Line { line }| line).collect()
    }
}
