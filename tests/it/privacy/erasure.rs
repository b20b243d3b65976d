//! Erasure after the retention: what is left, what has to stay, and that a kill leaves nothing undone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use title_review::db::{self, raw};
use title_review::erased_files;
use title_review::privacy::{self, Erasure, PERSONAL_TABLES, PersonalTable};
use title_review_core::ids::AccountId;

use super::canaries::{MAIL, NAME, OTHER_NAME, OTHER_PHONE, PHONE, number, whole_way};
use super::search::{columns_with, dump, dump_of, files_with};
use crate::cli::{program, text};
use crate::faults::place::violations;
use crate::support::cast::{Cast, resident_id};
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::stages::accepted;
use crate::support::world::{PASSWORD, Reply, World};

const LATER: &str = "2030-03-01T09:00:00+08:00";

/// An erasure that is looked at and taken back.
struct TakenBack(BTreeMap<String, Vec<String>>);

impl From<db::Error> for TakenBack {
    fn from(error: db::Error) -> Self {
        panic!("{error}")
    }
}

/// What an erasure by this list would leave.
async fn left_by(world: &World, id: AccountId, tables: Vec<PersonalTable>) -> BTreeMap<String, Vec<String>> {
    let tried = world
        .app
        .act_as_system(move |cx| {
            privacy::erase_by(cx, id, &tables).unwrap_or_else(|problem| panic!("{problem:?}"));
            Err::<(), _>(TakenBack(dump_of(cx.conn)?))
        })
        .await;
    tried.err().unwrap().0
}

async fn erase(world: &World, id: AccountId) -> Result<privacy::Erased, privacy::Error> {
    world.app.act_as_system(move |cx| privacy::erase(cx, id)).await
}

fn register(world: &World, login: &str, number: &str) -> Reply {
    let body = json!({ "login": login, "password": PASSWORD, "name": "申报人", "id_number": number, "phone": "13800000000" });
    world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send()
}

on_both!(erased_person_leaves_no_personal_data);
async fn erased_person_leaves_no_personal_data(database: Database) {
    let objects = database.folder().join("objects");
    let world = World::configured(database, "2024-07-22T09:00:00+08:00", |config| config.privacy.retention_months = 60).await;
    let cast = Cast::enter(&world, "aksu-2024");
    // Somebody else, whose files are the same bytes.
    let (other, elsewhere) = at_employer(&world, &cast, "applicant_b", 3);
    let path = whole_way(&world, &cast);
    let person = world.sign_in("canary");
    let id: AccountId = person.account.parse().unwrap();
    let certificate =
        format!("/v1/certificates/{}", person.read(&format!("{path}/result"))["certificate_number"].as_str().unwrap());
    let checked = world.anybody().read(&certificate);
    let number = number();
    let canaries = [NAME, MAIL, OTHER_NAME, PHONE, OTHER_PHONE, &number, "canary"];

    // Not before its time, and nobody who holds an office.
    world.travel("2029-10-01T09:00:00+08:00");
    let refused = |error: privacy::Error| error.to_string();
    assert!(refused(erase(&world, id).await.unwrap_err()).contains("within the retention"));
    world.travel(LATER);
    assert!(refused(erase(&world, cast.office.account.parse().unwrap()).await.unwrap_err()).contains("another role"));
    let due = world.app.act_as_system(privacy::list_due).await.unwrap();
    assert_eq!(due.iter().collect::<BTreeSet<_>>(), [id, other.account.parse().unwrap()].iter().collect());

    // A list that forgets a table is caught by the search, whichever it is.
    let before = columns_with(&dump(&world.app.db).await, &canaries);
    let tables: BTreeSet<&str> = before.iter().filter_map(|column| column.split('.').next()).collect();
    assert!(tables.len() >= 6, "{tables:?}");
    for forgotten in tables {
        let stays = |about: &PersonalTable| {
            let erasure = if about.table == forgotten { Erasure::Stays } else { about.erasure };
            PersonalTable { erasure, ..*about }
        };
        let left = columns_with(&left_by(&world, id, PERSONAL_TABLES.iter().map(stays).collect()).await, &canaries);
        assert!(
            !left.is_empty() && left.iter().all(|column| column.starts_with(&format!("{forgotten}."))),
            "{forgotten}: {left:?}"
        );
    }
    assert_eq!(columns_with(&dump(&world.app.db).await, &canaries), before, "those were taken back");

    let violated = || violations(&world.app.config.database.url, &objects);
    let violated_before = violated();
    let done = erase(&world, id).await.unwrap();
    assert!(done.rows > 20 && done.details > 20 && done.files > 3 && !done.index_kept, "{done:?}");
    assert_eq!(columns_with(&dump(&world.app.db).await, &canaries), BTreeSet::new());
    // As after a kill between rows and files: the files are there, and wait.
    assert!(!files_with(&objects, &[NAME, &number]).is_empty());
    let waiting = world.app.db.read(|conn| raw::load(conn, "SELECT sha256 AS row FROM erased_objects", &[])).await.unwrap();
    let vanishing = async |sha256: &str| {
        let sha256 = sha256.to_owned();
        let being_removed = world.app.act_as_system(move |cx| erased_files::is_being_removed(cx.conn, &sha256, cx.session_now));
        being_removed.await.unwrap()
    };
    assert!(vanishing(&waiting[0]).await && !vanishing("another").await);
    let removed = privacy::remove_files(&world.app).await.unwrap();
    assert!(removed >= 1 && removed < waiting.len(), "others have some of them: {removed} of {}", waiting.len());
    assert_eq!(files_with(&objects, &canaries[..6]), Vec::<String>::new());
    // As after a kill between a file and the note that it went.
    let gone = world.app.db.read(|conn| raw::load(conn, "SELECT sha256 AS row FROM erased_objects", &[])).await.unwrap();
    assert!(vanishing(&gone[0]).await, "for requests that came before");
    world.app.db.write(|conn| raw::execute(conn, "UPDATE erased_objects SET removed_at = NULL", &[])).await.unwrap();
    assert_eq!(privacy::remove_files(&world.app).await.unwrap(), removed);
    world.wait_seconds(1);
    assert!(!vanishing(&gone[0]).await);

    assert_eq!(violated(), violated_before, "by the checker's rules an erased dossier is as whole as before");

    // What has to stay, and what others have.
    assert_eq!(world.anybody().read(&certificate), checked);
    assert_eq!(cast.supervisor.read("/v1/audit/verification")["intact"], true);
    let views = cast.supervisor.read(&format!("/v1/audit/views?subject_id={id}"));
    assert!(views["items"].as_array().unwrap().iter().all(|view| view["reason"].is_null() && view["actor_id"].is_string()));
    for part in ["", "/dossier", "/history", "/corrections", "/differences", "/attachments", "/publicities", "/result", "/checks"] {
        cast.office.read(&format!("{path}{part}"));
    }
    let files = |at: &str| cast.supervisor.read(&format!("{at}/attachments"))["items"].as_array().unwrap().clone();
    let content = |file: &Value| cast.supervisor.get(&format!("/v1/attachments/{}/content", file["id"].as_str().unwrap())).send();
    assert!(files(&elsewhere).iter().all(|file| content(file).status == 200));
    let all = cast.supervisor.read(&format!("{path}/attachments?ended=true"));
    assert!(all["items"].as_array().unwrap().iter().all(|file| content(file).status == 404));
    person.get("/v1/me").send().problem(401, "token_invalid");
    let signing_in = json!({ "login": "canary", "password": PASSWORD });
    world.anybody().post("/v1/sessions").json(&signing_in).send().problem(401, "wrong_credentials");
    register(&world, "again", &number).expect(201);
    assert!(refused(erase(&world, id).await.unwrap_err()).contains("erased before"));
}

// clauses: A3
on_both!(ban_is_kept_after_erasure);
async fn ban_is_kept_after_erasure(database: Database) {
    let world = World::configured(database, "2024-08-20T09:00:00+08:00", |config| config.privacy.retention_months = 12).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let body = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.act("POST", &one.path, &format!("{}/fraud-decisions", one.path), &body).expect(201);
    let (id, number) = (one.person.account.parse::<AccountId>().unwrap(), resident_id("19850615", 1));
    world.travel("2026-06-01T09:00:00+08:00");
    assert_eq!(world.app.act_as_system(privacy::list_due).await.unwrap(), []);
    assert!(erase(&world, id).await.unwrap().index_kept);
    assert_eq!(world.app.act_as_system(privacy::release_numbers).await.unwrap(), 0);
    register(&world, "again", &number).problem(409, "resident_id_taken");
    let sanctions = cast.supervisor.read(&format!("/v1/sanctions?account_id={id}"));
    assert_eq!((&sanctions["items"][0]["last_year"], &sanctions["items"][0]["reason"]), (&json!(2027), &json!("")));
    world.travel("2028-01-01T09:00:00+08:00");
    assert_eq!(world.app.act_as_system(privacy::release_numbers).await.unwrap(), 1);
    register(&world, "again", &number).expect(201);
}

/// Kills the command again and again; then it is run to its end.
pub async fn erased_in_spite_of_kills(database: &Database, folder: &Path, canaries: &[&str]) {
    let command = |end: &[&str]| {
        let mut arguments = vec!["--database", &database.config.url, "privacy", "erase", "--due"];
        arguments.extend_from_slice(end);
        let mut command = program(folder, &arguments);
        command.envs([("TITLE_REVIEW_SANDBOX__ENABLED", "true"), ("TITLE_REVIEW_PRIVACY__RETENTION_MONTHS", "12")]);
        command
    };
    let tried = command(&["--dry-run"]).output().unwrap();
    assert!(
        tried.status.success() && text(&tried.stdout).contains("would be erased"),
        "{}{}",
        text(&tried.stdout),
        text(&tried.stderr)
    );
    assert!(!columns_with(&dump(&database.open()).await, canaries).is_empty(), "a try does nothing");
    for pause in (0..12).map(|turn| turn * 40) {
        let mut running = command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        running.kill().unwrap();
        running.wait().unwrap();
    }
    let ended = command(&[]).output().unwrap();
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    assert_eq!(columns_with(&dump(&database.open()).await, canaries), BTreeSet::new());
    assert_eq!(files_with(&folder.join("objects"), canaries), Vec::<String>::new());
    let verified = program(folder, &["--database", &database.config.url, "audit", "verify"]).output().unwrap();
    assert!(verified.status.success(), "{}", text(&verified.stderr));
    let without = program(folder, &["--database", &database.config.url, "privacy", "erase", "--due"])
        .env("TITLE_REVIEW_SANDBOX__ENABLED", "true")
        .output()
        .unwrap();
    assert!(!without.status.success() && text(&without.stderr).contains("privacy.retention_months"), "{}", text(&without.stderr));
}
