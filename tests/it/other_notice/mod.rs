//! The notice is data: a made-up notice of another prefecture and series, with other windows, chain, submissions, days, fees and clauses, goes its way
//! without a line of code that knows it.

use serde_json::{Value, json};

use crate::support::cast::{Cast, applicant, file};
use crate::support::chain::{
    approval, commit, decide, employer_approval, employer_publicity, place, return_with, steps_of, submit,
};
use crate::support::database::Database;
use crate::support::journey::{enter_profile, ready_profile, upload_all_required, upload_employer_documents};
use crate::support::on_both;
use crate::support::world::{Actor, World};

const CYCLE: &str = "tianhe-2024";

/// Somebody who meets the made-up notice: four years as an assistant, on the very last day, and two years of study.
fn profile(number: u32, employer: &str) -> Value {
    let mut profile = ready_profile(number, employer);
    profile["employments"][0]["region"] = json!("659701");
    profile["technical_work"][0]["specialty"] = json!("agronomy");
    profile["titles"] = json!([{ "level": "assistant", "name": "助理农艺师", "series": "agriculture", "specialty": "agronomy", "obtained_on": "2020-09-30" }]);
    let study = |year: u32, source: &str| {
        [("specialty", 42), ("general", 30)]
            .map(|(kind, hours)| json!({ "year": year, "kind": kind, "hours": hours, "source": source }))
    };
    profile["study_records"] = study(2023, "upload").into_iter().chain(study(2024, "system")).collect();
    profile["putonghua"] = Value::Null;
    profile
}

fn drafted(world: &World, cast: &Cast, login: &str, number: u32) -> (Actor, String) {
    let person = applicant(world, login, number);
    enter_profile(&person, &profile(number, &cast.institution));
    let filing = json!({ "cycle_id": CYCLE, "track": "general", "specialty": "agronomy", "level": "intermediate", "employer_id": cast.institution });
    let path = file(world, &person, &filing);
    upload_all_required(world, &person, &path);
    (person, path)
}

// clauses: 4.1b, 4.1c, 4.2.1b, 4.3c, 4.6, 2.1
on_both!(application_under_another_notice_follows_its_rules);
async fn application_under_another_notice_follows_its_rules(database: Database) {
    let world = World::at(database, "2024-06-24T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = drafted(&world, &cast, "applicant_a", 1);
    commit(&person, &path);
    let submitted = submit(&person, &path).expect(200);
    assert_eq!(steps_of(&submitted), json!(["employer_review", "county_service_review", "formal_review"]));
    assert_eq!(submitted["fee"], json!({ "amount_minor": 28050, "currency": "CNY" }));

    // Seven working days from Monday 06-24: to Tuesday 07-02.
    let publicity = employer_publicity(&world, &cast.institution_clerk, &path, "2024-06-24");
    assert_eq!(publicity["to_date"], "2024-07-02", "{publicity}");
    upload_employer_documents(&world, &cast.institution_clerk, &path);
    world.travel("2024-07-02T23:59:59+08:00");
    let early = decide(&cast.institution_clerk, &path, &employer_approval(CYCLE)).problem(409, "publicity_incomplete");
    assert_eq!(early["clause"], "T6.5");
    world.travel("2024-07-03T00:00:00+08:00");
    decide(&cast.institution_clerk, &path, &employer_approval(CYCLE)).expect(200);
    decide(&cast.county_reviewer, &path, &approval(CYCLE)).expect(200);
    assert_eq!(place(&person, &path), "formal_review");

    // Five working days to correct: returned on Wednesday 07-10, due with the end of Wednesday 07-17.
    world.travel("2024-07-10T10:00:00+08:00");
    decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "T3.1", "new")])).expect(200);
    let returned = person.read(&path);
    let due = returned["deadlines"].as_array().unwrap().iter().find(|one| one["kind"] == "correction_due").unwrap().clone();
    assert_eq!((due["instant"].as_str(), due["clause"].as_str()), (Some("2024-07-18T00:00:00+08:00"), Some("T6.1")));
    submit(&person, &path).expect(200);
    // Two submissions are all: the second return ends it.
    let last = decide(&cast.office, &path, &return_with(&[("/profile/titles/0", "T3.1", "uncorrected")])).expect(200);
    assert_eq!(last["stage"], "not_accepted");
    let history = person.read(&format!("{path}/history"));
    for step in history["items"].as_array().unwrap() {
        assert!(step["clause"].as_str().unwrap().starts_with('T'), "{step}");
    }
}

// clauses: 2.1
on_both!(application_under_another_notice_lapses_at_its_deadline);
async fn application_under_another_notice_lapses_at_its_deadline(database: Database) {
    let world = World::at(database, "2024-09-06T23:59:59.999999+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = drafted(&world, &cast, "applicant_a", 1);
    assert_eq!(place(&person, &path), "draft");
    world.travel("2024-09-07T00:00:00+08:00");
    assert_eq!(place(&person, &path), "lapsed");
    let late = json!({ "cycle_id": CYCLE, "track": "general", "specialty": "agronomy", "level": "entry" });
    let other = applicant(&world, "applicant_b", 2);
    other.post("/v1/applications").key(&world.key()).json(&late).send().problem(409, "window_closed");
}

// clauses: 4.6
on_both!(a_level_without_a_fee_waits_for_no_payment);
async fn a_level_without_a_fee_waits_for_no_payment(database: Database) {
    let world = World::at(database, "2024-06-24T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let person = applicant(&world, "applicant_a", 1);
    // Who holds the level above is not entered below it.
    let mut untitled = profile(1, &cast.institution);
    untitled["titles"] = json!([]);
    enter_profile(&person, &untitled);
    let filing = json!({ "cycle_id": CYCLE, "track": "general", "specialty": "agronomy", "level": "entry", "employer_id": cast.institution });
    let path = file(&world, &person, &filing);
    upload_all_required(&world, &person, &path);
    commit(&person, &path);
    submit(&person, &path).expect(200);
    employer_publicity(&world, &cast.institution_clerk, &path, "2024-06-24");
    upload_employer_documents(&world, &cast.institution_clerk, &path);
    world.travel("2024-07-03T09:00:00+08:00");
    decide(&cast.institution_clerk, &path, &employer_approval(CYCLE)).expect(200);
    decide(&cast.county_reviewer, &path, &approval(CYCLE)).expect(200);
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
    let order = person.read("/v1/orders")["items"][0].clone();
    assert_eq!((order["state"].as_str(), order["amount"]["amount_minor"].as_i64()), (Some("paid"), Some(0)), "{order}");
    // Nothing runs out: after the payment window it still stands.
    world.travel("2024-10-13T09:00:00+08:00");
    let application = person.read(&path);
    assert_eq!((application["stage"].as_str(), application["paid"].as_bool()), (Some("accepted"), Some(true)));
}

// clauses: 1.1b
on_both!(level_with_a_state_exam_is_refused);
async fn level_with_a_state_exam_is_refused(database: Database) {
    let world = World::at(database, "2024-06-24T09:00:00+08:00").await;
    Cast::enter(&world, CYCLE);
    let person = applicant(&world, "applicant_a", 1);
    let filing = json!({ "cycle_id": CYCLE, "track": "general", "specialty": "veterinary", "level": "assistant" });
    let refused = person.post("/v1/applications").key(&world.key()).json(&filing).send().problem(422, "exam_replaces_review");
    assert_eq!(refused["errors"][0]["clause"], "T1.3");
}
