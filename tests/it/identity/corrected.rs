//! Name, phone and resident ID that were recorded wrongly are corrected by the security administrator, on record.

use serde_json::{Value, json};

use crate::support::cast::{Cast, applicant, resident_id};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

const AT: &str = "2024-07-22T09:00:00+08:00";

fn correct(security: &Actor, person: &Actor, body: &Value) -> Reply {
    let account = format!("/v1/accounts/{}", person.account);
    security.act("POST", &account, &format!("{account}/identity-correction"), body)
}

on_both!(identity_is_corrected_by_the_security_administrator_on_record);
async fn identity_is_corrected_by_the_security_administrator_on_record(database: Database) {
    let world = World::at(database, AT).await;
    let (person, other, security) =
        (applicant(&world, "applicant_a", 1), applicant(&world, "applicant_b", 2), world.security().clone());
    let named = json!({ "name": "申报人更正", "phone": "13900000001", "reason": "经核对身份证原件，登记姓名有误" });
    // Nobody else, not of oneself, and not without saying what and why.
    let path = format!("/v1/accounts/{}", person.account);
    world.admin().post(&format!("{path}/identity-correction")).if_match(1).json(&named).send().problem(403, "forbidden");
    correct(&security, &security, &named).problem(409, "own_identity");
    correct(&security, &person, &json!({ "reason": "无" })).problem(422, "invalid_field");
    correct(&security, &person, &json!({ "name": "甲", "reason": "号码 13900000001" })).problem(422, "invalid_body");
    let wrong = json!({ "id_number": "11010519491231002", "reason": "有误" });
    correct(&security, &person, &wrong).problem(422, "invalid_resident_id");
    let taken = json!({ "id_number": resident_id("19850615", 2), "reason": "有误" });
    correct(&security, &person, &taken).problem(409, "resident_id_taken");
    let both = json!({ "id_number": resident_id("19850615", 3), "release_id_number": true, "reason": "有误" });
    correct(&security, &person, &both).problem(422, "invalid_field");

    let done = correct(&security, &person, &named).expect(200);
    assert_eq!((&done["name"], &done["phone_masked"]), (&json!("申报人更正"), &json!("139****0001")));
    security.post(&format!("{path}/identity-correction")).if_match(1).json(&named).send().problem(412, "stale_version");
    // The person stays signed in, sees it and is told.
    assert_eq!(person.read("/v1/me")["name"], "申报人更正");
    let told = person.read("/v1/notices");
    assert_eq!(told["items"][0]["kind"], "account.correct_identity");

    // Another number ends the sessions; the person signs in as before.
    let renumbered = json!({ "id_number": resident_id("19850615", 3).to_lowercase(), "reason": "身份证号登记有误" });
    correct(&security, &person, &renumbered).expect(200);
    person.get("/v1/me").send().problem(401, "token_invalid");
    assert_eq!(
        world.sign_in("applicant_a").read("/v1/me")["id_number_masked"].as_str().unwrap()[..6],
        resident_id("19850615", 3)[..6]
    );

    // Who registered somebody else's number gives it up, and its owner registers.
    let owner = json!({
        "login": "applicant_c", "password": "Correct-horse-7", "name": "真正的申报人", "id_number": resident_id("19850615", 2),
        "phone": "13800000003",
    });
    let register = || world.anybody().post("/v1/accounts").key(&world.key()).json(&owner).send();
    register().problem(409, "resident_id_taken");
    let released = correct(&security, &other, &json!({ "release_id_number": true, "reason": "冒用他人身份证号" })).expect(200);
    assert_eq!(released["id_number_masked"], json!(null));
    correct(&security, &other, &json!({ "release_id_number": true, "reason": "再一次" })).problem(422, "invalid_field");
    register().expect(201);

    let acts = world.auditor().read("/v1/audit?action=account.correct_identity");
    let acts = acts["items"].as_array().unwrap();
    assert_eq!(acts.len(), 3);
    let text = serde_json::to_string(acts).unwrap();
    assert!(text.contains("冒用他人身份证号") && !text.contains(&resident_id("19850615", 2)), "{text}");
}

on_both!(number_to_which_a_sanction_is_bound_is_not_given_up);
async fn number_to_which_a_sanction_is_bound_is_not_given_up(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let sanction = json!({
        "kind": "bar", "account_id": person.account, "ground": "条件第三条", "reason": "不得申报", "first_year": 2024, "last_year": 2025,
    });
    cast.office.post("/v1/sanctions").key(&world.key()).json(&sanction).send().expect(201);
    let release = json!({ "release_id_number": true, "reason": "称非本人号码" });
    let refused = correct(world.security(), &person, &release).problem(422, "invalid_field");
    assert_eq!(refused["errors"][0]["pointer"], "#/release_id_number");
}
