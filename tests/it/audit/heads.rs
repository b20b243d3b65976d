//! Signed heads: when they are signed, that they are exported once, and that anybody can check them.

use std::process::{Command, Stdio};

use diesel::connection::{Connection as _, SimpleConnection as _};
use serde_json::{Value, json};
use title_review::audit::heads::{SignedHead, file};
use title_review::db::Error;
use title_review::oversight;

use crate::meetings::{add, attend, close, meeting, ready, vote};
use crate::support::cast::{Cast, applicant, file as file_application};
use crate::support::database::{Database, Dialect, tell};
use crate::support::journey::directed_intermediate;
use crate::support::on_both;
use crate::support::world::World;

fn exported(world: &World) -> Vec<SignedHead> {
    let path = world.app.config.audit.heads_folder.join(file::FILE);
    if path.exists() { file::read_heads(&path).unwrap().into_iter().map(|(_, head)| head).collect() } else { Vec::new() }
}

fn listed(cast: &Cast) -> Vec<SignedHead> {
    let page = cast.supervisor.read("/v1/audit/heads?limit=200");
    let mut heads: Vec<SignedHead> = serde_json::from_value(page["items"].clone()).unwrap();
    heads.reverse();
    heads
}

// clauses: 5.1
on_both!(audit_head_is_signed_every_ten_minutes_and_never_twice);
async fn audit_head_is_signed_every_ten_minutes_and_never_twice(database: Database) {
    let world = World::at(database, "2024-07-22T09:03:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    oversight::start(&world.app).await.unwrap();
    oversight::start(&world.app).await.unwrap();
    assert_eq!(world.run_jobs().await, 1);
    let first = exported(&world);
    assert_eq!((first.len(), first[0].after, first[0].reason.as_str()), (1, 0, "scheduled"));
    world.travel("2024-07-22T09:09:59.999999+08:00");
    applicant(&world, "applicant_a", 1);
    assert_eq!(world.run_jobs().await, 0);
    world.travel("2024-07-22T09:10:00+08:00");
    assert_eq!(world.run_jobs().await, 1);
    // Nothing has happened since: no head is signed again.
    world.travel("2024-07-22T09:20:00+08:00");
    assert_eq!(world.run_jobs().await, 1);
    assert_eq!(exported(&world).len(), 2);
    // Nobody ran for hours: one head makes up for what was missed.
    applicant(&world, "applicant_b", 3);
    world.travel("2024-07-22T15:41:00+08:00");
    assert_eq!(world.run_jobs().await, 1);
    world.travel("2024-07-22T15:50:00+08:00");
    assert_eq!(world.run_jobs().await, 1);
    let all = exported(&world);
    assert_eq!(all, listed(&cast));
    assert_eq!((all.len(), all[2].after, all[2].at.to_string()), (3, all[1].seq, "2024-07-22T15:41:00+08:00".to_owned()));

    // A file that was lost, or whose end was torn off by a power cut, is made whole by the next export.
    let path = world.app.config.audit.heads_folder.join(file::FILE);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    oversight::export(&world.app).await.unwrap();
    assert_eq!(exported(&world), all);
    std::fs::remove_file(&path).unwrap();
    oversight::export(&world.app).await.unwrap();
    assert_eq!((exported(&world), std::fs::read(&path).unwrap()), (all, bytes));
    let checked = cast.supervisor.read("/v1/audit/verification");
    assert_eq!((&checked["intact"], &checked["signed_heads"]), (&json!(true), &json!(3)));
    world.anybody().get("/v1/audit/heads").send().problem(401, "unauthenticated");
    cast.office.get("/v1/audit/heads").send().problem(403, "forbidden");
}

on_both!(changed_audit_log_gets_no_signed_head);
async fn changed_audit_log_gets_no_signed_head(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    oversight::start(&world.app).await.unwrap();
    world.run_jobs().await;
    let good = exported(&world);
    applicant(&world, "applicant_a", 1);
    super::take_off_the_guards(&world.app.db).await;
    let last = good[0].seq + 1;
    let sql = format!("UPDATE audit SET action = 'x' WHERE seq = {last}");
    world.app.db.write(move |conn| Ok::<_, Error>(conn.batch_execute(&sql)?)).await.unwrap();
    world.travel("2024-07-22T09:10:00+08:00");
    world.run_jobs().await;
    assert_eq!((exported(&world), listed(&cast)), (good.clone(), good));
    let checked = cast.supervisor.read("/v1/audit/verification");
    assert_eq!((&checked["intact"], &checked["fault_seq"], &checked["rows"]), (&json!(false), &json!(last), &json!(last - 1)));
}

// clauses: 2.1, R6, 2.4
on_both!(audit_head_is_signed_at_milestones);
async fn audit_head_is_signed_at_milestones(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (_, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let late = applicant(&world, "applicant_late", 3);
    let draft = file_application(&world, &late, &directed_intermediate(&cast.institution));
    world.travel("2024-08-30T18:00:00.000001+08:00");
    world.run_jobs().await;
    let window = exported(&world).pop().unwrap();
    assert_eq!(window.reason.as_str(), "window_closed");
    // What lapsed with the window lies under its head.
    let lapse = cast.supervisor.read(&format!("/v1/audit?object_id={}&limit=1", draft.rsplit('/').next().unwrap()));
    assert_eq!(lapse["items"][0]["action"], "application.lapse", "{lapse}");
    assert!(lapse["items"][0]["seq"].as_i64().unwrap() <= window.seq);

    world.travel("2024-10-12T09:00:00+08:00");
    world.run_jobs().await;
    let meeting = meeting(&world, &cast);
    add(&cast, &meeting, &[&path]).expect(200);
    attend(&cast, &meeting, 25).expect(200);
    vote(&cast, &meeting, &path, 25, 0, 0, 0).expect(200);
    close(&cast, &meeting).expect(200);
    world.run_jobs().await;
    assert_eq!(exported(&world).pop().unwrap().reason.as_str(), "meeting_closed");

    cast.office.act("POST", &meeting, &format!("{meeting}/publicity"), &json!({ "from_date": "2024-10-14" })).expect(200);
    world.travel("2024-10-13T23:59:59+08:00");
    world.run_jobs().await;
    assert_ne!(exported(&world).pop().unwrap().reason.as_str(), "publicity_started");
    applicant(&world, "applicant_b", 5);
    world.travel("2024-10-14T00:00:00+08:00");
    world.run_jobs().await;
    assert_eq!(exported(&world).pop().unwrap().reason.as_str(), "publicity_started");
    assert_eq!(exported(&world), listed(&cast));
    assert_eq!(cast.supervisor.read("/v1/audit/verification")["intact"], true);
}

on_both!(audit_head_is_signed_at_the_extended_close_of_a_window);
async fn audit_head_is_signed_at_the_extended_close_of_a_window(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let body = json!({ "window": "application", "until": "2024-09-02T18:00:00+08:00", "reason": "停电" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&body).send().expect(201);
    applicant(&world, "applicant_a", 1);
    world.travel("2024-09-02T18:00:00+08:00");
    world.run_jobs().await;
    let before = exported(&world).len();
    applicant(&world, "applicant_b", 3);
    world.travel("2024-09-02T18:00:00.000001+08:00");
    world.run_jobs().await;
    let heads = exported(&world);
    assert_eq!((heads.len(), heads.last().unwrap().reason.as_str()), (before + 1, "window_closed"));
}

/// Runs a command with this on its standard input; none where it is not installed.
fn piped(command: &mut Command) -> Option<(bool, String)> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    Some((output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()))
}

#[test]
fn anybody_can_check_a_head_with_openssl() {
    tell(Dialect::Sqlite, |database| async move {
        let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
        oversight::start(&world.app).await.unwrap();
        world.run_jobs().await;
        let keys: Value = world.anybody().read("/v1/audit/keys");
        let folder = world.app.config.audit.heads_folder.clone();
        std::fs::write(folder.join("jwks.json"), keys.to_string()).unwrap();
        // The script of docs/audit-chain.md.
        let page = include_str!("../../../docs/audit-chain.md");
        let script = page.split("```sh\n").find(|block| block.contains("openssl")).unwrap().split("```").next().unwrap();
        let run = || piped(Command::new("bash").args(["-euo", "pipefail", "-c", script]).current_dir(&folder));
        let there = |tool: &str| Command::new(tool).arg("--help").output().is_ok();
        if !(there("openssl") && there("jq") && there("bash")) {
            println!("openssl, jq or bash is not installed: LEFT OUT");
            return;
        }
        let (good, told) = run().unwrap();
        assert!(good, "{told}");
        let path = folder.join(file::FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("scheduled", "window_closed")).unwrap();
        assert!(!run().unwrap().0);
    });
}

/// The program on a folder that has nothing of the server's.
fn program(database: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_title-review"));
    let output = command.args(arguments).args(["--database", database, "--data"]).arg(folder.path()).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

on_both!(exported_heads_verify_with_the_public_key_alone);
async fn exported_heads_verify_with_the_public_key_alone(database: Database) {
    let sqlite = database.dialect == Dialect::Sqlite;
    let (url, folder) = (database.config.url.clone(), database.folder());
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    oversight::start(&world.app).await.unwrap();
    world.run_jobs().await;
    let heads = folder.join("audit-heads").join(file::FILE);
    let key = world.app.keys.audit_key().unwrap().public();
    let keys = folder.join("audit-heads").join(format!("audit-key-{}.json", key.kid));
    let (heads, keys) = (heads.to_str().unwrap().to_owned(), keys.to_str().unwrap().to_owned());
    let copy = if sqlite {
        let path = folder.join("copy #1 %.db");
        let sql = format!("VACUUM INTO '{}'", path.display());
        let mut conn = diesel::SqliteConnection::establish(url.trim_start_matches("sqlite:")).unwrap();
        conn.batch_execute(&sql).unwrap();
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).unwrap();
        format!("sqlite:{}", path.display())
    } else {
        url.clone()
    };
    let before: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let (code, told) = program(&copy, &["audit", "verify"]);
    assert!(code == Some(1) && told.contains("keys.toml"), "{told}");
    let (code, told) = program(&copy, &["audit", "verify", "--heads", &heads, "--public-keys", &keys]);
    assert!(code == Some(0) && told.contains("1 signed heads agree; without the key ring"), "{told}");
    let after: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(before.len(), after.len(), "the copy is left as it is: {after:?}");

    // The first row behind which no head stands, changed in the database that is copied.
    super::take_off_the_guards(&world.app.db).await;
    let change = "UPDATE audit SET outcome = 'refused' WHERE seq = 2";
    world.app.db.write(move |conn| Ok::<_, Error>(conn.batch_execute(change)?)).await.unwrap();
    let (code, told) = program(&url, &["audit", "verify", "--heads", &heads, "--public-keys", &keys]);
    assert!(code == Some(1) && told.contains("audit row 2: was changed"), "{told}");
}
