//! Names of persons: one rule wherever one is entered, and one name of one person.

use serde_json::{Value, json};

use crate::support::cast::{Cast, applicant, file, resident_id};
use crate::support::database::Database;
use crate::support::journey::{directed_intermediate, enter_profile, ready_profile, sign, submit, upload_all_required};
use crate::support::on_both;
use crate::support::world::{Actor, PASSWORD, World};

const AT: &str = "2024-07-22T09:00:00+08:00";

/// What is no name: blank, not seen, of two lines, turning the direction, numbers, another dot.
const REFUSED: [&str; 12] = [
    "  ",
    "\u{200b}\u{200b}",
    "张\u{200b}三",
    "张\n三",
    "张\u{202e}三",
    "张三\u{2067}",
    "\u{feff}张三",
    "张三\u{7}",
    "张三13800138000",
    "11010519491231002X",
    "买买提•吐尔逊",
    "张 三",
];

const TAKEN: [&str; 5] = ["古丽巴哈尔·阿不都热依木·吾买尔江", "ئابدۇراخمان·مەمەت", "Ánna-Mari O'Neill", "欧阳𠮷", "Иван Петров"];

fn pointers(body: &Value) -> Vec<&str> {
    body["errors"].as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect()
}

// clauses: 4.2.1a
on_both!(what_is_no_name_is_refused_wherever_a_person_is_named);
async fn what_is_no_name_is_refused_wherever_a_person_is_named(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let account = format!("/v1/accounts/{}", person.account);
    let registered = |login: &str, number: u32, name: &str| {
        let body = json!({
            "login": login, "password": PASSWORD, "name": name, "id_number": resident_id("19850615", number), "phone": "13800000000",
        });
        world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send()
    };
    let staff = |login: &str, name: &str| {
        cast.admin.post("/v1/staff-accounts").key(&world.key()).json(&json!({ "login": login, "name": name })).send()
    };
    let corrected = |name: &str| {
        let body = json!({ "name": name, "reason": "登记姓名有误" });
        world.security().act("POST", &account, &format!("{account}/identity-correction"), &body)
    };
    let mut profile = ready_profile(1, &cast.institution);
    let mut told = |field: &str, name: &str| {
        profile[field] = match field {
            "former_names" => json!([name]),
            "recusal_requests" => json!([{ "ground": "other", "person_name": name }]),
            _ => json!(name),
        };
        let reply = person.act("PUT", "/v1/profile", "/v1/profile", &profile);
        profile[field] = if field == "name" { json!("申报人") } else { json!([]) };
        reply
    };
    let chaired = |chair: &str, deputy: &str| {
        let body = json!({
            "cycle_id": "aksu-2024", "name": "评审会议", "level_group": "senior", "scheduled_at": "2024-10-15T10:00:00+08:00",
            "place": "会议室", "members": 25, "chair": chair, "deputies": [deputy],
        });
        cast.office.post("/v1/meetings").key(&world.key()).json(&body).send()
    };
    for name in REFUSED {
        for refused in [registered("somebody", 9, name), staff("clerk_a", name), corrected(name), told("name", name)] {
            assert_eq!(pointers(&refused.problem(422, "invalid_body")), ["#/name"], "{name:?}");
        }
        assert_eq!(pointers(&told("former_names", name).problem(422, "invalid_body")), ["#/former_names/0"]);
        assert_eq!(pointers(&told("recusal_requests", name).problem(422, "invalid_body")), ["#/recusal_requests/0/person_name"]);
        assert_eq!(pointers(&chaired(name, name).problem(422, "invalid_body")), ["#/chair", "#/deputies"]);
    }
    for (number, name) in (10_u32..).zip(TAKEN) {
        assert_eq!(registered(&format!("applicant_{number}"), number, name).expect(201)["name"], name);
        staff(&format!("clerk_{number}"), name).expect(201);
        corrected(name).expect(200);
        told("name", name).expect(200);
        told("former_names", name).expect(200);
        told("recusal_requests", name).expect(200);
        chaired(name, name).expect(201);
    }
    // The command that makes the first administrators has the rule, too.
    let role = title_review_core::vocabulary::Role::SystemAdministrator;
    let by_command = |login, name| title_review::accounts::create_administrator(&world.app, role, login, name, PASSWORD);
    by_command("admin_b", "管理员\u{200b}").await.unwrap_err();
    by_command("admin_b", "管理员").await.unwrap();
}

// clauses: 4.2.1a
on_both!(profile_of_another_name_than_the_account_is_not_submitted);
async fn profile_of_another_name_than_the_account_is_not_submitted(database: Database) {
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let mut profile = ready_profile(1, &cast.institution);
    profile["name"] = json!("张三");
    enter_profile(&person, &profile);
    let path = file(&world, &person, &directed_intermediate(&cast.institution));
    upload_all_required(&world, &person, &path);
    sign(&person, &path);

    let verdict = |seen_by: &Actor| {
        let report = seen_by.read(&format!("{path}/checks"));
        let results = report["items"].as_array().unwrap();
        let named = results.iter().find(|result| result["rule"] == "registered_name").unwrap().clone();
        assert_eq!((&named["pointers"], &named["clause"]), (&json!(["/profile/name"]), &json!("4.2.1a")));
        (named["verdict"].as_str().unwrap().to_owned(), named["blocks"].as_bool().unwrap())
    };
    assert_eq!(verdict(&person), ("unmet".to_owned(), true));
    let refused = submit(&person, &path, &json!([])).problem(422, "rules_unmet");
    assert!(refused.to_string().contains("姓名与账号登记的不一致"), "{refused}");

    // The account was registered wrongly: once that is corrected, both name one person.
    let account = format!("/v1/accounts/{}", person.account);
    let correct = |name: &str| {
        let right = json!({ "name": name, "reason": "登记姓名有误" });
        world.security().act("POST", &account, &format!("{account}/identity-correction"), &right).expect(200);
    };
    correct("张三");
    submit(&person, &path, &json!([])).expect(200);
    assert_eq!(cast.institution_clerk.read(&path)["applicant_name"], "张三");
    assert_eq!(verdict(&cast.institution_clerk), ("met".to_owned(), false));
    // One that is corrected during the review is seen, and holds nobody up.
    correct("张珊");
    assert_eq!(cast.institution_clerk.read(&path)["applicant_name"], "张珊");
    assert_eq!(verdict(&cast.institution_clerk), ("unmet".to_owned(), false));
}
