//! A self-signed certificate of `localhost`, written byte by byte: a test needs no more of X.509.

use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use data_encoding::BASE64;

/// A certificate and its key, in DER.
pub struct Certificate {
    pub certificate: Vec<u8>,
    key: Vec<u8>,
}

fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let head = match u8::try_from(length) {
        Ok(short) if short < 128 => vec![tag, short],
        Ok(short) => vec![tag, 0x81, short],
        Err(_) => vec![tag, 0x82, u8::try_from(length >> 8).unwrap(), u8::try_from(length & 255).unwrap()],
    };
    [head, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, parts)
}

impl Certificate {
    /// Another one for each serial number, up to 127.
    pub fn new(serial: u8) -> Self {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref()).unwrap();
        // ecdsa-with-SHA256; id-ecPublicKey on prime256v1; commonName; subjectAltName.
        let algorithm = sequence(&[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
        let curve = sequence(&[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]]);
        let name = sequence(&[&tagged(0x31, &[&sequence(&[&[6, 3, 0x55, 4, 3], &tagged(0x0c, &[b"localhost"])])])]);
        let validity = sequence(&[&tagged(0x17, &[b"200101000000Z"]), &tagged(0x18, &[b"20990101000000Z"])]);
        let public = sequence(&[&curve, &tagged(3, &[&[0], pair.public_key().as_ref()])]);
        let names = sequence(&[&tagged(0x82, &[b"localhost"]), &tagged(0x87, &[&[127, 0, 0, 1]])]);
        let extension = sequence(&[&[6, 3, 0x55, 0x1d, 0x11], &tagged(4, &[&names])]);
        let extensions = tagged(0xa3, &[&sequence(&[&extension])]);
        let version = tagged(0xa0, &[&[2, 1, 2]]);
        let body = sequence(&[&version, &[2, 1, serial], &algorithm, &name, &validity, &name, &public, &extensions]);
        let signature = pair.sign(&SystemRandom::new(), &body).unwrap();
        let certificate = sequence(&[&body, &algorithm, &tagged(3, &[&[0], signature.as_ref()])]);
        Self { certificate, key: key.as_ref().to_vec() }
    }

    /// Writes both as PEM; gives their paths.
    pub fn write(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
        std::fs::write(&chain, pem("CERTIFICATE", &self.certificate)).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", &self.key)).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        (chain, key)
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
