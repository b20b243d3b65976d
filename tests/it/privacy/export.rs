//! One's own data as one download.

use std::collections::BTreeSet;

use serde_json::json;
use title_review::db::{Conn, Error, raw};
use title_review::privacy::{Erasure, OTHER_TABLES, PERSONAL_TABLES};

use crate::machines::personal_token;
use crate::support::cast::{Cast, resident_id};
use crate::support::chain::{decide, return_with};
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::{PASSWORD, World};

const PATH: &str = "/v1/me/personal-data";

on_both!(own_data_export_is_one_document);
async fn own_data_export_is_one_document(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (other, _) = at_employer(&world, &cast, "applicant_b", 3);
    cast.institution_clerk.read(&format!("{path}/dossier"));
    decide(&cast.institution_clerk, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    world.travel("2024-07-22T11:30:00+08:00");
    let answer = person.get(PATH).send();
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"personal-data.json\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let text = String::from_utf8(answer.bytes.clone()).unwrap();
    let data = answer.expect(200);
    let account = &data["account"];
    assert_eq!(
        (&account["id_number"], &account["phone"], &account["login"]),
        (&json!(resident_id("19850615", 1)), &json!("13800000000"), &json!("applicant_a"))
    );
    let records = &data["records"];
    let count = |table: &str| records[table].as_array().unwrap_or_else(|| panic!("{table}")).len();
    assert_eq!((count("applications"), count("profiles"), count("memberships"), count("accounts")), (1, 1, 1, 1));
    assert!(count("steps") >= 2 && count("corrections") == 1 && count("notices") >= 1 && count("sessions") >= 1);
    assert_eq!(records["applications"][0]["dossier"]["profile"]["education"][0]["school"], "测绘学院");
    assert_eq!(records["applications"][0]["submitted_at"], "2024-07-22T09:00:00+08:00");
    assert_eq!(records["profiles"][0]["body"]["name"], "申报人");
    assert_eq!(records["corrections"][0]["detail"], "请更正后重新提交");
    let file = &records["attachments"][0];
    assert_eq!(person.get(file["content"].as_str().unwrap()).send().status, 200);
    assert_eq!(
        (data["views"].as_array().unwrap().len(), &data["views"][0]["actor_id"]),
        (1, &json!(cast.institution_clerk.account))
    );
    // Nothing of anybody else, and none of the server's secrets.
    assert!(!text.contains(&other.account) && !text.contains(&resident_id("19850615", 3)));
    for column in ["_sealed", "_index", "_hash\"", "fingerprint"] {
        assert!(!text.contains(column), "{column}");
    }

    // It is on record as what it is, and asks for a person who has just proved who they are.
    let seen = world.auditor().read(&format!("/v1/audit/views?subject_id={}", person.account));
    assert_eq!((&seen["items"][0]["kind"], &seen["items"][0]["actor_id"]), (&json!("export"), &json!(person.account)));
    let token = personal_token(&person, &json!({ "scopes": ["applicant"] }))["token"].as_str().unwrap().to_owned();
    let mut program = person.clone();
    program.token = Some(token);
    program.get(PATH).send().problem(403, "person_required");
    world.anybody().get(PATH).send().problem(401, "unauthenticated");
    world.wait_seconds(660);
    person.get(PATH).send().problem(403, "step_up_required");
    person.post("/v1/sessions/current/proof").json(&json!({ "password": PASSWORD })).send().expect(200);
    person.get(PATH).send().expect(200);
    assert_eq!(world.sign_in("office").get(PATH).send().expect(200)["records"]["applications"], json!([]));
}

on_both!(every_table_is_in_the_personal_data_inventory);
async fn every_table_is_in_the_personal_data_inventory(database: Database) {
    let columns = database
        .open()
        .read(|conn| {
            let tables = match conn {
                Conn::Sqlite(_) => "SELECT name AS row FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                Conn::Pg(_) => "SELECT table_name AS row FROM information_schema.tables WHERE table_schema = 'public'",
            };
            let tables = raw::load(conn, tables, &[])?;
            tables.into_iter().map(|table| Ok((raw::columns(conn, &table)?, table))).collect::<Result<Vec<_>, Error>>()
        })
        .await
        .unwrap();
    let tables: BTreeSet<&str> =
        columns.iter().map(|(_, table)| table.as_str()).filter(|table| *table != "__diesel_schema_migrations").collect();
    let listed: Vec<&str> =
        PERSONAL_TABLES.iter().map(|about| about.table).chain(OTHER_TABLES.iter().map(|(table, _)| *table)).collect();
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), tables);
    assert_eq!(listed.len(), tables.len(), "each once");
    for about in PERSONAL_TABLES {
        let (columns, _) = columns.iter().find(|(_, table)| table == about.table).unwrap();
        let known = |column: &&str| columns.iter().any(|(name, _)| name == column);
        let blanked = if let Erasure::Blanked(blanked) = about.erasure { blanked } else { &[] };
        let named: Vec<&str> = about.hidden.iter().copied().chain(blanked.iter().map(|(column, _)| *column)).collect();
        assert!(named.iter().all(known), "{}: {named:?}", about.table);
        // What is sealed or digested is the server's.
        let secret = |name: &str| name.ends_with("_sealed") || name.ends_with("_index") || name.ends_with("_hash");
        let shown = columns.iter().find(|(name, _)| secret(name) && !about.hidden.contains(&name.as_str()));
        assert!(shown.is_none(), "{}: {shown:?}", about.table);
    }
}
