//! Fraud decisions, bars, delays, disciplinary sanctions.

mod after_the_end;

use serde_json::{Value, json};

use crate::meetings::{id_of, ready};
use crate::support::cast::{Cast, applicant};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

/// The first cycle as the cycle of another year.
pub fn load_cycle_of(world: &World, cast: &Cast, year: u16) -> String {
    let id = format!("aksu-{year}");
    let text = include_str!("../../../cycles/aksu-2024.toml").replacen(
        "id = \"aksu-2024\"\nyear = 2024",
        &format!("id = \"{id}\"\nyear = {year}"),
        1,
    );
    let loaded = cast.admin.post("/v1/cycles").key(&world.key()).json(&json!({ "definition": text })).send().expect(201);
    let committee = format!("/v1/cycles/{id}/committee");
    cast.admin.act("PUT", &committee, &committee, &json!({ "committee_id": cast.committee })).expect(200);
    cast.admin.post(&format!("/v1/cycles/{id}/publication")).json(&json!({ "version": loaded["version"] })).send().expect(200);
    id
}

fn apply_for(world: &World, cast: &Cast, person: &Actor, cycle: &str) -> Reply {
    let body = json!({
        "cycle_id": cycle, "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": cast.institution,
    });
    person.post("/v1/applications").key(&world.key()).json(&body).send()
}

fn decide_fraud(cast: &Cast, path: &str) -> Reply {
    let body = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.act("POST", path, &format!("{path}/fraud-decisions"), &body)
}

fn sanction(world: &World, cast: &Cast, body: &Value) -> Reply {
    cast.office.post("/v1/sanctions").key(&world.key()).json(body).send()
}

// clauses: A3, 5.1
on_both!(fraud_bars_the_next_three_years);
async fn fraud_bars_the_next_three_years(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    cast.institution_clerk
        .act("POST", &path, &format!("{path}/fraud-decisions"), &json!({ "finding": "x", "reason": "y" }))
        .problem(403, "forbidden");

    let decided = decide_fraud(&cast, &path).expect(201);
    assert_eq!(decided["stage"], "disqualified");
    let ban = &decided["sanctions"][0];
    assert_eq!(
        (&ban["kind"], &ban["first_year"], &ban["last_year"], &ban["application_id"]),
        (&json!("fraud_ban"), &json!(2025), &json!(2027), &json!(id_of(&path)))
    );
    decide_fraud(&cast, &path).problem(409, "fraud_decided");
    let listed = cast.supervisor.read(&format!("/v1/sanctions?account_id={}", person.account));
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    person.get("/v1/sanctions").send().problem(403, "forbidden");

    for year in [2025, 2026, 2027] {
        let cycle = load_cycle_of(&world, &cast, year);
        let refused = apply_for(&world, &cast, &person, &cycle).problem(409, "barred");
        let finding = &refused["errors"][0];
        assert_eq!(finding["clause"], "A3");
        assert!(finding["detail"].as_str().unwrap().contains("2027"), "{finding}");
    }
    let cycle = load_cycle_of(&world, &cast, 2028);
    apply_for(&world, &cast, &person, &cycle).expect(201);
    let other = applicant(&world, "applicant_2", 2);
    apply_for(&world, &cast, &other, "aksu-2025").expect(201);
}

// clauses: 1.1d, 1.1c
on_both!(recorded_bar_or_sanction_blocks_an_application);
async fn recorded_bar_or_sanction_blocks_an_application(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_1", 1);
    let account = person.account.as_str();
    let rule = |path: &str, rule: &str| {
        let report = person.read(&format!("{path}/checks"));
        let found =
            report["items"].as_array().unwrap().iter().find(|item| item["rule"] == rule && item["verdict"] == "unmet").cloned();
        found.map(|item| item["clause"].as_str().unwrap().to_owned())
    };

    sanction(&world, &cast, &json!({ "kind": "fraud_ban", "account_id": account, "ground": "A3", "reason": "x", "first_year": 2024, "last_year": 2024 }))
        .problem(422, "invalid_field");
    sanction(
        &world,
        &cast,
        &json!({ "kind": "bar", "ground": "条件第三条", "reason": "x", "first_year": 2024, "last_year": 2024 }),
    )
    .problem(422, "invalid_field");
    // Over already: nothing stands in the way of a draft.
    let over = json!({ "kind": "delay", "account_id": account, "ground": "条件第三条", "reason": "延迟一年", "from_day": "2023-08-01", "until_day": "2024-08-19" });
    sanction(&world, &cast, &over).expect(201);
    let made = apply_for(&world, &cast, &person, "aksu-2024").expect(201);
    let path = format!("/v1/applications/{}", made["id"].as_str().unwrap());
    assert_eq!((rule(&path, "recorded_bar"), rule(&path, "sanctioned")), (None, None));

    // 1.1c: a demerit in its period, a warning does not matter.
    let disciplinary = |ground: &str| json!({ "kind": "disciplinary", "account_id": account, "ground": ground, "reason": "x", "from_day": "2024-03-01", "until_day": "2025-08-31" });
    sanction(&world, &cast, &disciplinary("warning")).expect(201);
    assert_eq!(rule(&path, "sanctioned"), None);
    sanction(&world, &cast, &disciplinary("demerit")).expect(201);
    assert_eq!(rule(&path, "sanctioned").as_deref(), Some("1.1c"));

    // 1.1d: a bar over the cycle's year, recorded after the draft was filed.
    sanction(&world, &cast, &json!({ "kind": "bar", "account_id": account, "ground": "条件第三条", "reason": "不得申报", "first_year": 2024, "last_year": 2025 })).expect(201);
    assert_eq!(rule(&path, "recorded_bar").as_deref(), Some("1.1d"));
    let cycle = load_cycle_of(&world, &cast, 2025);
    let refused = apply_for(&world, &cast, &person, &cycle).problem(409, "barred");
    assert_eq!(refused["errors"][0]["clause"], "1.1d");
}

// clauses: A3
on_both!(disqualification_without_ground_is_refused);
async fn disqualification_without_ground_is_refused(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (_, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let disqualify = || cast.office.act("POST", &path, &format!("{path}/disqualification"), &json!({ "reason": "异议成立" }));
    disqualify().problem(409, "ground_missing");
}
