//! Numbers in full, and who saw what of whom.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection as _, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};
use title_review::audit::ViewFilter;
use title_review::db::{Conn, Error};
use title_review::privacy::list_views;

use crate::machines::personal_token;
use crate::support::cast::{Cast, applicant, file, resident_id};
use crate::support::database::{Database, Dialect, tell};
use crate::support::journey::{at_employer, directed_intermediate};
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

/// Asks to see numbers of an application's applicant.
fn look(actor: &Actor, application: &str, fields: &[&str], reason: &str) -> Reply {
    let body = json!({ "fields": fields, "purpose": "identity", "reason": reason });
    actor.post(&format!("{application}/full-views")).json(&body).send()
}

fn views(world: &World, subject: &Actor, query: &str) -> Vec<Value> {
    let page = world.auditor().read(&format!("/v1/audit/views?subject_id={}{query}", subject.account));
    page["items"].as_array().unwrap().clone()
}

on_both!(full_id_numbers_are_shown_for_a_stated_purpose_and_logged);
async fn full_id_numbers_are_shown_for_a_stated_purpose_and_logged(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let number = resident_id("19850615", 1);
    let clerk = &cast.institution_clerk;
    let seen = look(clerk, &path, &["id_number"], " 与身份证原件核对 ").expect(200);
    assert_eq!((&seen["id_number"], &seen["phone"]), (&json!(number), &Value::Null));
    assert_eq!((&seen["account_id"], &seen["name"]), (&json!(person.account), &json!("申报人")));
    let seen = look(&cast.supervisor, &path, &["phone", "id_number", "phone"], "核查举报所涉人员").expect(200);
    assert_eq!((&seen["id_number"], &seen["phone"]), (&json!(number), &json!("13800000000")));

    let on_record = views(&world, &person, "");
    assert_eq!(on_record.len(), 2, "{on_record:?}");
    let first = &on_record[1];
    let application = path.rsplit('/').next().unwrap();
    assert_eq!(
        (&first["actor_id"], &first["role"], &first["organisation_id"], &first["kind"], &first["application_id"]),
        (&json!(clerk.account), &json!("employer_clerk"), &json!(cast.institution), &json!("identity"), &json!(application))
    );
    assert_eq!(
        (&first["fields"], &first["purpose"], &first["reason"], &first["from"]),
        (&json!(["id_number"]), &json!("identity"), &json!("与身份证原件核对"), &json!("127.0.0.1"))
    );
    assert_eq!(on_record[0]["fields"], json!(["id_number", "phone"]));

    // What is refused shows nothing and is no look; who may not see the application cannot tell it from none.
    for (actor, fields, reason, status, code) in [
        (clerk, &["id_number"][..], "核对 11010519491231002X", 422, "number_in_text"),
        (clerk, &["id_number"], "电话 138 0000 0000", 422, "number_in_text"),
        (clerk, &["id_number"], "无", 422, "invalid_body"),
        (clerk, &[], "与身份证原件核对", 422, "invalid_body"),
        (clerk, &["password"], "与身份证原件核对", 422, "invalid_field"),
        (&cast.agency_clerk, &["id_number"], "与身份证原件核对", 404, "not_found"),
        (&cast.county_reviewer, &["id_number"], "与身份证原件核对", 404, "not_found"),
        (&person, &["id_number"], "与身份证原件核对", 403, "forbidden"),
        (&cast.admin, &["id_number"], "与身份证原件核对", 403, "forbidden"),
        (world.security(), &["id_number"], "与身份证原件核对", 403, "forbidden"),
        (&cast.finance, &["id_number"], "与身份证原件核对", 403, "forbidden"),
    ] {
        let refused = look(actor, &path, fields, reason);
        assert!(!String::from_utf8_lossy(&refused.bytes).contains(&number), "{reason}");
        refused.problem(status, code);
    }
    // A purpose is a person's: a program with that person's token has none.
    let token = personal_token(clerk, &json!({ "scopes": ["employer_clerk:652901"] }))["token"].as_str().unwrap().to_owned();
    let mut program = clerk.clone();
    program.token = Some(token);
    program.get(&path).send().expect(200);
    look(&program, &path, &["id_number"], "与身份证原件核对").problem(403, "person_required");
    let draft = file(&world, &applicant(&world, "applicant_b", 3), &directed_intermediate(&cast.institution));
    look(clerk, &draft, &["id_number"], "与身份证原件核对").problem(404, "not_found");
    assert_eq!(views(&world, &person, "").len(), 2);
    // Elsewhere the reviewer sees it masked.
    let public = crate::support::chain::employer_publicity(&world, clerk, &path, "2024-07-22").to_string();
    assert!(!public.contains(&number) && public.contains("652901********"), "{public}");
}

on_both!(disclosures_of_a_person_are_listed_by_period);
async fn disclosures_of_a_person_are_listed_by_period(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let (other, elsewhere) = at_employer(&world, &cast, "applicant_b", 3);
    let clerk = &cast.institution_clerk;
    let files = person.read(&format!("{path}/attachments"));
    let attachment = files["items"][0]["id"].as_str().unwrap();
    let content = format!("/v1/attachments/{attachment}/content");
    // The own ones are nobody's look.
    person.get(&content).send();
    person.read(&format!("{path}/dossier"));
    let mut expected = Vec::new();
    for (day, act) in [("23", "dossier"), ("24", "attachment"), ("25", "identity"), ("26", "attachment"), ("26", "dossier")] {
        world.travel(&format!("2024-07-{day}T10:00:00+08:00"));
        match act {
            "dossier" => drop(clerk.read(&format!("{path}/dossier"))),
            "attachment" => assert!(clerk.get(&content).send().status < 300),
            _ => drop(look(clerk, &path, &["phone"], "通知补交材料原件").expect(200)),
        }
        expected.insert(0, act);
    }
    cast.supervisor.get(&content).header("range", "bytes=0-3").send().expect(206);
    expected.insert(0, "attachment");
    clerk.read(&format!("{elsewhere}/dossier"));
    // Not looks: what the client has, what may not be seen, what is not there.
    let tag = clerk.get(&content).send().header("etag").unwrap().to_owned();
    expected.insert(0, "attachment");
    assert_eq!(clerk.get(&content).header("if-none-match", &tag).send().status, 304);
    clerk.get(&content).header("range", "bytes=900000-").send().problem(416, "range_not_satisfiable");
    cast.agency_clerk.get(&content).send().problem(404, "not_found");

    let kinds = |rows: &[Value]| rows.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(kinds(&views(&world, &person, "")), expected);
    assert_eq!(kinds(&views(&world, &other, "")), ["dossier"]);
    let between = "&from=2024-07-24T00:00:00%2B08:00&to=2024-07-26T00:00:00%2B08:00";
    let some = views(&world, &person, between);
    assert_eq!(kinds(&some), ["identity", "attachment"]);
    assert_eq!(some[1]["attachment_id"], attachment);
    assert_eq!(kinds(&views(&world, &person, "&to=2024-07-23T10:00:00%2B08:00")), Vec::<String>::new());
    assert_eq!(views(&world, &person, &format!("&actor_id={}", cast.supervisor.account)).len(), 1);
    // Page by page the same; both who supervise may ask, nobody else.
    let (mut paged, mut next) = (Vec::new(), format!("/v1/audit/views?limit=2&subject_id={}", person.account));
    let first = next.clone();
    loop {
        let page = cast.supervisor.read(&next);
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("{first}&cursor={cursor}");
    }
    assert_eq!(kinds(&paged), expected);
    for actor in [&person, clerk, &cast.office, &cast.admin, world.security()] {
        actor.get(&first).send().problem(403, "forbidden");
    }
    cast.supervisor.get("/v1/audit/views").send().problem(400, "invalid_parameter");
    assert_eq!(cast.supervisor.read("/v1/audit/verification")["intact"], true);
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn disclosure_query_uses_an_index() {
    tell(Dialect::Sqlite, |database| async move {
        let person = title_review_core::ids::AccountId::new(
            &title_review_core::ids::SeededIds::new(1),
            "2024-07-22T09:00:00+08:00".parse().unwrap(),
        );
        let at = |text: &str| Some(text.parse().unwrap());
        let none = ViewFilter { subject: person, actor: None, from: None, to: None };
        let filters = [
            none.clone(),
            ViewFilter { from: at("2024-07-22T09:00:00+08:00"), ..none.clone() },
            ViewFilter { from: at("2024-07-22T09:00:00+08:00"), to: at("2024-07-23T09:00:00+08:00"), ..none.clone() },
            ViewFilter { actor: Some(person), to: at("2024-07-23T09:00:00+08:00"), ..none },
        ];
        let plans = database
            .open()
            .read(move |conn| {
                let seen = Arc::new(Mutex::new(Vec::new()));
                let into = Arc::clone(&seen);
                if let Conn::Sqlite(conn) = conn {
                    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                        if let InstrumentationEvent::StartQuery { query, .. } = event {
                            into.lock().unwrap().push(query.to_string());
                        }
                    });
                }
                for filter in &filters {
                    for before in [None, Some((1, 1))] {
                        list_views(conn, filter, before, 51)?;
                    }
                }
                let statements: Vec<String> = seen.lock().unwrap().clone();
                let Conn::Sqlite(conn) = conn else { return Ok(Vec::new()) };
                let mut plans = Vec::new();
                for sql in statements {
                    let sql = sql.split(" -- binds").next().unwrap_or_default().to_owned();
                    let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn)?;
                    plans.push((sql, lines.into_iter().map(|line| line.detail).collect::<Vec<_>>().join("; ")));
                }
                Ok::<_, Error>(plans)
            })
            .await
            .unwrap();
        assert_eq!(plans.len(), 8);
        for (sql, plan) in plans {
            assert!(plan.contains("SEARCH audit USING INDEX audit_views") && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        }
    });
}
