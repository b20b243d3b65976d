//! How SQLite runs the lists: for every combination of filters that the API offers, and for everybody who may ask, an index leads to the rows in
//! the order of the page: nothing scans the applications, nothing sorts them. A supervisor who filters by nothing reads the end of an index.
//!
//! PostgreSQL chooses its plans by statistics, which an empty database has not: there the indexes are the same.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;
use title_review::db::Conn;

use crate::support::cast::{Cast, applicant};
use crate::support::database::{Database, Dialect, tell};
use crate::support::world::{Actor, World};

/// Statements on SQLite since the recorder was put in, without what was bound.
static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

#[expect(clippy::unnecessary_wraps, reason = "diesel asks for an option")]
fn record() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split(" -- binds").next().unwrap_or_default();
            // SQLite's way to quote names: stories on PostgreSQL run in this process too.
            if sql.starts_with("SELECT")
                && sql.contains("FROM `applications`")
                && sql.contains("ORDER BY `applications`.`id` DESC LIMIT")
            {
                SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
            }
        }
    }))
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Every combination of these filters as a query string.
fn combinations(filters: &[&str]) -> Vec<String> {
    (0..1_u32 << filters.len())
        .map(|bits| {
            let chosen = filters.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
            chosen.flat_map(|(_, filter)| ["&", filter]).collect()
        })
        .collect()
}

#[test]
fn application_lists_use_indexes() {
    set_default_instrumentation(record).unwrap();
    tell(Dialect::Sqlite, story);
}

async fn story(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    let employer = format!("employer_id={}", cast.institution);
    let filters = [
        "cycle_id=aksu-2024",
        "stage=accepted",
        "step=formal_review",
        "track=directed",
        "specialty=land",
        "level=intermediate",
        &employer,
        "county=652901",
    ];
    let actors: [&Actor; 7] = [
        &person,
        &cast.institution_clerk,
        &cast.department_reviewer,
        &cast.county_reviewer,
        &cast.prefecture_reviewer,
        &cast.office,
        &cast.supervisor,
    ];
    for actor in actors {
        for filter in combinations(&filters) {
            actor.read(&format!("/v1/applications?limit=1{filter}"));
        }
        let reviewer = actor.name != person.name && actor.name != cast.supervisor.name;
        for filter in combinations(&filters).iter().filter(|_| reviewer) {
            actor.read(&format!("/v1/inbox?limit=1{filter}"));
        }
    }
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(seen.len() > 800, "{}", seen.len());
    let statements: Vec<String> = seen.into_iter().collect();
    let plans = world
        .app
        .db
        .read(move |conn| {
            let Conn::Sqlite(conn) = conn else { return Ok(Vec::new()) };
            let mut plans = Vec::new();
            for sql in statements {
                let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn)?;
                let plan: Vec<String> = lines.into_iter().map(|line| line.detail).collect();
                plans.push((sql, plan.join("; ")));
            }
            Ok::<_, title_review::db::Error>(plans)
        })
        .await
        .unwrap();
    for (sql, plan) in plans {
        let conditions = sql.split("WHERE").nth(1).unwrap_or_default();
        // Whoever sees everything and filters by nothing reads the end of an index: there is nothing to search for.
        let anything = !conditions.contains("` = ?");
        let led = plan.contains("USING INDEX list_by_")
            || plan.contains("USING COVERING INDEX list_by_")
            || plan.contains("USING INDEX applications_applicant")
            || plan.contains("USING COVERING INDEX applications_applicant");
        let searched = !plan.contains("SCAN") || (anything && plan.contains("INDEX list_by_submitted"));
        assert!(led && searched && !plan.contains("TEMP B-TREE") && !plan.contains("; "), "{sql}\n{plan}");
    }
}
