//! The notice as data over HTTP: what everybody reads, and how it is loaded, published, amended and extended.

mod folder;

use serde_json::{Value, json};

use crate::support::cast::{Cast, applicant, file};
use crate::support::chain::{approval, decide, directed_to_department, place};
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::{Actor, World};

const AKSU: &str = include_str!("../../../cycles/aksu-2024.toml");

fn draft(cast: &Cast) -> Value {
    json!({ "cycle_id": "aksu-2024", "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": cast.institution })
}

fn load(world: &World, admin: &Actor, definition: &str) -> Value {
    admin.post("/v1/cycles").key(&world.key()).json(&json!({ "definition": definition })).send().expect(201)
}

// clauses: 3.1, 5.2
on_both!(notice_is_readable_by_everybody);
async fn notice_is_readable_by_everybody(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let anybody = world.anybody();
    let cycles = anybody.read("/v1/cycles?limit=1");
    assert_eq!((cycles["items"][0]["id"].as_str(), &cycles["has_more"]), (Some("aksu-2024"), &json!(true)));
    let second = anybody.read(&format!("/v1/cycles?limit=1&cursor={}", cycles["next_cursor"].as_str().unwrap()));
    assert_eq!((second["items"][0]["id"].as_str(), &second["has_more"]), (Some("tianhe-2024"), &json!(false)));

    let whole = anybody.get("/v1/cycles/aksu-2024").send();
    assert_eq!(whole.version(), Some(1));
    let tag = whole.header("etag").unwrap().to_owned();
    assert_eq!(whole.body["definition"]["seniority"]["date"], "2024-12-31");
    assert_eq!(anybody.get("/v1/cycles/aksu-2024").header("if-none-match", &tag).send().status, 304);
    anybody.get("/v1/cycles/nowhere-2024").send().problem(404, "not_found");
    anybody.get("/v1/cycles/aksu-2024?version=2").send().problem(404, "not_found");

    let conditions = anybody.read("/v1/cycles/aksu-2024/conditions?specialty=surveying&level=intermediate");
    assert_eq!(conditions["items"].as_array().unwrap().len(), 1);
    assert_eq!(conditions["items"][0]["conditions"]["alternatives"].as_array().unwrap().len(), 4);
    assert_eq!(conditions["items"][0]["open"], true);
    anybody.get("/v1/cycles/aksu-2024/conditions?specialty=alchemy").send().problem(400, "invalid_parameter");

    let path = "/v1/cycles/aksu-2024/evidence?track=directed&level=intermediate&employer_kind=public_institution";
    let evidence = anybody.read(&format!("{path}&facts=has_qualification,has_title"));
    let required: Vec<&str> = evidence["categories"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["required"] == true)
        .map(|entry| entry["category"]["id"].as_str().unwrap())
        .collect();
    assert!(required.contains(&"putonghua_certificate") && !required.contains(&"skill_grade_certificate"), "{required:?}");
    assert_eq!(evidence["required_groups"][0]["id"], "education_proof");
    anybody.get("/v1/cycles/aksu-2024/evidence?track=directed").send().problem(400, "invalid_parameter");
    anybody.get(&format!("{path}&facts=has_wings")).send().problem(400, "invalid_parameter");

    assert!(!anybody.read("/v1/cycles/aksu-2024/contacts")["items"].as_array().unwrap().is_empty());
    let templates = anybody.read("/v1/cycles/aksu-2024/templates");
    let first = templates["items"][0]["id"].as_str().unwrap();
    assert_eq!(anybody.read(&format!("/v1/cycles/aksu-2024/templates/{first}"))["template"]["id"], first);
    anybody.get("/v1/cycles/aksu-2024/templates/A99").send().problem(404, "not_found");
    let clauses = anybody.read("/v1/cycles/aksu-2024/clauses");
    assert!(clauses["items"].as_array().unwrap().iter().any(|clause| clause["words"] == "评审资历计算时间截止2024年12月31日。"));
}

// clauses: 2.1, 4.3c
on_both!(deadlines_and_working_days);
async fn deadlines_and_working_days(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let anybody = world.anybody();
    let deadlines = anybody.read("/v1/cycles/aksu-2024/deadlines");
    let last_start = deadlines["items"].as_array().unwrap().iter().find(|d| d["kind"] == "publicity_last_start").unwrap();
    assert_eq!((last_start["date"].as_str(), last_start["derived"].as_bool()), (Some("2024-08-23"), Some(true)));
    let feed = anybody.get("/v1/cycles/aksu-2024/deadlines.ics").send();
    assert_eq!((feed.status, feed.header("content-type")), (200, Some("text/calendar; charset=utf-8")));
    let text = String::from_utf8(feed.bytes.clone()).unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR") && text.contains("aksu-2024.application_closes@title-review"), "{text}");
    let tag = feed.header("etag").unwrap();
    assert_eq!(anybody.get("/v1/cycles/aksu-2024/deadlines.ics").header("if-none-match", tag).send().status, 304);

    // The National Day week of 2024: seven days off, 29 September and 12 October worked.
    let days = anybody.read("/v1/cycles/aksu-2024/calendar?from=2024-09-28&to=2024-10-13");
    assert_eq!((days["working_days"].as_i64(), days["days"].as_array().unwrap().len()), (Some(7), 16));
    assert!(days["sources"][0].as_str().unwrap().contains("国务院办公厅"), "{days}");
    // What the notice does not say, for the office to confirm or overrule.
    let assumptions = anybody.read("/v1/cycles/aksu-2024/conditions?level=intermediate")["assumptions"].clone();
    let of = |path: &str| assumptions.as_array().unwrap().iter().find(|one| one["path"] == path).cloned().unwrap_or_default();
    let hosting = of("evidence[hosting_certificate].required_when");
    assert_eq!(
        (hosting["clause"].as_str(), hosting["words"].as_str()),
        (Some("1.2b"), Some("档案在地区人事代理机构托管的自由职业专业技术人员"))
    );
    assert!(of("result_publicity.await_posting")["note"].as_str().unwrap().contains("确认"), "{assumptions}");
    for bad in
        ["from=2024-09-28&to=2024-09-27", "from=2024-01-01&to=2025-06-01", "from=2033-01-01&to=2033-01-02", "from=soon&to=later"]
    {
        anybody.get(&format!("/v1/cycles/aksu-2024/calendar?{bad}")).send().problem(400, "invalid_parameter");
    }
}

// clauses: 5.2
on_both!(amended_cycle_does_not_change_submitted_applications);
async fn amended_cycle_does_not_change_submitted_applications(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (early, first) = at_employer(&world, &cast, "applicant_a", 1);
    let before = early.read(&first);

    // Applying is to end a week earlier, and the fee of the middle level to rise.
    let amended = AKSU
        .replace("2024-08-30T18:00:00+08:00", "2024-08-23T18:00:00+08:00")
        .replace("amount_minor = 40000", "amount_minor = 50000");
    assert_ne!(amended, AKSU);
    let version = load(&world, &cast.admin, &amended);
    assert_eq!((version["version"].as_i64(), version["status"].as_str()), (Some(2), Some("loaded")));
    assert_eq!(load(&world, &cast.admin, &amended)["version"], 2, "the same text is the same version");
    world.anybody().get("/v1/cycles/aksu-2024?version=2").send().problem(404, "not_found");
    let publish = |body: Value| cast.admin.post("/v1/cycles/aksu-2024/publication").json(&body).send();
    let refused = publish(json!({ "version": 2 })).problem(422, "invalid_field");
    assert_eq!(refused["errors"][0]["pointer"], "#/reason");
    assert_eq!(world.anybody().get("/v1/cycles/aksu-2024").send().version(), Some(1));
    publish(json!({ "version": 3, "reason": "x" })).problem(404, "not_found");
    let published = publish(json!({ "version": 2, "reason": "更正截止时间" })).expect(200);
    assert_eq!((published["status"].as_str(), published["reason"].as_str()), (Some("published"), Some("更正截止时间")));

    let now = world.anybody().get("/v1/cycles/aksu-2024").send();
    assert_eq!((now.version(), now.body["reason"].as_str()), (Some(2), Some("更正截止时间")));
    let old = world.anybody().read("/v1/cycles/aksu-2024?version=1");
    assert_eq!(
        (old["status"].as_str(), &old["definition"]["windows"]["application"]["closes"]),
        (Some("superseded"), &json!("2024-08-30T18:00:00+08:00"))
    );
    let late = applicant(&world, "applicant_b", 3);
    let second = file(&world, &late, &draft(&cast));
    assert_eq!((early.read(&first)["cycle_version"].as_i64(), late.read(&second)["cycle_version"].as_i64()), (Some(1), Some(2)));
    assert_eq!(early.read(&first), before);

    world.travel("2024-08-23T18:00:01+08:00");
    assert_eq!((early.read(&first)["stage"].as_str(), late.read(&second)["stage"].as_str()), (Some("in_review"), Some("lapsed")));
    let versions = cast.admin.read("/v1/cycles/aksu-2024/versions");
    assert_eq!(versions["items"].as_array().unwrap().iter().map(|v| v["version"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 1]);
    early.get("/v1/cycles/aksu-2024/versions").send().problem(403, "forbidden");
}

on_both!(invalid_cycle_definition_is_rejected_with_line_numbers);
async fn invalid_cycle_definition_is_rejected_with_line_numbers(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let admin = world.admin();
    let broken = AKSU.replace("year = 2024", "year = \"soon\"");
    let post = |text: &str| {
        admin.post("/v1/cycles").key(&world.key()).header("accept-language", "en").json(&json!({ "definition": text })).send()
    };
    let problem = post(&broken).problem(422, "invalid_cycle");
    let line = AKSU.lines().position(|line| line == "year = 2024").unwrap() + 1;
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with(&format!("line {line}, column ")) && detail.contains("year"), "{detail}");
    assert_eq!(problem["errors"][0]["pointer"], "#/definition");
    post("[[[").problem(422, "invalid_cycle");
    let moved = AKSU.replace("year = 2024", "year = 2025");
    let moved = post(&moved);
    assert_eq!(moved.status, 422, "{}", moved.body);
    assert_eq!(admin.read("/v1/cycles/aksu-2024/versions")["items"].as_array().unwrap().len(), 1, "nothing was written");
}

// clauses: 4.1b
on_both!(mandatory_department_reviews_and_an_employer_without_one_is_refused_when_filing);
async fn mandatory_department_reviews_and_an_employer_without_one_is_refused_when_filing(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let mandatory = AKSU.replace("left_out = { without_department = true }", "left_out = { without_department = false }");
    let loaded = load(&world, &cast.admin, &mandatory);
    let warning = &loaded["warnings"][0];
    assert_eq!((warning["check"].as_str(), warning["clause"].as_str()), (Some("department_needed"), Some("4.1b")), "{loaded}");
    let line = mandatory.lines().position(|line| line == "id = \"department_review\"").unwrap() + 4;
    assert_eq!((warning["line"].as_u64(), warning["column"].as_u64()), (u64::try_from(line).ok(), Some(1)));
    let publication = json!({ "version": 2, "reason": "主管部门一律审核" });
    cast.admin.post("/v1/cycles/aksu-2024/publication").json(&publication).send().expect(200);

    // The enterprise has no department: nobody could decide at that step.
    let person = applicant(&world, "applicant_b", 3);
    let mut filing = draft(&cast);
    filing["employer_id"] = json!(cast.enterprise);
    let refused = person.post("/v1/applications").key(&world.key()).json(&filing).send().problem(422, "invalid_field");
    let error = &refused["errors"][0];
    assert_eq!((error["pointer"].as_str(), error["clause"].as_str()), (Some("#/employer_id"), Some("4.1b")), "{refused}");
    // The institution has one, which sees the application and decides.
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_department(&world, &cast, &path);
    assert_eq!(place(&person, &path), "department_review");
    assert_eq!(cast.department_reviewer.read("/v1/inbox")["items"].as_array().unwrap().len(), 1);
    decide(&cast.department_reviewer, &path, &approval("aksu-2024")).expect(200);
    assert_eq!(place(&person, &path), "formal_review");
}

// clauses: 2.1
on_both!(window_extension_is_recorded);
async fn window_extension_is_recorded(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (one, other) = (applicant(&world, "applicant_a", 1), applicant(&world, "applicant_b", 3));
    let (of_one, of_other) = (file(&world, &one, &draft(&cast)), file(&world, &other, &draft(&cast)));
    let extend = |body: Value| cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&body).send();

    let earlier = json!({ "window": "application", "until": "2024-08-30T17:00:00+08:00", "reason": "x" });
    assert_eq!(extend(earlier).problem(422, "invalid_field")["errors"][0]["pointer"], "#/until");
    let nobody =
        json!({ "window": "application", "account_id": cast.committee, "until": "2024-09-02T18:00:00+08:00", "reason": "x" });
    assert_eq!(extend(nobody).problem(422, "invalid_field")["errors"][0]["pointer"], "#/account_id");
    let own = json!({ "window": "application", "account_id": one.account, "until": "2024-09-05T18:00:00+08:00", "reason": "住院" });
    assert_eq!(extend(own).expect(201)["until"], "2024-09-05T18:00:00+08:00");
    let lapse_of = |person: &Actor| person.read("/v1/applications")["items"][0]["lapse_at"].clone();
    assert_eq!(lapse_of(&one), "2024-09-05T18:00:00.000001+08:00");
    let everyone = json!({ "window": "application", "until": "2024-09-02T18:00:00+08:00", "reason": "系统故障" });
    extend(everyone).expect(201);
    assert_eq!(lapse_of(&one), "2024-09-05T18:00:00.000001+08:00", "who had more time keeps it");
    assert_eq!(lapse_of(&other), "2024-09-02T18:00:00.000001+08:00");

    let public = world.anybody().read("/v1/cycles/aksu-2024/deadlines");
    assert_eq!((public["extensions"].as_array().unwrap().len(), &public["extensions"][0]["reason"]), (1, &json!("系统故障")));
    let closes = public["items"].as_array().unwrap().iter().find(|d| d["kind"] == "application_closes").unwrap();
    assert_eq!(closes["instant"], "2024-09-02T18:00:00+08:00");
    assert_eq!(cast.admin.read("/v1/cycles/aksu-2024/extensions")["items"].as_array().unwrap().len(), 2);

    let stages = |at: &str| {
        world.travel(at);
        (one.read(&of_one)["stage"].clone(), other.read(&of_other)["stage"].clone())
    };
    assert_eq!(stages("2024-09-02T18:00:00+08:00"), (json!("draft"), json!("draft")));
    assert_eq!(stages("2024-09-02T18:00:00.000001+08:00"), (json!("draft"), json!("lapsed")));
    assert_eq!(stages("2024-09-05T18:00:00+08:00"), (json!("draft"), json!("lapsed")));
    assert_eq!(stages("2024-09-05T18:00:01+08:00"), (json!("lapsed"), json!("lapsed")));

    let record = cast.supervisor.read("/v1/audit?action=cycle.extend");
    assert_eq!((record["items"].as_array().unwrap().len(), &record["items"][0]["detail"]["reason"]), (2, &Value::Null));
    assert_eq!(record["items"][0]["clause"], "2.1");
}

on_both!(a_cycle_is_reviewed_by_a_committee);
async fn a_cycle_is_reviewed_by_a_committee(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let path = "/v1/cycles/aksu-2024/committee";
    let refused = cast.admin.act("PUT", path, path, &json!({ "committee_id": cast.department })).problem(422, "invalid_field");
    assert_eq!(refused["errors"][0]["pointer"], "#/committee_id");
    assert_eq!(cast.admin.read(path)["committee_id"], cast.committee);
    cast.admin.put(path).json(&json!({ "committee_id": cast.committee })).send().problem(428, "precondition_required");
    cast.admin.put(path).if_match(1).json(&json!({ "committee_id": cast.committee })).send().problem(412, "stale_version");
}

on_both!(supervisor_reads_and_verifies_the_audit_log);
async fn supervisor_reads_and_verifies_the_audit_log(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let application = file(&world, &person, &draft(&cast));
    let id = application.rsplit('/').next().unwrap();
    let found = cast.supervisor.read(&format!("/v1/audit?object_kind=application&object_id={id}"));
    assert_eq!((found["items"].as_array().unwrap().len(), &found["items"][0]["action"]), (1, &json!("application.create")));
    assert_eq!(found["items"][0]["actor_id"], person.account);
    let mine = cast.supervisor.read(&format!("/v1/audit?actor_id={}&from=2024-07-22T09:00:00%2B08:00&limit=2", person.account));
    // Signing in, and filing.
    assert_eq!((mine["items"].as_array().unwrap().len(), &mine["has_more"]), (2, &json!(false)));
    assert!(cast.supervisor.read("/v1/audit?to=2024-07-22T09:00:00%2B08:00")["items"].as_array().unwrap().is_empty());
    // A walk meets every row once, without gaps.
    let mut seen = Vec::new();
    let mut path = "/v1/audit?limit=7".to_owned();
    loop {
        let page = cast.supervisor.read(&path);
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/audit?limit=7&cursor={cursor}");
    }
    let all: Vec<i64> = (1..=seen[0]).rev().collect();
    assert_eq!(seen, all);
    let verified = cast.supervisor.read("/v1/audit/verification");
    assert_eq!((verified["intact"].as_bool(), verified["rows"].as_i64()), (Some(true), Some(seen[0])));
    for not_theirs in [&cast.admin, &person, &cast.office] {
        not_theirs.get("/v1/audit").send().problem(403, "forbidden");
        not_theirs.get("/v1/audit/verification").send().problem(403, "forbidden");
    }
}
