use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};

use super::*;
use crate::config::KeysConfig;

#[test]
fn encrypted_field_decrypts_only_in_its_row_and_column() {
    let ring = KeyRing::ephemeral().unwrap();
    let place = field_aad("profiles", "1", "resident_id");
    let sealed = ring.seal(&place, "652901199001011234").unwrap();
    assert!(!sealed.contains("652901"));
    assert_ne!(sealed, ring.seal(&place, "652901199001011234").unwrap());
    assert_eq!(ring.open(&place, &sealed).unwrap(), "652901199001011234");
    assert_eq!(ring.open(&field_aad("profiles", "2", "resident_id"), &sealed), Err(Error::DoesNotOpen));
    assert_eq!(ring.open(&field_aad("profiles", "1", "phone"), &sealed), Err(Error::DoesNotOpen));
    for changed in ["", "x", "f.", &sealed[..sealed.len() - 2]] {
        assert!(ring.open(&place, changed).is_err(), "{changed}");
    }
    assert!(matches!(KeyRing::ephemeral().unwrap().open(&place, &sealed), Err(Error::UnknownKey(_))));
}

#[test]
fn field_encrypted_with_an_old_key_decrypts_after_rotation() {
    let mut file = KeyFile::generate().unwrap();
    let sealed = KeyRing::from_file(&file).unwrap().seal("t:1:c", "old").unwrap();
    file.field.insert(0, KeyFile::generate().unwrap().field.remove(0));
    let ring = KeyRing::from_file(&file).unwrap();
    assert_eq!(ring.open("t:1:c", &sealed).unwrap(), "old");
    assert!(ring.seal("t:1:c", "new").unwrap().starts_with(&file.field[0].id));
}

#[test]
fn blind_index_and_mac_depend_on_domain_value_and_key() {
    let ring = KeyRing::ephemeral().unwrap();
    let index = ring.blind_index("resident_id", "a");
    assert_eq!(index, ring.blind_index("resident_id", "a"));
    assert_ne!(index, ring.blind_index("resident_i", "da"));
    assert_ne!(index, KeyRing::ephemeral().unwrap().blind_index("resident_id", "a"));
    let mac = ring.mac("cursor", b"x");
    assert!(ring.mac_is("cursor", b"x", &mac) && !ring.mac_is("cursor", b"y", &mac) && !ring.mac_is("cursor", b"x", &mac[1..]));
}

#[test]
fn tokens_are_signed_checked_and_published() {
    let ring = KeyRing::ephemeral().unwrap();
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(ring.signing().kid.clone());
    let claims = serde_json::json!({ "sub": "a", "exp": 4_102_444_800_u64 });
    let token = jsonwebtoken::encode(&header, &claims, &ring.signing().encoding).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_aud = false;
    let key = ring.decoding(&ring.signing().kid).unwrap();
    assert_eq!(jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation).unwrap().claims, claims);
    let published = DecodingKey::from_jwk(&ring.jwks().keys[0]).unwrap();
    assert!(jsonwebtoken::decode::<serde_json::Value>(&token, &published, &validation).is_ok());
    let other = KeyRing::ephemeral().unwrap();
    assert!(jsonwebtoken::decode::<serde_json::Value>(&token, &other.signing().decoding, &validation).is_err());
}

#[test]
fn weak_and_placeholder_keys_are_refused() {
    let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    let counting: Vec<u8> = (100..132).collect();
    for weak in [
        base64(&[0; 32]),
        base64(b"change-me-change-me-change-me-32"),
        base64(&[7; 16]),
        "not base64".to_owned(),
        base64(&counting),
    ] {
        let mut file = KeyFile::generate().unwrap();
        file.index.clone_from(&weak);
        assert!(matches!(KeyRing::from_file(&file), Err(Error::Key { key, .. }) if key == "index"), "{weak}");
    }
    let mut file = KeyFile::generate().unwrap();
    file.mac.clone_from(&file.index);
    assert!(KeyRing::from_file(&file).is_err());
    let mut file = KeyFile::generate().unwrap();
    file.signing.clear();
    assert!(KeyRing::from_file(&file).is_err());
}

#[test]
fn the_first_start_makes_a_private_key_file_and_later_ones_keep_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let config = KeysConfig::default();
    let sealed = KeyRing::load(&config, folder.path()).unwrap().seal("t:1:c", "x").unwrap();
    assert_eq!(KeyRing::load(&config, folder.path()).unwrap().open("t:1:c", &sealed).unwrap(), "x");
    let path = folder.path().join("keys.toml");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(KeyRing::load(&config, folder.path()), Err(Error::File { .. })));
}

#[test]
fn debug_output_holds_no_secret() {
    let file = KeyFile::generate().unwrap();
    let shown = format!("{:?}", KeyRing::from_file(&file).unwrap());
    assert!(shown.contains(&file.field[0].id) && !shown.contains(&file.field[0].key) && !shown.contains(&file.index));
}

#[test]
fn scheduled_key_becomes_active_at_its_instant() {
    use title_review_core::clock::{Clock as _, SettableClock};
    let clock = std::sync::Arc::new(SettableClock::frozen("2024-07-22T09:00:00+08:00".parse().unwrap()));
    let mut file = KeyFile::generate().unwrap();
    let old = (file.field[0].id.clone(), file.signing[0].id.clone());
    let from = Some(clock.now().plus_seconds(10));
    file.field.insert(0, NamedKey::field(from));
    file.signing.insert(0, NamedKey::signing(from).unwrap());
    let ring = KeyRing::from_file(&file).unwrap().with_clock(clock.clone());
    let sealed = ring.seal("t:1:c", "x").unwrap();
    assert!(sealed.starts_with(&old.0));
    assert_eq!((ring.signing().kid.clone(), ring.jwks().keys.len()), (old.1.clone(), 2));
    clock.advance(chrono::TimeDelta::seconds(10));
    assert!(ring.seal("t:1:c", "x").unwrap().starts_with(&file.field[0].id));
    assert_eq!(ring.open("t:1:c", &sealed).unwrap(), "x");
    assert!(ring.reseal("t:1:c", &sealed).unwrap().starts_with(&file.field[0].id));
    assert_eq!(ring.signing().kid, file.signing[0].id);
    assert!(ring.decoding(&old.1).is_some());
}

#[test]
fn missing_key_reloads_the_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = KeysConfig::default();
    let (one, other) = (KeyRing::load(&config, folder.path()).unwrap(), KeyRing::load(&config, folder.path()).unwrap());
    let path = folder.path().join("keys.toml");
    let add = |file: &mut KeyFile| {
        file.field.insert(0, NamedKey::field(Some("2024-07-22T09:00:00+08:00".parse().unwrap())));
        Ok::<_, Error>(())
    };
    KeyFile::change(&path, add).unwrap();
    let candidate = one.candidate().unwrap().unwrap();
    let adopted = one.adopt(candidate);
    assert_eq!((adopted.added.len(), adopted.removed.len()), (1, 0));
    assert!(one.candidate().unwrap().is_none());
    let sealed = one.seal("t:1:c", "new").unwrap();
    assert_eq!(other.open("t:1:c", &sealed).unwrap(), "new");
    assert_eq!(other.generation(), 1);
    assert!(matches!(other.open("t:1:c", "f00.AAAA"), Err(Error::UnknownKey(_))));
}
