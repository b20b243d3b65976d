//! Objections: raised without an account, decided by who is responsible, and who learns what of them.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};
use title_review::config::Config;
use title_review::db::Error;

use super::{against_approval, approve, employer_documents, find, object, put_up};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::World;

// clauses: 4.3c
on_both!(open_or_upheld_objection_blocks_the_approval);
async fn open_or_upheld_objection_blocks_the_approval(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    object(&world, &notice, &json!({ "text": "" })).problem(422, "invalid_body");
    object(&world, &notice, &json!({ "text": "x", "phone": "1" })).problem(422, "unknown_field");
    let before = clerk.get(&path).send();
    let made = object(&world, &notice, &json!({ "text": "工作年限与实际不符" }));
    let receipt = made.body["receipt"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), Some(format!("/v1/objections/{receipt}").as_str()));
    assert_eq!(made.expect(201)["status"], "open");
    let after = clerk.get(&path).send();
    assert_eq!(after.body["version"], before.body["version"], "strangers take no version from a reviewer");
    assert_ne!(after.header("etag"), before.header("etag"), "the ETag tells");
    let anybody = world.anybody();
    assert_eq!(anybody.read(&format!("/v1/objections/{receipt}"))["status"], "open");
    anybody.get(&format!("/v1/objections/{}", "A".repeat(32))).send().problem(404, "not_found");

    // Open: not sent on, however long ago the notice has ended.
    world.travel("2024-08-05T09:00:00+08:00");
    employer_documents(&world, clerk, &path);
    approve(clerk, &path).problem(409, "objection_open");
    object(&world, &notice, &json!({ "text": "迟到" })).problem(409, "publicity_closed");

    // Who may see and who may decide.
    let list = format!("{path}/objections");
    let mine = clerk.read(&list);
    let objection = mine["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!((&mine["items"][0]["text"], &mine["items"][0]["anonymous"]), (&json!("工作年限与实际不符"), &json!(true)));
    assert_eq!(cast.office.read(&list)["items"][0]["id"], json!(objection));
    cast.enterprise_clerk.get(&list).send().problem(404, "not_found");
    person.get(&list).send().problem(403, "forbidden");
    find(&world, &person, &objection, "rejected").problem(403, "forbidden");
    find(&world, &cast.enterprise_clerk, &objection, "rejected").problem(404, "not_found");
    find(&world, &cast.office, &objection, "rejected").problem(403, "forbidden");
    find(&world, clerk, &objection, "open").problem(422, "invalid_field");

    // Rejected: free. Decided once.
    assert_eq!(find(&world, clerk, &objection, "rejected").expect(200)["status"], "rejected");
    find(&world, clerk, &objection, "upheld").problem(409, "objection_decided");
    let shown = anybody.read(&format!("/v1/objections/{receipt}"));
    assert_eq!((&shown["status"], &shown["reason"]), (&json!("rejected"), &json!("经核实")));
    let told = person.read("/v1/notices");
    let notices = told["items"].as_array().unwrap();
    assert!(notices.iter().any(|notice| notice["kind"] == "objection.decide" && notice["body"]["status"] == "rejected"), "{told}");
    assert_eq!(approve(clerk, &path).expect(200)["step"], "department_review");

    // Upheld: never sent on, and another notice does not help.
    let (_, second) = at_employer(&world, &cast, "applicant_b", 2);
    let notice = put_up(&world, clerk, &second, &json!({ "from_date": "2024-08-05" })).expect(201);
    object(&world, &notice, &json!({ "text": "业绩非本人" })).expect(201);
    let objection = clerk.read(&format!("{second}/objections"))["items"][0]["id"].as_str().unwrap().to_owned();
    find(&world, clerk, &objection, "upheld").expect(200);
    world.travel("2024-08-12T09:00:00+08:00");
    employer_documents(&world, clerk, &second);
    approve(clerk, &second).problem(409, "objection_upheld");
    put_up(&world, clerk, &second, &json!({ "from_date": "2024-08-12" })).problem(409, "objection_upheld");
    assert_eq!(against_approval(clerk, &second), ["objection_upheld"]);
}

on_both!(anonymous_idempotency_keys_of_two_addresses_are_apart);
async fn anonymous_idempotency_keys_of_two_addresses_are_apart(database: Database) {
    let believed = |config: &mut Config| config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let world = World::configured(database, "2024-07-29T09:00:00+08:00", believed).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, &cast.institution_clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    let objections = format!("/v1/publicities/{}/objections", notice["id"].as_str().unwrap());
    let from = |address: &str| {
        let body = json!({ "text": "工作年限与实际不符" });
        world.anybody().post(&objections).header("x-forwarded-for", address).key("1").json(&body).send().expect(201)
    };
    let first = from("198.51.100.1");
    assert_eq!(from("198.51.100.1")["receipt"], first["receipt"], "a repeat");
    assert_ne!(from("198.51.100.2")["receipt"], first["receipt"], "somebody else");
}

// clauses: 4.3c
on_both!(objection_is_accepted_until_the_last_microsecond_of_the_publicity);
async fn objection_is_accepted_until_the_last_microsecond_of_the_publicity(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    world.travel("2024-08-02T23:59:59.999999+08:00");
    object(&world, &notice, &json!({ "text": "最后一刻" })).expect(201);
    world.travel("2024-08-03T00:00:00+08:00");
    object(&world, &notice, &json!({ "text": "晚了一微秒" })).problem(409, "publicity_closed");
    assert_eq!(clerk.read(&format!("{path}/objections"))["items"].as_array().unwrap().len(), 1);
    // A page at a time, by status.
    assert_eq!(clerk.read(&format!("{path}/objections?status=rejected&limit=1"))["items"], json!([]));
    clerk.get(&format!("{path}/objections?cursor=x")).send().problem(400, "invalid_cursor");
}

/// What every server of this process logs from now on.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Logged;

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Logs to memory, more than a server does. The second call of a process changes nothing.
fn listen() {
    let filter = tracing_subscriber::EnvFilter::new("title_review=trace,actix_web=debug,actix_http=debug");
    drop(tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Logged).try_init());
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Everything that the database keeps in columns that hold free text.
const TEXTS: &str = "SELECT coalesce(name_sealed, '') || coalesce(contact_sealed, '') || text_sealed || receipt_index AS text FROM objections \
    UNION ALL SELECT headers || body FROM idempotency WHERE operation NOT LIKE '%/objections' \
    UNION ALL SELECT body FROM idempotency WHERE operation LIKE '%/objections' \
    UNION ALL SELECT coalesce(detail, '') FROM audit UNION ALL SELECT body FROM notices UNION ALL SELECT payload FROM jobs";

// clauses: 4.3c
on_both!(objector_is_visible_to_the_deciding_office_only);
async fn objector_is_visible_to_the_deciding_office_only(database: Database) {
    listen();
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    let said = json!({ "text": "CANARY-TEXT", "name": "CANARY-NAME", "contact": "CANARY-CONTACT" });
    let made = object(&world, &notice, &said).expect(201);
    assert!(!made.to_string().contains("CANARY"));
    let receipt = made["receipt"].as_str().unwrap();

    let list = format!("{path}/objections");
    let shown = &clerk.read(&list)["items"][0];
    assert_eq!((&shown["name"], &shown["contact"]), (&json!("CANARY-NAME"), &json!("CANARY-CONTACT")));
    let objection = shown["id"].as_str().unwrap().to_owned();
    let seen_by_office = cast.office.read(&list);
    assert_eq!(seen_by_office["items"][0]["text"], "CANARY-TEXT", "the office sees what is objected");
    assert_eq!(seen_by_office["items"][0]["anonymous"], false);
    for hidden in ["CANARY-NAME", "CANARY-CONTACT"] {
        assert!(!seen_by_office.to_string().contains(hidden));
    }
    let decided = find(&world, clerk, &objection, "rejected").expect(200);
    let answers = [
        decided,
        person.read(&path),
        person.read(&format!("{path}/history")),
        person.read(&format!("{path}/publicities")),
        person.read("/v1/notices"),
        cast.supervisor.read(&format!("{path}/publicities")),
        world.anybody().read("/v1/publicities"),
        world.anybody().read(&format!("/v1/objections/{receipt}")),
    ];
    for answer in answers {
        assert!(!answer.to_string().contains("CANARY"), "{answer}");
    }
    let stored: Vec<Line> = world.app.db.read(|conn| diesel::sql_query(TEXTS).load(conn).map_err(Error::from)).await.unwrap();
    assert!(stored.len() > 5);
    for line in stored {
        assert!(!line.text.contains("CANARY"), "{}", line.text);
    }
    // Refused requests log too.
    object(&world, &notice, &json!({ "text": 1, "name": "CANARY-NAME" })).problem(422, "invalid_field");
    object(&world, &notice, &json!({ "text": "CANARY-TEXT", "contact": "CANARY-CONTACT".repeat(20) })).problem(422, "invalid_body");
    let log = String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(log.contains("/v1/publicities/{publicity_id}/objections"), "{log}");
    assert!(!log.contains("CANARY") && !log.contains(receipt));
}

// clauses: 4.3c
on_both!(objections_that_wait_are_bounded_and_decided_together);
async fn objections_that_wait_are_bounded_and_decided_together(database: Database) {
    let world = World::configured(database, "2024-07-29T09:00:00+08:00", |config| {
        (config.limits.open_objections, config.limits.open_objections_of_address) = (8, 5);
        config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (_, other_path) = at_employer(&world, &cast, "applicant_b", 2);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    let other = put_up(&world, clerk, &other_path, &json!({ "from_date": "2024-07-29" })).expect(201);
    let version = clerk.read(&path)["version"].clone();
    let say = json!({ "text": "工作年限与实际不符" });
    for _ in 0..5 {
        object(&world, &notice, &say).expect(201);
    }
    let refused = object(&world, &notice, &say).problem(409, "too_many_objections");
    assert!(refused["detail"].as_str().unwrap().contains('5'), "{refused}");
    // To another notice, and from elsewhere, until there are too many in all.
    object(&world, &other, &say).expect(201);
    let elsewhere = |address: &str| {
        let path = format!("/v1/publicities/{}/objections", notice["id"].as_str().unwrap());
        world.anybody().post(&path).header("x-forwarded-for", address).key(&world.key()).json(&say).send()
    };
    for _ in 0..3 {
        elsewhere("192.0.2.7").expect(201);
    }
    elsewhere("192.0.2.8").problem(409, "too_many_objections");
    // Strangers take no version from whoever works on the application, who sees what they said.
    let seen = clerk.read(&path);
    assert_eq!(seen["version"], version);
    assert!(seen["blocked_actions"].to_string().contains("objection_open"), "{seen}");

    let ids = |path: &str| {
        let items = clerk.read(&format!("{path}/objections"))["items"].as_array().unwrap().clone();
        items.iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    let (mine, others) = (ids(&path), ids(&other_path));
    assert_eq!((mine.len(), others.len()), (8, 1));
    let together = format!("/v1/publicities/{}/objection-decisions", notice["id"].as_str().unwrap());
    let decide = |ids: &[Value]| {
        let body = json!({ "objection_ids": ids, "finding": "rejected", "reason": "反映的问题相同，经核实均不成立" });
        clerk.post(&together).key(&world.key()).json(&body).send()
    };
    let mixed = decide(&[&mine[..], &others[..]].concat()).problem(422, "invalid_field");
    assert!(mixed["errors"][0]["pointer"].as_str().unwrap().starts_with("#/objection_ids/"), "{mixed}");
    decide(&[]).problem(422, "invalid_body");
    find(&world, clerk, mine[0].as_str().unwrap(), "rejected").expect(200);
    decide(&mine).problem(409, "objection_decided");
    let open = clerk.read(&format!("{path}/objections?status=open"));
    assert_eq!(open["items"].as_array().unwrap().len(), 7, "all or none");
    person.post(&together).key(&world.key()).json(&json!({})).send().problem(403, "forbidden");
    let before = person.read("/v1/notices")["items"].as_array().unwrap().len();
    let decided = decide(&mine[1..]).expect(200);
    assert_eq!(decided["items"].as_array().unwrap().len(), 7);
    assert!(decided["items"].as_array().unwrap().iter().all(|one| one["status"] == "rejected"), "{decided}");
    assert_eq!(person.read("/v1/notices")["items"].as_array().unwrap().len(), before + 1, "told once");
    assert!(!clerk.read(&path)["blocked_actions"].to_string().contains("objection_open"));
    object(&world, &notice, &say).expect(201);
}
