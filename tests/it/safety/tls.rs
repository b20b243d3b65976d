//! TLS as a client sees it: versions, the certificate and its renewal.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use super::certificate::Certificate;
use super::raw::{self, Answer};
use crate::support::database::{Database, Dialect, tell};
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

/// A server that speaks TLS with the certificate in this folder.
async fn world(database: Database, folder: &Path) -> World {
    World::configured(database, START, |config| {
        config.server.tls_certificate = folder.join("chain.pem");
        config.server.tls_key = folder.join("key.pem");
        config.server.tls_reload_seconds = 1;
    })
    .await
}

/// Asks by TLS, with trust in this certificate alone; the answer, the version spoken and the certificate shown.
fn ask(
    world: &World,
    trusted: &Certificate,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<(Answer, String, Vec<u8>), String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(trusted.certificate.clone())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider())).with_protocol_versions(versions).unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let tcp = TcpStream::connect(world.base.trim_start_matches("http://")).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut stream = StreamOwned::new(client, tcp);
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").map_err(|error| error.to_string())?;
    let answer = raw::read(&mut stream).ok_or("no answer")?;
    assert_eq!(stream.conn.alpn_protocol(), Some(b"http/1.1".as_slice()));
    let shown = stream.conn.peer_certificates().unwrap()[0].to_vec();
    Ok((answer, format!("{:?}", stream.conn.protocol_version().unwrap()), shown))
}

const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12, &rustls::version::TLS13];

on_both!(server_speaks_tls_1_2_and_1_3_only);
async fn server_speaks_tls_1_2_and_1_3_only(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let own = Certificate::new(1);
    own.write(folder.path());
    let world = world(database, folder.path()).await;
    for (versions, spoken) in [(&BOTH[..1], "TLSv1_2"), (&BOTH[1..], "TLSv1_3"), (BOTH, "TLSv1_3")] {
        let (answer, version, shown) = ask(&world, &own, versions).unwrap();
        assert_eq!((answer.status, version.as_str(), &shown), (200, spoken, &own.certificate));
        assert!(answer.head.contains("strict-transport-security: max-age=31536000"), "{answer:?}");
    }
    assert!(ask(&world, &Certificate::new(2), BOTH).is_err(), "somebody else's certificate");
    // Plain HTTP is not answered on this port.
    let plain = raw::send(&world, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(plain.is_none(), "{plain:?}");
    // TLS 1.1 and older: a ClientHello that offers no more is refused with an alert.
    let mut stream = raw::connect(&world);
    let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    hello.extend_from_slice(&[7; 32]);
    hello.extend_from_slice(&[0, 0, 2, 0, 0x2f, 1, 0]);
    stream.write_all(&hello).unwrap();
    let mut alert = [0; 1];
    assert!(std::io::Read::read(&mut stream, &mut alert).unwrap_or(0) == 0 || alert == [0x15], "{alert:?}");
    ask(&world, &own, BOTH).unwrap();
}

/// Waits until the server has read this file once more, and shows it these bytes: the file is a pipe that ends with them.
fn show_once(file: &Path, bytes: &'static [u8]) {
    std::fs::remove_file(file).unwrap();
    assert!(std::process::Command::new("mkfifo").args(["-m", "600"]).arg(file).status().unwrap().success());
    let (read, was_read) = std::sync::mpsc::channel();
    let pipe = file.to_owned();
    std::thread::spawn(move || {
        // Opened once the server opens it to read.
        std::fs::File::options().write(true).open(pipe).unwrap().write_all(bytes).unwrap();
        read.send(()).unwrap();
    });
    was_read.recv_timeout(Duration::from_secs(30)).expect("the server looks for a renewed certificate");
    std::fs::remove_file(file).unwrap();
    std::fs::write(file, "nonsense").unwrap();
}

on_both!(renewed_certificate_is_used_without_a_restart);
async fn renewed_certificate_is_used_without_a_restart(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Certificate::new(1), Certificate::new(2));
    first.write(folder.path());
    let world = world(database, folder.path()).await;
    ask(&world, &first, BOTH).unwrap();
    // Half a renewal, and nonsense: the server keeps what it has.
    let (_, key) = first.write(folder.path());
    show_once(&key, b"nonsense");
    show_once(&key, b"");
    ask(&world, &first, BOTH).unwrap();
    second.write(folder.path());
    let renewed = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        ask(&world, &second, BOTH).is_ok()
    });
    assert!(renewed && ask(&world, &first, BOTH).is_err());
}

#[test]
fn a_start_without_a_good_certificate_is_refused_by_name() {
    tell(Dialect::Sqlite, async |database| {
        let world = World::at(database, START).await;
        let folder = tempfile::tempdir().unwrap();
        let start = || {
            let mut config = world.app.config.clone();
            config.server.tls_certificate = folder.path().join("chain.pem");
            config.server.tls_key = folder.path().join("key.pem");
            title_review::http::server::check_certificate(&config.server).map_or_else(|error| error.to_string(), |()| String::new())
        };
        assert!(start().starts_with("server.tls_certificate: "), "{}", start());
        let (chain, key) = Certificate::new(1).write(folder.path());
        assert_eq!(start(), "");
        std::fs::write(&chain, "nothing").unwrap();
        assert!(start().contains("holds no certificate"), "{}", start());
        Certificate::new(2).write(folder.path());
        std::fs::write(&key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n").unwrap();
        assert!(start().starts_with("server.tls_key: ") && !start().contains("c2VjcmV0"), "{}", start());
        let other = tempfile::tempdir().unwrap();
        let (_, foreign) = Certificate::new(3).write(other.path());
        Certificate::new(4).write(folder.path());
        std::fs::copy(foreign, &key).unwrap();
        assert!(start().contains("does not fit the certificate"), "{}", start());
        #[cfg(unix)]
        {
            Certificate::new(5).write(folder.path());
            std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
            assert!(start().contains("can be read by everybody"), "{}", start());
        }
    });
}
