//! The golden matrix: each operation x role x own or another's object, tried on a running server; and the page of the table behind it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use title_review::http::openapi;
use title_review::http::server::all_routes;

use crate::generated::assert_generated;
use crate::meetings::{id_of, meeting};
use crate::support::cast::{Cast, applicant, credit_code, file, staff};
use crate::support::database::Database;
use crate::support::journey::{at_employer, drafted, pdf, ready_profile, sign, submit};
use crate::support::on_both;
use crate::support::world::{Actor, Ask, Reply, World};

/// An id that nothing has.
const ABSENT: &str = "01800000-0000-7000-8000-000000000000";

/// A role as two people hold it: one to whom the objects belong or who reviews them, and one of another house.
struct Pair {
    role: &'static str,
    own: Actor,
    other: Option<Actor>,
    /// Ids for the path, as seen by the one whose objects they are.
    objects: BTreeMap<&'static str, String>,
}

/// Two houses of each kind, two applications, and everybody who could ask about them.
fn people(world: &World) -> Vec<Pair> {
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
    let house = [
        ("other_clerk", "employer_clerk", organisation("public_institution", "none", "652901")),
        ("other_department", "department_reviewer", organisation("supervising_department", "none", "652900")),
        ("other_county", "county_service", organisation("county_employment_service", "none", "652902")),
        ("other_prefecture", "prefecture_service", organisation("prefecture_employment_service", "none", "659700")),
        ("other_office", "committee_office", organisation("committee", "none", "652900")),
        ("expert", "expert", cast.committee.clone()),
    ];
    let mut others: BTreeMap<&str, Actor> =
        house.iter().map(|(login, role, at)| (*login, staff(world, &cast.admin, login, role, at))).collect();

    let (person, directed) = at_employer(world, &cast, "applicant_a", 1);
    let filing = json!({ "cycle_id": "aksu-2024", "track": "private_enterprise", "specialty": "surveying", "level": "intermediate", "employer_id": cast.enterprise });
    let (stationed, private) = drafted(world, "applicant_b", 3, &ready_profile(3, &cast.enterprise), &filing);
    sign(&stationed, &private);
    submit(&stationed, &private, &json!([])).expect(200);
    let stranger = applicant(world, "applicant_c", 5);

    let spare = json!({ "account_id": applicant(world, "applicant_d", 7).account, "organisation_id": cast.agency, "role": "employer_clerk" });
    let spare = world.security().post("/v1/memberships").key(&world.key()).json(&spare).send().expect(201);
    let meeting = id_of(&meeting(world, &cast));
    let objects = |reader: &Actor, application: &str| {
        let attachments = reader.read(&format!("{application}/attachments"));
        BTreeMap::from([
            ("application_id", application.rsplit('/').next().unwrap().to_owned()),
            ("attachment_id", attachments["items"][0]["id"].as_str().unwrap().to_owned()),
            ("account_id", person.account.clone()),
            ("organisation_id", cast.institution.clone()),
            ("membership_id", spare["id"].as_str().unwrap().to_owned()),
            ("cycle", "aksu-2024".to_owned()),
            ("template", "A3".to_owned()),
            ("item", "review_form".to_owned()),
            ("meeting_id", meeting.clone()),
        ])
    };
    let (of_directed, of_private) = (objects(&person, &directed), objects(&stationed, &private));
    let mut pair = |role, own: &Actor, other: Option<&str>, objects: &BTreeMap<&'static str, String>| Pair {
        role,
        own: own.clone(),
        other: other.map(|name| if name == "stranger" { stranger.clone() } else { others.remove(name).unwrap() }),
        objects: objects.clone(),
    };
    vec![
        pair("applicant", &person, Some("stranger"), &of_directed),
        pair("employer_clerk", &cast.institution_clerk, Some("other_clerk"), &of_directed),
        pair("department_reviewer", &cast.department_reviewer, Some("other_department"), &of_directed),
        pair("county_service", &cast.county_reviewer, Some("other_county"), &of_private),
        pair("prefecture_service", &cast.prefecture_reviewer, Some("other_prefecture"), &of_private),
        pair("committee_office", &cast.office, Some("other_office"), &of_directed),
        pair("expert", &world.sign_in("expert"), None, &of_directed),
        pair("finance", &cast.finance, None, &of_directed),
        pair("supervisor", &cast.supervisor, None, &of_directed),
        pair("system_administrator", &cast.admin, None, &of_directed),
        pair("security_administrator", world.security(), None, &of_directed),
        pair("audit_administrator", &world.auditor(), None, &of_directed),
    ]
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

    /// Asks with everything that the operation demands, but with a version that no row has: what passes the gate and finds its object is
    /// refused or harmless.
    fn ask(&self, world: &World, actor: &Actor, ids: &BTreeMap<&str, String>) -> Reply {
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
        let ask: Ask = actor.method(&self.method, &path).header("if-match", "\"0\"").key(&world.key());
        let content = &self.about["requestBody"]["content"];
        if let Some(schema) = content.get("application/json").map(|content| &content["schema"]) {
            ask.json(&least(self.document, schema)).send()
        } else if content.get("multipart/form-data").is_some() {
            ask.upload(&[("category", "commitment"), ("declassified", "true")], "a.pdf", "application/pdf", &pdf("a")).send()
        } else {
            ask.send()
        }
    }
}

/// How far a request got: refused at the gate, told that there is nothing, or let in.
fn class(reply: &Reply) -> &'static str {
    assert!(reply.status < 500, "{}", reply.body);
    match reply.body["code"].as_str().unwrap_or_default() {
        "unauthenticated" | "token_expired" | "token_invalid" if reply.status == 401 => "401",
        "forbidden" => "403",
        "not_found" => "404",
        "sandbox_only" => "absent",
        _ => "in",
    }
}

/// What an answer tells, apart from what names the request.
fn told(reply: &Reply) -> (u16, Value, Vec<String>) {
    let mut body = reply.body.clone();
    for own in ["trace_id", "instance"] {
        body[own] = Value::Null;
    }
    let mut headers: Vec<String> = reply.headers.iter().map(|(name, _)| name.clone()).collect();
    headers.sort();
    (reply.status, body, headers)
}

on_both!(every_operation_for_every_role);
async fn every_operation_for_every_role(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let people = people(&world);
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
        "# operation [permission] | role: own object/another's. in: past the gate and the object found; 401, 403, 404: refused so.\n# `-`: nobody of that role is another house's. `?`: the story has no such object, an absent id was asked for.\n",
    );
    for operation in &operations {
        let permission = operation.about["x-permission"].as_str().unwrap_or("-");
        let anonymous = class(&operation.ask(&world, &world.anybody(), &people[0].objects));
        let mut line = format!("{} {} [{permission}] | anonymous: {anonymous}", operation.method, operation.path);
        for pair in &people {
            let mut objects = pair.objects.clone();
            if operation.names().contains(&"notice_id") {
                let notices = pair.own.read("/v1/notices");
                objects.extend(notices["items"][0]["id"].as_str().map(|id| ("notice_id", id.to_owned())));
            }
            let known = operation.names().iter().all(|name| objects.contains_key(name));
            let own = class(&operation.ask(&world, &pair.own, &objects));
            let other = pair.other.as_ref().map_or("-", |actor| {
                let foreign = operation.ask(&world, actor, &objects);
                if foreign.status == 404 && !operation.names().is_empty() {
                    let absent = operation.ask(&world, actor, &BTreeMap::from([("cycle", "aksu-2024".to_owned())]));
                    assert_eq!(told(&foreign), told(&absent), "{} {} {}", pair.role, operation.method, operation.path);
                }
                class(&foreign)
            });
            let unknown = if known { "" } else { "?" };
            write!(line, " | {}: {own}{unknown}/{other}", pair.role).unwrap();
        }
        writeln!(text, "{line}").unwrap();
    }
    assert_eq!(text.lines().count(), all_routes().rows().len() + 2, "a row for each route");
    assert_generated("tests/golden/authorization.txt", &text);
}

on_both!(a_draft_is_its_applicants_alone);
async fn a_draft_is_its_applicants_alone(database: Database) {
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
