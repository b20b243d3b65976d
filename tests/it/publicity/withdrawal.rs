//! A notice with a wrong day or text is withdrawn with a reason, and another one takes its place.

use std::sync::Barrier;

use serde_json::{Value, json};

use super::{against_approval, approve, employer_documents, find, object, put_up};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

const REASON: &str = "公示起始日期填写有误";

/// Withdraws a notice in the version that it has.
pub fn withdraw(actor: &Actor, application: &str, notice: &Value) -> Reply {
    let id = notice["id"].as_str().expect("an id");
    let (one, path) = (format!("{application}/publicities/{id}"), format!("/v1/publicities/{id}/withdrawal"));
    actor.act("POST", &one, &path, &json!({ "reason": REASON }))
}

// clauses: 4.3c, 4.1a
on_both!(notice_with_a_wrong_day_is_withdrawn_and_replaced);
async fn notice_with_a_wrong_day_is_withdrawn_and_replaced(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let wrong = put_up(&world, clerk, &path, &json!({ "from_date": "2024-08-19" })).expect(201);
    assert_eq!((&wrong["withdrawn_at"], &wrong["withdrawn_reason"]), (&Value::Null, &Value::Null));
    let withdrawal = format!("/v1/publicities/{}/withdrawal", wrong["id"].as_str().unwrap());
    let body = json!({ "reason": REASON });
    for (stranger, status, code) in [
        (&person, 403, "forbidden"),
        (&cast.supervisor, 403, "forbidden"),
        (&cast.enterprise_clerk, 404, "not_found"),
        (&cast.office, 409, "out_of_turn"),
    ] {
        stranger.post(&withdrawal).header("if-match", "*").json(&body).send().problem(status, code);
    }
    clerk.post(&withdrawal).json(&body).send().problem(428, "precondition_required");
    clerk.post(&withdrawal).if_match(7).json(&body).send().problem(412, "stale_version");
    for reason in ["", "  ", "一\n二"] {
        let refused = clerk.post(&withdrawal).if_match(1).json(&json!({ "reason": reason })).send().problem(422, "invalid_body");
        assert_eq!(refused["errors"][0]["pointer"], "#/reason");
    }
    let before = clerk.read(&path)["version"].as_i64().unwrap();

    let withdrawn = withdraw(clerk, &path, &wrong).expect(200);
    assert_eq!(
        (&withdrawn["state"], &withdrawn["withdrawn_at"], &withdrawn["withdrawn_reason"], &withdrawn["finished"]),
        (&json!("withdrawn"), &json!("2024-07-29T09:00:00+08:00"), &json!(REASON), &json!(false))
    );
    assert_eq!(clerk.read(&path)["version"].as_i64().unwrap(), before + 1, "the application's ETag tells");
    let refused = withdraw(clerk, &path, &wrong).problem(409, "publicity_not_current");
    assert_eq!(refused["state"], "withdrawn");
    let history = person.read(&format!("{path}/history"));
    let step = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&step["action"], &step["opinion"], &step["clause"]),
        (&json!("withdraw_publicity"), &json!(REASON), &json!("4.3c"))
    );
    assert_eq!(person.read("/v1/notices")["items"][0]["kind"], "application.withdraw_publicity");
    let acts = cast.supervisor.read(&format!("/v1/audit?object_id={}", wrong["id"].as_str().unwrap()));
    let act = acts["items"].as_array().unwrap().iter().find(|act| act["action"] == "publicity.withdraw").expect("on record");
    assert_eq!((&act["detail"]["was"], &act["detail"]["reason"]), (&json!("upcoming"), &json!(REASON)));

    // What was withdrawn never counts, however long ago its days are over.
    let right = put_up(&world, clerk, &path, &json!({ "from_date": "2024-08-20" })).expect(201);
    let wrong_again = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    assert_eq!(clerk.read(&format!("{path}/publicities/{}", right["id"].as_str().unwrap()))["state"], "superseded");
    withdraw(clerk, &path, &right).problem(409, "publicity_not_current");
    withdraw(clerk, &path, &wrong_again).expect(200);
    world.travel("2024-08-05T09:00:00+08:00");
    assert!(against_approval(clerk, &path).contains(&"publicity_incomplete".to_owned()));
    let last = put_up(&world, clerk, &path, &json!({ "from_date": "2024-08-05" })).expect(201);
    world.travel("2024-08-12T09:00:00+08:00");
    employer_documents(&world, clerk, &path);
    assert_eq!(approve(clerk, &path).expect(200)["step"], "department_review");
    // The recommendation stands on it.
    let refused = withdraw(clerk, &path, &last).problem(409, "stage_conflict");
    assert_eq!(refused["state"], "in_review");
    cast.department_reviewer
        .post(&format!("/v1/publicities/{}/withdrawal", last["id"].as_str().unwrap()))
        .header("if-match", "*")
        .json(&body)
        .send()
        .problem(409, "stage_conflict");
    let states: Vec<Value> =
        clerk.read(&format!("{path}/publicities"))["items"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["withdrawn", "superseded", "withdrawn", "over"]);
}

// clauses: 4.3c
on_both!(objection_is_decided_before_its_notice_is_withdrawn);
async fn objection_is_decided_before_its_notice_is_withdrawn(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    let receipt = object(&world, &notice, &json!({ "text": "工作年限与实际不符" })).expect(201)["receipt"].clone();
    let refused = withdraw(clerk, &path, &notice).problem(409, "objection_open");
    assert_eq!(refused["clause"], "4.3c");
    let list = format!("{path}/objections");
    let objection = clerk.read(&list)["items"][0]["id"].as_str().unwrap().to_owned();
    find(&world, clerk, &objection, "rejected").expect(200);
    withdraw(clerk, &path, &notice).expect(200);
    // Nothing of it is lost, and nothing new is taken.
    assert_eq!(clerk.read(&list)["items"][0]["text"], "工作年限与实际不符");
    let shown = world.anybody().read(&format!("/v1/objections/{}", receipt.as_str().unwrap()));
    assert_eq!(shown["status"], "rejected");
    object(&world, &notice, &json!({ "text": "再提" })).problem(409, "publicity_closed");

    // One that was found right is not shed by withdrawing what it was raised to.
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    object(&world, &notice, &json!({ "text": "业绩非本人" })).expect(201);
    let objection = clerk.read(&format!("{list}?status=open"))["items"][0]["id"].as_str().unwrap().to_owned();
    find(&world, clerk, &objection, "upheld").expect(200);
    withdraw(clerk, &path, &notice).problem(409, "objection_upheld");
}

// clauses: 4.3c
on_both!(notice_is_withdrawn_once_however_many_ask);
async fn notice_is_withdrawn_once_however_many_ask(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let notice = put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    let withdrawal = format!("/v1/publicities/{}/withdrawal", notice["id"].as_str().unwrap());
    let barrier = Barrier::new(8);
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let requests: Vec<_> =
            (0..8).map(|_| clerk.post(&withdrawal).header("if-match", "*").json(&json!({ "reason": REASON }))).collect();
        let threads: Vec<_> = requests
            .into_iter()
            .map(|request| {
                scope.spawn(|| {
                    barrier.wait();
                    request.send()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (done, refused): (Vec<Reply>, Vec<Reply>) = replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(done.len(), 1);
    for reply in refused {
        reply.problem(409, "publicity_not_current");
    }
    let history = clerk.read(&format!("{path}/history"));
    let acts = history["items"].as_array().unwrap().iter().filter(|step| step["action"] == "withdraw_publicity").count();
    assert_eq!(acts, 1);
}
