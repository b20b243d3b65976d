//! A change of employer while an application is under review (4.3c).

use serde_json::{Value, json};

use crate::support::cast::{Cast, credit_code, staff};
use crate::support::chain::{
    approval, commit, decide, directed_to_committee, employer_approval, employer_publicity, place, return_with, submit,
};
use crate::support::database::Database;
use crate::support::journey::{at_employer, directed_intermediate, enter_profile, ready_profile, upload_employer_documents};
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

const CYCLE: &str = "aksu-2024";

/// The profile of somebody who left the first institution for this one on 2024-08-04.
fn moved_profile(number: u32, cast: &Cast, employer: &str) -> Value {
    let mut profile = ready_profile(number, &cast.institution);
    let mut post = profile["employments"][0].clone();
    profile["employments"][0]["to"] = json!("2024-08-03");
    (post["organisation_id"], post["from"]) = (json!(employer), json!("2024-08-04"));
    profile["employments"].as_array_mut().unwrap().push(post);
    profile
}

/// Another public institution of the same department, with its clerk.
fn second_institution(world: &World, cast: &Cast) -> (String, Actor) {
    let body = json!({
        "kind": "public_institution", "ownership": "none", "name": "第二测绘院", "region": "652901", "parent_id": cast.department,
        "credit_code": credit_code(77),
    });
    let made = cast.admin.post("/v1/organisations").key(&world.key()).json(&body).send().expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let clerk = staff(world, &cast.admin, "second_clerk", "employer_clerk", &id);
    (id, clerk)
}

fn propose(world: &World, person: &Actor, path: &str, employer: &str) -> Reply {
    let seen = person.get(path).send();
    let ask = person.post(&format!("{path}/transfers")).key(&world.key());
    ask.header("if-match", seen.header("etag").unwrap_or("\"1\""))
        .json(&json!({ "employer_id": employer, "reason": "已调入该单位" }))
        .send()
}

fn answer(clerk: &Actor, transfer: &Value, accept: bool) -> Reply {
    let path = format!("/v1/transfers/{}/decision", transfer["id"].as_str().unwrap());
    clerk.post(&path).json(&json!({ "accept": accept, "reason": "本人已在我单位工作" })).send()
}

// clauses: 4.3c, 4.2.6, 4.2.1b
on_both!(transfer_goes_back_to_the_first_step_and_keeps_the_submissions);
async fn transfer_goes_back_to_the_first_step_and_keeps_the_submissions(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (second, second_clerk) = second_institution(&world, &cast);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    decide(&cast.institution_clerk, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    submit(&person, &path).expect(200);
    directed_to_committee(&world, &cast, &path);
    assert_eq!(person.read(&path)["committee_submissions"], 1);

    let asked = propose(&world, &person, &path, &second).expect(201);
    assert_eq!((&asked["state"], &asked["employer_name"]), (&json!("proposed"), &json!("第二测绘院")));
    assert_eq!(place(&person, &path), "formal_review", "nothing changes before it is accepted");
    assert_eq!(second_clerk.read("/v1/transfers")["items"][0]["id"], asked["id"]);
    second_clerk.get(&path).send().problem(404, "not_found");
    assert_eq!(cast.institution_clerk.read("/v1/transfers")["items"], json!([]));
    answer(&cast.institution_clerk, &asked, true).problem(404, "not_found");

    assert_eq!(answer(&second_clerk, &asked, true).expect(200)["state"], "accepted");
    answer(&second_clerk, &asked, false).problem(409, "transfer_decided");
    let moved = person.read(&path);
    assert_eq!(
        (&moved["step"], &moved["employer_id"], &moved["committee_submissions"]),
        (&json!("employer_review"), &json!(second), &json!(1))
    );
    cast.institution_clerk.get(&path).send().problem(404, "not_found");
    let history = person.read(&format!("{path}/history"));
    let last = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["action"], &last["organisation_id"]), (&json!("transfer"), &json!(second)));
    let notices = person.read("/v1/notices");
    assert!(notices["items"].as_array().unwrap().iter().any(|notice| notice["kind"] == "application.transfer"), "{notices}");

    // What the former employer said and brought does not count.
    let refused = decide(&second_clerk, &path, &employer_approval(CYCLE));
    let codes: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"rules_unmet") && codes.contains(&"publicity_incomplete"), "{codes:?}");
    // The dossier still speaks of the former one; what that one returned does not bind this one.
    decide(&second_clerk, &path, &return_with(&[("/profile/employments/0", "1.1a", "new")])).expect(200);
    // The post begins after the first submission: it is judged on the day of the transfer.
    enter_profile(&person, &moved_profile(1, &cast, &second));
    let mut filing = directed_intermediate(&second);
    filing.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", &path, &path, &filing).expect(200);
    commit(&person, &path);
    submit(&person, &path).expect(200);
    employer_publicity(&world, &second_clerk, &path, "2024-08-05");
    world.travel("2024-08-12T09:00:00+08:00");
    decide(&second_clerk, &path, &employer_approval(CYCLE)).problem(422, "rules_unmet");
    assert!(!upload_employer_documents(&world, &second_clerk, &path).is_empty());
    decide(&second_clerk, &path, &employer_approval(CYCLE)).expect(200);
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
    let back = person.read(&path);
    assert_eq!((&back["stage"], &back["committee_submissions"]), (&json!("formal_review"), &json!(1)));
    assert_eq!(back["employer_changes"], json!([]));
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
    propose(&world, &person, &path, &cast.institution).problem(409, "stage_conflict");
}

// clauses: 4.3a, 4.3c
on_both!(new_employer_sees_what_was_changed_since_the_former_one_returned_it);
async fn new_employer_sees_what_was_changed_since_the_former_one_returned_it(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (second, second_clerk) = second_institution(&world, &cast);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    decide(&cast.institution_clerk, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    let mut profile = ready_profile(1, &cast.institution);
    profile["education"][0]["school"] = json!("测绘大学");
    enter_profile(&person, &profile);
    let mut filing = directed_intermediate(&cast.institution);
    filing.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", &path, &path, &filing).expect(200);
    let asked = propose(&world, &person, &path, &second).expect(201);
    answer(&second_clerk, &asked, true).expect(200);
    let seen = second_clerk.read(&format!("{path}/differences"));
    let pointers: Vec<&str> = seen["differences"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    assert_eq!((pointers, &seen["unasked"]), (vec!["/profile/education/0/school"], &json!(1)));
}

// clauses: 4.3c
on_both!(transfer_is_refused_while_a_publicity_runs_or_where_it_does_not_fit);
async fn transfer_is_refused_while_a_publicity_runs_or_where_it_does_not_fit(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (second, second_clerk) = second_institution(&world, &cast);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (other, _) = at_employer(&world, &cast, "applicant_b", 3);

    propose(&world, &person, &path, &cast.institution).problem(422, "invalid_field");
    propose(&world, &person, &path, &cast.department).problem(422, "invalid_field");
    propose(&world, &other, &path, &second).problem(404, "not_found");
    propose(&world, &cast.institution_clerk, &path, &second).problem(403, "forbidden");

    let asked = propose(&world, &person, &path, &second).expect(201);
    propose(&world, &person, &path, &second).problem(409, "transfer_pending");
    let withdrawal = format!("/v1/transfers/{}/withdrawal", asked["id"].as_str().unwrap());
    other.post(&withdrawal).send().problem(404, "not_found");
    assert_eq!(person.post(&withdrawal).send().expect(200)["state"], "withdrawn");
    answer(&second_clerk, &asked, true).problem(409, "transfer_decided");

    let declined = propose(&world, &person, &path, &second).expect(201);
    assert_eq!(answer(&second_clerk, &declined, false).expect(200)["state"], "declined");
    assert_eq!(place(&person, &path), "employer_review");
    let waiting = propose(&world, &person, &path, &second).expect(201);
    employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-29");
    let refused = answer(&second_clerk, &waiting, true).problem(409, "publicity_running");
    assert_eq!(refused["clause"], "4.3c");
    assert_eq!(person.read("/v1/transfers")["items"][0]["state"], "proposed", "nothing is half-done");
    assert_eq!(person.read(&path)["employer_id"], json!(cast.institution));
    person.post(&format!("/v1/transfers/{}/withdrawal", waiting["id"].as_str().unwrap())).send().expect(200);
    propose(&world, &person, &path, &second).problem(409, "publicity_running");
}

// clauses: 4.2.1b, 4.3c
on_both!(transfer_is_of_the_submission_it_was_asked_for);
async fn transfer_is_of_the_submission_it_was_asked_for(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (second, second_clerk) = second_institution(&world, &cast);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let asked = propose(&world, &person, &path, &second).expect(201);
    person.act("POST", &path, &format!("{path}/recall"), &json!({ "reason": "发现填错" })).expect(200);
    world.travel("2024-07-29T10:00:00+08:00");
    submit(&person, &path).expect(200);
    answer(&second_clerk, &asked, true).problem(409, "transfer_decided");
    person.post(&format!("/v1/transfers/{}/withdrawal", asked["id"].as_str().unwrap())).send().expect(200);

    // What the committee asked for is answered before anybody goes elsewhere.
    directed_to_committee(&world, &cast, &path);
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "4.2.1a", "new")])).expect(200);
    assert_eq!(propose(&world, &person, &path, &second).problem(409, "correction_pending")["clause"], "4.2.1b");
}

// clauses: 4.3c
on_both!(transfer_is_accepted_once_by_many_at_once);
async fn transfer_is_accepted_once_by_many_at_once(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (second, second_clerk) = second_institution(&world, &cast);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let asked = propose(&world, &person, &path, &second).expect(201);
    let wins: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let reply = answer(&second_clerk, &asked, true);
                    assert!(matches!(reply.status, 200 | 409), "{}", reply.body);
                    usize::from(reply.status == 200)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(wins, 1);
    let history = person.read(&format!("{path}/history"));
    let transfers = history["items"].as_array().unwrap().iter().filter(|step| step["action"] == "transfer").count();
    assert_eq!(transfers, 1);
}
