//! One assertion presented many times at once gets one token. The judge of that is tried on a variant without the guard.

use diesel::prelude::*;
use futures_util::future::join_all;
use title_review::db::schema::{client_assertions, client_tokens};
use title_review::db::{Conn, Error};

use super::{JWT_BEARER, Pair, signing_client, written};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

const CYCLE: &str = "aksu-2024";
const AT: &str = "2024-07-22T09:00:00+08:00";
const TIMES: usize = 50;

/// Tokens that were given for more assertions than there are.
async fn surplus(world: &World) -> i64 {
    let (tokens, assertions): (i64, i64) = world
        .app
        .db
        .read(|conn| {
            Ok::<_, Error>((client_tokens::table.count().get_result(conn)?, client_assertions::table.count().get_result(conn)?))
        })
        .await
        .unwrap();
    tokens - assertions
}

on_both!(fifty_concurrent_uses_of_an_assertion_succeed_once);
async fn fifty_concurrent_uses_of_an_assertion_succeed_once(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k1"));
    let assertion = client.pair().sign(&client.claims(&world), |_| {});
    let before = written(&world).await;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..TIMES)
            .map(|_| {
                scope.spawn(|| {
                    let fields = [
                        ("grant_type", "client_credentials"),
                        ("client_assertion_type", JWT_BEARER),
                        ("client_assertion", assertion.as_str()),
                    ];
                    world.anybody().post("/oauth2/token").form(&fields).send().status
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |status: u16| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(200), count(401)), (1, TIMES - 1), "{statuses:?}");
    let [audit, events, tokens, assertions, personal] = before;
    assert_eq!(written(&world).await, [audit + 1, events + 1, tokens + 1, assertions + 1, personal]);
    assert_eq!(surplus(&world).await, 0);
}

/// Looks, then writes: what the primary key is there against.
fn give_token(conn: &mut Conn, client: &str, known: bool, number: usize) -> Result<(), Error> {
    let at = chrono::NaiveDateTime::default();
    if !known {
        diesel::insert_into(client_tokens::table)
            .values((
                client_tokens::id.eq(format!("token-{number}")),
                client_tokens::client_id.eq(client),
                client_tokens::scope.eq("finance:652900"),
                client_tokens::created_at.eq(at),
                client_tokens::expires_at.eq(at),
            ))
            .execute(conn)?;
    }
    Ok(())
}

on_both!(double_tokens_are_detected_without_the_guard);
async fn double_tokens_are_detected_without_the_guard(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, CYCLE);
    let client = signing_client(&world, &cast.committee, &["committee_office"], Pair::ed25519("k1"));
    // Everybody has looked before anybody writes.
    let known = world.app.db.read(|conn| Ok::<i64, Error>(client_assertions::table.count().get_result(conn)?)).await.unwrap() > 0;
    let given = (0..TIMES).map(|number| {
        let id = client.id.clone();
        world.app.db.write(move |conn| give_token(conn, &id, known, number))
    });
    assert!(join_all(given).await.into_iter().all(|done| done.is_ok()));
    assert!(surplus(&world).await > 1);
}
