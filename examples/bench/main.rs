//! The benchmark: in one run, side by side, a bare actix handler that answers the same bytes and this server. Machines differ and are noisy,
//! so that only ratios of one run count: A and B in turn, medians of several short runs. `docs/performance.md` has the goals and
//! what was measured.
//!
//! ```sh
//! cargo run --release --example bench                          # 200,000 applications
//! cargo run --release --example bench -- --quick               # a minute, for a look
//! cargo run --example bench -- --smoke                         # whether every part runs; its figures say nothing
//! cargo run --release --example bench -- --parts one,pages     # of: one, pages, acts, commits, record, passwords
//! cargo run --release --example bench -- --applications 20000  # any other size
//! ```

mod data;
mod load;
mod server;

use data::Model;
use load::{Requests, request, run};
use serde_json::json;
use server::{Bodies, Server, Writing, bare};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use title_review::sandbox::demo;

/// As the program itself: it decides about memory after bursts, and about speed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much is measured.
#[derive(Clone, Copy)]
struct Size {
    applications: usize,
    /// Short runs per case; their median counts.
    runs: usize,
    length: Duration,
    /// Acts of each kind that can be done once.
    acts: usize,
}

const FULL: Size = Size { applications: 200_000, runs: 5, length: Duration::from_secs(2), acts: 20_000 };
const QUICK: Size = Size { applications: 5_000, runs: 5, length: Duration::from_millis(300), acts: 1_500 };

/// Shows that every part runs, and measures nothing.
const SMOKE: Size = Size { applications: 300, runs: 1, length: Duration::from_millis(40), acts: 40 };

/// Something that is measured.
struct Case {
    name: String,
    address: SocketAddr,
    requests: Requests,
    expected: u16,
}

impl Case {
    fn new(name: impl Into<String>, address: SocketAddr, requests: Requests, expected: u16) -> Self {
        Self { name: name.into(), address, requests, expected }
    }
}

/// A ratio to be shown: what, of what, and the goal where there is one.
struct Ratio {
    what: String,
    of: String,
    goal: Option<f64>,
}

fn ratio(what: &str, of: &str, goal: Option<f64>) -> Ratio {
    Ratio { what: what.to_owned(), of: of.to_owned(), goal }
}

/// Runs the cases in turn, again and again; prints and gives the median of each.
fn measure(title: &str, cases: &[Case], ratios: &[Ratio], size: Size) {
    println!("\n{title}");
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    for _ in 0..size.runs {
        for (case, results) in cases.iter().zip(&mut found) {
            results.push(run(&case.name, case.address, &case.requests, case.expected, size.length));
        }
    }
    let medians: Vec<f64> = found.iter_mut().map(|results| median(results)).collect();
    for (case, per_second) in cases.iter().zip(&medians) {
        println!("  {:<52} {per_second:>9.0} /s", case.name);
    }
    let of = |name: &str| cases.iter().position(|case| case.name == name).map_or(f64::NAN, |index| medians[index]);
    for one in ratios {
        let value = of(&one.what) / of(&one.of);
        let goal = one
            .goal
            .map_or(String::new(), |goal| format!("   goal {goal:.2}  {}", if value >= goal { "reached" } else { "NOT REACHED" }));
        println!("  {:<52} {value:>9.3}   of {}{goal}", one.what, one.of);
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The same request, again and again.
fn get(path: &str, token: &str) -> Requests {
    Requests::repeated(vec![request("GET", path, token, &[], "")])
}

/// The parts that were asked for; all of them where none was.
struct Parts(Vec<String>);

const PARTS: [&str; 6] = ["one", "pages", "acts", "commits", "record", "passwords"];

impl Parts {
    fn of(argument: Option<String>) -> Self {
        let parts: Vec<String> = argument.map_or_else(Vec::new, |list| list.split(',').map(str::to_owned).collect());
        assert!(parts.iter().all(|part| PARTS.contains(&part.as_str())), "parts are {PARTS:?}");
        Self(parts)
    }

    fn has(&self, part: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|one| one == part)
    }
}

/// The profile of cargo that built this: the folder that the program lies in.
fn profile() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.ancestors().nth(2).and_then(std::path::Path::file_name);
    folder.map_or_else(|| "unknown".to_owned(), |name| name.to_string_lossy().replace("debug", "dev"))
}

/// The word after this one on the command line.
fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn main() {
    let is_asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    let mut size = match (is_asked("--quick"), is_asked("--smoke")) {
        (true, _) => QUICK,
        (_, true) => SMOKE,
        (false, false) => FULL,
    };
    if let Some(applications) = argument("--applications") {
        size.applications = applications.parse().expect("a number of applications");
    }
    println!("profile {}", profile());
    let parts = Parts::of(argument("--parts"));
    if ["one", "pages", "acts"].iter().any(|part| parts.has(part)) {
        on_many(&parts, size);
    }
    if parts.has("commits") {
        commits(size);
    }
    if parts.has("record") {
        record(size);
    }
    if parts.has("passwords") {
        sign_ins(&Server::start(Writing::GROUPED), size);
    }
}

/// What is measured among many applications.
fn on_many(parts: &Parts, size: Size) {
    let started = Instant::now();
    let server = Server::start(Writing::GROUPED);
    let mut model = Model::file(&server);
    let acts = |wanted: usize| if parts.has("acts") { wanted } else { 0 };
    let submissions = model.submissions(&server, acts(size.acts));
    model.submit(&server);
    let approvals = model.approvals(&server, acts(size.acts));
    let (applications, children) = model.bulk(size.applications);
    let creations = model.creations(&server, acts(size.acts));
    println!(
        "{applications} applications, {children} rows of documents and history; made in {:.0} s",
        started.elapsed().as_secs_f64()
    );

    let bodies = Bodies::default();
    let floor = bare(&bodies);
    if parts.has("one") {
        one(&server, floor, &bodies, size);
    }
    if parts.has("pages") {
        pages(&server, floor, &bodies, size);
    }
    if parts.has("acts") {
        writes(&server, floor, &bodies, [creations, submissions, approvals], size);
    }
}

/// A bare handler that answers the bytes that the server gives for this path.
fn bare_of(server: &Server, floor: SocketAddr, bodies: &Bodies, name: &str, path: &str, token: &str) -> Case {
    let (_, body) = server.ask("GET", path, token, &[], "", 200);
    Case::new(format!("bare handler, the bytes of: {name}"), floor, get(&bodies.keep(body.to_string().into_bytes()), token), 200)
}

/// One application.
fn one(server: &Server, floor: SocketAddr, bodies: &Bodies, size: Size) {
    let office = server.sign_in("office");
    let page = |filter: &str| server.ask("GET", &format!("/v1/applications?limit=200{filter}"), &office, &[], "", 200).1;
    let paths_of = |filter: &str| -> Vec<Vec<u8>> {
        let items = page(filter);
        let items = items["items"].as_array().cloned().unwrap_or_default();
        let path = |item: &serde_json::Value| format!("/v1/applications/{}", item["id"].as_str().unwrap_or_default());
        items.iter().map(|item| request("GET", &path(item), &office, &[], "")).collect()
    };
    let waiting = page("&step=department_review");
    let one = format!("/v1/applications/{}", waiting["items"][0]["id"].as_str().expect("an application"));
    let name = "one application";
    let cases = [
        bare_of(server, floor, bodies, name, &one, &office),
        Case::new(name, server.address, Requests::repeated(paths_of("&step=department_review")), 200),
        Case::new("the same one again and again (hot)", server.address, get(&one, &office), 200),
        Case::new(
            "one application, in turn: all rules asked",
            server.address,
            Requests::repeated(paths_of("&stage=formal_review")),
            200,
        ),
        Case::new("the own account", server.address, get("/v1/me", &office), 200),
    ];
    let bare_name = cases[0].name.clone();
    measure(
        "One application, authorised",
        &cases,
        &[
            ratio(name, &bare_name, Some(0.30)),
            ratio(&cases[2].name, &bare_name, Some(0.65)),
            ratio(&cases[3].name, &bare_name, None),
        ],
        size,
    );
}

/// Pages of the list.
fn pages(server: &Server, floor: SocketAddr, bodies: &Bodies, size: Size) {
    let office = server.sign_in("office");
    let path = |filter: &str| format!("/v1/applications?limit=50{filter}");
    let employer = server.ask("GET", &path("&stage=accepted"), &office, &[], "", 200).1["items"][0]["employer_id"].clone();
    let employer = format!("&employer_id={}", employer.as_str().expect("an employer"));
    let filters = [
        ("newest 50", ""),
        ("50 of a stage", "&stage=accepted"),
        ("50 of a specialty and a level", "&specialty=land&level=intermediate"),
        ("50 of a county and a track", "&county=652924&track=private_enterprise"),
        ("50 of a track and a level", "&track=private_enterprise&level=entry"),
        ("50 with four filters", "&stage=ready&specialty=geology&level=assistant&track=directed"),
        ("50 with six filters", "&stage=ready&specialty=geology&level=assistant&track=directed&county=652902&cycle_id=aksu-2024"),
        ("filters that never meet", "&step=county_service_review&track=directed"),
        ("an employer's", &employer),
        ("50 of a cycle", "&cycle_id=aksu-2024"),
    ];
    let mut cases = vec![bare_of(server, floor, bodies, "newest 50", &path(""), &office)];
    cases.extend(filters.iter().map(|(name, filter)| Case::new(*name, server.address, get(&path(filter), &office), 200)));
    for (name, filter) in [
        ("newest 50, deep", ""),
        ("50 of a stage, deep", "&stage=accepted"),
        ("50 of a county and a track, deep", "&county=652924&track=private_enterprise"),
    ] {
        cases.push(Case::new(name, server.address, get(&deep(server, &office, filter), &office), 200));
    }
    cases.push(Case::new("inbox of the office, 50", server.address, get("/v1/inbox?limit=50", &office), 200));
    for (name, login, filter) in [
        ("newest 50, as supervisor", "supervisor", ""),
        ("50 of a track, as supervisor", "supervisor", "&track=private_enterprise"),
        ("50 of a level, as supervisor", "supervisor", "&level=associate_senior"),
        ("newest 50, as county service", "county_652924", ""),
        ("newest 50, as supervising department", "department", ""),
        ("50 of a stage, as supervising department", "department", "&stage=accepted"),
    ] {
        cases.push(Case::new(name, server.address, get(&path(filter), &server.sign_in(login)), 200));
    }
    let bare_name = cases[0].name.clone();
    let ratios: Vec<Ratio> = cases[1..].iter().map(|case| ratio(&case.name, &bare_name, Some(0.11))).collect();
    measure("Pages of 50, authorised", &cases, &ratios, size);
}

/// The path of a page in the middle of a list.
fn deep(server: &Server, token: &str, filter: &str) -> String {
    let mut pages: Vec<String> = Vec::new();
    let mut next = String::new();
    loop {
        let (_, page) = server.ask("GET", &format!("/v1/applications?limit=200{filter}{next}"), token, &[], "", 200);
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("&cursor={cursor}");
        pages.push(next.clone());
    }
    let middle = pages.get(pages.len() / 2).cloned().unwrap_or_default();
    format!("/v1/applications?limit=50{filter}{middle}")
}

/// Creating, submitting, approving.
fn writes(server: &Server, floor: SocketAddr, bodies: &Bodies, acts: [Requests; 3], size: Size) {
    let body = vec![b'x'; 2048];
    let path = bodies.keep(body);
    let posted = request("POST", &path, "-", &[], &json!({ "cycle_id": "aksu-2024", "track": "directed" }).to_string());
    let [creations, submissions, approvals] = acts;
    let cases = [
        Case::new("bare handler, POST", floor, Requests::repeated(vec![posted]), 200),
        Case::new("create", server.address, creations, 201),
        Case::new("submit: all rules asked", server.address, submissions, 200),
        Case::new("decide: all rules asked", server.address, approvals, 200),
    ];
    // Acts are done once: what was prepared has to last for every run.
    let short = Size { length: size.length / 4, ..size };
    measure(
        "Acts, each committed to the disk before its answer",
        &cases,
        &[
            ratio("create", "bare handler, POST", Some(0.15)),
            ratio("decide: all rules asked", "create", Some(0.7)),
            ratio("submit: all rules asked", "create", None),
        ],
        short,
    );
}

/// Commits in groups, one by one, and without waiting for the disk, on databases of their own.
fn commits(size: Size) {
    let kinds = [
        ("create, FULL, in groups", Writing::GROUPED),
        ("create, FULL, one by one", Writing::SINGLE),
        ("create, NORMAL, in groups", Writing::NORMAL),
    ];
    let servers: Vec<Server> = kinds.iter().map(|(_, writing)| Server::start(*writing)).collect();
    let cases: Vec<Case> = kinds
        .iter()
        .zip(&servers)
        .map(|((name, _), server)| {
            let creations = Model::file(server).creations(server, size.acts);
            Case::new(*name, server.address, creations, 201)
        })
        .collect();
    let short = Size { length: size.length / 4, ..size };
    measure(
        "Commits",
        &cases,
        &[
            ratio("create, FULL, in groups", "create, NORMAL, in groups", Some(0.5)),
            ratio("create, FULL, in groups", "create, FULL, one by one", None),
        ],
        short,
    );
}

/// Rows of the audit log that are to be checked in a second: a rate, not a ratio.
const ROWS_PER_SECOND: f64 = 200_000.0;

/// Checking the audit log: the hashes of every row, the seal and the signed heads.
fn record(size: Size) {
    let server = Server::start(Writing::GROUPED);
    data::acts_on_record(&server, size.applications);
    let mut rows = 0;
    let mut rates: Vec<f64> = (0..size.runs)
        .map(|_| {
            let started = Instant::now();
            rows = data::verified_rows(&server);
            f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / started.elapsed().as_secs_f64()
        })
        .collect();
    let rate = median(&mut rates);
    let reached = if rate >= ROWS_PER_SECOND { "reached" } else { "NOT REACHED" };
    println!("\nThe audit log, {rows} rows");
    println!("  {:<52} {rate:>9.0} /s   goal {ROWS_PER_SECOND:.0} /s  {reached}", "rows checked");
}

/// Signing in with a password.
fn sign_ins(server: &Server, size: Size) {
    let body = json!({ "login": "office", "password": demo::PASSWORD }).to_string();
    let sign_in = Requests::repeated(vec![request("POST", "/v1/sessions", "-", &[], &body)]);
    measure("Passwords (argon2id, 19 MiB, 2 passes)", &[Case::new("sign in", server.address, sign_in, 201)], &[], size);
}
