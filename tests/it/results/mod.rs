//! Results: publicised, objected to, confirmed, certified, revoked.

mod postings;

use serde_json::{Value, json};
use title_review::db::raw;

use crate::meetings::{add, attend, close, id_of, meeting, ready, vote};
use crate::publicity::withdrawal::withdraw;
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

fn publicise(cast: &Cast, meeting: &str, from: &str) -> Reply {
    cast.office.act("POST", meeting, &format!("{meeting}/publicity"), &json!({ "from_date": from }))
}

fn confirm(cast: &Cast, path: &str) -> Reply {
    cast.office.act("POST", path, &format!("{path}/confirmation"), &json!({}))
}

/// So many intermediates whose result is public from 14 to 18 October: applicant and path of each, and the meeting.
async fn publicised(world: &World, cast: &Cast, count: u32) -> (Vec<(Actor, String)>, String) {
    let mut passed = Vec::new();
    for number in 1..=count {
        passed.push(ready(world, cast, number, "surveying", "intermediate").await);
    }
    let meeting = meeting(world, cast);
    let paths: Vec<&str> = passed.iter().map(|(_, path)| path.as_str()).collect();
    add(cast, &meeting, &paths).expect(200);
    attend(cast, &meeting, 25).expect(200);
    for path in paths {
        vote(cast, &meeting, path, 25, 0, 0, 0).expect(200);
    }
    world.travel("2024-10-12T09:00:00+08:00");
    publicise(cast, &meeting, "2024-10-14").problem(409, "conflict");
    close(cast, &meeting).expect(200);
    let public = publicise(cast, &meeting, "2024-10-14").expect(200);
    assert_eq!(public["items"].as_array().unwrap().len(), passed.len());
    publicise(cast, &meeting, "2024-10-14").problem(409, "conflict");
    (passed, meeting)
}

fn certificate_of(person: &Actor, path: &str) -> String {
    person.read(&format!("{path}/result"))["certificate_number"].as_str().unwrap().to_owned()
}

// clauses: 2.4, R7, R10, A3, 3.1a
on_both!(a_result_is_publicised_confirmed_certified_and_revoked);
async fn a_result_is_publicised_confirmed_certified_and_revoked(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (passed, _) = publicised(&world, &cast, 2).await;
    let (person, path) = &passed[0];
    let (other, second) = &passed[1];
    assert_eq!(person.read(path)["stage"], "publicised");
    assert_eq!(world.anybody().read("/v1/publicities?kind=result")["items"], json!([]), "not before its first day");
    world.travel("2024-10-14T00:00:00+08:00");
    assert_eq!(world.anybody().read("/v1/publicities?kind=result")["items"].as_array().unwrap().len(), 2);
    confirm(&cast, path).problem(409, "publicity_incomplete");
    world.travel("2024-10-18T23:59:59+08:00");
    confirm(&cast, path).problem(409, "publicity_incomplete");
    assert_eq!(person.read(&format!("{path}/result"))["certificate_number"], Value::Null);

    world.travel("2024-10-19T00:00:00+08:00");
    person.act("POST", path, &format!("{path}/confirmation"), &json!({})).problem(403, "forbidden");
    assert_eq!(confirm(&cast, path).expect(200)["stage"], "confirmed");
    confirm(&cast, path).problem(409, "stage_conflict");
    confirm(&cast, second).expect(200);
    let too_late = json!({ "reason": "异议成立" });
    cast.office.act("POST", second, &format!("{second}/disqualification"), &too_late).problem(409, "stage_conflict");
    let (number, next) = (certificate_of(person, path), certificate_of(other, second));
    // Year, region, specialty, level, running number of the cycle.
    assert_eq!((number.as_str(), next.as_str()), ("202465290001300001", "202465290001300002"));

    let check = || world.anybody().read(&format!("/v1/certificates/{number}"));
    let valid = check();
    assert_eq!(
        (&valid["status"], &valid["title"], &valid["issued_on"], &valid["authority"], &valid["specialty"]),
        (&json!("valid"), &json!("工程师"), &json!("2024-10-19"), &json!("阿克苏地区自然资源局"), &json!("测绘"))
    );
    assert_eq!(
        (&valid["obtained_on"], &valid["issued_on"]),
        (&json!("2024-08-20"), &json!("2024-10-19")),
        "obtained by the meeting, issued by the confirmation"
    );
    assert!(valid["scope"].as_str().unwrap().contains("阿克苏地区范围内有效"));
    assert!(!valid.to_string().contains("申报人"), "the name is masked: {valid}");
    assert!(!valid.to_string().contains(&id_of(path)), "nothing leads to the application: {valid}");
    world.anybody().get("/v1/certificates/202465290001300099").send().problem(404, "not_found");

    let body = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    let decided = cast.office.act("POST", path, &format!("{path}/fraud-decisions"), &body).expect(201);
    assert_eq!((&decided["stage"], &decided["sanctions"][0]["last_year"]), (&json!("revoked"), &json!(2027)));
    let revoked = check();
    assert_eq!(
        (&revoked["status"], &revoked["revoked_on"], &revoked["revoked_clause"]),
        (&json!("revoked"), &json!("2024-10-19"), &json!("R10"))
    );
    assert_eq!(revoked["issued_on"], valid["issued_on"], "what was issued stays as it was");
    assert_eq!(world.anybody().read(&format!("/v1/certificates/{next}"))["status"], "valid");
    assert_eq!(person.read(&format!("{path}/result"))["certificate_status"], "revoked");

    // Somebody changes the certificate, and takes the revocation of the other away, past the program.
    let edits = [
        format!("UPDATE certificates SET title = '高级工程师' WHERE number = '{next}'"),
        format!("DELETE FROM certificate_revocations WHERE number = '{number}'"),
    ];
    for edit in edits {
        world.app.db.write(move |conn| raw::execute(conn, &edit, &[])).await.unwrap();
    }
    let disputed = world.anybody().read(&format!("/v1/certificates/{next}"));
    assert_eq!((&disputed["status"], &disputed["title"]), (&json!("disputed"), &json!("高级工程师")));
    assert_eq!(check()["status"], "disputed");
    assert_eq!(other.read(&format!("{second}/result"))["certificate_status"], "disputed");
}

// clauses: R7
on_both!(an_upheld_objection_disqualifies_and_bars_nobody);
async fn an_upheld_objection_disqualifies_and_bars_nobody(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (passed, _) = publicised(&world, &cast, 2).await;
    let (person, path) = &passed[0];
    world.travel("2024-10-15T09:00:00+08:00");
    let notices = cast.office.read(&format!("{path}/publicities"));
    let notice = notices["items"][0]["id"].as_str().unwrap();
    let objection = json!({ "text": "业绩不实" });
    world.anybody().post(&format!("/v1/publicities/{notice}/objections")).key(&world.key()).json(&objection).send().expect(201);
    world.travel("2024-10-19T00:00:00+08:00");
    confirm(&cast, path).problem(409, "objection_open");
    let disqualify = || cast.office.act("POST", path, &format!("{path}/disqualification"), &json!({ "reason": "异议成立" }));
    disqualify().problem(409, "ground_missing");

    let open = cast.office.read(&format!("{path}/objections"));
    let open = open["items"][0]["id"].as_str().unwrap();
    let ruling = json!({ "finding": "upheld", "reason": "核实属实" });
    let decided = cast.office.post(&format!("/v1/objections/{open}/decision")).key(&world.key()).json(&ruling).send();
    assert!(decided.status < 300, "{}", decided.body);
    confirm(&cast, path).problem(409, "objection_upheld");
    assert_eq!(disqualify().expect(200)["stage"], "disqualified");
    assert_eq!(person.read(&format!("{path}/result"))["stage"], "disqualified");
    assert_eq!(cast.supervisor.read(&format!("/v1/sanctions?account_id={}", person.account))["items"], json!([]));
    // The other result is not touched by it.
    assert_eq!(confirm(&cast, &passed[1].1).expect(200)["stage"], "confirmed");
}

// clauses: 2.4, R7, 4.1a
on_both!(result_made_public_with_a_wrong_day_is_withdrawn_and_publicised_anew);
async fn result_made_public_with_a_wrong_day_is_withdrawn_and_publicised_anew(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (passed, meeting) = publicised(&world, &cast, 2).await;
    let (person, path) = &passed[0];
    world.travel("2024-10-14T09:00:00+08:00");
    let notice = cast.office.read(&format!("{path}/publicities"))["items"][0].clone();
    // Who posts it on its own premises is not who put it up.
    withdraw(&cast.institution_clerk, path, &notice).problem(409, "out_of_turn");
    let objection = json!({ "text": "业绩不实" });
    let objections = format!("/v1/publicities/{}/objections", notice["id"].as_str().unwrap());
    world.anybody().post(&objections).key(&world.key()).json(&objection).send().expect(201);
    assert_eq!(withdraw(&cast.office, path, &notice).problem(409, "objection_open")["clause"], "R7");
    let open = cast.office.read(&format!("{path}/objections"))["items"][0]["id"].as_str().unwrap().to_owned();
    let ruling = json!({ "finding": "rejected", "reason": "经核实，与事实不符" });
    cast.office.post(&format!("/v1/objections/{open}/decision")).key(&world.key()).json(&ruling).send().expect(200);

    assert_eq!(withdraw(&cast.office, path, &notice).expect(200)["state"], "withdrawn");
    assert_eq!(person.read(path)["stage"], "passed");
    let public = world.anybody().read("/v1/publicities?kind=result");
    assert_eq!(public["items"].as_array().unwrap().len(), 1, "the other one runs");
    world.anybody().get(&format!("/v1/publicities/{}", notice["id"].as_str().unwrap())).send().problem(404, "not_found");
    confirm(&cast, path).problem(409, "stage_conflict");

    // Those who wait for it are publicised anew; the days of the first count for nothing.
    let again = publicise(&cast, &meeting, "2024-10-21").expect(200);
    assert_eq!(again["items"].as_array().unwrap().len(), 1);
    world.travel("2024-10-19T00:00:00+08:00");
    confirm(&cast, path).problem(409, "publicity_incomplete");
    assert_eq!(confirm(&cast, &passed[1].1).expect(200)["stage"], "confirmed");
    world.travel("2024-10-26T00:00:00+08:00");
    assert_eq!(confirm(&cast, path).expect(200)["stage"], "confirmed");
    let second = cast.office.read(&format!("{path}/publicities"))["items"][1].clone();
    assert_eq!(withdraw(&cast.office, path, &second).problem(409, "stage_conflict")["state"], "confirmed");
}
