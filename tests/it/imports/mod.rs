//! Imports: files as people and programs send them, checked, run, corrected, sent again.

mod files;
mod guide;
mod once;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::cast::{Cast, credit_code, resident_id, staff};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

pub const HEADER: &str = "身份证号,年度,类别,学时,证书编号,客户端编号\r\n";

/// Sends a file.
pub fn send(actor: &Actor, name: &str, entity: &str, start: &str, bytes: &[u8]) -> Reply {
    let path = format!("/v1/imports/{name}?entity={entity}&start={start}");
    actor.put(&path).bytes("application/octet-stream", bytes).send()
}

/// A line of a file of certificates.
pub fn line(number: u32, certificate: &str, client_ref: &str) -> String {
    format!("{},2023,专业课,60,{certificate},{client_ref}\r\n", resident_id("19850615", number))
}

/// The lines of an answer of lines.
pub fn lines(reply: &Reply) -> Vec<Value> {
    std::str::from_utf8(&reply.bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Line and code of what failed.
pub fn failures(actor: &Actor, name: &str) -> Vec<(u64, String)> {
    let reply = actor.get(&format!("/v1/imports/{name}/results?outcome=failed")).send();
    assert_eq!(reply.status, 200);
    let code = |line: &Value| (line["line"].as_u64().unwrap(), line["errors"][0]["code"].as_str().unwrap_or_default().to_owned());
    lines(&reply).iter().map(code).collect()
}

fn counts(import: &Value) -> Vec<u64> {
    ["total", "done", "created", "unchanged", "failed", "normalised"].map(|name| import[name].as_u64().unwrap()).to_vec()
}

// clauses: 4.2.4b
on_both!(a_spoiled_file_is_checked_corrected_sent_again_and_run);
async fn a_spoiled_file_is_checked_corrected_sent_again_and_run(database: Database) {
    let world = World::at(database, "2024-08-01T09:12:03+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.county_reviewer;
    let spoiled = format!(
        "{HEADER}{}=\"{}\",2023,公需课,30,ZJ-2,WS-2\r\n6.52922E+17,2023,专业课,60,ZJ-3,WS-3\r\n{}",
        line(1, "ZJ-1", "WS-1"),
        resident_id("19850615", 1),
        line(2, "ZJ-4", "WS-4").replace("专业课", "另一课"),
    );
    let bytes = encoding_rs::GB18030.encode(&spoiled).0.into_owned();
    let accepted = send(clerk, "wensu-0801", "study_records", "no", &bytes);
    assert_eq!(accepted.header("location"), Some("/v1/imports/wensu-0801"));
    let import = accepted.expect(202);
    assert_eq!(
        (&import["state"], &import["file"]["encoding"], &import["file"]["delimiter"]),
        (&json!("checking"), &json!("GB18030"), &json!(","))
    );
    clerk.get("/v1/imports/wensu-0801/verdict").send().problem(409, "import_not_ended");
    world.run_jobs().await;
    let import = clerk.read("/v1/imports/wensu-0801?wait=5");
    assert_eq!((&import["state"], counts(&import)), (&json!("checked"), vec![4, 4, 2, 0, 2, 1]), "{import}");
    // Nothing was entered by the check.
    assert_eq!(clerk.read("/v1/study-records")["items"], json!([]));
    clerk.get("/v1/imports/wensu-0801/verdict?wait=1").send().problem(422, "import_not_clean");
    assert_eq!(failures(clerk, "wensu-0801"), [(4, "id_number_float".to_owned()), (5, "invalid_field".to_owned())]);
    let told = lines(&clerk.get("/v1/imports/wensu-0801/results?outcome=failed").send());
    assert_eq!((&told[0]["client_ref"], &told[0]["errors"][0]["column"]), (&json!("WS-3"), &json!("身份证号")));
    assert!(!told[0].to_string().contains("6.52922"), "no finding repeats a cell");
    let progress = lines(&clerk.get("/v1/imports/wensu-0801/progress").send());
    assert_eq!((progress.len(), &progress[0]["state"], &progress[0]["failed"]), (1, &json!("checked"), &json!(2)));
    // The error file has the rows as they were sent, in their encoding; corrected, it is sent as it is.
    let errors = clerk.get("/v1/imports/wensu-0801/errors.csv").send();
    assert_eq!(errors.header("content-type"), Some("text/csv"));
    let text = encoding_rs::GB18030.decode(&errors.bytes).0.into_owned();
    let mut rows = text.lines();
    assert_eq!(rows.next(), Some("行号,问题,条款,身份证号,年度,类别,学时,证书编号,客户端编号"));
    assert!(rows.next().unwrap().starts_with("4,身份证号："), "{text}");
    let corrected = text.replace("6.52922E+17", &resident_id("19850615", 3)).replace("另一课", "专业课");
    let again = encoding_rs::GB18030.encode(&corrected).0.into_owned();
    send(clerk, "wensu-0801-b", "study_records", "if_clean", &again).expect(202);
    world.run_jobs().await;
    let import = clerk.get("/v1/imports/wensu-0801-b/verdict").send().expect(200);
    assert_eq!((&import["state"], counts(&import)), (&json!("done"), vec![2, 2, 2, 0, 0, 0]));
    // What was only checked runs without another upload, and a repeat of everything is harmless.
    clerk.post("/v1/imports/wensu-0801/start").send().expect(200);
    world.run_jobs().await;
    let import = clerk.read("/v1/imports/wensu-0801");
    assert_eq!((&import["state"], counts(&import)), (&json!("done"), vec![4, 4, 2, 0, 2, 1]), "{import}");
    clerk.post("/v1/imports/wensu-0801/start").send().expect(200);
    send(clerk, "wensu-0801", "study_records", "no", &bytes).expect(200);
    send(clerk, "wensu-0801", "study_records", "always", &bytes).problem(409, "import_name_used");
    send(clerk, "wensu-0801", "study_records", "no", &again).problem(409, "import_name_used");
    send(clerk, "wensu-0801-c", "study_records", "always", &bytes).expect(202);
    world.run_jobs().await;
    assert_eq!(counts(&clerk.read("/v1/imports/wensu-0801-c")), [4, 4, 0, 2, 2, 1]);
    assert_eq!(clerk.read("/v1/study-records")["items"].as_array().unwrap().len(), 4);
    let names: Vec<Value> = clerk.read("/v1/imports")["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["wensu-0801-c", "wensu-0801-b", "wensu-0801"]);
    // Thirty days later the rows are gone, and what came of them stays.
    world.travel("2024-09-02T09:00:00+08:00");
    world.run_jobs().await;
    clerk.get("/v1/imports/wensu-0801/errors.csv").send().problem(409, "import_erased");
    assert_eq!(failures(clerk, "wensu-0801").len(), 2);
    let left = world.app.db.read(|conn| title_review::db::raw::load(conn, "SELECT id AS row FROM import_chunks", &[])).await;
    assert_eq!(left.unwrap(), Vec::<String>::new());
}

on_both!(imports_belong_to_their_organisation);
async fn imports_belong_to_their_organisation(database: Database) {
    let world = World::at(database, "2024-08-01T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let file = format!("{HEADER}{}", line(1, "ZJ-1", "WS-1")).into_bytes();
    send(&cast.county_reviewer, "a", "study_records", "no", &file).expect(202);
    cast.prefecture_reviewer.get("/v1/imports/a").send().problem(404, "not_found");
    // Another organisation has names of its own.
    send(&cast.prefecture_reviewer, "a", "study_records", "always", &file).expect(202);
    send(&cast.county_reviewer, "b", "organisations", "no", &file).problem(403, "forbidden");
    send(&cast.admin, "b", "study_records", "no", &file).problem(403, "forbidden");
    send(&cast.office, "b", "study_records", "no", &file).problem(403, "forbidden");
    for name in ["A", "a_b", &"a".repeat(65), "%E5%90%8D"] {
        send(&cast.county_reviewer, name, "study_records", "no", &file).problem(422, "invalid_import_name");
    }
    // A cancelled import stays cancelled; three at once are enough.
    cast.county_reviewer.post("/v1/imports/a/cancel").send().expect(200);
    cast.county_reviewer.post("/v1/imports/a/cancel").send().expect(200);
    cast.county_reviewer.post("/v1/imports/a/start").send().problem(409, "conflict");
    for name in ["b", "c", "d"] {
        send(&cast.county_reviewer, name, "study_records", "no", &file).expect(202);
    }
    send(&cast.county_reviewer, "e", "study_records", "no", &file).problem(409, "too_many_imports");
    // Whoever has lost the role meanwhile enters nothing.
    let house = cast.prefecture_reviewer.read("/v1/me")["memberships"][0]["organisation_id"].as_str().unwrap().to_owned();
    let leaver = staff(&world, &cast.admin, "leaver", "reviewer", &house);
    send(&leaver, "leaving", "study_records", "always", &file.repeat(1)).expect(202);
    let membership = leaver.read("/v1/me")["memberships"][0]["id"].as_str().unwrap().to_owned();
    world.security().delete(&format!("/v1/memberships/{membership}")).send().expect(204);
    world.run_jobs().await;
    let refused = cast.prefecture_reviewer.read("/v1/imports/leaving");
    assert_eq!((&refused["state"], &refused["problem"]), (&json!("refused"), &json!("forbidden")));
    assert_eq!(cast.prefecture_reviewer.read("/v1/imports/a")["created"], 1);
    assert_eq!(cast.county_reviewer.read("/v1/imports/a")["state"], "cancelled");
}

on_both!(organisations_and_their_departments_come_in_one_file);
async fn organisations_and_their_departments_come_in_one_file(database: Database) {
    let world = World::at(database, "2024-08-01T09:00:00+08:00").await;
    let admin = world.admin();
    let mut text = "机构名称\t统一社会信用代码\t机构类型\t所有制\t行政区划代码\t主管部门信用代码\t备注\n".to_owned();
    writeln!(text, "主管部门\t{}\t主管部门\t\t652901\t\t", credit_code(1)).unwrap();
    for number in 2..260 {
        writeln!(text, "事业单位{number}\t{}\t事业单位\t\t６５２９０１\t{}\t", credit_code(number), credit_code(1)).unwrap();
    }
    // The same again, another content, a department that is none, an enterprise without an ownership, a wrong code.
    writeln!(text, "事业单位9\t{}\t事业单位\t\t652901\t{}\t", credit_code(9), credit_code(1)).unwrap();
    writeln!(text, "改名\t{}\t事业单位\t\t652901\t{}\t", credit_code(9), credit_code(1)).unwrap();
    writeln!(text, "甲\t{}\t事业单位\t\t652901\t{}\t", credit_code(300), credit_code(9)).unwrap();
    writeln!(text, "乙\t{}\t企业\t\t652901\t\t", credit_code(301)).unwrap();
    text += "丙\t91652901MA00000000\t事业单位\t\t652901\t\t\n";
    send(&admin, "orgs", "organisations", "always", text.as_bytes()).expect(202);
    world.run_jobs().await;
    let import = admin.read("/v1/imports/orgs");
    assert_eq!((&import["state"], counts(&import)), (&json!("done"), vec![264, 264, 259, 1, 4, 258]), "{import}");
    assert_eq!(import["file"]["columns"][6], json!({ "header": "备注", "field": null }));
    let codes = failures(&admin, "orgs");
    let codes: Vec<(u64, &str)> = codes.iter().map(|(line, code)| (*line, code.as_str())).collect();
    assert_eq!(codes, [(262, "already_exists"), (263, "invalid_field"), (264, "invalid_field"), (265, "invalid_credit_code")]);
    let made = admin.read(&format!("/v1/organisations?credit_code={}", credit_code(200)));
    let department = admin.read(&format!("/v1/organisations?credit_code={}", credit_code(1)));
    assert_eq!(made["items"][0]["parent_id"], department["items"][0]["id"]);
    // A check finds the same, though it rolls every batch back.
    let other = text.replace("事业单位9\t", "事业单位九\t");
    send(&admin, "orgs-check", "organisations", "no", other.as_bytes()).expect(202);
    world.run_jobs().await;
    assert_eq!(counts(&admin.read("/v1/imports/orgs-check"))[2..5], [0, 258, 6]);
}
