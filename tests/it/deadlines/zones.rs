//! The same questions on hosts of four time zones, of four copies of one sandbox: the same bytes.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use title_review::sandbox::demo;

use crate::cli::Server;
use crate::support::cast::resident_id;
use crate::support::journey::{directed_intermediate, pdf, ready_profile};

const ZONES: [&str; 4] = ["UTC", "Asia/Shanghai", "Asia/Urumqi", "America/New_York"];
const PASSWORD: &str = "Correct-horse-7";
/// Around the last instant, forward and back.
const STEPS: [&str; 8] = [
    "2024-08-30T17:59:59.999+08:00",
    "2024-08-30T18:00:00.000+08:00",
    "2024-08-30T18:00:00.000001+08:00",
    "2024-08-30T18:00:00.001+08:00",
    "2024-08-30T17:59:59.999+08:00",
    "2024-08-30T10:00:00+08:00",
    "2024-08-30T18:00:00.000001+08:00",
    "2024-08-30T17:00:00+08:00",
];

/// An applicant with a signed draft.
struct Person {
    token: String,
    path: String,
}

/// An answer, as bytes.
struct Answer {
    status: u16,
    etag: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// Asks with a trace id that is the same everywhere.
fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("http://{}{path}", server.address))
        .header("traceparent", "00-0123456789abcdef0123456789abcdef-0000000000000001-01");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = agent.run(request.body(body).unwrap()).unwrap();
    let etag = answer.headers().get("etag").map_or("", |tag| tag.to_str().unwrap()).to_owned();
    Answer { status: answer.status().as_u16(), etag, body: answer.body_mut().read_to_string().unwrap() }
}

fn act(server: &Server, person: &Person, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", person.token);
    let etag = ask(server, "GET", &person.path, &[("authorization", &bearer)], Vec::new()).etag;
    let headers = [
        ("authorization", bearer.as_str()),
        ("if-match", etag.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", path),
    ];
    ask(server, method, path, &headers, body.to_string().into_bytes())
}

fn travel(server: &Server, instant: &str) {
    assert_eq!(server.send("PUT", "/v1/sandbox/clock", None, Some(&json!({ "now": instant }))).0, 200);
}

/// Puts into the registry what the profile says to come from the system.
fn register_study(server: &Server, id_number: &str) {
    let staff = server.sign_in("prefecture", "Sandbox-2024").1["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {staff}");
    for (year, kind, hours) in (2021..=2024).flat_map(|year| [(year, "specialty", 60), (year, "general", 30)]) {
        let certificate = format!("{id_number}-{year}-{kind}");
        let body = json!({
            "id_number": id_number, "year": year, "kind": kind, "hours": hours, "certificate_number": format!("{year}-{kind}"),
        });
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", certificate.as_str())];
        assert_eq!(ask(server, "POST", "/v1/study-records", &headers, body.to_string().into_bytes()).status, 201);
    }
}

/// Somebody with a signed draft that lacks nothing.
fn drafted(server: &Server, number: u32, employer: &str) -> Person {
    let login = format!("person_{number}");
    let id_number = resident_id("19850615", number);
    let account = json!({ "login": login, "password": PASSWORD, "name": "申报人", "id_number": id_number, "phone": "13800000000" });
    assert_eq!(server.send("POST", "/v1/accounts", None, Some(&account)).0, 201);
    register_study(server, &id_number);
    let token = server.sign_in(&login, PASSWORD).1["access_token"].as_str().unwrap().to_owned();
    let mut person = Person { token, path: "/v1/profile".to_owned() };
    assert_eq!(act(server, &person, "PUT", "/v1/profile", &ready_profile(number, employer)).status, 200);
    let filed = server.send("POST", "/v1/applications", Some(&person.token), Some(&directed_intermediate(employer)));
    person.path = format!("/v1/applications/{}", filed.2["id"].as_str().unwrap());
    let bearer = format!("Bearer {}", person.token);
    let report = ask(server, "GET", &format!("{}/checks", person.path), &[("authorization", &bearer)], Vec::new()).json();
    let mut categories: Vec<String> = Vec::new();
    for result in report["items"].as_array().unwrap() {
        if result["verdict"] == "needs_evidence" && result["rule"] != "employer_evidence" {
            let category = result["pointers"].as_array().unwrap().iter().find_map(|at| at.as_str()?.strip_prefix("/evidence/"));
            categories.extend(category.map(str::to_owned).filter(|category| !categories.contains(category)));
        }
    }
    for category in &categories {
        let etag = ask(server, "GET", &person.path, &[("authorization", &bearer)], Vec::new()).etag;
        let field = |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let mut body = format!("{}{}", field("category", category), field("declassified", "true")).into_bytes();
        body.extend_from_slice(
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.pdf\"\r\nContent-Type: application/pdf\r\n\r\n",
        );
        body.extend_from_slice(&pdf(category));
        body.extend_from_slice(b"\r\n--b--\r\n");
        let headers = [
            ("authorization", bearer.as_str()),
            ("if-match", etag.as_str()),
            ("content-type", "multipart/form-data; boundary=b"),
            ("idempotency-key", category.as_str()),
        ];
        assert_eq!(ask(server, "POST", &format!("{}/attachments", person.path), &headers, body).status, 201);
    }
    assert_eq!(act(server, &person, "PUT", &format!("{}/commitment", person.path), &json!({ "agreed": true })).status, 200);
    person
}

/// Copies a folder of a server that is stopped.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Everything that a host of this zone answers.
fn answers(data: &Path, zone: &str, people: &[Person]) -> Vec<String> {
    let environment = [("TZ", zone)];
    let start = || Server::start_in(data, &["--sandbox"], &environment, Stdio::null());
    let mut server = start();
    let mut said = Vec::new();
    for (step, instant) in STEPS.iter().enumerate() {
        // Killed and started anew in the middle of it, with the clock as it was left.
        if step == 5 {
            drop(server);
            server = start();
        }
        travel(&server, instant);
        for path in ["/v1/cycles/aksu-2024/deadlines", "/v1/cycles/aksu-2024/deadlines.ics", "/v1/cycles/aksu-2024/calendar"] {
            let answer = ask(&server, "GET", path, &[], Vec::new());
            said.push(format!("{instant} GET {path}: {} {}", answer.status, answer.body));
        }
        // Each step has somebody whose turn it is, and who tries again in every later one.
        for (number, person) in people.iter().enumerate().take(step + 1) {
            let bearer = format!("Bearer {}", person.token);
            let submitted = act(&server, person, "POST", &format!("{}/submission", person.path), &json!({ "answers": [] }));
            said.push(format!("{step}: {number} submits: {} {}", submitted.status, submitted.body));
            for path in [person.path.clone(), format!("{}/checks", person.path)] {
                let answer = ask(&server, "GET", &path, &[("authorization", &bearer)], Vec::new());
                said.push(format!("{instant} {number} reads: {} {}", answer.status, answer.body));
            }
        }
    }
    said
}

/// The first place where the answers of two zones differ.
fn difference(one: &[String], other: &[String]) -> Option<String> {
    let differ = one.iter().zip(other).find(|(one, other)| one != other).map(|(one, other)| format!("{one}\n{other}"));
    differ.or_else(|| (one.len() != other.len()).then(|| format!("{} and {} answers", one.len(), other.len())))
}

#[test]
fn answers_are_equal_in_four_time_zones_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    std::fs::create_dir(&first).unwrap();
    let server = Server::start(&first, &["--sandbox"]);
    travel(&server, "2024-08-29T09:00:00+08:00");
    let token = server.sign_in("applicant_intermediate", demo::PASSWORD).1["access_token"].as_str().unwrap().to_owned();
    let profile = server.send("GET", "/v1/profile", Some(&token), None).2;
    let employer = profile["profile"]["employments"][0]["organisation_id"].as_str().unwrap();
    let people: Vec<Person> = (1..=4).map(|number| drafted(&server, number, employer)).collect();
    server.terminate();
    let mut server = server;
    assert!(server.wait().success());
    drop(server);

    let places: Vec<(PathBuf, &str)> = ZONES.iter().map(|zone| (folder.path().join(zone.replace('/', "_")), *zone)).collect();
    for (place, _) in &places {
        copy(&first, place);
    }
    let of_zones: Vec<Vec<String>> = std::thread::scope(|scope| {
        let people = &people;
        let threads: Vec<_> = places.iter().map(|(place, zone)| scope.spawn(move || answers(place, zone, people))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for said in &of_zones[1..] {
        assert_eq!(difference(&of_zones[0], said), None);
    }
    // And they are the right ones: in time to the last instant, and never again after it, whatever the clock says then.
    let status = |step: usize, person: usize| -> u16 {
        let start = format!("{step}: {person} submits: ");
        of_zones[0].iter().find_map(|line| line.strip_prefix(&start)).unwrap()[..3].parse().unwrap()
    };
    assert_eq!(status(0, 0), 200, "a millisecond before");
    assert_eq!(status(1, 1), 200, "the last instant");
    for (step, person) in [(2, 2), (3, 3), (4, 2), (4, 3), (5, 2), (5, 3), (6, 2), (7, 2), (7, 3)] {
        assert_eq!(status(step, person), 409, "{} {person}", STEPS[step]);
    }
}

// What the comparison is there for.
#[test]
fn different_answer_in_another_zone_is_detected() {
    let same = || vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(difference(&same(), &same()), None);
    assert!(difference(&same(), &["a".to_owned(), "c".to_owned()]).is_some());
    assert!(difference(&same(), &same()[..1]).is_some());
}
