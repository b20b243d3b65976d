//! Figures: patterns of routes as labels, never paths; what is counted in the database is counted on indexes, and seldom.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::sql_types::Text;
use title_review::db::Conn;
use title_review::{applications, jobs};

use crate::cli::Server;
use crate::support::cast::Cast;
use crate::support::database::{Database, Dialect};
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

async fn page(world: &World) -> String {
    title_review::operation::metrics_page(&world.app).await
}

/// The value of a line of the page.
fn value(page: &str, line: &str) -> Option<f64> {
    page.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
}

on_both!(requests_are_counted_by_the_pattern_of_their_route);
async fn requests_are_counted_by_the_pattern_of_their_route(database: Database) {
    let world = World::at(database, START).await;
    let anybody = world.anybody();
    anybody.read("/livez");
    anybody.read("/livez");
    anybody.get("/v1/applications/110101199001011237").send().problem(401, "unauthenticated");
    anybody.get("/v1/no-such/13900000000?phone=13900000000").send().problem(404, "not_found");
    anybody.method("BREW", "/livez").send().problem(405, "method_not_allowed");
    anybody.method("BREW-110101199001011237", "/livez").send().problem(405, "method_not_allowed");
    let page = page(&world).await;
    for (line, count) in [
        (r#"title_review_http_requests_total{method="GET",route="/livez",status="200"}"#, 2.0),
        (r#"title_review_http_requests_total{method="other",route="/livez",status="405"}"#, 2.0),
        (r#"title_review_http_requests_total{method="GET",route="/v1/applications/{application_id}",status="401"}"#, 1.0),
        (r#"title_review_http_requests_total{method="GET",route="-",status="404"}"#, 1.0),
        (r#"title_review_http_request_seconds_count{method="GET",route="/livez"}"#, 2.0),
        (r#"title_review_http_request_seconds_bucket{le="+Inf",method="GET",route="/livez"}"#, 2.0),
        (r#"title_review_refusals_total{code="method_not_allowed"}"#, 2.0),
        (r#"title_review_refusals_total{code="not_found"}"#, 1.0),
        ("title_review_http_requests_in_flight", 0.0),
        (r#"title_review_db_queue_length{queue="write"}"#, 0.0),
        (r#"title_review_db_queue_length{queue="read"}"#, 0.0),
        ("title_review_password_hashes_waiting", 0.0),
    ] {
        assert_eq!(value(&page, line), Some(count), "{line}\n{page}");
    }
    let groups = value(&page, "title_review_db_write_group_size_count").unwrap();
    assert!(groups >= 1.0 && value(&page, "title_review_db_commit_seconds_count") == Some(groups), "{page}");
    assert!(!page.contains("110101") && !page.contains("139000") && !page.contains("BREW"), "{page}");
    assert!(page.ends_with("# EOF\n"));
}

on_both!(business_metrics_are_cached_for_the_configured_seconds);
async fn business_metrics_are_cached_for_the_configured_seconds(database: Database) {
    let world = World::configured(database, START, |config| config.metrics.business_seconds = 1).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let before = page(&world).await;
    assert_eq!(value(&before, r#"title_review_applications{stage="in_review",step="employer_review"}"#), None, "{before}");
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let again = page(&world).await;
    let business = |page: &str| page.lines().filter(|line| line.contains("_applications")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(business(&before), business(&again), "asked twice within the second");
    world.wait_seconds(2);
    let after = page(&world).await;
    assert_eq!(world.sign_in("applicant_a").read(&path)["step"], "employer_review");
    let waiting = r#"title_review_applications{stage="in_review",step="employer_review"}"#;
    assert_eq!(value(&after, waiting), Some(1.0), "{after}");
    assert_eq!(value(&after, "title_review_applications_due"), Some(0.0), "{after}");
    assert!(after.contains("title_review_jobs{kind=\"") && after.contains("state=\"waiting\"} "), "{after}");
    // The day before the window's last one ends, all that is not through yet is due.
    let listed = world.sign_in("applicant_a").read("/v1/applications");
    assert_eq!(listed["items"][0]["lapse_at"], "2024-08-30T18:00:00.000001+08:00", "{listed}");
    world.travel("2024-08-30T00:00:01+08:00");
    world.wait_seconds(2);
    assert_eq!(value(&page(&world).await, "title_review_applications_due"), Some(1.0));
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn metrics_queries_use_indexes_only() {
    let database = Database::fresh(Dialect::Sqlite).unwrap();
    let path = database.config.url.strip_prefix("sqlite:").unwrap();
    let mut conn = SqliteConnection::establish(path).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            keep.lock().unwrap().push(query.to_string().split(" -- binds").next().unwrap().to_owned());
        }
    });
    let mut conn = Conn::Sqlite(conn);
    applications::count_all_by_stage(&mut conn).unwrap();
    applications::count_due(&mut conn, START.parse().unwrap()).unwrap();
    jobs::count_open(&mut conn).unwrap();
    let statements = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(statements.len(), 4, "{statements:?}");
    for statement in statements {
        let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(&mut conn).unwrap();
        let plan: Vec<String> = lines.into_iter().map(|line| line.detail).collect();
        let on_index = |line: &String| line.contains("COVERING INDEX") || line.contains("jobs_due") || line.starts_with("USE TEMP");
        assert!(plan.iter().all(on_index), "{statement}\n{plan:?}");
    }
}

#[test]
fn metrics_are_served_on_their_own_address() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server = Server::start_in(folder.path(), &[], &[("TITLE_REVIEW_METRICS__LISTEN", &free)], Stdio::null());
    assert_eq!(server.send("GET", "/metrics", None, None).0, 404, "not on the API's address");
    let mut answer = ureq::get(format!("http://{free}/metrics")).call().unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let page = answer.body_mut().read_to_string().unwrap();
    assert!(
        page.contains("title_review_build_info{version=\"") && page.contains("title_review_http_requests_in_flight 0"),
        "{page}"
    );
    assert!(ureq::get(format!("http://{free}/v1/me")).call().is_err(), "nothing else is served there");
}
