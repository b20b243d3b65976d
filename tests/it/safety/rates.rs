//! Rates: what passes, what is told, what is refused, and for whom it counts.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use crate::support::cast::applicant;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{PASSWORD, Reply, World};

const START: &str = "2024-07-22T09:00:00+08:00";

fn fields(reply: &Reply) -> (&str, &str) {
    (reply.header("ratelimit-policy").unwrap_or("-"), reply.header("ratelimit").unwrap_or("-"))
}

on_both!(quota_is_reported_consumed_and_renewed);
async fn quota_is_reported_consumed_and_renewed(database: Database) {
    let world = World::configured(database, START, |config| config.limits.rate_anonymous = 3).await;
    let ask = || world.anybody().get("/v1/cycles").send();
    assert_eq!(fields(&ask()), ("\"anonymous\";q=3;w=60", "\"anonymous\";r=2;t=20"));
    assert_eq!(fields(&ask()), ("\"anonymous\";q=3;w=60", "\"anonymous\";r=1;t=40"));
    assert_eq!(fields(&ask()), ("\"anonymous\";q=3;w=60", "\"anonymous\";r=0;t=60"));
    let refused = ask();
    assert_eq!(fields(&refused), ("\"anonymous\";q=3;w=60", "\"anonymous\";r=0;t=60"));
    assert_eq!(refused.header("retry-after"), Some("20"));
    refused.problem(429, "too_many_requests");
    // Probes are never refused, and what is not there is counted like what is.
    for path in ["/livez", "/readyz", "/version"] {
        assert_eq!(fields(&world.anybody().get(path).send()), ("-", "-"), "{path}");
    }
    world.anybody().get("/v1/nowhere").send().problem(429, "too_many_requests");
    for path in ["/openapi.json", "/openapi-3.0.json", "/docs", "/docs/", "/docs/index.css", "/problems/not_found"] {
        world.anybody().get(path).send().problem(429, "too_many_requests");
    }
    world.wait_seconds(19);
    ask().problem(429, "too_many_requests");
    world.wait_seconds(1);
    assert_eq!((ask().status, ask().status), (200, 429));
    world.wait_seconds(3600);
    assert_eq!([ask().status, ask().status, ask().status, ask().status], [200, 200, 200, 429]);
}

on_both!(quota_is_counted_per_account);
async fn quota_is_counted_per_account(database: Database) {
    let world = World::configured(database, START, |config| {
        (config.limits.rate_signed_in, config.limits.rate_anonymous) = (4, 2);
    })
    .await;
    let (first, second) = (applicant(&world, "applicant_a", 1), applicant(&world, "applicant_b", 2));
    let again = world.sign_in("applicant_a");
    let statuses = |actor: &crate::support::world::Actor, count: usize| {
        (0..count).map(|_| actor.get("/v1/me").send().status).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&first, 3), [200, 200, 200]);
    // Another session of the same person is no further quota; another person has their own, from the same address.
    assert_eq!(statuses(&again, 2), [200, 429]);
    assert_eq!(fields(&second.get("/v1/me").send()), ("\"signed-in\";q=4;w=60", "\"signed-in\";r=3;t=15"));
    // A refused act is not done.
    let refused =
        first.put("/v1/me/password").json(&json!({ "current_password": PASSWORD, "new_password": "Another-horse-8" })).send();
    refused.problem(429, "too_many_requests");
    world.sign_in("applicant_a");
    // Tokens that are refused count for the address they come from.
    let guess = || world.anybody().get("/v1/me").header("authorization", "Bearer x.y.z").send();
    assert_eq!([guess().status, guess().status, guess().status], [401, 401, 429]);
}

on_both!(sign_in_attempts_are_rate_limited);
async fn sign_in_attempts_are_rate_limited(database: Database) {
    let world = World::configured(database, START, |config| config.limits.rate_sign_in = 5).await;
    let attempt = || world.anybody().post("/v1/sessions").json(&json!({ "login": "nobody", "password": "Wrong-horse-7" })).send();
    for _ in 0..5 {
        attempt().problem(401, "wrong_credentials");
    }
    let refused = attempt();
    assert_eq!(refused.header("retry-after"), Some("12"));
    refused.problem(429, "too_many_requests");
    // One count for all that tries a secret or makes an account; reading goes on.
    world.anybody().post("/v1/sessions/refresh").json(&json!({ "refresh_token": "x" })).send().problem(429, "too_many_requests");
    world.anybody().post("/v1/accounts").key(&world.key()).json(&json!({})).send().problem(429, "too_many_requests");
    world.anybody().get("/v1/cycles").send().expect(200);
}

on_both!(objections_from_one_address_are_rate_limited);
async fn objections_from_one_address_are_rate_limited(database: Database) {
    let world = World::configured(database, START, |config| config.limits.rate_objections = 2).await;
    let path = "/v1/publicities/01800000-0000-7000-8000-000000000000/objections";
    let object = || world.anybody().post(path).key(&world.key()).json(&json!({})).send();
    assert_ne!(object().status, 429);
    assert_ne!(object().status, 429);
    let refused = object();
    assert_eq!((refused.header("retry-after"), fields(&refused).0), (Some("30"), "\"objections\";q=2;w=60"));
    refused.problem(429, "too_many_requests");
    world.anybody().get("/v1/publicities").send().expect(200);
}

on_both!(concurrent_requests_pass_up_to_the_quota);
async fn concurrent_requests_pass_up_to_the_quota(database: Database) {
    let world = World::configured(database, START, |config| config.limits.rate_anonymous = 20).await;
    let passed = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    match world.anybody().get("/v1/cycles").send().status {
                        200 => drop(passed.fetch_add(1, Ordering::Relaxed)),
                        status => assert_eq!(status, 429),
                    }
                }
            });
        }
    });
    assert_eq!(passed.into_inner(), 20);
}
