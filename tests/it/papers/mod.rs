//! Printed forms.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::cast::{Cast, applicant, resident_id};
use crate::support::chain::employer_publicity;
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::stages::{accepted_through_the_chain, receive_originals};
use crate::support::world::{Actor, World};

/// The words of a PDF without spaces; none where `pdftotext` is not installed.
fn words(pdf: &[u8]) -> Option<String> {
    use std::io::Write as _;
    let mut child = Command::new("pdftotext")
        .args(["-raw", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let bytes = pdf.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().ok()?;
    writing.join().ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.split_whitespace().collect())
}

fn printed(actor: &Actor, application: &str, form: &str) -> Vec<u8> {
    let reply = actor.get(&format!("{application}/forms/{form}")).send();
    assert_eq!(reply.status, 200, "{form}: {}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/pdf"));
    assert!(reply.bytes.starts_with(b"%PDF-"));
    reply.bytes
}

fn obstacle(actor: &Actor, application: &str, form: &str) -> String {
    let list = actor.read(&format!("{application}/forms"));
    let found = list["items"].as_array().unwrap().iter().find(|item| item["form"] == form).unwrap().clone();
    assert_eq!(found["printable"], found["obstacle"].is_null(), "{found}");
    found["obstacle"]["code"].as_str().unwrap_or_default().to_owned()
}

// clauses: 4.4a, 4.4b
on_both!(review_form_is_printed_after_formal_review);
async fn review_form_is_printed_after_formal_review(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (early, waiting) = at_employer(&world, &cast, "applicant_b", 3);
    assert_eq!(obstacle(&early, &waiting, "review_form"), "not_accepted_yet");
    let refused = early.get(&format!("{waiting}/forms/review_form")).send().problem(409, "conflict");
    assert_eq!(refused["state"], "not_accepted_yet");

    let one = accepted_through_the_chain(&world, &cast, "applicant_a", 1);
    assert_eq!(obstacle(&one.person, &one.path, "review_form"), "");
    let pdf = printed(&one.person, &one.path, "review_form");
    assert_eq!(printed(&one.person, &one.path, "review_form"), pdf, "the same bytes twice");
    let by_office = printed(&cast.office, &one.path, "review_form");
    let reply = cast.office.get(&format!("{}/forms/review_form", one.path)).send();
    let tag = reply.header("etag").unwrap().to_owned();
    let known = cast.office.get(&format!("{}/forms/review_form", one.path)).header("if-none-match", &tag).send();
    assert_eq!(known.status, 304);
    let part = cast.office.get(&format!("{}/forms/review_form", one.path)).header("range", "bytes=0-4").send();
    assert_eq!((part.status, part.bytes.as_slice()), (206, b"%PDF-".as_slice()));

    applicant(&world, "applicant_c", 5).get(&format!("{}/forms/review_form", one.path)).send().problem(404, "not_found");
    one.person.get(&format!("{}/forms/diary", one.path)).send().problem(404, "not_found");

    let (Some(own), Some(office)) = (words(&pdf), words(&by_office)) else { return };
    for text in [&own, &office] {
        assert_eq!(text.matches("本单位已对提供的申报材料逐一审核，真实、完整、有效，同意推荐").count(), 2);
        assert!(text.contains("一式2份·第1份") && text.contains("一式2份·第2份") && text.contains("第1页共"), "{text}");
    }
    let name = one.person.read("/v1/me")["name"].as_str().unwrap().to_owned();
    assert!(own.contains("专业技术职务任职资格评审表") && !name.is_empty());
    // The number in full on the applicant's own print only.
    assert!(office.contains("********") && !own.contains("********"));
}

// clauses: 4.4a, A1, A3
on_both!(forms_follow_what_is_on_record);
async fn forms_follow_what_is_on_record(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    assert_eq!(obstacle(&person, &path, "recommendation"), "no_text");
    assert_eq!(obstacle(&person, &path, "receipt"), "nothing_received");
    assert_eq!(obstacle(&person, &path, "return_notice"), "not_returned");
    assert_eq!(obstacle(&person, &path, "certificate"), "no_certificate");
    let before = printed(&cast.institution_clerk, &path, "employer_publicity");
    employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-22");
    let after = printed(&cast.institution_clerk, &path, "employer_publicity");
    assert_ne!(before, after);
    let commitment = printed(&person, &path, "commitment");
    let exemption = printed(&person, &path, "study_exemption");
    if let (Some(before), Some(after)) = (words(&before), words(&after)) {
        assert!(before.contains("从××××年××月××日起"), "{before}");
        assert!(after.contains("从2024年7月22日起至2024年"), "{after}");
        assert!(after.contains("工程技术系列测绘专业中级") && after.contains("********"), "{after}");
        assert!(words(&commitment).unwrap().contains("本人承诺以上填报的内容和提交的材料完全真实有效"));
        assert!(words(&exemption).unwrap().contains(&resident_id("19900517", 1)[..6]));
    }
}

// clauses: 4.4a
on_both!(receipt_names_what_is_in);
async fn receipt_names_what_is_in(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted_through_the_chain(&world, &cast, "applicant_a", 1);
    cast.office.act("PUT", &one.path, &format!("{}/originals/commitment", one.path), &json!({ "copies": 1 })).expect(200);
    let first = printed(&cast.office, &one.path, "receipt");
    if let Some(text) = words(&first) {
        assert!(text.contains("未收到") && text.contains("1份"), "{text}");
    }
}

// clauses: A4
on_both!(blank_forms_are_public);
async fn blank_forms_are_public(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let anybody = world.anybody();
    let reply = anybody.get("/v1/cycles/aksu-2024/forms/study_exemption").send();
    assert_eq!(reply.status, 200);
    if let Some(text) = words(&reply.bytes) {
        for note in ["注：1.仍在参加", "2.参加“访惠聚”驻村", "3.各地各部门不得私自设置"] {
            assert!(text.contains(note), "{note}: {text}");
        }
    }
    for absent in ["recommendation", "review_form", "certificate"] {
        anybody.get(&format!("/v1/cycles/aksu-2024/forms/{absent}")).send().problem(404, "not_found");
    }
    anybody.get("/v1/cycles/nowhere/forms/study_exemption").send().problem(404, "not_found");
}

/// The code of a print, read from its picture; none where the programs are not installed.
fn code_of(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let (file, picture) = (folder.path().join("print.pdf"), folder.path().join("print"));
    std::fs::write(&file, pdf).unwrap();
    let drawn = Command::new("pdftoppm").args(["-r", "150", "-png", "-singlefile"]).args([&file, &picture]).status().ok()?;
    assert!(drawn.success());
    let read = Command::new("zbarimg").args(["-q", "--raw"]).arg(picture.with_extension("png")).output().ok()?;
    let link = String::from_utf8(read.stdout).unwrap().trim().to_owned();
    Some(link[link.find("/v1/prints/").unwrap()..].to_owned())
}

// clauses: 4.4a
on_both!(print_is_current_until_its_content_changes);
async fn print_is_current_until_its_content_changes(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let anybody = world.anybody();
    anybody.get("/v1/prints/ABCDEFGH").send().problem(404, "not_found");
    let Some(link) = code_of(&printed(&person, &path, "employer_publicity")) else { return };
    let check = anybody.read(&link);
    assert_eq!((&check["status"], &check["form"]), (&json!("current"), &json!("employer_publicity")));
    // Another reader's print is the same print.
    assert_eq!(code_of(&printed(&cast.institution_clerk, &path, "employer_publicity")), Some(link.clone()));
    employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-22");
    assert_eq!(anybody.read(&link)["status"], "superseded");
    let mut wrong = link.clone();
    wrong.replace_range("/v1/prints/".len()..="/v1/prints/".len(), if link.contains("/v1/prints/A") { "B" } else { "A" });
    anybody.get(&wrong).send().problem(404, "not_found");
    let one = accepted_through_the_chain(&world, &cast, "applicant_d", 7);
    let link = code_of(&printed(&one.person, &one.path, "review_form")).unwrap();
    // Receipts raise the version and change nothing that is printed.
    receive_originals(&cast, &one.path);
    assert_eq!(anybody.read(&link)["status"], "current");
}
