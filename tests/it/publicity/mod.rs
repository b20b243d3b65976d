//! Public notices and objections: what is public when, who may object until when, and what that means for sending on.

mod employer;
mod objections;
mod result;
pub mod withdrawal;

use serde_json::{Value, json};

use crate::support::journey::upload_employer_documents;
use crate::support::world::{Actor, Reply, World};

/// Asks for the employer's notice about the application at this path, in the version that it has.
pub fn put_up(world: &World, clerk: &Actor, application: &str, body: &Value) -> Reply {
    let seen = clerk.get(application).send();
    let tag = seen.header("etag").expect("an ETag").to_owned();
    clerk.post(&format!("{application}/publicities")).header("if-match", &tag).key(&world.key()).json(body).send()
}

/// Objects without an account.
pub fn object(world: &World, publicity: &Value, body: &Value) -> Reply {
    let path = format!("/v1/publicities/{}/objections", publicity["id"].as_str().expect("an id"));
    world.anybody().post(&path).key(&world.key()).json(body).send()
}

/// Decides an objection.
pub fn find(world: &World, actor: &Actor, objection: &str, finding: &str) -> Reply {
    let body = json!({ "finding": finding, "reason": "经核实" });
    actor.post(&format!("/v1/objections/{objection}/decision")).key(&world.key()).json(&body).send()
}

/// Approves with every item of the checklist in order.
pub fn approve(actor: &Actor, application: &str) -> Reply {
    crate::support::chain::decide(actor, application, &crate::support::chain::employer_approval("aksu-2024"))
}

/// What stands against sending the application on, by code.
pub fn against_approval(clerk: &Actor, application: &str) -> Vec<String> {
    let seen = clerk.read(application);
    let blocked = seen["blocked_actions"].as_array().expect("blocked actions");
    let reasons = blocked.iter().filter(|action| action["action"] == "approve").filter_map(|action| action["reasons"].as_array());
    reasons.flatten().map(|reason| reason["code"].as_str().expect("a code").to_owned()).collect()
}

/// The documents that the employer adds.
pub fn employer_documents(world: &World, clerk: &Actor, application: &str) {
    upload_employer_documents(world, clerk, application);
}
