//! Many confirmations at once: one wins, the ledger agrees with the orders. The judge of that is tried on a variant without the guard.

use std::collections::HashSet;

use diesel::prelude::*;
use futures_util::future::join_all;
use title_review::db::schema::{applications, orders, payments};
use title_review::db::{Conn, Error};

use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::stages::{accepted, payment};
use crate::support::world::World;

const THREADS: usize = 50;

/// Id, amount and state of an order.
type Order = (String, i64, String);
/// Order, amount and reference of a row of the ledger.
type Row = (String, i64, String);

/// States of the orders and of their applications.
pub async fn states(world: &World) -> Vec<(String, String)> {
    world
        .app
        .db
        .read(|conn| {
            let joined = orders::table.inner_join(applications::table.on(applications::id.eq(orders::application_id)));
            Ok::<_, Error>(joined.select((orders::state, applications::stage)).load(conn)?)
        })
        .await
        .unwrap()
}

fn load(conn: &mut Conn) -> Result<(Vec<Order>, Vec<Row>), Error> {
    Ok((
        orders::table.select((orders::id, orders::amount_minor, orders::state)).load(conn)?,
        payments::table.select((payments::order_id, payments::amount_minor, payments::reference)).load(conn)?,
    ))
}

/// Everything in which ledger and orders disagree: a paid order has its amount, another one nothing, a reference counts once.
fn faults(orders: &[Order], ledger: &[Row]) -> Vec<String> {
    let mut found = Vec::new();
    for (id, amount, state) in orders {
        let sum: i64 = ledger.iter().filter(|(order, ..)| order == id).map(|(_, amount, _)| amount).sum();
        let due = if state == "paid" { *amount } else { 0 };
        if sum != due {
            found.push(format!("order {id} is {state} over {amount} and has {sum}"));
        }
    }
    let mut seen = HashSet::new();
    found.extend(
        ledger.iter().filter(|(.., reference)| !seen.insert(reference)).map(|row| format!("reference {} counts twice", row.2)),
    );
    found
}

/// Sends one confirmation from each thread, thread `n` to order `n % orders`, with the reference that `reference` gives it; the codes of the answers.
fn confirm_at_once(world: &World, cast: &Cast, orders: &[&str], reference: impl Fn(usize) -> String) -> Vec<String> {
    let requests: Vec<_> = (0..THREADS)
        .map(|n| {
            let path = format!("{}/payments", orders[n % orders.len()]);
            cast.finance.post(&path).header("if-match", "*").key(&world.key()).json(&payment(world, &reference(n), 40_000))
        })
        .collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = requests.into_iter().map(|request| scope.spawn(move || request.send())).collect();
        threads
            .into_iter()
            .map(|thread| {
                let reply = thread.join().expect("an answer");
                reply.body["code"].as_str().map_or_else(|| reply.status.to_string(), str::to_owned)
            })
            .collect()
    })
}

fn count(answers: &[String], code: &str) -> usize {
    answers.iter().filter(|answer| *answer == code).count()
}

// clauses: 4.6
on_both!(fifty_concurrent_payment_confirmations_succeed_once);
async fn fifty_concurrent_payment_confirmations_succeed_once(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let answers = confirm_at_once(&world, &cast, &[&one.order], |n| format!("BANK-{n:04}"));
    assert_eq!((count(&answers, "201"), count(&answers, "order_paid")), (1, THREADS - 1), "{answers:?}");
    let (orders, ledger) = world.app.db.read(load).await.unwrap();
    assert_eq!((ledger.len(), faults(&orders, &ledger)), (1, Vec::new()));
}

// clauses: 4.6
on_both!(fifty_concurrent_uses_of_a_payment_reference_succeed_once);
async fn fifty_concurrent_uses_of_a_payment_reference_succeed_once(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let two = accepted(&world, &cast, "applicant_b", 2, "intermediate").await;
    let answers = confirm_at_once(&world, &cast, &[&one.order, &two.order], |_| "BANK-0001".to_owned());
    assert_eq!(count(&answers, "201"), 1, "{answers:?}");
    // The order that won answers that it is paid, the other one that the reference is used.
    assert_eq!((count(&answers, "order_paid"), count(&answers, "reference_used")), (THREADS / 2 - 1, THREADS / 2), "{answers:?}");
    let (orders, ledger) = world.app.db.read(load).await.unwrap();
    assert_eq!((ledger.len(), faults(&orders, &ledger)), (1, Vec::new()));
    let mut states: Vec<String> = orders.into_iter().map(|(.., state)| state).collect();
    states.sort();
    assert_eq!(states, ["open", "paid"]);
}

// Check, then insert: what the guard is there against.
on_both!(double_payments_are_detected_without_the_guard);
async fn double_payments_are_detected_without_the_guard(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    let id = one.order.rsplit('/').next().unwrap().to_owned();
    let looks = (0..THREADS).map(|_| {
        let id = id.clone();
        world.app.db.read(move |conn| {
            Ok::<_, Error>(orders::table.filter(orders::id.eq(id)).select(orders::state).first::<String>(conn)? == "open")
        })
    });
    let open: Vec<bool> = join_all(looks).await.into_iter().map(Result::unwrap).collect();
    let now = *world.app.clock.now().naive_utc();
    let writes = (0_i64..).zip(open).filter(|(_, open)| *open).map(|(n, _)| {
        let (id, account) = (id.clone(), cast.finance.account.clone());
        world.app.db.write(move |conn| {
            diesel::insert_into(payments::table)
                .values((
                    payments::id.eq(format!("payment-{n}")),
                    payments::order_id.eq(&id),
                    payments::cycle_id.eq("aksu-2024"),
                    payments::receipt_seq.eq(n + 1),
                    payments::amount_minor.eq(40_000_i64),
                    payments::method.eq("bank"),
                    payments::reference.eq(format!("BANK-{n:04}")),
                    payments::paid_on.eq(now.date()),
                    payments::received_by.eq(account),
                    payments::at.eq(now),
                ))
                .execute(conn)?;
            diesel::update(orders::table.filter(orders::id.eq(&id))).set(orders::state.eq("paid")).execute(conn)?;
            Ok::<_, Error>(())
        })
    });
    join_all(writes).await.into_iter().for_each(Result::unwrap);
    let (orders, ledger) = world.app.db.read(load).await.unwrap();
    assert_eq!(ledger.len(), THREADS);
    assert_eq!(faults(&orders, &ledger), [format!("order {id} is paid over 40000 and has {}", 40_000 * THREADS)]);
    // The index refuses a second use of a reference by itself, so the judge is shown one.
    let twice = [(id.clone(), 20_000, "BANK-0001".to_owned()), (id, 20_000, "BANK-0001".to_owned())];
    assert_eq!(faults(&orders, &twice), ["reference BANK-0001 counts twice"]);
}

on_both!(payment_rows_cannot_be_changed);
async fn payment_rows_cannot_be_changed(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let one = accepted(&world, &cast, "applicant_a", 1, "intermediate").await;
    crate::support::stages::pay(&world, &cast, &one.order, "BANK-0001", 40_000).expect(201);
    let change = |conn: &mut Conn| {
        diesel::update(payments::table).set(payments::amount_minor.eq(1_i64)).execute(conn)?;
        Ok::<_, Error>(())
    };
    let remove = |conn: &mut Conn| {
        diesel::delete(payments::table).execute(conn)?;
        Ok::<_, Error>(())
    };
    for refused in [world.app.db.write(change).await, world.app.db.write(remove).await] {
        let error = refused.expect_err("a refusal");
        assert!(error.to_string().contains("rows are added"), "{error}");
    }
    let (orders, ledger) = world.app.db.read(load).await.unwrap();
    assert_eq!((ledger.len(), faults(&orders, &ledger)), (1, Vec::new()));
}
