//! The data: one dossier goes through the API; the others are its copies, made inside the database, each with a person of its own.

use crate::load::{self, Requests};
use crate::server::{Server, block_on};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::{Value, json};
use std::fmt::Write as _;
use title_review::accounts::{self, NewAccount};
use title_review::audit;
use title_review::authn::{Cost, Hasher};
use title_review::context::Act;
use title_review::db;
use title_review::problem::Problem;
use title_review::sandbox::demo;
use title_review_core::identity_numbers::{parse_resident_id, resident_id_check};

/// The applicant whose dossier is copied.
const MODEL: &str = "applicant_intermediate";

/// How many employers the made-up applications come from.
const EMPLOYERS: usize = 600;

/// A dossier that passed the checks, and copies of it.
pub struct Model {
    /// Its id as a draft: signed, with every document.
    pub draft: String,
    /// What it was filed with.
    filing: String,
    conn: SqliteConnection,
    made: usize,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A PDF that is one to the content check.
fn pdf(text: &str) -> String {
    let body = format!("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n% {text}\n");
    let start = body.len();
    format!("{body}xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")
}

fn upload(server: &Server, token: &str, path: &str, category: &str) {
    let (tag, _) = server.ask("GET", path, token, &[], "", 200);
    let mut body = String::new();
    for (name, value) in [("category", category), ("declassified", "true")] {
        let _ = write!(body, "--bench\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    let _ = write!(
        body,
        "--bench\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{category}.pdf\"\r\nContent-Type: application/pdf\r\n\r\n{}\r\n--bench--\r\n",
        pdf(category)
    );
    let length = body.len().to_string();
    let headers = [
        ("If-Match", tag.as_str()),
        ("Idempotency-Key", category),
        ("Content-Type", "multipart/form-data; boundary=bench"),
        ("Content-Length", &length),
    ];
    let mut request = load::request("POST", &format!("{path}/attachments"), token, &headers, "");
    request.extend_from_slice(body.as_bytes());
    let mut connection = load::Connection::open(server.address).expect("a connection");
    connection.send(&request).expect("sent");
    let (status, _, bytes) = connection.receive().expect("an answer");
    assert_eq!(status, 201, "{category}: {}", String::from_utf8_lossy(bytes));
}

/// Uploads what the checks still want from this side.
fn upload_wanted(server: &Server, token: &str, path: &str, from_employer: bool) {
    let (_, report) = server.ask("GET", &format!("{path}/checks"), token, &[], "", 200);
    let mut done: Vec<&str> = Vec::new();
    for item in report["items"].as_array().into_iter().flatten() {
        let wanted = item["verdict"] == "needs_evidence" && (item["rule"] == "employer_evidence") == from_employer;
        let mut pointers = item["pointers"].as_array().into_iter().flatten();
        let category = pointers.find_map(|pointer| pointer.as_str()?.strip_prefix("/evidence/"));
        if let Some(category) = category.filter(|category| wanted && !done.contains(category)) {
            upload(server, token, path, category);
            done.push(category);
        }
    }
}

impl Model {
    /// Files the dossier through the API and signs it.
    pub fn file(server: &Server) -> Self {
        let token = server.sign_in(MODEL);
        let (_, profile) = server.ask("GET", "/v1/profile", &token, &[], "", 200);
        let employer = find(&profile, "organisation_id").expect("an employer").to_owned();
        let filing = json!({
            "cycle_id": "aksu-2024", "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": employer,
        })
        .to_string();
        let (_, made) = server.ask("POST", "/v1/applications", &token, &[("Idempotency-Key", "model")], &filing, 201);
        let draft = made["id"].as_str().expect("an id").to_owned();
        let path = format!("/v1/applications/{draft}");
        upload_wanted(server, &token, &path, false);
        let (tag, _) = server.ask("GET", &path, &token, &[], "", 200);
        server.ask("PUT", &format!("{path}/commitment"), &token, &[("If-Match", &tag)], r#"{"agreed":true}"#, 200);
        let database = server.folder.path().join("title-review.db");
        let mut conn = SqliteConnection::establish(database.to_str().expect("UTF-8")).expect("the database");
        conn.batch("PRAGMA busy_timeout = 60000; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000");
        Self { draft, filing, conn, made: 0 }
    }

    /// Submits it and adds the employer's documents: then it can be copied as one that a later reviewer has before them.
    pub fn submit(&mut self, server: &Server) {
        let token = server.sign_in(MODEL);
        let path = format!("/v1/applications/{}", self.draft);
        let (tag, _) = server.ask("GET", &path, &token, &[], "", 200);
        server.ask("POST", &format!("{path}/submission"), &token, &[("If-Match", &tag)], r#"{"answers":[]}"#, 200);
        upload_wanted(server, &server.sign_in("institution_clerk"), &path, true);
    }

    /// Enters people who meet the same rules as the model does. Gives logins and account ids.
    pub fn people(&mut self, server: &Server, count: usize) -> Vec<(String, String)> {
        // Their passwords cost little to check: signing in is measured apart from what they then do.
        let cheap = Hasher::new(Cost { memory_kib: 8, passes: 1, at_once: 1, waiting: 1 });
        let password_hash = cheap.hash_now(demo::PASSWORD).expect("a hash");
        let first = self.made;
        self.made += count;
        let born = model_birth(server);
        let made = block_on(server.app.act_as_system(move |cx| {
            (first..first + count)
                .map(|number| {
                    // The same birth date and an odd serial, as the model's, in made-up regions.
                    let digits = format!("{:06}{born}{:03}", 100_000 + number / 400, (number % 400) * 2 + 101);
                    let check = resident_id_check(&digits).map(String::from).unwrap_or_default();
                    let new = NewAccount {
                        login: format!("person_{number}"),
                        password_hash: password_hash.clone(),
                        // As in the model's profile (4.2.1a).
                        name: "演示申报人".to_owned(),
                        id_number: Some(format!("{digits}{check}")),
                        phone: None,
                    };
                    let row = accounts::create_account(cx, &new, true)?;
                    Ok::<_, Problem>((new.login, row.id.to_string()))
                })
                .collect::<Result<Vec<_>, Problem>>()
        }));
        let people = made.expect("people");
        let copy_profile = "INSERT INTO profiles SELECT ?, p.body, p.version, p.updated_at FROM profiles p \
                            JOIN accounts a ON a.id = p.account_id WHERE a.login = ?";
        // What the profile says to come from the system is in the registry under each person's own number (4.2.4b).
        let copy_study = self.copy_statement(
            "study_records",
            &[
                ("id", "printf('01909002-0000-7000-8%03x', row_number() OVER (ORDER BY id)) || substr(?1, 24)"),
                ("id_number_index", "(SELECT id_number_index FROM accounts WHERE id = ?1)"),
                ("client_ref", "NULL"),
            ],
            &format!("id_number_index = (SELECT id_number_index FROM accounts WHERE login = '{MODEL}') AND ?1"),
        );
        self.conn.transaction_of(|conn| {
            for (_, id) in &people {
                diesel::sql_query(&copy_study).bind::<Text, _>(id).bind::<Text, _>(id).execute(conn).expect("study");
                diesel::sql_query(copy_profile).bind::<Text, _>(id).bind::<Text, _>(MODEL).execute(conn).expect("a profile");
            }
        });
        people
    }

    /// Creations, one by each of so many people.
    pub fn creations(&mut self, server: &Server, count: usize) -> Requests {
        let people = self.people(server, count);
        let tokens = sign_in_all(server, &people);
        let headers = [("Idempotency-Key", "bench-1")];
        Requests::once(
            tokens.iter().map(|token| load::request("POST", "/v1/applications", token, &headers, &self.filing)).collect(),
        )
    }

    /// Submissions of copies of the draft, each by its own person.
    pub fn submissions(&mut self, server: &Server, count: usize) -> Requests {
        let people = self.people(server, count);
        let tokens = sign_in_all(server, &people);
        let copies = self.copies(&people, &[]);
        let one = |(token, id): (&String, &String)| {
            load::request("POST", &format!("/v1/applications/{id}/submission"), token, &[("If-Match", "*")], r#"{"answers":[]}"#)
        };
        Requests::once(tokens.iter().zip(&copies).map(one).collect())
    }

    /// Approvals by the supervising department of copies of the submitted dossier.
    pub fn approvals(&mut self, server: &Server, count: usize) -> Requests {
        let people = self.people(server, count);
        let copies = self.copies(&people, &[("stage", "'in_review'"), ("step", "'department_review'"), ("turn", "department_id")]);
        let token = server.sign_in("department");
        let (_, cycle) = server.ask("GET", "/v1/cycles/aksu-2024", "-", &[], "", 200);
        let items = cycle["checklist"]["items"].as_array().or(cycle["definition"]["checklist"]["items"].as_array());
        let checklist: Vec<Value> =
            items.expect("a checklist").iter().map(|item| json!({ "item": item["id"], "ok": true })).collect();
        let body = json!({ "action": "approve", "opinion": "同意", "checklist": checklist }).to_string();
        let one =
            |id: &String| load::request("POST", &format!("/v1/applications/{id}/decisions"), &token, &[("If-Match", "*")], &body);
        Requests::once(copies.iter().map(one).collect())
    }

    /// Copies the dossier with its documents for each of these people; `changed` says what differs. Gives ids.
    fn copies(&mut self, people: &[(String, String)], changed: &[(&str, &str)]) -> Vec<String> {
        let mut columns: Vec<(&str, &str)> = vec![("id", "?"), ("applicant_id", "?")];
        columns.extend_from_slice(changed);
        let application = self.copy_statement("applications", &columns, "id");
        let attachment = self.copy_statement(
            "attachments",
            // The application's own number, and the document's within it.
            &[
                ("id", "printf('01909001-0000-7000-8%03x', row_number() OVER (ORDER BY id)) || substr(?1, 24)"),
                ("application_id", "?1"),
            ],
            "application_id",
        );
        let draft = self.draft.clone();
        let offset = self.made;
        let mut ids = Vec::new();
        self.conn.transaction_of(|conn| {
            for (index, (_, person)) in people.iter().enumerate() {
                let id = format!("01909000-0000-7000-8000-{:012x}", offset + index);
                diesel::sql_query(&application)
                    .bind::<Text, _>(&id)
                    .bind::<Text, _>(person)
                    .bind::<Text, _>(&draft)
                    .execute(conn)
                    .expect("a copy");
                diesel::sql_query(&attachment).bind::<Text, _>(&id).bind::<Text, _>(&draft).execute(conn).expect("documents");
                ids.push(id);
            }
        });
        ids
    }

    /// `INSERT INTO table SELECT … FROM table WHERE key = ?`, with these columns replaced.
    fn copy_statement(&mut self, table: &str, changed: &[(&str, &str)], key: &str) -> String {
        let names = diesel::sql_query(format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"));
        let names: Vec<Name> = names.load(&mut self.conn).expect("columns");
        let values: Vec<&str> = names
            .iter()
            .map(|column| changed.iter().find(|(name, _)| *name == column.name).map_or(column.name.as_str(), |(_, value)| value))
            .collect();
        format!("INSERT INTO {table} SELECT {} FROM {table} WHERE {key} = ?", values.join(", "))
    }

    /// So many more applications with their people, documents and history, as a prefecture has them: hundreds of employers, each in its county and of its
    /// kind, which decides the track; a few large and many small specialties, levels and stages. Gives how many rows the database has of each.
    pub fn bulk(&mut self, count: usize) -> (i64, i64) {
        let uuid = |kind: u32, i: &str| format!("printf('01908000-%04x-7{kind:03x}-8000-%012x', ({i}) / 65536, {i})");
        let draft = self.draft.clone();
        let mut copy = |table: &str, changed: &[(&str, &str)], from: &str, key: &str, rows: usize, per: usize| {
            let n = format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {rows})");
            let one = self.copy_statement(table, changed, key);
            let (insert, rest) = one.split_once(" SELECT ").expect("a statement");
            let (values, _) = rest.rsplit_once(&format!(" FROM {table} ")).expect("a statement");
            for part in 0..per {
                let values = values.replace("{part}", &part.to_string());
                self.conn
                    .batch(&format!("{insert} {n} SELECT {values} FROM n, (SELECT * FROM {table} WHERE {key} = {from} LIMIT 1)"));
            }
        };
        // Employers: every third is private; the city has more of them than the counties around it.
        let county = |employer: &str| {
            let regions = [
                ("'652901'", 30),
                ("'652902'", 20),
                ("'652922'", 10),
                ("'652924'", 10),
                ("'652925'", 8),
                ("'652926'", 8),
                ("'652927'", 6),
                ("'652928'", 5),
                ("'652929'", 3),
            ];
            drawn(employer, 5, &regions)
        };
        let kind = |private: &str, public: &str| format!("CASE WHEN ({{e}}) % 3 = 2 THEN {private} ELSE {public} END");
        let of = |text: String, employer: &str| text.replace("{e}", employer);
        copy(
            "organisations",
            &[
                ("id", &uuid(4, "i")),
                ("credit_code", "'bulk_' || i"),
                ("region", &county("i")),
                ("kind", &of(kind("'enterprise'", "'public_institution'"), "i")),
                ("ownership", &of(kind("'private'", "'none'"), "i")),
            ],
            "'public_institution'",
            "kind",
            EMPLOYERS,
            1,
        );
        let (person, application) = (uuid(0, "i"), uuid(1, "i"));
        copy(
            "accounts",
            &[
                ("id", &person),
                ("login", "'bulk_' || i"),
                ("id_number_sealed", "NULL"),
                ("id_number_index", "NULL"),
                ("phone_sealed", "NULL"),
                ("phone_index", "NULL"),
            ],
            &format!("'{MODEL}'"),
            "login",
            count,
            1,
        );
        let employer = format!("({} % {EMPLOYERS})", draw("i", 0));
        let services = [("'county_service_review'", 6), ("'prefecture_service_review'", 4)];
        let department = [("'department_review'", 10)];
        let anywhere = [
            ("'employer_review'", 12),
            ("'returned'", 4),
            ("'formal_review'", 10),
            ("'accepted'", 8),
            ("'ready'", 10),
            ("'in_meeting'", 6),
            ("'not_passed'", 10),
            ("'confirmed'", 20),
            ("'lapsed'", 10),
        ];
        let place = of(
            kind(
                &drawn("i", 1, &[&anywhere[..], &services[..]].concat()),
                &drawn("i", 1, &[&anywhere[..], &department[..]].concat()),
            ),
            &employer,
        );
        let turn = format!(
            "CASE {place} WHEN 'employer_review' THEN {} WHEN 'department_review' THEN department_id \
             WHEN 'county_service_review' THEN 'county_employment_service@' || {} \
             WHEN 'prefecture_service_review' THEN 'prefecture_employment_service@652900' \
             WHEN 'formal_review' THEN committee_id END",
            uuid(4, &employer),
            county(&employer)
        );
        copy(
            "applications",
            &[
                ("id", &application),
                ("applicant_id", &person),
                (
                    "stage",
                    &format!("CASE WHEN {place} LIKE '%_review' AND {place} <> 'formal_review' THEN 'in_review' ELSE {place} END"),
                ),
                ("step", &format!("CASE WHEN {place} LIKE '%_review' THEN {place} END")),
                ("turn", &turn),
                (
                    "specialty",
                    &drawn("i", 2, &[("'surveying'", 35), ("'land'", 30), ("'spatial_planning'", 20), ("'geology'", 15)]),
                ),
                (
                    "level",
                    &drawn("i", 3, &[("'entry'", 10), ("'assistant'", 35), ("'intermediate'", 40), ("'associate_senior'", 15)]),
                ),
                ("track", &of(kind("'private_enterprise'", "'directed'"), &employer)),
                ("county", &county(&employer)),
                ("employer_id", &uuid(4, &employer)),
                ("department_id", &of(kind("NULL", "department_id"), &employer)),
                ("regional_kinds", &of(kind("'|county_employment_service||prefecture_employment_service|'", "''"), &employer)),
                ("submitted_at", "created_at"),
                ("lapse_at", "NULL"),
            ],
            &format!("'{draft}'"),
            "id",
            count,
            1,
        );
        let attachment = uuid(2, "i * 3 + {part}");
        copy(
            "attachments",
            &[("id", &attachment), ("application_id", &application)],
            &format!("'{draft}'"),
            "application_id",
            count,
            3,
        );
        let step = uuid(3, "i * 4 + {part}");
        copy(
            "steps",
            &[("id", &step), ("application_id", &application), ("seq", "{part} + 1")],
            &format!("'{draft}'"),
            "application_id",
            count,
            4,
        );
        self.conn.batch("PRAGMA wal_checkpoint(TRUNCATE)");
        let mut count = |table: &str| -> i64 {
            let found: Count =
                diesel::sql_query(format!("SELECT count(*) AS count FROM {table}")).get_result(&mut self.conn).expect("a count");
            found.count
        };
        (count("applications"), count("attachments") + count("steps"))
    }
}

/// Puts so many acts on record, as the acts of an application are.
pub fn acts_on_record(server: &Server, count: usize) {
    const AT_ONCE: usize = 2_000;
    for first in (0..count).step_by(AT_ONCE) {
        let last = count.min(first + AT_ONCE);
        let written = server.app.act_as_system(move |cx| {
            for number in first..last {
                cx.record(Act {
                    action: "application.decide",
                    object_kind: "application",
                    object_id: format!("01909000-0000-7000-8000-{number:012x}"),
                    clause: Some("4.3a"),
                    detail: json!({ "action": "approve", "from": "in_review", "to": "formal_review", "version": number }),
                })?;
            }
            Ok::<_, Problem>(())
        });
        block_on(written).expect("acts on record");
    }
}

/// How many rows the record has, all of them checked.
pub fn verified_rows(server: &Server) -> i64 {
    let keys = std::sync::Arc::clone(&server.app.keys);
    let checked = server.app.db.read(move |conn| Ok::<_, db::Error>(audit::verify(conn, &keys).map(|verified| verified.rows)));
    block_on(checked).expect("a read").expect("a record that holds")
}

/// A number from 0 to some millions for this one, as SQL: of different `kind`s the numbers of one and the same are independent.
fn draw(of: &str, kind: usize) -> String {
    const STEPS: [u32; 6] = [1_103_515_245, 134_775_813, 22_695_477, 1_566_083_941, 69_069_069, 747_796_405];
    format!("((({of}) * {} & 2147483647) >> 8)", STEPS[kind])
}

/// One of these for each, in these shares, as SQL.
fn drawn(of: &str, kind: usize, options: &[(&str, u32)]) -> String {
    let all: u32 = options.iter().map(|(_, share)| share).sum();
    let mut below = 0;
    let cases: Vec<String> = options
        .iter()
        .map(|(option, share)| {
            below += share;
            format!("WHEN {} % {all} < {below} THEN {option}", draw(of, kind))
        })
        .collect();
    format!("CASE {} END", cases.join(" "))
}

/// Birth date of the model as in a resident ID.
fn model_birth(server: &Server) -> String {
    let (_, demos) = (server, demo::of_cycle(&definition(), 0));
    let model = demos.applicants.iter().find(|applicant| applicant.login == MODEL).expect("the model");
    parse_resident_id(&model.id_number).expect("an id").birth_date.format("%Y%m%d").to_string()
}

fn definition() -> title_review_core::cycles::CycleDefinition {
    let (name, text) = title_review_core::cycles::builtin().first().expect("a cycle");
    title_review_core::cycles::loader::load(text, name).expect("it loads")
}

/// Signs everybody in, over a few connections; gives tokens that were used once, so that their signature is checked.
fn sign_in_all(server: &Server, people: &[(String, String)]) -> Vec<String> {
    let parts: Vec<_> = people.chunks(people.len().div_ceil(16).max(1)).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| {
                scope.spawn(move || {
                    part.iter()
                        .map(|(login, _)| {
                            let token = server.sign_in(login);
                            server.ask("GET", "/v1/me", &token, &[], "", 200);
                            token
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("tokens")).collect()
    })
}

/// The first text under this name, anywhere in a document.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    match value {
        Value::Object(map) => map.get(name).and_then(Value::as_str).or_else(|| map.values().find_map(|inner| find(inner, name))),
        Value::Array(list) => list.iter().find_map(|inner| find(inner, name)),
        _ => None,
    }
}

/// Short forms on a connection.
trait Sql {
    fn batch(&mut self, sql: &str);
    fn transaction_of(&mut self, act: impl FnOnce(&mut SqliteConnection));
}

impl Sql for SqliteConnection {
    fn batch(&mut self, sql: &str) {
        diesel::connection::SimpleConnection::batch_execute(self, sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    fn transaction_of(&mut self, act: impl FnOnce(&mut SqliteConnection)) {
        self.batch("BEGIN IMMEDIATE");
        act(self);
        self.batch("COMMIT");
    }
}
