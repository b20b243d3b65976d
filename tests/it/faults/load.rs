//! A mixed load: applicants who register, draft, upload, sign, submit and edit; reviewers who decide; finance; the office; people who object. Which
//! act comes next follows from what is read, so the load goes on wherever a fault has left things.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::client::{Answer, Client, Ledger};
use crate::support::cast::resident_id;
use crate::support::chain::{approval, employer_approval, place_of};
use crate::support::journey::{directed_intermediate, pdf, ready_profile};
use title_review::sandbox::demo;

const PASSWORD: &str = "Correct-horse-7";
const CYCLE: &str = "aksu-2024";

/// Numbers that follow from a seed, so that a run can be repeated as far as its threads allow.
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `SplitMix64`.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// An application under load.
#[derive(Clone)]
struct Case {
    owner: String,
    path: String,
}

impl Case {
    fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Everybody who takes part, over all the lives of the server.
pub struct Crowd {
    pub ledger: Ledger,
    cases: Mutex<Vec<Case>>,
    /// One whose notice runs all the time.
    objected: Mutex<Option<Case>>,
    /// One that stays a draft: a life may be too short to file another.
    drafted: Mutex<Option<Case>>,
    people: AtomicU32,
    references: AtomicU32,
    files: AtomicU32,
    institution: String,
    clerk: String,
    department: String,
    prefecture: String,
    office: String,
    finance: String,
    /// Pauses between the requests of a thread, so that a small stock lasts.
    pub pause: Duration,
}

impl Crowd {
    /// Signs the staff in. The server is a sandbox at the opening of its first cycle.
    pub fn enter(client: &Client, ledger: Ledger) -> Self {
        let staff = |login: &str| client.sign_in(login, demo::PASSWORD).expect("staff of the sandbox").0;
        let (applicant, _) = client.sign_in("applicant_intermediate", demo::PASSWORD).expect("an applicant of the sandbox");
        let profile = client.get(&applicant, "/v1/profile").expect("a profile").body;
        let institution = profile["profile"]["employments"][0]["organisation_id"].as_str().expect("an employer").to_owned();
        Self {
            ledger,
            cases: Mutex::new(Vec::new()),
            objected: Mutex::new(None),
            drafted: Mutex::new(None),
            people: AtomicU32::new(0),
            references: AtomicU32::new(0),
            files: AtomicU32::new(0),
            institution,
            clerk: staff("institution_clerk"),
            department: staff("department"),
            prefecture: staff("prefecture"),
            office: staff("office"),
            finance: staff("finance"),
            pause: Duration::ZERO,
        }
    }

    /// Applications that wait for their employer: notices of which are over by 5 August, and of one more until the end of the month; and a draft.
    pub fn prepare(&self, client: &Client, count: usize) {
        client.travel("2024-07-26T09:00:00+08:00");
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..count.div_ceil(2)).for_each(|_| drop(self.submitted(client))));
            }
        });
        client.travel("2024-07-29T09:00:00+08:00");
        for case in self.cases() {
            self.go_on(client, &case);
        }
        client.travel("2024-08-05T09:00:00+08:00");
        let lasting = self.submitted(client);
        let seen = client.get(&self.clerk, &lasting.path).expect("an application");
        let path = format!("{}/publicities", lasting.path);
        let body = json!({ "from_date": "2024-08-05", "to_date": "2024-08-29" });
        assert!(client.json("POST", &path, &self.clerk, &seen.etag, &body).is_some_and(|answer| answer.ok()));
        *self.objected.lock().expect("the case") = Some(lasting);
        let draft = self.file(client).expect("a draft");
        // Nobody goes on with it.
        self.cases.lock().expect("the cases").retain(|case| case.path != draft.path);
        *self.drafted.lock().expect("the case") = Some(draft);
    }

    /// A new application, with its documents, signed and submitted.
    fn submitted(&self, client: &Client) -> Case {
        let case = self.file(client).expect("an application");
        for _ in 0..30 {
            if Self::read(client, &case).is_some_and(|read| read.body["stage"] != "draft") {
                break;
            }
            self.go_on(client, &case);
        }
        case
    }

    fn cases(&self) -> Vec<Case> {
        self.cases.lock().expect("the cases").clone()
    }

    fn any(&self, chance: &mut Chance) -> Option<Case> {
        let cases = self.cases.lock().expect("the cases");
        let at = usize::try_from(chance.below(cases.len().max(1) as u64)).unwrap_or(0);
        cases.get(at).cloned()
    }

    /// One thread of the load, until told to stop.
    pub fn work(&self, client: &Client, seed: u64, stop: &AtomicBool) {
        let mut chance = Chance::new(seed);
        while !stop.load(Ordering::Relaxed) {
            match chance.below(20) {
                0 => {
                    self.file(client);
                }
                1 | 2 => {
                    self.edit(client, &mut chance);
                }
                3..=7 => {
                    self.object(client, &mut chance);
                }
                8 | 9 => {
                    self.rule(client, &mut chance);
                }
                _ => {
                    if let Some(case) = self.any(&mut chance) {
                        self.go_on(client, &case);
                    }
                }
            }
            std::thread::sleep(self.pause);
        }
    }

    /// A new person with a profile and a draft.
    fn file(&self, client: &Client) -> Option<Case> {
        let number = self.people.fetch_add(1, Ordering::Relaxed) + 1;
        let login = format!("person_{number}");
        // Odd numbers are men, even ones women: as the profile says.
        let id_number = resident_id("19850615", number);
        let account =
            json!({ "login": login, "password": PASSWORD, "name": "申报人", "id_number": id_number, "phone": "13800000000" });
        let made = self.act("account.create", client.json("POST", "/v1/accounts", "", "", &account), json!({ "login": login }))?;
        let (owner, session) = client.sign_in(&login, PASSWORD)?;
        self.ledger.note("session.begin", &session, json!({ "session_of": made.body["id"] }));
        let profile = client.get(&owner, "/v1/profile")?;
        let new = ready_profile(number, &self.institution);
        // 4.2.4b: what is to come from the system is in the registry.
        let from_system = |record: &&Value| record["source"] == "system";
        for (at, record) in new["study_records"].as_array()?.iter().filter(from_system).enumerate() {
            let entered = json!({
                "id_number": id_number, "year": record["year"], "kind": record["kind"], "hours": record["hours"],
                "certificate_number": format!("{number}-{at}"),
            });
            let answer = client.json("POST", "/v1/study-records", &self.prefecture, "", &entered);
            self.act("study_record.create", answer, json!({ "login": login }))?;
        }
        let replaced = client.json("PUT", "/v1/profile", &owner, &profile.etag, &new);
        let version = json!({ "profile_of": login, "profile_version": 1 });
        self.act("profile.replace", replaced, version)?;
        let filed = client.json("POST", "/v1/applications", &owner, "", &directed_intermediate(&self.institution))?;
        let filed = self.application("application.create", Some(filed))?;
        let case = Case { owner, path: format!("/v1/applications/{}", filed.body["id"].as_str()?) };
        self.cases.lock().expect("the cases").push(case.clone());
        Some(case)
    }

    fn read(client: &Client, case: &Case) -> Option<Answer> {
        client.get(&case.owner, &case.path)
    }

    /// Keeps an act that was acknowledged.
    fn act(&self, action: &str, answer: Option<Answer>, more: Value) -> Option<Answer> {
        let answer = answer.filter(Answer::ok)?;
        self.ledger.note(action, &answer, more);
        Some(answer)
    }

    /// As [`Self::act`], for an act on an application that answers with it.
    fn application(&self, action: &str, answer: Option<Answer>) -> Option<Answer> {
        let answer = answer.filter(Answer::ok)?;
        let id = answer.body["id"].clone();
        let more = json!({ "object_id": id, "application": id, "version": answer.body["version"], "stage": answer.body["stage"] });
        self.act(action, Some(answer), more)
    }

    fn edit(&self, client: &Client, chance: &mut Chance) -> Option<Answer> {
        let case = if chance.below(3) == 0 { self.any(chance)? } else { self.drafted.lock().expect("the case").clone()? };
        let read = Self::read(client, &case)?;
        if read.body["stage"] != "draft" {
            return None;
        }
        let mut filing = directed_intermediate(&self.institution);
        filing.as_object_mut()?.remove("cycle_id");
        self.application("application.edit", client.json("PUT", &case.path, &case.owner, &read.etag, &filing))
    }

    /// Objects to a notice that runs.
    fn object(&self, client: &Client, chance: &mut Chance) -> Option<Answer> {
        let case = if chance.below(3) == 0 { self.any(chance)? } else { self.objected.lock().expect("the case").clone()? };
        // The employer's notice hangs inside the unit: its clerk knows which it is.
        let notices = client.get(&self.clerk, &format!("{}/publicities", case.path))?;
        let items = notices.body["items"].as_array()?;
        let running = items.iter().find(|notice| notice["state"] == "running")?;
        let path = format!("/v1/publicities/{}/objections", running["id"].as_str()?);
        let raised = client.json("POST", &path, "", "", &json!({ "text": "工作年限与实际不符" }));
        self.act("objection.raise", raised, json!({}))
    }

    /// The employer decides an objection.
    fn rule(&self, client: &Client, chance: &mut Chance) -> Option<Answer> {
        let case = if chance.below(3) == 0 { self.any(chance)? } else { self.objected.lock().expect("the case").clone()? };
        let open = client.get(&self.clerk, &format!("{}/objections?status=open", case.path))?;
        let id = open.body["items"][0]["id"].as_str()?.to_owned();
        let body = json!({ "finding": "rejected", "reason": "经核实" });
        let decided = client.json("POST", &format!("/v1/objections/{id}/decision"), &self.clerk, "", &body);
        self.act("objection.decide", decided, json!({ "object_id": id }))
    }

    /// The next act on an application, by whoever's turn it is.
    fn go_on(&self, client: &Client, case: &Case) -> Option<Answer> {
        let read = Self::read(client, case)?;
        match place_of(&read.body) {
            "draft" => self.complete(client, case, &read),
            "employer_review" => self.at_employer(client, case),
            "department_review" => self.decide(client, case, &self.department, &approval(CYCLE)),
            "formal_review" => self.decide(client, case, &self.office, &approval(CYCLE)),
            "accepted" => self.settle(client, case),
            _ => None,
        }
    }

    /// What the checks still want from this side; then the signature, then the submission.
    fn complete(&self, client: &Client, case: &Case, read: &Answer) -> Option<Answer> {
        if let Some(category) = Self::wanted(client, &case.owner, case, false) {
            return self.upload(client, &case.owner, case, &category);
        }
        if read.body["commitment_at"].is_null() {
            let signed =
                client.json("PUT", &format!("{}/commitment", case.path), &case.owner, &read.etag, &json!({ "agreed": true }));
            return self.application("application.sign_commitment", signed);
        }
        let submitted =
            client.json("POST", &format!("{}/submission", case.path), &case.owner, &read.etag, &json!({ "answers": [] }));
        self.application("application.submit", submitted)
    }

    fn wanted(client: &Client, token: &str, case: &Case, by_employer: bool) -> Option<String> {
        let report = client.get(token, &format!("{}/checks", case.path))?;
        report.body["items"].as_array()?.iter().find_map(|result| {
            let wanted = result["verdict"] == "needs_evidence" && (result["rule"] == "employer_evidence") == by_employer;
            let pointers = result["pointers"].as_array().filter(|_| wanted)?;
            pointers.iter().find_map(|pointer| pointer.as_str()?.strip_prefix("/evidence/").map(str::to_owned))
        })
    }

    fn upload(&self, client: &Client, token: &str, case: &Case, category: &str) -> Option<Answer> {
        let seen = client.get(token, &case.path)?;
        let bytes = pdf(&format!("{category} {}", self.files.fetch_add(1, Ordering::Relaxed)));
        let path = format!("{}/attachments", case.path);
        let answer = client.upload(&path, token, &seen.etag, category, &bytes).filter(Answer::ok)?;
        let more = json!({ "object_id": answer.body["id"], "sha256": answer.body["sha256"] });
        self.act("attachment.upload", Some(answer), more)
    }

    /// Puts up the notice; once it is over and nothing is open, adds documents and sends on.
    fn at_employer(&self, client: &Client, case: &Case) -> Option<Answer> {
        let notices = client.get(&self.clerk, &format!("{}/publicities", case.path))?;
        let Some(notice) = notices.body["items"].as_array()?.last() else {
            let seen = client.get(&self.clerk, &case.path)?;
            let clock = client.get("", "/v1/sandbox/clock")?;
            let today: NaiveDate = clock.body["now"].as_str()?[..10].parse().ok()?;
            let path = format!("{}/publicities", case.path);
            let opened = client.json("POST", &path, &self.clerk, &seen.etag, &json!({ "from_date": today })).filter(Answer::ok)?;
            let more = json!({ "object_id": opened.body["id"] });
            return self.act("publicity.open", Some(opened), more);
        };
        if notice["state"] != "over" {
            return None;
        }
        match Self::wanted(client, &self.clerk, case, true) {
            Some(category) => self.upload(client, &self.clerk, case, &category),
            None => self.decide(client, case, &self.clerk, &employer_approval(CYCLE)),
        }
    }

    fn decide(&self, client: &Client, case: &Case, token: &str, ruling: &Value) -> Option<Answer> {
        let seen = client.get(token, &case.path)?;
        let decided = client.json("POST", &format!("{}/decisions", case.path), token, &seen.etag, ruling);
        self.application("application.approve", decided)
    }

    /// The payment, then the originals one by one.
    fn settle(&self, client: &Client, case: &Case) -> Option<Answer> {
        let orders = client.get(&case.owner, &format!("/v1/orders?application_id={}", case.id()))?;
        let order = orders.body["items"].as_array()?.first()?.clone();
        if order["state"] == "open" {
            let id = order["id"].as_str()?;
            let reference = format!("BANK-{:06}", self.references.fetch_add(1, Ordering::Relaxed));
            let clock = client.get("", "/v1/sandbox/clock")?;
            let today = &clock.body["now"].as_str()?[..10];
            let body = json!({ "method": "bank", "reference": reference, "paid_on": today, "amount": order["amount"] });
            let paid = client.json("POST", &format!("/v1/orders/{id}/payments"), &self.finance, "*", &body);
            return self.act("order.confirm", paid, json!({ "object_id": id, "reference": reference }));
        }
        let list = client.get(&self.office, &format!("{}/originals", case.path))?;
        let missing = list.body["items"].as_array()?.iter().find(|item| item["received"].is_null())?;
        let path = format!("{}/originals/{}", case.path, missing["item"].as_str()?);
        let seen = client.get(&self.office, &case.path)?;
        let received =
            client.json("PUT", &path, &self.office, &seen.etag, &json!({ "copies": missing["copies"] })).filter(Answer::ok)?;
        let more = json!({ "object_id": case.id(), "application": case.id(), "version": received.body["version"] });
        self.act("application.receive_original", Some(received), more)
    }
}

/// Waits until so many more acts are acknowledged.
pub fn wait_for(crowd: &Crowd, acts: u64) {
    let target = crowd.ledger.lines() + acts;
    let until = std::time::Instant::now() + Duration::from_mins(1);
    while crowd.ledger.lines() < target {
        assert!(std::time::Instant::now() < until, "the load stands still");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs the load in this many threads for as long as `meanwhile` takes.
pub fn under_load<T>(crowd: &Crowd, client: &Client, threads: u64, seed: u64, meanwhile: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let stop = &stop;
            scope.spawn(move || crowd.work(client, seed.wrapping_mul(1000) + thread, stop));
        }
        let outcome = meanwhile();
        stop.store(true, Ordering::Relaxed);
        outcome
    })
}
