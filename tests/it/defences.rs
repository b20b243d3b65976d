//! Defences: who has to, when and where, how they end.

use serde_json::json;

use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::stages::{accepted, pay, receive_originals};
use crate::support::world::World;

// clauses: 4.5
on_both!(associate_senior_defends_and_intermediate_does_not);
async fn associate_senior_defends_and_intermediate_does_not(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let senior = accepted(&world, &cast, "applicant_a", 1, "associate_senior").await;
    let other = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    // Offered is what is possible: nothing of a defence where the level has none.
    let offered = |path: &str| {
        let seen = cast.office.read(path);
        seen["allowed_actions"].as_array().unwrap().iter().any(|action| action == "record_defence")
    };
    assert_eq!((offered(&senior.path), offered(&other.path)), (true, false));
    let body = json!({ "at": "2024-09-20T10:00:00+08:00", "place": "3楼会议室" });
    let defence = |path: &str| format!("{path}/defence");

    assert_eq!(other.person.read(&defence(&other.path))["state"], "not_required");
    cast.office.act("PUT", &other.path, &defence(&other.path), &body).problem(409, "defence_not_required");
    let outcome = format!("{}/outcome", defence(&senior.path));
    let score = json!({ "score": 85, "note": "回答清楚" });
    assert_eq!(senior.person.read(&defence(&senior.path))["state"], "open");
    cast.office.act("PUT", &senior.path, &outcome, &score).problem(409, "defence_missing");
    let past = json!({ "at": "2024-08-05T08:00:00+08:00", "place": "3楼会议室" });
    assert_eq!(
        cast.office.act("PUT", &senior.path, &defence(&senior.path), &past).problem(422, "invalid_field")["errors"][0]["pointer"],
        "#/at"
    );
    cast.office.act("PUT", &senior.path, &defence(&senior.path), &body).expect(200);
    cast.office.put(&defence(&senior.path)).if_match(1).json(&body).send().problem(412, "stale_version");
    let moved = json!({ "at": "2024-09-21T10:00:00+08:00", "place": "5楼会议室" });
    cast.office.act("PUT", &senior.path, &defence(&senior.path), &moved).expect(200);

    // The applicant sees time and place, and is told.
    let seen = senior.person.read(&defence(&senior.path));
    assert_eq!((&seen["at"], &seen["place"]), (&moved["at"], &moved["place"]));
    assert_eq!(senior.person.read("/v1/notices")["items"][0]["kind"], "defence.schedule");
    senior.person.put(&defence(&senior.path)).header("if-match", "*").json(&body).send().problem(403, "forbidden");
    other.person.get(&defence(&senior.path)).send().problem(404, "not_found");

    // Everything but the defence is there: not ready.
    pay(&world, &cast, &senior.order, "BANK-0001", 60_000).expect(201);
    receive_originals(&cast, &senior.path);
    assert_eq!(senior.person.read(&senior.path)["stage"], "accepted");
    world.travel("2024-09-21T09:59:59+08:00");
    cast.office.act("PUT", &senior.path, &outcome, &score).problem(409, "defence_missing");
    world.travel("2024-09-21T10:30:00+08:00");
    let too_much = json!({ "score": 101 });
    cast.office.act("PUT", &senior.path, &outcome, &too_much).problem(422, "invalid_body");
    let recorded = cast.office.act("PUT", &senior.path, &outcome, &score).expect(200);
    assert_eq!((&recorded["state"], &recorded["score"]), (&json!("held"), &json!(85)));
    assert_eq!(senior.person.read(&senior.path)["stage"], "ready");
    cast.office.act("PUT", &senior.path, &outcome, &score).problem(409, "stage_conflict");

    // The score is the committee's.
    let seen = senior.person.read(&defence(&senior.path));
    assert_eq!((&seen["state"], &seen["score"], &seen["note"]), (&json!("held"), &json!(null), &json!(null)));
    assert_eq!(cast.supervisor.read(&defence(&senior.path))["score"], 85);
}

// clauses: 4.5
on_both!(an_exemption_names_a_ground_of_the_cycle_and_its_approver);
async fn an_exemption_names_a_ground_of_the_cycle_and_its_approver(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "associate_senior").await;
    let path = format!("{}/defence/exemption", one.path);
    let unknown = cast.office.act("PUT", &one.path, &path, &json!({ "ground": "talent", "approver": "地区职改办" }));
    let unknown = unknown.problem(422, "invalid_field");
    assert_eq!((&unknown["errors"][0]["pointer"], &unknown["errors"][0]["clause"]), (&json!("#/ground"), &json!("4.5")));
    cast.office.act("PUT", &one.path, &path, &json!({ "ground": "document_13" })).problem(422, "invalid_field");
    let body = json!({ "ground": "document_13", "approver": "地区职改办", "note": "第三条" });
    let exempted = cast.office.act("PUT", &one.path, &path, &body).expect(200);
    assert_eq!((&exempted["state"], &exempted["approver"]), (&json!("exempted"), &json!("地区职改办")));
    cast.office.act("PUT", &one.path, &path, &body).problem(409, "already_exists");
    let schedule = json!({ "at": "2024-09-20T10:00:00+08:00", "place": "3楼会议室" });
    cast.office.act("PUT", &one.path, &format!("{}/defence", one.path), &schedule).problem(409, "already_exists");

    receive_originals(&cast, &one.path);
    let seen = cast.office.read(&one.path);
    let allowed = seen["allowed_actions"].as_array().unwrap();
    assert!(!allowed.contains(&json!("record_defence")) && !allowed.contains(&json!("receive_original")), "{seen}");
    assert_eq!(one.person.read(&one.path)["stage"], "accepted");
    pay(&world, &cast, &one.order, "BANK-0001", 60_000).expect(201);
    assert_eq!(one.person.read(&one.path)["stage"], "ready");
    let report = one.person.read(&format!("{}/checks", one.path));
    let rule = report["items"].as_array().unwrap().iter().find(|rule| rule["clause"] == "4.5").unwrap().clone();
    assert_eq!(rule["verdict"], "waived", "{rule}");
}
