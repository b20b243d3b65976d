//! Receipt of originals.

use serde_json::json;

use crate::meetings::{add, meeting};
use crate::support::cast::{Cast, applicant};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::stages::{accepted, pay, receive_originals, to_ready};
use crate::support::world::World;

// clauses: 4.4a
on_both!(each_original_is_received_once);
async fn each_original_is_received_once(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let list = format!("{}/originals", one.path);
    let before = one.person.read(&list);
    let asked = json!(["review_form", "employer_publicity", "employer_publicity_result", "recommendation", "commitment"]);
    assert_eq!((&before["missing"], &before["complete"]), (&asked, &json!(false)));
    let put = |item: &str, copies: i64| cast.office.act("PUT", &one.path, &format!("{list}/{item}"), &json!({ "copies": copies }));

    let unknown = put("diary", 1).problem(422, "unknown_original");
    assert_eq!((&unknown["clause"], &unknown["errors"][0]["parameter"]), (&json!("4.4a"), &json!("item")));
    assert_eq!(put("review_form", 1).problem(422, "invalid_field")["errors"][0]["pointer"], "#/copies");
    put("review_form", 0).problem(422, "invalid_body");
    assert_eq!(one.person.read(&list), before);

    let after = put("review_form", 2).expect(200);
    let received = &after["items"][0]["received"];
    assert_eq!((&received["copies"], &received["at"]), (&json!(2), &json!("2024-08-05T09:00:00+08:00")));
    assert_eq!(received["received_by"], cast.office.account.as_str());
    assert_eq!(after["missing"].as_array().unwrap().len(), 4);
    put("review_form", 2).problem(409, "already_exists");
    let path = format!("{list}/commitment");
    let body = json!({ "copies": 1 });
    cast.office.put(&path).if_match(1).json(&body).send().problem(412, "stale_version");
    cast.office.put(&path).json(&body).send().problem(428, "precondition_required");
    one.person.put(&path).header("if-match", "*").json(&body).send().problem(403, "forbidden");
    applicant(&world, "applicant_b", 2).get(&list).send().problem(404, "not_found");
    let history = one.person.read(&format!("{}/history", one.path));
    let step = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&step["action"], &step["detail"]["note"]), (&json!("receive_original"), &json!("review_form")));
}

// clauses: 4.4a
on_both!(the_last_original_makes_a_paid_application_ready);
async fn the_last_original_makes_a_paid_application_ready(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let paid = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let unpaid = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    pay(&world, &cast, &paid.order, "BANK-0001", 40_000).expect(201);
    for one in [&paid, &unpaid] {
        assert_eq!(one.person.read(&one.path)["stage"], "accepted");
        receive_originals(&cast, &one.path);
        assert_eq!(one.person.read(&format!("{}/originals", one.path))["complete"], true);
    }
    assert_eq!(paid.person.read(&paid.path)["stage"], "ready");
    assert_eq!(unpaid.person.read(&unpaid.path)["stage"], "accepted");
    pay(&world, &cast, &unpaid.order, "BANK-0002", 40_000).expect(201);
    assert_eq!(unpaid.person.read(&unpaid.path)["stage"], "ready");
}

// clauses: 4.4a
on_both!(originals_are_received_only_after_formal_review);
async fn originals_are_received_only_after_formal_review(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    one.person.act("POST", &one.path, &format!("{}/withdrawal", one.path), &json!({})).expect(200);
    let path = format!("{}/originals/commitment", one.path);
    cast.office.act("PUT", &one.path, &path, &json!({ "copies": 1 })).problem(409, "stage_conflict");
    assert_eq!(one.person.read(&format!("{}/originals", one.path))["missing"].as_array().unwrap().len(), 5);
}

// clauses: 4.4a, 4.1a
on_both!(receipt_recorded_by_mistake_is_taken_back_until_a_meeting_stands_on_it);
async fn receipt_recorded_by_mistake_is_taken_back_until_a_meeting_stands_on_it(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let list = format!("{}/originals", one.path);
    let path = |item: &str| format!("{list}/{item}/receipt-reversal");
    let body = json!({ "reason": "误登记为他人的原件" });
    let reverse = |item: &str| cast.office.act("POST", &one.path, &path(item), &body);
    let allows = || cast.office.read(&one.path)["allowed_actions"].as_array().unwrap().contains(&json!("reverse_receipt"));
    assert!(!allows(), "offered is possible");
    assert_eq!(reverse("commitment").problem(409, "original_not_received")["clause"], "4.4a");
    to_ready(&world, &cast, &one, "BANK-0001");
    assert!(allows());
    assert_eq!(reverse("diary").problem(422, "unknown_original")["errors"][0]["parameter"], "item");
    for nobody in [&one.person, &cast.finance, &cast.supervisor, &cast.institution_clerk] {
        nobody.post(&path("commitment")).header("if-match", "*").json(&body).send().problem(403, "forbidden");
    }
    cast.office.post(&path("commitment")).json(&body).send().problem(428, "precondition_required");
    cast.office.post(&path("commitment")).if_match(1).json(&body).send().problem(412, "stale_version");
    cast.office.act("POST", &one.path, &path("commitment"), &json!({ "reason": "一\n二" })).problem(422, "invalid_body");
    assert_eq!(one.person.read(&one.path)["stage"], "ready");

    let after = reverse("commitment").expect(200);
    assert_eq!((&after["missing"], &after["complete"]), (&json!(["commitment"]), &json!(false)));
    assert_eq!(one.person.read(&one.path)["stage"], "accepted");
    assert_eq!(one.person.read("/v1/notices")["items"][0]["kind"], "application.reverse_receipt");
    let history = one.person.read(&format!("{}/history", one.path));
    let step = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&step["action"], &step["detail"]["note"], &step["opinion"]),
        (&json!("reverse_receipt"), &json!("commitment"), &json!("误登记为他人的原件"))
    );
    let id = one.path.rsplit('/').next().unwrap();
    let acts = cast.supervisor.read(&format!("/v1/audit?object_id={id}"));
    let act = acts["items"].as_array().unwrap().iter().find(|act| act["action"] == "original.reverse").expect("on record");
    assert_eq!((&act["detail"]["item"], &act["detail"]["copies"]), (&json!("commitment"), &json!(1)));
    reverse("commitment").problem(409, "original_not_received");

    // Nothing runs out meanwhile: it is paid. With the right paper it is ready again.
    world.travel("2024-09-26T09:00:00+08:00");
    assert_eq!(one.person.read(&one.path)["stage"], "accepted");
    receive_originals(&cast, &one.path);
    assert_eq!(one.person.read(&one.path)["stage"], "ready");
    let review = meeting(&world, &cast);
    add(&cast, &review, &[&one.path]).expect(200);
    assert_eq!(reverse("commitment").problem(409, "stage_conflict")["state"], "in_meeting");
    assert_eq!(one.person.read(&list)["complete"], true);
    assert_eq!(cast.supervisor.read("/v1/audit/verification")["intact"], true);
}
