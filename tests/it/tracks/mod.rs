//! Who may apply on which track, from the first draft to the committee: private enterprises, freelancers, stationed staff, skilled workers.

use serde_json::{Value, json};

use crate::support::cast::{Cast, applicant, credit_code, file, staff};
use crate::support::chain::{approval, commit, decide, employer_approval, employer_publicity, place, steps_of, submit};
use crate::support::database::Database;
use crate::support::journey::{enter_profile, ready_profile, upload_all_required, upload_employer_documents};
use crate::support::on_both;
use crate::support::world::{Actor, World};

const CYCLE: &str = "aksu-2024";
const OPENING: &str = "2024-07-22T09:00:00+08:00";

fn filing(track: &str, level: &str, employer: &str) -> Value {
    json!({ "cycle_id": CYCLE, "track": track, "specialty": "surveying", "level": level, "employer_id": employer })
}

/// A signed draft with everything uploaded that the checks ask for.
fn drafted(world: &World, login: &str, number: u32, profile: &Value, filing: &Value) -> (Actor, String) {
    let person = applicant(world, login, number);
    enter_profile(&person, profile);
    let path = file(world, &person, filing);
    upload_all_required(world, &person, &path);
    commit(&person, &path);
    (person, path)
}

/// A profile for the private track: no Putonghua certificate is asked for.
fn private_profile(number: u32, employer: &str) -> Value {
    let mut profile = ready_profile(number, employer);
    profile["putonghua"] = Value::Null;
    profile
}

/// The verdicts of one rule.
fn verdicts(person: &Actor, path: &str, rule: &str) -> Vec<String> {
    let report = person.read(&format!("{path}/checks"));
    let items = report["items"].as_array().unwrap();
    items.iter().filter(|item| item["rule"] == rule).map(|item| item["verdict"].as_str().unwrap().to_owned()).collect()
}

// clauses: 4.1c, 1.2a, 4.2.4c
on_both!(first_application_from_a_private_enterprise_needs_no_study_hours);
async fn first_application_from_a_private_enterprise_needs_no_study_hours(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let mut profile = private_profile(1, &cast.enterprise);
    profile["study_records"] = json!([]);
    profile["first_time_applicant"] = json!(true);
    let (person, path) =
        drafted(&world, "applicant_a", 1, &profile, &filing("private_enterprise", "intermediate", &cast.enterprise));
    assert!(
        verdicts(&person, &path, "study_hours").iter().all(|verdict| verdict == "waived"),
        "{:?}",
        verdicts(&person, &path, "study_hours")
    );
    let submitted = submit(&person, &path).expect(200);
    assert_eq!(
        steps_of(&submitted),
        json!(["employer_review", "county_service_review", "prefecture_service_review", "formal_review"])
    );

    world.travel("2024-07-29T09:00:00+08:00");
    employer_publicity(&world, &cast.enterprise_clerk, &path, "2024-07-29");
    world.travel("2024-08-05T09:00:00+08:00");
    upload_employer_documents(&world, &cast.enterprise_clerk, &path);
    decide(&cast.enterprise_clerk, &path, &employer_approval(CYCLE)).expect(200);
    decide(&cast.prefecture_reviewer, &path, &approval(CYCLE)).problem(409, "out_of_turn");
    decide(&cast.county_reviewer, &path, &approval(CYCLE)).expect(200);
    decide(&cast.prefecture_reviewer, &path, &approval(CYCLE)).expect(200);
    assert_eq!(place(&person, &path), "formal_review");
}

// clauses: 4.2.4a, 4.2.4c
on_both!(repeat_applicant_needs_study_hours);
async fn repeat_applicant_needs_study_hours(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let mut profile = private_profile(1, &cast.enterprise);
    profile["study_records"] = json!([]);
    let (person, path) =
        drafted(&world, "applicant_a", 1, &profile, &filing("private_enterprise", "intermediate", &cast.enterprise));
    let refused = submit(&person, &path).problem(422, "rules_unmet");
    let clauses: Vec<&str> = refused["errors"].as_array().unwrap().iter().filter_map(|error| error["clause"].as_str()).collect();
    assert!(clauses.contains(&"4.2.4a"), "{refused}");
    assert_eq!(place(&person, &path), "draft");
}

// clauses: 1.2b
on_both!(an_agency_acts_as_the_employer_of_a_freelancer);
async fn an_agency_acts_as_the_employer_of_a_freelancer(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let mut profile = private_profile(1, &cast.agency);
    profile["employments"] = json!([]);
    profile["file_hostings"] = json!([{ "organisation_id": cast.agency, "from": "2020-01-01" }]);
    let (person, path) = drafted(&world, "applicant_a", 1, &profile, &filing("private_enterprise", "intermediate", &cast.agency));
    submit(&person, &path).expect(200);
    let inbox = cast.agency_clerk.read("/v1/inbox");
    assert_eq!(inbox["items"][0]["id"], person.read(&path)["id"]);
    // An agency is no employer on the directed track.
    let other = applicant(&world, "applicant_b", 2);
    let refused = other.post("/v1/applications").key(&world.key()).json(&filing("directed", "intermediate", &cast.agency)).send();
    assert_eq!(refused.problem(422, "invalid_field")["errors"][0]["pointer"], "#/employer_id");
}

/// Somebody whom a private enterprise from outside the region has stationed here since this day.
fn stationed(world: &World, cast: &Cast, login: &str, number: u32, since: &str) -> (Actor, String) {
    let outside = json!({
        "kind": "enterprise", "ownership": "private", "name": format!("疆外民营公司{number}"), "region": "330100", "credit_code": credit_code(900 + number),
    });
    let outside = cast.admin.post("/v1/organisations").key(&world.key()).json(&outside).send().expect(201);
    let id = outside["id"].as_str().unwrap();
    let mut profile = private_profile(number, id);
    profile["employments"][0]["region"] = json!("652902");
    profile["stationings"] = json!([{
        "enterprise_name": outside["name"], "credit_code": outside["credit_code"], "enterprise_region": "330100", "ownership": "private",
        "region": "652902", "from": since,
    }]);
    drafted(world, login, number, &profile, &filing("private_enterprise", "intermediate", id))
}

// clauses: 1.2c
on_both!(stationing_one_day_short_of_a_year_is_refused);
async fn stationing_one_day_short_of_a_year_is_refused(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let (short, short_path) = stationed(&world, &cast, "applicant_a", 1, "2024-01-02");
    let refused = submit(&short, &short_path).problem(422, "rules_unmet");
    assert!(refused["errors"].as_array().unwrap().iter().any(|error| error["clause"] == "1.2c"), "{refused}");
    let (enough, path) = stationed(&world, &cast, "applicant_b", 2, "2023-12-31");
    let submitted = submit(&enough, &path).expect(200);
    // The county where they are stationed reviews, not the one where the enterprise is registered.
    assert_eq!(submitted["county"], "652902");
}

// clauses: 4.7a, 4.7b
on_both!(a_technician_of_three_years_applies_for_intermediate);
async fn a_technician_of_three_years_applies_for_intermediate(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let skilled = |number: u32, since: &str| {
        let mut profile = ready_profile(number, &cast.institution);
        profile["education"] =
            json!([{ "qualification": "secondary_vocational", "school": "技工学校", "to": "2009-06-30", "not_in_chsi": true }]);
        profile["titles"] = json!([]);
        profile["skill_grades"] =
            json!([{ "grade": "technician", "occupation": "工程测量员", "obtained_on": since, "working_since": since }]);
        profile["appraisals"] = (2021..=2023).map(|year| json!({ "year": year, "result": "pass" })).collect();
        profile
    };
    let filing = filing("directed", "intermediate", &cast.institution);
    let (short, short_path) = drafted(&world, "applicant_a", 1, &skilled(1, "2022-01-01"), &filing);
    submit(&short, &short_path).problem(422, "rules_unmet");
    let (enough, path) = drafted(&world, "applicant_b", 2, &skilled(2, "2021-12-31"), &filing);
    submit(&enough, &path).expect(200);
    assert_eq!(place(&enough, &path), "employer_review");
}

// clauses: 4.2.5
on_both!(staff_of_public_institutions_need_a_putonghua_level);
async fn staff_of_public_institutions_need_a_putonghua_level(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    let mut profile = ready_profile(1, &cast.institution);
    profile["putonghua"] = Value::Null;
    let (person, path) = drafted(&world, "applicant_a", 1, &profile, &filing("directed", "intermediate", &cast.institution));
    let refused = submit(&person, &path).problem(422, "rules_unmet");
    let finding = refused["errors"].as_array().unwrap().iter().find(|error| error["clause"] == "4.2.5").unwrap().clone();
    assert!(finding["words"].as_str().unwrap().contains("普通话"), "{finding}");
}

/// The 2024 notice with a publicity at the county's step, of seven calendar days, and two more steps: another review by the prefecture's service and one by
/// that of the autonomous region.
fn longer_chain() -> String {
    let county = "clause = \"4.1c\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\nleft_out = { at_prefecture_seat = true }\n";
    let published = "clause = \"4.1c\"\npublicity_required = true\nchecklist_required = true\nfixed_sentence = false\nleft_out = { at_prefecture_seat = true }\n\n\
                     [tracks.chain.publicity]\nname = \"县级公示\"\ndays = 7\ncounting = \"calendar_days\"\nemployer_confirms = false\nclause = \"4.1c\"\n\n\
                     [tracks.chain.publicity.objections]\nchannels = [{ id = \"written\", name = \"书面形式\" }]\nopen_blocks = true\nupheld_ends = true\nclause = \"4.1c\"\n";
    let step = |id: &str, name: &str, place: &str| {
        format!(
            "[[tracks.chain]]\nid = \"{id}\"\nname = \"{name}\"\nname_en = \"{id}\"\nplace = \"{place}\"\norganisations = [\"prefecture_employment_service\"]\n\
             clause = \"4.1c\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\n\n"
        )
    };
    let text = include_str!("../../../cycles/aksu-2024.toml");
    let committee = text.rfind("[[tracks.chain]]").expect("the committee's step");
    let more =
        step("prefecture_final_review", "地区复核", "prefecture") + &step("region_review", "自治区审核", "autonomous_region");
    format!("{}{more}{}", &text[..committee], &text[committee..]).replacen(county, published, 1)
}

// clauses: 4.1c, 4.3c, 5.1
on_both!(county_puts_up_its_own_publicity_and_steps_of_any_level_review_in_turn);
async fn county_puts_up_its_own_publicity_and_steps_of_any_level_review_in_turn(database: Database) {
    let world = World::at(database, OPENING).await;
    let cast = Cast::enter(&world, CYCLE);
    cast.admin.post("/v1/cycles").key(&world.key()).json(&json!({ "definition": longer_chain() })).send().expect(201);
    let publication = json!({ "version": 2, "reason": "县级公示，自治区审核" });
    cast.admin.post("/v1/cycles/aksu-2024/publication").json(&publication).send().expect(200);
    let region = json!({
        "kind": "prefecture_employment_service", "ownership": "none", "name": "自治区就业服务中心", "region": "650000", "credit_code": credit_code(77),
    });
    let region = cast.admin.post("/v1/organisations").key(&world.key()).json(&region).send().expect(201);
    let region_reviewer = staff(&world, &cast.admin, "region_reviewer", "reviewer", region["id"].as_str().unwrap());

    let profile = private_profile(1, &cast.enterprise);
    let (person, path) =
        drafted(&world, "applicant_a", 1, &profile, &filing("private_enterprise", "intermediate", &cast.enterprise));
    // 5 working days and then 7 calendar days end before the last day of the window.
    let deadlines = person.read(&path)["deadlines"].clone();
    let start = deadlines.as_array().unwrap().iter().find(|one| one["kind"] == "publicity_last_start").unwrap().clone();
    assert_eq!(start["date"], "2024-08-16", "{start}");
    let submitted = submit(&person, &path).expect(200);
    let steps = [
        "employer_review",
        "county_service_review",
        "prefecture_service_review",
        "prefecture_final_review",
        "region_review",
        "formal_review",
    ];
    assert_eq!(steps_of(&submitted), json!(steps));
    region_reviewer.get(&path).send().expect(200);

    employer_publicity(&world, &cast.enterprise_clerk, &path, "2024-07-22");
    world.travel("2024-07-27T09:00:00+08:00");
    upload_employer_documents(&world, &cast.enterprise_clerk, &path);
    decide(&cast.enterprise_clerk, &path, &employer_approval(CYCLE)).expect(200);

    // The county's own: the employer cannot put it up, nor the prefecture; without it nothing is sent on, by the clause of the step.
    let etag = cast.enterprise_clerk.get(&path).send().header("etag").unwrap().to_owned();
    let body = json!({ "from_date": "2024-07-27" });
    let put_up =
        |actor: &Actor| actor.post(&format!("{path}/publicities")).header("if-match", &etag).key(&world.key()).json(&body).send();
    put_up(&cast.enterprise_clerk).problem(409, "out_of_turn");
    put_up(&cast.prefecture_reviewer).problem(409, "out_of_turn");
    let refused = decide(&cast.county_reviewer, &path, &approval(CYCLE)).problem(409, "publicity_incomplete");
    assert_eq!(refused["errors"][0]["clause"], "4.1c", "{refused}");
    let notice = put_up(&cast.county_reviewer).expect(201);
    let said = ["kind", "step", "to_date", "days", "counting", "clause"].map(|field| notice[field].clone());
    let expected = ["reviewer", "county_service_review", "2024-08-02", "7", "calendar_days", "4.1c"];
    assert_eq!(said.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)), expected);

    // An objection to it is the county's to decide, and blocks it until then.
    let objection = json!({ "text": "公示材料有误" });
    let receipt = world
        .anybody()
        .post(&format!("/v1/publicities/{}/objections", notice["id"].as_str().unwrap()))
        .key(&world.key())
        .json(&objection)
        .send()
        .expect(201);
    assert!(receipt["receipt"].is_string(), "{receipt}");
    assert_eq!(cast.enterprise_clerk.read(&format!("{path}/objections"))["items"], json!([]));
    let id = cast.county_reviewer.read(&format!("{path}/objections"))["items"][0]["id"].as_str().unwrap().to_owned();
    world.travel("2024-08-03T09:00:00+08:00");
    decide(&cast.county_reviewer, &path, &approval(CYCLE)).problem(409, "objection_open");
    let rejection = json!({ "finding": "rejected", "reason": "经核实，材料无误" });
    cast.county_reviewer.post(&format!("/v1/objections/{id}/decision")).key(&world.key()).json(&rejection).send().expect(200);
    decide(&cast.county_reviewer, &path, &approval(CYCLE)).expect(200);

    // Two steps of one organisation are two persons' (5.1).
    decide(&cast.prefecture_reviewer, &path, &approval(CYCLE)).expect(200);
    decide(&cast.prefecture_reviewer, &path, &approval(CYCLE)).problem(409, "second_step_by_same_person");
    let house = cast.prefecture_reviewer.read("/v1/me")["memberships"][0]["organisation_id"].as_str().unwrap().to_owned();
    let colleague = staff(&world, &cast.admin, "prefecture_colleague", "reviewer", &house);
    decide(&colleague, &path, &approval(CYCLE)).expect(200);
    assert_eq!(region_reviewer.read("/v1/inbox")["items"].as_array().unwrap().len(), 1);
    decide(&region_reviewer, &path, &approval(CYCLE)).expect(200);
    assert_eq!(place(&person, &path), "formal_review");
}
