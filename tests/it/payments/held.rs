//! Money that settles no order: held, found, refunded once, booked where it belongs; and who may do so.

use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::accounts;
use title_review::db::schema::accounts as table;
use title_review::db::{Conn, Error};

use super::book;
use crate::support::cast::{Cast, applicant, credit_code, staff};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::stages::{Accepted, accepted, pay, payment};
use crate::support::world::{Actor, Reply, World};

const START: &str = "2024-08-05T09:00:00+08:00";

/// Enters money as held: the payment of an order, or of a cycle.
fn hold(world: &World, finance: &Actor, of: (&str, &str), money: Value) -> Reply {
    let mut body = money;
    body[of.0] = json!(of.1);
    finance.post("/v1/held-money").key(&world.key()).json(&body).send()
}

fn of_order(one: &Accepted) -> (&'static str, &str) {
    ("order_id", one.order.rsplit('/').next().unwrap())
}

fn money(reference: &str, paid_on: &str, fen: i64) -> Value {
    json!({
        "method": "bank", "reference": reference, "paid_on": paid_on, "amount": { "amount_minor": fen, "currency": "CNY" },
    })
}

fn refund(world: &World, finance: &Actor, held: &Value, fen: i64, reference: &str) -> Reply {
    let today = world.app.clock.now().date_in_shanghai();
    let body = json!({
        "amount": { "amount_minor": fen, "currency": held["amount"]["currency"] }, "reference": reference, "refunded_on": today,
    });
    finance.post(&format!("{}/refund", path(held))).header("if-match", "*").key(&world.key()).json(&body).send()
}

pub fn path(held: &Value) -> String {
    format!("/v1/held-money/{}", held["id"].as_str().unwrap())
}

fn book_held(world: &World, finance: &Actor, held: &Value, order: &str) -> Reply {
    let body = json!({ "order_id": order });
    finance.post(&format!("{}/booking", path(held))).header("if-match", "*").key(&world.key()).json(&body).send()
}

// clauses: 2.3, 4.6
on_both!(money_that_settles_no_order_is_held_with_the_reason_and_refunded);
async fn money_that_settles_no_order_is_held_with_the_reason_and_refunded(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let two = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    world.travel("2024-09-18T09:30:00+08:00");

    // What settles the order is booked, not held.
    let settles = hold(&world, &cast.finance, of_order(&one), money("BANK-1001", "2024-09-13", 40_000));
    assert_eq!(settles.problem(409, "money_settles")["clause"], "4.6");
    // Too little is told so, and how it is entered instead.
    let short = pay(&world, &cast, &one.order, "BANK-1001", 30_000).problem(422, "amount_mismatch");
    assert!(short["detail"].as_str().unwrap().contains("/v1/held-money"), "{short}");
    let part = hold(&world, &cast.finance, of_order(&one), money("BANK-1001", "2024-09-13", 30_000)).expect(201);
    assert_eq!(
        (&part["held_for"], &part["state"], &part["in_time"], &part["version"]),
        (&json!("amount"), &json!("held"), &json!(true), &json!(1))
    );
    // Its second part is no fee either: the fee is paid in one sum.
    let rest = hold(&world, &cast.finance, of_order(&one), money("BANK-1002", "2024-09-14", 10_000)).expect(201);
    assert_eq!(rest["held_for"], "amount");
    let mut dollars = money("BANK-1003", "2024-09-14", 40_000);
    dollars["amount"]["currency"] = json!("USD");
    assert_eq!(hold(&world, &cast.finance, of_order(&one), dollars).expect(201)["held_for"], "amount");
    let mut by_hand = money("CASH-0001", "2024-09-14", 40_000);
    by_hand["method"] = json!("cash");
    assert_eq!(hold(&world, &cast.finance, of_order(&one), by_hand).expect(201)["held_for"], "method");
    let early = hold(&world, &cast.finance, of_order(&one), money("BANK-1004", "2024-08-01", 40_000)).expect(201);
    assert_eq!(early["held_for"], "early");

    let refused = book(&world, &cast, &one.order, "BANK-1005", "2024-09-16").problem(409, "payment_window_closed");
    assert!(refused["detail"].as_str().unwrap().contains("/v1/held-money"), "{refused}");
    let late = hold(&world, &cast.finance, of_order(&one), money("BANK-1005", "2024-09-16", 40_000)).expect(201);
    assert_eq!((&late["held_for"], &late["in_time"]), (&json!("late"), &json!(false)));

    book(&world, &cast, &two.order, "BANK-1006", "2024-09-13").expect(201);
    let again = book(&world, &cast, &two.order, "BANK-1007", "2024-09-13").problem(409, "order_paid");
    assert!(again["detail"].as_str().unwrap().contains("/v1/held-money"), "{again}");
    let double = hold(&world, &cast.finance, of_order(&two), money("BANK-1007", "2024-09-13", 40_000)).expect(201);
    assert_eq!(double["held_for"], "double");

    // Nothing of it settles the order; its applicant is told and sees it, nobody else's.
    assert_eq!(one.person.read(&one.order)["state"], "open");
    let mine = one.person.read("/v1/held-money");
    assert_eq!(mine["items"].as_array().unwrap().len(), 6);
    assert_eq!(two.person.read("/v1/held-money")["items"], json!([double.clone()]));
    two.person.get(&path(&late)).send().problem(404, "not_found");
    let told = two.person.read("/v1/notices")["items"][0].clone();
    assert_eq!((&told["kind"], &told["clause"]), (&json!("payment.held"), &json!("4.6")));

    // After the lapse money that was paid in time is held, too: a ground for reinstatement.
    world.travel("2024-09-26T09:00:00+08:00");
    let lapsed = book(&world, &cast, &one.order, "BANK-1008", "2024-09-13").problem(409, "payment_window_closed");
    assert_eq!(lapsed["state"], "lapsed");
    let ended = hold(&world, &cast.finance, of_order(&one), money("BANK-1008", "2024-09-13", 40_000)).expect(201);
    assert_eq!((&ended["held_for"], &ended["in_time"]), (&json!("ended"), &json!(true)));

    let back = refund(&world, &cast.finance, &double, 40_000, "OUT-0001").expect(200);
    assert_eq!((&back["state"], &back["version"]), (&json!("refunded"), &json!(2)));
    assert_eq!(back["refund"]["amount"], json!({ "amount_minor": 40_000, "currency": "CNY" }));
    assert_eq!(back["settled_by"], cast.finance.account.as_str());
    assert_eq!(two.person.read("/v1/notices")["items"][0]["kind"], "payment.refunded");
    assert_eq!(two.person.read(&two.order)["state"], "paid", "the order stays paid");
    refund(&world, &cast.finance, &double, 40_000, "OUT-0002").problem(409, "money_not_held");

    // Listed and filtered.
    let count = |query: &str| cast.finance.read(&format!("/v1/held-money?{query}"))["items"].as_array().unwrap().len();
    assert_eq!((count("cycle_id=aksu-2024"), count("state=held"), count("state=refunded")), (8, 7, 1));
    assert_eq!((count("held_for=amount"), count("held_for=late"), count("reference=bank-1007")), (3, 1, 1));
    assert_eq!(count(&format!("order_id={}", of_order(&one).1)), 7);
    assert_eq!(cast.finance.read(&path(&back)), back);
    let page = cast.finance.read("/v1/held-money?limit=5");
    let next = cast.finance.read(&format!("/v1/held-money?limit=5&cursor={}", page["next_cursor"].as_str().unwrap()));
    assert_eq!((&page["has_more"], &next["has_more"], next["items"].as_array().unwrap().len()), (&json!(true), &json!(false), 3));
    let acts = cast.supervisor.read(&format!("/v1/audit?object_kind=held_money&object_id={}", double["id"].as_str().unwrap()));
    let acts: Vec<&str> = acts["items"].as_array().unwrap().iter().map(|act| act["action"].as_str().unwrap()).collect();
    assert_eq!(acts.len(), 2, "{acts:?}");
    assert!(acts.contains(&"held_money.hold") && acts.contains(&"held_money.refund"), "{acts:?}");
}

// clauses: 4.6
on_both!(money_of_nobody_is_held_and_booked_once_its_order_is_known);
async fn money_of_nobody_is_held_and_booked_once_its_order_is_known(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let mut unknown = money("BANK-2001", "2024-08-05", 40_000);
    // A number that somebody wrote on the transfer is not kept.
    (unknown["payer_name"], unknown["quoted"]) = (json!("某某贸易公司"), json!("职称费 13800000000"));
    let held = hold(&world, &cast.finance, ("cycle_id", "aksu-2024"), unknown.clone()).expect(201);
    assert_eq!((&held["held_for"], &held["order_id"]), (&json!("unknown"), &json!(null)));
    assert_eq!(held["payer_name"], "某某贸易公司");
    assert!(!held["quoted"].as_str().unwrap().contains("13800000000"), "{held}");
    // Its reference stands for it: it is neither held twice nor booked beside.
    hold(&world, &cast.finance, ("cycle_id", "aksu-2024"), unknown).problem(409, "reference_used");
    pay(&world, &cast, &one.order, "bank-2001", 40_000).problem(409, "reference_used");
    assert_eq!(one.person.read(&one.order)["state"], "open");

    let absent = "01912345-6789-7abc-8def-0123456789ab";
    let refused = book_held(&world, &cast.finance, &held, absent).problem(422, "invalid_field");
    assert_eq!(refused["errors"][0]["pointer"], "#/order_id");
    let booked = book_held(&world, &cast.finance, &held, of_order(&one).1).expect(200);
    assert_eq!((&booked["state"], &booked["applicant_id"]), (&json!("booked"), &json!(one.person.account)));
    let order = one.person.read(&one.order);
    assert_eq!((&order["state"], &order["payments"][0]["reference"]), (&json!("paid"), &json!("BANK-2001")));
    assert_eq!(order["payments"][0]["id"], json!(null));
    book_held(&world, &cast.finance, &held, of_order(&one).1).problem(409, "money_not_held");
    refund(&world, &cast.finance, &held, 40_000, "OUT-1").problem(409, "money_not_held");

    // Booked on the wrong order: it is held again, and goes back.
    let reversal = json!({ "reason": "付款人另有其人" });
    cast.finance.act("POST", &one.order, &format!("{}/payment-reversal", one.order), &reversal).expect(200);
    assert_eq!(cast.finance.read(&path(&held))["state"], "held");
    refund(&world, &cast.finance, &held, 40_000, "OUT-1001").expect(200);
    // The reference of money that came in is not used again, whatever became of it.
    pay(&world, &cast, &one.order, "BANK-2001", 40_000).problem(409, "reference_used");
}

// clauses: 4.6, 5.1
on_both!(invalid_held_money_and_refunds_write_nothing);
async fn invalid_held_money_and_refunds_write_nothing(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let unknown = ("cycle_id", "aksu-2024");
    let place = |reply: Reply| -> String {
        let refused = reply.problem(422, "invalid_field");
        refused["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    // Tomorrow's money is nowhere.
    assert_eq!(place(hold(&world, &cast.finance, unknown, money("BANK-3001", "2024-08-06", 1))), "#/paid_on");
    assert_eq!(place(hold(&world, &cast.finance, unknown, money("BANK-3001", "2024-08-05", 0))), "#/amount/amount_minor");
    let mut odd = money("BANK-3001", "2024-08-05", 1);
    odd["amount"]["currency"] = json!("rmb");
    assert_eq!(place(hold(&world, &cast.finance, unknown, odd)), "#/amount/currency");
    assert_eq!(place(hold(&world, &cast.finance, ("cycle_id", "nowhere-2024"), money("BANK-3001", "2024-08-05", 1))), "#/cycle_id");
    let absent = "01912345-6789-7abc-8def-0123456789ab";
    assert_eq!(place(hold(&world, &cast.finance, ("order_id", absent), money("BANK-3001", "2024-08-05", 1))), "#/order_id");
    let mut both = money("BANK-3001", "2024-08-05", 1);
    both["cycle_id"] = json!("aksu-2024");
    assert_eq!(place(hold(&world, &cast.finance, of_order(&one), both)), "#/order_id");
    let neither = cast.finance.post("/v1/held-money").key(&world.key()).json(&money("BANK-3001", "2024-08-05", 1)).send();
    assert_eq!(place(neither), "#/order_id");
    assert_eq!(cast.finance.read("/v1/held-money")["items"], json!([]));

    let held = hold(&world, &cast.finance, of_order(&one), money("BANK-3001", "2024-08-05", 50_000)).expect(201);
    let above = refund(&world, &cast.finance, &held, 50_001, "OUT-3001").problem(422, "amount_mismatch");
    assert_eq!(above["errors"][0]["pointer"], "#/amount/amount_minor");
    refund(&world, &cast.finance, &held, 0, "OUT-3001").problem(422, "amount_mismatch");
    // Less than what came in goes back for a reason.
    assert_eq!(place(refund(&world, &cast.finance, &held, 49_900, "OUT-3001")), "#/reason");
    let send = |body: &Value| cast.finance.post(&format!("{}/refund", path(&held))).if_match(1).key(&world.key()).json(body).send();
    let with = |field: &str, value: Value| {
        let mut body = json!({
            "amount": { "amount_minor": 49_900, "currency": "CNY" }, "reference": "OUT-3001", "refunded_on": "2024-08-05",
            "reason": "扣除汇款手续费",
        });
        body[field] = value;
        send(&body)
    };
    for day in ["2024-08-04", "2024-08-06"] {
        assert_eq!(place(with("refunded_on", json!(day))), "#/refunded_on");
    }
    with("amount", json!({ "amount_minor": 50_000, "currency": "USD" })).problem(422, "amount_mismatch");
    cast.finance
        .post(&format!("{}/refund", path(&held)))
        .if_match(2)
        .key(&world.key())
        .json(&json!({
            "amount": { "amount_minor": 50_000, "currency": "CNY" }, "reference": "OUT-3001", "refunded_on": "2024-08-05",
        }))
        .send()
        .problem(412, "stale_version");
    assert_eq!(cast.finance.read(&path(&held)), held);
    let less = with("reference", json!("out-3001")).expect(200);
    assert_eq!((&less["refund"]["reference"], &less["refund"]["reason"]), (&json!("OUT-3001"), &json!("扣除汇款手续费")));
    let other = hold(&world, &cast.finance, unknown, money("BANK-3002", "2024-08-05", 100)).expect(201);
    refund(&world, &cast.finance, &other, 100, "OUT-3001").problem(409, "reference_used");
    assert_eq!(cast.finance.read(&path(&other))["state"], "held");
    // The reference of a payment is not held beside.
    pay(&world, &cast, &one.order, "BANK-3003", 40_000).expect(201);
    hold(&world, &cast.finance, unknown, money("BANK-3003", "2024-08-05", 100)).problem(409, "reference_used");
    for nobody in [&one.person, &cast.office, &cast.supervisor] {
        hold(&world, nobody, unknown, money("BANK-3004", "2024-08-05", 100)).problem(403, "forbidden");
        refund(&world, nobody, &other, 100, "OUT-3002").problem(403, "forbidden");
    }
}

// clauses: 4.6
on_both!(twenty_concurrent_refunds_of_held_money_succeed_once);
async fn twenty_concurrent_refunds_of_held_money_succeed_once(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let held = hold(&world, &cast.finance, ("cycle_id", "aksu-2024"), money("BANK-4001", "2024-08-05", 100)).expect(201);
    let requests: Vec<_> = (0..20)
        .map(|n| {
            let body = json!({
                "amount": { "amount_minor": 100, "currency": "CNY" }, "reference": format!("OUT-{n:04}"), "refunded_on": "2024-08-05",
            });
            cast.finance.post(&format!("{}/refund", path(&held))).header("if-match", "*").key(&world.key()).json(&body)
        })
        .collect();
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = requests.into_iter().map(|request| scope.spawn(move || request.send().status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 19, "{answers:?}");
    assert_eq!(cast.finance.read(&path(&held))["version"], 2);
}

// clauses: 5.1
on_both!(finance_clerk_does_not_act_on_money_of_their_own);
async fn finance_clerk_does_not_act_on_money_of_their_own(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let held = hold(&world, &cast.finance, of_order(&one), money("BANK-6001", "2024-08-05", 100)).expect(201);
    pay(&world, &cast, &one.order, "BANK-6002", 40_000).expect(201);
    let bureau = cast.finance.read("/v1/me")["memberships"][0]["organisation_id"].clone();
    let role = json!({ "account_id": one.person.account, "organisation_id": bureau, "role": "finance" });
    world.security().post("/v1/memberships").key(&world.key()).json(&role).send().expect(201);
    let clerk = world.sign_in("applicant_a");
    hold(&world, &clerk, of_order(&one), money("BANK-6003", "2024-08-05", 100)).problem(409, "self_review");
    refund(&world, &clerk, &held, 100, "OUT-6001").problem(409, "self_review");
    let reason = json!({ "reason": "误记" });
    clerk.act("POST", &one.order, &format!("{}/payment-reversal", one.order), &reason).problem(409, "self_review");
    assert_eq!(cast.finance.read(&path(&held))["state"], "held");
}

on_both!(start_after_an_upgrade_indexes_the_ends_of_resident_ids);
async fn start_after_an_upgrade_indexes_the_ends_of_resident_ids(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let end = crate::support::cast::resident_id("19850615", 1)[14..].to_owned();
    let found = || cast.finance.read(&format!("/v1/orders?id_number_end={end}"))["items"].as_array().unwrap().len();
    assert_eq!(found(), 1, "{}", one.order);
    let forget = |conn: &mut Conn| {
        diesel::update(table::table).set(table::id_number_end_index.eq(None::<String>)).execute(conn)?;
        Ok::<_, Error>(())
    };
    world.app.db.write(forget).await.unwrap();
    assert_eq!(found(), 0);
    let keys = world.app.keys.clone();
    world.app.db.write(move |conn| accounts::index_ends(conn, &keys)).await.unwrap();
    assert_eq!(found(), 1);
}

/// Another bureau of the same region, with a committee of its own, and its finance.
fn other_bureau(world: &World, cast: &Cast) -> Actor {
    let bureau = json!({ "kind": "bureau", "ownership": "none", "name": "地区交通运输局", "region": "652900", "credit_code": credit_code(901) });
    let bureau = cast.admin.post("/v1/organisations").key(&world.key()).json(&bureau).send().expect(201);
    staff(world, &cast.admin, "other_finance", "finance", bureau["id"].as_str().unwrap())
}

/// Says whose committee it is.
fn set_bureau(cast: &Cast, bureau: &str) {
    let committee = format!("/v1/organisations/{}", cast.committee);
    let now = cast.admin.read(&committee);
    let body = json!({
        "kind": now["kind"], "ownership": now["ownership"], "name": now["name"], "region": now["region"],
        "credit_code": now["credit_code"], "parent_id": bureau,
    });
    cast.admin.act("PUT", &committee, &committee, &body).expect(200);
}

on_both!(finance_reaches_the_cycles_of_its_own_committees_alone);
async fn finance_reaches_the_cycles_of_its_own_committees_alone(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let other = other_bureau(&world, &cast);
    let bureau = cast.finance.read("/v1/me")["memberships"][0]["organisation_id"].as_str().unwrap().to_owned();
    // A committee that names no bureau is of those of its region.
    assert_eq!(other.read("/v1/orders")["items"].as_array().unwrap().len(), 1);
    // Its parent is a bureau, of an employer it is a department.
    let committee = format!("/v1/organisations/{}", cast.committee);
    let now = cast.admin.read(&committee);
    let wrong = json!({
        "kind": "committee", "ownership": "none", "name": now["name"], "region": "652900", "credit_code": now["credit_code"],
        "parent_id": cast.department,
    });
    cast.admin.act("PUT", &committee, &committee, &wrong).problem(422, "invalid_field");
    set_bureau(&cast, &bureau);
    let other = world.sign_in(&other.name);
    let finance = world.sign_in("finance");
    let held = hold(&world, &finance, ("cycle_id", "aksu-2024"), money("BANK-5001", "2024-08-05", 100)).expect(201);

    assert_eq!((&other.read("/v1/orders")["items"], &other.read("/v1/held-money")["items"]), (&json!([]), &json!([])));
    other.get(&one.order).send().problem(404, "not_found");
    other.get(&format!("{}/receipt", one.order)).send().problem(404, "not_found");
    other.get(&path(&held)).send().problem(404, "not_found");
    let body = payment(&world, "BANK-5002", 40_000);
    other.post(&format!("{}/payments", one.order)).if_match(1).key(&world.key()).json(&body).send().problem(404, "not_found");
    let reason = json!({ "reason": "误记" });
    let reversal = format!("{}/payment-reversal", one.order);
    other.post(&reversal).header("if-match", "*").json(&reason).send().problem(404, "not_found");
    for of in [("cycle_id", "aksu-2024"), of_order(&one)] {
        hold(&world, &other, of, money("BANK-5003", "2024-08-05", 100)).problem(422, "invalid_field");
    }
    refund(&world, &other, &held, 100, "OUT-5001").problem(404, "not_found");
    book_held(&world, &other, &held, of_order(&one).1).problem(404, "not_found");
    // The own one goes on.
    assert_eq!(finance.read("/v1/orders")["items"].as_array().unwrap().len(), 1);
    refund(&world, &finance, &held, 100, "OUT-5001").expect(200);
}

// clauses: 4.6
on_both!(orders_are_found_by_name_reference_and_end_of_the_resident_id);
async fn orders_are_found_by_name_reference_and_end_of_the_resident_id(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let two = accepted(&world, &cast, "applicant_b", 2, "assistant").await;
    let listed = cast.finance.read("/v1/orders")["items"].clone();
    let (first, second) = (&listed[1], &listed[0]);
    assert_eq!((&first["applicant_name"], &first["employer_name"]), (&json!("申报人"), &json!("测绘院")));
    assert_eq!((&first["level"], &second["level"]), (&json!("intermediate"), &json!("assistant")));
    assert_eq!((&first["specialty"], &first["payment_reference"]), (&json!("surveying"), &json!("1000015")));
    assert_ne!(first["payment_reference"], second["payment_reference"]);
    // The applicant reads the same, to quote it.
    let own = one.person.read(&one.order);
    for field in ["applicant_name", "employer_name", "level", "specialty", "payment_reference"] {
        assert_eq!(own[field], first[field], "{field}");
    }
    let found = |query: &str| -> Vec<Value> {
        let page = cast.finance.read(&format!("/v1/orders?{query}"));
        page["items"].as_array().unwrap().iter().map(|order| order["id"].clone()).collect()
    };
    let (one_id, two_id) = (own["id"].clone(), two.person.read(&two.order)["id"].clone());
    assert_eq!(found("applicant_name=%E7%94%B3%E6%8A%A5%E4%BA%BA"), [two_id.clone(), one_id.clone()]);
    assert_eq!(found("applicant_name=%E7%94%B3%E6%8A%A5"), Vec::<Value>::new(), "a name is a whole name");
    assert_eq!(found("payment_reference=1000015"), std::slice::from_ref(&one_id));
    assert_eq!(found("payment_reference=100-0015"), std::slice::from_ref(&one_id));
    let numbers = [1, 2].map(|number| crate::support::cast::resident_id("19850615", number));
    assert_eq!(found(&format!("id_number_end={}", &numbers[0][14..])), std::slice::from_ref(&one_id));
    assert_eq!(found(&format!("id_number_end={}&cycle_id=aksu-2024&state=open", numbers[1][14..].to_lowercase())), [two_id]);
    assert_eq!(found(&format!("id_number_end={}&applicant_name=%E5%88%AB%E4%BA%BA", &numbers[0][14..])), Vec::<Value>::new());
    // A slip of the pen is told, and finds nothing of somebody else's.
    let slip = cast.finance.get("/v1/orders?payment_reference=1000018").send().problem(400, "invalid_parameter");
    assert_eq!(slip["errors"][0]["parameter"], "payment_reference");
    for end in ["123", "12345", "X123", "%E6%B5%8B%E7%BB%98%E9%99%A2"] {
        let refused = cast.finance.get(&format!("/v1/orders?id_number_end={end}")).send().problem(400, "invalid_parameter");
        assert_eq!(refused["errors"][0]["parameter"], "id_number_end");
    }
    // What somebody may not see is not found either.
    let stranger = applicant(&world, "applicant_c", 3);
    assert_eq!(stranger.read("/v1/orders?payment_reference=1000015")["items"], json!([]));
}
