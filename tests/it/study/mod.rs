//! The registry of continuing education: who enters it, who sees it, and that nothing else counts as "from the system".

use serde_json::{Value, json};

use crate::support::cast::{Cast, applicant, file, resident_id, staff};
use crate::support::database::Database;
use crate::support::journey::{directed_intermediate, enter_profile, ready_profile};
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

fn certificate(number: u32, year: u32, kind: &str, hours: u32, certificate: &str) -> Value {
    json!({ "id_number": resident_id("19850615", number), "year": year, "kind": kind, "hours": hours, "certificate_number": certificate })
}

fn enter(world: &World, actor: &Actor, body: &Value) -> Reply {
    actor.post("/v1/study-records").key(&world.key()).json(body).send()
}

/// What the hours of a year and the sources are judged to be.
fn verdicts(person: &Actor, path: &str, year: &str) -> (Value, Value) {
    let report = person.read(&format!("{path}/checks"));
    let items = report["items"].as_array().unwrap();
    let of = |rule: &str, subject: Option<&str>| {
        let found = items.iter().find(|item| item["rule"] == rule && subject.is_none_or(|year| item["subject"] == year));
        found.unwrap_or_else(|| panic!("{rule}"))["verdict"].clone()
    };
    (of("study_hours", Some(year)), of("study_source", None))
}

// clauses: 4.2.4b
on_both!(only_the_registry_is_the_system);
async fn only_the_registry_is_the_system(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let mut profile = ready_profile(1, &cast.institution);
    for record in profile["study_records"].as_array_mut().unwrap() {
        if record["year"] == 2023 {
            record["hours"] = json!(1000);
        }
    }
    enter_profile(&person, &profile);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    assert_eq!(verdicts(&person, &path, "2023"), (json!("unmet"), json!("unmet")));
    assert_eq!(verdicts(&person, &path, "2022"), (json!("met"), json!("unmet")));
    // Staff enter what was earned; what is known of the person is read anew.
    let made = enter(&world, &cast.prefecture_reviewer, &certificate(1, 2023, "specialty", 1000, "ZJ-1")).expect(201);
    enter(&world, &cast.county_reviewer, &certificate(1, 2023, "general", 1000, "ZJ-2")).expect(201);
    assert_eq!(verdicts(&person, &path, "2023"), (json!("met"), json!("met")));
    // The applicant sees them, masked, and may point to one; staff see what their organisation entered.
    let seen = person.read("/v1/study-records?year=2023");
    assert_eq!(seen["items"].as_array().unwrap().len(), 4, "{seen}");
    assert_eq!(seen["items"][0]["id_number_masked"], json!(format!("652901********{}", &resident_id("19850615", 1)[14..])));
    let record = format!("/v1/study-records/{}", made["id"].as_str().unwrap());
    assert_eq!(person.read(&record)["hours"], 1000);
    assert_eq!(cast.prefecture_reviewer.read("/v1/study-records")["items"].as_array().unwrap().len(), 1);
    let of_person = format!("/v1/study-records?account_id={}", person.account);
    assert_eq!(cast.county_reviewer.read(&of_person)["items"].as_array().unwrap().len(), 1);
    assert_eq!(cast.supervisor.read(&of_person)["items"].as_array().unwrap().len(), 11);
    cast.county_reviewer.get(&record).send().problem(404, "not_found");
    // One that was wrong is withdrawn by who entered it, once, and counts no more.
    let withdrawal = format!("{record}/withdrawal");
    let reason = json!({ "reason": "录入有误" });
    let other = staff(&world, &cast.admin, "other_prefecture", "reviewer", &prefecture(&world, &cast));
    other.post(&withdrawal).if_match(1).json(&reason).send().problem(404, "not_found");
    person.post(&withdrawal).if_match(1).json(&reason).send().problem(403, "forbidden");
    cast.prefecture_reviewer.post(&withdrawal).if_match(2).json(&reason).send().problem(412, "stale_version");
    let withdrawn = cast.prefecture_reviewer.post(&withdrawal).if_match(1).json(&reason).send().expect(200);
    assert_eq!((&withdrawn["version"], &withdrawn["withdrawal_reason"]), (&json!(2), &json!("录入有误")));
    cast.prefecture_reviewer.post(&withdrawal).if_match(2).json(&reason).send().problem(409, "record_withdrawn");
    assert_eq!(verdicts(&person, &path, "2023"), (json!("unmet"), json!("unmet")));
    // The right one takes its number.
    enter(&world, &cast.prefecture_reviewer, &certificate(1, 2023, "specialty", 60, "ZJ-1")).expect(201);
}

fn prefecture(world: &World, cast: &Cast) -> String {
    let body = json!({
        "kind": "prefecture_employment_service", "ownership": "none", "name": "另一地区就业服务中心", "region": "653100",
        "credit_code": crate::support::cast::credit_code(77),
    });
    cast.admin.post("/v1/organisations").key(&world.key()).json(&body).send().expect(201)["id"].as_str().unwrap().to_owned()
}

on_both!(a_certificate_is_entered_once);
async fn a_certificate_is_entered_once(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let staff = &cast.county_reviewer;
    let mut first = certificate(5, 2023, "specialty", 60, "ZJ-1");
    first["client_ref"] = json!("WS-1");
    enter(&world, staff, &first).expect(201);
    let again = enter(&world, staff, &first).problem(409, "already_exists");
    assert_eq!(again["errors"][0]["pointer"], "#/certificate_number");
    enter(&world, &cast.prefecture_reviewer, &certificate(5, 2023, "specialty", 59, "ZJ-1")).problem(409, "already_exists");
    let mut named = certificate(5, 2023, "specialty", 60, "ZJ-2");
    named["client_ref"] = json!("WS-1");
    enter(&world, staff, &named).problem(409, "client_ref_reused");
    // Another organisation has names of its own.
    enter(&world, &cast.prefecture_reviewer, &named).expect(201);
    for (field, value, pointer) in [
        ("id_number", json!("652901198506150011"), "#/id_number"),
        ("year", json!(2025), "#/year"),
        ("hours", json!(0), "#/hours"),
        ("certificate_number", json!(" "), "#/certificate_number"),
    ] {
        let mut wrong = certificate(5, 2023, "general", 30, "ZJ-9");
        wrong[field] = value;
        let refused = enter(&world, staff, &wrong).problem(422, "invalid_body");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let person = applicant(&world, "applicant_a", 1);
    for actor in [&person, &cast.office, &cast.admin, &cast.supervisor, &cast.institution_clerk] {
        enter(&world, actor, &certificate(1, 2023, "general", 30, "ZJ-3")).problem(403, "forbidden");
    }
}
