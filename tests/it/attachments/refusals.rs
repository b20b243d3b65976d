//! What is refused leaves nothing behind: no row, no object, no temporary file.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::support::cast::{Cast, applicant, file};
use crate::support::database::Database;
use crate::support::journey::{directed_intermediate, pdf, png, upload_file};
use crate::support::on_both;
use crate::support::world::{Actor, World};

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// A multipart body of these parts: name, further headers, content.
fn form(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, rest, content) in parts {
        body.extend_from_slice(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}

/// Fields, name, declared type, content; status, code, pointer.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, &'a [u8], u16, &'a str, &'a str);

// clauses: 4.2.1a, 4.2.2, 4.2.3b, 4.2.6
on_both!(refused_upload_leaves_no_row_and_no_file);
async fn refused_upload_leaves_no_row_and_no_file(database: Database) {
    let world = World::configured(database, "2024-07-25T09:00:00+08:00", |config| config.limits.upload_bytes = 300_000).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    let target = format!("{path}/attachments");
    let before = person.read(&path)["version"].clone();
    let nothing = |what: &str| {
        assert_eq!(files_below(&world.app.config.storage.folder), [""; 0].map(PathBuf::from), "{what}");
        assert_eq!(person.read(&format!("{target}?ended=true"))["items"], serde_json::json!([]), "{what}");
        assert_eq!(person.read(&path)["version"], before, "{what}");
    };

    let other = [("category", "other"), ("declassified", "true")];
    let chsi = |code| [("category", "chsi_verification_report"), ("declassified", "true"), ("verification_code", code)];
    let good = pdf("good");
    let exe = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00".to_vec();
    let encrypted = String::from_utf8(pdf("")).unwrap().replace("/Size 1", "/Encrypt 5 0 R").into_bytes();
    let most = usize::try_from(world.app.config.limits.upload_bytes).unwrap();
    let too_large = [good.clone(), vec![b'%'; most + 1 - good.len()]].concat();
    let far_too_large = vec![b'%'; most + 100_000];
    // The size of an image comes before it is dear to look for.
    let size = b"\xff\xc0\x00\x0b\x08\x01\xe0\x02\x80\x01\x01\x11\x00\xff\xd9";
    let endless = [&b"\xff\xd8"[..], &b"\xff\xe0\x00\x02".repeat(5_000), size].concat();
    let cases: &[Case<'_>] = &[
        (&other, "a.pdf", "application/pdf", &exe, 422, "disguised_file", "#/file"),
        (&other, "a.jpg", "image/jpeg", &png(10, 10), 422, "disguised_file", "#/file"),
        (&other, "a.pdf", "application/pdf", b"a text, no PDF", 422, "disguised_file", "#/file"),
        (&other, "a.pdf", "application/pdf", &encrypted, 422, "disguised_file", "#/file"),
        (&other, "a.pdf", "application/pdf", b"", 422, "empty_file", "#/file"),
        (&other, "a.jpg", "image/jpeg", &endless, 422, "disguised_file", "#/file"),
        (&other, "a.png", "image/png", &png(30_000, 30_000), 422, "image_too_large", "#/file"),
        (&other, "a.pdf", "application/pdf", &too_large, 413, "payload_too_large", "#/file"),
        (&other, "a.pdf", "application/pdf", &far_too_large, 413, "payload_too_large", ""),
        (&[("category", "other")], "a.pdf", "application/pdf", &good, 422, "not_declassified", "#/declassified"),
        (
            &[("category", "other"), ("declassified", "false")],
            "a.pdf",
            "application/pdf",
            &good,
            422,
            "not_declassified",
            "#/declassified",
        ),
        (&chsi("12345"), "a.pdf", "application/pdf", &good, 422, "verification_code_invalid", "#/verification_code"),
        (&chsi("a1b2c3d4e5f6g7h8"), "a.pdf", "application/pdf", &good, 422, "verification_code_invalid", "#/verification_code"),
        (
            &[("category", "selfie"), ("declassified", "true")],
            "a.pdf",
            "application/pdf",
            &good,
            422,
            "unknown_category",
            "#/category",
        ),
        (
            &[("category", "recommendation"), ("declassified", "true")],
            "a.pdf",
            "application/pdf",
            &good,
            422,
            "unknown_category",
            "#/category",
        ),
        (&[("declassified", "true")], "a.pdf", "application/pdf", &good, 422, "invalid_field", "#/category"),
        (&[("category", "other"), ("category", "other")], "a.pdf", "application/pdf", &good, 422, "invalid_field", "#/category"),
        (&[("category", "other"), ("seal", "yes")], "a.pdf", "application/pdf", &good, 422, "unknown_field", "#/seal"),
        (&[("category", "selfie")], "a.pdf", "application/pdf", &good, 422, "invalid_body", "#/category"),
    ];
    for (fields, name, media_type, bytes, status, code, pointer) in cases {
        let reply = upload_file(&world, &person, &path, fields, name, media_type, bytes);
        let problem = reply.problem(*status, code);
        if !pointer.is_empty() {
            assert_eq!(problem["errors"][0]["pointer"], *pointer, "{problem}");
        }
        nothing(code);
    }

    // Forms that are no good as such.
    let long = "x".repeat(300);
    let many: Vec<(&str, &str, &[u8])> = vec![("file", "; filename=\"a.pdf\"", b"%PDF-1.4"); 2];
    for (content_type, body, status, code) in [
        ("multipart/form-data; boundary=b", form(&many), 422, "too_many_parts"),
        (
            "multipart/form-data; boundary=b",
            form(&[("category", "", b"other"), ("declassified", "", b"true")]),
            422,
            "invalid_field",
        ),
        ("multipart/form-data; boundary=b", form(&[("category", "", long.as_bytes())]), 422, "invalid_field"),
        ("multipart/form-data; boundary=b", form(&[("category", "", b"\xff\xfe")]), 422, "invalid_field"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n%PDF-1".to_vec(),
            400,
            "bad_request",
        ),
        ("multipart/form-data", b"x".to_vec(), 400, "bad_request"),
        ("application/json", b"{}".to_vec(), 415, "unsupported_media_type"),
    ] {
        let reply = person.post(&target).if_match(1).key(&world.key()).bytes(content_type, &body).send();
        reply.problem(status, code);
        nothing(code);
    }

    // Headers, other people, roles.
    let ask = |actor: &Actor| actor.post(&target).upload(&other, "a.pdf", "application/pdf", &good);
    ask(&person).key(&world.key()).send().problem(428, "precondition_required");
    ask(&person).if_match(1).send().problem(428, "idempotency_key_required");
    ask(&person).if_match(99).key(&world.key()).send().problem(412, "stale_version");
    ask(&applicant(&world, "applicant_b", 2)).if_match(1).key(&world.key()).send().problem(404, "not_found");
    ask(&cast.institution_clerk).if_match(1).key(&world.key()).send().problem(404, "not_found");
    ask(&cast.office).if_match(1).key(&world.key()).send().problem(403, "forbidden");
    ask(&world.anybody()).if_match(1).key(&world.key()).send().problem(401, "unauthenticated");
    nothing("headers and roles");

    // One microsecond past the close, and nobody has ended it yet (2.1).
    world.travel("2024-08-30T18:00:00.000001+08:00");
    let late = ask(&person).header("if-match", "*").key(&world.key()).send();
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(files_below(&world.app.config.storage.folder), [""; 0].map(PathBuf::from));
}

// clauses: 4.2.6
on_both!(of_many_uploads_to_a_category_of_one_one_leaves_a_file);
async fn of_many_uploads_to_a_category_of_one_one_leaves_a_file(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    let target = format!("{path}/attachments");
    let fields = [("category", "commitment"), ("declassified", "true")];
    let statuses = std::thread::scope(|scope| {
        let send = |number: usize| {
            let (person, target, key) = (&person, &target, world.key());
            scope.spawn(move || {
                let ask = person.post(target).header("if-match", "*").key(&key);
                ask.upload(&fields, "a.pdf", "application/pdf", &pdf(&format!("commitment {number}"))).send().status
            })
        };
        let uploads: Vec<_> = (0..30).map(send).collect();
        uploads.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    assert_eq!(files_below(&world.app.config.storage.folder).len(), 1, "what was refused is gone");
}

// clauses: 4.2.6
on_both!(bytes_of_an_application_and_of_a_person_are_bounded);
async fn bytes_of_an_application_and_of_a_person_are_bounded(database: Database) {
    let world = World::configured(database, "2024-07-25T09:00:00+08:00", |config| {
        (config.limits.application_bytes, config.limits.account_bytes) = (2_000_000, 3_000_000);
    })
    .await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let fields = [("category", "other"), ("declassified", "true")];
    let large = |number: usize| {
        let mut content = pdf(&format!("file {number}"));
        content.resize(600_000, b'%');
        content
    };
    let send = |path: &str, number: usize| upload_file(&world, &person, path, &fields, "a.pdf", "application/pdf", &large(number));
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    for number in 0..3 {
        // What is deleted is kept for the record, and counts.
        let made = send(&path, number).expect(201);
        let one = format!("/v1/attachments/{}", made["id"].as_str().unwrap());
        person.delete(&one).header("if-match", "*").send().expect(204);
    }
    let refused = send(&path, 3).problem(409, "storage_quota");
    assert_eq!(refused["errors"][0]["pointer"], "#/file", "{refused}");
    // Another application has room of its own, until the person has none.
    person.act("POST", &path, &format!("{path}/withdrawal"), &serde_json::json!({ "reason": "重新填报" })).expect(200);
    let other = file(&world, &person, &directed_intermediate(&cast.institution));
    send(&other, 4).expect(201);
    send(&other, 5).expect(201);
    send(&other, 6).problem(409, "storage_quota");
    applicant(&world, "applicant_b", 2);
    assert_eq!(files_below(&world.app.config.storage.folder).len(), 5, "nothing of what was refused stays");
}

/// Sends the head of an upload and the first of its bytes, and nothing more.
fn begin(world: &World, person: &Actor, target: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.base.trim_start_matches("http://")).unwrap();
    let token = person.token.as_deref().unwrap();
    let start =
        form(&[("category", "", b"other"), ("declassified", "", b"true"), ("file", "; filename=\"a.pdf\"", b"%PDF-1.4 and so")]);
    let start = &start[..start.len() - b"\r\n--b--\r\n".len()];
    let head = format!(
        "POST {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nif-match: *\r\nidempotency-key: {}\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: 9000\r\n\r\n",
        world.key()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(start).unwrap();
    stream
}

fn wait_for_files(world: &World, count: usize) {
    let folder = &world.app.config.storage.folder;
    for _ in 0..500 {
        if files_below(folder).len() == count {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{count} files awaited, there are {:?}", files_below(folder));
}

on_both!(interrupted_upload_leaves_no_row_and_no_file);
async fn interrupted_upload_leaves_no_row_and_no_file(database: Database) {
    let world = World::configured(database, "2024-07-25T09:00:00+08:00", |config| config.limits.body_seconds = 1).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    let target = format!("{path}/attachments");

    // The connection breaks.
    let broken = begin(&world, &person, &target);
    wait_for_files(&world, 1);
    drop(broken);
    wait_for_files(&world, 0);

    // The client is too slow.
    let mut slow = begin(&world, &person, &target);
    wait_for_files(&world, 1);
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    wait_for_files(&world, 0);
    assert_eq!(person.read(&format!("{target}?ended=true"))["items"], serde_json::json!([]));
}

#[test]
fn a_start_removes_what_a_killed_server_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let config = title_review::config::Config::with_data(folder.path()).unwrap();
    title_review::attachments::sweep(&config).unwrap();
    let arriving = config.storage.folder.join("arriving");
    let (old, young) = (arriving.join("old"), arriving.join("young"));
    for path in [&old, &young] {
        std::fs::write(path, "part").unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "the age of a file is the host's")]
    let hour_ago = SystemTime::now() - Duration::from_hours(1);
    std::fs::File::options().write(true).open(&old).unwrap().set_modified(hour_ago).unwrap();
    title_review::attachments::sweep(&config).unwrap();
    assert_eq!((old.exists(), young.exists()), (false, true));
}
