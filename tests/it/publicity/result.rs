//! The notice of a result (2.4, R7).

use diesel::prelude::*;
use serde_json::json;
use title_review::db::Error;

use super::{find, object, put_up};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::World;

/// Makes the notices about an application that was publicised those of its result.
async fn as_result(world: &World, application: &str) {
    let id = application.rsplit('/').next().unwrap().to_owned();
    world
        .app
        .db
        .write(move |conn| {
            for statement in [
                format!("UPDATE publicities SET kind = 'result', step = NULL WHERE application_id = '{id}'"),
                format!("UPDATE applications SET stage = 'publicised', step = NULL, turn = NULL, lapse_at = NULL, version = version + 1 WHERE id = '{id}'"),
            ] {
                diesel::sql_query(statement).execute(conn)?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
}

// clauses: 2.4, R7
on_both!(employers_confirm_their_own_posting_of_a_result);
async fn employers_confirm_their_own_posting_of_a_result(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    let id = notice["id"].as_str().unwrap();
    let (one, posting) = (format!("{path}/publicities/{id}"), format!("/v1/publicities/{id}/posting"));
    let days = json!({ "from_date": "2024-07-29", "to_date": "2024-08-02", "place": "单位公示栏" });
    clerk.act("PUT", &one, &posting, &days).problem(409, "conflict");

    as_result(&world, &path).await;
    clerk
        .act("PUT", &one, &posting, &json!({ "from_date": "2024-07-29", "to_date": "2024-08-01" }))
        .problem(422, "publicity_too_short");
    clerk.act("PUT", &one, &posting, &json!({ "from_date": "2024-07-30", "to_date": "2024-08-05" })).problem(422, "invalid_body");
    let before = json!({ "from_date": "2024-07-22", "to_date": "2024-07-26" });
    let refused = clerk.act("PUT", &one, &posting, &before).problem(422, "invalid_body");
    assert_eq!(refused["errors"][0]["clause"], "R7", "{refused}");
    clerk.put(&posting).json(&days).send().problem(428, "precondition_required");
    clerk.put(&posting).if_match(7).json(&days).send().problem(412, "stale_version");
    cast.enterprise_clerk.put(&posting).if_match(1).json(&days).send().problem(404, "not_found");
    cast.office.put(&posting).if_match(1).json(&days).send().problem(403, "forbidden");
    assert!(person.read(&one)["posting"].is_null());
    let confirmed = clerk.act("PUT", &one, &posting, &days).expect(200);
    assert_eq!((&confirmed["posting"]["to_date"], &confirmed["version"]), (&json!("2024-08-02"), &json!(2)));
    assert_eq!(cast.office.read(&one)["posting"]["place"], "单位公示栏");
    let public = world.anybody().read("/v1/publicities?kind=result");
    assert_eq!(public["items"][0]["level_title"], "工程师");
}

// clauses: R7
on_both!(objections_to_a_result_are_decided_by_the_office);
async fn objections_to_a_result_are_decided_by_the_office(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    as_result(&world, &path).await;
    object(&world, &notice, &json!({ "text": "异议", "contact": "CANARY-CONTACT" })).expect(201);

    // The employer learns nothing of who objects to a result.
    let list = format!("{path}/objections");
    assert_eq!(clerk.read(&list)["items"], json!([]));
    let shown = &cast.office.read(&list)["items"][0];
    assert_eq!(shown["contact"], "CANARY-CONTACT");
    let objection = shown["id"].as_str().unwrap();
    find(&world, clerk, objection, "rejected").problem(404, "not_found");

    let reasons = || {
        let seen = cast.office.read(&path);
        let blocked = seen["blocked_actions"].as_array().unwrap().clone();
        let confirm = blocked.into_iter().find(|action| action["action"] == "confirm");
        let reasons = confirm.map_or_else(Vec::new, |action| action["reasons"].as_array().unwrap().clone());
        reasons.into_iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(reasons(), ["publicity_incomplete", "objection_open"]);
    world.travel("2024-08-03T00:00:00+08:00");
    assert_eq!(reasons(), ["objection_open"]);
    find(&world, &cast.office, objection, "rejected").expect(200);
    assert_eq!(reasons(), [] as [&str; 0]);
}
