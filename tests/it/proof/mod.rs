//! What counts as proof: what an applicant says against what is on record, and the documents that each claim asks for.

use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::context::{Act, Cx};
use title_review::cycle_publication::service as cycle_publication;
use title_review::db::ExecuteProven as _;
use title_review::db::schema::applications as table;

use crate::meetings::{add, attend, close, meeting, ready, vote};
use crate::sanctions::load_cycle_of;
use crate::support::cast::{Cast, applicant, credit_code, file};
use crate::support::chain::{
    approval, commit, decide, employer_approval, employer_publicity, place, return_with, steps_of, submit,
};
use crate::support::database::Database;
use crate::support::journey::{
    at_employer, directed_intermediate, enter_profile, ready_profile, upload, upload_all_required, upload_employer_documents,
};
use crate::support::on_both;
use crate::support::world::{Actor, World};

const CYCLE: &str = "aksu-2024";
const OPENING: &str = "2024-07-22T09:00:00+08:00";
pub const AKSU: &str = include_str!("../../../cycles/aksu-2024.toml");

/// What the rules say of the draft with this profile: rule, clause and pointers of everything that stops it.
fn stops(person: &Actor, path: &str, profile: &Value, filing: &Value) -> Vec<(String, String, Vec<String>)> {
    enter_profile(person, profile);
    let mut change = filing.clone();
    change.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", path, path, &change).expect(200);
    let report = person.read(&format!("{path}/checks"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let blocking = report["items"].as_array().unwrap().iter().filter(|item| item["blocks"] == true && item["rule"] != "commitment");
    blocking
        .map(|item| {
            let pointers = item["pointers"].as_array().unwrap().iter().map(text).collect();
            (text(&item["rule"]), text(&item["clause"]), pointers)
        })
        .collect()
}

// clauses: 4.2.1a
on_both!(somebody_seconded_who_works_in_two_specialties_applies);
async fn somebody_seconded_who_works_in_two_specialties_applies(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let person = applicant(&world, "applicant_a", 1);
    let mut profile = ready_profile(1, &cast.institution);
    let mut seconded = profile["employments"][0].clone();
    seconded["organisation_id"] = Value::Null;
    (seconded["employer_name"], seconded["from"]) = (json!("借调单位"), json!("2023-01-01"));
    profile["employments"].as_array_mut().unwrap().push(seconded.clone());
    let mut second = profile["technical_work"][0].clone();
    (second["specialty"], second["from"]) = (json!("land"), json!("2020-01-01"));
    profile["technical_work"].as_array_mut().unwrap().push(second);
    let nothing = {
        enter_profile(&person, &profile);
        let path = file(&world, &person, &directed_intermediate(&cast.institution));
        upload_all_required(&world, &person, &path);
        stops(&person, &path, &profile, &directed_intermediate(&cast.institution))
    };
    assert!(nothing.is_empty(), "{nothing:?}");

    // The same post told twice, and the same work.
    seconded["from"] = json!("2024-01-01");
    profile["employments"].as_array_mut().unwrap().push(seconded);
    let again = profile["technical_work"][1].clone();
    profile["technical_work"].as_array_mut().unwrap().push(again);
    let refused = person.act("PUT", "/v1/profile", "/v1/profile", &profile).problem(422, "invalid_body");
    let told: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|error| (error["pointer"].clone(), error["code"].clone())).collect();
    let twice = ["#/employments/2/from", "#/technical_work/2/from"].map(|pointer| (json!(pointer), json!("overlap")));
    assert_eq!(told, twice, "{refused}");
}

// clauses: 1.1a, 3.1a, 4.2.1a, 4.2.2, 4.2.4a, 4.2.4d, A4.2, A4.3
on_both!(claim_without_its_proof_stops_the_submission);
async fn claim_without_its_proof_stops_the_submission(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let filing = directed_intermediate(&cast.institution);
    let ready = ready_profile(1, &cast.institution);
    let person = applicant(&world, "applicant_a", 1);
    enter_profile(&person, &ready);
    let path = file(&world, &person, &filing);
    let uploaded = upload_all_required(&world, &person, &path);
    assert!(uploaded.contains(&"achievement_proof".to_owned()), "{uploaded:?}");
    let nothing = stops(&person, &path, &ready, &filing);
    assert!(nothing.is_empty(), "{nothing:?}");

    let stopped_by = |change: &dyn Fn(&mut Value)| {
        let mut profile = ready.clone();
        change(&mut profile);
        stops(&person, &path, &profile, &filing)
    };
    let expect = |change: &dyn Fn(&mut Value), rule: &str, clause: &str, pointer: &str| {
        let found = stopped_by(change);
        let some = found.iter().any(|(r, c, at)| r == rule && c == clause && at.iter().any(|one| one == pointer));
        assert!(some, "{rule} {clause} {pointer}: {found:?}");
    };
    // 7.7: a present post at the employer chosen.
    let posts = "/profile/employments";
    expect(&|p| p["employments"] = json!([]), "track_admission", "1.1a", posts);
    expect(&|p| p["employments"][0]["to"] = json!("2024-06-30"), "track_admission", "1.1a", posts);
    expect(&|p| p["employments"][0]["organisation_id"] = json!(cast.enterprise), "track_admission", "1.1a", posts);
    // 7.6: both certificates of each year, whatever the hours.
    let only_specialty = |p: &mut Value| {
        let records = p["study_records"].as_array_mut().unwrap();
        records.retain(|record| !(record["year"] == 2024 && record["kind"] == "general"));
        records.push(json!({ "year": 2024, "kind": "specialty", "hours": 42, "source": "system" }));
    };
    expect(&only_specialty, "study_hours", "4.2.4a", "/profile/study_records");
    // A level that is held already.
    let held = json!({ "level": "intermediate", "name": "工程师", "series": "engineering", "obtained_on": "2018-12-01" });
    expect(&|p| p["titles"].as_array_mut().unwrap().push(held.clone()), "level_held", "3.1a", "/level");
    // Documents of a probation and of an appointment.
    let probation = json!([{ "from": "2010-07-01", "to": "2011-06-30", "passed": true }]);
    expect(&|p| p["probations"] = probation.clone(), "evidence", "4.2.1a", "/evidence/probation_certificate");
    expect(&|p| p["titles"][0]["appointed_on"] = json!("2020-01-01"), "evidence", "4.2.1a", "/evidence/appointment_document");
    // The graduate form stands for the education that counts alone.
    let old = json!({ "qualification": "secondary_vocational", "school": "中专", "to": "2006-06-30", "not_in_chsi": true });
    let in_chsi_still = stopped_by(&|p| {
        p["education"][0]["chsi_code"] = Value::Null;
        p["education"].as_array_mut().unwrap().push(old.clone());
    });
    assert!(
        in_chsi_still.iter().any(|(rule, clause, _)| rule == "evidence_alternatives" && clause == "4.2.2"),
        "{in_chsi_still:?}"
    );
    // The exemption is told by the note that it breaks.
    enter_profile(&person, &{
        let mut profile = ready.clone();
        profile["study_exemptions"] = json!([
            { "ground": "returned", "approver": "village_work_office", "years": [2023] },
            { "ground": "own_rule", "approver": "village_work_office", "years": [2023] },
        ]);
        profile
    });
    let mut change = filing.clone();
    change.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", &path, &path, &change).expect(200);
    let report = person.read(&format!("{path}/checks"));
    let told = report["items"].as_array().unwrap().iter().filter(|item| item["rule"] == "study_exemption");
    let told: Vec<_> = told.map(|item| (item["verdict"].clone(), item["clause"].clone(), item["words"].clone())).collect();
    assert_eq!((&told[0].0, &told[0].1, &told[1].1), (&json!("unmet"), &json!("A4.2"), &json!("A4.3")));
    assert!(told[0].2.as_str().unwrap().contains("已返回人员") && told[1].2.as_str().unwrap().contains("不得私自设置"));

    // A submission is refused by the same, and nothing is half done.
    assert!(!stopped_by(&|p| p["probations"] = probation.clone()).is_empty());
    commit(&person, &path);
    let refused = submit(&person, &path).problem(422, "rules_unmet");
    let places: Vec<&str> = refused["errors"].as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert!(places.contains(&"#/evidence/probation_certificate"), "{refused}");
    assert_eq!(place(&person, &path), "draft");
    upload(&world, &person, &path, "probation_certificate").expect(201);
    commit(&person, &path);
    submit(&person, &path).expect(200);
}

// clauses: 1.2c, 4.2.4c
on_both!(record_of_the_employer_wins_over_the_word_of_the_applicant);
async fn record_of_the_employer_wins_over_the_word_of_the_applicant(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let mut number = 940;
    let mut outside = |ownership: &str| {
        number += 1;
        let body = json!({
            "kind": "enterprise", "ownership": ownership, "name": format!("疆外公司{number}"), "region": "330100", "credit_code": credit_code(number),
        });
        cast.admin.post("/v1/organisations").key(&world.key()).json(&body).send().expect(201)
    };
    let (state, private) = (outside("state"), outside("private"));
    let profile = |employer: &Value, stationed_by: &Value| {
        let mut profile = ready_profile(1, employer["id"].as_str().unwrap());
        profile["stationings"] = json!([{
            "enterprise_name": stationed_by["name"], "credit_code": stationed_by["credit_code"], "enterprise_region": "330100",
            "ownership": "private", "region": "652902", "from": "2020-01-01",
        }]);
        (profile["study_records"], profile["first_time_applicant"]) = (json!([]), json!(true));
        profile
    };
    let filing = |employer: &Value, track: &str| {
        let mut filing = directed_intermediate(employer["id"].as_str().unwrap());
        filing["track"] = json!(track);
        filing
    };
    let person = applicant(&world, "applicant_a", 1);
    enter_profile(&person, &profile(&private, &private));
    let path = file(&world, &person, &filing(&private, "private_enterprise"));
    let admission = |employer: &Value, stationed_by: &Value| {
        let stopped = stops(&person, &path, &profile(employer, stationed_by), &filing(employer, "private_enterprise"));
        stopped.into_iter().find(|(rule, ..)| rule == "track_admission").map(|(_, clause, at)| (clause, at))
    };
    let certificate = ("1.2c".to_owned(), vec!["/profile/stationings/0".to_owned(), "/evidence/stationing_certificate".to_owned()]);
    assert_eq!(admission(&private, &private), Some(certificate), "only its certificate is missing");
    assert_eq!(admission(&state, &state).unwrap().0, "1.2c", "the entry says private, the record does not");
    assert_eq!(admission(&private, &state).unwrap().1, ["/profile/stationings"], "somebody else's stationing");
    // 4.2.4c is about the person: staff of a private enterprise, on the directed track too.
    let hours = |employer: &Value| {
        let stopped = stops(&person, &path, &profile(employer, employer), &filing(employer, "directed"));
        stopped.iter().filter(|(rule, ..)| rule == "study_hours").count()
    };
    assert_eq!((hours(&private), hours(&state)), (0, 4));
}

// clauses: 1.2a, 4.1c
on_both!(employer_counts_as_it_was_at_the_first_submission);
async fn employer_counts_as_it_was_at_the_first_submission(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let mut profile = ready_profile(1, &cast.enterprise);
    profile["putonghua"] = Value::Null;
    let mut filing = directed_intermediate(&cast.enterprise);
    filing["track"] = json!("private_enterprise");
    let person = applicant(&world, "applicant_a", 1);
    enter_profile(&person, &profile);
    let path = file(&world, &person, &filing);
    upload_all_required(&world, &person, &path);
    commit(&person, &path);
    let organisation = format!("/v1/organisations/{}", cast.enterprise);
    let change = |ownership: &str, region: &str| {
        let body = json!({
            "kind": "enterprise", "ownership": ownership, "name": "民营测绘公司", "region": region, "credit_code": credit_code(3),
        });
        cast.admin.act("PUT", &organisation, &organisation, &body).expect(200);
    };
    // Before the first submission it counts as it is.
    change("state", "652901");
    submit(&person, &path).problem(422, "rules_unmet");
    change("private", "652902");
    let submitted = submit(&person, &path).expect(200);
    assert_eq!((&submitted["county"], &submitted["employer_changes"]), (&json!("652902"), &json!([])));
    // A recalled draft follows it again.
    person.act("POST", &path, &format!("{path}/recall"), &json!({ "reason": "单位登记有误" })).expect(200);
    change("private", "652901");
    assert_eq!(submit(&person, &path).expect(200)["county"], "652901");

    change("state", "650100");
    let expected = json!([
        { "field": "ownership", "at_submission": "private", "now": "state" },
        { "field": "region", "at_submission": "652901", "now": "650100" },
    ]);
    // A correction keeps the way that was taken over.
    let chain = steps_of(&person.read(&path));
    decide(&cast.enterprise_clerk, &path, &return_with(&[("/profile/titles/0", "3.1a", "new")])).expect(200);
    filing.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", &path, &path, &filing).expect(200);
    commit(&person, &path);
    submit(&person, &path).expect(200);
    let corrected = person.read(&path);
    assert_eq!((&corrected["county"], &corrected["step"]), (&json!("652901"), &json!("employer_review")));
    assert_eq!(steps_of(&corrected), chain);
    world.travel("2024-07-29T09:00:00+08:00");
    employer_publicity(&world, &cast.enterprise_clerk, &path, "2024-07-29");
    world.travel("2024-08-05T09:00:00+08:00");
    upload_employer_documents(&world, &cast.enterprise_clerk, &path);
    decide(&cast.enterprise_clerk, &path, &employer_approval(CYCLE)).expect(200);
    assert_eq!(cast.county_reviewer.read(&path)["employer_changes"], expected);
    decide(&cast.county_reviewer, &path, &approval(CYCLE)).expect(200);
    decide(&cast.prefecture_reviewer, &path, &approval(CYCLE)).expect(200);
    assert_eq!(cast.office.read(&path)["employer_changes"], expected);
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
    assert_eq!(place(&person, &path), "accepted");
}

pub fn amend(world: &World, cast: &Cast, definition: &str) -> i64 {
    let loaded = cast.admin.post("/v1/cycles").key(&world.key()).json(&json!({ "definition": definition })).send().expect(201);
    let publication = json!({ "version": loaded["version"], "reason": "更正" });
    cast.admin.post("/v1/cycles/aksu-2024/publication").json(&publication).send().expect(200);
    loaded["version"].as_i64().unwrap()
}

// clauses: 3.1a, 2.1
on_both!(draft_follows_its_cycle_until_the_first_submission);
async fn draft_follows_its_cycle_until_the_first_submission(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let filing = directed_intermediate(&cast.institution);
    let drafted = |login: &str, number: u32| {
        let person = applicant(&world, login, number);
        enter_profile(&person, &ready_profile(number, &cast.institution));
        let path = file(&world, &person, &filing);
        upload_all_required(&world, &person, &path);
        commit(&person, &path);
        (person, path)
    };
    let ((early, first), (late, second)) = (drafted("applicant_a", 1), drafted("applicant_b", 2));
    submit(&early, &first).expect(200);
    // Six years in the title below, and a week less to apply.
    let amended = AKSU
        .replace("取得助理工程师职称后，从事技术工作满4年", "取得助理工程师职称后，从事技术工作满6年")
        .replace("title = \"assistant\", title_years = 4", "title = \"assistant\", title_years = 6")
        .replace("2024-08-30T18:00:00+08:00", "2024-08-23T18:00:00+08:00");
    assert_eq!(amend(&world, &cast, &amended), 2);
    let version = |person: &Actor, path: &str| person.read(path)["cycle_version"].as_i64().unwrap();
    assert_eq!((version(&early, &first), version(&late, &second)), (1, 2));
    let refused = submit(&late, &second).problem(422, "rules_unmet");
    let conditions = refused["errors"].as_array().unwrap().iter().find(|error| error["clause"] == "3.1a").unwrap().clone();
    assert!(conditions["detail"].as_str().unwrap().contains("需满6年"), "{conditions}");
    // What was submitted is judged by its own version; recalled, it is a draft like any other.
    let own = early.read(&format!("{first}/checks"));
    let conditions = own["items"].as_array().unwrap().iter().find(|item| item["rule"] == "conditions").unwrap();
    assert_eq!(conditions["verdict"], "met", "{conditions}");
    assert_eq!(early.act("POST", &first, &format!("{first}/recall"), &json!({})).expect(200)["cycle_version"], 2);
    submit(&early, &first).problem(422, "rules_unmet");
    assert_eq!(amend(&world, &cast, &AKSU.replace("2024-08-30T18:00:00+08:00", "2024-08-29T18:00:00+08:00")), 3);
    assert_eq!(submit(&late, &second).expect(200)["cycle_version"], 3);
    // Its window is the newest one's.
    world.travel("2024-08-29T18:00:00+08:00");
    assert_eq!(place(&early, &first), "draft");
    world.travel("2024-08-29T18:00:01+08:00");
    assert_eq!(place(&early, &first), "lapsed");
    // Revived, it is a draft of the newest version.
    assert_eq!(amend(&world, &cast, AKSU), 4);
    let extension = json!({ "window": "application", "until": "2024-09-05T18:00:00+08:00", "reason": "平台故障，延长申报时间" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&extension).send().expect(201);
    assert_eq!((place(&early, &first), version(&early, &first)), ("draft".to_owned(), 4));
    world.travel("2024-09-05T18:00:01+08:00");
    assert_eq!(place(&early, &first), "lapsed");
}

// clauses: 2.2
on_both!(cycle_without_a_committee_is_not_published_and_takes_no_application);
async fn cycle_without_a_committee_is_not_published_and_takes_no_application(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let next = AKSU.replacen("id = \"aksu-2024\"", "id = \"aksu-again\"", 1);
    cast.admin.post("/v1/cycles").key(&world.key()).json(&json!({ "definition": next })).send().expect(201);
    let publish = || cast.admin.post("/v1/cycles/aksu-again/publication").json(&json!({ "version": 1 })).send();
    let refused = publish().problem(409, "committee_missing");
    assert_eq!(refused["clause"], "2.2", "{refused}");
    world.anybody().get("/v1/cycles/aksu-again").send().problem(404, "not_found");
    let committee = "/v1/cycles/aksu-again/committee";
    cast.admin.act("PUT", committee, committee, &json!({ "committee_id": cast.committee })).expect(200);
    publish().expect(200);
    // A notice that comes with the product is readable before it has a committee, and takes no application.
    let person = applicant(&world, "applicant_a", 1);
    let filing = json!({
        "cycle_id": "tianhe-2024", "track": "general", "specialty": "agronomy", "level": "intermediate", "employer_id": cast.institution,
    });
    let refused = person.post("/v1/applications").key(&world.key()).json(&filing).send().problem(409, "committee_missing");
    assert_eq!(refused["errors"][0]["pointer"], "#/cycle_id", "{refused}");
}

// clauses: 3.1a, 1.1a
on_both!(database_of_an_older_program_catches_up_at_the_start);
async fn database_of_an_older_program_catches_up_at_the_start(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (submitted, first) = at_employer(&world, &cast, "applicant_a", 1);
    let drafting = applicant(&world, "applicant_b", 2);
    let second = file(&world, &drafting, &directed_intermediate(&cast.institution));
    amend(&world, &cast, &AKSU.replace("2024-08-30T18:00:00+08:00", "2024-08-23T18:00:00+08:00"));
    // As a program left it that knew neither.
    let older = |cx: &mut Cx<'_>| {
        let all = table::table.filter(table::cycle_id.eq(CYCLE));
        diesel::update(all).set(table::cycle_version.eq(1)).execute_proven(cx.conn)?;
        let none: Option<String> = None;
        diesel::update(all).set(table::employer_facts.eq(none)).execute_proven(cx.conn)?;
        let (object_kind, object_id) = ("database", "applications".to_owned());
        cx.record(Act { action: "test.older", object_kind, object_id, clause: None, detail: json!({}) })
    };
    world.app.act_as_system(older).await.unwrap();
    assert_eq!(drafting.read(&second)["cycle_version"], 1);
    world.app.act_as_system(cycle_publication::catch_up).await.unwrap();
    assert_eq!(
        (submitted.read(&first)["cycle_version"].clone(), drafting.read(&second)["cycle_version"].clone()),
        (json!(1), json!(2))
    );
    let organisation = format!("/v1/organisations/{}", cast.institution);
    let mut body = cast.admin.read(&organisation);
    body["region"] = json!("652902");
    let fields = ["kind", "ownership", "name", "region", "credit_code", "parent_id"];
    let body: serde_json::Map<String, Value> = fields.iter().map(|field| ((*field).to_owned(), body[*field].clone())).collect();
    cast.admin.act("PUT", &organisation, &organisation, &Value::Object(body)).expect(200);
    assert_eq!(submitted.read(&first)["employer_changes"][0]["at_submission"], "652901");
    world.travel("2024-08-23T18:00:01+08:00");
    assert_eq!(place(&drafting, &second), "lapsed");
    // Done once.
    world.app.act_as_system(cycle_publication::catch_up).await.unwrap();
}

// clauses: 3.1a, 4.3d, R10
on_both!(title_that_was_issued_here_is_known_until_it_is_revoked);
async fn title_that_was_issued_here_is_known_until_it_is_revoked(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    // An application in the next year's cycle, for the level that this year's gives.
    let mut filing = directed_intermediate(&cast.institution);
    filing["cycle_id"] = json!(load_cycle_of(&world, &cast, 2025));
    let next = file(&world, &person, &filing);
    let held = || {
        let report = person.read(&format!("{next}/checks"));
        report["items"].as_array().unwrap().iter().find(|item| item["rule"] == "level_held").unwrap().clone()
    };
    assert_eq!(held()["verdict"], "met");
    let meeting = meeting(&world, &cast);
    add(&cast, &meeting, &[&path]).expect(200);
    attend(&cast, &meeting, 25).expect(200);
    vote(&cast, &meeting, &path, 25, 0, 0, 0).expect(200);
    world.travel("2024-10-12T09:00:00+08:00");
    close(&cast, &meeting).expect(200);
    cast.office.act("POST", &meeting, &format!("{meeting}/publicity"), &json!({ "from_date": "2024-10-14" })).expect(200);
    world.travel("2024-10-19T09:00:00+08:00");
    assert_eq!(held()["verdict"], "met", "passed, not confirmed");
    cast.office.act("POST", &path, &format!("{path}/confirmation"), &json!({})).expect(200);
    let known = held();
    assert_eq!(
        (&known["verdict"], &known["clause"], &known["pointers"]),
        (&json!("unmet"), &json!("3.1a"), &json!(["/level", "/profile/titles"]))
    );
    let obtained = known["values"].as_array().unwrap().iter().find(|value| value["name"] == "obtained_on").unwrap();
    assert_eq!(obtained["value"], "2024-08-20", "the day of the meeting");
    // Its own application is not held against itself.
    let own = person.read(&format!("{path}/checks"));
    assert_eq!(own["items"].as_array().unwrap().iter().find(|item| item["rule"] == "level_held").unwrap()["verdict"], "met");
    let fraud = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.act("POST", &path, &format!("{path}/fraud-decisions"), &fraud).expect(201);
    assert_eq!(held()["verdict"], "met", "revoked");
}
