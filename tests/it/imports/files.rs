//! Files that cannot be read are a named problem; nothing of them is kept.

use std::io::Write as _;

use crate::support::cast::{Cast, resident_id};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

use super::{HEADER, counts, failures, line, send};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

on_both!(unreadable_files_are_named_and_leave_nothing);
async fn unreadable_files_are_named_and_leave_nothing(database: Database) {
    let world = World::at(database, "2024-08-01T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.county_reviewer;
    let good: String = (0..3_000).map(|number| line(number % 900 + 1, &format!("ZJ-{number}"), "")).collect();
    let mut broken = format!("{HEADER}{good}").into_bytes();
    let place = broken.len() + 1;
    broken.extend_from_slice(b"\xff\xff\r\n");
    let packed = gzip(format!("{HEADER}{good}").as_bytes());
    for (file, words) in [
        (Vec::new(), "has no rows".to_owned()),
        (HEADER.as_bytes().to_vec(), "has no rows".to_owned()),
        (broken, format!("byte {place} (line 3002)")),
        (packed[..packed.len() - 100].to_vec(), "cut off".to_owned()),
        (gzip(&vec![b' '; 200 << 20]), "64 MiB once inflated".to_owned()),
        (vec![b','; 1_000_000], "line 1 has more than 256 columns".to_owned()),
        ([HEADER.as_bytes(), &vec![b'x'; 1 << 20]].concat(), "line 2 is longer than 64 KiB".to_owned()),
        (format!("{HEADER}{good}\"").into_bytes(), "begins on line 3002".to_owned()),
        ("姓名,年度\n甲,2023\n".as_bytes().to_vec(), "columns are missing: 身份证号".to_owned()),
        (b"PK\x03\x04xl/workbook.xml".to_vec(), "save a workbook as CSV".to_owned()),
    ] {
        let path = "/v1/imports/bad?entity=study_records&start=always";
        let reply = clerk.put(path).header("accept-language", "en").bytes("text/csv", &file).send();
        let told = reply.problem(422, "import_unreadable");
        assert!(told["detail"].as_str().unwrap().contains(&words), "{words}: {told}");
    }
    clerk.get("/v1/imports/bad").send().problem(404, "not_found");
    let left = world.app.db.read(|conn| title_review::db::raw::load(conn, "SELECT id AS row FROM import_chunks", &[])).await;
    assert_eq!(left.unwrap(), Vec::<String>::new());
    // The name is free for a file that can be read; compressed, whatever a header says.
    let path = "/v1/imports/bad?entity=study_records&start=always";
    clerk.put(path).header("content-encoding", "gzip").bytes("application/gzip", &packed).send().expect(202);
    world.run_jobs().await;
    let import = clerk.read("/v1/imports/bad");
    assert_eq!(counts(&import), [3_000, 3_000, 3_000, 0, 0, 0]);
    // Another operation takes no compressed body still.
    let refused =
        clerk.post("/v1/study-records").key(&world.key()).header("content-encoding", "gzip").bytes("application/json", b"{}");
    refused.send().problem(415, "unsupported_media_type");
}

on_both!(objects_are_imported_like_rows);
async fn objects_are_imported_like_rows(database: Database) {
    let world = World::at(database, "2024-08-01T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.prefecture_reviewer;
    let person = resident_id("19850615", 1);
    let text = format!(
        "{{\"id_number\":\"{person}\",\"year\":2023,\"kind\":\"general\",\"hours\":30,\"certificate_number\":\"ZJ-1\"}}\n\
         {{\"id_number\":\"{person}\",\"year\":2023}}\nnot json\n{{\"id_number\":652901198506150000,\"year\":2023,\"kind\":\"general\",\"hours\":30,\"certificate_number\":\"ZJ-2\",\"x\":1}}\n"
    );
    send(clerk, "objects", "study_records", "always", text.as_bytes()).expect(202);
    world.run_jobs().await;
    assert_eq!(counts(&clerk.read("/v1/imports/objects")), [4, 4, 1, 0, 3, 0]);
    let codes: Vec<String> = failures(clerk, "objects").into_iter().map(|(line, code)| format!("{line} {code}")).collect();
    assert_eq!(codes, ["2 missing_field", "3 malformed_json", "4 unknown_field"]);
    let template = clerk.get("/v1/import-templates/study_records.csv").send();
    assert_eq!(template.status, 200);
    send(clerk, "template", "study_records", "no", &template.bytes).expect(202);
    world.run_jobs().await;
    assert_eq!(counts(&clerk.read("/v1/imports/template"))[2..], [1, 0, 0, 0]);
    clerk.get("/v1/import-templates/nothing.csv").send().problem(404, "not_found");
}

on_both!(lines_that_fail_far_apart_are_all_in_the_error_file);
async fn lines_that_fail_far_apart_are_all_in_the_error_file(database: Database) {
    let world = World::at(database, "2024-08-01T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.county_reviewer;
    // Some 60 bytes a line: the rows are kept in several pieces, and most of them have no line that fails.
    let rows = (2..=4_000).map(|number| {
        let row = line(number % 900 + 1, &format!("ZJ-{number}"), "");
        if [3, 2_500, 3_999].contains(&number) { row.replace("专业课", "另一课") } else { row }
    });
    let file = format!("{HEADER}{}", rows.collect::<String>());
    send(clerk, "apart", "study_records", "no", file.as_bytes()).expect(202);
    world.run_jobs().await;
    let failed: Vec<u64> = failures(clerk, "apart").into_iter().map(|(line, _)| line).collect();
    assert_eq!(failed, [3, 2_500, 3_999]);
    let errors = clerk.get("/v1/imports/apart/errors.csv").send();
    let text = String::from_utf8(errors.bytes).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(lines, ["3", "2500", "3999"]);
}
