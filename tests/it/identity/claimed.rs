//! Registering with a resident ID that an account has: its owner is told, and who goes on trying is stopped.

use serde_json::{Value, json};

use crate::support::cast::{applicant, resident_id};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{PASSWORD, Reply, World};

const AT: &str = "2024-07-22T09:00:00+08:00";

fn register(world: &World, login: &str, number: u32) -> Reply {
    let body = json!({
        "login": login, "password": PASSWORD, "name": "申报人", "id_number": resident_id("19850615", number), "phone": "13800000000",
    });
    world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send()
}

fn claims(notices: &Value) -> Vec<&Value> {
    notices["items"].as_array().unwrap().iter().filter(|notice| notice["kind"] == "account.resident_id_claimed").collect()
}

on_both!(claimed_resident_id_is_told_to_its_owner_and_counted);
async fn claimed_resident_id_is_told_to_its_owner_and_counted(database: Database) {
    let world = World::configured(database, AT, |config| config.auth.registration_failures = 3).await;
    let (owner, other) = (applicant(&world, "applicant_a", 1), applicant(&world, "applicant_b", 2));
    assert!(claims(&owner.read("/v1/notices")).is_empty());
    for _ in 0..2 {
        let refused = register(&world, "somebody", 1).problem(409, "resident_id_taken");
        assert_eq!(refused["errors"][0]["pointer"], "#/id_number");
    }
    // One notice, however often, until it is read; nothing of who tried, and nobody else is told.
    let told = owner.read("/v1/notices");
    let [notice] = claims(&told)[..] else { panic!("{told}") };
    assert_eq!(notice["body"], json!({}));
    assert!(claims(&other.read("/v1/notices")).is_empty());
    // A registration in between makes nobody trustworthy.
    register(&world, "applicant_c", 3).expect(201);
    owner.put(&format!("/v1/notices/{}/read", notice["id"].as_str().unwrap())).send().expect(204);
    register(&world, "somebody", 1).problem(409, "resident_id_taken");
    assert_eq!(claims(&owner.read("/v1/notices?unread=true")).len(), 1);

    // The third has locked the address: whatever number is tried now gets one answer.
    let locked = [register(&world, "somebody", 1), register(&world, "somebody", 9)];
    for reply in locked {
        assert_eq!(reply.header("retry-after"), Some("901"));
        reply.problem(429, "too_many_requests");
    }
    world.sign_in("applicant_a");
    world.wait_seconds(15 * 60);
    register(&world, "applicant_d", 9).expect(201);
    register(&world, "somebody", 1).problem(409, "resident_id_taken");

    let acts = world.auditor().read("/v1/audit?action=account.create");
    let refused: Vec<&Value> = acts["items"].as_array().unwrap().iter().filter(|act| act["outcome"] == "refused").collect();
    assert_eq!(refused.len(), 4);
    assert!(refused.iter().all(|act| act["object_id"] == owner.account.as_str() && act["actor_id"].is_null()), "{refused:?}");
    assert!(!acts.to_string().contains(&resident_id("19850615", 1)));
}
