//! What is needed no more goes: kept answers, sessions that are over, files that no dossier has.

use diesel::prelude::*;
use serde_json::json;
use title_review::audit::rows::verify_rows;
use title_review::db::Error;
use title_review::db::schema::{idempotency, sessions};
use title_review::keys::sha256_hex;
use title_review::privacy::retention::remove_old;

use crate::attachments::refusals::files_below;
use crate::support::cast::{Cast, applicant, file};
use crate::support::database::Database;
use crate::support::journey::{directed_intermediate, pdf, upload};
use crate::support::on_both;
use crate::support::world::{PASSWORD, World};

const DAY: i64 = 86_400;

/// How many answers are kept, and sessions of an account.
async fn kept(world: &World, account: &str) -> (i64, i64) {
    let account = account.to_owned();
    world
        .app
        .db
        .read(move |conn| {
            let answers = idempotency::table.count().get_result(conn)?;
            let of_account = sessions::table.filter(sessions::account_id.eq(account)).count().get_result(conn)?;
            Ok::<_, Error>((answers, of_account))
        })
        .await
        .unwrap()
}

on_both!(answers_and_sessions_go_after_seven_days);
async fn answers_and_sessions_go_after_seven_days(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let key = world.key();
    let filing = directed_intermediate(&cast.institution);
    let ask = || person.post("/v1/applications").key(&key).json(&filing).send();
    let first = ask().expect(201);
    assert_eq!(ask().expect(201)["id"], first["id"], "a repeat gets the first answer");
    for device in ["手机", "平板"] {
        let body = json!({ "login": "applicant_a", "password": PASSWORD, "device": device });
        world.anybody().post("/v1/sessions").json(&body).send().expect(201);
    }
    let (answers, mine) = kept(&world, &person.account).await;
    assert!(answers >= 1 && mine == 3, "{answers} {mine}");
    world.wait_seconds(7 * DAY - 1);
    remove_old(&world.app).await.unwrap();
    assert_eq!(kept(&world, &person.account).await, (answers, mine), "not before its time");
    // The sessions end after a week by the configuration of a story, and are kept for another.
    world.wait_seconds(8 * DAY);
    remove_old(&world.app).await.unwrap();
    assert_eq!(kept(&world, &person.account).await, (0, 1), "the last session says when the account was used");
    let keys = std::sync::Arc::clone(&world.app.keys);
    let differ = world.app.db.read(move |conn| verify_rows(conn, &keys)).await.unwrap();
    assert_eq!(differ.faults, [], "the log knows of what went");
}

on_both!(file_that_no_dossier_has_is_removed_after_a_day);
async fn file_that_no_dossier_has_is_removed_after_a_day(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    upload(&world, &person, &path, "degree_certificate").expect(201);
    let stray = pdf("of an upload that broke off");
    let name = sha256_hex(&stray);
    world.app.storage.keep(&name, &mut stray.as_slice()).await.unwrap();
    let folder = &world.app.config.storage.folder;
    let names =
        || files_below(folder).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>();
    remove_old(&world.app).await.unwrap();
    assert_eq!(names().len(), 2, "it may belong to an upload that still goes on");
    // Files have the time of the host's disk.
    world.wait_seconds(50 * 365 * DAY);
    remove_old(&world.app).await.unwrap();
    assert_eq!(names().len(), 1);
    assert!(!names().contains(&name));
}
