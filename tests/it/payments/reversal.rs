//! Taking a booking back: until a meeting stands on it, with the window that the order had.

use serde_json::{Value, json};

use super::{book, races};
use crate::meetings::{add, meeting};
use crate::support::cast::{Cast, staff};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::stages::{Accepted, accepted, pay, payment, to_ready};
use crate::support::world::{Actor, Reply, World};

fn reverse(finance: &Actor, one: &Accepted) -> Reply {
    let reason = json!({ "reason": "误记到同名申报人的订单" });
    finance.act("POST", &one.order, &format!("{}/payment-reversal", one.order), &reason)
}

fn actions(one: &Accepted) -> Vec<String> {
    let history = one.person.read(&format!("{}/history", one.path));
    history["items"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap().to_owned()).collect()
}

// clauses: 4.6, 2.3
on_both!(wrong_booking_is_taken_back_and_its_reference_pays_the_right_order);
async fn wrong_booking_is_taken_back_and_its_reference_pays_the_right_order(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let wrong = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let right = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    assert_eq!(reverse(&cast.finance, &wrong).problem(409, "order_not_paid")["clause"], "4.6");
    to_ready(&world, &cast, &wrong, "BANK-0001");
    // Another clerk of the bureau sees the slip.
    let bureau = cast.finance.read("/v1/me")["memberships"][0]["organisation_id"].as_str().unwrap().to_owned();
    let colleague = staff(&world, &cast.admin, "colleague", "finance", &bureau);
    for nobody in [&wrong.person, &cast.office, &cast.supervisor] {
        let reason = json!({ "reason": "误记" });
        let path = format!("{}/payment-reversal", wrong.order);
        nobody.post(&path).header("if-match", "*").json(&reason).send().problem(403, "forbidden");
    }
    let order = reverse(&colleague, &wrong).expect(200);
    assert_eq!((&order["state"], &order["payments"].as_array().unwrap().len()), (&json!("open"), &1));
    assert_eq!(order["payments"][0]["reversed_by"], colleague.account.as_str());
    assert!(order["payments"][0]["reversed_at"].is_string());
    wrong.person.get(&format!("{}/receipt", wrong.order)).send().problem(404, "not_found");
    let application = wrong.person.read(&wrong.path);
    assert_eq!(application["stage"], "accepted");
    assert_eq!(wrong.person.read("/v1/applications")["items"][0]["lapse_at"], "2024-09-25T00:00:00+08:00");
    assert_eq!(wrong.person.read("/v1/notices")["items"][0]["kind"], "application.reverse_payment");
    let history = wrong.person.read(&format!("{}/history", wrong.path));
    let last = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["action"], &last["opinion"], &last["clause"]),
        (&json!("reverse_payment"), &json!("误记到同名申报人的订单"), &json!("4.6"))
    );
    reverse(&colleague, &wrong).problem(409, "order_not_paid");

    // The money pays the order that it is for.
    pay(&world, &cast, &right.order, "BANK-0001", 40_000).expect(201);
    pay(&world, &cast, &wrong.order, "BANK-0001", 40_000).problem(409, "reference_used");
    // The originals are in: with the right payment the other one is ready again, under a receipt of its own.
    pay(&world, &cast, &wrong.order, "BANK-0002", 40_000).expect(201);
    assert_eq!(wrong.person.read(&wrong.path)["stage"], "ready");
    let receipt = wrong.person.read(&format!("{}/receipt", wrong.order));
    assert_eq!((&receipt["receipt_number"], &receipt["reference"]), (&json!("aksu-2024-000003"), &json!("BANK-0002")));
    let acts = cast.supervisor.read(&format!("/v1/audit?object_id={}", order["id"].as_str().unwrap()));
    let acts: Vec<&Value> = acts["items"].as_array().unwrap().iter().map(|act| &act["action"]).collect();
    for act in ["order.open", "order.confirm", "order.reverse"] {
        assert!(acts.contains(&&json!(act)), "{act}: {acts:?}");
    }
    assert_eq!(actions(&wrong).iter().filter(|action| *action == "confirm_payment").count(), 2);
}

// clauses: 2.3, 4.6
on_both!(order_whose_booking_is_taken_back_lapses_by_the_window_that_it_had);
async fn order_whose_booking_is_taken_back_lapses_by_the_window_that_it_had(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let in_time = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let late = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    for (one, reference) in [(&in_time, "BANK-0001"), (&late, "BANK-0002")] {
        book(&world, &cast, &one.order, reference, "2024-08-05").expect(201);
    }
    world.travel("2024-09-24T09:00:00+08:00");
    reverse(&cast.finance, &in_time).expect(200);
    // The statements are not closed: money of the window is still booked.
    book(&world, &cast, &in_time.order, "BANK-0003", "2024-09-15").expect(201);
    world.travel("2024-09-26T09:00:00+08:00");
    reverse(&cast.finance, &late).expect(200);
    let reached: Vec<Value> = [&in_time, &late].map(|one| one.person.read(&one.path)["stage"].clone()).into();
    assert_eq!(reached, [json!("accepted"), json!("lapsed")]);
    assert_eq!(late.person.read(&late.order)["state"], "closed");
    let mut states = races::states(&world).await;
    states.sort();
    assert_eq!(states, [("closed".to_owned(), "lapsed".to_owned()), ("paid".to_owned(), "accepted".to_owned())]);
}

// clauses: 4.6, 2.4
on_both!(booking_on_which_a_meeting_stands_is_not_taken_back);
async fn booking_on_which_a_meeting_stands_is_not_taken_back(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "associate_senior").await;
    to_ready(&world, &cast, &one, "BANK-0001");
    let review = meeting(&world, &cast);
    add(&cast, &review, &[&one.path]).expect(200);
    let refused = reverse(&cast.finance, &one).problem(409, "stage_conflict");
    assert_eq!(refused["state"], "in_meeting");
    assert_eq!(one.person.read(&one.order)["state"], "paid");
}

// clauses: 4.6, A3
on_both!(wrong_booking_on_what_has_ended_is_taken_back_and_nothing_moves);
async fn wrong_booking_on_what_has_ended_is_taken_back_and_nothing_moves(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let withdrawn = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let disqualified = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    let right = accepted(&world, &cast, "applicant_c", 3, "intermediate").await;
    let other = accepted(&world, &cast, "applicant_d", 4, "intermediate").await;
    pay(&world, &cast, &withdrawn.order, "BANK-0001", 40_000).expect(201);
    // Money of nobody who was known, booked on the wrong order.
    let mut money = payment(&world, "BANK-0002", 40_000);
    money["cycle_id"] = json!("aksu-2024");
    let held = cast.finance.post("/v1/held-money").key(&world.key()).json(&money).send().expect(201);
    let held = format!("/v1/held-money/{}", held["id"].as_str().unwrap());
    let order = json!({ "order_id": disqualified.order.rsplit('/').next() });
    cast.finance.post(&format!("{held}/booking")).if_match(1).key(&world.key()).json(&order).send().expect(200);

    withdrawn.person.act("POST", &withdrawn.path, &format!("{}/withdrawal", withdrawn.path), &json!({})).expect(200);
    let fraud = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.act("POST", &disqualified.path, &format!("{}/fraud-decisions", disqualified.path), &fraud).expect(201);
    pay(&world, &cast, &right.order, "BANK-0001", 40_000).problem(409, "reference_used");

    let reason = json!({ "reason": "误记" });
    let reversal = format!("{}/payment-reversal", withdrawn.order);
    cast.office.post(&reversal).header("if-match", "*").json(&reason).send().problem(403, "forbidden");
    cast.finance.post(&reversal).if_match(1).json(&reason).send().problem(412, "stale_version");
    for (one, stage) in [(&withdrawn, "withdrawn"), (&disqualified, "disqualified")] {
        let order = reverse(&cast.finance, one).expect(200);
        assert_eq!((&order["state"], order["payments"][0]["reversed_at"].is_string()), (&json!("closed"), true));
        assert_eq!(one.person.read(&one.path)["stage"], stage);
        assert_eq!(actions(one).last().map(String::as_str), Some("reverse_payment"));
        assert_eq!(one.person.read("/v1/notices")["items"][0]["kind"], "application.reverse_payment");
        one.person.get(&format!("{}/receipt", one.order)).send().problem(404, "not_found");
        reverse(&cast.finance, one).problem(409, "order_not_paid");
    }
    // The money is free for the right order, what was held is held again.
    pay(&world, &cast, &right.order, "BANK-0001", 40_000).expect(201);
    let again = cast.finance.read(&held);
    assert_eq!((&again["state"], &again["order_id"]), (&json!("held"), &Value::Null));
    let order = json!({ "order_id": other.order.rsplit('/').next() });
    let version = again["version"].as_i64().unwrap();
    cast.finance.post(&format!("{held}/booking")).if_match(version).key(&world.key()).json(&order).send().expect(200);
    pay(&world, &cast, &withdrawn.order, "BANK-0003", 40_000).problem(409, "stage_conflict");
    assert_eq!(cast.supervisor.read("/v1/audit/verification")["intact"], true);
}
