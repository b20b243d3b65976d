//! Many at once on one application: one wins, the others are told by name why not, and the act stands on record once. The judge of that is tried on a
//! variant without the condition. For payments see `payments/races.rs`.

use std::collections::BTreeMap;

use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::json;
use title_review::db::schema::{applications, audit, events, steps};
use title_review::db::{Conn, Error};

use crate::support::cast::Cast;
use crate::support::chain::{approval, directed_to_committee, directed_to_department, return_with};
use crate::support::database::Database;
use crate::support::journey::{at_employer, directed_intermediate, drafted, ready_profile, sign};
use crate::support::on_both;
use crate::support::world::{Ask, Reply, World};

const THREADS: usize = 50;

/// What is on record about an application: its step or stage, and how often each of its acts stands in the history, in the audit log and among the events.
#[derive(Debug)]
struct OnRecord {
    stage: String,
    counts: BTreeMap<String, [i64; 3]>,
}

async fn on_record(world: &World, application: &str) -> OnRecord {
    let id = application.rsplit('/').next().unwrap().to_owned();
    world
        .app
        .db
        .read(move |conn| {
            let mut counts: BTreeMap<String, [i64; 3]> = BTreeMap::new();
            let history: Vec<String> = steps::table.filter(steps::application_id.eq(&id)).select(steps::action).load(conn)?;
            for action in history {
                counts.entry(action).or_default()[0] += 1;
            }
            let acts: Vec<String> = audit::table.filter(audit::object_id.eq(&id)).select(audit::action).load(conn)?;
            let told: Vec<String> = events::table.filter(events::object_id.eq(&id)).select(events::kind).load(conn)?;
            for (place, names) in [(1, acts), (2, told)] {
                for name in names {
                    counts.entry(name.trim_start_matches("application.").to_owned()).or_default()[place] += 1;
                }
            }
            let stage = place(conn, &id)?;
            Ok::<_, Error>(OnRecord { stage, counts })
        })
        .await
        .unwrap()
}

/// Everything that is wrong where one of many was to win: of these acts exactly one stands, once in each of the three.
fn faults(record: &OnRecord, acts: &[&str], stages: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let done: Vec<_> = acts.iter().filter_map(|act| record.counts.get_key_value(*act)).collect();
    if done.len() != 1 {
        found.push(format!("of {acts:?} {} stand on record", done.len()));
    }
    found.extend(
        done.iter().filter(|(_, counts)| **counts != [1, 1, 1]).map(|(act, counts)| format!("{act} stands {counts:?} times")),
    );
    if !stages.contains(&record.stage.as_str()) {
        found.push(format!("the application is in {}", record.stage));
    }
    found
}

/// Sends all requests at once.
fn at_once(requests: Vec<Ask>) -> Vec<Reply> {
    let barrier = std::sync::Barrier::new(requests.len());
    let send = |request: Ask| {
        barrier.wait();
        request.send()
    };
    std::thread::scope(|scope| {
        let send = &send;
        let threads: Vec<_> = requests.into_iter().map(|request| scope.spawn(move || send(request))).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}

/// One answer is 200; every other one a problem of one of these codes.
fn one_wins(replies: &[Reply], codes: &[&str]) {
    let answers: Vec<_> = replies.iter().map(|reply| (reply.status, reply.body["code"].as_str().unwrap_or_default())).collect();
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
    let named = answers.iter().filter(|(_, code)| codes.contains(code)).count();
    assert_eq!(named, THREADS - 1, "{answers:?}");
}

/// The version that half of them have read; the other half takes any.
fn if_match(n: usize, tag: &str) -> &str {
    if n.is_multiple_of(2) { tag } else { "*" }
}

async fn draft_to_submit(world: &World, cast: &Cast) -> (crate::support::world::Actor, String) {
    let profile = ready_profile(1, &cast.institution);
    let (person, path) = drafted(world, "applicant_a", 1, &profile, &directed_intermediate(&cast.institution));
    sign(&person, &path);
    (person, path)
}

// clauses: 2.1
on_both!(fifty_concurrent_submissions_succeed_once);
async fn fifty_concurrent_submissions_succeed_once(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = draft_to_submit(&world, &cast).await;
    let tag = person.get(&path).send().header("etag").unwrap().to_owned();
    let submission = format!("{path}/submission");
    let requests = (0..THREADS)
        .map(|n| person.post(&submission).header("if-match", if_match(n, &tag)).json(&json!({ "answers": [] })))
        .collect();
    one_wins(&at_once(requests), &["stage_conflict", "stale_version"]);
    let record = on_record(&world, &path).await;
    assert_eq!(faults(&record, &["submit"], &["employer_review"]), Vec::<String>::new(), "{record:?}");
}

// Different decisions at the same time: approved or returned, never both.
// clauses: 4.3a, 5.1
on_both!(fifty_concurrent_decisions_succeed_once);
async fn fifty_concurrent_decisions_succeed_once(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_department(&world, &cast, &path);
    let tag = cast.department_reviewer.get(&path).send().header("etag").unwrap().to_owned();
    let decisions = format!("{path}/decisions");
    let approve = approval("aksu-2024");
    let refusal = return_with(&[("/profile/education/0", "4.2.2", "new")]);
    let requests = (0..THREADS)
        .map(|n| {
            let body = if n % 4 < 2 { &approve } else { &refusal };
            cast.department_reviewer.post(&decisions).header("if-match", if_match(n, &tag)).json(body)
        })
        .collect();
    let replies = at_once(requests);
    one_wins(&replies, &["stage_conflict", "stale_version", "out_of_turn", "second_step_by_same_person"]);
    let mut record = on_record(&world, &path).await;
    // The employer's approval stands before it.
    if let Some(counts) = record.counts.get_mut("approve") {
        for count in counts {
            *count -= 1;
        }
    }
    record.counts.retain(|_, counts| *counts != [0, 0, 0]);
    assert_eq!(faults(&record, &["approve", "return"], &["formal_review", "returned"]), Vec::<String>::new(), "{record:?}");
}

// The last decision of a chain opens an order: still one of each.
// clauses: 2.2, 4.6
on_both!(fifty_concurrent_acceptances_create_one_order);
async fn fifty_concurrent_acceptances_create_one_order(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    directed_to_committee(&world, &cast, &path);
    let decisions = format!("{path}/decisions");
    let approve = approval("aksu-2024");
    let requests = (0..THREADS).map(|_| cast.office.post(&decisions).header("if-match", "*").json(&approve)).collect();
    one_wins(&at_once(requests), &["stage_conflict", "stale_version", "out_of_turn", "second_step_by_same_person"]);
    let orders = person.read(&format!("/v1/orders?application_id={}", path.rsplit('/').next().unwrap()));
    assert_eq!(orders["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(on_record(&world, &path).await.stage, "accepted");
}

/// The step of the chain at which an application stands, or its stage.
fn place(conn: &mut Conn, id: &str) -> Result<String, Error> {
    let row = applications::table.find(id).select((applications::stage, applications::step));
    let (stage, step): (String, Option<String>) = row.first(conn)?;
    Ok(step.unwrap_or(stage))
}

/// The columns of what [`place`] gives.
fn stage_and_step(place: &str) -> (&str, Option<&str>) {
    if place.ends_with("_review") { ("in_review", Some(place)) } else { (place, None) }
}

/// What the guarded statement of a transition is there against: the stage is looked at, then written without a condition.
async fn without_the_condition(world: &World, path: &str, from: &'static str, action: &'static str, to: &'static str) -> usize {
    let id = path.rsplit('/').next().unwrap().to_owned();
    let looks = (0..THREADS).map(|_| {
        let id = id.clone();
        world.app.db.read(move |conn| Ok::<_, Error>(place(conn, &id)? == from))
    });
    let free: Vec<bool> = join_all(looks).await.into_iter().map(Result::unwrap).collect();
    let now = *world.app.clock.now().naive_utc();
    let writes = free.into_iter().enumerate().filter(|(_, free)| *free).map(|(n, _)| {
        let id = id.clone();
        world.app.db.write(move |conn| {
            let (stage, step) = stage_and_step(to);
            diesel::update(applications::table.find(&id))
                .set((applications::stage.eq(stage), applications::step.eq(step)))
                .execute(conn)?;
            let last: Option<i32> =
                steps::table.filter(steps::application_id.eq(&id)).select(diesel::dsl::max(steps::seq)).first(conn)?;
            diesel::insert_into(steps::table)
                .values((
                    steps::id.eq(format!("{action}-{n}")),
                    steps::application_id.eq(&id),
                    steps::seq.eq(last.unwrap_or(0) + 1),
                    steps::at.eq(now),
                    steps::action.eq(action),
                    steps::from_stage.eq(stage_and_step(from).0),
                    steps::to_stage.eq(stage),
                    steps::clause.eq("2.1"),
                    steps::detail.eq("{}"),
                ))
                .execute(conn)?;
            let told: Option<i64> = events::table.select(diesel::dsl::max(events::seq)).first(conn)?;
            title_review::events::publish(
                conn,
                told.unwrap_or(0) + 1,
                &format!("application.{action}"),
                "application",
                &id,
                title_review_core::clock::Instant::EPOCH,
            )
        })
    });
    join_all(writes).await.into_iter().map(Result::unwrap).count()
}

on_both!(double_submissions_are_detected_without_the_condition);
async fn double_submissions_are_detected_without_the_condition(database: Database) {
    let world = World::at(database, "2024-08-05T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (_, path) = draft_to_submit(&world, &cast).await;
    assert_eq!(without_the_condition(&world, &path, "draft", "submit", "employer_review").await, THREADS);
    let record = on_record(&world, &path).await;
    assert_eq!(faults(&record, &["submit"], &["employer_review"]), ["submit stands [50, 0, 50] times"]);
}

on_both!(double_decisions_are_detected_without_the_condition);
async fn double_decisions_are_detected_without_the_condition(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    without_the_condition(&world, &path, "employer_review", "approve", "department_review").await;
    without_the_condition(&world, &path, "department_review", "return", "returned").await;
    let found = faults(&on_record(&world, &path).await, &["approve", "return"], &["department_review"]);
    assert_eq!(found.len(), 4, "{found:?}");
}
