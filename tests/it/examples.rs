//! The examples of the document are real: one story plays the main job on a fixed clock with seeded ids, and what went over the wire is kept.

use serde_json::{Map, Value, json};
use title_review::server::all_routes;
use title_review_core::profiles::Profile;

use crate::generated::assert_generated;
use crate::imports;
use crate::machines::{oauth_client, personal_token};
use crate::support::cast::{Cast, applicant, file, resident_id};
use crate::support::chain::{approval, commit, decide, employer_approval, employer_publicity, return_with, submit};
use crate::support::database::{Dialect, tell};
use crate::support::journey::{
    directed_intermediate, enter_profile, ready_profile, upload, upload_all_required, upload_employer_documents,
};
use crate::support::world::{Actor, Exchange, PASSWORD, World, recorded, start_recording};

const CYCLE: &str = "aksu-2024";

#[test]
fn the_examples_are_up_to_date() {
    tell(Dialect::Sqlite, |database| async move {
        start_recording();
        play_in(&World::at(database, "2024-07-22T09:00:00+08:00").await);
        let text = serde_json::to_string_pretty(&examples(&recorded())).unwrap() + "\n";
        assert_generated("openapi/examples.json", &text);
    });
}

/// The story of the examples, from 2024-07-22.
pub fn play_in(world: &World) {
    let anybody = world.anybody();
    for path in ["/version", "/livez", "/readyz", "/v1/cycles", "/v1/cycles/aksu-2024/deadlines", "/v1/cycles/aksu-2024/contacts"] {
        anybody.read(path);
    }
    let cast = Cast::enter(world, CYCLE);
    cast.admin.read("/v1/accounts?limit=2");
    cast.admin.read("/v1/organisations?limit=2");
    let person = applicant(world, "applicant_a", 1);
    person.read("/v1/me");
    study(world, &cast, &person);
    import(&cast);
    // As a client sends it: the whole representation, no field left out.
    let whole: Profile = serde_json::from_value(ready_profile(1, &cast.institution)).unwrap();
    enter_profile(&person, &serde_json::to_value(whole).unwrap());
    person.read("/v1/profile");
    let path = file(world, &person, &directed_intermediate(&cast.institution));
    upload_all_required(world, &person, &path);
    for part in ["", "/checks", "/attachments", "/dossier"] {
        person.read(&format!("{path}{part}"));
    }
    commit(&person, &path);
    submit(&person, &path).expect(200);
    person.read("/v1/applications?limit=2");
    world.travel("2024-07-29T09:00:00+08:00");
    let publicity = employer_publicity(world, &cast.institution_clerk, &path, "2024-07-29");
    anybody.read("/v1/publicities");
    let objections = format!("/v1/publicities/{}/objections", publicity["id"].as_str().unwrap());
    let objection = json!({ "text": "其学历证书与实际不符", "name": "来信人", "contact": "0997-0000000" });
    let receipt = anybody.post(&objections).key(&world.key()).json(&objection).send().expect(201);
    let open = cast.institution_clerk.read(&format!("{path}/objections"));
    let decision = json!({ "finding": "rejected", "reason": "经查，学历证书与学信网记录一致" });
    let objection_path = format!("/v1/objections/{}", open["items"][0]["id"].as_str().unwrap());
    cast.institution_clerk.post(&format!("{objection_path}/decision")).key(&world.key()).json(&decision).send().expect(200);
    anybody.read(&format!("/v1/objections/{}", receipt["receipt"].as_str().unwrap()));
    world.travel("2024-08-05T09:00:00+08:00");
    upload_employer_documents(world, &cast.institution_clerk, &path);
    decide(&cast.institution_clerk, &path, &employer_approval(CYCLE)).expect(200);
    decide(&cast.department_reviewer, &path, &approval(CYCLE)).expect(200);
    cast.office.read("/v1/inbox");
    cast.office.read("/v1/applications/counts");
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    person.read(&format!("{path}/corrections"));
    person.read("/v1/notices");
    correct(world, &cast, &person, &path);
    cast.office.read(&format!("{path}/differences"));
    decide(&cast.office, &path, &approval(CYCLE)).expect(200);
    person.read(&format!("{path}/history"));
    cast.supervisor.read("/v1/audit?limit=2");
    programs(world, &cast, &person);
    anybody.read("/v1/password-policy");
    person.read("/v1/sessions");
    person.post("/v1/sessions/current/proof").json(&json!({ "password": PASSWORD })).send().expect(200);
    person.read("/v1/me/second-factor");
    person.post("/v1/me/second-factor").send().expect(201);
    let reset = world.security().post(&format!("/v1/accounts/{}/password-resets", person.account)).send().expect(201);
    let redemption = json!({ "token": reset["token"], "new_password": "Another-horse-8" });
    anybody.post("/v1/password-resets").json(&redemption).send().expect(204);
}

/// The applicant corrects what was asked for, and something beside it.
fn correct(world: &World, cast: &Cast, person: &Actor, path: &str) {
    let mut corrected = ready_profile(1, &cast.institution);
    corrected["education"][0]["school"] = json!("测绘大学");
    corrected["achievements"][0]["contribution"] = json!("承担外业、数据处理和质量检查");
    enter_profile(person, &corrected);
    upload(world, person, path, "title_certificate").expect(201);
    let mut filing = directed_intermediate(&cast.institution);
    filing.as_object_mut().unwrap().remove("cycle_id");
    person.act("PUT", path, path, &filing).expect(200);
    commit(person, path);
    submit(person, path).expect(200);
}

/// Staff enter a certificate of continuing education and withdraw it.
fn study(world: &World, cast: &Cast, person: &Actor) {
    let body = json!({
        "id_number": resident_id("19850615", 1), "year": 2020, "kind": "specialty", "hours": 60, "certificate_number": "ZJ-2020-0001", "client_ref": "WS-0001",
    });
    let made = cast.county_reviewer.post("/v1/study-records").key(&world.key()).json(&body).send().expect(201);
    let record = format!("/v1/study-records/{}", made["id"].as_str().unwrap());
    person.read("/v1/study-records?year=2020&limit=2");
    person.read(&record);
    cast.county_reviewer
        .post(&format!("{record}/withdrawal"))
        .if_match(1)
        .json(&json!({ "reason": "年度录入有误" }))
        .send()
        .expect(200);
}

/// Staff import a file of one line. The jobs do not run in this story.
fn import(cast: &Cast) {
    let clerk = &cast.county_reviewer;
    let file = format!("{}{}", imports::HEADER, imports::line(600, "ZJ-2023-0002", "WS-0002"));
    imports::send(clerk, "wensu-0801", "study_records", "no", file.as_bytes()).expect(202);
    clerk.read("/v1/imports?limit=2");
    clerk.read("/v1/imports/wensu-0801");
    clerk.post("/v1/imports/wensu-0801/cancel").send().expect(200);
}

/// A client enters, gets a token and gives it back; a person makes a token of their own.
fn programs(world: &World, cast: &Cast, person: &Actor) {
    let client = oauth_client(world, &cast.committee, &["committee_office"]);
    let path = format!("/v1/clients/{}", client.id);
    world.security().read("/v1/clients?limit=2");
    world.security().read(&path);
    let granted = client.token(world, None).expect(200);
    client.ask(world, "/oauth2/introspect", &[("token", granted["access_token"].as_str().unwrap())]).expect(200);
    world.anybody().read("/.well-known/oauth-authorization-server");
    personal_token(person, &json!({ "scopes": ["applicant"], "expires_in_days": 90 }));
    person.read("/v1/me/tokens");
}

/// A success of each operation: the first of an act, the last of a reading, when there is most to read. Lists are shortened, secrets left out.
fn examples(exchanges: &[Exchange]) -> Value {
    let routes = all_routes();
    let mut found = Map::new();
    for row in routes.rows() {
        let matches = |exchange: &&Exchange| {
            (200..300).contains(&exchange.status) && exchange.method == row.method.as_str() && fits(&row.path, &exchange.path)
        };
        let mut successes = exchanges.iter().filter(matches);
        let shown = if row.method == "GET" { successes.next_back() } else { successes.next() };
        if let Some(exchange) = shown {
            let mut example = Map::new();
            if let Some(request) = &exchange.request {
                example.insert("request".to_owned(), shortened(request));
            }
            if !exchange.response.is_null() {
                example.insert("response".to_owned(), shortened(&exchange.response));
            }
            found.insert(row.operation_id.clone(), Value::Object(example));
        }
    }
    found.sort_keys();
    Value::Object(found)
}

/// A fixed segment wins over a parameter: `/v1/applications/counts` is not an application.
pub fn fits(template: &str, path: &str) -> bool {
    let fixed = |segment: &str| !segment.contains('{');
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, given)| if fixed(wanted) { wanted == given } else { *given != "counts" })
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().take(2).map(shortened).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, inner)| {
                let secret = matches!(
                    name.as_str(),
                    "client_secret"
                        | "access_token"
                        | "refresh_token"
                        | "receipt"
                        | "hash"
                        | "prev_hash"
                        | "next_cursor"
                        | "secret"
                        | "otpauth_uri"
                        | "token"
                ) && inner.is_string();
                let shown = match inner {
                    _ if secret => Value::from("…"),
                    // Digests under the key of one ring, of a row that an act wrote.
                    Value::Object(digests) if name == "columns" => {
                        digests.keys().take(2).map(|column| (column.clone(), Value::from("…"))).collect()
                    }
                    inner => shortened(inner),
                };
                (name.clone(), shown)
            })
            .collect(),
        other => other.clone(),
    }
}
