//! TLS by rustls on aws-lc-rs: 1.2 and 1.3, with a certificate that is renewed while the server runs.

use crate::config::ServerConfig as Config;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The certificate that new connections get.
pub(super) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    /// What the files held, as a hash, and what was made of it.
    current: Mutex<(String, Arc<CertifiedKey>)>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner).1))
    }
}

impl Certificate {
    /// Reads the files that the configuration names.
    pub(super) fn open(config: &Config) -> io::Result<Arc<Self>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (chain, key) = (config.tls_certificate.clone(), config.tls_key.clone());
        let read = read(&chain, &key, &provider).map_err(io::Error::other)?;
        Ok(Arc::new(Self { chain, key, provider, current: Mutex::new(read) }))
    }

    /// What the server speaks. `http/1.1` is all that is offered.
    pub(super) fn server_config(self: &Arc<Self>) -> io::Result<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(io::Error::other)?;
        Ok(builder.with_no_client_auth().with_cert_resolver(Arc::clone(self) as _))
    }

    /// Takes a renewed certificate into use; whether there was one.
    fn reload(&self) -> Result<bool, String> {
        let read = read(&self.chain, &self.key, &self.provider)?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = current.0 != read.0;
        *current = read;
        Ok(renewed)
    }

    /// Looks for a renewed certificate now and then, and on SIGHUP, as long as the server runs. What does not fit is left alone: the files may
    /// be in the middle of being replaced, and a running server keeps what it has.
    pub(super) async fn watch(self: Arc<Self>, every: Duration) {
        let mut hangup = Hangup::new();
        let mut complained = String::new();
        loop {
            let asked = tokio::select! {
                () = hangup.wait() => true,
                () = tokio::time::sleep(every) => false,
            };
            match self.reload() {
                Ok(renewed) => {
                    complained.clear();
                    if renewed {
                        tracing::info!("a renewed certificate is in use");
                    } else if asked {
                        tracing::info!("the certificate is the same");
                    }
                }
                Err(error) => {
                    if asked || complained != error {
                        tracing::error!(error, "the certificate is not renewed");
                        complained = error;
                    }
                }
            }
        }
    }
}

/// SIGHUP, where there are signals.
struct Hangup(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Hangup {
    #[cfg(unix)]
    fn new() -> Self {
        Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok())
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self()
    }

    async fn wait(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0 {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    }
}

fn read(chain: &Path, key: &Path, provider: &CryptoProvider) -> Result<(String, Arc<CertifiedKey>), String> {
    let load = |name: &str, path: &Path| std::fs::read(path).map_err(|error| format!("{name}: {}: {error}", path.display()));
    let (chain_text, key_text) = (load("server.tls_certificate", chain)?, load("server.tls_key", key)?);
    refuse_open(key)?;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain_text)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("server.tls_certificate: {}: {error}", chain.display()))?;
    if certificates.is_empty() {
        return Err(format!("server.tls_certificate: {} holds no certificate (PEM)", chain.display()));
    }
    // What the reader says of a key could repeat a part of it.
    let private = PrivateKeyDer::from_pem_slice(&key_text)
        .map_err(|_| format!("server.tls_key: {} holds no private key (PEM)", key.display()))?;
    let certified = CertifiedKey::from_der(certificates, private, provider)
        .map_err(|error| format!("server.tls_key: {} does not fit the certificate: {error}", key.display()))?;
    let hash = crate::keys::sha256_hex(&[chain_text, key_text].concat());
    Ok((hash, Arc::new(certified)))
}

/// A private key that everybody can read is no secret.
#[cfg(unix)]
fn refuse_open(key: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(key).map_err(|error| format!("server.tls_key: {}: {error}", key.display()))?.permissions().mode();
    let others = mode & 0o007;
    if others == 0 { Ok(()) } else { Err(format!("server.tls_key: {} can be read by everybody (chmod o= it)", key.display())) }
}

#[cfg(not(unix))]
fn refuse_open(_: &Path) -> Result<(), String> {
    Ok(())
}
