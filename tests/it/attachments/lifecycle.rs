//! Upload, download, replace, delete.

use crate::support::cast::{Cast, applicant, file};
use crate::support::database::Database;
use crate::support::journey::{directed_intermediate, pdf, png, upload, upload_file};
use crate::support::on_both;
use crate::support::world::World;

// clauses: 4.2.1a, 4.2.2, 4.2.3b
on_both!(a_file_is_uploaded_read_replaced_and_deleted);
async fn a_file_is_uploaded_read_replaced_and_deleted(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    let target = format!("{path}/attachments");
    let version = person.read(&path)["version"].as_i64().unwrap();

    let fields = [("category", "chsi_registration_form"), ("declassified", "true"), ("verification_code", "A1B2C3D4E5F6G7H8")];
    let content = pdf("学历证书电子注册备案表");
    let key = world.key();
    let ask =
        |version| person.post(&target).if_match(version).key(&key).upload(&fields, "../备案表.pdf", "application/pdf", &content);
    let made = ask(version).send();
    let location = made.header("location").unwrap().to_owned();
    assert_eq!(made.header("etag"), Some("\"1\""));
    let made = made.expect(201);
    assert_eq!(made["sha256"], title_review::keys::sha256_hex(&content));
    assert_eq!(
        (made["file_name"].as_str(), made["media_type"].as_str(), made["size"].as_u64(), made["verification_code"].as_str()),
        (Some("备案表.pdf"), Some("application/pdf"), Some(content.len() as u64), Some("A1B2C3D4E5F6G7H8"))
    );
    assert_eq!(person.read(&path)["version"], version + 1);

    // The same key: the same answer, though the application has moved on. Another form: refused.
    let again = ask(version).send();
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(201), made);
    let other = person.post(&target).if_match(version).key(&key).upload(&fields, "b.pdf", "application/pdf", &content).send();
    other.problem(422, "idempotency_mismatch");
    assert_eq!(person.read(&target)["items"].as_array().unwrap().len(), 1);
    assert_eq!(person.read(&path)["version"], version + 1);

    // Content: whole, in part, unchanged.
    assert_eq!(person.read(&location), made);
    let content_path = format!("{location}/content");
    let whole = person.get(&content_path).send();
    let tag = format!("\"{}\"", made["sha256"].as_str().unwrap());
    assert_eq!((whole.status, &whole.bytes), (200, &content));
    for (name, value) in [
        ("etag", tag.as_str()),
        ("content-type", "application/pdf"),
        ("accept-ranges", "bytes"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "attachment; filename=\"___.pdf\"; filename*=UTF-8''%E5%A4%87%E6%A1%88%E8%A1%A8.pdf"),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    assert_eq!(whole.header("content-encoding"), None);
    let part = person.get(&content_path).header("range", "bytes=1-3").header("accept-encoding", "gzip").send();
    assert_eq!((part.status, part.bytes.as_slice()), (206, &content[1..4]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 1-3/{}", content.len()).as_str()));
    assert_eq!(part.header("content-length"), Some("3"));
    let part = person.get(&content_path).header("range", "bytes=0-0").header("if-range", "\"other\"").send();
    assert_eq!((part.status, part.bytes.len()), (200, content.len()));
    let known = person.get(&content_path).header("if-none-match", &tag).send();
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    let outside = person.get(&content_path).header("range", "bytes=99999-").send();
    assert_eq!(outside.header("content-range"), Some(format!("bytes */{}", content.len()).as_str()));
    outside.problem(416, "range_not_satisfiable");
    cast.office.get(&content_path).send().problem(404, "not_found");
    world.anybody().get(&content_path).send().problem(401, "unauthenticated");

    // Replaced: by a picture, in the version that was read.
    let replacement = format!("{location}/replacement");
    let fields = [("declassified", "true"), ("verification_code", "123456789012")];
    let replace = |version| {
        person.post(&replacement).if_match(version).key(&world.key()).upload(&fields, "b.png", "image/png", &png(900, 600))
    };
    replace(9).send().problem(412, "stale_version");
    let newer = replace(1).send().expect(201);
    assert_eq!((&newer["replaces"], &newer["category"]), (&made["id"], &made["category"]));
    assert_eq!((newer["width"].as_i64(), newer["height"].as_i64()), (Some(900), Some(600)));
    replace(2).send().problem(409, "attachment_ended");
    assert_eq!(person.read(&target)["items"], serde_json::json!([newer]));
    let old = person.read(&location);
    assert_eq!((old["status"].as_str(), old["version"].as_i64()), (Some("replaced"), Some(2)));
    assert_eq!(person.get(&content_path).send().bytes, content, "kept for the record");

    // Deleted: its row stays.
    let newer_path = format!("/v1/attachments/{}", newer["id"].as_str().unwrap());
    person.delete(&newer_path).send().problem(428, "precondition_required");
    person.delete(&newer_path).if_match(1).send().expect(204);
    person.delete(&newer_path).if_match(2).send().problem(409, "attachment_ended");
    assert_eq!(person.read(&target)["items"], serde_json::json!([]));
    let all = person.read(&format!("{target}?ended=true"));
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    assert_eq!(person.read(&path)["version"], version + 3);

    // As many as the category takes (4.2.6): one commitment.
    upload(&world, &person, &path, "commitment").expect(201);
    upload(&world, &person, &path, "commitment").problem(409, "too_many_files");
}

on_both!(file_shared_by_two_attachments_is_stored_once);
async fn file_shared_by_two_attachments_is_stored_once(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (first, second) = (applicant(&world, "applicant_a", 1), applicant(&world, "applicant_b", 2));
    let of_first = file(&world, &first, &directed_intermediate(&cast.institution));
    let of_second = file(&world, &second, &directed_intermediate(&cast.institution));
    let fields = [("category", "other"), ("declassified", "true")];
    let a = upload_file(&world, &first, &of_first, &fields, "a.pdf", "application/pdf", &pdf("equal")).expect(201);
    let b = upload_file(&world, &second, &of_second, &fields, "b.pdf", "application/pdf", &pdf("equal")).expect(201);
    assert_eq!(a["sha256"], b["sha256"]);
    assert_eq!(super::refusals::files_below(&world.app.config.storage.folder).len(), 1);
    let [a, b] = [a, b].map(|made| format!("/v1/attachments/{}", made["id"].as_str().unwrap()));
    first.delete(&a).if_match(1).send().expect(204);
    assert_eq!(second.get(&format!("{b}/content")).send().bytes, pdf("equal"));
    second.get(&format!("{a}/content")).send().problem(404, "not_found");
}
