//! The commands of docs/imports.md, as they stand there, against a server of its own.

use std::path::Path;
use std::process::{Command, Output};

use crate::cli::{Server, block, text};
use crate::support::cast::resident_id;

const PAGE: &str = include_str!("../../../docs/imports.md");

fn follow(folder: &Path, server: &Server, token: &str, mark: &str) -> (i32, String) {
    let script = block(PAGE, &format!("imports: {mark}"));
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", &script]).current_dir(folder);
    let Output { status, stdout, stderr } =
        command.env("H", format!("http://{}", server.address)).env("T", token).output().expect("bash runs");
    (status.code().unwrap_or(-1), format!("{}{}", text(&stdout), text(&stderr)))
}

#[test]
fn commands_of_the_guide_import_a_file() {
    let there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    if !(there("curl") && there("bash") && there("gzip")) {
        println!("curl, bash or gzip is not installed: LEFT OUT");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    let server = Server::start(&data, &["--sandbox"]);
    let token = server.sign_in("county_652901", "Sandbox-2024").1["access_token"].as_str().unwrap().to_owned();
    let run = |mark: &str| follow(folder, &server, &token, mark);

    let (code, told) = run("template");
    assert_eq!(code, 0, "{told}");
    let template = std::fs::read_to_string(folder.join("study.csv")).unwrap();
    assert!(template.starts_with("\u{feff}身份证号,年度,类别,学时,证书编号,客户端编号\r\n"), "{template}");
    std::fs::write(folder.join("study.csv"), format!("{template}6.52E+17,2023,专业课,60,ZJ-9,\r\n")).unwrap();
    let (code, told) = run("check");
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("\"state\":\"checked\"") && told.contains("\"failed\":1"), "{told}");
    let errors = std::fs::read_to_string(folder.join("errors.csv")).unwrap();
    assert!(errors.contains("\r\n3,身份证号：") && errors.contains("6.52E+17"), "{errors}");
    // One line failed: the verdict is an exit code, that of `--fail-with-body`.
    let (code, told) = run("run");
    assert_eq!(code, 22, "{told}");
    assert!(told.contains("import_not_clean"), "{told}");

    let row = |year: u32| {
        let person = resident_id("19850615", 3);
        format!(
            "{{\"id_number\":\"{person}\",\"year\":{year},\"kind\":\"general\",\"hours\":30,\"certificate_number\":\"ZJ-{year}\"}}\n"
        )
    };
    std::fs::write(folder.join("night.ndjson"), [row(2021), row(2022)].concat()).unwrap();
    assert!(Command::new("gzip").arg("night.ndjson").current_dir(folder).status().unwrap().success());
    let (code, told) = run("cron");
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("\"state\":\"done\"") && told.contains("\"created\":2"), "{told}");
}
