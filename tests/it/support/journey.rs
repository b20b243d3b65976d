//! Ways of an application through the API, so that a story begins where it has something to say.

use serde_json::{Value, json};

use super::cast::{Cast, applicant, file};
use super::world::{Actor, Reply, World};

/// A small PDF; another one for each text.
pub fn pdf(text: &str) -> Vec<u8> {
    let body = format!("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n% {text}\n");
    let start = body.len();
    format!("{body}xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").into_bytes()
}

/// The first bytes of a PNG with this header, and nothing else.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&[8, 2, 0, 0, 0]);
    bytes.extend_from_slice(&[0; 36]);
    bytes
}

/// Uploads a PDF to a category of the application at this path.
pub fn upload(world: &World, actor: &Actor, application: &str, category: &str) -> Reply {
    let fields = [("category", category), ("declassified", "true")];
    upload_file(world, actor, application, &fields, &format!("{category}.pdf"), "application/pdf", &pdf(category))
}

/// Uploads a file with these fields to the application at this path, in the version that it has.
pub fn upload_file(
    world: &World,
    actor: &Actor,
    application: &str,
    fields: &[(&str, &str)],
    name: &str,
    media_type: &str,
    bytes: &[u8],
) -> Reply {
    let seen = actor.get(application).send();
    let tag = seen.header("etag").expect("an ETag").to_owned();
    let path = format!("{application}/attachments");
    actor.post(&path).header("if-match", &tag).key(&world.key()).upload(fields, name, media_type, bytes).send()
}

/// Uploads a document for everything that the checks still want from this side: `employer_evidence` from the employer, the rest from the applicant. Of
/// alternatives the first is taken (4.2.2). Gives the categories.
fn upload_wanted(world: &World, actor: &Actor, application: &str, from_employer: bool) -> Vec<String> {
    let report = actor.read(&format!("{application}/checks"));
    let mut categories: Vec<String> = Vec::new();
    for result in report["items"].as_array().expect("results") {
        let of_employer = result["rule"] == "employer_evidence";
        if result["verdict"] != "needs_evidence" || of_employer != from_employer {
            continue;
        }
        let pointers = result["pointers"].as_array().expect("pointers");
        let category = pointers.iter().find_map(|pointer| pointer.as_str()?.strip_prefix("/evidence/"));
        categories.extend(category.map(str::to_owned).filter(|category| !categories.contains(category)));
    }
    for category in &categories {
        upload(world, actor, application, category).expect(201);
    }
    categories
}

/// Uploads a document for each thing that the applicant has to prove; gives the categories.
pub fn upload_all_required(world: &World, applicant: &Actor, application: &str) -> Vec<String> {
    upload_wanted(world, applicant, application, false)
}

/// Uploads the documents that the employer adds (4.2.6), while the application is with it; gives the categories.
pub fn upload_employer_documents(world: &World, clerk: &Actor, application: &str) -> Vec<String> {
    upload_wanted(world, clerk, application, true)
}

/// A profile that meets the 2024 rules for a directed intermediate in surveying at this employer, for the applicant of this number (`cast::applicant`). Its
/// fields may be replaced one by one by what a story is about.
pub fn ready_profile(number: u32, employer: &str) -> Value {
    let study: Vec<Value> = (2021..=2024)
        .flat_map(|year| {
            [("specialty", 60), ("general", 30)].map(|(kind, hours)| {
                // 4.2.4b: general certificates of 2021 are still uploaded.
                let source = if kind == "general" && year == 2021 { "upload" } else { "system" };
                json!({ "year": year, "kind": kind, "hours": hours, "source": source })
            })
        })
        .collect();
    json!({
        "name": "申报人",
        "sex": if number % 2 == 1 { "male" } else { "female" },
        "ethnicity": "汉族",
        "political_status": "群众",
        "birth_date": "1985-06-15",
        "working_since": "2010-07-01",
        "employments": [{
            "organisation_id": employer, "post_kind": "professional", "post": "测绘技术员", "region": "652901", "from": "2010-07-01",
        }],
        "education": [{
            "qualification": "bachelor", "school": "测绘学院", "specialty": "测绘工程", "from": "2006-09-01", "to": "2010-06-30",
            "chsi_code": "A1B2C3D4E5F6G7H8",
        }],
        "technical_work": [{ "specialty": "surveying", "description": "控制测量和地形测量", "from": "2010-07-01" }],
        "titles": [{ "level": "assistant", "name": "助理工程师", "series": "engineering", "specialty": "surveying", "obtained_on": "2019-11-30" }],
        "study_records": study,
        "putonghua": { "level": "2B", "obtained_on": "2012-05-01" },
        "achievements": [{ "kind": "project", "title": "控制测量项目", "date": "2022-10-01", "contribution": "承担外业和数据处理" }],
    })
}

/// Replaces the applicant's profile.
pub fn enter_profile(applicant: &Actor, profile: &Value) {
    applicant.act("PUT", "/v1/profile", "/v1/profile", profile).expect(200);
}

/// What a directed intermediate in surveying at this employer files.
pub fn directed_intermediate(employer: &str) -> Value {
    json!({
        "cycle_id": "aksu-2024", "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": employer,
    })
}

/// Registers an applicant, enters the profile, files the draft and uploads what it wants; gives applicant and path. Not signed yet.
pub fn drafted(world: &World, login: &str, number: u32, profile: &Value, filing: &Value) -> (Actor, String) {
    let person = applicant(world, login, number);
    enter_profile(&person, profile);
    let path = file(world, &person, filing);
    upload_all_required(world, &person, &path);
    (person, path)
}

/// Signs the commitment (A3).
pub fn sign(applicant: &Actor, application: &str) -> Value {
    applicant.act("PUT", application, &format!("{application}/commitment"), &json!({ "agreed": true })).expect(200)
}

/// Submits, or resubmits with these answers.
pub fn submit(applicant: &Actor, application: &str, answers: &Value) -> Reply {
    applicant.act("POST", application, &format!("{application}/submission"), &json!({ "answers": answers }))
}

/// A directed intermediate at the public institution that waits for its employer; gives applicant and path.
pub fn at_employer(world: &World, cast: &Cast, login: &str, number: u32) -> (Actor, String) {
    let profile = ready_profile(number, &cast.institution);
    let (person, path) = drafted(world, login, number, &profile, &directed_intermediate(&cast.institution));
    sign(&person, &path);
    let submitted = submit(&person, &path, &json!([])).expect(200);
    assert_eq!(submitted["step"], "employer_review");
    (person, path)
}
