//! The golden matrix: each operation x role x whose object, tried on a running server; and the page of the table behind it.
//!
//! An operation that is added gets its row by itself. If its path names an object that the story does not have, the row says `?`: say in `objects` (or in
//! `LISTED`, where everybody has their own) which one it is, write the page anew (`just generate`), and read the row.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use diesel::prelude::*;
use serde_json::{Map, Value, json};
use title_review::db::schema::applications as table;
use title_review::http::openapi;
use title_review::server::all_routes;
use title_review_core::ids::{ApplicationId, OrganisationId};
use title_review_core::vocabulary::Stage;

use crate::generated::assert_generated;
use crate::imports;
use crate::machines::{oauth_client, personal_token};
use crate::meetings::{id_of, meeting};
use crate::publicity::object;
use crate::support::cast::{Cast, applicant, credit_code, file, resident_id, staff};
use crate::support::chain::employer_publicity;
use crate::support::database::Database;
use crate::support::journey::{at_employer, drafted, pdf, ready_profile, sign, submit};
use crate::support::on_both;
use crate::support::stages::accepted_through_the_chain;
use crate::support::world::{Actor, Ask, Reply, World};

/// An id that nothing has.
const ABSENT: &str = "01800000-0000-7000-8000-000000000000";

/// Another cycle, of another prefecture.
const ELSEWHERE: &str = "tianhe-2024";

/// Names in paths of which everybody has their own: the list where it stands.
const LISTED: &[(&str, &str)] = &[("notice_id", "/v1/notices"), ("session_id", "/v1/sessions")];

/// Ids by their names in the paths.
type Objects = BTreeMap<&'static str, String>;

/// A role as people hold it: one to whom the objects belong or who reviews them, a colleague of the same organisation, and one of another organisation.
struct Holders {
    role: &'static str,
    own: Actor,
    same: Option<Actor>,
    other: Option<Actor>,
    /// Ids for the path, as seen by the one whose objects they are.
    objects: Objects,
}

/// An application to another cycle, before another committee, that its formal review could see.
async fn application_elsewhere(world: &World, employer: &str, committee: &str) -> Objects {
    let person = applicant(world, "applicant_elsewhere", 11);
    world
        .admin()
        .act(
            "PUT",
            &format!("/v1/cycles/{ELSEWHERE}/committee"),
            &format!("/v1/cycles/{ELSEWHERE}/committee"),
            &json!({ "committee_id": committee }),
        )
        .expect(200);
    let filing = json!({ "cycle_id": ELSEWHERE, "track": "general", "specialty": "agronomy", "level": "intermediate", "employer_id": employer });
    let id = id_of(&file(world, &person, &filing));
    let (row, committee): (ApplicationId, OrganisationId) = (id.parse().unwrap(), committee.parse().unwrap());
    world
        .app
        .act_as_system(move |cx| {
            let now = Some(cx.now);
            let reviewed = (
                table::stage.eq(Stage::FormalReview),
                table::committee_id.eq(Some(committee)),
                table::committee_submissions.eq(1),
                table::submitted_at.eq(now),
                table::reached_committee_at.eq(now),
            );
            diesel::update(table::table.filter(table::id.eq(row))).set(reviewed).execute(cx.conn)?;
            Ok::<_, title_review::db::Error>(())
        })
        .await
        .unwrap();
    BTreeMap::from([
        ("application_id", id),
        ("account_id", person.account),
        ("organisation_id", employer.to_owned()),
        ("cycle", ELSEWHERE.to_owned()),
        ("template", "A3".to_owned()),
        ("item", "review_form".to_owned()),
        ("form", "commitment".to_owned()),
    ])
}

/// Houses of each kind twice, applications in two cycles, and everybody who could ask about them; and the objects of the other cycle. The story begins
/// while the other cycle takes applications.
async fn people(world: &World) -> (Vec<Holders>, Objects) {
    let cast = Cast::enter(world, "aksu-2024");
    let mut number = 100;
    let mut organisation = |kind: &str, ownership: &str, region: &str| -> String {
        number += 1;
        let name = format!("第二家 {kind}");
        let body =
            json!({ "kind": kind, "ownership": ownership, "name": name, "region": region, "credit_code": credit_code(number) });
        let made = cast.admin.post("/v1/organisations").key(&world.key()).json(&body).send().expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let people = [
        ("other_clerk", "employer_clerk", organisation("public_institution", "none", "652901")),
        ("other_department", "reviewer", organisation("supervising_department", "none", "652900")),
        ("other_county", "reviewer", organisation("county_employment_service", "none", "652902")),
        ("other_prefecture", "reviewer", organisation("prefecture_employment_service", "none", "659700")),
        ("other_office", "committee_office", organisation("committee", "none", "652900")),
        ("other_finance", "finance", organisation("bureau", "none", "659700")),
        ("expert", "expert", cast.committee.clone()),
    ];
    let mut others: BTreeMap<&str, Actor> =
        people.iter().map(|(login, role, at)| (*login, staff(world, &cast.admin, login, role, at))).collect();

    let elsewhere = application_elsewhere(
        world,
        &organisation("public_institution", "none", "659701"),
        &organisation("committee", "none", "659700"),
    )
    .await;
    world.travel("2024-07-22T09:00:00+08:00");
    let filing = json!({ "cycle_id": "aksu-2024", "track": "private_enterprise", "specialty": "surveying", "level": "intermediate", "employer_id": cast.enterprise });
    let (stationed, private) = drafted(world, "applicant_b", 3, &ready_profile(3, &cast.enterprise), &filing);
    sign(&stationed, &private);
    submit(&stationed, &private, &json!([])).expect(200);
    let seen = stationed.get(&private).send();
    let transfer =
        stationed.post(&format!("{private}/transfers")).key(&world.key()).header("if-match", seen.header("etag").unwrap());
    let transfer = transfer.json(&json!({ "employer_id": cast.agency, "reason": "档案已托管" })).send().expect(201);
    // Through the chain from 07-22 to 08-05: with attachments, publicity, an order.
    let accepted = accepted_through_the_chain(world, &cast, "applicant_a", 1);
    let (person, directed) = (accepted.person, accepted.path);
    // Another one of the same organisation is public, and somebody objects.
    let (colleague, published) = at_employer(world, &cast, "applicant_e", 9);
    let public = employer_publicity(world, &cast.institution_clerk, &published, "2024-08-05");
    let receipt = object(world, &public, &json!({ "text": "工作年限与实际不符" })).expect(201)["receipt"].clone();
    let objections = cast.institution_clerk.read(&format!("{published}/objections"));
    let stranger = applicant(world, "applicant_c", 5);

    let spare = json!({ "account_id": applicant(world, "applicant_d", 7).account, "organisation_id": cast.agency, "role": "employer_clerk" });
    let spare = world.security().post("/v1/memberships").key(&world.key()).json(&spare).send().expect(201);
    let meeting = id_of(&meeting(world, &cast));
    let order = id_of(&accepted.order);
    let held = json!({
        "order_id": order, "method": "bank", "reference": "BANK-0001", "paid_on": "2024-08-05",
        "amount": { "amount_minor": 1, "currency": "CNY" },
    });
    let held = cast.finance.post("/v1/held-money").key(&world.key()).json(&held).send().expect(201);
    let client = oauth_client(world, &cast.committee, &["committee_office"]);
    let study = json!({ "id_number": resident_id("19850615", 1), "year": 2020, "kind": "general", "hours": 30, "certificate_number": "ZJ-1" });
    let study = cast.county_reviewer.post("/v1/study-records").key(&world.key()).json(&study).send().expect(201);
    let file = format!("{}{}", imports::HEADER, imports::line(600, "ZJ-2", ""));
    imports::send(&cast.county_reviewer, "county", "study_records", "no", file.as_bytes()).expect(202);
    world.run_jobs().await;
    let longer = json!({ "window": "formal_review", "until": "2024-09-13T23:59:59+08:00", "reason": "逾期未审结" });
    let proposal = cast.office.post("/v1/cycles/aksu-2024/extension-proposals").key(&world.key()).json(&longer).send().expect(201);
    let objects = |reader: &Actor, application: &str| {
        let attachments = reader.read(&format!("{application}/attachments"));
        let publicities = reader.read(&format!("{application}/publicities"));
        // Of an application that is stationed elsewhere, the public notice of the other one is asked for.
        let publicity = publicities["items"][0]["id"].as_str().or(public["id"].as_str()).unwrap();
        Objects::from([
            ("publicity_id", publicity.to_owned()),
            ("objection_id", objections["items"][0]["id"].as_str().unwrap().to_owned()),
            ("receipt", receipt.as_str().unwrap().to_owned()),
            ("order_id", order.clone()),
            ("held_money_id", held["id"].as_str().unwrap().to_owned()),
            ("application_id", application.rsplit('/').next().unwrap().to_owned()),
            ("attachment_id", attachments["items"][0]["id"].as_str().unwrap().to_owned()),
            ("account_id", person.account.clone()),
            ("organisation_id", cast.institution.clone()),
            ("membership_id", spare["id"].as_str().unwrap().to_owned()),
            ("cycle", "aksu-2024".to_owned()),
            ("template", "A3".to_owned()),
            ("item", "review_form".to_owned()),
            ("form", "commitment".to_owned()),
            ("meeting_id", meeting.clone()),
            ("proposal_id", proposal["id"].as_str().unwrap().to_owned()),
            ("transfer_id", transfer["id"].as_str().unwrap().to_owned()),
            ("client_id", client.id.clone()),
            ("name", "county".to_owned()),
            ("template_file", "study_records.csv".to_owned()),
            ("study_record_id", study["id"].as_str().unwrap().to_owned()),
            ("token_id", personal_token(reader, &json!({ "scopes": ["applicant"] }))["id"].as_str().unwrap().to_owned()),
        ])
    };
    let (of_directed, of_private) = (objects(&person, &directed), objects(&stationed, &private));
    let mut pair = |role: &'static str, own: &Actor, other: Option<&str>, objects: &Objects| {
        let organisation = own.read("/v1/me")["memberships"][0]["organisation_id"].as_str().map(str::to_owned);
        Holders {
            role,
            own: own.clone(),
            same: match (role, organisation) {
                ("applicant", _) => Some(colleague.clone()),
                (_, Some(organisation)) => {
                    let held = if role.starts_with("reviewer") { "reviewer" } else { role };
                    Some(staff(world, &cast.admin, &format!("same_{role}"), held, &organisation))
                }
                _ => None,
            },
            other: other.map(|name| if name == "stranger" { stranger.clone() } else { others.remove(name).unwrap() }),
            objects: objects.clone(),
        }
    };
    let holders = vec![
        pair("applicant", &person, Some("stranger"), &of_directed),
        pair("employer_clerk", &cast.institution_clerk, Some("other_clerk"), &of_directed),
        pair("reviewer_of_department", &cast.department_reviewer, Some("other_department"), &of_directed),
        pair("reviewer_of_county", &cast.county_reviewer, Some("other_county"), &of_private),
        pair("reviewer_of_prefecture", &cast.prefecture_reviewer, Some("other_prefecture"), &of_private),
        pair("committee_office", &cast.office, Some("other_office"), &of_directed),
        pair("expert", &world.sign_in("expert"), None, &of_directed),
        pair("finance", &cast.finance, Some("other_finance"), &of_directed),
        pair("supervisor", &cast.supervisor, None, &of_directed),
        pair("system_administrator", &cast.admin, None, &of_directed),
        pair("security_administrator", world.security(), None, &of_directed),
        pair("audit_administrator", &world.auditor(), None, &of_directed),
    ];
    (holders, elsewhere)
}

/// The least value that satisfies a schema.
fn least(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return least(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return least(document, &choices[0]);
    }
    for known in [&schema["example"], &schema["enum"][0], &schema["x-extensible-enum"][0]] {
        if !known.is_null() {
            return known.clone();
        }
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "string" => match schema["format"].as_str() {
            Some("uuid") => ABSENT.into(),
            Some("date") => "2024-07-22".into(),
            Some("date-time") => "2024-07-22T09:00:00+08:00".into(),
            _ => "x".repeat(usize::try_from(schema["minLength"].as_u64().unwrap_or(1).max(1)).unwrap()).into(),
        },
        "integer" | "number" => schema["minimum"].as_i64().unwrap_or(1).into(),
        "boolean" => true.into(),
        "array" => (0..schema["minItems"].as_u64().unwrap_or(0)).map(|_| least(document, &schema["items"])).collect(),
        _ => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let field = |name: &Value| {
                let name = name.as_str().unwrap();
                (name.to_owned(), least(document, &schema["properties"][name]))
            };
            Value::Object(required.iter().map(field).collect::<Map<_, _>>())
        }
    }
}

/// One operation of the document.
struct Operation<'a> {
    document: &'a Value,
    method: String,
    path: String,
    about: &'a Value,
}

impl Operation<'_> {
    /// Names in the path.
    fn names(&self) -> Vec<&str> {
        self.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
    }

    /// Asks with everything that the operation demands, but with a version that no row has: what passes the access guard and finds its object is
    /// refused or harmless.
    fn ask(&self, world: &World, actor: &Actor, ids: &BTreeMap<&str, String>) -> Reply {
        self.ask_by(world, actor, ids, false)
    }

    /// As [`Self::ask`]; `by_post` sends a POST that stands for the method.
    fn ask_by(&self, world: &World, actor: &Actor, ids: &BTreeMap<&str, String>, by_post: bool) -> Reply {
        let mut path = self.path.clone();
        for name in self.names() {
            path = path.replace(&format!("{{{name}}}"), ids.get(name).map_or(ABSENT, String::as_str));
        }
        let required = self.about["parameters"].as_array().into_iter().flatten().filter(|p| p["required"] == true);
        let query: Vec<String> = required
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| {
                let value = Some(&parameter["example"]).filter(|v| !v.is_null()).cloned();
                let value = value.unwrap_or_else(|| least(self.document, &parameter["schema"]));
                format!("{}={}", parameter["name"].as_str().unwrap(), value.as_str().unwrap())
            })
            .collect();
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let ask: Ask = if by_post {
            actor.post(&path).header("x-http-method-override", &self.method)
        } else {
            actor.method(&self.method, &path)
        };
        let ask = ask.header("if-match", "\"0\"").key(&world.key());
        let content = &self.about["requestBody"]["content"];
        let reply = if let Some(schema) = content.get("application/json").map(|content| &content["schema"]) {
            ask.json(&least(self.document, schema)).send()
        } else if let Some(schema) = content.get("application/x-www-form-urlencoded").map(|content| &content["schema"]) {
            let form = least(self.document, schema);
            let fields: Vec<_> =
                form.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
            ask.form(&fields).send()
        } else if content.get("multipart/form-data").is_some() {
            ask.upload(&[("category", "commitment"), ("declassified", "true")], "a.pdf", "application/pdf", &pdf("a")).send()
        } else {
            ask.send()
        };
        // Numbers are seen in full where they are asked for with a purpose, and in one's own export: nowhere else, whoever asks.
        if !IN_FULL.contains(&self.path.as_str()) {
            let text = String::from_utf8_lossy(&reply.bytes);
            let number = (1..12).map(|number| resident_id("19850615", number)).find(|number| text.contains(number));
            assert!(number.is_none() && !text.contains("13800000000"), "{} {} {}: {text}", actor.name, self.method, self.path);
        }
        reply
    }
}

/// The operations that show numbers in full.
const IN_FULL: &[&str] = &["/v1/applications/{application_id}/full-views", "/v1/me/personal-data"];

/// How far a request got: refused by the access guard, told that there is nothing, or let in.
fn class(reply: &Reply) -> &'static str {
    assert!(reply.status < 500, "{}", reply.body);
    match reply.body["code"].as_str().or(reply.body["error"].as_str()).unwrap_or_default() {
        "invalid_client" => "401",
        "unauthenticated" | "token_expired" | "token_invalid" if reply.status == 401 => "401",
        "forbidden" => "403",
        "not_found" => "404",
        "sandbox_only" => "absent",
        _ => "in",
    }
}

/// What an answer tells, apart from what names the request: status, body, size, headers.
fn told(reply: &Reply) -> (u16, Value, usize, Vec<(String, String)>) {
    let mut body = reply.body.clone();
    let instance = body["instance"].as_str().map_or(0, str::len);
    for own in ["trace_id", "instance"] {
        body[own] = Value::Null;
    }
    // A connection may be closed because the body was not read to its end.
    let own = ["trace-id", "date", "content-length", "connection"];
    let mut headers: Vec<_> = reply.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned().collect();
    headers.sort();
    (reply.status, body, reply.bytes.len() - instance, headers)
}

on_both!(authorization_matrix_matches_the_golden_file);
async fn authorization_matrix_matches_the_golden_file(database: Database) {
    let world = World::at(database, "2024-06-24T09:00:00+08:00").await;
    let (people, elsewhere) = people(&world).await;
    let document = openapi::document(&all_routes());
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(Operation { document: &document, method: method.to_uppercase(), path: path.clone(), about: operation });
        }
    }
    // Signing out comes last: it ends what the others need.
    operations
        .sort_by_key(|operation| (operation.path == "/v1/sessions/current", operation.path.clone(), operation.method.clone()));
    let mut text = String::from(
        "# operation [permission] | role: own object/asked by a colleague/by somebody of another organisation/object of another cycle/absent id.\n# in: past the access guard and the object found; 401, 403, 404: refused so. `-`: the role has no such person, or the path names no such object.\n# `?`: the story has no such object, an absent id was asked for.\n",
    );
    let nothing = BTreeMap::from([("cycle", "nowhere-2024".to_owned())]);
    for operation in &operations {
        let permission = operation.about["x-permission"].as_str().unwrap_or("-");
        let anybody = world.anybody();
        let unsigned = operation.ask(&world, &anybody, &people[0].objects);
        let by_post = ["PUT", "DELETE"].contains(&operation.method.as_str());
        if by_post {
            assert_eq!(
                class(&operation.ask_by(&world, &anybody, &people[0].objects, true)),
                class(&unsigned),
                "{} by POST",
                operation.path
            );
        }
        let mut line = format!("{} {} [{permission}] | anonymous: {}", operation.method, operation.path, class(&unsigned));
        for Holders { role, own, same, other, objects } in &people {
            let mut objects = objects.clone();
            for (name, list) in LISTED.iter().filter(|(name, _)| operation.names().contains(name)) {
                let first = own.read(list)["items"][0]["id"].as_str().map(str::to_owned);
                objects.extend(first.map(|id| (*name, id)));
            }
            let known = operation.names().iter().all(|name| objects.contains_key(name));
            let there = !operation.names().is_empty() && operation.names().iter().all(|name| elsewhere.contains_key(name));
            let what = format!("{role} {} {}", operation.method, operation.path);
            // Whoever is told that there is nothing cannot tell it from nothing, and a POST that stands for the method is judged as the method.
            let refused = |actor: &Actor, objects: &Objects| {
                let reply = operation.ask(&world, actor, objects);
                if reply.status == 404 && !operation.names().is_empty() {
                    let absent = BTreeMap::from([("cycle", objects["cycle"].clone())]);
                    assert_eq!(told(&reply), told(&operation.ask(&world, actor, &absent)), "{what}");
                }
                if by_post && reply.status >= 400 {
                    assert_eq!(told(&reply), told(&operation.ask_by(&world, actor, objects, true)), "{what} by POST");
                }
                class(&reply)
            };
            let cells = [
                format!("{}{}", class(&operation.ask(&world, own, &objects)), if known { "" } else { "?" }),
                same.as_ref().map_or("-", |same| refused(same, &objects)).to_owned(),
                other.as_ref().map_or("-", |other| refused(other, &objects)).to_owned(),
                if there { refused(own, &elsewhere) } else { "-" }.to_owned(),
                if operation.names().is_empty() { "-" } else { class(&operation.ask(&world, own, &nothing)) }.to_owned(),
            ];
            write!(line, " | {role}: {}", cells.join("/")).unwrap();
        }
        writeln!(text, "{line}").unwrap();
    }
    assert_eq!(text.lines().count(), all_routes().rows().len() + 3, "a row for each route");
    assert_generated("tests/golden/authorization.txt", &text);
}

on_both!(draft_is_visible_to_its_applicant_only);
async fn draft_is_visible_to_its_applicant_only(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let body = json!({ "cycle_id": "aksu-2024", "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": cast.institution });
    let path = file(&world, &person, &body);
    for reader in [&cast.institution_clerk, &cast.department_reviewer, &cast.office, &cast.supervisor] {
        reader.get(&path).send().problem(404, "not_found");
    }
    person.get(&path).send().expect(200);
}

#[test]
fn the_authorization_page_is_up_to_date() {
    assert_generated("docs/authorization.md", &title_review::authz::authorization_page());
}
