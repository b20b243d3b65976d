//! `title-review keys …` beside a running server.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::program::{Place, edit, text};
use crate::support::database::Database;
use crate::support::on_both;

/// The key that a token is signed with.
fn kid(token: &str) -> String {
    let head = BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    let head: Value = serde_json::from_slice(&head).unwrap();
    head["kid"].as_str().unwrap().to_owned()
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The lines of `keys list` of this kind: id, state, rows.
fn list(place: &Place, kind: &str) -> Vec<(String, String, String)> {
    let printed = place.done(&["keys", "list"]);
    let words = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    words
        .filter(|words| words.get(1) == Some(&kind))
        .map(|words| (words[0].to_owned(), words[2].to_owned(), words[4].to_owned()))
        .collect()
}

on_both!(a_running_server_signs_with_a_rotated_key_and_honours_the_old_one);
async fn a_running_server_signs_with_a_rotated_key_and_honours_the_old_one(database: Database) {
    let place = Place::new(database);
    let server = place.serve();
    let me = |token: &str| server.send("GET", "/v1/me", Some(token), &Value::Null).0;
    let old = server.sign_in();
    let secret = std::fs::read_to_string(place.key_file()).unwrap();
    place.done(&["keys", "rotate", "signing", "--in", "3600"]);
    let listed = list(&place, "signing");
    assert_eq!((listed[0].1.as_str(), listed[1].1.as_str()), ("waits", "signs"), "{listed:?}");
    // A key that waits is there to check, and does not sign.
    server.signal("-HUP");
    assert_eq!((kid(&server.sign_in()), me(&old)), (kid(&old), 200));
    place.done(&["keys", "retire", &listed[0].0]);

    place.done(&["keys", "rotate", "signing", "--in", "0"]);
    wait_until("the server reads the changed file", || kid(&server.sign_in()) != kid(&old));
    assert_eq!(me(&old), 200, "a token of the old key lives to its end");
    assert_eq!(std::fs::metadata(place.key_file()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::read_dir(&place.data)
            .unwrap()
            .filter(|entry| text(entry.as_ref().unwrap().file_name().as_encoded_bytes()).contains("part"))
            .count(),
        0
    );
    let told = place.refused(&["keys", "retire", &kid(&old)]);
    assert!(told.contains("may be in use until"), "{told}");
    let current = kid(&server.sign_in());
    assert!(place.refused(&["keys", "retire", &current]).contains("rotate first"));
    assert!(place.refused(&["keys", "retire", "nobody"]).contains("no key has the id"));

    // An hour later nothing that the old key signed is alive.
    edit(&place.key_file(), |file| {
        let line = file.lines().find(|line| line.starts_with("from = ")).unwrap();
        file.replace(line, "from = \"2024-07-22T09:00:00+08:00\"")
    });
    place.done(&["keys", "retire", &kid(&old)]);
    wait_until("a token of a key that is gone is refused", || me(&old) == 401);
    assert_eq!(me(&server.sign_in()), 200);
    let listed = place.done(&["keys", "list"]);
    assert!(listed.contains("retired"), "the public half stays: {listed}");
    // No secret, then or now, is in what is printed.
    let secrets = secret + &std::fs::read_to_string(place.key_file()).unwrap();
    for key in secrets.lines().filter_map(|line| line.strip_prefix("key = \"")) {
        assert!(!listed.contains(key.trim_end_matches('"')));
    }
    let ring = place.ring();
    assert!(place.db().read(move |conn| title_review::audit::verify(conn, &ring)).await.is_ok());
}

on_both!(compromised_signing_key_is_revoked_immediately);
async fn compromised_signing_key_is_revoked_immediately(database: Database) {
    let place = Place::new(database);
    let server = place.serve();
    let token = server.sign_in();
    assert_eq!(server.send("GET", "/v1/me", Some(&token), &Value::Null).0, 200);
    place.done(&["keys", "rotate", "signing", "--in", "0"]);
    place.done(&["keys", "retire", &kid(&token), "--compromised"]);
    server.signal("-HUP");
    wait_until("its tokens end", || server.send("GET", "/v1/me", Some(&token), &Value::Null).0 == 401);
}

on_both!(server_with_unfit_keys_does_not_start_or_stops);
async fn server_with_unfit_keys_does_not_start_or_stops(database: Database) {
    let place = Place::new(database);
    let good = std::fs::read_to_string(place.key_file()).unwrap();
    let server = place.serve();
    let token = server.sign_in();
    let other = title_review::keys::KeyFile::generate().unwrap();
    let line = |name: &str| good.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let refusals: [(&str, String); 5] = [
        ("index", good.replace(&line("index = "), &format!("index = \"{}\"", other.index))),
        ("used twice", good.replace(&line("mac = "), &line("index = ").replace("index", "mac"))),
        ("weak or a placeholder", good.replace(&line("mac = "), "mac = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"")),
        ("missing field", good.split("[[signing]]").next().unwrap().to_owned()),
        (
            "published example",
            good.split("[[signing]]").next().unwrap().to_owned()
                + "[[signing]]\nid = \"s1\"\nkey = \"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\"\n",
        ),
    ];
    for (why, bad) in refusals {
        std::fs::write(place.key_file(), bad).unwrap();
        let told = place.refused(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(told.contains(why), "{why}: {told}");
        server.signal("-HUP");
        assert_eq!(server.send("GET", "/v1/me", Some(&token), &Value::Null).0, 200, "{why}: the keys so far stay");
    }
    std::fs::write(place.key_file(), good).unwrap();
    server.kill();
    drop(place.serve());
}
