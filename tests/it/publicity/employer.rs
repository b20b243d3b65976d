//! The employer's notice (4.3c).

use std::sync::Barrier;

use serde_json::json;

use super::{against_approval, approve, employer_documents, object, put_up};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::journey::{at_employer, directed_intermediate, enter_profile, ready_profile, sign, submit};
use crate::support::on_both;
use crate::support::world::World;

// clauses: 4.3c, 4.1a
on_both!(publicity_runs_its_working_days);
async fn publicity_runs_its_working_days(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let clerk = &cast.institution_clerk;

    let short = put_up(&world, clerk, &path, &json!({ "from_date": "2024-09-11", "to_date": "2024-09-14" }))
        .problem(422, "publicity_too_short");
    assert_eq!(
        (short["errors"][0]["pointer"].as_str(), short["errors"][0]["clause"].as_str()),
        (Some("#/to_date"), Some("4.3c")),
        "{short:#}"
    );
    assert!(short["errors"][0]["detail"].as_str().unwrap().contains("共 4 个工作日"), "{short:#}");
    put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-26" })).problem(422, "invalid_field");
    put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-26", "to_date": "2024-07-25" })).problem(422, "invalid_body");
    put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29", "until": "2024-08-02" })).problem(422, "unknown_field");
    clerk
        .post(&format!("{path}/publicities"))
        .key("k")
        .json(&json!({ "from_date": "2024-07-29" }))
        .send()
        .problem(428, "precondition_required");
    clerk
        .post(&format!("{path}/publicities"))
        .if_match(1)
        .key("k")
        .json(&json!({ "from_date": "2024-07-29" }))
        .send()
        .problem(412, "stale_version");
    for (stranger, status, code) in
        [(&cast.enterprise_clerk, 404, "not_found"), (&person, 403, "forbidden"), (&cast.office, 403, "forbidden")]
    {
        let body = json!({ "from_date": "2024-07-29" });
        stranger
            .post(&format!("{path}/publicities"))
            .header("if-match", "*")
            .key(&world.key())
            .json(&body)
            .send()
            .problem(status, code);
    }
    assert_eq!(clerk.read(&format!("{path}/publicities"))["items"], json!([]), "what was refused is not there");
    assert!(against_approval(clerk, &path).contains(&"publicity_incomplete".to_owned()));

    // Both ends count, and the last day may be left to the calendar. A repeat is the same notice.
    let before = clerk.read(&path)["version"].as_i64().unwrap();
    let key = world.key();
    let ask =
        || clerk.post(&format!("{path}/publicities")).if_match(before).key(&key).json(&json!({ "from_date": "2024-07-29" })).send();
    let made = ask().expect(201);
    assert_eq!(ask().expect(201), made);
    assert_eq!((made["to_date"].as_str(), made["days"].as_i64()), (Some("2024-08-02"), Some(5)));
    assert_eq!((made["ends_at"].as_str(), made["state"].as_str()), (Some("2024-08-03T00:00:00+08:00"), Some("running")));
    assert_eq!((&made["finished"], &made["in_time"]), (&json!(false), &json!(true)));
    assert_eq!(made["text"]["titles"], json!(["助理工程师"]));
    let masked = made["text"]["id_number_masked"].as_str().unwrap();
    assert!(masked.starts_with("652901********"), "{masked}");
    assert_eq!(clerk.read(&path)["version"].as_i64().unwrap(), before + 1, "the application's ETag tells");
    put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-30" })).problem(409, "already_exists");
    let told = person.read("/v1/notices");
    assert!(told["items"].as_array().unwrap().iter().any(|notice| notice["kind"] == "publicity.open"), "{told}");

    // It is the unit's own: nobody outside reads it, in the list or by its id.
    let anybody = world.anybody();
    let (public, inside) = (format!("/v1/publicities/{}", made["id"].as_str().unwrap()), format!("{path}/publicities"));
    let hidden = || {
        for query in ["", "?kind=employer", "?cycle_id=aksu-2024", "?kind=result"] {
            assert_eq!(anybody.read(&format!("/v1/publicities{query}"))["items"], json!([]), "{query}");
        }
        anybody.get(&public).send().problem(404, "not_found");
        anybody.get(&inside).send().problem(401, "unauthenticated");
        cast.enterprise_clerk.get(&public).send().problem(404, "not_found");
        cast.enterprise_clerk.get(&inside).send().problem(404, "not_found");
        cast.county_reviewer.get(&inside).send().problem(404, "not_found");
    };
    hidden();
    for reader in [clerk, &person, &cast.department_reviewer, &cast.office] {
        assert_eq!(reader.read(&inside)["items"][0]["id"], made["id"]);
    }

    // Until 24:00 of its last day, to the microsecond.
    world.travel("2024-08-02T23:59:59.999999+08:00");
    hidden();
    assert!(against_approval(clerk, &path).contains(&"publicity_incomplete".to_owned()));
    world.travel("2024-08-03T00:00:00+08:00");
    let over = clerk.read(&format!("{path}/publicities/{}", made["id"].as_str().unwrap()));
    assert_eq!((&over["state"], &over["finished"]), (&json!("over"), &json!(true)));
    assert!(!against_approval(clerk, &path).contains(&"publicity_incomplete".to_owned()));
    employer_documents(&world, clerk, &path);
    assert_eq!(approve(clerk, &path).expect(200)["step"], "department_review");
    put_up(&world, clerk, &path, &json!({ "from_date": "2024-08-05" })).problem(409, "stage_conflict");
}

// clauses: 4.3c
on_both!(holidays_and_swapped_days_are_counted);
async fn holidays_and_swapped_days_are_counted(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    for (login, number, from, to) in
        [("applicant_a", 1, "2024-09-11", "2024-09-18"), ("applicant_b", 2, "2024-09-28", "2024-10-10")]
    {
        let (_, path) = at_employer(&world, &cast, login, number);
        let made = put_up(&world, clerk, &path, &json!({ "from_date": from, "to_date": to })).expect(201);
        assert_eq!((&made["days"], &made["state"], &made["in_time"]), (&json!(5), &json!("upcoming"), &json!(false)));
        // Nobody outside knows of it before its first day.
        world.anybody().get(&format!("/v1/publicities/{}", made["id"].as_str().unwrap())).send().problem(404, "not_found");
        object(&world, &made, &json!({ "text": "早" })).problem(404, "not_found");
    }
    assert_eq!(world.anybody().read("/v1/publicities")["items"], json!([]));
    world.travel("2024-09-11T00:00:00+08:00");
    assert_eq!(world.anybody().read("/v1/publicities")["items"], json!([]), "both have lapsed with the window");
}

// clauses: 2.1, 4.3c
on_both!(employer_publicity_must_start_in_time_for_the_window);
async fn employer_publicity_must_start_in_time_for_the_window(database: Database) {
    let world = World::at(database, "2024-08-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (_, friday) = at_employer(&world, &cast, "applicant_a", 1);
    let (late, monday) = at_employer(&world, &cast, "applicant_b", 2);
    let in_time = put_up(&world, clerk, &friday, &json!({ "from_date": "2024-08-23" })).expect(201);
    assert_eq!((&in_time["to_date"], &in_time["in_time"]), (&json!("2024-08-29"), &json!(true)));
    let too_late = put_up(&world, clerk, &monday, &json!({ "from_date": "2024-08-26" })).expect(201);
    assert_eq!((&too_late["to_date"], &too_late["in_time"]), (&json!("2024-08-30"), &json!(false)));

    world.travel("2024-08-30T18:00:00+08:00");
    for path in [&friday, &monday] {
        employer_documents(&world, clerk, path);
    }
    approve(clerk, &friday).expect(200);
    assert_eq!(approve(&cast.department_reviewer, &friday).expect(200)["stage"], "formal_review");
    approve(clerk, &monday).problem(409, "publicity_incomplete");
    assert_eq!(late.read(&format!("{monday}/publicities"))["items"][0]["state"], "running");

    // With the application its notice ends, though its last day is not over.
    world.travel("2024-08-30T18:00:00.000001+08:00");
    assert_eq!(world.anybody().read("/v1/publicities")["items"], json!([]));
    assert_eq!(late.read(&monday)["stage"], "lapsed");
    assert_eq!(late.read(&format!("{monday}/publicities"))["items"][0]["state"], "taken_down");
    object(&world, &too_late, &json!({ "text": "迟" })).problem(409, "publicity_closed");
}

// clauses: 4.3c
on_both!(twenty_concurrent_publicities_succeed_once);
async fn twenty_concurrent_publicities_succeed_once(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let target = format!("{path}/publicities");
    let barrier = Barrier::new(20);
    let statuses: Vec<(u16, String)> = std::thread::scope(|scope| {
        let asks: Vec<_> = (0..20)
            .map(|_| {
                let (key, clerk) = (world.key(), cast.institution_clerk.clone());
                let (target, barrier) = (&target, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let body = json!({ "from_date": "2024-07-29" });
                    let reply = clerk.post(target).header("if-match", "*").key(&key).json(&body).send();
                    (reply.status, reply.body["code"].as_str().unwrap_or_default().to_owned())
                })
            })
            .collect();
        asks.into_iter().map(|ask| ask.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|(status, _)| *status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|(status, code)| *status == 201 || code == "already_exists"), "{statuses:?}");
    assert_eq!(cast.institution_clerk.read(&target)["items"].as_array().unwrap().len(), 1);
}

// clauses: 4.3c, R1
on_both!(publicity_stays_valid_after_a_return_unless_the_dossier_changes);
async fn publicity_stays_valid_after_a_return_unless_the_dossier_changes(database: Database) {
    let world = World::at(database, "2024-07-29T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let clerk = &cast.institution_clerk;
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    put_up(&world, clerk, &path, &json!({ "from_date": "2024-07-29" })).expect(201);
    world.travel("2024-08-05T09:00:00+08:00");
    let come_back = |pointer: &str, profile: &serde_json::Value| {
        let correction = json!({ "pointer": pointer, "clause": "4.2.1a", "detail": "请补正", "kind": "told_late", "why_late": "首次审核时遗漏" });
        let body = json!({ "action": "return", "opinion": "请补正", "corrections": [correction] });
        clerk.act("POST", &path, &format!("{path}/decisions"), &body).expect(200);
        enter_profile(&person, profile);
        let filing = directed_intermediate(&cast.institution);
        let mut edit = filing.as_object().unwrap().clone();
        edit.remove("cycle_id");
        person.act("PUT", &path, &path, &json!(edit)).expect(200);
        sign(&person, &path);
        let open = person.read(&path)["open_corrections"][0]["id"].clone();
        submit(&person, &path, &json!([{ "correction_id": open, "answer": "已补正" }])).expect(200);
    };

    // Only how to reach the person has changed: what was public still holds.
    let mut profile = ready_profile(1, &cast.institution);
    profile["email"] = json!("applicant@example.org");
    come_back("/profile/email", &profile);
    assert!(!against_approval(clerk, &path).contains(&"publicity_incomplete".to_owned()));

    // What was public has changed: it is made public anew, and the newest counts.
    world.travel("2024-08-06T09:00:00+08:00");
    profile["achievements"][0]["title"] = json!("另一控制测量项目");
    come_back("/profile/achievements/0/title", &profile);
    assert!(against_approval(clerk, &path).contains(&"publicity_incomplete".to_owned()));
    assert_eq!(clerk.read(&format!("{path}/publicities"))["items"][0]["outdated"], true);
    let again = put_up(&world, clerk, &path, &json!({ "from_date": "2024-08-06" })).expect(201);
    let items = clerk.read(&format!("{path}/publicities"))["items"].clone();
    assert_eq!((&items[0]["state"], &items[1]["state"]), (&json!("superseded"), &json!("running")));
    assert_eq!(items[1]["id"], again["id"]);
    world.travel("2024-08-13T00:00:00+08:00");
    assert!(!against_approval(clerk, &path).contains(&"publicity_incomplete".to_owned()));
}
