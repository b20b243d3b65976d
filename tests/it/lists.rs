//! Lists of applications: filters that hardly ever meet, and people who reach applications in several ways.

use std::collections::BTreeSet;

use diesel::prelude::*;
use serde_json::json;
use title_review::db::schema::applications as table;
use title_review_core::vocabulary::Stage;

use crate::support::cast::{Cast, applicant, file};
use crate::support::database::Database;
use crate::support::journey::directed_intermediate;
use crate::support::on_both;
use crate::support::world::{Actor, World};

/// Files one application each for so many people and has them all submitted; gives their ids, the oldest first.
async fn submitted(world: &World, cast: &Cast, count: u32) -> Vec<String> {
    let filing = directed_intermediate(&cast.institution);
    let mut ids = Vec::new();
    for number in 1..=count {
        let person = applicant(world, &format!("applicant_{number}"), number);
        let path = file(world, &person, &filing);
        ids.push(path.rsplit('/').next().unwrap().to_owned());
    }
    world
        .app
        .act_as_system(|cx| {
            let now = Some(cx.now);
            diesel::update(table::table)
                .set((table::stage.eq(Stage::FormalReview), table::submitted_at.eq(now), table::reached_committee_at.eq(now)))
                .execute(cx.conn)?;
            Ok::<_, title_review::db::Error>(())
        })
        .await
        .unwrap();
    ids
}

/// Makes this one of another level and another track.
async fn set_apart(world: &World, id: &str) {
    let id: title_review_core::ids::ApplicationId = id.parse().unwrap();
    world
        .app
        .act_as_system(move |cx| {
            diesel::update(table::table.filter(table::id.eq(id)))
                .set((table::level.eq(title_review_core::vocabulary::Level::Assistant), table::track.eq("private_enterprise")))
                .execute(cx.conn)?;
            Ok::<_, title_review::db::Error>(())
        })
        .await
        .unwrap();
}

/// Follows the list to its end; gives each page's ids.
fn pages(actor: &Actor, path: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = path.to_owned();
    loop {
        let page = actor.read(&next);
        let items = page["items"].as_array().unwrap();
        pages.push(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect());
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(page["has_more"], false);
            return pages;
        };
        assert_eq!(page["has_more"], true);
        assert!(pages.len() < 50, "the list has no end");
        next = format!("{path}&cursor={cursor}");
    }
}

on_both!(rare_matches_are_found_across_pages);
async fn rare_matches_are_found_across_pages(database: Database) {
    let few = |config: &mut title_review::config::Config| config.limits.list_rows = 3;
    let world = World::configured(database, "2024-07-22T09:00:00+08:00", few).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let ids = submitted(&world, &cast, 10).await;
    set_apart(&world, &ids[1]).await;

    // The index leads by the stage: nine of the ten rows are looked at and passed over, three for each page.
    let rare = pages(&cast.office, "/v1/applications?stage=formal_review&track=private_enterprise");
    assert_eq!(rare.concat(), [ids[1].clone()]);
    assert!(rare.len() > 2 && rare.iter().filter(|page| page.is_empty()).count() >= 2, "{rare:?}");
    // Filters for which there is an index, and filters that all rows meet, have no need of portions.
    assert_eq!(pages(&cast.office, "/v1/applications?stage=formal_review&level=assistant"), [[ids[1].clone()]]);
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(pages(&cast.supervisor, "/v1/applications?limit=50"), std::slice::from_ref(&newest));
    assert_eq!(pages(&cast.office, "/v1/applications?stage=formal_review&cycle_id=aksu-2024&limit=2").concat(), newest);
    // Terms that exclude each other: no row is looked at.
    assert!(pages(&cast.county_reviewer, "/v1/applications?county=652902").concat().is_empty());
}

on_both!(application_visible_by_two_roles_is_listed_once);
async fn application_visible_by_two_roles_is_listed_once(database: Database) {
    let few = |config: &mut title_review::config::Config| config.limits.list_rows = 3;
    let world = World::configured(database, "2024-07-22T09:00:00+08:00", few).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let ids = submitted(&world, &cast, 7).await;
    set_apart(&world, &ids[2]).await;
    // The office's member now also is a clerk of the employer.
    let membership = json!({ "account_id": cast.office.account, "organisation_id": cast.institution, "role": "employer_clerk" });
    world.security().post("/v1/memberships").key(&world.key()).json(&membership).send().expect(201);
    let office = world.sign_in("office");

    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(pages(&office, "/v1/applications?limit=2").concat(), newest);
    let without: BTreeSet<&String> = ids.iter().filter(|id| **id != ids[2]).collect();
    let filtered = pages(&office, "/v1/applications?limit=2&track=directed&stage=formal_review").concat();
    assert_eq!(filtered.len(), without.len(), "{filtered:?}");
    assert_eq!(filtered.iter().collect::<BTreeSet<_>>(), without);
    assert_eq!(pages(&office, "/v1/applications?stage=formal_review&track=private_enterprise").concat(), [ids[2].clone()]);
    assert_eq!(office.read("/v1/applications?count=exact&limit=1")["total"], 7);
    assert_eq!(office.read("/v1/applications/counts?track=directed")["total"], 6);
}
