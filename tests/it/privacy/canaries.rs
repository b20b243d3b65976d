//! Canaries: somebody with a number, a phone, a name and an address of a kind that nothing else has goes the whole way, and tries everything that is
//! refused; then all that the server has said and kept is searched for them.

use std::fs::File;

use serde_json::{Value, json};

use super::search::{columns_with, dump, holds, raw_bytes};
use crate::cli::{Server, program, text};
use crate::meetings::{add, attend, close, id_of, meeting, vote};
use crate::publicity::object;
use crate::support::cast::{Cast, file, resident_id};
use crate::support::chain::{approval, decide, directed_to_committee, return_with, submit};
use crate::support::database::Database;
use crate::support::journey::{directed_intermediate, enter_profile, pdf, ready_profile, sign, upload_all_required};
use crate::support::on_both;
use crate::support::stages::{Accepted, to_ready};
use crate::support::world::{Actor, Exchange, PASSWORD, World, recorded, start_recording};

pub const NAME: &str = "欧阳金丝雀";
pub const PHONE: &str = "13912345678";
pub const MAIL: &str = "canary.bird@example.org";
/// Of the one who objects.
pub const OTHER_PHONE: &str = "13787654321";
pub const OTHER_NAME: &str = "司徒举报人";
/// A valid number that nobody has.
fn stray() -> String {
    resident_id("19770707", 777)
}

pub fn number() -> String {
    resident_id("19850615", 771)
}

/// Sends what is refused: each names canaries where a server might repeat them.
fn mistakes(world: &World, person: Option<&Actor>) {
    let anybody = world.anybody();
    let (number, stray) = (number(), stray());
    let account = |change: Value| {
        let mut body =
            json!({ "login": "somebody", "password": "Quite-another-9", "name": NAME, "id_number": stray, "phone": OTHER_PHONE });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let wrong_check = format!("{}{}", &stray[..17], if stray.ends_with('0') { '1' } else { '0' });
    for change in [
        json!({ "login": PHONE }),
        json!({ "login": number }),
        json!({ "login": NAME }),
        json!({ "phone": stray }),
        json!({ "phone": 13_912_345_678_i64 }),
        json!({ "phone": { PHONE: NAME } }),
        json!({ "id_number": wrong_check }),
        json!({ "id_number": format!("{stray}, expected {PHONE}") }),
        json!({ "name": NAME.repeat(30) }),
        json!({ "password": NAME }),
        json!({ PHONE: "x" }),
        json!({ stray.clone(): "x" }),
        json!({ MAIL.replace('@', "."): "x" }),
        json!({ "id_number": number }),
    ] {
        if change["id_number"] == number.as_str() && person.is_none() {
            continue;
        }
        let reply = anybody.post("/v1/accounts").key(&world.key()).json(&account(change)).send();
        assert!((400..500).contains(&reply.status), "{} {}", reply.status, reply.body);
    }
    // What a reader of JSON says of a word that it does not know.
    let unknown = json!({ "status": format!("{PHONE}`, expected {stray}") });
    world
        .security()
        .put(&format!("/v1/accounts/{}/status", world.security().account))
        .if_match(1)
        .json(&unknown)
        .send()
        .expect(422);
    for broken in [format!("{{\"login\": \"{PHONE}\" \"{number}\"}}"), format!("{NAME} {MAIL} {number}"), format!("[\"{PHONE}\"]")]
    {
        let reply = anybody.post("/v1/accounts").key(&world.key()).bytes("application/json", broken.as_bytes()).send();
        assert!((400..500).contains(&reply.status), "{} {}", reply.status, reply.body);
    }
    for (login, password) in [(PHONE, PASSWORD), (number.as_str(), NAME), (MAIL, PHONE), (NAME, "x")] {
        let body = json!({ "login": login, "password": password, "device": MAIL });
        let refused = anybody.post("/v1/sessions").json(&body).send();
        assert!((400..500).contains(&refused.status), "{}", refused.body);
    }
    anybody.post("/v1/sessions/refresh").json(&json!({ "refresh_token": PHONE })).send();
    anybody
        .post("/oauth2/token")
        .form(&[("grant_type", "client_credentials"), ("client_id", PHONE), ("client_secret", &number)])
        .send();
    let actor = person.cloned().unwrap_or(anybody);
    for path in [
        format!("/v1/accounts/{number}"),
        format!("/v1/applications/{PHONE}"),
        format!("/v1/applications/{PHONE}/decisions?name={MAIL}"),
        format!("/v1/{number}/{PHONE}"),
        format!("/v1/accounts?login={PHONE}&{number}=1"),
        format!("/v1/applications?stage={PHONE}&limit={number}"),
        format!("/v1/certificates/{number}"),
        format!("/v1/orders?application_id={PHONE}"),
        format!("/problems/{number}"),
    ] {
        let refused = actor.get(&path).send();
        assert!((400..500).contains(&refused.status), "{path} {}", refused.status);
    }
    if let Some(person) = person {
        let bad = [
            json!({ "name": NAME, "birth_date": PHONE, "sex": number }),
            json!({ "name": NAME, "ethnicity": MAIL, NAME: 1, PHONE: 2 }),
            json!({ "name": NAME, "education": [{ "school": NAME, "from": number }] }),
        ];
        for body in bad {
            let refused = person.act("PUT", "/v1/profile", "/v1/profile", &body);
            assert_eq!(refused.status, 422, "{}", refused.body);
        }
    }
}

/// What the profile says to come from the system is entered by staff.
fn study(world: &World, cast: &Cast, number: &str) {
    for (year, kind, hours) in (2021..=2024).flat_map(|year| [(year, "specialty", 60), (year, "general", 30)]) {
        let body = json!({
            "id_number": number, "year": year, "kind": kind, "hours": hours, "certificate_number": format!("ZJ-{year}-{kind}"),
        });
        cast.county_reviewer.post("/v1/study-records").key(&world.key()).json(&body).send().expect(201);
    }
    cast.county_reviewer.read("/v1/study-records");
}

/// The whole way to a certificate; gives the path of the application.
pub fn whole_way(world: &World, cast: &Cast) -> String {
    let number = number();
    let body = json!({ "login": "canary", "password": PASSWORD, "name": NAME, "id_number": number, "phone": PHONE });
    world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send().expect(201);
    let signing_in = json!({ "login": "canary", "password": PASSWORD, "device": format!("{PHONE}的手机") });
    world.anybody().post("/v1/sessions").json(&signing_in).send().expect(201);
    let person = world.sign_in("canary");
    mistakes(world, Some(&person));
    study(world, cast, &number);
    let mut profile = ready_profile(771, &cast.institution);
    profile["name"] = json!(NAME);
    profile["achievements"][0]["contribution"] = json!(format!("通信作者 {MAIL}"));
    enter_profile(&person, &profile);
    let path = file(world, &person, &directed_intermediate(&cast.institution));
    upload_all_required(world, &person, &path);
    let files = person.read(&format!("{path}/attachments"));
    let old = format!("/v1/attachments/{}", files["items"][0]["id"].as_str().unwrap());
    let tag = person.get(&old).send().header("etag").unwrap().to_owned();
    let scan = format!("{NAME}{number}身份证 {PHONE}.pdf");
    let replacement = person.post(&format!("{old}/replacement")).header("if-match", &tag).key(&world.key());
    let fields = [("declassified", "true")];
    let replaced = replacement.upload(&fields, &scan, "application/pdf", &pdf(&format!("{NAME} {number}"))).send();
    let replaced = if replaced.status == 201 { replaced.expect(201) } else { panic!("{}", replaced.body) };
    sign(&person, &path);
    submit(&person, &path).expect(200);
    directed_to_committee(world, cast, &path);
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    submit(&person, &path).expect(200);

    // Looked at by everybody who may.
    for reader in [&cast.institution_clerk, &cast.department_reviewer, &cast.office, &cast.supervisor] {
        for part in ["", "/dossier", "/history", "/corrections", "/differences", "/attachments", "/checks", "/publicities"] {
            reader.read(&format!("{path}{part}"));
        }
        reader.read("/v1/applications?limit=1");
        assert_eq!(reader.get(&format!("/v1/attachments/{}/content", replaced["id"].as_str().unwrap())).send().status, 200);
        let look = json!({ "fields": ["id_number", "phone"], "purpose": "identity", "reason": "与身份证原件核对" });
        reader.post(&format!("{path}/full-views")).json(&look).send().expect(200);
        let look = json!({ "fields": ["phone"], "purpose": "contact", "reason": format!("电话 {PHONE}") });
        reader.post(&format!("{path}/full-views")).json(&look).send().problem(422, "number_in_text");
    }
    cast.admin.read(&format!("/v1/accounts/{}", person.account));
    decide(&cast.office, &path, &approval("aksu-2024")).expect(200);
    let orders = person.read(&format!("/v1/orders?application_id={}", id_of(&path)));
    let order = format!("/v1/orders/{}", orders["items"][0]["id"].as_str().unwrap());
    let one = Accepted { person: person.clone(), path: path.clone(), order };
    to_ready(world, cast, &one, "BANK-771");
    world.travel("2024-10-11T09:00:00+08:00");
    let meeting = meeting(world, cast);
    add(cast, &meeting, &[&path]).expect(200);
    attend(cast, &meeting, 25).expect(200);
    vote(cast, &meeting, &path, 25, 0, 0, 0).expect(200);
    world.travel("2024-10-12T09:00:00+08:00");
    close(cast, &meeting).expect(200);
    let days = json!({ "from_date": "2024-10-14" });
    cast.office.act("POST", &meeting, &format!("{meeting}/publicity"), &days).expect(200);
    world.travel("2024-10-14T09:00:00+08:00");
    let public = world.anybody().read("/v1/publicities?kind=result");
    let objection =
        json!({ "text": format!("{NAME} 的证书有疑问，可电 {OTHER_PHONE}"), "name": OTHER_NAME, "contact": OTHER_PHONE });
    let receipt = object(world, &public["items"][0], &objection).expect(201);
    world.anybody().read(&format!("/v1/objections/{}", receipt["receipt"].as_str().unwrap()));
    let open = cast.office.read(&format!("{path}/objections"));
    let decision = json!({ "finding": "rejected", "reason": "经查无异常" });
    let objection = open["items"][0]["id"].as_str().unwrap();
    cast.office.post(&format!("/v1/objections/{objection}/decision")).key(&world.key()).json(&decision).send().expect(200);
    world.travel("2024-10-19T09:00:00+08:00");
    cast.office.act("POST", &path, &format!("{path}/confirmation"), &json!({})).expect(200);
    let result = person.read(&format!("{path}/result"));
    world.anybody().read(&format!("/v1/certificates/{}", result["certificate_number"].as_str().unwrap()));
    person.read("/v1/notices");
    person.read("/v1/sessions");
    cast.supervisor.read("/v1/audit?limit=200");
    cast.supervisor.get("/v1/audit/export").send();
    mistakes(world, Some(&person));
    path
}

/// What is said beside a body, and in refusals: header fields, problems.
fn said_aside(exchanges: &[Exchange]) -> Vec<String> {
    let headers = exchanges.iter().flat_map(|exchange| &exchange.headers);
    // A file is saved under its name.
    let headers = headers.filter(|(name, _)| name != "content-disposition").map(|(name, value)| format!("{name}: {value}"));
    let refusals = exchanges.iter().filter(|exchange| exchange.status >= 400).map(|exchange| exchange.text.clone());
    headers.chain(refusals).collect()
}

/// Makes the three administrators of a sandbox without demo data.
fn administrators(folder: &std::path::Path, url: &str) {
    for (login, role) in [("admin", "system"), ("security", "security"), ("auditor", "audit")] {
        let made = program(folder, &["--database", url, "admin", "create", "--role", role, "--login", login])
            .envs([("TITLE_REVIEW_ADMIN_PASSWORD", PASSWORD), ("TITLE_REVIEW_SANDBOX__ENABLED", "true")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
    }
}

on_both!(personal_data_canaries_are_found_only_where_expected);
async fn personal_data_canaries_are_found_only_where_expected(database: Database) {
    let folder = database.folder();
    let url = database.config.url.clone();
    administrators(&folder, &url);
    let log = folder.join("log");
    let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut environment = vec![
        ("TITLE_REVIEW_LOG__FORMAT", "json"),
        ("TITLE_REVIEW_LOG__FILTER", "debug"),
        ("TITLE_REVIEW_LOG__SLOW_QUERY_MS", "1"),
        ("TITLE_REVIEW_METRICS__LISTEN", &metrics),
    ];
    for limit in ["ANONYMOUS", "SIGNED_IN", "SIGN_IN", "OBJECTIONS"] {
        environment.push((Box::leak(format!("TITLE_REVIEW_LIMITS__RATE_{limit}").into_boxed_str()), "0"));
    }
    environment.push(("TITLE_REVIEW_AUTH__LOCKOUT_ADDRESS_FAILURES", "1000"));
    let mut server =
        Server::start_in(&folder, &["--sandbox", "--database", &url], &environment, File::create(&log).unwrap().into());
    // Nobody talks to this one.
    let beside = Database::fresh(crate::support::database::Dialect::Sqlite).unwrap();
    let world = World::apart(beside, &server.address).await;
    start_recording();
    let cast = Cast::enter(&world, "aksu-2024");
    mistakes(&world, None);
    whole_way(&world, &cast);
    let exchanges = recorded();
    world.travel("2030-03-01T09:00:00+08:00");
    let figures = ureq::get(format!("http://{metrics}/metrics")).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(figures.contains("title_review_http_requests_total"));

    let (number, stray) = (number(), stray());
    let numbers = [number.as_str(), &number.to_lowercase(), PHONE, &stray, OTHER_PHONE].map(str::to_owned);
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let all: Vec<&str> = [&numbers[..], &[NAME, OTHER_NAME, MAIL, "canary.bird"]].concat();
    let escaped = json!(NAME).to_string().trim_matches('"').to_owned();

    // Answers are the control of what was sent: who may see a name sees it.
    assert!(exchanges.iter().any(|exchange| exchange.text.contains(NAME)) && exchanges.len() > 200, "{}", exchanges.len());
    for said in said_aside(&exchanges) {
        // Who wrote a wrong field's name reads it again, but no number.
        let own_words = said.contains("unknown_field") || said.contains("unknown_parameter");
        assert!(!holds(said.as_bytes(), if own_words { &numbers } else { &all }), "{said}");
    }
    // In full a number stands in the answers to looks with a purpose and in nothing else.
    let shown: Vec<&Exchange> = exchanges.iter().filter(|exchange| holds(exchange.text.as_bytes(), &[&number, PHONE])).collect();
    let content = |exchange: &Exchange| exchange.path.ends_with("/content");
    assert!(
        shown.iter().all(|exchange| exchange.path.ends_with("/full-views") || content(exchange)),
        "{:?}",
        shown.iter().map(|exchange| (&exchange.method, &exchange.path)).collect::<Vec<_>>()
    );
    assert_eq!(shown.iter().filter(|exchange| !content(exchange)).count(), 4);
    assert!(!holds(figures.as_bytes(), &all), "{figures}");

    // While it runs, with what is not yet written back; and as it is left behind.
    for (file, bytes) in raw_bytes(&database) {
        assert!(!holds(&bytes, &numbers), "{file}");
    }
    server.terminate();
    assert!(server.wait().success());
    for (file, bytes) in raw_bytes(&database) {
        assert!(!holds(&bytes, &numbers), "{file}");
    }
    let logged = std::fs::read(&log).unwrap();
    let lines: Vec<Value> = text(&logged).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(lines.len() > 300 && lines.iter().any(|line| line["level"] == "DEBUG"), "{} lines", lines.len());
    for line in text(&logged).lines() {
        assert!(!holds(line.as_bytes(), &all) && !line.contains(&escaped) && !line.contains(PASSWORD), "{line}");
    }

    let db = database.open();
    let kept = dump(&db).await;
    assert_eq!(columns_with(&kept, &numbers), [].into(), "no number in clear");
    let places = columns_with(&kept, &all);
    let expected = [
        "accounts.name",
        "applications.dossier",
        "attachments.file_name",
        "certificates.holder_name",
        "profiles.body",
        "publicities.person_name",
        "returned_dossiers.dossier",
    ];
    assert_eq!(places, expected.map(str::to_owned).into(), "names stand where they are needed");
    assert!(kept["audit.seq"].len() > 50 && kept["events.seq"].len() > 30);

    // The search finds what is there.
    db.write(|conn| {
        let sql = "UPDATE organisations SET name = $1 WHERE name = '测绘院'";
        title_review::db::raw::execute(conn, sql, &[PHONE]).map(drop)
    })
    .await
    .unwrap();
    assert_eq!(columns_with(&dump(&db).await, &numbers), ["organisations.name".to_owned()].into());
    let back = "UPDATE organisations SET name = '测绘院' WHERE name = $1";
    db.write(|conn| title_review::db::raw::execute(conn, back, &[PHONE])).await.unwrap();
    drop(db);
    assert!(holds(format!("{{\"message\":\"{PHONE}\"}}").as_bytes(), &numbers));

    super::erasure::erased_in_spite_of_kills(&database, &folder, &all).await;
}
