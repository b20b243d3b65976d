//! Orders: opened on acceptance, confirmed once, closed unpaid; who sees what; receipts.

pub mod held;
mod races;
mod reversal;

use serde_json::{Value, json};

use crate::support::cast::{Cast, applicant, credit_code, staff};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::stages::{accepted, accepted_through_the_chain, pay, payment, receive_originals, to_ready};
use crate::support::world::{Reply, World};

// clauses: 4.6
on_both!(fee_depends_on_the_level);
async fn fee_depends_on_the_level(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    for (number, level, fen) in
        [(1, "associate_senior", 60_000), (2, "intermediate", 40_000), (3, "assistant", 20_000), (4, "entry", 20_000)]
    {
        let one = accepted(&world, &cast, &format!("applicant_{number}"), number, level).await;
        let order = one.person.read(&one.order);
        assert_eq!(order["amount"], json!({ "amount_minor": fen, "currency": "CNY" }), "{level}");
        assert_eq!((&order["state"], &order["payments"]), (&json!("open"), &json!([])));
        assert_eq!(order["pay_before"], "2024-09-16T00:00:00+08:00");
        assert_eq!(one.person.read(&one.path)["stage"], "accepted");
    }
}

// clauses: 4.6, 4.4a, 4.5
on_both!(an_application_becomes_ready_through_the_api_alone);
async fn an_application_becomes_ready_through_the_api_alone(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted_through_the_chain(&world, &cast, "applicant_a", 1);
    assert_eq!(one.person.read(&one.order)["amount"]["amount_minor"], 40_000);
    assert_eq!(one.person.read("/v1/applications")["items"][0]["lapse_at"], "2024-09-25T00:00:00+08:00");
    to_ready(&world, &cast, &one, "BANK-0001");
    let senior = accepted(&world, &cast, "applicant_b", 2, "associate_senior").await;
    to_ready(&world, &cast, &senior, "BANK-0002");
}

// clauses: 4.6, 4.4a
on_both!(a_payment_is_confirmed_and_has_a_receipt);
async fn a_payment_is_confirmed_and_has_a_receipt(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let receipt = format!("{}/receipt", one.order);
    one.person.get(&receipt).send().problem(404, "not_found");

    let (key, payments) = (world.key(), format!("{}/payments", one.order));
    let body = payment(&world, "BANK-0001", 40_000);
    let send = || cast.finance.post(&payments).if_match(1).key(&key).json(&body).send();
    let paid = send().expect(201);
    assert_eq!(paid["state"], "paid");
    assert_eq!(paid["payments"][0]["amount_minor"], 40_000);
    assert_eq!(paid["payments"][0]["received_by"], cast.finance.account.as_str());
    // The same request again gets the same answer, another one is refused.
    let again = send();
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(201), paid);
    pay(&world, &cast, &one.order, "BANK-0002", 40_000).problem(409, "order_paid");
    cast.finance.post(&payments).if_match(1).key(&world.key()).json(&body).send().problem(412, "stale_version");

    let shown = one.person.read(&receipt);
    assert_eq!(shown["receipt_number"], "aksu-2024-000001");
    assert_eq!((&shown["amount_in_words"], &shown["method_name"]), (&json!("肆佰元整"), &json!("银行缴费")));
    assert_eq!((&shown["payer"], &shown["paid_on"]), (&json!("申报人"), &json!("2024-08-05")));
    assert_eq!(shown["payee"], "阿克苏地区自然资源局");

    // Paid, it does not lapse any more, and waits for its originals.
    let application = one.person.read("/v1/applications")["items"][0].clone();
    assert_eq!((&application["stage"], application.get("lapse_at")), (&json!("accepted"), Some(&json!(null))));
    receive_originals(&cast, &one.path);
    assert_eq!(one.person.read(&one.path)["stage"], "ready");
}

// clauses: 4.6
on_both!(invalid_payment_writes_nothing);
async fn invalid_payment_writes_nothing(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let other = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    pay(&world, &cast, &other.order, "BANK-0001", 40_000).expect(201);

    let short = pay(&world, &cast, &one.order, "BANK-0002", 39_999).problem(422, "amount_mismatch");
    assert_eq!(short["errors"][0]["pointer"], "#/amount/amount_minor");
    assert_eq!(short["errors"][0]["clause"], "4.6");
    let used = pay(&world, &cast, &one.order, "BANK-0001", 40_000).problem(409, "reference_used");
    assert_eq!(used["errors"][0]["pointer"], "#/reference");
    // A reference is told without regard to case.
    pay(&world, &cast, &one.order, "bank-0001", 40_000).problem(409, "reference_used");
    let path = format!("{}/payments", one.order);
    let with = |field: &str, value: serde_json::Value| {
        let mut body = payment(&world, "BANK-0003", 40_000);
        body[field] = value;
        cast.finance.post(&path).if_match(1).key(&world.key()).json(&body).send()
    };
    let euro = json!({ "amount_minor": 40_000, "currency": "EUR" });
    assert_eq!(with("amount", euro).problem(422, "amount_mismatch")["errors"][0]["pointer"], "#/amount/currency");
    assert_eq!(with("method", json!("cash")).problem(422, "invalid_field")["errors"][0]["pointer"], "#/method");
    for day in ["2024-08-04", "2024-08-06"] {
        assert_eq!(with("paid_on", json!(day)).problem(422, "invalid_field")["errors"][0]["pointer"], "#/paid_on");
    }
    assert_eq!(with("reference", json!("号码 1")).problem(422, "invalid_body")["errors"][0]["pointer"], "#/reference");
    with("colour", json!("red")).problem(422, "unknown_field");
    let body = payment(&world, "BANK-0003", 40_000);
    cast.finance.post(&path).key(&world.key()).json(&body).send().problem(428, "precondition_required");
    cast.finance.post(&path).if_match(1).json(&body).send().problem(428, "idempotency_key_required");
    cast.finance.post(&path).if_match(2).key(&world.key()).json(&body).send().problem(412, "stale_version");

    let order = one.person.read(&one.order);
    assert_eq!((&order["state"], &order["payments"], &order["version"]), (&json!("open"), &json!([]), &json!(1)));
}

on_both!(order_is_hidden_from_other_applicants_and_committees);
async fn order_is_hidden_from_other_applicants_and_committees(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let two = accepted(&world, &cast, "applicant_b", 2, "assistant").await;
    let stranger = applicant(&world, "applicant_c", 3);
    let committee = json!({
        "kind": "committee", "ownership": "none", "name": "另一评审委员会", "region": "652900", "credit_code": credit_code(900),
    });
    let committee = cast.admin.post("/v1/organisations").key(&world.key()).json(&committee).send().expect(201);
    let other_office = staff(&world, &cast.admin, "other_office", "committee_office", committee["id"].as_str().unwrap());

    for reader in [&cast.office, &cast.finance, &cast.supervisor] {
        assert_eq!(reader.read("/v1/orders")["items"].as_array().unwrap().len(), 2, "{}", reader.name);
        reader.get(&one.order).send().expect(200);
    }
    assert_eq!(one.person.read("/v1/orders")["items"].as_array().unwrap().len(), 1);
    for stranger in [&stranger, &other_office, &two.person] {
        stranger.get(&one.order).send().problem(404, "not_found");
        stranger.get(&format!("{}/receipt", one.order)).send().problem(404, "not_found");
    }
    for stranger in [&stranger, &other_office] {
        assert_eq!(stranger.read("/v1/orders")["items"], json!([]));
    }
    cast.institution_clerk.get(&one.order).send().problem(403, "forbidden");
    let body = payment(&world, "BANK-0001", 40_000);
    let path = format!("{}/payments", one.order);
    for nobody in [&one.person, &cast.office, &cast.supervisor] {
        nobody.post(&path).if_match(1).key(&world.key()).json(&body).send().problem(403, "forbidden");
    }

    // Newest first, page by page, each once.
    let first = cast.finance.read("/v1/orders?cycle_id=aksu-2024&limit=1");
    assert_eq!((&first["has_more"], &first["items"][0]["amount"]["amount_minor"]), (&json!(true), &json!(20_000)));
    let next = format!("/v1/orders?cycle_id=aksu-2024&limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = cast.finance.read(&next);
    assert_eq!((&second["has_more"], &second["items"][0]["amount"]["amount_minor"]), (&json!(false), &json!(40_000)));
    pay(&world, &cast, &one.order, "BANK-0001", 40_000).expect(201);
    assert_eq!(cast.finance.read("/v1/orders?state=paid")["items"].as_array().unwrap().len(), 1);
    assert_eq!(cast.finance.read("/v1/orders?cycle_id=tianhe-2024")["items"], json!([]));
    cast.finance
        .get(&format!("/v1/orders?cursor={}", first["next_cursor"].as_str().unwrap()))
        .send()
        .problem(400, "invalid_cursor");
}

// clauses: 2.3
on_both!(unpaid_after_the_window_lapses_by_itself);
async fn unpaid_after_the_window_lapses_by_itself(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let in_time = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let late = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    let idle = accepted(&world, &cast, "applicant_c", 3, "associate_senior").await;

    pay(&world, &cast, &in_time.order, "BANK-0001", 40_000).expect(201);
    // Five working days after the window: 15 to 17 September are holidays.
    world.travel("2024-09-24T23:59:59.999999+08:00");
    assert_eq!(late.person.read(&late.path)["stage"], "accepted");
    world.travel("2024-09-25T00:00:00+08:00");
    // Nothing has run yet: the payment itself is refused, and the lapse is on record.
    let refused = book(&world, &cast, &late.order, "BANK-0002", "2024-09-13").problem(409, "payment_window_closed");
    assert_eq!((&refused["clause"], &refused["state"]), (&json!("2.3"), &json!("lapsed")));
    for unpaid in [&late, &idle] {
        let application = unpaid.person.read(&unpaid.path);
        assert_eq!((&application["stage"], &application["stage_since"]), (&json!("lapsed"), &json!("2024-09-16T00:00:00+08:00")));
        let order = unpaid.person.read(&unpaid.order);
        assert_eq!((&order["state"], &order["payments"]), (&json!("closed"), &json!([])));
        let history = unpaid.person.read(&format!("{}/history", unpaid.path));
        let last = history["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["action"], &last["clause"], &last["actor_id"]), (&json!("lapse"), &json!("2.3"), &json!(null)));
    }
    assert_eq!(in_time.person.read(&in_time.path)["stage"], "accepted");
}

fn book(world: &World, cast: &Cast, order: &str, reference: &str, paid_on: &str) -> Reply {
    let mut body = payment(world, reference, 40_000);
    body["paid_on"] = json!(paid_on);
    cast.finance.post(&format!("{order}/payments")).header("if-match", "*").key(&world.key()).json(&body).send()
}

// clauses: 2.3, 4.6
on_both!(day_of_payment_decides_and_not_that_of_the_booking);
async fn day_of_payment_decides_and_not_that_of_the_booking(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let two = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    let kinds = |deadlines: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        deadlines.as_array().unwrap().iter().map(|one| (text(&one["kind"]), text(&one["instant"]))).collect()
    };
    let told = kinds(&one.person.read(&one.path)["deadlines"]);
    let expected = [("payment_closes", "2024-09-16T00:00:00+08:00"), ("booking_closes", "2024-09-25T00:00:00+08:00")];
    assert_eq!(told, expected.map(|(kind, at)| (kind.to_owned(), at.to_owned())));
    // A transfer of a Sunday that is a holiday, on the statement of the first day on which finance works again.
    world.travel("2024-09-18T09:30:00+08:00");
    let order = one.person.read(&one.order);
    assert_eq!((&order["state"], &order["book_before"]), (&json!("open"), &json!("2024-09-25T00:00:00+08:00")));
    let late = book(&world, &cast, &one.order, "BANK-0001", "2024-09-16").problem(409, "payment_window_closed");
    assert_eq!((&late["clause"], &late["state"]), (&json!("2.3"), &json!("accepted")));
    book(&world, &cast, &one.order, "BANK-0001", "2024-09-15").expect(201);
    world.travel("2024-09-24T23:59:59+08:00");
    book(&world, &cast, &two.order, "BANK-0002", "2024-09-13").expect(201);
    world.travel("2024-09-25T00:00:00+08:00");
    world.run_jobs().await;
    for paid in [&one, &two] {
        assert_eq!(paid.person.read(&paid.path)["stage"], "accepted", "it waits for its originals");
    }
}

// clauses: 2.3
on_both!(job_lapses_unpaid_application_on_time);
async fn job_lapses_unpaid_application_on_time(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    world.travel("2024-09-24T23:59:59.999999+08:00");
    world.run_jobs().await;
    assert_eq!(one.person.read(&one.order)["state"], "open");
    world.travel("2024-09-25T08:00:00+08:00");
    assert!(world.run_jobs().await > 0);
    let states = races::states(&world).await;
    assert_eq!(states, [("closed".to_owned(), "lapsed".to_owned())]);
    let notices = one.person.read("/v1/notices");
    assert_eq!(notices["items"][0]["kind"], "application.lapse", "{notices}");
}

// clauses: 4.1a
on_both!(a_withdrawal_closes_an_unpaid_order_only);
async fn a_withdrawal_closes_an_unpaid_order_only(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let unpaid = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let paid = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    pay(&world, &cast, &paid.order, "BANK-0001", 40_000).expect(201);
    for (one, state) in [(&unpaid, "closed"), (&paid, "paid")] {
        one.person.act("POST", &one.path, &format!("{}/withdrawal", one.path), &json!({})).expect(200);
        assert_eq!(one.person.read(&one.order)["state"], state);
    }
    let refused = pay(&world, &cast, &unpaid.order, "BANK-0002", 40_000).problem(409, "stage_conflict");
    assert_eq!(refused["state"], "withdrawn");
}
