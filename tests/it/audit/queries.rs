//! What supervisors and the audit administrator ask of the record.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};
use title_review::db::{Conn, Error};

use crate::support::cast::{Cast, applicant};
use crate::support::database::{Database, Dialect, tell};
use crate::support::on_both;
use crate::support::world::World;

fn seqs(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|item| item["seq"].as_i64().unwrap()).collect()
}

// clauses: 5.1
on_both!(audit_log_query_returns_actor_and_action);
async fn audit_log_query_returns_actor_and_action(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let person = applicant(&world, "applicant_a", 1);
    world.travel("2024-07-23T09:00:00+08:00");
    let body = json!({ "window": "application", "until": "2024-09-02T18:00:00+08:00", "reason": "停电" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&body).send().expect(201);
    let all = cast.supervisor.read("/v1/audit?limit=200");
    assert_eq!(all["has_more"], false);
    let rows = all["items"].as_array().unwrap();
    let matching = |fits: &dyn Fn(&Value) -> bool| -> Vec<i64> {
        rows.iter().filter(|row| fits(row)).map(|row| row["seq"].as_i64().unwrap()).collect()
    };
    let (a, o) = (&person.account, &cast.institution);
    let queries: Vec<(String, Vec<i64>)> = vec![
        (format!("actor_id={}", cast.admin.account), matching(&|row| row["actor_id"] == cast.admin.account.as_str())),
        ("role=system_administrator".to_owned(), matching(&|row| row["role"] == "system_administrator")),
        (format!("object_id={a}"), matching(&|row| row["object_id"] == a.as_str())),
        ("object_kind=organisation".to_owned(), matching(&|row| row["object_kind"] == "organisation")),
        (format!("object_kind=organisation&object_id={o}"), matching(&|row| row["object_id"] == o.as_str())),
        ("action=organisation.create".to_owned(), matching(&|row| row["action"] == "organisation.create")),
        ("clause=5.2".to_owned(), matching(&|row| row["clause"] == "5.2")),
        ("outcome=done".to_owned(), matching(&|row| row["outcome"] == "done")),
        ("from=2024-07-23T00:00:00%2B08:00".to_owned(), matching(&|row| row["at"].as_str().unwrap() >= "2024-07-23")),
        ("to=2024-07-23T00:00:00%2B08:00".to_owned(), matching(&|row| row["at"].as_str().unwrap() < "2024-07-23")),
    ];
    for (query, expected) in queries {
        assert!(!expected.is_empty(), "{query}");
        assert_eq!(seqs(&cast.supervisor.read(&format!("/v1/audit?limit=200&{query}"))), expected, "{query}");
        // The same page by page, and exported, oldest first.
        let (mut paged, mut path) = (Vec::new(), format!("/v1/audit?limit=3&{query}"));
        loop {
            let page = cast.supervisor.read(&path);
            paged.extend(seqs(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/audit?limit=3&{query}&cursor={cursor}");
        }
        assert_eq!(paged, expected, "{query}");
    }
    for query in ["role=nobody", "outcome=maybe", "from=yesterday", "colour=red"] {
        assert_eq!(cast.supervisor.get(&format!("/v1/audit?{query}")).send().status, 400, "{query}");
        assert_eq!(cast.supervisor.get(&format!("/v1/audit/export?{query}")).send().status, 400, "{query}");
    }
}

on_both!(audit_log_export_is_ndjson_and_is_itself_logged);
async fn audit_log_export_is_ndjson_and_is_itself_logged(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    // More than one batch of the stream.
    for number in 0..1200 {
        let app = world.app.clone();
        world.app.db.write(move |conn| title_review::audit::append(conn, &app.keys, super::entry(number))).await.unwrap();
    }
    let end = seqs(&cast.supervisor.read("/v1/audit?limit=1"))[0];
    let reply = cast.supervisor.get("/v1/audit/export").send();
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/x-ndjson")));
    let text = String::from_utf8(reply.bytes).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<i64> = lines.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=end).collect::<Vec<_>>());
    for pair in lines.windows(2) {
        assert_eq!(pair[0]["hash"], pair[1]["prev_hash"]);
    }
    let exported = cast.supervisor.read("/v1/audit?action=audit.export");
    assert_eq!((seqs(&exported).len(), &exported["items"][0]["actor_id"]), (1, &json!(cast.supervisor.account)));
    let some = cast.supervisor.get("/v1/audit/export?action=create_decision&role=reviewer").send();
    assert_eq!(String::from_utf8(some.bytes).unwrap().lines().count(), 600);
    let before = seqs(&cast.supervisor.read("/v1/audit?limit=1"));
    cast.office.get("/v1/audit/export").send().problem(403, "forbidden");
    assert_eq!(seqs(&cast.supervisor.read("/v1/audit?action=audit.export")).len(), 2);
    let _ = before;
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn audit_queries_use_indexes() {
    tell(Dialect::Sqlite, |database| async move {
        let filters = [
            "actor_id = 'x'",
            "role = 'x'",
            "organisation_id = 'x'",
            "object_kind = 'x'",
            "object_id = 'x'",
            "action = 'x'",
            "clause = 'x'",
            "outcome = 'refused'",
        ];
        let db = database.open();
        let plans = db
            .read(move |conn| {
                let Conn::Sqlite(conn) = conn else { return Ok(BTreeSet::new()) };
                let mut plans = BTreeSet::new();
                for bits in 1_u32..1 << filters.len() {
                    let chosen: Vec<&str> = (0..filters.len()).filter(|at| bits >> at & 1 == 1).map(|at| filters[at]).collect();
                    let by_time = "at >= '2024' AND at < '2025'";
                    for (place, order) in [("1 = 1", "seq DESC"), ("seq < 9", "seq DESC"), (by_time, "at DESC, seq DESC")] {
                        // What is bound is no constant to SQLite: only the outcome is written out.
                        let conditions = chosen.join(" AND ").replace("'x'", "?");
                        let sql = format!("SELECT * FROM audit WHERE {conditions} AND {place} ORDER BY {order} LIMIT 51");
                        let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn)?;
                        let plan: Vec<String> = lines.into_iter().map(|line| line.detail).collect();
                        plans.insert((sql, plan.join("; ")));
                    }
                }
                Ok::<_, Error>(plans)
            })
            .await
            .unwrap();
        assert_eq!(plans.len(), 255 * 3);
        for (sql, plan) in plans {
            let led = plan.contains("SEARCH audit USING INDEX") || plan.contains("SCAN audit USING INDEX audit_refused");
            // By time and something rare at once: the few rows of it are sorted.
            let sorted = plan.contains("TEMP B-TREE") && !sql.contains("at >=");
            assert!(led && !sorted, "{sql}\n{plan}");
        }
    });
}
