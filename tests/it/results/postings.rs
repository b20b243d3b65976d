//! The employer's own posting of a result (2.4): listed while it is missing, awaited where the cycle says so.

use serde_json::{Value, json};

use super::{confirm, id_of, publicised};
use crate::proof::{AKSU, amend};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, World};

const LIST: &str = "/v1/cycles/aksu-2024/missing-postings";

fn missing(who: &Actor) -> Vec<Value> {
    who.read(LIST)["items"].as_array().unwrap().clone()
}

/// The employer confirms that it posted the result about this application.
fn post(clerk: &Actor, path: &str, from: &str, to: &str) {
    let notice = clerk.read(&format!("{path}/publicities"))["items"][0]["id"].as_str().unwrap().to_owned();
    let days = json!({ "from_date": from, "to_date": to, "place": "单位公示栏" });
    clerk.act("PUT", &format!("{path}/publicities/{notice}"), &format!("/v1/publicities/{notice}/posting"), &days).expect(200);
}

// clauses: 2.4
on_both!(missing_postings_are_listed_and_hold_nothing_up);
async fn missing_postings_are_listed_and_hold_nothing_up(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (passed, _) = publicised(&world, &cast, 3).await;
    let (clerk, paths) = (&cast.institution_clerk, passed.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>());
    world.travel("2024-10-14T09:00:00+08:00");
    let listed = missing(&cast.office);
    let ids: Vec<_> = listed.iter().map(|one| one["application_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 3);
    assert!(paths.iter().all(|path| ids.contains(&id_of(path))), "{ids:?}");
    assert_eq!(
        (&listed[0]["awaited"], &listed[0]["state"], &listed[0]["to_date"]),
        (&json!(false), &json!("running"), &json!("2024-10-18"))
    );
    assert_eq!(missing(&cast.supervisor).len(), 3);
    assert_eq!(missing(clerk).len(), 3, "its own");
    assert_eq!(missing(&cast.enterprise_clerk), [] as [Value; 0], "another employer's are not its business");
    passed[0].0.get(LIST).send().problem(403, "forbidden");
    cast.office.get("/v1/cycles/aksu-1999/missing-postings").send().problem(404, "not_found");
    // Page by page.
    let first = cast.office.read(&format!("{LIST}?limit=2"));
    let rest = cast.office.read(&format!("{LIST}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!((first["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (2, 1));

    post(clerk, paths[0], "2024-10-14", "2024-10-18");
    assert_eq!(missing(&cast.office).len(), 2);
    // Nothing waits for it, and what is confirmed without it stays on the list.
    world.travel("2024-10-19T00:00:00+08:00");
    confirm(&cast, paths[1]).expect(200);
    let listed = missing(&cast.office);
    assert_eq!((listed.len(), &listed[0]["state"]), (2, &json!("over")));
    post(clerk, paths[1], "2024-10-14", "2024-10-18");
    assert_eq!(missing(&cast.office).len(), 1);
}

// clauses: 2.4, R7
on_both!(result_waits_for_the_posting_where_the_cycle_says_so);
async fn result_waits_for_the_posting_where_the_cycle_says_so(database: Database) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let awaiting = AKSU.replacen("await_posting = false", "await_posting = true", 1);
    assert_eq!(amend(&world, &cast, &awaiting), 2);
    let (passed, _) = publicised(&world, &cast, 1).await;
    let path = &passed[0].1;
    world.travel("2024-10-19T00:00:00+08:00");
    assert_eq!(missing(&cast.office)[0]["awaited"], true);
    let refused = confirm(&cast, path).problem(409, "posting_missing");
    assert_eq!(refused["clause"], "2.4");
    post(&cast.institution_clerk, path, "2024-10-14", "2024-10-18");
    assert_eq!(missing(&cast.office), [] as [Value; 0]);
    assert_eq!(confirm(&cast, path).expect(200)["stage"], "confirmed");
}
